//! Answers as a stream of events, one HTTP request an operation.
//!
//! Source: GraphQL over Server-Sent Events, "distinct connections mode"; HTML, section 9.2.

use std::{io, time::Duration};

use futures_util::{
    StreamExt,
    stream::{self, BoxStream},
};
use poem::{Body, Response, http::StatusCode};
use serde_json::json;
use tokio::time::Instant;

use super::{
    answer,
    document::Objection,
    intake::Told,
    live::{Guest, Patience},
    refusal,
};

/// What tells the client that all has come.
const COMPLETE: &str = "event: complete\ndata:\n\n";
/// Says nothing, and keeps the connection. The first of them makes some browsers believe that it has begun.
const COMMENT: &str = ":\n\n";

/// One operation's answers on their way to its client.
pub(super) struct Channel {
    answers: BoxStream<'static, Told>,
    guest: Guest,
    comment: Duration,
    next_comment: Instant,
    over: bool,
}

impl Channel {
    pub(super) fn new(
        answers: BoxStream<'static, Told>,
        guest: Guest,
        patience: &Patience,
    ) -> Self {
        Self {
            answers,
            guest,
            comment: patience.comment,
            // At once.
            next_comment: Instant::now(),
            over: false,
        }
    }

    /// The response whose body goes on as long as the operation does, and ends it when its client leaves.
    pub(super) fn into_response(self) -> Response {
        response(Body::from_bytes_stream(stream::unfold(
            self,
            |mut channel| async move {
                let event = channel.next().await?;
                Some((Ok::<_, io::Error>(event), channel))
            },
        )))
    }

    async fn next(&mut self) -> Option<String> {
        if self.over {
            return None;
        }
        tokio::select! {
            // Without the word that it is complete: the client is to ask again.
            () = self.guest.told() => None,
            answer = self.answers.next() => match answer {
                Some(Ok(mut response)) => {
                    let request_error = answer::settle(&mut response);
                    let body = serde_json::to_string(&answer::Body::of(&response, request_error));
                    if body.is_err() {
                        tracing::error!("a response cannot be written as JSON");
                    }
                    // The stream breaks off where it cannot go on.
                    body.ok().map(|body| event(&body))
                }
                Some(Err(objection)) => Some(event(&errors(&objection))),
                None => {
                    self.over = true;
                    Some(COMPLETE.to_owned())
                }
            },
            () = tokio::time::sleep_until(self.next_comment) => {
                self.next_comment = Instant::now() + self.comment;
                Some(COMMENT.to_owned())
            }
        }
    }
}

/// Answers that an operation is not run, by events too: the client understands nothing else.
pub(super) fn refuse(objection: &Objection) -> Response {
    response(Body::from_string(event(&errors(objection)) + COMPLETE))
}

fn errors(objection: &Objection) -> String {
    json!({ "errors": [refusal::error_of(objection)] }).to_string()
}

/// JSON without line breaks, as serde writes it, fits one line of data.
fn event(json: &str) -> String {
    format!("event: next\ndata: {json}\n\n")
}

fn response(body: Body) -> Response {
    Response::builder()
        .status(StatusCode::OK)
        .content_type("text/event-stream; charset=utf-8")
        // nginx would gather a page of events before it handed on the first.
        .header("x-accel-buffering", "no")
        .body(body)
}

#[cfg(test)]
mod tests;
