//! Migrations: up, down and up again, the same on both databases, and what the tables themselves refuse.

use std::{collections::BTreeSet, path::Path};

use letterlock::domain::{
    audience::Audience,
    profile::{FIELDS, Field, SPECS},
};
use libtest_mimic::Trial;

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
        audiences_come_along_and_widen_nothing,
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
        !column.starts_with("sqlite_")
            && !column.starts_with("__diesel_schema_migrations.")
            // The index of terms, which each database has in its own way.
            && !column.starts_with("search_terms")
            && !column.starts_with("message_terms")
            && column != "messages.indexed"
            && column != "search_entries.indexed"
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
    let set = |digits: &str| format!("UPDATE standings SET audiences = '{digits}'");
    for spec in SPECS {
        let contact = matches!(
            spec.field,
            Field::Email | Field::Phone | Field::PostalAddress
        );
        let with = |digit: char| -> String {
            let mut digits = "0".repeat(FIELDS).into_bytes();
            digits[spec.field.index()] = digit as u8;
            String::from_utf8(digits).unwrap()
        };
        for digit in '0'..='4' {
            let refused = contact && digit > '2';
            let done = raw::attempt(&app.address, &set(&with(digit))).await;
            assert_eq!(done.is_err(), refused, "{} {digit}: {done:?}", spec.name);
        }
        for digit in ['5', '-', ' ', 'x'] {
            let refused = raw::attempt(&app.address, &set(&with(digit)))
                .await
                .unwrap_err();
            assert!(
                refused.to_lowercase().contains("check"),
                "{} {digit}: {refused}",
                spec.name
            );
        }
    }
    for digits in ["", "0", &"0".repeat(FIELDS - 1)] {
        raw::attempt(&app.address, &set(digits)).await.unwrap_err();
    }
    // A list that an audience names cannot go away under it.
    let id = "(SELECT id FROM members)";
    app.db_sql(&format!(
        "INSERT INTO lists (id, owner_id, name, name_folded, created_at) VALUES (1, {id}, 'a', 'a', 1);
         INSERT INTO audience_lists (owner_id, field, list_id, excepted) VALUES ({id}, 1, 1, TRUE);"
    ))
    .await;
    raw::attempt(&app.address, "DELETE FROM lists")
        .await
        .unwrap_err();
    // One is not one's own penpal.
    let id = "(SELECT id FROM members)";
    let bond = format!("INSERT INTO bonds (member_id, penpal_id, since_at) VALUES ({id}, {id}, 1)");
    raw::attempt(&app.address, &bond).await.unwrap_err();
}

const EARLIER: &str = "full_name_audience, email_audience, birth_date_audience, age_audience,
    gender_audience, country_audience, city_audience, languages_audience, occupation_audience,
    interests_audience, about_me_audience, last_seen_audience, penpals_audience";

/// What was chosen before there were lists means the same after, and what is new begins narrow.
async fn audiences_come_along_and_widen_nothing(app: TestApp) {
    app.db_world(
        &[
            Plan::adult("Ana", Audience::OnlyMe),
            Plan::adult("Ben", Audience::OnlyMe),
        ],
        &[],
        &[],
    )
    .await;
    let digits = "4234123401230201340323";
    assert_eq!(digits.len(), FIELDS);
    app.db_sql(&format!(
        "UPDATE standings SET audiences = '{digits}';
         INSERT INTO lists (id, owner_id, name, name_folded, created_at)
         SELECT id, id, 'a', 'a', 1 FROM members;
         INSERT INTO audience_lists (owner_id, field, list_id, excepted)
         SELECT id, 3, id, TRUE FROM members WHERE display_name = 'Ana';
         UPDATE standings SET uses_lists = TRUE;"
    ))
    .await;
    let database = match app.backend {
        Backend::Sqlite => "sqlite",
        Backend::Postgres => "postgres",
    };
    let script = |way: &str| {
        let path = format!("migrations/{database}/0002_audiences/{way}.sql");
        std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
    };
    app.db_sql(&script("down")).await;
    let codes = |name: &str| {
        // The first text makes texts of all.
        let sum = EARLIER.replace([' ', '\n'], "").replace(',', " || ");
        let sum = format!("'' || {sum}");
        let sql = format!(
            "SELECT {sum} AS t FROM standings s JOIN members m ON m.id = s.member_id
             WHERE m.display_name = '{name}'"
        );
        let address = app.address.clone();
        async move { raw::texts(&address, &sql).await.join("") }
    };
    // What had an exception, or went to lists, is shown to nobody.
    assert_eq!(codes("Ana").await, "3120012300121");
    assert_eq!(codes("Ben").await, "3123012300121");
    app.db_sql(&script("up")).await;
    let after = raw::texts(&app.address, "SELECT audiences AS t FROM standings").await;
    assert_eq!(after.len(), 2);
    for after in after {
        for (before, after) in digits.bytes().zip(after.bytes()).take(12) {
            assert!(after <= before, "{digits} {after}");
        }
    }
    let doors = app
        .db_sql("SELECT CAST(MAX(turns_18_on) AS BIGINT) AS n FROM standings")
        .await;
    assert_eq!(doors.map(|day| day % 100), Some(1));
}
