//! The databases themselves: both statements of a line go the same way, and nothing is made of their rows.

use std::time::{Duration, Instant};

use diesel::{Connection, RunQueryDsl, SqliteConnection};
use letterlock::store::{Address, TlsMode};
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Mutex;

pub(crate) enum Raw {
    Sqlite(Mutex<SqliteConnection>),
    Postgres(tokio_postgres::Client),
}

#[derive(diesel::QueryableByName)]
struct Step {
    #[diesel(sql_type = diesel::sql_types::Text)]
    detail: String,
}

#[derive(diesel::QueryableByName)]
struct Somebody {
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    members: i64,
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    id: i64,
}

/// An adult who shows things, and how many members there are.
const SOMEBODY: &str = "SELECT (SELECT count(*) FROM members) AS members, \
    (SELECT max(e.member_id) FROM search_entries e JOIN standings s ON s.member_id = e.member_id \
     WHERE e.birth_on BETWEEN 19900101 AND 19951231) AS id";

/// The address that a URL names.
pub(crate) fn address(url: &str) -> Result<Address, String> {
    match url.strip_prefix("sqlite:") {
        Some(path) => Ok(Address::Sqlite(path.into())),
        None if url.starts_with("postgres") => Ok(Address::Postgres {
            url: SecretString::from(url),
            tls: TlsMode::Disable,
            root_certificate: None,
        }),
        None => Err(format!("{url} is no address of a database")),
    }
}

/// Fills a small world of the bench's own.
pub(crate) async fn small(url: &str) -> Result<(), String> {
    let arguments = [
        "letterlock",
        "seed",
        "--members",
        "60",
        "--database-url",
        url,
    ];
    let config = letterlock::config::Config::parse(arguments)
        .map_err(|_| "the seed has no such arguments")?;
    letterlock::app::run(config)
        .await
        .map_err(|it| it.to_string())
}

impl Raw {
    pub(crate) async fn open(address: &Address) -> Result<Self, String> {
        match address {
            Address::Sqlite(path) => {
                let path = path.to_str().ok_or("no such path")?;
                let conn = SqliteConnection::establish(path).map_err(|it| it.to_string())?;
                Ok(Self::Sqlite(Mutex::new(conn)))
            }
            Address::Postgres { url, .. } => {
                let connected =
                    tokio_postgres::connect(url.expose_secret(), tokio_postgres::NoTls).await;
                let (client, connection) = connected.map_err(|it| it.to_string())?;
                tokio::spawn(connection);
                Ok(Self::Postgres(client))
            }
        }
    }

    pub(crate) const fn sqlite(&self) -> bool {
        matches!(self, Self::Sqlite(_))
    }

    /// How many members there are, and one of them.
    pub(crate) async fn somebody(&self) -> Result<(i64, i64), String> {
        match self {
            Self::Sqlite(conn) => {
                let mut conn = conn.lock().await;
                let rows: Vec<Somebody> = diesel::sql_query(SOMEBODY)
                    .load(&mut *conn)
                    .map_err(|it| it.to_string())?;
                let row = rows.first().ok_or("nobody is there")?;
                Ok((row.members, row.id))
            }
            Self::Postgres(client) => {
                let row = client
                    .query_one(SOMEBODY, &[])
                    .await
                    .map_err(|it| it.to_string())?;
                Ok((row.get("members"), row.get("id")))
            }
        }
    }

    /// How long the database takes for a query and its rows.
    pub(crate) async fn time(&self, sql: &str) -> Result<Duration, String> {
        let begun = Instant::now();
        match self {
            Self::Sqlite(conn) => {
                let mut conn = conn.lock().await;
                diesel::sql_query(format!("SELECT count(*) FROM ({sql})"))
                    .execute(&mut *conn)
                    .map_err(|it| it.to_string())?;
            }
            Self::Postgres(client) => {
                client
                    .simple_query(sql)
                    .await
                    .map_err(|it| it.to_string())?;
            }
        }
        Ok(begun.elapsed())
    }

    /// The steps by which a large table is read as a whole.
    pub(crate) async fn scans(&self, sql: &str) -> Result<Vec<String>, String> {
        const LARGE: [&str; 6] = [
            "search_entries",
            "standings",
            "presences",
            "members",
            "bonds",
            "profiles",
        ];
        match self {
            Self::Sqlite(conn) => {
                let mut conn = conn.lock().await;
                let rows: Vec<Step> = diesel::sql_query(format!("EXPLAIN QUERY PLAN {sql}"))
                    .load(&mut *conn)
                    .map_err(|it| it.to_string())?;
                let steps = rows.into_iter().map(|row| row.detail);
                let whole = |step: &String| {
                    let mut words = step.split(' ').skip(1);
                    step.starts_with("SCAN ")
                        && !step.contains("INDEX")
                        && words
                            .next()
                            .is_some_and(|of| ["s", "p", "x", "v", "b", "l"].contains(&of))
                };
                Ok(steps.filter(whole).collect())
            }
            Self::Postgres(client) => {
                let rows = client.query(&format!("EXPLAIN {sql}"), &[]).await;
                let rows = rows.map_err(|it| it.to_string())?;
                let steps = rows.iter().map(|row| row.get::<_, String>(0));
                let whole = |step: &String| {
                    let on = step.split("Seq Scan on ").nth(1);
                    on.and_then(|on| on.split(' ').next())
                        .is_some_and(|of| LARGE.contains(&of))
                };
                Ok(steps.filter(whole).collect())
            }
        }
    }
}
