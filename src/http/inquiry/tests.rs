//! Requests by chance: what is read is what was sent, and what is not read is refused as a client's mistake.

use poem::{
    Body,
    http::{Method, Uri},
};
use proptest::prelude::*;

use super::*;
use crate::http::media::Media;

const PATIENCE: Duration = Duration::from_secs(60);

/// What a client is told: the status, and a body that says no more than an error may.
fn told(refusal: Refusal, media: Media) -> (StatusCode, Json) {
    let response = refusal.into_response(media);
    let status = response.status();
    let body = wait(response.into_body().into_bytes()).unwrap();
    (status, serde_json::from_slice(&body).unwrap())
}

fn wait<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .unwrap()
        .block_on(future)
}

/// A refusal has a status of 4xx whatever the media type, one error with a sentence and a code, and nothing else.
fn is_a_refusal(refusal: Refusal, media: Media) -> Result<StatusCode, TestCaseError> {
    let (status, body) = told(refusal, media);
    prop_assert!(status.is_client_error(), "{}", status);
    let members: Vec<&String> = body.as_object().unwrap().keys().collect();
    prop_assert_eq!(members, ["errors"]);
    let errors = body["errors"].as_array().unwrap();
    prop_assert_eq!(errors.len(), 1);
    prop_assert!(
        errors[0]["message"]
            .as_str()
            .is_some_and(|it| !it.is_empty())
    );
    let code = errors[0]["extensions"]["code"].as_str();
    prop_assert!(matches!(code, Some("BAD_USER_INPUT" | "LIMIT_EXCEEDED")));
    Ok(status)
}

fn any_media() -> impl Strategy<Value = Media> {
    prop::sample::select(vec![Media::Json, Media::GraphqlResponse])
}

/// The bytes of each value in a query string, by the form encoding of the WHATWG's URL standard.
fn decoded(raw: &str) -> Vec<(Vec<u8>, Vec<u8>)> {
    fn bytes(text: &str) -> Vec<u8> {
        let hex = |at: usize| {
            text.get(at + 1..at + 3).and_then(|hex| {
                let digits = hex.bytes().all(|it| it.is_ascii_hexdigit());
                digits.then(|| u8::from_str_radix(hex, 16).unwrap())
            })
        };
        let mut at = 0;
        let mut bytes = Vec::new();
        while let Some(&byte) = text.as_bytes().get(at) {
            match (byte, hex(at)) {
                (b'%', Some(byte)) => {
                    bytes.push(byte);
                    at += 2;
                }
                (b'+', _) => bytes.push(b' '),
                _ => bytes.push(byte),
            }
            at += 1;
        }
        bytes
    }
    raw.split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(name, value)| (bytes(name), bytes(value)))
        .collect()
}

/// Query strings that are requests, or nearly, with their characters written in more than one way.
fn any_query_string() -> impl Strategy<Value = String> {
    let name = prop::sample::select(vec![
        "query",
        "query",
        "query",
        "operationName",
        "variables",
        "extensions",
        "quer%79",
        "other",
        "",
    ]);
    let value = prop::sample::select(vec![
        "%7Bping%7D",
        "{ping}",
        "mutation+M%7Bflip%7D",
        "A",
        "null",
        "%7B%22a%22:1%7D",
        "%5B%5D",
        "1",
        "%7B%22persistedQuery%22:1%7D",
        "%C3%A4",
        "\u{e4}",
        "%C3",
        "%FF",
        "%EF%BF%BD",
        "\u{fffd}",
        "%",
        "%F",
        "%zz",
        "+",
        "%00",
        "=",
        ";",
    ]);
    let pair = (name, prop::collection::vec(value, 0..3))
        .prop_map(|(name, values)| format!("{name}={}", values.concat()));
    prop_oneof![
        6 => prop::collection::vec(pair, 0..4).prop_map(|pairs| pairs.join("&")),
        1 => "[ -~]{0,40}",
        1 => prop::collection::vec(any::<char>(), 0..20).prop_map(String::from_iter),
    ]
}

/// What the members of a request may be, as a JSON object holds them.
fn any_member() -> impl Strategy<Value = Json> {
    prop::sample::select(vec![
        serde_json::json!(null),
        serde_json::json!("{ ping }"),
        serde_json::json!("mutation M { flip }"),
        serde_json::json!(""),
        serde_json::json!("\u{e4}\u{0}"),
        serde_json::json!({}),
        serde_json::json!({ "a": [1, null] }),
        serde_json::json!({ "persistedQuery": {} }),
        serde_json::json!([]),
        serde_json::json!([{ "query": "{ ping }" }]),
        serde_json::json!(1e300),
        serde_json::json!(false),
    ])
}

/// Whether JSON is a request: what its members must be, said once more.
fn is_inquiry(json: &Json) -> bool {
    let Some(members) = json.as_object() else {
        return false;
    };
    let none_or = |name: &str, is: fn(&Json) -> bool| {
        members.get(name).is_none_or(|it| it.is_null() || is(it))
    };
    members.get("query").is_some_and(Json::is_string)
        && none_or("operationName", Json::is_string)
        && none_or("variables", Json::is_object)
        && none_or("extensions", Json::is_object)
}

fn any_body() -> impl Strategy<Value = Vec<u8>> {
    let name = prop::sample::select(vec![
        "query",
        "query",
        "operationName",
        "variables",
        "extensions",
        "other",
    ]);
    let json = prop::collection::vec((name, any_member()), 0..6)
        .prop_map(|members| Json::from_iter(members).to_string().into_bytes());
    let broken = (any_request(), any::<prop::sample::Index>(), any::<u8>()).prop_map(
        |(mut bytes, at, put)| {
            let at = at.index(bytes.len());
            bytes[at] = put;
            bytes
        },
    );
    prop_oneof![
        3 => json,
        2 => any_request(),
        2 => broken,
        1 => any_member().prop_map(|json| json.to_string().into_bytes()),
        1 => prop::collection::vec(any::<u8>(), 0..60),
    ]
}

/// A body that is a request.
fn any_request() -> impl Strategy<Value = Vec<u8>> {
    let json = |(query, operation, variables): (String, Option<String>, Option<bool>)| {
        serde_json::json!({
            "query": query,
            "operationName": operation,
            "variables": variables.map(|it| serde_json::json!({ "it": it })),
        })
    };
    (".{0,9}", any::<Option<String>>(), any::<Option<bool>>())
        .prop_map(json)
        .prop_map(|json| json.to_string().into_bytes())
}

/// Content types that are JSON's, or a form's, or neither, as clients that are wrong might write them.
fn any_content_type() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "application/json",
        "Application/JSON",
        "text/plain",
        "multipart/form-data",
        "application/x-www-form-urlencoded",
        ";",
        "; ",
        ",",
        "=",
        " ",
        "\t",
        "charset",
        "charset=utf-8",
        "charset=\"UTF-8\"",
        "charset=utf-16",
        "boundary=application/json",
        "x",
        "\"",
    ]);
    prop_oneof![
        2 => Just("application/json".to_owned()),
        2 => prop::collection::vec(piece, 0..5).prop_map(|pieces| pieces.concat()),
        1 => "[ -~]{0,30}",
    ]
}

/// What a browser takes a content type for (WHATWG, parse a MIME type): what stands before the first semicolon.
fn essence(content_type: &str) -> String {
    let before = content_type.split(';').next().unwrap_or_default();
    before
        .trim_matches([' ', '\t', '\n', '\r'])
        .to_ascii_lowercase()
}

/// The first parameter of that name; where it stands in another's name, it is none.
fn charset(content_type: &str) -> Option<String> {
    let parameters = content_type.split(';').skip(1);
    parameters
        .filter_map(|parameter| parameter.trim().split_once('='))
        .find(|(name, _)| name.eq_ignore_ascii_case("charset"))
        .map(|(_, value)| value.trim_matches('"').to_ascii_lowercase())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn an_address_is_read_as_it_was_sent_or_refused(raw in any_query_string(), media in any_media()) {
        // What is no address does not come in.
        let Ok(uri) = format!("/graphql?{raw}").parse::<Uri>() else { return Ok(()) };
        let raw = uri.query().unwrap_or_default().to_owned();
        let request = Request::builder().method(Method::GET).uri(uri).finish();
        let sent = decoded(&raw);
        let last = |name: &str| {
            sent.iter().rfind(|(it, _)| it == name.as_bytes()).map(|(_, value)| value.as_slice())
        };
        match from_address(&request) {
            Ok(inquiry) => {
                prop_assert_eq!(Some(inquiry.query.as_bytes()), last("query"), "{}", raw);
                let name = last("operationName").filter(|name| !name.is_empty());
                prop_assert_eq!(inquiry.operation_name.as_deref().map(str::as_bytes), name, "{}", raw);
                let variables = last("variables").filter(|text| !text.is_empty());
                let variables = variables.map(|text| serde_json::from_slice::<Json>(text).unwrap());
                let expected = match variables {
                    Some(Json::Object(members)) => members,
                    Some(Json::Null) | None => Map::new(),
                    Some(_) => return Err(TestCaseError::fail(raw)),
                };
                prop_assert_eq!(inquiry.variables, expected);
            }
            Err(refusal) => {
                prop_assert_eq!(is_a_refusal(refusal, media)?, StatusCode::BAD_REQUEST);
            }
        }
    }

    #[test]
    fn a_body_is_read_as_it_was_sent_or_refused(body in any_body(), media in any_media()) {
        let sent = serde_json::from_slice::<Json>(&body).ok().filter(is_inquiry);
        let mut request = Request::builder()
            .method(Method::POST)
            .content_type("application/json")
            .body(Body::from(body));
        match (wait(from_body(&mut request, 1_000, PATIENCE)), sent) {
            (Ok(inquiry), Some(sent)) => {
                prop_assert_eq!(Some(inquiry.query.as_str()), sent["query"].as_str());
                let name = sent["operationName"].as_str().filter(|name| !name.is_empty());
                prop_assert_eq!(inquiry.operation_name.as_deref(), name);
                let variables = sent["variables"].as_object().cloned().unwrap_or_default();
                prop_assert_eq!(inquiry.variables, variables);
            }
            (Err(refusal), None) => {
                prop_assert_eq!(is_a_refusal(refusal, media)?, StatusCode::BAD_REQUEST);
            }
            (Ok(inquiry), None) => return Err(TestCaseError::fail(format!("read as {inquiry:?}"))),
            (Err(refusal), Some(sent)) => {
                return Err(TestCaseError::fail(format!("{sent} refused: {refusal:?}")));
            }
        }
    }

    /// Nothing that a page of another site can send without asking first is read.
    #[test]
    fn only_json_is_read(content_type in any_content_type(), coding in "(identity|gzip|[a-z]{0,3})", media in any_media()) {
        let mut request = Request::builder()
            .method(Method::POST)
            .body(Body::from("{\"query\":\"{ ping }\"}"));
        let Ok(value) = content_type.parse() else { return Ok(()) };
        request.headers_mut().insert(header::CONTENT_TYPE, value);
        if coding != "identity" {
            request.headers_mut().insert(header::CONTENT_ENCODING, coding.parse().unwrap());
        }
        match wait(from_body(&mut request, 1_000, PATIENCE)) {
            Ok(_) => {
                prop_assert_eq!(essence(&content_type), "application/json");
                prop_assert_eq!(coding, "identity");
                let charset = charset(&content_type);
                prop_assert!(charset.is_none_or(|it| it != "utf-16"), "{}", content_type);
            }
            Err(refusal) => {
                prop_assert_eq!(is_a_refusal(refusal, media)?, StatusCode::UNSUPPORTED_MEDIA_TYPE);
                prop_assert!(content_type != "application/json" || coding != "identity");
            }
        }
    }

    #[test]
    fn a_body_beyond_the_bound_is_not_read(
        beyond in -3..4i64,
        announced in prop_oneof![
            Just(None),
            any::<u64>().prop_map(Some),
            (197..204u64).prop_map(Some),
        ],
        media in any_media(),
    ) {
        let longest = 200;
        let length = usize::try_from(200 + beyond).unwrap();
        let start = "{\"query\":\"{ ping }\"}";
        let body = format!("{start}{}", " ".repeat(length - start.len()));
        let mut request = Request::builder()
            .method(Method::POST)
            .content_type("application/json")
            .body(Body::from(body));
        if let Some(announced) = announced {
            request.headers_mut().insert(header::CONTENT_LENGTH, announced.into());
        }
        let fits = length <= longest && announced.is_none_or(|it| it <= 200);
        match wait(from_body(&mut request, longest, PATIENCE)) {
            Ok(_) => prop_assert!(fits),
            Err(refusal) => {
                prop_assert_eq!(is_a_refusal(refusal, media)?, StatusCode::PAYLOAD_TOO_LARGE);
                prop_assert!(!fits);
            }
        }
    }
}
