use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value as Json, json};
use tokio::net::TcpStream;
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{Error, Message, client::IntoClientRequest},
};

use crate::http::{
    Settings,
    live::Patience,
    tests::{Probe, Serving, client, eventually, serving_to},
};

/// A server, and what reached its wire.
struct Server {
    probe: Arc<Probe>,
    serving: Serving,
}

async fn server(settings: Settings) -> Server {
    let probe = Probe::new();
    let serving = serving_to(probe.clone(), settings).await;
    Server { probe, serving }
}

async fn plain() -> Server {
    server(Settings::default()).await
}

async fn patient(change: impl FnOnce(&mut Patience)) -> Server {
    let mut settings = Settings::default();
    change(&mut settings.patience);
    server(settings).await
}

const SPOKEN: (&str, &str) = ("sec-websocket-protocol", "graphql-transport-ws");

impl Server {
    /// Asks for a socket; the status and the body of a refusal.
    async fn ask(&self, headers: &[(&'static str, &str)]) -> Result<Client, (u16, String)> {
        let mut request = format!("ws://{}/graphql", self.serving.0)
            .into_client_request()
            .unwrap();
        for (name, value) in headers {
            request.headers_mut().append(*name, value.parse().unwrap());
        }
        match connect_async(request).await {
            Ok((stream, response)) => {
                let chosen = response.headers().get("sec-websocket-protocol").unwrap();
                assert_eq!(chosen, "graphql-transport-ws");
                Ok(Client(stream))
            }
            Err(Error::Http(response)) => {
                let body = response.body().clone().unwrap_or_default();
                Err((response.status().as_u16(), String::from_utf8(body).unwrap()))
            }
            Err(other) => panic!("{other}"),
        }
    }

    async fn open(&self) -> Client {
        self.ask(&[SPOKEN]).await.unwrap()
    }

    /// A socket on which operations may begin.
    async fn ready(&self) -> Client {
        let mut client = self.open().await;
        client.say(json!({ "type": "connection_init" })).await;
        assert_eq!(client.hear().await, json!({ "type": "connection_ack" }));
        client
    }

    fn asked(&self) -> usize {
        self.probe.asked.load(Ordering::SeqCst)
    }
}

struct Client(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Client {
    async fn say(&mut self, message: Json) {
        self.write(Message::text(message.to_string())).await;
    }

    async fn write(&mut self, message: Message) {
        self.0.send(message).await.unwrap();
    }

    async fn subscribe(&mut self, id: &str, query: &str) {
        self.say(json!({ "type": "subscribe", "id": id, "payload": { "query": query } }))
            .await;
    }

    /// The next message; nothing when the socket is closed.
    async fn next(&mut self) -> Option<Result<Message, Error>> {
        let next = tokio::time::timeout(Duration::from_secs(20), self.0.next()).await;
        next.expect("something comes")
    }

    async fn hear(&mut self) -> Json {
        match self.next().await {
            Some(Ok(Message::Text(text))) => serde_json::from_str(&text).unwrap(),
            other => panic!("{other:?}"),
        }
    }

    /// The code and the reason with which the server closes, whatever it says before.
    async fn closed(&mut self) -> (u16, String) {
        loop {
            match self.next().await {
                Some(Ok(Message::Close(Some(frame)))) => {
                    assert!(frame.reason.len() <= 123);
                    return (frame.code.into(), frame.reason.to_string());
                }
                Some(Ok(Message::Text(_))) => {}
                other => panic!("{other:?}"),
            }
        }
    }
}

fn next(id: &str, data: Json) -> Json {
    json!({ "type": "next", "id": id, "payload": { "data": data } })
}

fn complete(id: &str) -> Json {
    json!({ "type": "complete", "id": id })
}

fn code(message: &Json) -> &str {
    message["payload"][0]["extensions"]["code"]
        .as_str()
        .unwrap_or("")
}

#[tokio::test]
async fn a_subscription_goes_on_to_its_end() {
    let server = plain().await;
    let mut client = server.ready().await;
    client.subscribe("a", "subscription { count(to: 2) }").await;
    assert_eq!(client.hear().await, next("a", json!({ "count": 1 })));
    assert_eq!(client.hear().await, next("a", json!({ "count": 2 })));
    assert_eq!(client.hear().await, complete("a"));
    // The id is free again.
    client.subscribe("a", "{ ping }").await;
    assert_eq!(client.hear().await, next("a", json!({ "ping": "pong" })));
    assert_eq!(client.hear().await, complete("a"));
    assert_eq!(
        *server.probe.arrived.lock().unwrap(),
        "none false false 127.0.0.0/24"
    );
}

#[tokio::test]
async fn variables_and_the_name_of_the_operation_count() {
    let server = plain().await;
    let mut client = server.ready().await;
    client
        .say(json!({ "type": "subscribe", "id": "1", "payload": {
            "query": "query A { ping } subscription B($to: Int!) { count(to: $to) }",
            "operationName": "B",
            "variables": { "to": 1 },
            "extensions": {},
        } }))
        .await;
    assert_eq!(client.hear().await, next("1", json!({ "count": 1 })));
    assert_eq!(client.hear().await, complete("1"));
    let many = vec![1; 2_000];
    client
        .say(json!({ "type": "subscribe", "id": "2", "payload": {
            "query": "subscription($to: Int!) { count(to: $to) }", "variables": { "to": many },
        } }))
        .await;
    let refused = client.hear().await;
    assert_eq!(
        (&refused["type"], code(&refused)),
        (&json!("error"), "LIMIT_EXCEEDED")
    );
    assert_eq!(server.asked(), 1);
}

#[tokio::test]
async fn what_is_not_as_the_protocol_says_closes_the_socket() {
    let server = plain().await;
    // Before it is let in.
    let subscribe = json!({ "type": "subscribe", "id": "1", "payload": { "query": "{ ping }" } });
    let mut client = server.open().await;
    client.say(subscribe).await;
    assert_eq!(client.closed().await, (4401, "Unauthorized".to_owned()));
    // Twice.
    let mut client = server.ready().await;
    client.say(json!({ "type": "connection_init" })).await;
    assert_eq!(
        client.closed().await,
        (4429, "Too many initialisation requests".to_owned())
    );
    // The same id.
    let long = "ä".repeat(60);
    for (id, reason) in [
        ("a", "Subscriber for a already exists".to_owned()),
        (long.as_str(), format!("Subscriber for {}", "ä".repeat(54))),
    ] {
        let mut client = server.ready().await;
        client.subscribe(id, "subscription { wait }").await;
        client.subscribe(id, "subscription { wait }").await;
        assert_eq!(client.closed().await, (4409, reason));
    }
    // No message.
    for message in [
        Message::text("hunter2"),
        Message::text(r#"{"type":"hunter2"}"#),
        Message::text(r#"{"type":"start","id":"1","payload":{"query":"{ ping }"}}"#),
        Message::text(r#"{"type":"subscribe","id":"1","payload":{"query":1}}"#),
        Message::text(
            r#"{"type":"subscribe","id":"1","payload":{"query":"{ ping }","variables":"hunter2"}}"#,
        ),
        Message::text(format!("{{\"type\":\"{}\"}}", "x".repeat(5_000))),
        Message::binary(r#"{"type":"ping"}"#),
    ] {
        let mut client = server.ready().await;
        client.write(message).await;
        let (code, reason) = client.closed().await;
        assert_eq!(code, 4400);
        assert!(
            !reason.is_empty() && !reason.contains("hunter2"),
            "{reason}"
        );
    }
    server.probe.have_left(2).await;
}

#[tokio::test]
async fn who_does_not_introduce_themselves_in_time_is_shown_out() {
    let server = patient(|it| it.introduction = Duration::from_millis(400)).await;
    let mut client = server.open().await;
    assert_eq!(
        client.closed().await,
        (4408, "Connection initialisation timeout".to_owned())
    );
    // Nor does other talk help.
    let mut client = server.open().await;
    client.say(json!({ "type": "ping" })).await;
    assert_eq!(client.closed().await.0, 4408);
    let mut client = server.ready().await;
    tokio::time::sleep(Duration::from_millis(600)).await;
    client.subscribe("1", "{ ping }").await;
    assert_eq!(client.hear().await["type"], "next");
}

#[tokio::test]
async fn no_other_sub_protocol_is_spoken() {
    let server = plain().await;
    for headers in [
        vec![],
        vec![("sec-websocket-protocol", "graphql-ws")],
        vec![("sec-websocket-protocol", "graphql-ws, Graphql-Transport-WS")],
    ] {
        let (status, body) = server.ask(&headers).await.err().unwrap();
        assert_eq!(status, 400, "{headers:?}");
        assert!(body.contains("graphql-transport-ws"), "{body}");
    }
    let both = ("sec-websocket-protocol", "graphql-ws, graphql-transport-ws");
    assert!(server.ask(&[both]).await.is_ok());
    // Something that only looks like it.
    let refused = client()
        .get(format!("http://{}/graphql", server.serving.0))
        .header("upgrade", "websocket")
        .header("connection", "upgrade")
        .header(SPOKEN.0, SPOKEN.1)
        .send()
        .await
        .unwrap();
    assert_eq!(refused.status(), 400);
}

#[tokio::test]
async fn other_sites_get_no_socket() {
    let server = server(Settings {
        cors_origins: vec!["https://app.example".parse().unwrap()],
        ..Settings::default()
    })
    .await;
    let cookie = ("cookie", "__Host-letterlock-session=s");
    for origin in ["https://evil.example", "null", "http://127.0.0.1:1"] {
        let asked = server.ask(&[SPOKEN, cookie, ("origin", origin)]).await;
        let (status, body) = asked.err().unwrap();
        assert_eq!(status, 403, "{origin}");
        assert!(body.contains("FORBIDDEN"), "{body}");
    }
    let refused = server
        .ask(&[SPOKEN, ("sec-fetch-site", "cross-site")])
        .await;
    assert_eq!(refused.err().unwrap().0, 403);
    let own = format!("http://{}", server.serving.0);
    for origin in [own.as_str(), "https://app.example"] {
        assert!(server.ask(&[SPOKEN, ("origin", origin)]).await.is_ok());
    }
}

#[tokio::test]
async fn mutations_are_not_for_sockets() {
    let server = plain().await;
    let mut client = server.ready().await;
    client.subscribe("m", "mutation { flip }").await;
    let refused = client.hear().await;
    assert_eq!(
        (&refused["type"], code(&refused)),
        (&json!("error"), "BAD_USER_INPUT")
    );
    assert_eq!(
        refused["payload"][0]["message"],
        "Mutations are sent over HTTP."
    );
    client
        .say(json!({ "type": "subscribe", "id": "n", "payload": {
            "query": "query A { ping } mutation B { flip }", "operationName": "B",
        } }))
        .await;
    assert_eq!(code(&client.hear().await), "BAD_USER_INPUT");
    assert_eq!(server.asked(), 0);
    assert!(!server.probe.flipped.load(Ordering::SeqCst));
}

#[tokio::test]
async fn credentials_come_with_the_request_or_with_the_introduction() {
    let server = plain().await;
    let cookie = ("cookie", "__Host-letterlock-session=s");
    let header = ("authorization", "Bearer h");
    let payload = json!({ "authorization": "Bearer p" });
    for (headers, payload, who) in [
        (vec![], Json::Null, "none"),
        (vec![], json!({ "other": 1 }), "none"),
        (vec![], payload.clone(), "bearer p"),
        (vec![], json!({ "Authorization": "bearer p" }), "bearer p"),
        (vec![cookie], Json::Null, "cookie s"),
        (vec![cookie], payload.clone(), "cookie s"),
        (vec![cookie, header], payload.clone(), "bearer h"),
    ] {
        let headers = [vec![SPOKEN], headers].concat();
        let mut client = server.ask(&headers).await.unwrap();
        client
            .say(json!({ "type": "connection_init", "payload": payload }))
            .await;
        assert_eq!(client.hear().await["type"], "connection_ack");
        client.subscribe("1", "{ ping }").await;
        assert_eq!(client.hear().await["type"], "next");
        let arrived = server.probe.arrived.lock().unwrap().clone();
        assert!(arrived.starts_with(who), "{arrived}");
    }
    for authorization in [json!("Basic YTpi"), json!("Bearer a b"), json!(1)] {
        let mut client = server.open().await;
        client
            .say(
                json!({ "type": "connection_init", "payload": { "authorization": authorization } }),
            )
            .await;
        assert_eq!(client.closed().await, (4403, "Forbidden".to_owned()));
    }
    let refused = server.ask(&[SPOKEN, ("authorization", "Basic YTpi")]).await;
    assert_eq!(refused.err().unwrap().0, 401);
    // One that opens nothing is an error of each operation.
    let mut client = server
        .ask(&[SPOKEN, ("authorization", "Bearer stale")])
        .await
        .unwrap();
    client.say(json!({ "type": "connection_init" })).await;
    client.hear().await;
    client.subscribe("1", "subscription { wait }").await;
    let refused = client.hear().await;
    assert_eq!(
        (&refused["type"], code(&refused)),
        (&json!("error"), "UNAUTHENTICATED")
    );
}

#[tokio::test]
async fn request_errors_are_errors_and_nothing_follows_them() {
    let server = plain().await;
    let mut client = server.ready().await;
    let mut bomb = "subscription { ...F0 }".to_owned();
    for level in 0..24 {
        let next = level + 1;
        bomb.push_str(&format!(
            "fragment F{level} on Going {{ ...F{next} ...F{next} }}"
        ));
    }
    bomb.push_str("fragment F24 on Going { wait }");
    let deep = format!(
        "subscription {}wait{}",
        "{ wait ".repeat(20),
        " }".repeat(20)
    );
    for (document, expected) in [
        ("subscription { wait", "GRAPHQL_PARSE_FAILED"),
        ("subscription { hunter2 }", "GRAPHQL_VALIDATION_FAILED"),
        ("query A { ping } query B { ping }", "BAD_USER_INPUT"),
        (deep.as_str(), "LIMIT_EXCEEDED"),
        (bomb.as_str(), "LIMIT_EXCEEDED"),
    ] {
        client.subscribe("x", document).await;
        let refused = client.hear().await;
        assert_eq!(refused["type"], "error", "{refused}");
        assert_eq!(code(&refused), expected, "{refused}");
    }
    // A field that failed is none of them, and what it said is withheld.
    client.subscribe("x", "subscription { leaks }").await;
    assert_eq!(client.hear().await, next("x", json!({ "leaks": 1 })));
    let failed = client.hear().await;
    assert_eq!(failed["type"], "next");
    assert_eq!(failed["payload"]["data"], Json::Null);
    assert_eq!(
        failed["payload"]["errors"][0]["extensions"]["code"],
        "INTERNAL_SERVER_ERROR"
    );
    assert!(!failed.to_string().contains("table"), "{failed}");
    assert_eq!(client.hear().await, complete("x"));
    client.subscribe("x", "{ ping leak }").await;
    let failed = client.hear().await;
    assert_eq!(failed["payload"]["data"]["ping"], "pong");
    assert_eq!(client.hear().await, complete("x"));
}

#[tokio::test]
async fn a_query_has_as_long_as_over_http() {
    let server = server(Settings {
        run_time: Duration::from_millis(400),
        ..Settings::default()
    })
    .await;
    let mut client = server.ready().await;
    client.subscribe("q", "{ forever }").await;
    client.subscribe("s", "subscription { wait }").await;
    assert_eq!(client.hear().await, next("s", json!({ "wait": 1 })));
    let refused = client.hear().await;
    assert_eq!(
        (&refused["id"], code(&refused)),
        (&json!("q"), "LIMIT_EXCEEDED")
    );
    server.probe.have_left(1).await;
    assert_eq!(server.probe.going.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn what_nobody_wants_any_more_ends() {
    let server = plain().await;
    let mut client = server.ready().await;
    for id in ["a", "b", "c"] {
        client.subscribe(id, "subscription { wait }").await;
        assert_eq!(client.hear().await, next(id, json!({ "wait": 1 })));
    }
    client.say(complete("b")).await;
    client.say(complete("unknown")).await;
    server.probe.have_left(1).await;
    // Its id is free, and the others go on.
    client.subscribe("b", "subscription { wait }").await;
    assert_eq!(client.hear().await, next("b", json!({ "wait": 1 })));
    assert_eq!(server.probe.going.load(Ordering::SeqCst), 3);
    drop(client);
    server.probe.have_left(4).await;
    // With a close, too.
    let mut client = server.ready().await;
    client.subscribe("a", "subscription { wait }").await;
    client.hear().await;
    client.0.close(None).await.unwrap();
    server.probe.have_left(5).await;
    assert!(matches!(client.next().await, Some(Ok(Message::Close(_)))));
}

#[tokio::test]
async fn there_are_only_so_many_at_a_time_and_in_a_minute() {
    let server = patient(|it| (it.operations, it.subscribes) = (2, 5)).await;
    let mut client = server.ready().await;
    for id in ["a", "b"] {
        client.subscribe(id, "subscription { wait }").await;
        client.hear().await;
    }
    client.subscribe("c", "subscription { wait }").await;
    let refused = client.hear().await;
    assert_eq!(
        (&refused["id"], code(&refused)),
        (&json!("c"), "LIMIT_EXCEEDED")
    );
    client.say(complete("a")).await;
    client.subscribe("c", "subscription { wait }").await;
    assert_eq!(client.hear().await, next("c", json!({ "wait": 1 })));
    client.say(complete("c")).await;
    client.subscribe("d", "{ ping }").await;
    client.hear().await;
    client.hear().await;
    client.subscribe("e", "{ ping }").await;
    let refused = client.hear().await;
    assert_eq!(code(&refused), "RATE_LIMITED");
    let wait = refused["payload"][0]["extensions"]["retryAfter"].as_u64();
    assert!((1..=60).contains(&wait.unwrap()), "{refused}");
    // What goes on is not touched.
    assert_eq!(server.probe.going.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_message_that_is_too_long_is_refused_at_once() {
    let server = server(Settings {
        longest_body: 1_000,
        ..Settings::default()
    })
    .await;
    let padded = |length: usize| {
        let text = json!({ "type": "ping" }).to_string();
        Message::text(format!("{text}{}", " ".repeat(length - text.len())))
    };
    let mut client = server.ready().await;
    client.write(padded(1_000)).await;
    assert_eq!(client.hear().await, json!({ "type": "pong" }));
    client.write(padded(1_001)).await;
    assert_eq!(client.closed().await.0, 1009);
    // Its head is enough; and in pieces it is no shorter.
    for bytes in [
        [&[0x81, 0xff, 0, 0, 0, 0, 4, 0, 0, 0][..], &[0; 4]].concat(),
        [
            [&[0x01, 0xfe, 0x02, 0x58][..], &[0; 4], &[b' '; 600]].concat(),
            [&[0x00, 0xfe, 0x02, 0x58][..], &[0; 4], &[b' '; 600]].concat(),
        ]
        .concat(),
        // Not masked, as a client's must be.
        vec![0x81, 0x02, b'{', b'}'],
    ] {
        let expected = if bytes.len() == 4 { 1002 } else { 1009 };
        let mut client = server.ready().await;
        let MaybeTlsStream::Plain(raw) = client.0.get_mut() else {
            panic!("no TLS here");
        };
        tokio::io::AsyncWriteExt::write_all(raw, &bytes)
            .await
            .unwrap();
        assert_eq!(client.closed().await.0, expected);
    }
}

#[tokio::test]
async fn each_side_asks_whether_the_other_is_there() {
    let beat = Duration::from_millis(300);
    let server = patient(|it| it.heartbeat = beat).await;
    let mut client = server.ready().await;
    client
        .say(json!({ "type": "ping", "payload": { "a": 1 } }))
        .await;
    assert_eq!(client.hear().await, json!({ "type": "pong" }));
    // Who answers is kept.
    for _ in 0..4 {
        assert_eq!(client.hear().await, json!({ "type": "ping" }));
        client.say(json!({ "type": "pong" })).await;
    }
    // Who does not is not, however many answers there are to write.
    let start = tokio::time::Instant::now();
    assert_eq!(
        client.closed().await,
        (4504, "Nothing was heard from you".to_owned())
    );
    assert!(start.elapsed() >= beat * 2);
}

#[tokio::test]
async fn who_does_not_read_is_shown_out() {
    let server = patient(|it| it.writing = Duration::from_millis(100)).await;
    let mut client = server.ready().await;
    client.subscribe("f", "subscription { flood }").await;
    server.probe.have_left(1).await;
    assert_eq!(server.probe.going.load(Ordering::SeqCst), 0);
    // Who reads after all hears why, or finds the connection cut.
    while let Some(Ok(message)) = client.next().await {
        if let Message::Close(Some(frame)) = message {
            assert_eq!(u16::from(frame.code), 4508);
            break;
        }
    }
}

#[tokio::test]
async fn sockets_are_closed_when_the_server_stops() {
    let server = plain().await;
    let mut idle = server.open().await;
    let mut busy = server.ready().await;
    busy.subscribe("a", "subscription { wait }").await;
    busy.hear().await;
    let (_, stop, running) = server.serving;
    stop.send(()).unwrap();
    for client in [&mut idle, &mut busy] {
        assert_eq!(client.closed().await, (1001, "The server stops".to_owned()));
    }
    drop((idle, busy));
    let over = tokio::time::timeout(Duration::from_secs(20), running).await;
    over.expect("the server stopped").unwrap().unwrap();
    eventually(|| server.probe.left.load(Ordering::SeqCst) == 1).await;
}

#[tokio::test]
async fn a_socket_that_does_not_answer_does_not_keep_the_server() {
    let server = server(Settings {
        farewell: Duration::from_millis(100),
        ..Settings::default()
    })
    .await;
    let _mute = server.ready().await;
    let (_, stop, running) = server.serving;
    stop.send(()).unwrap();
    let over = tokio::time::timeout(Duration::from_secs(20), running).await;
    over.expect("the server stopped").unwrap().unwrap();
}
