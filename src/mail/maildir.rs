//! A folder of mails (maildir): one file a mail, written beside and moved to where it is read, whole or not at all.

use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

/// The folder. Cheap to clone.
#[derive(Clone, Debug)]
pub(super) struct Maildir(PathBuf);

impl Maildir {
    /// A folder, which is made, for its owner's eyes alone, where it is not there.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        for folder in ["tmp", "new", "cur"] {
            DirBuilder::new()
                .recursive(true)
                .mode(0o700)
                .create(path.join(folder))?;
        }
        Ok(Self(path.to_owned()))
    }

    /// Puts a mail there. One of the same name is the same mail: it takes the place of the first.
    pub(super) fn put(&self, name: &str, mail: &[u8]) -> io::Result<()> {
        let (beside, place) = (self.0.join("tmp").join(name), self.0.join("new").join(name));
        let written = write(&beside, mail).and_then(|()| fs::rename(&beside, &place));
        if written.is_err() {
            // Of a full disk nothing is left over, where that is possible.
            let _ = fs::remove_file(&beside);
        }
        written?;
        // The move itself is to survive, too.
        File::open(self.0.join("new"))?.sync_all()
    }
}

fn write(path: &Path, mail: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(path)?;
    file.write_all(mail)?;
    file.sync_all()
}
