use std::sync::atomic::Ordering;

use poem::{
    Body,
    http::{HeaderName, Uri},
};
use proptest::prelude::*;

use super::*;
use crate::http::tests::{Reply, Service, get_request, post, service};

const NEWER: (&str, &str) = ("accept", "application/graphql-response+json");

fn plain() -> Service {
    service(&Settings::default())
}

async fn get(service: &Service, query: &[(&str, &str)], headers: &[(&'static str, &str)]) -> Reply {
    let text: Vec<String> = query
        .iter()
        .map(|(name, value)| {
            let value: String = value.bytes().map(|byte| format!("%{byte:02X}")).collect();
            format!("{name}={value}")
        })
        .collect();
    let mut request = get_request(&format!("/graphql?{}", text.join("&"))).finish();
    for (name, value) in headers {
        request.headers_mut().append(*name, value.parse().unwrap());
    }
    service.call(request).await
}

#[tokio::test]
async fn queries_are_answered_in_both_media_types() {
    let service = plain();
    let reply = service.ask("{ ping }", &[]).await;
    assert_eq!(reply.status, StatusCode::OK);
    assert_eq!(reply.body, r#"{"data":{"ping":"pong"}}"#);
    assert_eq!(
        reply.header("content-type"),
        "application/json; charset=utf-8"
    );
    assert_eq!(reply.header("cache-control"), "no-store");
    assert!(reply.header("vary").contains("accept, origin"));
    let reply = service.ask("{ ping }", &[NEWER]).await;
    assert_eq!(
        reply.header("content-type"),
        "application/graphql-response+json; charset=utf-8"
    );
    let reply = service.ask("{ ping }", &[("accept", "text/html")]).await;
    assert_eq!(
        (reply.status, reply.code().as_str()),
        (StatusCode::NOT_ACCEPTABLE, "BAD_USER_INPUT")
    );
}

#[tokio::test]
async fn get_takes_queries_and_nothing_else() {
    let service = plain();
    let two = "query A { ping } query B($t: String!) { echo(text: $t) } mutation M { flip }";
    let reply = get(&service, &[("query", two), ("operationName", "A")], &[]).await;
    assert_eq!(reply.body, r#"{"data":{"ping":"pong"}}"#);
    let variables = ("variables", r#"{"t":"ä"}"#);
    let reply = get(
        &service,
        &[("query", two), ("operationName", "B"), variables],
        &[],
    )
    .await;
    assert_eq!(reply.body, r#"{"data":{"echo":"ä"}}"#);
    for query in [
        vec![("query", two), ("operationName", "M")],
        vec![("query", "mutation { flip }")],
        vec![("query", "subscription { flip }")],
    ] {
        let reply = get(&service, &query, &[]).await;
        assert_eq!(reply.status, StatusCode::METHOD_NOT_ALLOWED, "{query:?}");
        assert_eq!(reply.header("allow"), "POST");
    }
    for query in [
        vec![],
        vec![("query", two), ("operationName", "B"), ("variables", "[]")],
        vec![("query", two), ("operationName", "B"), ("variables", "{")],
        vec![("query", "{ ping }"), ("extensions", "1")],
    ] {
        let reply = get(&service, &query, &[]).await;
        assert_eq!(reply.status, StatusCode::BAD_REQUEST, "{query:?}");
        assert_eq!(reply.code(), "BAD_USER_INPUT", "{query:?}");
    }
    let reply = get(&service, &[("query", two)], &[NEWER]).await;
    assert_eq!(
        (reply.status, reply.code().as_str()),
        (StatusCode::BAD_REQUEST, "BAD_USER_INPUT")
    );
    let bytes = get_request("/graphql?query=%7B%20ping%20%7D&operationName=%FF").finish();
    assert_eq!(service.call(bytes).await.status, StatusCode::BAD_REQUEST);
    // Also where the sign that stands for such bytes was sent beside them.
    let both = "/graphql?query=%7B%20ping%20%7D&operationName=%FF%EF%BF%BD";
    let reply = service.call(get_request(both).finish()).await;
    assert_eq!(reply.status, StatusCode::BAD_REQUEST);
    assert!(reply.body.contains("UTF-8"));
    assert!(!service.probe.flipped.load(Ordering::SeqCst));
}

#[tokio::test]
async fn forms_text_and_other_methods_have_no_effect() {
    let service = plain();
    let body = r#"{"query":"mutation { flip }"}"#;
    for content_type in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/graphql",
        "application/json; charset=utf-16",
        "",
    ] {
        let mut request = post(body);
        request
            .headers_mut()
            .insert("content-type", content_type.parse().unwrap());
        let reply = service.call(request).await;
        assert_eq!(
            reply.status,
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "{content_type}"
        );
    }
    let mut request = post(body);
    request.headers_mut().remove("content-type");
    assert_eq!(
        service.call(request).await.status,
        StatusCode::UNSUPPORTED_MEDIA_TYPE
    );
    let mut request = post(body);
    request
        .headers_mut()
        .insert("content-encoding", "gzip".parse().unwrap());
    assert_eq!(
        service.call(request).await.status,
        StatusCode::UNSUPPORTED_MEDIA_TYPE
    );
    for method in [Method::PUT, Method::DELETE, Method::PATCH, Method::HEAD] {
        let mut request = post(body);
        request.set_method(method.clone());
        let reply = service.call(request).await;
        assert_eq!(reply.status, StatusCode::METHOD_NOT_ALLOWED, "{method}");
        assert_eq!(reply.header("allow"), "GET, POST, OPTIONS");
    }
    assert!(service.untouched());
    assert_eq!(service.call(post(body)).await.status, StatusCode::OK);
    assert!(
        service.probe.flipped.load(Ordering::SeqCst),
        "the flag does work"
    );
}

#[tokio::test]
async fn bad_bodies_are_refused_without_an_echo() {
    let service = plain();
    for (body, message) in [
        (b"hunter2 {".to_vec(), "not JSON"),
        (b"".to_vec(), "not JSON"),
        (
            b"{\"query\": \"{ ping }\", \"a\": \"hunter2\xff\"}".to_vec(),
            "not UTF-8",
        ),
        (b"[{\"query\":\"{ ping } # hunter2\"}]".to_vec(), "batches"),
        (b"[]".to_vec(), "batches"),
        (b"\"hunter2\"".to_vec(), "object"),
        (b"null".to_vec(), "object"),
        (b"{}".to_vec(), "query"),
        (b"{\"query\":null}".to_vec(), "query"),
        (b"{\"query\":{\"hunter2\":1}}".to_vec(), "query"),
        (
            b"{\"query\":\"{ ping }\",\"variables\":\"hunter2\"}".to_vec(),
            "variables",
        ),
        (
            b"{\"query\":\"{ ping }\",\"variables\":[1]}".to_vec(),
            "variables",
        ),
        (
            b"{\"query\":\"{ ping }\",\"operationName\":7}".to_vec(),
            "operationName",
        ),
        (
            b"{\"query\":\"{ ping }\",\"extensions\":\"hunter2\"}".to_vec(),
            "extensions",
        ),
        ("[".repeat(60_000).into_bytes(), "not JSON"),
    ] {
        let reply = service.call(post(body)).await;
        assert_eq!(reply.status, StatusCode::BAD_REQUEST, "{message}");
        assert_eq!(reply.code(), "BAD_USER_INPUT");
        assert!(
            reply.body.contains(message),
            "{} lacks {message}",
            reply.body
        );
        assert!(!reply.body.contains("hunter2"), "{}", reply.body);
        assert!(reply.json().get("data").is_none());
    }
    assert!(service.untouched());
    let odd =
        r#"{"query":"{","query":"{ ping }","unknown":[],"variables":null,"operationName":""}"#;
    assert_eq!(
        service.call(post(odd)).await.body,
        r#"{"data":{"ping":"pong"}}"#
    );
    let persisted = r#"{"extensions":{"persistedQuery":{"version":1}}}"#;
    let reply = service.call(post(persisted)).await;
    assert!(reply.body.contains("PersistedQueryNotSupported"));
}

#[tokio::test]
async fn a_body_is_measured_while_it_is_read() {
    let service = plain();
    let padded = |length: usize| {
        let start = r#"{"query":"{ ping }"}"#;
        format!("{start}{}", " ".repeat(length - start.len()))
    };
    assert_eq!(
        service.call(post(padded(256 * 1024))).await.status,
        StatusCode::OK
    );
    let reply = service.call(post(padded(256 * 1024 + 1))).await;
    assert_eq!(
        (reply.status, reply.code().as_str()),
        (StatusCode::PAYLOAD_TOO_LARGE, "LIMIT_EXCEEDED")
    );
    let mut announced = post("{}");
    announced
        .headers_mut()
        .insert("content-length", "50000000".parse().unwrap());
    assert_eq!(
        service.call(announced).await.status,
        StatusCode::PAYLOAD_TOO_LARGE
    );
    let endless = futures_util::stream::repeat_with(|| Ok::<_, std::io::Error>(vec![b' '; 1024]));
    let reply = service.call(post(Body::from_bytes_stream(endless))).await;
    assert_eq!(reply.status, StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test]
async fn slow_bodies_and_slow_operations_are_given_up() {
    let service = service(&Settings {
        body_patience: Duration::from_millis(50),
        run_time: Duration::from_millis(50),
        ..Settings::default()
    });
    let never = futures_util::stream::pending::<Result<Vec<u8>, std::io::Error>>();
    let reply = service.call(post(Body::from_bytes_stream(never))).await;
    assert_eq!(reply.status, StatusCode::REQUEST_TIMEOUT);
    let reply = service.ask("{ forever }", &[NEWER]).await;
    assert_eq!(
        (reply.status, reply.code().as_str()),
        (StatusCode::BAD_REQUEST, "LIMIT_EXCEEDED")
    );
    assert!(reply.body.contains("too long"));
}

#[tokio::test]
async fn request_errors_have_a_code_a_status_and_no_data() {
    let service = plain();
    for (document, code) in [
        ("{ ping", "GRAPHQL_PARSE_FAILED"),
        ("{ pong }", "GRAPHQL_VALIDATION_FAILED"),
        ("{ ping @unknown }", "GRAPHQL_VALIDATION_FAILED"),
        ("{ ...Nowhere }", "GRAPHQL_VALIDATION_FAILED"),
        ("subscription { ping }", "GRAPHQL_VALIDATION_FAILED"),
        ("query A { ping } query B { ping }", "BAD_USER_INPUT"),
        (
            "{ a: ping b: ping ...F } fragment F on Query { ...F }",
            "GRAPHQL_VALIDATION_FAILED",
        ),
        ("mutation { signIn signUp }", "LIMIT_EXCEEDED"),
    ] {
        for (accept, status) in [
            (NEWER, StatusCode::BAD_REQUEST),
            (("accept", "*/*"), StatusCode::OK),
        ] {
            let reply = service.ask(document, &[accept]).await;
            assert_eq!(reply.status, status, "{document}");
            assert_eq!(reply.code(), code, "{document}");
            assert!(reply.json().get("data").is_none(), "{}", reply.body);
            assert!(!reply.body.contains("Did you mean"), "{}", reply.body);
        }
    }
    let reply = service.ask("{ ping\n b(p: hunter2 }", &[]).await;
    assert_eq!(reply.json()["errors"][0]["locations"][0]["line"], 2);
    assert!(!reply.body.contains("hunter2"));
}

#[tokio::test]
async fn refusals_by_the_guard_never_reach_the_wire() {
    let service = plain();
    let mut bomb = "{ ...F0 }".to_owned();
    for level in 0..24 {
        bomb.push_str(&format!(
            "fragment F{level} on Query {{ ...F{0} ...F{0} }}",
            level + 1
        ));
    }
    bomb.push_str("fragment F24 on Query { ping }");
    assert_eq!(service.ask(&bomb, &[NEWER]).await.code(), "LIMIT_EXCEEDED");
    let variables = format!(
        r#"{{"query":"{{ ping }}","variables":{{"a":[{}1]}}}}"#,
        "1,".repeat(2_000)
    );
    assert_eq!(service.call(post(variables)).await.code(), "LIMIT_EXCEEDED");
    assert!(service.untouched());
}

#[tokio::test]
async fn an_error_without_a_code_is_masked_and_leaves_its_siblings() {
    let reply = plain().ask("{ ping leak }", &[NEWER]).await;
    assert_eq!(reply.status, StatusCode::OK);
    assert_eq!(
        reply.json()["data"],
        serde_json::json!({ "ping": "pong", "leak": null })
    );
    assert_eq!(reply.code(), "INTERNAL_SERVER_ERROR");
    assert_eq!(
        reply.json()["errors"][0]["path"],
        serde_json::json!(["leak"])
    );
    assert!(!reply.body.contains("table"), "{}", reply.body);
}

#[tokio::test]
async fn refusals_of_the_wire_get_their_status_and_headers() {
    let service = plain();
    for (token, newer, json) in [
        ("stale", 401, 200),
        ("frozen", 403, 200),
        ("hasty", 429, 429),
    ] {
        let bearer = format!("Bearer {token}");
        let authorization = ("authorization", bearer.as_str());
        let reply = service.ask("{ ping }", &[NEWER, authorization]).await;
        assert_eq!(reply.status.as_u16(), newer, "{token}");
        assert_eq!(
            reply.header("www-authenticate"),
            if token == "stale" { "Bearer" } else { "" }
        );
        assert_eq!(
            reply.header("retry-after"),
            if token == "hasty" { "17" } else { "" }
        );
        let reply = service.ask("{ ping }", &[authorization]).await;
        assert_eq!(reply.status.as_u16(), json, "{token}");
    }
    let reply = service
        .ask("{ ping }", &[("authorization", "Basic YTpi")])
        .await;
    assert_eq!(reply.status, StatusCode::UNAUTHORIZED);
    assert_eq!(reply.header("www-authenticate"), "Bearer");
    let reply = service
        .ask("{ ping }", &[("authorization", "Bearer new")])
        .await;
    let cookies: Vec<_> = reply.headers.get_all("set-cookie").iter().collect();
    assert_eq!(cookies.len(), 2);
    assert!(!reply.body.contains("\"t\""));
}

#[tokio::test]
async fn what_arrived_is_handed_on() {
    let service = plain();
    let cookies =
        "__Host-letterlock-session=s; __Host-letterlock-device=d; __Host-letterlock-screen=done";
    service.ask("{ ping }", &[("cookie", cookies)]).await;
    assert_eq!(
        *service.probe.arrived.lock().unwrap(),
        "cookie s true true 0.0.0.0/24"
    );
    service
        .ask(
            "{ ping }",
            &[("cookie", cookies), ("authorization", "Bearer b")],
        )
        .await;
    assert_eq!(
        *service.probe.arrived.lock().unwrap(),
        "bearer b true true 0.0.0.0/24"
    );
}

#[tokio::test]
async fn other_sites_are_refused_before_anything_is_parsed() {
    let service = plain();
    let own = ("host", "127.0.0.1:8000");
    for headers in [
        vec![own, ("origin", "https://evil.example")],
        vec![own, ("origin", "null")],
        vec![own, ("sec-fetch-site", "cross-site")],
        vec![own, ("sec-fetch-site", "same-site")],
    ] {
        let reply = service.ask("mutation { flip }", &headers).await;
        assert_eq!(
            (reply.status, reply.code().as_str()),
            (StatusCode::FORBIDDEN, "FORBIDDEN"),
            "{headers:?}"
        );
        assert_eq!(reply.header("access-control-allow-origin"), "");
    }
    let cookie = ("cookie", "__Host-letterlock-session=s");
    let reply = get(&service, &[("query", "{ ping }")], &[cookie]).await;
    assert_eq!(
        (reply.status, reply.code().as_str()),
        (StatusCode::FORBIDDEN, "FORBIDDEN")
    );
    assert!(service.untouched());
    let asked_first = ("graphql-require-preflight", "1");
    let reply = get(&service, &[("query", "{ ping }")], &[cookie, asked_first]).await;
    assert_eq!(reply.status, StatusCode::OK);
    let same = ("origin", "http://127.0.0.1:8000");
    assert_eq!(
        service.ask("{ ping }", &[own, same]).await.status,
        StatusCode::OK
    );
}

#[tokio::test]
async fn cors_is_open_to_the_listed_and_to_nobody_else() {
    let service = service(&Settings {
        cors_origins: vec!["https://app.example".parse().unwrap()],
        ..Settings::default()
    });
    let preflight = |origin: &'static str| {
        Request::builder()
            .method(Method::OPTIONS)
            .uri_str("/graphql")
            .header(header::ORIGIN, origin)
            .header(
                HeaderName::from_static("access-control-request-method"),
                "POST",
            )
            .finish()
    };
    let reply = service.call(preflight("https://app.example")).await;
    assert_eq!(reply.status, StatusCode::NO_CONTENT);
    assert_eq!(
        reply.header("access-control-allow-origin"),
        "https://app.example"
    );
    assert_eq!(reply.header("access-control-allow-credentials"), "true");
    assert!(
        reply
            .header("access-control-allow-headers")
            .contains("content-type")
    );
    assert!(reply.header("vary").contains("origin"));
    let reply = service.call(preflight("https://evil.example")).await;
    assert_eq!(reply.status, StatusCode::FORBIDDEN);
    assert_eq!(reply.header("access-control-allow-origin"), "");
    let from = [
        ("origin", "https://app.example"),
        ("sec-fetch-site", "cross-site"),
    ];
    let reply = service.ask("mutation { flip }", &from).await;
    assert_eq!(reply.body, r#"{"data":{"flip":true}}"#);
    assert_eq!(
        reply.header("access-control-allow-origin"),
        "https://app.example"
    );
    let reply = service.ask("{", &from).await;
    assert_eq!(
        reply.header("access-control-allow-origin"),
        "https://app.example",
        "errors too"
    );
    let request = Request::builder()
        .method(Method::OPTIONS)
        .uri_str("/graphql")
        .finish();
    let reply = service.call(request).await;
    assert_eq!(reply.header("access-control-allow-origin"), "");
    assert_eq!(reply.header("allow"), "GET, POST, OPTIONS");
}

/// Documents that change something in some way or other, among those that do not.
fn any_document() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "mutation M { flip }",
        "mutation { flip }",
        "mutation{...F}fragment F on Mutation{flip}",
        "query A { ping }",
        "query B { a: ping }",
        "{ ping }",
        "subscription { ping }",
        "# {\n",
        "fragment F on Query { ping }",
        "\u{feff}",
        ",",
        "{",
        "}",
        "\"\"\"",
        "\"",
    ]);
    prop_oneof![
        4 => prop::collection::vec(piece, 0..3).prop_map(|pieces| pieces.join(" ")),
        1 => any::<String>(),
    ]
}

/// The members of a request, some of them twice, and the second of another kind.
fn any_members() -> impl Strategy<Value = Vec<(&'static str, String)>> {
    let member = prop_oneof![
        4 => any_document().prop_map(|text| ("query", text)),
        2 => "(A|B|M|)".prop_map(|name| ("operationName", name)),
        1 => prop::sample::select(vec!["{}", "null", "", "[]", "{\"a\":1}", "{"])
            .prop_map(|text| ("variables", text.to_owned())),
        1 => Just(("extensions", "{\"persistedQuery\":{}}".to_owned())),
    ];
    prop::collection::vec(member, 0..4)
}

fn encoded(members: &[(&str, String)]) -> String {
    let pairs = members.iter().map(|(name, value)| {
        let value: String = value.bytes().map(|byte| format!("%{byte:02X}")).collect();
        format!("{name}={value}")
    });
    pairs.collect::<Vec<_>>().join("&")
}

fn wait<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread();
    { runtime }.enable_time().build().unwrap().block_on(future)
}

/// A reply is data, or an error with a code; and in the newer media type the status says which.
fn is_an_answer(reply: &Reply, newer: bool) -> Result<(), TestCaseError> {
    if reply.status == StatusCode::NO_CONTENT {
        return Ok(());
    }
    let refused = reply.json().get("data").is_none();
    prop_assert!(
        reply.status == StatusCode::OK || reply.status.is_client_error(),
        "{}",
        reply.status
    );
    prop_assert!(refused || reply.status == StatusCode::OK);
    prop_assert_eq!(refused, !reply.code().is_empty(), "{}", &reply.body);
    prop_assert!(
        !refused || !newer || reply.status.is_client_error(),
        "{}",
        &reply.body
    );
    Ok(())
}

proptest! {
    #[test]
    fn nothing_but_a_post_changes_anything(
        members in any_members(),
        raw in "[a-zA-Z0-9%&=+;._~-]{0,9}",
        method in prop::sample::select(vec![
            Method::GET, Method::GET, Method::GET, Method::HEAD, Method::PUT, Method::DELETE, Method::PATCH,
            Method::OPTIONS, Method::TRACE,
        ]),
        body in any_document(),
        content_type in prop::sample::select(vec!["application/json", "application/x-www-form-urlencoded"]),
        newer: bool,
    ) {
        let service = plain();
        let Ok(uri) = format!("/graphql?{}&{raw}", encoded(&members)).parse::<Uri>() else { return Ok(()) };
        let mut request = post(serde_json::json!({ "query": body }).to_string());
        request.set_method(method);
        *request.uri_mut() = uri;
        let headers = request.headers_mut();
        headers.insert("content-type", content_type.parse().unwrap());
        if newer {
            headers.insert(NEWER.0, NEWER.1.parse().unwrap());
        }
        let reply = wait(service.call(request));
        prop_assert!(!service.probe.flipped.load(Ordering::SeqCst));
        is_an_answer(&reply, newer)?;
    }

    #[test]
    fn a_post_is_answered_or_refused_and_changes_what_it_says(
        members in any_members(),
        junk in prop::collection::vec(any::<u8>(), 0..40),
        form: bool,
        newer: bool,
    ) {
        let service = plain();
        let body = match members.as_slice() {
            [] => junk,
            _ if form => encoded(&members).into_bytes(),
            _ => {
                let members = members.iter().map(|(name, text)| {
                    let value = match *name {
                        "variables" | "extensions" => serde_json::from_str(text).unwrap_or_default(),
                        _ => serde_json::json!(text),
                    };
                    ((*name).to_owned(), value)
                });
                serde_json::Value::from_iter(members).to_string().into_bytes()
            }
        };
        let mut request = post(body);
        let headers = request.headers_mut();
        if newer {
            headers.insert(NEWER.0, NEWER.1.parse().unwrap());
        }
        let reply = wait(service.call(request));
        is_an_answer(&reply, newer)?;
        let flipped = service.probe.flipped.load(Ordering::SeqCst);
        prop_assert_eq!(flipped, reply.json()["data"]["flip"] == true, "{}", reply.body);
        prop_assert!(!form || members.is_empty() || !flipped);
    }
}
