//! Sending at fixed times, whether what was sent before has been answered or not.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use serde_json::json;
use tokio::task::JoinSet;

use crate::crowd::{Asking, Figures};

const SEND: &str = "mutation($input: SendMessageInput!) { sendMessage(input: $input) {
    message { id } userErrors { code } } }";

/// Somebody who writes.
pub(crate) struct Sender {
    pub(crate) token: String,
    pub(crate) conversations: Vec<String>,
}

/// Everybody who writes.
pub(crate) struct Post {
    base: String,
    http: reqwest::Client,
    senders: Vec<Sender>,
}

/// What was sent.
pub(crate) struct Sent {
    /// When each message was due.
    pub(crate) due: Vec<Instant>,
    pub(crate) took: Duration,
    /// How long it took from then until it was answered.
    pub(crate) p50: Duration,
    pub(crate) p99: Duration,
}

impl Post {
    pub(crate) fn new(base: String, senders: Vec<Sender>) -> Self {
        Self {
            base,
            http: reqwest::Client::new(),
            senders,
        }
    }

    /// Sends so many a second, each from another member than the one before.
    pub(crate) async fn send(
        self: &Arc<Self>,
        rate: usize,
        within: Duration,
    ) -> Result<Sent, String> {
        let count = (rate as f64 * within.as_secs_f64()) as usize;
        let pace = Duration::from_secs_f64(1.0 / rate as f64);
        let mut under_way = JoinSet::new();
        let since = Instant::now();
        let due: Vec<Instant> = (0..count).map(|nth| since + pace * nth as u32).collect();
        for (nth, at) in due.iter().copied().enumerate() {
            tokio::time::sleep_until(at.into()).await;
            let post = self.clone();
            under_way.spawn(async move {
                post.one(nth).await?;
                Ok::<_, String>(at.elapsed())
            });
        }
        let mut took = Vec::with_capacity(count);
        while let Some(one) = under_way.join_next().await {
            took.push(one.map_err(|error| error.to_string())??);
        }
        let all = since.elapsed();
        let figures = Figures::of(took, all)?;
        Ok(Sent {
            due,
            took: all,
            p50: figures.p50,
            p99: figures.p99,
        })
    }

    async fn one(&self, nth: usize) -> Result<(), String> {
        let round = nth / self.senders.len();
        // Neighbours, who share mailboxes, do not write at the same time.
        let place = nth * STRIDE % self.senders.len();
        let sender = &self.senders[place];
        let to = &sender.conversations[round % sender.conversations.len()];
        let input = json!({
            "to": { "conversation": to },
            "text": format!("number {nth}"),
            "clientKey": format!("live-{nth:08}"),
        });
        let asking = Asking::query(SEND, json!({ "input": input }));
        let answer = asking.once(&self.http, &self.base, &sender.token).await?;
        let id = &answer["data"]["sendMessage"]["message"]["id"];
        id.as_str().map(|_| ()).ok_or(format!("not sent: {answer}"))
    }
}

/// A prime that divides no usual number of subscribers, so that everybody has their turn.
const STRIDE: usize = 7_919;
