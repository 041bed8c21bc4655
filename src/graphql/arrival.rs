//! What `http` tells the wire about a request, and what the wire asks `http` to do with the response.
//!
//! Neither side speaks of cookies: the wire knows credentials and effects, `http` knows how a browser
//! carries them.

use std::sync::{Arc, OnceLock};

use async_graphql::{Variables, parser::types::ExecutableDocument};
use chrono::{DateTime, Utc};
use ipnet::IpNet;
use secrecy::SecretString;

use super::arguments::Misfit;

/// A document that is parsed and within the limits of the document guard. It may be asked again and again.
#[derive(Debug)]
pub struct Document {
    parsed: ExecutableDocument,
    /// What the one schema that it is asked of had to say; nothing before it was.
    pub(super) examined: OnceLock<Result<(), Misfit>>,
}

impl From<ExecutableDocument> for Document {
    fn from(parsed: ExecutableDocument) -> Self {
        Self {
            parsed,
            examined: OnceLock::new(),
        }
    }
}

impl Document {
    /// The parsed document.
    pub const fn parsed(&self) -> &ExecutableDocument {
        &self.parsed
    }

    /// As if it had been asked and found to fit.
    #[cfg(test)]
    pub(crate) fn note_that_it_fits(&self) {
        let _ = self.examined.set(Ok(()));
    }

    /// Whether it was asked, and the schema's checks that need no variables found nothing.
    pub fn fits(&self) -> bool {
        matches!(self.examined.get(), Some(Ok(())))
    }
}

/// One operation, already parsed and within the limits of the document guard.
#[derive(Debug)]
pub struct Question {
    /// The document.
    pub document: Arc<Document>,
    /// Which operation of the document to run.
    pub operation_name: Option<String>,
    /// The variables as sent.
    pub variables: Variables,
}

/// What came with the request.
#[derive(Clone, Debug)]
pub struct Arrival {
    /// How the sender says who they are.
    pub credential: Credential,
    /// The mark of a device that signed in before.
    pub device: Option<SecretString>,
    /// This browser was refused by the age screen before.
    pub screened_out: bool,
    /// What the answer is to tell of how it came about.
    pub explain: Explain,
    /// The sender's network, shortened to /24 or /48 (policy clause C8): the address itself goes no further.
    pub network: IpNet,
}

impl Arrival {
    /// What the service itself asks: no credential, from no network.
    pub(super) fn of_the_service() -> Self {
        Self {
            credential: Credential::None,
            device: None,
            screened_out: false,
            explain: Explain::Nothing,
            network: IpNet::default(),
        }
    }
}

/// What an answer tells of how it came about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Explain {
    /// Nothing.
    #[default]
    Nothing,
    /// What was decided about the viewer's own.
    Own,
    /// All that was decided and read, of everybody: for a world that is fiction.
    Everything,
}

/// A credential as it arrived, unverified.
#[derive(Clone, Debug)]
pub enum Credential {
    /// None: a visitor.
    None,
    /// A session token from the session cookie. One that is unknown or expired makes a visitor
    /// (policy clause C17: a stale cookie must not take the public part away).
    Cookie(SecretString),
    /// A session token from `Authorization: Bearer`. One that is unknown or expired is an error.
    Bearer(SecretString),
}

/// What the response must carry besides its body.
#[derive(Debug)]
pub enum Effect {
    /// Hand the session token to the browser until `expires_at`.
    SetSession {
        /// The token, to be seen by the cookie alone.
        token: SecretString,
        /// The session's absolute end.
        expires_at: DateTime<Utc>,
    },
    /// Forget the session token.
    ClearSession,
    /// Mark this device as one that has signed in.
    SetDevice {
        /// The mark, to be seen by the cookie alone.
        token: SecretString,
    },
    /// Remember, with a fixed value that identifies nobody, that the age screen refused this browser.
    MarkScreenedOut,
}

/// The answer to a [`Question`].
#[derive(Debug)]
pub struct Answer {
    /// The GraphQL response, its errors already masked.
    pub response: async_graphql::Response,
    /// In the order in which they were asked for.
    pub effects: Vec<Effect>,
    /// Seconds until it is worth trying again, when something was throttled.
    pub retry_after: Option<u64>,
}

/// The answers to a question that may go on: to a subscription many, to a query one.
///
/// The operation is complete when they end, and ends when this is dropped.
#[derive(Debug)]
pub struct Live {
    /// The GraphQL responses, their errors already masked.
    pub answers: tokio::sync::mpsc::Receiver<async_graphql::Response>,
}
