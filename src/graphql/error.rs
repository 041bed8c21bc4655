//! The one door out for errors: a closed list of codes, each with a fixed public sentence.
//!
//! What the client reads and what the log says are different things: a failure travels beside the public
//! error as its source, is logged once with a short reference, and has no way into the response.

use std::sync::Arc;

use async_graphql::{ErrorExtensionValues, ServerError, Value};

use crate::store;
use crate::viewer::entropy;

/// The closed list of `extensions.code`. Apollo's names where they exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Code {
    /// The document is not GraphQL.
    GraphqlParseFailed,
    /// The document does not fit the schema.
    GraphqlValidationFailed,
    /// The request, or an argument, is not what it should be.
    BadUserInput,
    /// Signing in comes first.
    Unauthenticated,
    /// The password was not given lately in this session: give it to `reauthenticate`, and ask again.
    ReauthRequired,
    /// Refused, whoever asks.
    Forbidden,
    /// Too often; `extensions.retryAfter` says when to try again, in seconds.
    RateLimited,
    /// The document is too large, too deep or too wide, or took too long.
    LimitExceeded,
    /// Something broke here; `extensions.reference` finds it in the log.
    InternalServerError,
}

impl Code {
    /// Every code.
    pub const ALL: [Code; 9] = [
        Code::GraphqlParseFailed,
        Code::GraphqlValidationFailed,
        Code::BadUserInput,
        Code::Unauthenticated,
        Code::ReauthRequired,
        Code::Forbidden,
        Code::RateLimited,
        Code::LimitExceeded,
        Code::InternalServerError,
    ];

    /// As it stands in `extensions.code`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Code::GraphqlParseFailed => "GRAPHQL_PARSE_FAILED",
            Code::GraphqlValidationFailed => "GRAPHQL_VALIDATION_FAILED",
            Code::BadUserInput => "BAD_USER_INPUT",
            Code::Unauthenticated => "UNAUTHENTICATED",
            Code::ReauthRequired => "REAUTH_REQUIRED",
            Code::Forbidden => "FORBIDDEN",
            Code::RateLimited => "RATE_LIMITED",
            Code::LimitExceeded => "LIMIT_EXCEEDED",
            Code::InternalServerError => "INTERNAL_SERVER_ERROR",
        }
    }
}

/// What a resolver answers instead of data.
#[derive(Clone, Debug)]
pub enum Error {
    /// Signing in comes first.
    Unauthenticated,
    /// The password was not given lately in this session (policy clause C19).
    ReauthRequired,
    /// The account is not served (policy clauses C28, C29).
    NotServed,
    /// An argument is not what it should be; the sentence says what would be right.
    BadInput(&'static str),
    /// Too often: seconds until it is worth trying again.
    RateLimited(u64),
    /// The messages that are asked for are too long for one answer.
    TooLong,
    /// Something broke here.
    Failed(Failure),
}

/// What broke, for the log alone.
#[derive(Clone)]
pub struct Failure(Arc<dyn std::error::Error + Send + Sync>);

impl std::fmt::Debug for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Failure")
    }
}

impl Failure {
    /// Wraps what broke.
    pub fn new(error: impl std::error::Error + Send + Sync + 'static) -> Self {
        Self(Arc::new(error))
    }

    /// Logs it, and gives back the reference under which the log has it.
    pub fn note(&self, place: &str) -> String {
        let reference = reference();
        tracing::error!(%reference, path = %place, chain = %self.chain(), "a field failed");
        reference
    }

    /// The error and its sources, outermost first.
    fn chain(&self) -> String {
        let mut text = self.0.to_string();
        let mut source = self.0.source();
        while let Some(error) = source {
            text.push_str(": ");
            text.push_str(&error.to_string());
            source = error.source();
        }
        text
    }
}

impl From<store::Error> for Error {
    fn from(error: store::Error) -> Self {
        Error::Failed(Failure::new(error))
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        Error::Failed(failure)
    }
}

impl Error {
    fn code(&self) -> Code {
        match self {
            Error::Unauthenticated => Code::Unauthenticated,
            Error::ReauthRequired => Code::ReauthRequired,
            Error::NotServed => Code::Forbidden,
            Error::BadInput(_) => Code::BadUserInput,
            Error::RateLimited(_) => Code::RateLimited,
            Error::TooLong => Code::LimitExceeded,
            Error::Failed(_) => Code::InternalServerError,
        }
    }

    fn sentence(&self) -> &'static str {
        match self {
            Error::Unauthenticated => "Sign in first.",
            Error::ReauthRequired => "Give your password again first.",
            Error::NotServed => "This account cannot be used.",
            Error::BadInput(sentence) => sentence,
            Error::RateLimited(_) => "Too many tries. Wait a while and try again.",
            Error::TooLong => "These messages are too long for one answer. Ask for fewer.",
            Error::Failed(_) => "Something went wrong here. It is not your doing.",
        }
    }

    /// As an error of the whole request, without a place in the document.
    pub fn of_request(&self) -> ServerError {
        let mut error = ServerError::new(self.sentence(), None);
        let mut extensions = ErrorExtensionValues::default();
        self.extend(&mut extensions);
        error.extensions = Some(extensions);
        if let Error::Failed(failure) = self {
            error.source = Some(Arc::new(failure.clone()));
        }
        error
    }

    fn extend(&self, extensions: &mut ErrorExtensionValues) {
        extensions.set("code", self.code().as_str());
        if let Error::RateLimited(seconds) = self {
            extensions.set("retryAfter", *seconds);
        }
    }
}

impl From<Error> for async_graphql::Error {
    fn from(error: Error) -> Self {
        let mut extensions = ErrorExtensionValues::default();
        error.extend(&mut extensions);
        async_graphql::Error {
            message: error.sentence().to_owned(),
            source: match error {
                Error::Failed(failure) => Some(Arc::new(failure)),
                _ => None,
            },
            extensions: Some(extensions),
        }
    }
}

/// Gives every error of a response its code, and each failure a reference under which it is logged.
///
/// `ran` tells whether the operation ran at all: an error of the library's own is about the document
/// before that, and about an argument after.
pub fn finish(errors: &mut [ServerError], ran: bool) {
    for error in errors {
        let path = || {
            error
                .path
                .iter()
                .map(|segment| match segment {
                    async_graphql::PathSegment::Field(name) => name.clone(),
                    async_graphql::PathSegment::Index(index) => index.to_string(),
                })
                .collect::<Vec<_>>()
                .join(".")
        };
        let failure = error
            .source
            .as_ref()
            .and_then(|source| source.downcast_ref::<Failure>());
        if let Some(failure) = failure {
            let reference = failure.note(&path());
            error
                .extensions
                .get_or_insert_default()
                .set("reference", reference);
            error.source = None;
            continue;
        }
        let coded = error
            .extensions
            .as_ref()
            .is_some_and(|extensions| extensions.get("code").is_some());
        if !coded {
            // The library quotes what it found, which may be a password in the wrong place.
            for quoted in [", found ", " does not contain the value "] {
                if let Some(at) = error.message.find(quoted) {
                    error.message.truncate(at);
                    error.message.push_str(": this is none of its kind");
                }
            }
            let code = match error.message.as_str() {
                // The library's own limits have no code of their own.
                "Query is too complex." | "Query is nested too deep." => Code::LimitExceeded,
                _ if ran => Code::BadUserInput,
                _ => Code::GraphqlValidationFailed,
            };
            error
                .extensions
                .get_or_insert_default()
                .set("code", Value::from(code.as_str()));
        }
    }
}

/// Eight characters to find an entry of the log by.
fn reference() -> String {
    let bytes = entropy::bytes::<5>().unwrap_or_default();
    data_encoding::BASE32_NOPAD.encode(&bytes)
}
