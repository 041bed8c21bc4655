//! Sealed values: what stands in a cell of the database and opens with the operator's keys alone.
//!
//! A value is the version of its key (two bytes, the most significant first), a nonce of 16 bytes, and what AES-SIV
//! (RFC 5297) makes of the text, which is filled up to a multiple of 32 bytes. Its table, its column and the id of its
//! row are authenticated with it, so that a value that was put elsewhere does not open.
//!
//! A value that is looked for has a keyed hash beside it, under a key of its own. Of several versions the newest seals
//! and hashes; all open, and whoever looks for something looks for its hash under each.

use std::fmt;

use diesel::{
    backend::Backend,
    deserialize::{self, FromSql, FromSqlRow},
    expression::AsExpression,
    serialize::{self, Output, ToSql},
    sql_types::Binary,
};
use secrecy::{ExposeSecret, SecretString};

use super::{Error, error::Cause};
use crate::viewer::{
    entropy,
    look_up::LookUp,
    seal::{MIN_SECRET_BYTES, Sealer},
};

#[cfg(test)]
mod tests;

const VERSION_BYTES: usize = 2;
const NONCE_BYTES: usize = 16;
/// To a multiple of so many bytes a text is filled up, so that its sealed form does not tell its length.
const BLOCK: usize = 32;

/// A column whose values are sealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cell {
    Email,
    Phone,
    PostalAddress,
    MailAddress,
    LinkAddress,
}

impl Cell {
    /// Its table and column, as they are authenticated: to change one is to lose what was sealed under it.
    const fn name(self) -> &'static str {
        match self {
            Cell::Email => "accounts.email",
            Cell::Phone => "profiles.phone",
            Cell::PostalAddress => "profiles.postal_address",
            Cell::MailAddress => "outbox.address",
            Cell::LinkAddress => "links.address",
        }
    }
}

/// A sealed value, as a column keeps it.
#[derive(Clone, PartialEq, Eq, AsExpression, FromSqlRow)]
#[diesel(sql_type = Binary)]
pub(super) struct Sealed(Vec<u8>);

impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sealed")
    }
}

impl Sealed {
    /// What every value of this version, and of later ones, is not less than.
    pub(super) fn least(version: i16) -> Self {
        Self(version.to_be_bytes().to_vec())
    }

    /// The bytes, for a statement that takes them in another form.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.0
    }
}

impl<DB: Backend> ToSql<Binary, DB> for Sealed
where
    Vec<u8>: ToSql<Binary, DB>,
{
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, DB>) -> serialize::Result {
        self.0.to_sql(out)
    }
}

impl<DB: Backend> FromSql<Binary, DB> for Sealed
where
    Vec<u8>: FromSql<Binary, DB>,
{
    fn from_sql(bytes: DB::RawValue<'_>) -> deserialize::Result<Self> {
        Vec::<u8>::from_sql(bytes).map(Self)
    }
}

/// A version of the keys.
struct Key {
    version: i16,
    sealer: Sealer,
    look_up: LookUp,
}

/// The keys that seal, by their versions. `Debug` shows the versions alone.
pub struct Keyring {
    newest: Key,
    /// The newer ones first.
    older: Vec<Key>,
}

/// Why a text is no keyring. Repeats nothing of it but versions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyringFault {
    /// There is no key in it.
    #[error(
        "there is no key: VERSION:SECRET is wanted, such as 1: and what `openssl rand -hex 32` gives"
    )]
    Empty,
    /// A key that is not of that form.
    #[error("key {0} is not VERSION:SECRET, where the version is a whole number from 1 to 32767")]
    Malformed(usize),
    /// A secret that is too easy to guess.
    #[error(
        "the secret of version {0} must have at least {MIN_SECRET_BYTES} characters, such as \
         `openssl rand -hex 32` gives"
    )]
    Short(i16),
    /// A version that has two secrets.
    #[error("version {0} stands there twice")]
    Twice(i16),
    /// A secret that was not changed.
    #[error("versions {0} and {1} have the same secret")]
    Same(i16, i16),
}

impl Keyring {
    /// Reads `VERSION:SECRET`, one a line or separated by blanks or commas; what follows a `#` is a remark.
    ///
    /// # Errors
    ///
    /// [`KeyringFault`].
    pub fn parse(text: &SecretString) -> Result<Self, KeyringFault> {
        let mut read: Vec<(i16, &str)> = Vec::new();
        let lines = text.expose_secret().lines();
        let entries = lines
            .filter_map(|line| line.split('#').next())
            .flat_map(|line| line.split([' ', '\t', ',']))
            .filter(|entry| !entry.is_empty());
        for (nth, entry) in entries.enumerate() {
            let parts = entry.split_once(':').and_then(|(version, secret)| {
                let version = version.parse().ok().filter(|version: &i16| *version > 0)?;
                Some((version, secret))
            });
            let (version, secret) = parts.ok_or(KeyringFault::Malformed(nth + 1))?;
            if secret.len() < MIN_SECRET_BYTES {
                return Err(KeyringFault::Short(version));
            }
            for (other, same) in &read {
                if *other == version {
                    return Err(KeyringFault::Twice(version));
                }
                if *same == secret {
                    return Err(KeyringFault::Same(*other, version));
                }
            }
            read.push((version, secret));
        }
        read.sort_unstable_by_key(|(version, _)| std::cmp::Reverse(*version));
        let mut keys = Vec::with_capacity(read.len());
        for (version, secret) in read {
            let short = |_| KeyringFault::Short(version);
            keys.push(Key {
                version,
                sealer: Sealer::at_rest(secret.as_bytes()).map_err(short)?,
                look_up: LookUp::from_secret(secret.as_bytes()).map_err(short)?,
            });
        }
        let mut keys = keys.into_iter();
        let newest = keys.next().ok_or(KeyringFault::Empty)?;
        Ok(Self {
            newest,
            older: keys.collect(),
        })
    }

    /// A key that nobody keeps: for a look at a database of which nothing sealed is read or written.
    ///
    /// # Errors
    ///
    /// [`Error::Broken`] where there is no chance to be had.
    pub(super) fn passing() -> Result<Self, Error> {
        let secret = entropy::bytes::<MIN_SECRET_BYTES>().map_err(|error| broken(&error))?;
        Ok(Self {
            newest: Key {
                version: 1,
                sealer: Sealer::at_rest(&secret).map_err(|error| broken(&error))?,
                look_up: LookUp::from_secret(&secret).map_err(|error| broken(&error))?,
            },
            older: Vec::new(),
        })
    }

    fn all(&self) -> impl Iterator<Item = &Key> {
        std::iter::once(&self.newest).chain(&self.older)
    }

    fn of(&self, version: i16) -> Option<&Key> {
        self.all().find(|key| key.version == version)
    }

    /// The version that seals.
    pub(super) const fn newest(&self) -> i16 {
        self.newest.version
    }

    /// By which a database knows a version again; it tells nothing of the key.
    pub(super) fn mark(&self, version: i16) -> Option<Vec<u8>> {
        let key = self.of(version)?;
        Some(key.look_up.hash("the key itself", "").to_vec())
    }

    /// Seals a text for the cell of the row with this id.
    ///
    /// # Errors
    ///
    /// [`Error::Broken`] where there is no chance to be had.
    pub(super) fn seal(&self, cell: Cell, row: i64, text: &str) -> Result<Sealed, Error> {
        let nonce = entropy::bytes::<NONCE_BYTES>().map_err(|error| broken(&error))?;
        let key = &self.newest;
        let sealed =
            key.sealer
                .seal_bytes(cell.name(), &row.to_be_bytes(), &nonce, &filled_up(text));
        Ok(Sealed(
            [&key.version.to_be_bytes()[..], &nonce, &sealed].concat(),
        ))
    }

    /// Opens a value that was sealed for the cell of the row with this id.
    ///
    /// # Errors
    ///
    /// [`Error::Broken`] where its key is not here, or it was changed or put there from elsewhere.
    pub(super) fn open(&self, cell: Cell, row: i64, sealed: &Sealed) -> Result<String, Error> {
        let name = cell.name();
        let shut = || broken(&format_args!("a value of {name} does not open"));
        let (version, rest) = sealed
            .0
            .split_first_chunk::<VERSION_BYTES>()
            .ok_or_else(shut)?;
        let version = i16::from_be_bytes(*version);
        let key = self.of(version).ok_or_else(|| {
            broken(&format_args!(
                "a value of {name} was sealed with version {version} of the keys, which is not given"
            ))
        })?;
        let text = rest
            .split_first_chunk::<NONCE_BYTES>()
            .and_then(|(nonce, sealed)| {
                key.sealer
                    .open_bytes(name, &row.to_be_bytes(), nonce, sealed)
            })
            .and_then(emptied_out);
        text.ok_or_else(shut)
    }

    /// The hash under which the row of a new value is found.
    pub(super) fn hash(&self, cell: Cell, folded: &str) -> Vec<u8> {
        self.newest.look_up.hash(cell.name(), folded).to_vec()
    }

    /// The hashes under which a row may be found, whatever version sealed it.
    pub(super) fn hashes(&self, cell: Cell, folded: &str) -> Vec<Vec<u8>> {
        let of = |key: &Key| key.look_up.hash(cell.name(), folded).to_vec();
        self.all().map(of).collect()
    }
}

impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let versions: Vec<i16> = self.all().map(|key| key.version).collect();
        f.debug_tuple("Keyring").field(&versions).finish()
    }
}

fn broken(why: &dyn fmt::Display) -> Error {
    Error::Broken(Cause::new(why.to_string()))
}

/// The text, a bit, and zeros up to the next multiple of [`BLOCK`] (ISO/IEC 7816-4).
fn filled_up(text: &str) -> Vec<u8> {
    let mut bytes = text.as_bytes().to_vec();
    bytes.push(0x80);
    bytes.resize(bytes.len().next_multiple_of(BLOCK), 0);
    bytes
}

/// The text that was filled up.
fn emptied_out(mut bytes: Vec<u8>) -> Option<String> {
    let end = bytes.iter().rposition(|byte| *byte != 0)?;
    if bytes[end] != 0x80 {
        return None;
    }
    bytes.truncate(end);
    String::from_utf8(bytes).ok()
}
