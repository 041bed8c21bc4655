//! Migrations: up, down and up again, the same on both databases, and what the tables themselves refuse.

use std::{collections::BTreeSet, path::Path};

use letterlock::domain::{audience::Audience, profile::SPECS};
use libtest_mimic::Trial;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha20Rng;

use crate::support::{
    app::TestApp,
    backend::{Backend, Backends},
    golden, plain, raw, trials,
    world::Plan,
};

pub(crate) fn trials(backends: &Backends) -> Vec<Trial> {
    let mut trials = trials!(backends;
        up_down_and_up_again,
        the_tables_and_columns_are_those_of_the_list,
        an_audience_out_of_bounds_is_refused_by_the_table,
        the_reach_is_the_widest_audience,
    );
    trials.extend(plain!(both_databases_have_the_same_folders));
    trials
}

fn both_databases_have_the_same_folders() {
    let folders = |database: &str| -> BTreeSet<String> {
        let path = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("migrations")
            .join(database);
        let folders = std::fs::read_dir(path).unwrap().map(|entry| {
            let path = entry.unwrap().path();
            for file in ["up.sql", "down.sql"] {
                assert!(path.join(file).is_file(), "{file} of {}", path.display());
            }
            path.file_name().unwrap().to_str().unwrap().to_owned()
        });
        folders.collect()
    };
    let sqlite = folders("sqlite");
    assert!(!sqlite.is_empty());
    assert_eq!(sqlite, folders("postgres"));
}

/// Each column as `table.column`, and whether it may be empty; without what the databases keep for themselves.
async fn columns(app: &TestApp) -> Vec<String> {
    let sql = match app.backend {
        Backend::Sqlite => {
            "SELECT m.name || '.' || c.name || CASE c.\"notnull\" WHEN 1 THEN '' ELSE ' NULL' END AS t
             FROM sqlite_master m, pragma_table_xinfo(m.name) c WHERE m.type = 'table'"
        }
        Backend::Postgres => {
            "SELECT table_name || '.' || column_name
             || CASE is_nullable WHEN 'NO' THEN '' ELSE ' NULL' END AS t
             FROM information_schema.columns WHERE table_schema = 'public'"
        }
    };
    let mut columns = raw::texts(&app.address, sql).await;
    columns.retain(|column| {
        !column.starts_with("sqlite_") && !column.starts_with("__diesel_schema_migrations.")
    });
    columns.sort();
    columns
}

async fn up_down_and_up_again(app: TestApp) {
    let store = &app.services.store;
    let first = columns(&app).await;
    assert!(first.len() > 70, "{first:?}");
    assert!(store.current().await.unwrap());
    assert_eq!(
        store.pending_migrations().await.unwrap(),
        Vec::<String>::new()
    );
    assert_eq!(store.migrate().await.unwrap(), Vec::<String>::new());

    let gone = store.revert_all().await.unwrap();
    assert!(!gone.is_empty());
    assert_eq!(columns(&app).await, Vec::<String>::new());
    let left = match app.backend {
        Backend::Sqlite => "SELECT name AS t FROM sqlite_master WHERE name NOT LIKE 'sqlite_%'",
        Backend::Postgres => {
            "SELECT c.relname::text AS t FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
             WHERE n.nspname = 'public' AND c.relkind IN ('r', 'v', 'S')"
        }
    };
    assert_eq!(
        raw::texts(&app.address, left).await,
        ["__diesel_schema_migrations"]
    );
    assert!(!store.current().await.unwrap());
    let pending = store.pending_migrations().await.unwrap();
    assert_eq!(pending.len(), gone.len());
    assert_eq!(store.revert_all().await.unwrap(), Vec::<String>::new());

    let again = store.migrate().await.unwrap();
    assert_eq!(again.len(), gone.len());
    assert!(store.current().await.unwrap());
    assert_eq!(columns(&app).await, first);
    // And it serves.
    app.visitor().sign_up("Ana", "1990-01-01").await;
}

async fn the_tables_and_columns_are_those_of_the_list(app: TestApp) {
    // One list for both databases, so that they cannot drift apart.
    golden::check(
        "tests/golden/columns.txt",
        &(columns(&app).await.join("\n") + "\n"),
    );
}

async fn an_audience_out_of_bounds_is_refused_by_the_table(app: TestApp) {
    app.db_world(&[Plan::adult("Ana", Audience::OnlyMe)], &[], &[])
        .await;
    for spec in SPECS {
        let column = format!("{}_audience", spec.column);
        let set = |code: i16| format!("UPDATE standings SET {column} = {code}");
        for code in 0..=spec.adult_widest.code() {
            assert_eq!(
                raw::attempt(&app.address, &set(code)).await,
                Ok(()),
                "{column} {code}"
            );
        }
        for code in [spec.adult_widest.code() + 1, -1, 4] {
            let refused = raw::attempt(&app.address, &set(code)).await.unwrap_err();
            assert!(
                refused.to_lowercase().contains("check"),
                "{column} {code}: {refused}"
            );
        }
    }
    // Nobody writes the reach by hand.
    raw::attempt(&app.address, "UPDATE standings SET reach = 3")
        .await
        .unwrap_err();
    // One is not one's own penpal.
    let id = "(SELECT id FROM members)";
    let bond = format!("INSERT INTO bonds (member_id, penpal_id, since_at) VALUES ({id}, {id}, 1)");
    raw::attempt(&app.address, &bond).await.unwrap_err();
}

async fn the_reach_is_the_widest_audience(app: TestApp) {
    app.db_world(&[Plan::adult("Ana", Audience::OnlyMe)], &[], &[])
        .await;
    let mut rng = ChaCha20Rng::seed_from_u64(3);
    for round in 0..40 {
        let mut widest = 0;
        let settings: Vec<String> = SPECS
            .iter()
            .enumerate()
            .map(|(nth, spec)| {
                // Each column in its turn has the widest alone.
                let code = match round {
                    0..26 if round % 13 == nth => rng.random_range(1..=3),
                    0..26 => 0,
                    _ => rng.random_range(0..=3),
                };
                let code = spec.adult_widest.code().min(code);
                widest = widest.max(code);
                format!("{}_audience = {code}", spec.column)
            })
            .collect();
        app.db_sql(&format!("UPDATE standings SET {}", settings.join(", ")))
            .await;
        let reach = app
            .db_sql("SELECT CAST(reach AS BIGINT) AS n FROM standings")
            .await;
        assert_eq!(reach, Some(widest.into()), "{settings:?}");
    }
}
