//! All that a database holds, so that a test can say that nothing was stored.

use std::collections::BTreeMap;

use super::{app::TestApp, backend::Backend, raw};

/// The rows of every table, each as one line, sorted.
pub(crate) type Dump = BTreeMap<String, Vec<String>>;

impl TestApp {
    /// The first column of each row, which must be named `t` and be text.
    pub(crate) async fn db_texts(&self, sql: &str) -> Vec<String> {
        raw::texts(&self.address, sql).await
    }

    /// Every table that the database's own catalogue names.
    pub(crate) async fn db_tables(&self) -> Vec<String> {
        self.db_texts(match self.backend {
            Backend::Sqlite => {
                "SELECT name AS t FROM sqlite_master WHERE type = 'table' ORDER BY name"
            }
            Backend::Postgres => {
                "SELECT table_name::text AS t FROM information_schema.tables \
                 WHERE table_schema = 'public' ORDER BY table_name"
            }
        })
        .await
    }

    /// Every row of every table.
    pub(crate) async fn db_dump(&self) -> Dump {
        let mut dump = Dump::new();
        for table in self.db_tables().await {
            let sql = match self.backend {
                Backend::Sqlite => {
                    let columns = self
                        .db_texts(&format!(
                            "SELECT name AS t FROM pragma_table_info('{table}')"
                        ))
                        .await;
                    let quoted: Vec<String> = columns
                        .iter()
                        .map(|column| format!("quote(\"{column}\")"))
                        .collect();
                    format!(
                        "SELECT {} AS t FROM \"{table}\"",
                        quoted.join(" || ' ' || ")
                    )
                }
                Backend::Postgres => format!("SELECT row_to_json(x)::text AS t FROM \"{table}\" x"),
            };
            let mut rows = self.db_texts(&sql).await;
            rows.sort();
            dump.insert(table, rows);
        }
        assert!(
            dump.len() > 10,
            "the catalogue was not read: {:?}",
            dump.keys()
        );
        dump
    }

    /// The whole database as one text.
    pub(crate) async fn db_text(&self) -> String {
        self.db_dump()
            .await
            .into_values()
            .flatten()
            .collect::<Vec<_>>()
            .join("\n")
    }

    /// How many rows a table has.
    pub(crate) async fn db_count(&self, table: &str) -> i64 {
        self.db_sql(&format!("SELECT COUNT(*) AS n FROM {table}"))
            .await
            .unwrap()
    }

    /// Fails unless the database holds, row for row, what it held.
    pub(crate) async fn assert_nothing_stored(&self, before: &Dump, what: &str) {
        let after = self.db_dump().await;
        for (table, rows) in before {
            assert_eq!(rows, &after[table], "{what}: the table {table} has changed");
        }
        assert_eq!(before.len(), after.len(), "{what}");
    }
}
