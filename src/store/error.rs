//! What went wrong, named for the remedy. Diesel's own types stay in this room.

use diesel::result::{DatabaseErrorKind, Error as Diesel};

/// Why the store could not do what it was asked.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Error {
    /// There is nothing of that name, or not for this viewer.
    #[error("nothing there")]
    Missing,
    /// Somebody else was first, or the facts have changed since the decision.
    #[error("conflict on {0}")]
    Conflict(Conflict),
    /// Overloaded, or not to be reached: trying again later may help.
    #[error("the database is busy or cannot be reached")]
    Busy(#[source] Cause),
    /// Broken: somebody has to look.
    #[error("the database failed")]
    Broken(#[source] Cause),
}

/// What a change ran into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Conflict {
    /// The e-mail address belongs to an account.
    Email,
    /// The handle was given before.
    Handle,
    /// The screening token made an account before.
    Screening,
    /// The settings versions are no longer those that the decision saw.
    Stale,
    /// The owner has as many of these as one may have.
    Full,
    /// The owner has another of that name.
    Name,
    /// The key was used for another message.
    Key,
}

impl std::fmt::Display for Conflict {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Conflict::Email => "an e-mail address",
            Conflict::Handle => "a handle",
            Conflict::Screening => "a screening token",
            Conflict::Stale => "a settings version",
            Conflict::Full => "a limit",
            Conflict::Name => "a name",
            Conflict::Key => "a key",
        })
    }
}

/// What lies beneath, as the log may say it.
///
/// A database's own message can quote the values of a row ("Key (email_hash)=(…) already exists"), so
/// that only the kind of failure and the name of the constraint are kept.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{0}")]
pub struct Cause(String);

impl Cause {
    pub(super) fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }
}

/// The database's own message, where it names a table or a column that is not there: such a one quotes no
/// value.
fn about_the_schema(message: &str) -> Option<&str> {
    ["no such table", "no such column", "relation ", "column "]
        .iter()
        .any(|beginning| message.starts_with(beginning))
        .then_some(message)
}

impl From<Diesel> for Error {
    fn from(error: Diesel) -> Self {
        match error {
            Diesel::NotFound => Error::Missing,
            Diesel::DatabaseError(kind, information) => {
                let cause = Cause(format!(
                    "{kind:?}{}{}",
                    information
                        .constraint_name()
                        .map(|name| format!(" of {name}"))
                        .unwrap_or_default(),
                    about_the_schema(information.message())
                        .map(|message| format!(": {message}"))
                        .unwrap_or_default()
                ));
                let message = information.message();
                match kind {
                    // Two at once: the one that looked first and wrote second.
                    DatabaseErrorKind::UniqueViolation if cause.0.contains("email_hash") => {
                        Error::Conflict(Conflict::Email)
                    }
                    DatabaseErrorKind::ClosedConnection
                    | DatabaseErrorKind::UnableToSendCommand
                    | DatabaseErrorKind::SerializationFailure => Error::Busy(cause),
                    // SQLite says "database is locked", PostgreSQL "deadlock detected" and "canceling
                    // statement due to lock timeout", all with no kind of their own.
                    _ if message.contains("lock") => Error::Busy(cause),
                    _ => Error::Broken(cause),
                }
            }
            Diesel::DeserializationError(_) => {
                Error::Broken(Cause::new("a row does not fit its type"))
            }
            Diesel::SerializationError(_) => {
                Error::Broken(Cause::new("a value does not fit its column"))
            }
            Diesel::QueryBuilderError(_) => {
                Error::Broken(Cause::new("a statement could not be built"))
            }
            Diesel::BrokenTransactionManager
            | Diesel::AlreadyInTransaction
            | Diesel::NotInTransaction => Error::Broken(Cause::new("a transaction is in disorder")),
            _ => Error::Broken(Cause::new("a failure without a name")),
        }
    }
}
