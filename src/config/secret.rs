//! The server's secret: given, kept in a file, or made beside the database; and files that hold a secret.

use std::{
    fs::{self, OpenOptions},
    io::{self, ErrorKind, Write},
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
};

use secrecy::{ExposeSecret, SecretString};

/// Characters that a secret has at least.
const SHORTEST: usize = 32;

/// Where the secret comes from.
#[derive(Clone, Debug)]
pub enum SecretSource {
    /// It was given.
    Given(SecretString),
    /// It is in a file of the operator's.
    Kept(PathBuf),
    /// It is in a file that is made the first time, for its owner's eyes only.
    Made(PathBuf),
}

/// A secret cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// It is too easy to guess.
    #[error(
        "the secret must have at least {SHORTEST} characters, such as `openssl rand -hex 32` gives"
    )]
    Short,
    /// Others than its owner may read the file that was made for it.
    #[error("the secret in {} may be read by others: make the file's mode 0600", .0.display())]
    Exposed(PathBuf),
    /// Its file cannot be read or made.
    #[error("the secret's file {} cannot be used", .0.display())]
    File(PathBuf, #[source] io::Error),
}

impl SecretSource {
    pub(super) fn given(text: &str) -> Result<Self, SecretError> {
        checked(text).map(Self::Given)
    }

    /// Returns the secret, reading or making its file.
    ///
    /// # Errors
    ///
    /// [`SecretError`]; its text holds nothing of the secret.
    pub fn load(&self) -> Result<SecretString, SecretError> {
        match self {
            Self::Given(secret) => Ok(secret.clone()),
            Self::Kept(path) => checked(kept(path)?.expose_secret().trim()),
            Self::Made(path) => checked(made(path, "")?.expose_secret().trim()),
        }
    }
}

fn broken(path: &Path) -> impl Fn(io::Error) -> SecretError {
    let path = path.to_owned();
    move |error| SecretError::File(path.clone(), error)
}

/// What a file of the operator's holds.
pub(super) fn kept(path: &Path) -> Result<SecretString, SecretError> {
    fs::read_to_string(path)
        .map(SecretString::from)
        .map_err(broken(path))
}

/// What a file holds that is made where it is not there: `before`, and 64 digits that nobody can foresee.
pub(super) fn made(path: &Path, before: &str) -> Result<SecretString, SecretError> {
    match make(path, before) {
        Ok(()) => {}
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
        Err(error) => return Err(broken(path)(error)),
    }
    let mode = fs::metadata(path)
        .map_err(broken(path))?
        .permissions()
        .mode();
    if mode & 0o077 != 0 {
        return Err(SecretError::Exposed(path.to_owned()));
    }
    kept(path)
}

fn checked(text: &str) -> Result<SecretString, SecretError> {
    if text.chars().count() < SHORTEST {
        return Err(SecretError::Short);
    }
    Ok(text.into())
}

/// Writes a new secret, unless the file is there. It appears under its name complete or not at all, so
/// that two servers that start together agree on it.
fn make(path: &Path, before: &str) -> io::Result<()> {
    if path.exists() {
        return Ok(());
    }
    if let Some(folder) = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
    {
        fs::create_dir_all(folder)?;
    }
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(io::Error::other)?;
    let mut draft = path.to_owned().into_os_string();
    draft.push(format!(".{}", std::process::id()));
    let written = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&draft)
        .and_then(|mut file| {
            let digits = data_encoding::HEXLOWER.encode(&bytes);
            file.write_all([before, &digits].concat().as_bytes())?;
            file.sync_all()
        })
        // Unlike a rename, a link never replaces a secret that another server has just made.
        .and_then(|()| fs::hard_link(&draft, path));
    let _ = fs::remove_file(&draft);
    written
}
