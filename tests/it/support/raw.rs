//! SQL of the tests' own, beside the service.

use std::path::Path;

use diesel::{Connection, RunQueryDsl, connection::SimpleConnection};
use letterlock::store::Address;
use secrecy::{ExposeSecret, SecretString};
use tokio_postgres::Client;

fn open(path: &Path) -> diesel::SqliteConnection {
    diesel::SqliteConnection::establish(path.to_str().unwrap()).unwrap()
}

/// Asks a server over a connection of its own, which ends with the answer.
async fn on_server<T>(url: &SecretString, ask: impl AsyncFnOnce(&Client) -> T) -> T {
    let (client, connection) = tokio_postgres::connect(url.expose_secret(), tokio_postgres::NoTls)
        .await
        .unwrap();
    let driver = tokio::spawn(connection);
    let answer = ask(&client).await;
    drop(client);
    let _ = driver.await;
    answer
}

#[derive(diesel::QueryableByName)]
struct Number {
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    n: i64,
}

/// Runs `sql`. A query must name its one column `n`; anything else gives back nothing.
pub(crate) async fn run(address: &Address, sql: &str) -> Option<i64> {
    match address {
        Address::Sqlite(path) => {
            let mut conn = open(path);
            conn.batch_execute("PRAGMA busy_timeout = 10000; PRAGMA foreign_keys = ON;")
                .unwrap();
            if sql.trim_start().to_uppercase().starts_with("SELECT") {
                let rows: Vec<Number> = diesel::sql_query(sql).load(&mut conn).unwrap();
                rows.first().map(|row| row.n)
            } else {
                conn.batch_execute(sql).unwrap();
                None
            }
        }
        Address::Postgres { url, .. } => {
            on_server(url, async |client| {
                if sql.trim_start().to_uppercase().starts_with("SELECT") {
                    let rows = client.query(sql, &[]).await.unwrap();
                    rows.first().map(|row| row.get::<_, i64>("n"))
                } else {
                    client.batch_execute(sql).await.unwrap();
                    None
                }
            })
            .await
        }
    }
}

#[derive(diesel::QueryableByName)]
struct Line {
    #[diesel(sql_type = diesel::sql_types::Text)]
    t: String,
}

/// Runs a query whose one column is named `t`, a text; gives back its rows.
pub(crate) async fn texts(address: &Address, sql: &str) -> Vec<String> {
    match address {
        Address::Sqlite(path) => {
            let mut conn = open(path);
            let rows: Vec<Line> = diesel::sql_query(sql).load(&mut conn).unwrap();
            rows.into_iter().map(|row| row.t).collect()
        }
        Address::Postgres { url, .. } => {
            on_server(url, async |client| {
                let rows = client.query(sql, &[]).await.unwrap();
                rows.iter().map(|row| row.get::<_, String>("t")).collect()
            })
            .await
        }
    }
}

#[derive(diesel::QueryableByName)]
struct Step {
    #[diesel(sql_type = diesel::sql_types::Text)]
    detail: String,
}

/// The steps by which a database would answer a query. PostgreSQL is told to avoid reading tables as a whole.
pub(crate) async fn plan(address: &Address, sql: &str) -> Vec<String> {
    match address {
        Address::Sqlite(path) => {
            let mut conn = open(path);
            let explain = format!("EXPLAIN QUERY PLAN {sql}");
            let rows: Vec<Step> = diesel::sql_query(explain).load(&mut conn).unwrap();
            rows.into_iter().map(|row| row.detail).collect()
        }
        Address::Postgres { url, .. } => {
            on_server(url, async |client| {
                client
                    .batch_execute("SET enable_seqscan = off")
                    .await
                    .unwrap();
                let rows = client.query(&format!("EXPLAIN {sql}"), &[]).await.unwrap();
                rows.iter().map(|row| row.get::<_, String>(0)).collect()
            })
            .await
        }
    }
}

/// Runs SQL that may be refused; gives back what the database said against it.
pub(crate) async fn attempt(address: &Address, sql: &str) -> Result<(), String> {
    match address {
        Address::Sqlite(path) => {
            let mut conn = open(path);
            conn.batch_execute(sql).map_err(|error| error.to_string())
        }
        Address::Postgres { url, .. } => {
            on_server(url, async |client| {
                client
                    .batch_execute(sql)
                    .await
                    .map_err(|error| format!("{error:?}"))
            })
            .await
        }
    }
}
