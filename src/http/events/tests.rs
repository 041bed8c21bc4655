use std::{sync::atomic::Ordering, time::Duration};

use poem::http::StatusCode;

use crate::http::{
    Settings,
    tests::{Probe, Reply, Serving, client, get_request, service, serving_to},
};

const ONLY: (&str, &str) = ("accept", "text/event-stream");
const URQL: (&str, &str) = (
    "accept",
    "application/graphql-response+json, application/json, text/event-stream, multipart/mixed",
);

fn is_a_stream(reply: &Reply) {
    assert_eq!(reply.status, StatusCode::OK);
    assert_eq!(
        reply.header("content-type"),
        "text/event-stream; charset=utf-8"
    );
    assert_eq!(reply.header("cache-control"), "no-store");
    assert_eq!(reply.header("x-accel-buffering"), "no");
}

/// The events, without comments.
fn events(body: &str) -> Vec<&str> {
    body.split_terminator("\n\n")
        .filter(|event| *event != ":")
        .collect()
}

#[tokio::test]
async fn a_subscription_is_answered_event_by_event() {
    let service = service(&Settings::default());
    for accept in [ONLY, URQL] {
        let reply = service
            .ask("subscription { count(to: 2) }", &[accept])
            .await;
        is_a_stream(&reply);
        assert_eq!(
            events(&reply.body),
            [
                "event: next\ndata: {\"data\":{\"count\":1}}",
                "event: next\ndata: {\"data\":{\"count\":2}}",
                "event: complete\ndata:",
            ]
        );
    }
}

#[tokio::test]
async fn a_query_is_answered_as_its_client_would_rather_have_it() {
    let service = service(&Settings::default());
    let reply = service.ask("{ ping }", &[ONLY]).await;
    is_a_stream(&reply);
    assert_eq!(
        events(&reply.body),
        [
            "event: next\ndata: {\"data\":{\"ping\":\"pong\"}}",
            "event: complete\ndata:"
        ]
    );
    let reply = service.ask("{ ping }", &[URQL]).await;
    assert_eq!(reply.body, r#"{"data":{"ping":"pong"}}"#);
    assert!(
        reply
            .header("content-type")
            .starts_with("application/graphql-response+json")
    );
    // A mutation too.
    let reply = service.ask("mutation { flip }", &[URQL]).await;
    assert_eq!(reply.body, r#"{"data":{"flip":true}}"#);
}

#[tokio::test]
async fn mutations_are_refused_and_so_is_what_the_guard_refuses() {
    let service = service(&Settings::default());
    let deep = format!(
        "subscription {}wait{}",
        "{ wait ".repeat(20),
        " }".repeat(20)
    );
    for (document, code) in [
        ("mutation { flip }", "BAD_USER_INPUT"),
        ("subscription { wait", "GRAPHQL_PARSE_FAILED"),
        (deep.as_str(), "LIMIT_EXCEEDED"),
    ] {
        let reply = service.ask(document, &[ONLY]).await;
        is_a_stream(&reply);
        let [next, end] = events(&reply.body)[..] else {
            panic!("{}", reply.body)
        };
        assert!(
            next.starts_with("event: next\ndata: {\"errors\":["),
            "{next}"
        );
        assert!(next.contains(code), "{next}");
        assert_eq!(end, "event: complete\ndata:");
    }
    assert!(service.untouched());
    // Where JSON is taken as well, such an error is one of HTTP.
    let reply = service.ask("subscription { wait", &[URQL]).await;
    assert_eq!(
        (reply.status, reply.code().as_str()),
        (StatusCode::BAD_REQUEST, "GRAPHQL_PARSE_FAILED")
    );
    // What the schema objects to is known when the stream has begun.
    let reply = service.ask("subscription { hunter2 }", &[URQL]).await;
    is_a_stream(&reply);
    assert!(
        reply.body.contains("GRAPHQL_VALIDATION_FAILED"),
        "{}",
        reply.body
    );
    assert!(!reply.body.contains("\"data\":"), "{}", reply.body);
    let reply = service.ask("subscription { leaks }", &[ONLY]).await;
    assert!(
        reply.body.contains("INTERNAL_SERVER_ERROR"),
        "{}",
        reply.body
    );
    assert!(!reply.body.contains("table"), "{}", reply.body);
}

#[tokio::test]
async fn what_is_no_request_at_all_is_refused_by_http() {
    let service = service(&Settings::default());
    let mut request = crate::http::tests::post("hunter2");
    request
        .headers_mut()
        .insert(ONLY.0, ONLY.1.parse().unwrap());
    let reply = service.call(request).await;
    assert_eq!(
        (reply.status, reply.code().as_str()),
        (StatusCode::BAD_REQUEST, "BAD_USER_INPUT")
    );
    // Without the word, a subscription is told where to go.
    let reply = service.ask("subscription { wait }", &[]).await;
    assert_eq!(reply.code(), "GRAPHQL_VALIDATION_FAILED");
    assert!(reply.body.contains("text/event-stream"), "{}", reply.body);
    assert!(service.untouched());
}

#[tokio::test]
async fn a_get_subscribes_under_the_same_rules() {
    let service = service(&Settings::default());
    let ask = |query: &str, headers: Vec<(&'static str, &'static str)>| {
        let query: String = query.bytes().map(|byte| format!("%{byte:02X}")).collect();
        let mut request = get_request(&format!("/graphql?query={query}")).finish();
        for (name, value) in headers {
            request.headers_mut().append(name, value.parse().unwrap());
        }
        service.call(request)
    };
    let subscription = "subscription { count(to: 1) }";
    let cookie = ("cookie", "__Host-letterlock-session=s");
    let reply = ask(subscription, vec![ONLY]).await;
    assert_eq!(events(&reply.body).len(), 2, "{}", reply.body);
    let reply = ask("mutation { flip }", vec![ONLY]).await;
    assert_eq!(reply.status, StatusCode::METHOD_NOT_ALLOWED);
    let reply = ask(subscription, vec![ONLY, cookie]).await;
    assert_eq!(reply.status, StatusCode::FORBIDDEN);
    let first = ("graphql-require-preflight", "1");
    let reply = ask(subscription, vec![ONLY, cookie, first]).await;
    is_a_stream(&reply);
    let foreign = ("origin", "https://evil.example");
    let reply = ask(subscription, vec![ONLY, foreign]).await;
    assert_eq!(reply.status, StatusCode::FORBIDDEN);
    assert!(!service.probe.flipped.load(Ordering::SeqCst));
}

async fn listening(serving: &Serving, document: &str) -> reqwest::Response {
    client()
        .post(format!("http://{}/graphql", serving.0))
        .header(ONLY.0, ONLY.1)
        .json(&serde_json::json!({ "query": document }))
        .send()
        .await
        .unwrap()
}

/// Reads until `text` has come.
async fn read_until(response: &mut reqwest::Response, text: &str) -> String {
    let mut read = String::new();
    while !read.contains(text) {
        let chunk = tokio::time::timeout(Duration::from_secs(20), response.chunk());
        let chunk = chunk.await.expect("something comes").unwrap();
        read.push_str(std::str::from_utf8(&chunk.expect("more comes")).unwrap());
    }
    read
}

#[tokio::test]
async fn silence_is_filled_with_comments_and_who_leaves_is_missed() {
    let probe = Probe::new();
    let mut settings = Settings::default();
    settings.patience.comment = Duration::from_millis(30);
    let serving = serving_to(probe.clone(), settings).await;
    let mut response = listening(&serving, "subscription { wait }").await;
    let read = read_until(&mut response, ":\n\n:\n\n:\n\n").await;
    assert_eq!(
        events(&read),
        ["event: next\ndata: {\"data\":{\"wait\":1}}"]
    );
    assert_eq!(probe.going.load(Ordering::SeqCst), 1);
    drop(response);
    probe.have_left(1).await;
}

#[tokio::test]
async fn who_does_not_read_is_cut_off() {
    let probe = Probe::new();
    let settings = Settings {
        connection_patience: Duration::from_millis(300),
        ..Settings::default()
    };
    let serving = serving_to(probe.clone(), settings).await;
    let _unread = listening(&serving, "subscription { flood }").await;
    probe.have_left(1).await;
}

#[tokio::test]
async fn a_stream_ends_when_the_server_stops_but_not_as_if_all_had_come() {
    let probe = Probe::new();
    let serving = serving_to(probe.clone(), Settings::default()).await;
    let mut response = listening(&serving, "subscription { wait }").await;
    read_until(&mut response, "wait").await;
    let (_, stop, running) = serving;
    stop.send(()).unwrap();
    let rest = tokio::time::timeout(Duration::from_secs(20), response.text()).await;
    let rest = rest.expect("the stream ends").unwrap();
    assert!(!rest.contains("complete"), "{rest}");
    running.await.unwrap().unwrap();
    probe.have_left(1).await;
}
