//! A subscription over an event stream, as a client has it open.

use std::time::Duration;

use serde_json::{Value, json};

use super::client::Client;

/// How long it is waited for what is to come.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// How long it is waited for what is not to come.
const SILENCE: Duration = Duration::from_millis(700);

/// A subscription that is open.
pub(crate) struct Listening {
    response: reqwest::Response,
    heard: String,
}

impl Listening {
    pub(crate) async fn to(client: &Client, query: &str, variables: Value) -> Self {
        let request = client
            .request(reqwest::Method::POST, "/graphql")
            .header("accept", "text/event-stream")
            .header("content-type", "application/json")
            .body(json!({"query": query, "variables": variables}).to_string());
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 200);
        Self {
            response,
            heard: String::new(),
        }
    }

    /// The next event's name and data; nothing when the stream has ended.
    pub(crate) async fn event(&mut self) -> Option<(String, String)> {
        loop {
            if let Some(end) = self.heard.find("\n\n") {
                let event: String = self.heard.drain(..end + 2).collect();
                let field = |name: &str| {
                    let mut lines = event.lines();
                    lines
                        .find_map(|line| line.strip_prefix(name))
                        .map(|it| it.trim().to_owned())
                };
                match (field("event:"), field("data:")) {
                    (Some(name), data) => return Some((name, data.unwrap_or_default())),
                    // A heartbeat.
                    _ => continue,
                }
            }
            let chunk = self.response.chunk().await.ok()??;
            self.heard += std::str::from_utf8(&chunk).unwrap();
        }
    }

    /// The next answer.
    pub(crate) async fn next(&mut self) -> Value {
        let event = tokio::time::timeout(PATIENCE, self.event()).await;
        let (name, data) = event
            .expect("something in time")
            .expect("the stream goes on");
        assert_eq!(name, "next", "{data}");
        serde_json::from_str(&data).unwrap()
    }

    pub(crate) async fn silent(&mut self) {
        let event = tokio::time::timeout(SILENCE, self.event()).await;
        assert!(event.is_err(), "{event:?}");
    }
}
