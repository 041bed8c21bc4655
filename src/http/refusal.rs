//! A request that is answered with an error before the wire sees it.

use async_graphql::Pos;
use poem::{
    Response,
    http::{HeaderName, HeaderValue, StatusCode, header},
};
use serde_json::{Value as Json, json};

use super::{document::Objection, media::Media};
use crate::graphql::error::Code;

/// An error response in the making: a status, a public code and a fixed public sentence that repeats
/// nothing of the request.
#[derive(Debug)]
pub struct Refusal {
    status: StatusCode,
    code: Code,
    message: &'static str,
    at: Option<Pos>,
    headers: Vec<(HeaderName, HeaderValue)>,
    reference: Option<String>,
}

impl Refusal {
    /// The status of the answer.
    pub(super) const fn status(&self) -> StatusCode {
        self.status
    }

    /// Refuses at the level of HTTP: the status holds whatever media type was asked for.
    pub fn new(status: StatusCode, code: Code, message: &'static str) -> Self {
        Self {
            status,
            code,
            message,
            at: None,
            headers: Vec::new(),
            reference: None,
        }
    }

    /// Refuses a well-formed request for what its document or variables are: a GraphQL request error,
    /// whose status depends on the media type (GraphQL over HTTP, section 6.4).
    pub fn request_error(objection: Objection, media: Media) -> Self {
        Self {
            at: objection.at,
            ..Self::new(
                status_of_request_error(objection.code, media),
                objection.code,
                objection.message,
            )
        }
    }

    /// Adds a header.
    #[must_use]
    pub fn with(mut self, name: HeaderName, value: &'static str) -> Self {
        self.headers.push((name, HeaderValue::from_static(value)));
        self
    }

    /// Names the entry of the log that says more.
    #[must_use]
    pub fn referring(mut self, reference: String) -> Self {
        self.reference = Some(reference);
        self
    }

    /// Writes the response.
    pub fn into_response(self, media: Media) -> Response {
        let mut error = told(self.code, self.message, self.at);
        if let Some(reference) = self.reference {
            error["extensions"]["reference"] = reference.into();
        }
        let mut response = Response::builder()
            .status(self.status)
            .content_type(media.content_type())
            .body(json!({ "errors": [error] }).to_string());
        for (name, value) in self.headers {
            response.headers_mut().append(name, value);
        }
        if self.status == StatusCode::UNAUTHORIZED {
            response
                .headers_mut()
                .insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

/// Writes an objection as a GraphQL error.
pub(super) fn error_of(objection: &Objection) -> Json {
    told(objection.code, objection.message, objection.at)
}

fn told(code: Code, message: &str, at: Option<Pos>) -> Json {
    let mut error = json!({
        "message": message,
        "extensions": { "code": code.as_str() },
    });
    if let Some(at) = at {
        error["locations"] = json!([{ "line": at.line, "column": at.column }]);
    }
    error
}

/// Returns the status of a response without data.
///
/// Under `application/json` a well-formed request that fails keeps 200, for clients that read the body
/// only on success; a fault of the server is a 500 under both media types.
pub(super) fn status_of_request_error(code: Code, media: Media) -> StatusCode {
    match (code, media) {
        (Code::InternalServerError, _) => StatusCode::INTERNAL_SERVER_ERROR,
        (_, Media::Json) => StatusCode::OK,
        (Code::Unauthenticated, Media::GraphqlResponse) => StatusCode::UNAUTHORIZED,
        (Code::Forbidden, Media::GraphqlResponse) => StatusCode::FORBIDDEN,
        (Code::RateLimited, Media::GraphqlResponse) => StatusCode::TOO_MANY_REQUESTS,
        (_, Media::GraphqlResponse) => StatusCode::BAD_REQUEST,
    }
}
