//! The service under measurement: a database with the demo's world, and a server on loopback.

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use letterlock::{
    app::settle_demo,
    demo,
    domain::clock::Clock,
    graphql::{
        MemberApi,
        services::{Services, SessionLife, Throttles},
    },
    http,
    store::{Address, Store, Tap, TlsMode},
    viewer::{
        passwords::{Params, Passwords},
        seal::Sealer,
    },
};
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use tokio::{net::TcpListener, sync::oneshot};

use crate::{
    alone::Alone,
    crowd::{Asking, Figures},
    postgres::Server,
};

/// A database of the bench's own.
pub(crate) struct Database {
    name: &'static str,
    address: Address,
    made: Option<Made>,
}

/// What was made on a server, to be ended again.
struct Made {
    base: String,
    database: String,
    _server: Option<Server>,
}

impl Database {
    pub(crate) fn sqlite(folder: &Path) -> Self {
        Self {
            name: "SQLite",
            address: Address::Sqlite(folder.join("bench.db")),
            made: None,
        }
    }

    /// A new database on the server that is given, or on one that is started.
    pub(crate) async fn postgres() -> Result<Self, String> {
        let (base, server) = match std::env::var("LETTERLOCK_TEST_POSTGRES_URL") {
            Ok(url) => {
                let (base, _) = url.rsplit_once('/').ok_or("not postgres://…/database")?;
                (base.to_owned(), None)
            }
            Err(_) => {
                let server = Server::start()?;
                (server.base(), Some(server))
            }
        };
        let database = format!("bench_{:016x}", rand::random::<u64>());
        admin(&base, &format!("CREATE DATABASE {database}")).await?;
        Ok(Self {
            name: "PostgreSQL",
            address: Address::Postgres {
                url: format!("{base}/{database}").into(),
                tls: TlsMode::Disable,
                root_certificate: None,
            },
            made: Some(Made {
                base,
                database,
                _server: server,
            }),
        })
    }

    /// A database that is full already, and stays as it is.
    pub(crate) fn seeded(url: &str) -> Self {
        Self {
            name: "PostgreSQL, as given",
            address: Address::Postgres {
                url: url.to_owned().into(),
                tls: TlsMode::Disable,
                root_certificate: None,
            },
            made: None,
        }
    }

    /// The address, as tokio-postgres takes it; nothing on SQLite.
    pub(crate) fn postgres_url(&self) -> Option<&str> {
        match &self.address {
            Address::Postgres { url, .. } => Some(url.expose_secret()),
            Address::Sqlite(_) => None,
        }
    }

    /// Leaves nothing on a server that was there before.
    pub(crate) async fn end(self) -> Result<(), String> {
        let Some(made) = self.made else { return Ok(()) };
        admin(
            &made.base,
            &format!("DROP DATABASE {} WITH (FORCE)", made.database),
        )
        .await
    }
}

async fn admin(base: &str, sql: &str) -> Result<(), String> {
    let said = |error: tokio_postgres::Error| error.to_string();
    let mut tries = 0;
    let (client, connection) = loop {
        match tokio_postgres::connect(&format!("{base}/postgres"), tokio_postgres::NoTls).await {
            Ok(connected) => break connected,
            // A server that has just begun to listen may still be starting up.
            Err(error) if tries == 50 => return Err(said(error)),
            Err(_) => {
                tries += 1;
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    };
    let driver = tokio::spawn(connection);
    let done = client.batch_execute(sql).await.map_err(said);
    drop(client);
    let _ = driver.await;
    done
}

/// A server.
struct Running {
    services: Arc<Services>,
    base: String,
    _stop: oneshot::Sender<()>,
}

impl Running {
    async fn start(address: &Address, tap: Option<Tap>) -> Result<Self, String> {
        let said = |error: &dyn std::fmt::Display| error.to_string();
        let clock = Clock::system();
        let store = Store::new(address, crate::CONNECTIONS, tap).map_err(|error| said(&error))?;
        // Signing in is no part of what is measured.
        let params = Params {
            memory_kib: 8,
            iterations: 1,
            lanes: 1,
        };
        let services = Arc::new(Services {
            store: store.clone(),
            passwords: Passwords::new(params, 2).map_err(|error| said(&error))?,
            sealer: Sealer::from_secret(b"a secret of the bench, long enough")
                .map_err(|error| said(&error))?,
            throttles: Throttles::new(&clock),
            sessions: SessionLife::default(),
            clock,
        });
        let settings = http::Settings::default();
        let api = Arc::new(MemberApi::new(services.clone(), true));
        let routes = http::routes(&settings, api, Arc::new(store));
        let listener = TcpListener::bind("127.0.0.1:0")
            .await
            .map_err(|error| said(&error))?;
        let port = listener.local_addr().map_err(|error| said(&error))?.port();
        let (stop, stopped) = oneshot::channel::<()>();
        tokio::spawn(async move {
            let stopped = async {
                let _ = stopped.await;
            };
            http::serve(listener, routes, &settings, stopped).await
        });
        Ok(Self {
            services,
            base: format!("http://127.0.0.1:{port}"),
            _stop: stop,
        })
    }
}

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
        let running = Running::start(&database.address, None).await?;
        let store = &running.services.store;
        store.migrate().await.map_err(|error| error.to_string())?;
        if database.made.is_some() || matches!(database.address, Address::Sqlite(_)) {
            settle_demo(&running.services, members)
                .await
                .map_err(|error| error.to_string())?;
        }
        let mut house = Self {
            name: database.name,
            counting: Running::start(&database.address, Some(tap)).await?,
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
