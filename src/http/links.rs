//! `/mail/confirm/…` and `/mail/reset/…`: where links in mails lead that are good once. Looking at a page changes nothing, and
//! does not tell whether the link is still good: scanners of mail look. What is sent along does not matter, cookies included;
//! the link is all. Clients of one's own follow a link by `confirmEmail` and `resetPassword`.

use std::{future::Future, sync::Arc, time::Duration};

use poem::{
    Endpoint, Request, Response, Result,
    http::{Method, StatusCode},
};
use secrecy::SecretString;

use super::{Settings, answer, body, page::page};
use crate::domain::mail::LinkKind;
use crate::graphql::links::Followed;
use crate::viewer::passwords::{MAX_CHARACTERS, MIN_CHARACTERS};

/// Who follows links.
pub trait Linked: Send + Sync + 'static {
    /// Whether a link is one that was made here, for this.
    fn whole(&self, kind: LinkKind, link: &str) -> bool;

    /// Follows it, with a password where it is for choosing one.
    ///
    /// # Errors
    ///
    /// Where it could not be done now; it has been logged.
    fn follow(
        &self,
        kind: LinkKind,
        link: &str,
        password: SecretString,
    ) -> impl Future<Output = core::result::Result<Followed, ()>> + Send;
}

/// The page of links of a kind, and what its button does.
pub(super) struct Page<L> {
    linked: Arc<L>,
    kind: LinkKind,
    patience: Duration,
}

/// The longest form, in bytes: a password's characters, each escaped, and what surrounds it.
const LONGEST: usize = 8 * 1024;

impl<L> Page<L> {
    pub(super) fn new(linked: Arc<L>, kind: LinkKind, settings: &Settings) -> Self {
        Self {
            linked,
            kind,
            patience: settings.body_patience,
        }
    }
}

impl<L: Linked> Endpoint for Page<L> {
    type Output = Response;

    async fn call(&self, mut request: Request) -> Result<Response> {
        let link = request
            .raw_path_param("link")
            .unwrap_or_default()
            .to_owned();
        if !self.linked.whole(self.kind, &link) {
            let text = "<p>This link is not whole. Copy all of it from the mail.</p>";
            return Ok(page(StatusCode::NOT_FOUND, text));
        }
        Ok(match *request.method() {
            Method::GET | Method::HEAD => page(StatusCode::OK, &form(self.kind, "")),
            Method::POST => match body::read(&mut request, LONGEST, self.patience).await {
                Ok(body) => {
                    let followed = self.linked.follow(self.kind, &link, password(&body)).await;
                    answered(self.kind, followed)
                }
                Err(refusal) => page(
                    refusal.status(),
                    "<p>That did not arrive whole. Please try again.</p>",
                ),
            },
            _ => answer::nowhere(StatusCode::METHOD_NOT_ALLOWED),
        })
    }
}

/// The password in a form; an empty one where there is none.
fn password(body: &[u8]) -> SecretString {
    form_urlencoded::parse(body)
        .find(|(name, _)| name == "password")
        .map(|(_, value)| value.into_owned())
        .unwrap_or_default()
        .into()
}

/// The form, below what was wrong with the last one. Without an address it goes to where the page is.
fn form(kind: LinkKind, wrong: &str) -> String {
    match kind {
        LinkKind::ConfirmAddress | LinkKind::ChangeAddress => format!(
            "{wrong}<form method=\"post\"><p>If this e-mail address is yours, say so.</p>\
             <p><button>It is mine</button></p></form>"
        ),
        LinkKind::ResetPassword => format!(
            "{wrong}<form method=\"post\"><p><label>Another password, of {MIN_CHARACTERS} to {MAX_CHARACTERS} characters: \
             <input type=\"password\" name=\"password\" autocomplete=\"new-password\" required></label></p>\
             <p>You are signed out everywhere.</p><p><button>Choose it</button></p></form>"
        ),
    }
}

fn answered(kind: LinkKind, followed: core::result::Result<Followed, ()>) -> Response {
    match followed {
        Ok(Followed::Done) => page(
            StatusCode::OK,
            match kind {
                LinkKind::ConfirmAddress | LinkKind::ChangeAddress => {
                    "<p>Done: your e-mail address is confirmed.</p>"
                }
                LinkKind::ResetPassword => {
                    "<p>Done: you have another password. Sign in with it.</p>"
                }
            },
        ),
        Ok(Followed::NotGood) => page(
            StatusCode::GONE,
            "<p>This link is not good any more: it was used, or too much time has passed, or something else has changed. \
             Ask for another one.</p>",
        ),
        Ok(Followed::Weak(weakness)) => {
            let wrong = format!("<p>A password {weakness}.</p>");
            page(StatusCode::UNPROCESSABLE_ENTITY, &form(kind, &wrong))
        }
        Ok(Followed::Busy) | Err(()) => page(
            StatusCode::SERVICE_UNAVAILABLE,
            "<p>That could not be done now. Please try again.</p>",
        ),
    }
}

#[cfg(test)]
mod tests;
