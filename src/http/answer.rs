//! From the wire's answer to an HTTP response.

use async_graphql::{ServerError, Value};
use poem::{
    Response,
    http::{HeaderValue, StatusCode, header},
};
use serde::Serialize;
use serde_json::json;

use super::{
    cookies,
    media::Media,
    refusal::{self, Refusal},
};
use crate::graphql::{arrival::Answer, error::Code};

/// The body of a response. A request error has no `data` at all (GraphQL, section 7.1).
#[derive(Serialize)]
pub(super) struct Body<'a> {
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    errors: &'a [ServerError],
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<&'a Value>,
    #[serde(skip_serializing_if = "std::collections::BTreeMap::is_empty")]
    extensions: &'a std::collections::BTreeMap<String, Value>,
}

impl<'a> Body<'a> {
    pub(super) fn of(response: &'a async_graphql::Response, request_error: bool) -> Self {
        Self {
            errors: &response.errors,
            data: (!request_error).then_some(&response.data),
            extensions: &response.extensions,
        }
    }
}

/// Gives every error of a response its code, and says whether the operation was refused as a whole, before it
/// ran.
pub(super) fn settle(response: &mut async_graphql::Response) -> bool {
    let without_data = response.data == Value::Null;
    let request_error = without_data
        && !response.errors.is_empty()
        && response.errors.iter().all(|error| error.path.is_empty());
    for error in &mut response.errors {
        complete(error, request_error);
    }
    request_error
}

/// Writes the response to an operation that reached the wire.
pub(super) fn write(mut answer: Answer, media: Media) -> Response {
    let response = &mut answer.response;
    let request_error = settle(response);
    // A throttled mutation is null by itself; beside something that was answered, it is no failure of all.
    let nothing = match &response.data {
        Value::Null => true,
        Value::Object(fields) => !fields.is_empty() && fields.values().all(|it| *it == Value::Null),
        _ => false,
    };
    let status = if nothing && answer.retry_after.is_some() {
        StatusCode::TOO_MANY_REQUESTS
    } else if request_error {
        let code = response.errors.first().and_then(code_of);
        refusal::status_of_request_error(code.unwrap_or(Code::GraphqlValidationFailed), media)
    } else {
        StatusCode::OK
    };
    let body = serde_json::to_vec(&Body::of(response, request_error));
    let Ok(body) = body else {
        return broken("a response cannot be written as JSON", media);
    };
    let mut response = Response::builder()
        .status(status)
        .content_type(media.content_type())
        .body(body);
    let headers = response.headers_mut();
    for effect in &answer.effects {
        match cookies::set_cookie(effect) {
            Some(cookie) => {
                headers.append(header::SET_COOKIE, cookie);
            }
            None => return broken("a token cannot be carried by a cookie", media),
        }
    }
    if let Some(seconds) = answer.retry_after {
        headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds.max(1)));
    }
    if status == StatusCode::UNAUTHORIZED {
        headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    response
}

fn code_of(error: &ServerError) -> Option<Code> {
    match error.extensions.as_ref()?.get("code")? {
        Value::String(code) => Code::ALL.into_iter().find(|known| known.as_str() == code),
        _ => None,
    }
}

/// Gives an error that the wire did not speak for a code.
///
/// Before execution such an error is the library's own, about the document. During execution it may
/// hold anything, so its text is withheld.
fn complete(error: &mut ServerError, request_error: bool) {
    let coded = error
        .extensions
        .as_ref()
        .is_some_and(|extensions| extensions.get("code").is_some());
    if coded {
        return;
    }
    let code = if request_error {
        if let Some(end) = error.message.find(" Did you mean") {
            error.message.truncate(end);
        }
        Code::GraphqlValidationFailed
    } else {
        let reference = reference();
        tracing::error!(reference, path = ?error.path, "a resolver failed with an error that has no code");
        error.message = BROKEN.to_owned();
        let extensions = error.extensions.get_or_insert_default();
        extensions.set("reference", reference);
        Code::InternalServerError
    };
    let extensions = error.extensions.get_or_insert_default();
    extensions.set("code", code.as_str());
}

const BROKEN: &str = "Something went wrong on our side.";

/// A short random name that finds an entry in the log.
fn reference() -> String {
    let mut bytes = [0; 5];
    // Without randomness the reference is a constant, which is no reason to fail once more.
    let _ = getrandom::fill(&mut bytes);
    data_encoding::HEXLOWER.encode(&bytes)
}

/// Answers 500 without saying why; the log says it under the same reference.
pub(super) fn broken(why: &'static str, media: Media) -> Response {
    let reference = reference();
    tracing::error!(reference, why, "a request broke");
    Response::builder()
        .status(StatusCode::INTERNAL_SERVER_ERROR)
        .content_type(media.content_type())
        .body(
            json!({ "errors": [{
                "message": BROKEN,
                "extensions": { "code": Code::InternalServerError.as_str(), "reference": reference },
            }] })
            .to_string(),
        )
}

/// Answers a request to an address, or with a method, that is not served.
pub(super) fn nowhere(status: StatusCode) -> Response {
    let refusal = match status {
        StatusCode::METHOD_NOT_ALLOWED => Refusal::new(
            status,
            Code::BadUserInput,
            "This address is served to GET only.",
        )
        .with(header::ALLOW, "GET, HEAD"),
        StatusCode::NOT_FOUND => Refusal::new(
            status,
            Code::BadUserInput,
            "Nothing is served at this address. The API is at /graphql.",
        ),
        _ if status.is_client_error() => {
            Refusal::new(status, Code::BadUserInput, "The request is malformed.")
        }
        _ => return broken("an endpoint failed", Media::Json),
    };
    refusal.into_response(Media::Json)
}
