//! The file that holds the server's secret where none is configured: beside the SQLite file, mode 0600.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read, Write},
    path::{Path, PathBuf},
};

use data_encoding::HEXLOWER;
use secrecy::{ExposeSecret, SecretBox};

use super::entropy::{self, NoEntropy};

/// Bytes of the secret.
pub const SECRET_BYTES: usize = 64;

/// Why there is no secret. Each says which file, and what to do where something can be done.
#[derive(Debug, thiserror::Error)]
pub enum SecretFileError {
    /// Others than its owner may read or write the file.
    #[error(
        "{} can be read or changed by others (mode {mode:03o}); if nobody has, `chmod 600` it, else delete it", path.display()
    )]
    Exposed {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// The file is there and is not one that this program wrote.
    #[error("{} is not a secret of {SECRET_BYTES} bytes; put the right file there, or delete it to have a new one made", path.display())]
    Misshapen {
        /// The file.
        path: PathBuf,
    },
    /// The file could not be read or made.
    #[error("the secret file {} could not be read or made", path.display())]
    Unreachable {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        #[source]
        source: io::Error,
    },
    /// No random bytes to make a secret of.
    #[error(transparent)]
    NoEntropy(#[from] NoEntropy),
}

/// A secret kept in a file of its own.
#[derive(Debug)]
pub struct SecretFile(SecretBox<[u8; SECRET_BYTES]>);

impl SecretFile {
    /// Reads the secret at `path`, making it first where there is no such file. Its folder must exist.
    ///
    /// Two servers that start at once agree on one secret, and one that is killed half way leaves no half secret.
    ///
    /// # Errors
    /// [`SecretFileError`]; a file that others may read is refused, since its secret may no longer be one.
    pub fn read_or_create(path: &Path) -> Result<Self, SecretFileError> {
        match Self::read(path) {
            Err(SecretFileError::Unreachable { source, .. })
                if source.kind() == io::ErrorKind::NotFound =>
            {
                create(path)?;
                Self::read(path)
            }
            other => other,
        }
    }

    /// The secret.
    pub fn expose(&self) -> &[u8; SECRET_BYTES] {
        self.0.expose_secret()
    }

    fn read(path: &Path) -> Result<Self, SecretFileError> {
        let unreachable = |source| SecretFileError::Unreachable {
            path: path.to_owned(),
            source,
        };
        let misshapen = || SecretFileError::Misshapen {
            path: path.to_owned(),
        };
        // Looked at before it is opened: opening a pipe would wait for a writer.
        if !fs::metadata(path).map_err(unreachable)?.is_file() {
            return Err(misshapen());
        }
        let file = File::open(path).map_err(unreachable)?;
        refuse_exposed(path, &file.metadata().map_err(unreachable)?)?;
        let mut secret = [0; SECRET_BYTES];
        let mut file = file;
        match file.read_exact(&mut secret) {
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Err(misshapen()),
            other => other.map_err(unreachable)?,
        }
        let more = file.read(&mut [0; 1]).map_err(unreachable)?;
        if more != 0 {
            return Err(misshapen());
        }
        Ok(Self(SecretBox::new(Box::new(secret))))
    }
}

#[cfg(unix)]
fn refuse_exposed(path: &Path, metadata: &fs::Metadata) -> Result<(), SecretFileError> {
    use std::os::unix::fs::PermissionsExt;

    let mode = metadata.permissions().mode() & 0o777;
    if mode & 0o077 == 0 {
        Ok(())
    } else {
        Err(SecretFileError::Exposed {
            path: path.to_owned(),
            mode,
        })
    }
}

#[cfg(not(unix))]
fn refuse_exposed(_: &Path, _: &fs::Metadata) -> Result<(), SecretFileError> {
    Ok(())
}

/// Writes a whole secret under a name of its own (`O_EXCL`), then gives it the right name where nothing has it yet.
fn create(path: &Path) -> Result<(), SecretFileError> {
    let secret = SecretBox::new(Box::new(entropy::bytes::<SECRET_BYTES>()?));
    let mut draft = path.as_os_str().to_owned();
    draft.push(format!(".{}", HEXLOWER.encode(&entropy::bytes::<8>()?)));
    let draft = PathBuf::from(draft);
    let made = write_new(&draft, secret.expose_secret()).and_then(|()| {
        match fs::hard_link(&draft, path) {
            // Somebody else was faster: their secret is the one.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
            other => other,
        }
    });
    // A draft that cannot be removed is a stray copy, not a failure; it is as closed as the file itself.
    let _ = fs::remove_file(&draft);
    made.map_err(|source| SecretFileError::Unreachable {
        path: path.to_owned(),
        source,
    })
}

fn write_new(path: &Path, secret: &[u8]) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(secret)?;
    file.sync_all()
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::{os::unix::fs::PermissionsExt, thread};

    use tempfile::TempDir;

    use super::*;

    fn place() -> (TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        (folder, path)
    }

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn made_once_and_read_ever_after() {
        let (folder, path) = place();
        let first = SecretFile::read_or_create(&path).unwrap();
        let second = SecretFile::read_or_create(&path).unwrap();
        assert_eq!(first.expose(), second.expose());
        assert_ne!(first.expose(), &[0; SECRET_BYTES]);
        assert_eq!(mode(&path), 0o600);
        assert_eq!(fs::read(&path).unwrap(), first.expose());
        assert_eq!(
            fs::read_dir(folder.path()).unwrap().count(),
            1,
            "no draft stays"
        );
        let (_other, path) = place();
        assert_ne!(
            SecretFile::read_or_create(&path).unwrap().expose(),
            first.expose()
        );
    }

    #[test]
    fn many_that_start_at_once_agree() {
        let (folder, path) = place();
        let secrets = thread::scope(|scope| {
            let starts: Vec<_> = (0..16)
                .map(|_| scope.spawn(|| *SecretFile::read_or_create(&path).unwrap().expose()))
                .collect();
            starts
                .into_iter()
                .map(|start| start.join().unwrap())
                .collect::<Vec<_>>()
        });
        assert!(secrets.windows(2).all(|pair| pair[0] == pair[1]));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_file_open_to_others_is_refused_and_says_what_to_do() {
        let (_folder, path) = place();
        SecretFile::read_or_create(&path).unwrap();
        for open in [0o640, 0o604, 0o620, 0o666] {
            fs::set_permissions(&path, fs::Permissions::from_mode(open)).unwrap();
            let error = SecretFile::read_or_create(&path).unwrap_err();
            assert!(
                matches!(error, SecretFileError::Exposed { mode, .. } if mode == open),
                "{error}"
            );
            assert!(error.to_string().contains("chmod 600"));
            assert!(error.to_string().contains(&path.display().to_string()));
        }
        fs::set_permissions(&path, fs::Permissions::from_mode(0o400)).unwrap();
        assert!(SecretFile::read_or_create(&path).is_ok());
    }

    #[test]
    fn a_file_of_another_shape_is_refused_and_kept() {
        for content in [&b""[..], &[1; 63], &[1; 65]] {
            let (_folder, path) = place();
            write_new(&path, content).unwrap();
            assert!(matches!(
                SecretFile::read_or_create(&path),
                Err(SecretFileError::Misshapen { .. })
            ));
            assert_eq!(fs::read(&path).unwrap(), content);
        }
        let (folder, _) = place();
        assert!(matches!(
            SecretFile::read_or_create(folder.path()),
            Err(SecretFileError::Misshapen { .. })
        ));
    }

    #[test]
    fn a_missing_folder_is_named() {
        let (folder, _) = place();
        let path = folder.path().join("absent").join("secret");
        let error = SecretFile::read_or_create(&path).unwrap_err();
        assert!(error.to_string().contains("absent"), "{error}");
    }

    #[test]
    fn debug_hides_the_secret() {
        let (_folder, path) = place();
        let shown = format!("{:?}", SecretFile::read_or_create(&path).unwrap());
        assert!(
            shown.contains("REDACTED") && !shown.contains(", "),
            "{shown}"
        );
    }
}
