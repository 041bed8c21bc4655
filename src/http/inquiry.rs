//! What a client asked, read out of a GET or a POST.
//!
//! Source: GraphQL over HTTP, sections 5.2 to 5.4.

use std::{str, time::Duration};

use async_graphql::Variables;
use poem::{
    Request,
    http::{StatusCode, header},
};
use serde_json::{Map, Value as Json};

use super::{body, document::Objection, media, refusal::Refusal};
use crate::graphql::error::Code;

/// The parameters of a GraphQL request, their types checked and the document not yet parsed.
#[derive(Debug)]
pub(super) struct Inquiry {
    pub query: String,
    pub operation_name: Option<String>,
    pub variables: Map<String, Json>,
}

impl Inquiry {
    /// The variables as the library wants them.
    pub(super) fn take_variables(&mut self) -> Variables {
        Variables::from_json(Json::Object(std::mem::take(&mut self.variables)))
    }
}

fn bad(message: &'static str) -> Refusal {
    Refusal::new(StatusCode::BAD_REQUEST, Code::BadUserInput, message)
}

/// Reads the parameters of a GET out of its query string.
///
/// # Errors
///
/// 400 for parameters that are missing or not what they should be.
pub(super) fn from_address(request: &Request) -> Result<Inquiry, Refusal> {
    let raw = request.uri().query().unwrap_or_default();
    // The decoder puts U+FFFD where the bytes are not UTF-8, and says nothing of it.
    if !stands_for_utf8(raw) {
        return Err(bad("The query string is not UTF-8."));
    }
    let pairs: Vec<(String, String)> = request
        .params()
        .map_err(|_| bad("The query string is malformed."))?;
    let mut members = Map::new();
    for (name, value) in pairs {
        let value = match name.as_str() {
            "query" | "operationName" => Json::String(value),
            "variables" | "extensions" if value.is_empty() => Json::Null,
            "variables" | "extensions" => serde_json::from_str(&value)
                .map_err(|_| bad("The parameters variables and extensions must be JSON."))?,
            _ => continue,
        };
        members.insert(name, value);
    }
    typed(members)
}

/// Whether the bytes that a query string stands for are UTF-8. What parts its members is ASCII, so the whole
/// of it is UTF-8 where each of them is.
fn stands_for_utf8(raw: &str) -> bool {
    let mut bytes = Vec::with_capacity(raw.len());
    let mut rest = raw.as_bytes();
    while let [first, after @ ..] = rest {
        rest = after;
        bytes.push(match (first, after) {
            (b'%', [high, low, after @ ..]) => match (digit(*high), digit(*low)) {
                (Some(high), Some(low)) => {
                    rest = after;
                    high << 4 | low
                }
                _ => b'%',
            },
            _ => *first,
        });
    }
    str::from_utf8(&bytes).is_ok()
}

/// The value of a hexadecimal digit.
fn digit(byte: u8) -> Option<u8> {
    char::from(byte)
        .to_digit(16)
        .and_then(|digit| digit.try_into().ok())
}

/// Reads the parameters of a POST out of its body, which may be `longest` bytes long and take
/// `patience` to arrive.
///
/// # Errors
///
/// 415 for anything but JSON in UTF-8, 413 for too long a body, however its length was announced, 408
/// for one that does not arrive, and 400 for one that is not a GraphQL request.
pub(super) async fn from_body(
    request: &mut Request,
    longest: usize,
    patience: Duration,
) -> Result<Inquiry, Refusal> {
    let encoded = request
        .headers()
        .get_all(header::CONTENT_ENCODING)
        .iter()
        .any(|coding| coding != "identity");
    if encoded || !media::is_json(request.content_type()) {
        return Err(Refusal::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Code::BadUserInput,
            "A POST must have Content-Type: application/json, in UTF-8 and not compressed.",
        ));
    }
    let bytes = body::read(request, longest, patience).await?;
    let text = str::from_utf8(&bytes).map_err(|_| bad("The body of the request is not UTF-8."))?;
    match serde_json::from_str(text) {
        Ok(Json::Object(members)) => typed(members),
        Ok(Json::Array(_)) => Err(bad(
            "The body of the request must be one JSON object: batches are not taken.",
        )),
        Ok(_) => Err(bad("The body of the request must be a JSON object.")),
        Err(_) => Err(bad("The body of the request is not JSON.")),
    }
}

/// Checks the types of the four members. Others are ignored, as the specification asks.
fn typed(members: Map<String, Json>) -> Result<Inquiry, Refusal> {
    from_members(members).map_err(bad)
}

/// Checks the types of the four members, wherever they came from.
///
/// # Errors
///
/// A fixed sentence that says which of them is not what it should be.
pub(super) fn from_members(mut members: Map<String, Json>) -> Result<Inquiry, &'static str> {
    let extensions = match members.remove("extensions") {
        None | Some(Json::Null) => Map::new(),
        Some(Json::Object(extensions)) => extensions,
        Some(_) => return Err("The parameter extensions must be an object."),
    };
    let query = match members.remove("query") {
        Some(Json::String(query)) => query,
        // Apollo's clients know this sentence, and send the document instead.
        None | Some(Json::Null) if extensions.contains_key("persistedQuery") => {
            return Err("PersistedQueryNotSupported");
        }
        _ => return Err("The parameter query must be a string."),
    };
    let operation_name = match members.remove("operationName") {
        None | Some(Json::Null) => None,
        Some(Json::String(name)) => Some(name).filter(|name| !name.is_empty()),
        Some(_) => return Err("The parameter operationName must be a string."),
    };
    let variables = match members.remove("variables") {
        None | Some(Json::Null) => Map::new(),
        Some(Json::Object(variables)) => variables,
        Some(_) => return Err("The parameter variables must be an object."),
    };
    Ok(Inquiry {
        query,
        operation_name,
        variables,
    })
}

/// What a GET says that would change something.
pub(super) fn not_by_get() -> Refusal {
    Refusal::new(
        StatusCode::METHOD_NOT_ALLOWED,
        Code::BadUserInput,
        "A GET may only ask a query: send other operations by POST.",
    )
    .with(header::ALLOW, "POST")
}

/// What a subscription is told whose client takes one answer only.
pub(super) fn no_subscriptions() -> Objection {
    Objection {
        code: Code::GraphqlValidationFailed,
        message: "Subscriptions are served by WebSocket (graphql-transport-ws), or with Accept: text/event-stream.",
        at: None,
    }
}

/// What a mutation is told that came by a transport for answers that go on: what a response would have to carry
/// besides, cookies above all, has no place there.
pub(super) fn no_mutations() -> Objection {
    Objection {
        code: Code::BadUserInput,
        message: "Mutations are sent over HTTP.",
        at: None,
    }
}

#[cfg(test)]
mod tests;
