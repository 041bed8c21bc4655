//! Those who ask, one after another on each connection, and what they noted.

use std::time::{Duration, Instant};

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
}

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
        let text = self.send(http, base, token).await?;
        Ok(match self {
            Asking::Health => Value::Null,
            Asking::Query(_) | Asking::ByHand(_) => {
                serde_json::from_str(&text).map_err(|error| error.to_string())?
            }
        })
    }

    /// The same without reading the answer, which is not the server's to pay for.
    async fn send(&self, http: &Client, base: &str, token: &str) -> Result<String, String> {
        let request = match self {
            Asking::Health => http.get(format!("{base}/health/live")),
            Asking::ByHand(address) => http
                .get(address)
                .header("authorization", format!("Bearer {token}")),
            Asking::Query(body) => http
                .post(format!("{base}/graphql"))
                .header("content-type", "application/json")
                .header("authorization", format!("Bearer {token}"))
                .body(body.clone()),
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
        until: Instant,
        pace: Option<Duration>,
    ) -> Result<Vec<Duration>, String> {
        let http = Client::builder()
            .pool_max_idle_per_host(1)
            .build()
            .map_err(|error| error.to_string())?;
        // The connection is made, and the statement prepared, before the clock counts.
        self.once(&http, &base, &token).await?;
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
            self.send(&http, &base, &token).await?;
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
