//! Those who ask, one after another on each connection, and what they noted.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use reqwest::Client;
use serde_json::{Value, json};

/// What is asked.
#[derive(Clone)]
pub(crate) enum Asking {
    /// The API, with this body.
    Query(String),
    /// The page by hand, at this address.
    ByHand(String),
    /// The bare health route.
    Health,
    /// Messages, from each connection those of a member of its own.
    Sending(Arc<Sending>),
}

/// Messages that are sent one after another.
pub(crate) struct Sending {
    /// Who writes and into which conversation, by connection.
    pub(crate) writers: Vec<Writer>,
    /// The API's document; else it is sent by hand, at the address.
    pub(crate) document: Option<&'static str>,
    /// Where it is sent by hand.
    pub(crate) by_hand: String,
    /// What sets the keys apart from those of any other sending.
    pub(crate) salt: &'static str,
    sent: AtomicUsize,
}

/// Somebody who writes.
#[derive(Clone)]
pub(crate) struct Writer {
    pub(crate) token: String,
    pub(crate) conversation: String,
}

impl Sending {
    pub(crate) const fn new(
        writers: Vec<Writer>,
        document: Option<&'static str>,
        by_hand: String,
        salt: &'static str,
    ) -> Self {
        Self {
            writers,
            document,
            by_hand,
            salt,
            sent: AtomicUsize::new(0),
        }
    }

    fn request(&self, http: &Client, base: &str, seat: usize) -> Option<reqwest::RequestBuilder> {
        let writer = self.writers.get(seat)?;
        let nth = self.sent.fetch_add(1, Ordering::Relaxed);
        let input = json!({
            "to": { "conversation": writer.conversation },
            "text": TEXT,
            "clientKey": format!("{}-{nth:08}", self.salt),
        });
        let (address, body) = match self.document {
            Some(document) => {
                let variables = json!({ "input": input });
                let body = json!({ "query": document, "variables": variables });
                (format!("{base}/graphql"), body)
            }
            None => (self.by_hand.clone(), input),
        };
        let request = http
            .post(address)
            .header("content-type", "application/json")
            .header("authorization", format!("Bearer {}", writer.token))
            .body(body.to_string());
        Some(request)
    }
}

/// What is sent.
pub(crate) const TEXT: &str = "Thank you for your letter; I read it twice. It has rained for three days here, and I \
    have not minded. What do you see when you look up from this letter?";

/// What came of it.
pub(crate) struct Figures {
    /// Requests a second, over all connections.
    pub(crate) rate: f64,
    pub(crate) p50: Duration,
    pub(crate) p99: Duration,
}

impl Asking {
    pub(crate) fn query(query: &str, variables: Value) -> Self {
        Self::Query(json!({ "query": query, "variables": variables }).to_string())
    }

    /// Asks once; an answer with errors is a failure of the bench.
    pub(crate) async fn once(
        &self,
        http: &Client,
        base: &str,
        token: &str,
    ) -> Result<Value, String> {
        let text = self.send(http, base, token, 0).await?;
        Ok(match self {
            Asking::Health => Value::Null,
            Asking::Query(_) | Asking::ByHand(_) | Asking::Sending(_) => {
                serde_json::from_str(&text).map_err(|error| error.to_string())?
            }
        })
    }

    /// The same without reading the answer, which is not the server's to pay for.
    async fn send(
        &self,
        http: &Client,
        base: &str,
        token: &str,
        seat: usize,
    ) -> Result<String, String> {
        let request = match self {
            Asking::Health => http.get(format!("{base}/health/live")),
            Asking::ByHand(address) => http
                .get(address)
                .header("authorization", format!("Bearer {token}")),
            Asking::Query(body) => {
                let request = http
                    .post(format!("{base}/graphql"))
                    .header("content-type", "application/json")
                    .body(body.clone());
                // Nobody has no token.
                if token.is_empty() {
                    request
                } else {
                    request.header("authorization", format!("Bearer {token}"))
                }
            }
            Asking::Sending(sending) => sending
                .request(http, base, seat)
                .ok_or("there are fewer who write than connections")?,
        };
        let response = request.send().await.map_err(|error| error.to_string())?;
        let status = response.status();
        let text = response.text().await.map_err(|error| error.to_string())?;
        if !status.is_success() || text.contains("\"errors\"") {
            return Err(format!("{status}: {text:.300}"));
        }
        Ok(text)
    }

    /// Asks again and again on one connection of its own until `until`; gives back how long each took.
    ///
    /// With a `pace`, a request is due that long after the one before was due, whenever that was answered,
    /// and what it took counts from when it was due: a server that stalls is not spared the wait.
    pub(crate) async fn keep_on(
        self,
        base: String,
        token: String,
        seat: usize,
        until: Instant,
        pace: Option<Duration>,
    ) -> Result<Vec<Duration>, String> {
        let http = Client::builder()
            .pool_max_idle_per_host(1)
            .build()
            .map_err(|error| error.to_string())?;
        // The connection is made, and the statement prepared, before the clock counts.
        self.send(&http, &base, &token, seat).await?;
        let mut took = Vec::new();
        let mut due = Instant::now();
        loop {
            match pace {
                Some(pace) => {
                    due += pace;
                    tokio::time::sleep_until(due.into()).await;
                }
                None => due = Instant::now(),
            }
            self.send(&http, &base, &token, seat).await?;
            took.push(due.elapsed());
            if Instant::now() >= until {
                return Ok(took);
            }
        }
    }
}

impl Figures {
    pub(crate) fn of(mut took: Vec<Duration>, within: Duration) -> Result<Self, String> {
        took.sort_unstable();
        let at = |percent: usize| {
            let place = took.len() * percent / 100;
            let last = took.len().checked_sub(1)?;
            took.get(place.min(last)).copied()
        };
        match (at(50), at(99)) {
            (Some(p50), Some(p99)) => Ok(Self {
                rate: took.len() as f64 / within.as_secs_f64(),
                p50,
                p99,
            }),
            _ => Err("nothing was answered in time".to_owned()),
        }
    }
}
