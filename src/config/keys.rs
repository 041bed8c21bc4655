//! The keys that seal what is kept: given, kept in a file, or made beside the database.

use std::path::{Path, PathBuf};

use secrecy::SecretString;

use super::secret::{SecretError, kept, made};
use crate::store::{Keyring, KeyringFault};

/// Where the keys come from.
#[derive(Clone, Debug)]
pub enum KeysSource {
    /// They were given.
    Given(SecretString),
    /// They are in a file of the operator's.
    Kept(PathBuf),
    /// They are in a file that is made the first time, for its owner's eyes only.
    Made(PathBuf),
}

/// The keys cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    /// Their file.
    #[error(transparent)]
    File(#[from] SecretError),
    /// What it holds.
    #[error(transparent)]
    Keyring(#[from] KeyringFault),
}

impl KeysSource {
    pub(super) fn given(text: &str) -> Result<Self, KeyringFault> {
        let text = SecretString::from(text);
        Keyring::parse(&text)?;
        Ok(Self::Given(text))
    }

    /// The file that would be made, where it is not there yet.
    pub fn missing(&self) -> Option<&Path> {
        match self {
            Self::Made(path) if !path.exists() => Some(path),
            _ => None,
        }
    }

    /// Returns the keys, reading or making their file.
    ///
    /// # Errors
    ///
    /// [`KeysError`]; its text holds nothing of the keys.
    pub fn load(&self) -> Result<Keyring, KeysError> {
        let text = match self {
            Self::Given(text) => text.clone(),
            Self::Kept(path) => kept(path)?,
            Self::Made(path) => made(path, "1:")?,
        };
        Ok(Keyring::parse(&text)?)
    }
}
