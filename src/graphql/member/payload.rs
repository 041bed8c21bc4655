//! What every mutation's payload has in common: what the user can put right, as data.

use async_graphql::{Enum, SimpleObject};

/// Something that the user can put right.
#[derive(SimpleObject, Clone, Debug, PartialEq, Eq)]
pub struct UserError {
    /// The input that it is about, as a path; absent where it is about the whole.
    pub field: Option<Vec<String>>,
    /// A sentence for people.
    pub message: String,
    /// A name for programs.
    pub code: UserErrorCode,
}

/// The closed list of what a user can put right.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum UserErrorCode {
    /// Nothing but blanks.
    Blank,
    /// Too few characters.
    TooShort,
    /// Too many characters.
    TooLong,
    /// Control characters or invisible ones.
    ControlCharacters,
    /// Not of the right form.
    Malformed,
    /// Not a date that can be a birth date: before 1900, or in the future.
    NotABirthDate,
    /// Not one of the list, such as a country, language or interest.
    Unknown,
    /// Too many entries.
    TooMany,
    /// The same entry twice.
    Repeated,
    /// Another of the same kind has that name.
    NameTaken,
    /// Wider than this field may be shown.
    AudienceTooWide,
    /// Would give the e-mail address away.
    EchoesEmail,
    /// Too easy to guess.
    WeakPassword,
    /// The password is not right.
    WrongPassword,
    /// The second factor is on, and no code was given.
    SecondFactorRequired,
    /// The code of the second factor is not right, or was used before.
    WrongCode,
    /// The e-mail address cannot be used.
    EmailUnavailable,
    /// Signing up is not possible.
    SignUpRefused,
    /// The screening token is not valid: forged, expired or used.
    ScreeningTokenInvalid,
    /// The link of a mail is not good: it was used, it has expired, or something else has changed.
    LinkInvalid,
    /// E-mail address and password do not open an account.
    SignInFailed,
    /// So many are to read it, and it holds what is to be confirmed first.
    Unconfirmed,
    /// There is no such thing for you.
    NotFound,
    /// It is not possible.
    NotPossible,
    /// Stored, to be confirmed by staff before it takes effect.
    AwaitsConfirmation,
    /// The client's key was used for another message.
    KeyReused,
}

impl UserError {
    /// About one input, by its path.
    pub fn at(path: &[&str], code: UserErrorCode, message: impl Into<String>) -> Self {
        Self {
            field: Some(path.iter().map(|&part| part.to_owned()).collect()),
            message: message.into(),
            code,
        }
    }

    /// About the whole.
    pub fn whole(code: UserErrorCode, message: impl Into<String>) -> Self {
        Self {
            field: None,
            message: message.into(),
            code,
        }
    }
}

/// One refused act says the same as another: that there is nothing of that name for the viewer, or that
/// it is not possible, and never which rule says so.
pub fn refused(path: &[&str], unknown: bool) -> UserError {
    if unknown {
        UserError::at(path, UserErrorCode::NotFound, "There is no such member.")
    } else {
        UserError::at(path, UserErrorCode::NotPossible, "That is not possible.")
    }
}
