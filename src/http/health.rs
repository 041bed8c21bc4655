//! `/health/live` and `/health/ready`: for supervisors; without data, credentials or internals.

use std::{future::Future, sync::Arc};

use poem::{Endpoint, Request, Response, Result, http::StatusCode};

/// Whether the service can answer: the database is reachable and its migrations are current.
pub trait Ready: Send + Sync + 'static {
    /// Answers within the time that a supervisor waits, a few seconds.
    ///
    /// # Errors
    ///
    /// What is amiss, for the log alone.
    fn ready(&self) -> impl Future<Output = core::result::Result<(), &'static str>> + Send;
}

/// Answers while the process runs at all.
pub(super) struct Live;

impl Endpoint for Live {
    type Output = Response;

    async fn call(&self, _: Request) -> Result<Response> {
        Ok(status(true))
    }
}

/// Answers 200 while [`Ready`] says so, and 503 otherwise.
pub(super) struct Readiness<R>(pub Arc<R>);

impl<R: Ready> Endpoint for Readiness<R> {
    type Output = Response;

    async fn call(&self, _: Request) -> Result<Response> {
        let ready = self.0.ready().await;
        if let Err(why) = ready {
            tracing::warn!(why, "not ready");
        }
        Ok(status(ready.is_ok()))
    }
}

fn status(well: bool) -> Response {
    let (status, body) = if well {
        (StatusCode::OK, r#"{"status":"ok"}"#)
    } else {
        (
            StatusCode::SERVICE_UNAVAILABLE,
            r#"{"status":"unavailable"}"#,
        )
    };
    Response::builder()
        .status(status)
        .content_type("application/json; charset=utf-8")
        .body(body)
}
