//! The service under measurement: a database with a world, and a server on loopback.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use letterlock::{
    demo, domain::clock::Clock, graphql::services::Throttles, store::Tap, viewer::passwords::Params,
};
use serde_json::{Value, json};

use crate::{
    alone::Alone,
    crowd::{Asking, Figures},
    database::Database,
    running::Running,
};

/// Signing in is no part of what is measured.
const CHEAP: Params = Params {
    memory_kib: 8,
    iterations: 1,
    lanes: 1,
};

/// The service, with somebody signed in.
pub(crate) struct House {
    pub(crate) name: &'static str,
    running: Running,
    /// The same on the same database, but with each statement counted; never measured.
    counting: Running,
    count: Arc<AtomicUsize>,
    http: reqwest::Client,
    token: String,
}

impl House {
    /// Serves the database with these limits, and signs in once it is filled.
    pub(crate) async fn open(
        database: &Database,
        limits: fn(&Clock) -> Throttles,
        fill: impl AsyncFnOnce(&Running) -> Result<&'static str, String>,
    ) -> Result<Self, String> {
        let count = Arc::new(AtomicUsize::new(0));
        let counter = count.clone();
        let tap: Tap = Arc::new(move |_| {
            counter.fetch_add(1, Ordering::Relaxed);
        });
        let start = |tap| {
            let throttles = limits(&Clock::system());
            Running::start(&database.address, tap, CHEAP, throttles)
        };
        let running = start(None).await?;
        let store = &running.services.store;
        store.migrate().await.map_err(|error| error.to_string())?;
        let email = fill(&running).await?;
        let mut house = Self {
            name: database.name,
            counting: start(Some(tap)).await?,
            running,
            count,
            http: reqwest::Client::new(),
            token: String::new(),
        };
        house.token = house.sign_in(email).await?;
        Ok(house)
    }

    /// The token of somebody with the demo's password.
    pub(crate) async fn sign_in(&self, email: &str) -> Result<String, String> {
        let body = json!({
            "query": "mutation($email: String!, $password: String!) {
                signIn(input: {email: $email, password: $password, transport: BEARER}) { token } }",
            "variables": { "email": email, "password": demo::PASSWORD },
        });
        let response = self
            .http
            .post(format!("{}/graphql", self.running.base))
            .header("content-type", "application/json")
            .body(body.to_string())
            .send()
            .await
            .map_err(|error| error.to_string())?;
        let text = response.text().await.map_err(|error| error.to_string())?;
        let json: Value = serde_json::from_str(&text).map_err(|error| error.to_string())?;
        let token = json["data"]["signIn"]["token"].as_str();
        token
            .map(str::to_owned)
            .ok_or_else(|| format!("no sign-in: {text}"))
    }

    /// Asks once; gives back the answer.
    pub(crate) async fn once(&self, asking: &Asking) -> Result<Value, String> {
        asking
            .once(&self.http, &self.running.base, &self.token)
            .await
    }

    pub(crate) async fn ask(&self, query: &str) -> Result<Value, String> {
        let asking = Asking::query(query, json!({}));
        asking
            .once(&self.http, &self.running.base, &self.token)
            .await
    }

    /// How many statements one such request takes.
    pub(crate) async fn statements(&self, asking: &Asking) -> Result<usize, String> {
        // Once before: a new connection sends what it needs to begin with.
        asking
            .once(&self.http, &self.counting.base, &self.token)
            .await?;
        let before = self.count.load(Ordering::Relaxed);
        asking
            .once(&self.http, &self.counting.base, &self.token)
            .await?;
        Ok(self.count.load(Ordering::Relaxed) - before)
    }

    /// Asks on so many connections for so long, on each at this pace or as fast as it is answered.
    pub(crate) async fn crowd(
        &self,
        asking: &Asking,
        connections: usize,
        within: Duration,
        pace: Option<Duration>,
    ) -> Result<Figures, String> {
        let base = &self.running.base;
        self.crowd_at(base, asking, connections, within, pace).await
    }

    /// The same of the program alone, as it is shipped; gives back how much memory it held at most, too.
    pub(crate) async fn crowd_alone(
        &self,
        database: &Database,
        asking: &Asking,
        connections: usize,
        within: Duration,
    ) -> Result<(Figures, Option<String>), String> {
        let alone = Alone::start(&database.address, &self.http, &[]).await?;
        let figures = self
            .crowd_at(&alone.base, asking, connections, within, None)
            .await?;
        Ok((figures, alone.memory()))
    }

    async fn crowd_at(
        &self,
        base: &str,
        asking: &Asking,
        connections: usize,
        within: Duration,
        pace: Option<Duration>,
    ) -> Result<Figures, String> {
        // Connections of the pool, and the database's own pages, are warm before the clock counts.
        for _ in 0..3 {
            asking.once(&self.http, base, &self.token).await?;
        }
        let since = Instant::now();
        let everybody: Vec<_> = (0..connections)
            .map(|seat| {
                let (base, token) = (base.to_owned(), self.token.clone());
                let until = since + within;
                tokio::spawn(asking.clone().keep_on(base, token, seat, until, pace))
            })
            .collect();
        let mut took = Vec::new();
        for one in everybody {
            took.extend(one.await.map_err(|error| error.to_string())??);
        }
        Figures::of(took, since.elapsed())
    }

    pub(crate) fn close(self) {
        self.running.services.store.close();
        self.counting.services.store.close();
    }
}
