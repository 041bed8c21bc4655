//! Migrations: the same folders for both dialects, embedded in the binary.

use diesel_async::AsyncMigrationHarness;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::{
    Error, Store,
    conn::Link,
    error::Cause,
};

const SQLITE: EmbeddedMigrations = embed_migrations!("migrations/sqlite");
const POSTGRES: EmbeddedMigrations = embed_migrations!("migrations/postgres");

/// What to do with migrations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Up,
    Down,
    Look,
}

impl Store {
    /// Brings the schema up to date; gives back the names of what ran.
    pub async fn migrate(&self) -> Result<Vec<String>, Error> {
        self.step(Step::Up).await
    }

    /// Takes the whole schema down again; gives back the names of what ran.
    pub async fn revert_all(&self) -> Result<Vec<String>, Error> {
        self.step(Step::Down).await
    }

    /// The names of migrations that have yet to run.
    pub async fn pending_migrations(&self) -> Result<Vec<String>, Error> {
        self.step(Step::Look).await
    }

    async fn step(&self, step: Step) -> Result<Vec<String>, Error> {
        let mut conn = self.conn().await?;
        conn.unsettled = true;
        // The connection leaves the pool for good: the harness wants it for itself, on a thread that may
        // block.
        match &mut conn.link {
            Link::Sqlite(object) => match object.take() {
                Some(object) => run(object, SQLITE, step).await,
                None => Err(gone()),
            },
            Link::Postgres(object) => match object.take() {
                Some(object) => run(object, POSTGRES, step).await,
                None => Err(gone()),
            },
        }
    }
}

fn gone() -> Error {
    Error::Broken(Cause::new("a connection was used after its end"))
}

async fn run<C>(
    object: diesel_async::pooled_connection::deadpool::Object<C>,
    source: EmbeddedMigrations,
    step: Step,
) -> Result<Vec<String>, Error>
where
    C: diesel_async::AsyncConnection + diesel_async::pooled_connection::PoolableConnection + 'static,
    diesel_async::pooled_connection::AsyncDieselConnectionManager<C>:
        deadpool_manager::Manager<Type = C>,
    AsyncMigrationHarness<C>: MigrationHarness<C::Backend>,
    EmbeddedMigrations: diesel::migration::MigrationSource<C::Backend>,
{
    let conn = diesel_async::pooled_connection::deadpool::Object::take(object);
    let work = move || -> Result<Vec<String>, String> {
        let mut harness = AsyncMigrationHarness::new(conn);
        let names = match step {
            Step::Up => harness.run_pending_migrations(source).map(names),
            Step::Down => harness.revert_all_migrations(source).map(names),
            Step::Look => harness.pending_migrations(source).map(|pending| {
                pending
                    .iter()
                    .map(|migration| migration.name().to_string())
                    .collect()
            }),
        };
        names.map_err(|error| error.to_string())
    };
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|error| Error::Broken(Cause::new(error.to_string())))?
        .map_err(|error| Error::Broken(Cause::new(error)))
}

fn names(versions: Vec<diesel::migration::MigrationVersion<'_>>) -> Vec<String> {
    versions.iter().map(ToString::to_string).collect()
}
