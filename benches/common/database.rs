//! The databases of a bench: one on SQLite, and one on PostgreSQL.

use std::{path::Path, time::Duration};

use letterlock::store::{Address, TlsMode};
use secrecy::ExposeSecret;

use crate::postgres::Server;

/// A database of the bench's own.
pub(crate) struct Database {
    pub(crate) name: &'static str,
    pub(crate) address: Address,
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

    /// Whether it is the bench's to fill.
    pub(crate) fn empty(&self) -> bool {
        self.made.is_some() || matches!(self.address, Address::Sqlite(_))
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
