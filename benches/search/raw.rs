//! The databases themselves: both statements of a line go the same way, and nothing is made of their rows.

use std::time::{Duration, Instant};

use diesel::{Connection, RunQueryDsl, SqliteConnection};
use letterlock::store::{Address, TlsMode};
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Mutex;

use tokio_postgres::types::{ToSql, Type};

use crate::{plans, written::written_out};

pub(crate) enum Raw {
    Sqlite(Mutex<SqliteConnection>),
    Postgres(tokio_postgres::Client),
}

/// A row of which nothing is wanted but that the database makes it.
struct Row;

impl diesel::QueryableByName<diesel::sqlite::Sqlite> for Row {
    fn build<'row>(
        _: &impl diesel::row::NamedRow<'row, diesel::sqlite::Sqlite>,
    ) -> diesel::deserialize::Result<Self> {
        Ok(Self)
    }
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

/// A statement, and the texts that are bound; none on SQLite, where they are written into it, and none where numbers are
/// bound besides.
#[derive(Clone, Debug)]
pub(crate) struct Sent {
    pub(crate) sql: String,
    pub(crate) binds: Vec<String>,
}

impl Sent {
    /// A statement that is complete by itself.
    pub(crate) const fn alone(sql: String) -> Self {
        Self {
            sql,
            binds: Vec::new(),
        }
    }

    /// What the program has sent, as the tap has it.
    pub(crate) fn recorded(text: &str, sqlite: bool) -> Self {
        let (sql, binds) = text.rsplit_once(" -- binds: ").unwrap_or((text, "[]"));
        match serde_json::from_str(binds) {
            Ok(binds) if !sqlite => Self {
                sql: sql.to_owned(),
                binds,
            },
            _ => {
                let sql = written_out(&sql.replace('`', "\""), binds, sqlite);
                Self::alone(sql)
            }
        }
    }
}

/// What the program sets for its connections.
const SETTINGS: &str = "SET jit = off; SET random_page_cost = 1.1; SET enable_seqscan = off; \
    SET plan_cache_mode = force_generic_plan";

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
                let set = client.batch_execute(SETTINGS).await;
                set.map_err(|it| it.to_string())?;
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

    /// How long the database takes for statements, one after the other, and their rows.
    pub(crate) async fn time(&self, statements: &[Sent]) -> Result<Duration, String> {
        let begun = Instant::now();
        for sent in statements {
            self.run(sent).await?;
        }
        Ok(begun.elapsed())
    }

    async fn run(&self, Sent { sql, binds }: &Sent) -> Result<(), String> {
        match self {
            Self::Sqlite(conn) => {
                let mut conn = conn.lock().await;
                let rows = diesel::sql_query(sql).load::<Row>(&mut *conn);
                rows.map_err(|it| it.to_string())?;
            }
            Self::Postgres(client) => {
                let binds: Vec<&(dyn ToSql + Sync)> = binds.iter().map(|it| it as _).collect();
                let types = vec![Type::TEXT; binds.len()];
                let prepared = client.prepare_typed(sql, &types).await;
                let prepared = prepared.map_err(|it| it.to_string())?;
                let rows = client.query(&prepared, &binds).await;
                rows.map_err(|it| it.to_string())?;
            }
        }
        Ok(())
    }

    /// The steps by which a large table is read as a whole.
    pub(crate) async fn scans(&self, Sent { sql, binds }: &Sent) -> Result<Vec<String>, String> {
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
                            .is_some_and(|of| ["s", "x", "v", "b", "l"].contains(&of))
                };
                Ok(steps.filter(whole).collect())
            }
            Self::Postgres(client) => {
                // Planned as the program's are: without a look at the values.
                let types = vec!["text"; binds.len()].join(", ");
                let types = if types.is_empty() {
                    types
                } else {
                    format!("({types})")
                };
                let values: Vec<String> = binds
                    .iter()
                    .map(|it| format!("'{}'", it.replace('\'', "''")))
                    .collect();
                let values = if values.is_empty() {
                    String::new()
                } else {
                    format!("({})", values.join(", "))
                };
                let rows = async {
                    client
                        .batch_execute(&format!("DEALLOCATE ALL; PREPARE looked {types} AS {sql}"))
                        .await?;
                    client
                        .query(&format!("EXPLAIN EXECUTE looked {values}"), &[])
                        .await
                };
                let rows = rows.await.map_err(|it| it.to_string())?;
                let plan: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
                Ok(plans::whole(&plan, &LARGE))
            }
        }
    }
}
