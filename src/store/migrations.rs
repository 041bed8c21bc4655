//! Migrations: the same folders for both dialects, embedded in the binary.

use diesel::{migration::MigrationSource, sqlite::Sqlite};
use diesel_async::{AsyncMigrationHarness, RunQueryDsl, pooled_connection::deadpool::Object};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};
use tokio::sync::Mutex;

use super::{
    Error, Store,
    conn::{Link, on},
    error::Cause,
    sealing::{CLEAR, clear_table},
    statement::Statement,
};

const SQLITE: EmbeddedMigrations = embed_migrations!("migrations/sqlite");
/// A table that only a database of ours has.
const OURS: &str = "used_screenings";
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
    ///
    /// # Errors
    ///
    /// As for [`Store::unlock`], too.
    pub async fn migrate(&self) -> Result<Vec<String>, Error> {
        let names = self.step(Step::Up).await?;
        self.unlock().await?;
        // What a migration cannot say in SQL.
        self.seal_what_was_clear().await?;
        self.index_missing().await?;
        Ok(names)
    }

    /// Takes the whole schema down again; gives back the names of what ran.
    pub async fn revert_all(&self) -> Result<Vec<String>, Error> {
        self.step(Step::Down).await
    }

    /// The names of migrations that have yet to run.
    pub async fn pending_migrations(&self) -> Result<Vec<String>, Error> {
        self.step(Step::Look).await
    }

    /// Whether the database holds tables, and none of them ours: somebody else lives there.
    pub async fn foreign(&self) -> Result<bool, Error> {
        let mut conn = self.conn().await?;
        let mut statement = Statement::<diesel::sql_types::Text>::new(conn.dialect());
        statement.either(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'",
            "SELECT table_name::text FROM information_schema.tables \
             WHERE table_schema = current_schema()",
        );
        let mut names: Vec<String> = on!(&mut conn, c => statement.load(c).await)?;
        // What keeps track of migrations stays when they are all taken back.
        names.retain(|name| !name.starts_with("__diesel"));
        Ok(!names.is_empty() && !names.iter().any(|name| name == OURS))
    }

    /// Whether every migration has run, and nothing waits to be sealed: one statement.
    pub async fn current(&self) -> Result<bool, Error> {
        let mut conn = self.conn().await?;
        let mut statement = Statement::<diesel::sql_types::Text>::new(conn.dialect());
        // Where nothing has run yet, this table is missing as well.
        statement
            .sql("SELECT version FROM __diesel_schema_migrations UNION ALL ")
            .sql(clear_table(conn.dialect()));
        let applied: Vec<String> = match on!(&mut conn, c => statement.load(c).await) {
            Ok(applied) => applied,
            Err(Error::Broken(_)) => return Ok(false),
            Err(error) => return Err(error),
        };
        if applied.iter().any(|name| name == CLEAR) {
            return Ok(false);
        }
        let known = MigrationSource::<Sqlite>::migrations(&SQLITE)
            .map_err(|error| Error::Broken(Cause::new(error.to_string())))?;
        Ok(known.iter().all(|migration| {
            let version = migration.name().version().to_string();
            applied.contains(&version)
        }))
    }

    async fn step(&self, step: Step) -> Result<Vec<String>, Error> {
        let mut conn = self.conn().await?;
        conn.begun();
        // The connection leaves the pool for good: the harness wants it for itself, on a thread that may
        // block.
        macro_rules! run {
            ($object:expr, $source:expr) => {{
                let conn = $object.map(Object::take).ok_or_else(gone)?;
                move || -> Result<Vec<String>, String> {
                    let mut harness = AsyncMigrationHarness::new(conn);
                    let done = match step {
                        Step::Up => harness.run_pending_migrations($source).map(names),
                        Step::Down => harness.revert_all_migrations($source).map(names),
                        Step::Look => harness.pending_migrations($source).map(|pending| {
                            pending
                                .iter()
                                .map(|migration| migration.name().to_string())
                                .collect()
                        }),
                    };
                    done.map_err(|error| error.to_string())
                }
            }};
        }
        let outcome = match &mut conn.link {
            Link::Sqlite(object) => {
                tokio::task::spawn_blocking(run!(object.take().map(Mutex::into_inner), SQLITE))
                    .await
            }
            Link::Postgres(object) => {
                tokio::task::spawn_blocking(run!(object.take().map(|object| *object), POSTGRES))
                    .await
            }
        };
        outcome
            .map_err(|error| Error::Broken(Cause::new(error.to_string())))?
            .map_err(|error| Error::Broken(Cause::new(error)))
    }
}

fn gone() -> Error {
    Error::Broken(Cause::new("a connection was used after its end"))
}

fn names(versions: Vec<diesel::migration::MigrationVersion<'_>>) -> Vec<String> {
    versions.iter().map(ToString::to_string).collect()
}
