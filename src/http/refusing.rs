//! `/mail/refuse/…`: whoever has a mail refuses more of its kind, by one click (RFC 8058), without signing in. Looking at the
//! page changes nothing: scanners of mail do. What is sent along does not matter, cookies included; the link is all.

use std::{future::Future, sync::Arc};

use poem::{
    Endpoint, Request, Response, Result,
    http::{Method, StatusCode},
};

use super::{answer, page::page};

/// Who carries out what a link says.
pub trait Refusing: Send + Sync + 'static {
    /// What a link refuses, in words; nothing for a link that is not whole.
    fn of(&self, link: &str) -> Option<&'static str>;

    /// Carries it out. Whether anybody was there who could refuse is not told.
    ///
    /// # Errors
    ///
    /// Where it could not be noted now; it has been logged.
    fn refuse(&self, link: &str) -> impl Future<Output = core::result::Result<(), ()>> + Send;
}

/// The page and what its button does.
pub(super) struct Refuse<R>(pub Arc<R>);

impl<R: Refusing> Endpoint for Refuse<R> {
    type Output = Response;

    async fn call(&self, request: Request) -> Result<Response> {
        let link = request.raw_path_param("link").unwrap_or_default();
        let Some(what) = self.0.of(link) else {
            let text = "<p>This link is not whole. Copy all of it from the mail.</p>";
            return Ok(page(StatusCode::NOT_FOUND, text));
        };
        Ok(match *request.method() {
            Method::GET | Method::HEAD => {
                // Without an address it goes to where the page is.
                let button = format!(
                    "<form method=\"post\"><input type=\"hidden\" name=\"List-Unsubscribe\" value=\"One-Click\">\
                     <p>Mails about {what} will not be sent to you any more.</p><p><button>Refuse them</button></p></form>"
                );
                page(StatusCode::OK, &button)
            }
            Method::POST => match self.0.refuse(link).await {
                Ok(()) => {
                    let done = format!(
                        "<p>Done: mails about {what} will not be sent any more. You can change that in your settings.</p>"
                    );
                    page(StatusCode::OK, &done)
                }
                Err(()) => page(
                    StatusCode::SERVICE_UNAVAILABLE,
                    "<p>That could not be noted now. Please try again.</p>",
                ),
            },
            _ => answer::nowhere(StatusCode::METHOD_NOT_ALLOWED),
        })
    }
}

#[cfg(test)]
mod tests;
