//! The service under measurement: a database with the demo's world, and a server on loopback.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use letterlock::{
    app::settle_demo, demo, domain::clock::Clock, graphql::services::Throttles, store::Tap,
    viewer::passwords::Params,
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
    /// Fills the database with the demo's world, serves it, and signs in.
    pub(crate) async fn open(database: &Database, members: usize) -> Result<Self, String> {
        let count = Arc::new(AtomicUsize::new(0));
        let counter = count.clone();
        let tap: Tap = Arc::new(move |_| {
            counter.fetch_add(1, Ordering::Relaxed);
        });
        let start = |tap| {
            let throttles = Throttles::new(&Clock::system());
            Running::start(&database.address, tap, CHEAP, throttles)
        };
        let running = start(None).await?;
        let store = &running.services.store;
        store.migrate().await.map_err(|error| error.to_string())?;
        if database.empty() {
            settle_demo(&running.services, members)
                .await
                .map_err(|error| error.to_string())?;
        }
        let mut house = Self {
            name: database.name,
            counting: start(Some(tap)).await?,
            running,
            count,
            http: reqwest::Client::new(),
            token: String::new(),
        };
        house.token = house.sign_in().await?;
        Ok(house)
    }

    async fn sign_in(&self) -> Result<String, String> {
        let body = json!({
            "query": "mutation($email: String!, $password: String!) {
                signIn(input: {email: $email, password: $password, transport: BEARER}) { token } }",
            "variables": { "email": demo::SIGN_INS[0].email, "password": demo::PASSWORD },
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

    async fn ask(&self, query: &str) -> Result<Value, String> {
        let asking = Asking::query(query, json!({}));
        asking
            .once(&self.http, &self.running.base, &self.token)
            .await
    }

    /// The id of the member, among the newest and the viewer's penpals, with the most penpals to show, or
    /// the one that is given, and how many penpals are on the page.
    pub(crate) async fn page_of(&self, given: Option<&str>) -> Result<(String, u64), String> {
        if let Some(id) = given {
            let query =
                format!("{{ member(id: \"{id}\") {{ penpals(first: 1) {{ totalCount }} }} }}");
            let found = self.ask(&query).await?;
            let count = found["data"]["member"]["penpals"]["totalCount"].as_u64();
            return Ok((id.to_owned(), count.unwrap_or_default().min(20)));
        }
        let found = self
            .ask(
                "{ members(first: 100) { edges { node { id penpals(first: 1) { totalCount } } } }
                   me { member { id penpals(first: 100) { totalCount
                       edges { node { id penpals(first: 1) { totalCount } } } } } } }",
            )
            .await?;
        let empty = Vec::new();
        let edges = |pointer: &str| {
            found
                .pointer(pointer)
                .and_then(Value::as_array)
                .unwrap_or(&empty)
        };
        let members = edges("/data/members/edges").iter();
        members
            .chain(edges("/data/me/member/penpals/edges"))
            .map(|edge| &edge["node"])
            .chain([&found["data"]["me"]["member"]])
            .filter_map(|node| {
                let count = node["penpals"]["totalCount"].as_u64()?;
                Some((node["id"].as_str()?.to_owned(), count.min(20)))
            })
            .max_by_key(|(_, count)| *count)
            .ok_or_else(|| "the world is empty".to_owned())
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
        let alone = Alone::start(&database.address, &self.http).await?;
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
            .map(|_| {
                let (base, token) = (base.to_owned(), self.token.clone());
                tokio::spawn(asking.clone().keep_on(base, token, since + within, pace))
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
