//! The pool, the connection of either dialect, and `on!`, by which one query serves both.

use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use diesel::{SqliteConnection, connection::InstrumentationEvent};
use diesel_async::{
    AsyncConnection, AsyncPgConnection, SimpleAsyncConnection, TransactionManager,
    pooled_connection::{
        AsyncDieselConnectionManager, ManagerConfig, RecyclingMethod,
        deadpool::{Object, Pool as Deadpool},
    },
    sync_connection_wrapper::SyncConnectionWrapper,
};
use futures_util::FutureExt;
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::{Mutex, Semaphore, SemaphorePermit};

use super::{
    bell::Bell,
    content::Shapes,
    error::{Cause, Error},
    sealed::Keyring,
    statement::Dialect,
    tls,
};

pub(super) type Sqlite = SyncConnectionWrapper<SqliteConnection>;
pub(super) type Postgres = AsyncPgConnection;

/// Which database, and how to reach it.
#[derive(Clone, Debug)]
pub enum Address {
    /// A file on this machine.
    Sqlite(PathBuf),
    /// A server.
    Postgres {
        /// `postgres://…`, without the parameters that speak of TLS.
        url: SecretString,
        /// How far the server must prove who it is.
        tls: TlsMode,
        /// Certificates to trust instead of the machine's own, in PEM.
        root_certificate: Option<PathBuf>,
    },
}

/// How far a PostgreSQL server must prove who it is; the names of libpq's `sslmode`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TlsMode {
    /// No TLS.
    Disable,
    /// TLS where the server offers it; the server's name is not checked.
    Prefer,
    /// TLS; the server's name is not checked.
    Require,
    /// TLS with a certificate for the server's name, signed by a trusted authority.
    VerifyFull,
}

/// Called with the text and the bound values of each statement before it is sent.
///
/// For tests that prove what is read; a running service has none.
pub type Tap = Arc<dyn Fn(&str) + Send + Sync>;

/// The way to the database. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    pool: Pool,
    /// As many searches at once as are half of the connections: they may take long, and the rest goes on beside them.
    searches: Arc<Semaphore>,
    pub(super) shapes: Arc<Shapes>,
    pub(super) bell: Bell,
    pub(super) keys: Arc<Keyring>,
}

#[derive(Clone)]
enum Pool {
    Sqlite(Deadpool<Sqlite>),
    Postgres(Deadpool<Postgres>),
}

/// How long a statement or a wait for a lock may take.
const PATIENCE: Duration = Duration::from_secs(10);

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store").finish_non_exhaustive()
    }
}

impl Store {
    /// A pool of at most `connections`; none is opened before it is needed. What is sealed is opened with `keys`.
    ///
    /// # Errors
    ///
    /// [`Error::Broken`] when the address cannot be used.
    pub fn new(
        address: &Address,
        connections: usize,
        keys: Keyring,
        tap: Option<Tap>,
    ) -> Result<Self, Error> {
        let broken = |error: &dyn std::fmt::Display| Error::Broken(Cause::new(error.to_string()));
        let pool = match address {
            Address::Sqlite(path) => {
                let mut config = ManagerConfig::<Sqlite>::default();
                // A test query at each checkout doubles the time of a point read.
                config.recycling_method = RecyclingMethod::Fast;
                config.custom_setup = Box::new(move |url| {
                    let (url, tap) = (url.to_owned(), tap.clone());
                    async move { open_sqlite(&url, tap).await }.boxed()
                });
                let manager =
                    AsyncDieselConnectionManager::new_with_config(path.to_string_lossy(), config);
                Pool::Sqlite(
                    Deadpool::builder(manager)
                        .max_size(connections)
                        .build()
                        .map_err(|error| broken(&error))?,
                )
            }
            Address::Postgres {
                url,
                tls,
                root_certificate,
            } => {
                let connector = Arc::new(
                    tls::Connector::new(*tls, root_certificate.as_deref())
                        .map_err(|error| broken(&error))?,
                );
                let mut config = ManagerConfig::<Postgres>::default();
                config.recycling_method = RecyclingMethod::Fast;
                config.custom_setup = Box::new(move |url| {
                    let (url, tap, connector) = (url.to_owned(), tap.clone(), connector.clone());
                    async move { open_postgres(&url, &connector, tap).await }.boxed()
                });
                let manager =
                    AsyncDieselConnectionManager::new_with_config(url.expose_secret(), config);
                Pool::Postgres(
                    Deadpool::builder(manager)
                        .max_size(connections)
                        .build()
                        .map_err(|error| broken(&error))?,
                )
            }
        };
        Ok(Self {
            pool,
            searches: Arc::new(Semaphore::new(connections.div_ceil(2))),
            shapes: Arc::default(),
            bell: Bell::default(),
            keys: Arc::new(keys),
        })
    }

    /// Takes a connection for statements that stand alone.
    pub(super) async fn conn(&self) -> Result<Conn, Error> {
        let busy = |error: &dyn std::fmt::Display| Error::Busy(Cause::new(error.to_string()));
        let link = match &self.pool {
            Pool::Sqlite(pool) => Link::Sqlite(Some(Mutex::new(
                tokio::time::timeout(PATIENCE, pool.get())
                    .await
                    .map_err(|error| busy(&error))?
                    .map_err(|error| busy(&error))?,
            ))),
            Pool::Postgres(pool) => Link::Postgres(Some(Box::new(
                tokio::time::timeout(PATIENCE, pool.get())
                    .await
                    .map_err(|error| busy(&error))?
                    .map_err(|error| busy(&error))?,
            ))),
        };
        Ok(Conn {
            link,
            unsettled: AtomicU32::new(0),
            server: self.bell.server(),
        })
    }

    /// Takes a connection for a search, and its place among the searches.
    pub(super) async fn search_conn(&self) -> Result<(Conn, SemaphorePermit<'_>), Error> {
        let busy = |error: &dyn std::fmt::Display| Error::Busy(Cause::new(error.to_string()));
        let place = tokio::time::timeout(PATIENCE, self.searches.acquire())
            .await
            .map_err(|error| busy(&error))?
            .map_err(|error| busy(&error))?;
        Ok((self.conn().await?, place))
    }

    /// Takes a connection and begins a transaction that may write.
    ///
    /// Dropped without [`Conn::commit`], the connection is closed, which undoes everything.
    pub(super) async fn begin(&self) -> Result<Conn, Error> {
        let mut conn = self.conn().await?;
        conn.begun();
        match &mut conn.link {
            // A transaction that begins as a reader and turns into a writer can fail at once, whatever
            // the time-out says.
            Link::Sqlite(Some(sqlite)) => {
                sqlite
                    .get_mut()
                    .spawn_blocking(|sqlite| {
                        diesel::connection::AnsiTransactionManager::begin_transaction_sql(
                            sqlite,
                            "BEGIN IMMEDIATE",
                        )
                    })
                    .await?;
            }
            Link::Postgres(Some(postgres)) => {
                <Postgres as AsyncConnection>::TransactionManager::begin_transaction(
                    &mut ***postgres,
                )
                .await?;
            }
            _ => {
                return Err(Error::Broken(Cause::new(
                    "a connection was used after its end",
                )));
            }
        }
        Ok(conn)
    }

    /// Which SQL is spoken.
    pub(super) const fn dialect(&self) -> Dialect {
        match self.pool {
            Pool::Sqlite(_) => Dialect::Sqlite,
            Pool::Postgres(_) => Dialect::Postgres,
        }
    }

    /// Closes the pool: whoever waits for a connection is told that there is none.
    pub fn close(&self) {
        match &self.pool {
            Pool::Sqlite(pool) => pool.close(),
            Pool::Postgres(pool) => pool.close(),
        }
    }
}

/// A connection of either dialect, out of the pool.
///
/// Whoever shares it may send statements that do not wait for one another: to a server they go in one piece, and on a file
/// one after another, in the order in which they are first polled.
pub(super) struct Conn {
    pub(super) link: Link,
    /// In the middle of how many statements and transactions: not fit for the pool.
    unsettled: AtomicU32,
    /// By which this server is known to the others.
    pub(super) server: u64,
}

/// The connection itself; `None` once it was taken out of the pool for good.
pub(super) enum Link {
    Sqlite(Option<Mutex<Object<Sqlite>>>),
    // Boxed: three times as large as the other.
    Postgres(Option<Box<Object<Postgres>>>),
}

impl Conn {
    /// Something begins. Where it does not end, the connection does.
    pub(super) fn begun(&self) {
        self.unsettled.fetch_add(1, Ordering::Relaxed);
    }

    /// What began has ended.
    pub(super) fn ended(&self) {
        self.unsettled.fetch_sub(1, Ordering::Relaxed);
    }

    /// Makes the transaction that [`Store::begin`] began durable.
    pub(super) async fn commit(mut self) -> Result<(), Error> {
        match &mut self.link {
            Link::Sqlite(Some(sqlite)) => {
                <Sqlite as AsyncConnection>::TransactionManager::commit_transaction(
                    &mut **sqlite.get_mut(),
                )
                .await?;
            }
            Link::Postgres(Some(postgres)) => {
                <Postgres as AsyncConnection>::TransactionManager::commit_transaction(
                    &mut ***postgres,
                )
                .await?;
            }
            _ => {}
        }
        self.ended();
        Ok(())
    }

    /// Ends the transaction as its outcome says: made durable, undone, or, where something broke, given up
    /// together with the connection.
    pub(super) async fn settle<T>(self, outcome: Result<T, Error>) -> Result<T, Error> {
        match outcome {
            Ok(value) => {
                self.commit().await?;
                Ok(value)
            }
            Err(refusal @ (Error::Missing | Error::Conflict(_))) => {
                self.rollback().await?;
                Err(refusal)
            }
            Err(failure) => Err(failure),
        }
    }

    /// Undoes the transaction and keeps the connection: for refusals that are to be expected.
    pub(super) async fn rollback(mut self) -> Result<(), Error> {
        match &mut self.link {
            Link::Sqlite(Some(sqlite)) => {
                <Sqlite as AsyncConnection>::TransactionManager::rollback_transaction(
                    &mut **sqlite.get_mut(),
                )
                .await?;
            }
            Link::Postgres(Some(postgres)) => {
                <Postgres as AsyncConnection>::TransactionManager::rollback_transaction(
                    &mut ***postgres,
                )
                .await?;
            }
            _ => {}
        }
        self.ended();
        Ok(())
    }
}

impl Drop for Conn {
    fn drop(&mut self) {
        // A connection in the middle of something must not serve the next request: out of the pool with it.
        if *self.unsettled.get_mut() > 0 {
            match &mut self.link {
                Link::Sqlite(object) => {
                    drop(
                        object
                            .take()
                            .map(|object| Object::take(object.into_inner())),
                    );
                }
                Link::Postgres(object) => drop(object.take().map(|object| Object::take(*object))),
            }
        }
    }
}

/// Runs one diesel query on a [`Conn`], type-checked against both dialects.
macro_rules! on {
    ($conn:expr, $c:ident => $query:expr) => {{
        let conn: &$crate::store::conn::Conn = $conn;
        conn.begun();
        let outcome = match &conn.link {
            $crate::store::conn::Link::Sqlite(Some(object)) => {
                let mut object = object.lock().await;
                let $c = &mut **object;
                $query
            }
            $crate::store::conn::Link::Postgres(Some(object)) => {
                let $c = &mut &***object;
                $query
            }
            _ => Err(diesel::result::Error::BrokenTransactionManager),
        };
        conn.ended();
        outcome.map_err($crate::store::error::Error::from)
    }};
}
pub(super) use on;

fn tapped(tap: Tap) -> impl Fn(InstrumentationEvent<'_>) + Send + Sync + 'static {
    move |event| {
        if let InstrumentationEvent::StartQuery { query, .. } = event {
            tap(&query.to_string());
        }
    }
}

async fn open_sqlite(path: &str, tap: Option<Tap>) -> diesel::ConnectionResult<Sqlite> {
    let mut conn = Sqlite::establish(path).await?;
    conn.batch_execute(&format!(
        "PRAGMA busy_timeout = {};
         PRAGMA journal_mode = WAL;
         PRAGMA synchronous = FULL;
         PRAGMA foreign_keys = ON;
         PRAGMA secure_delete = ON;
         PRAGMA trusted_schema = OFF;",
        PATIENCE.as_millis()
    ))
    .await
    .map_err(diesel::ConnectionError::CouldntSetupConfiguration)?;
    if let Some(tap) = tap {
        conn.set_instrumentation(tapped(tap));
    }
    Ok(conn)
}

async fn open_postgres(
    url: &str,
    connector: &tls::Connector,
    tap: Option<Tap>,
) -> diesel::ConnectionResult<Postgres> {
    let mut conn = connector.connect(url).await?;
    // The statements are few, each reads by keys alone, and their plans do not depend on the values: to plan
    // at every execution costs more than most of them take. What they read is expected to be in memory, and is found by
    // an index, whatever the planner thinks of how much a condition leaves.
    conn.batch_execute(&format!(
        "SET statement_timeout = {0};
         SET lock_timeout = {0};
         SET idle_in_transaction_session_timeout = {0};
         SET TIME ZONE 'UTC';
         SET jit = off;
         SET random_page_cost = 1.1;
         SET enable_seqscan = off;
         SET plan_cache_mode = force_generic_plan;",
        PATIENCE.as_millis()
    ))
    .await
    .map_err(diesel::ConnectionError::CouldntSetupConfiguration)?;
    if let Some(tap) = tap {
        conn.set_instrumentation(tapped(tap));
    }
    Ok(conn)
}
