//! One who waits for messages.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::task::JoinHandle;
use tokio_tungstenite::{
    connect_async,
    tungstenite::{Message, client::IntoClientRequest},
};

const EVENTS: &str = "subscription { messageReceived { message { id text } cursor } }";

/// What has come, to everybody.
#[derive(Default)]
pub(crate) struct Arrivals(Mutex<Noted>);

#[derive(Default)]
struct Noted {
    /// The number of each message, when it came, and to whom.
    came: Vec<(usize, Instant)>,
    disordered: usize,
    broken: usize,
}

/// What came of it.
pub(crate) struct Told {
    pub(crate) delivered: usize,
    pub(crate) twice: usize,
    pub(crate) disordered: usize,
    pub(crate) broken: usize,
    pub(crate) p50: Duration,
    pub(crate) p99: Duration,
    pub(crate) most: Duration,
}

impl Arrivals {
    fn noted<T>(&self, note: impl FnOnce(&mut Noted) -> T) -> T {
        note(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Waits until so many have come, or that long.
    pub(crate) async fn wait_for(&self, count: usize, patience: Duration) {
        let until = Instant::now() + patience;
        while self.noted(|it| it.came.len()) < count && Instant::now() < until {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        // What comes twice comes after.
        tokio::time::sleep(Duration::from_millis(500)).await;
    }

    /// How long each took since it was due.
    pub(crate) fn told(&self, due: &[Instant]) -> Result<Told, String> {
        self.noted(|it| {
            let mut first: Vec<Option<Duration>> = vec![None; due.len()];
            let mut twice = 0;
            for (nth, at) in &it.came {
                let place = first.get_mut(*nth).ok_or("a message that nobody sent")?;
                twice += usize::from(place.is_some());
                *place = place.or(Some(at.duration_since(due[*nth])));
            }
            let mut took: Vec<Duration> = first.into_iter().flatten().collect();
            took.sort_unstable();
            let at = |percent: usize| {
                let place = took.len() * percent / 100;
                let last = took.len().saturating_sub(1);
                took.get(place.min(last)).copied().unwrap_or_default()
            };
            Ok(Told {
                delivered: took.len(),
                twice,
                disordered: it.disordered,
                broken: it.broken,
                p50: at(50),
                p99: at(99),
                most: at(100),
            })
        })
    }
}

/// Opens a socket and subscribes; it goes on until it is aborted.
pub(crate) async fn open(
    base: &str,
    token: &str,
    arrivals: Arc<Arrivals>,
) -> Result<JoinHandle<()>, String> {
    let said = |error: tokio_tungstenite::tungstenite::Error| error.to_string();
    let address = format!("{}/graphql", base.replacen("http", "ws", 1));
    let mut request = address.into_client_request().map_err(said)?;
    let headers = request.headers_mut();
    let protocol = "graphql-transport-ws".parse();
    headers.insert(
        "sec-websocket-protocol",
        protocol.map_err(|_| "a protocol")?,
    );
    let bearer = format!("Bearer {token}").parse();
    headers.insert("authorization", bearer.map_err(|_| "a token")?);
    let (mut socket, _) = connect_async(request).await.map_err(said)?;
    let say = |value: Value| Message::text(value.to_string());
    socket
        .send(say(json!({ "type": "connection_init" })))
        .await
        .map_err(said)?;
    let first = socket.next().await.ok_or("the socket was closed")?;
    let first = first.map_err(said)?.into_text().map_err(said)?;
    if !first.contains("connection_ack") {
        return Err(format!("no greeting: {}", first.as_str()));
    }
    let payload = json!({ "query": EVENTS });
    let subscribe = json!({ "id": "1", "type": "subscribe", "payload": payload });
    socket.send(say(subscribe)).await.map_err(said)?;
    Ok(tokio::spawn(async move {
        let mut last: Option<usize> = None;
        while let Some(Ok(message)) = socket.next().await {
            let now = Instant::now();
            let Ok(text) = message.into_text() else {
                continue;
            };
            let Ok(said) = serde_json::from_str::<Value>(&text) else {
                continue;
            };
            match said["type"].as_str() {
                Some("ping") => {
                    if socket.send(say(json!({ "type": "pong" }))).await.is_err() {
                        break;
                    }
                }
                Some("next") => {
                    let text = &said["payload"]["data"]["messageReceived"]["message"]["text"];
                    let nth = text
                        .as_str()
                        .and_then(|text| text.strip_prefix("number "))
                        .and_then(|text| text.parse().ok());
                    let Some(nth) = nth else { break };
                    arrivals.noted(|it| it.came.push((nth, now)));
                    // Two who write to one do so far apart.
                    let before = last.replace(nth);
                    if before.is_some_and(|before| before > nth) {
                        arrivals.noted(|it| it.disordered += 1);
                    }
                }
                _ => break,
            }
        }
        arrivals.noted(|it| it.broken += 1);
    }))
}
