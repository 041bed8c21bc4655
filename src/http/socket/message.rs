//! The messages of the sub-protocol, as text.

use serde::Serialize;
use serde_json::{Map, Value as Json, json};

/// The longest id of an operation, in bytes. Libraries count, or make a UUID.
const LONGEST_ID: usize = 128;

/// What a client says.
#[derive(Debug, PartialEq)]
pub(super) enum Said {
    /// Asks to be let in.
    Init(Map<String, Json>),
    /// Asks whether anybody is there.
    Ping,
    /// Is there.
    Pong,
    /// Begins an operation.
    Subscribe {
        /// Which it is to be.
        id: String,
        /// The parameters of a GraphQL request, unchecked.
        members: Map<String, Json>,
    },
    /// Wants no more of an operation.
    Complete {
        /// Which.
        id: String,
    },
}

impl Said {
    /// Reads a message. Members that the protocol does not know are ignored.
    ///
    /// # Errors
    ///
    /// A fixed sentence that says what is wrong, and repeats nothing of the message.
    pub(super) fn read(text: &str) -> Result<Self, &'static str> {
        let Ok(message) = serde_json::from_str::<Json>(text) else {
            return Err("A message must be JSON.");
        };
        let Json::Object(mut members) = message else {
            return Err("A message must be a JSON object.");
        };
        let Some(Json::String(kind)) = members.remove("type") else {
            return Err("A message must have a type.");
        };
        let payload = members.remove("payload");
        match kind.as_str() {
            "connection_init" => Ok(Self::Init(perhaps(payload)?)),
            "ping" => perhaps(payload).map(|_| Self::Ping),
            "pong" => perhaps(payload).map(|_| Self::Pong),
            "subscribe" => match payload {
                Some(Json::Object(payload)) => Ok(Self::Subscribe {
                    id: id(&mut members)?,
                    members: payload,
                }),
                _ => Err("The payload of subscribe must be an object."),
            },
            "complete" => id(&mut members).map(|id| Self::Complete { id }),
            _ => Err("No such type of message."),
        }
    }
}

fn perhaps(payload: Option<Json>) -> Result<Map<String, Json>, &'static str> {
    match payload {
        None | Some(Json::Null) => Ok(Map::new()),
        Some(Json::Object(payload)) => Ok(payload),
        Some(_) => Err("The payload must be an object."),
    }
}

fn id(members: &mut Map<String, Json>) -> Result<String, &'static str> {
    match members.remove("id") {
        Some(Json::String(id)) if !id.is_empty() && id.len() <= LONGEST_ID => Ok(id),
        _ => Err("The id must be a string of 1 to 128 bytes."),
    }
}

/// What a client is told without the name of an operation.
pub(super) fn plain(kind: &str) -> String {
    json!({ "type": kind }).to_string()
}

/// The end of an operation.
pub(super) fn complete(id: &str) -> String {
    json!({ "type": "complete", "id": id }).to_string()
}

/// Why an operation is not run.
pub(super) fn error(id: &str, error: &Json) -> String {
    json!({ "type": "error", "id": id, "payload": [error] }).to_string()
}

/// Something about an operation, with a payload of any kind.
#[derive(Serialize)]
pub(super) struct Answered<'a, P> {
    #[serde(rename = "type")]
    pub kind: &'static str,
    pub id: &'a str,
    pub payload: P,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_protocol_knows_is_read() {
        let empty = Map::new;
        for (text, said) in [
            (r#"{"type":"connection_init"}"#, Said::Init(empty())),
            (
                r#"{"type":"connection_init","payload":null,"other":1}"#,
                Said::Init(empty()),
            ),
            (r#"{"type":"ping","payload":{"a":1}}"#, Said::Ping),
            (r#"{"type":"pong"}"#, Said::Pong),
            (
                r#"{"type":"complete","id":"1"}"#,
                Said::Complete { id: "1".into() },
            ),
            (
                r#"{"type":"subscribe","id":"ä","payload":{}}"#,
                Said::Subscribe {
                    id: "ä".into(),
                    members: empty(),
                },
            ),
        ] {
            assert_eq!(Said::read(text), Ok(said), "{text}");
        }
    }

    #[test]
    fn what_it_does_not_know_is_refused_without_an_echo() {
        let long = format!(r#"{{"type":"complete","id":"{}"}}"#, "x".repeat(129));
        let deep = "[".repeat(60_000);
        for text in [
            "",
            "hunter2",
            "[]",
            "null",
            "{}",
            r#"{"type":1}"#,
            r#"{"type":"hunter2"}"#,
            r#"{"type":"start","id":"1","payload":{}}"#,
            r#"{"type":"connection_init","payload":"hunter2"}"#,
            r#"{"type":"ping","payload":[]}"#,
            r#"{"type":"subscribe","id":"1"}"#,
            r#"{"type":"subscribe","payload":{}}"#,
            r#"{"type":"subscribe","id":1,"payload":{}}"#,
            r#"{"type":"subscribe","id":"1","payload":"hunter2"}"#,
            r#"{"type":"complete"}"#,
            r#"{"type":"complete","id":""}"#,
            &long,
            &deep,
        ] {
            let why = Said::read(text).unwrap_err();
            assert!(!why.contains("hunter2") && why.len() <= 123, "{why}");
        }
    }
}
