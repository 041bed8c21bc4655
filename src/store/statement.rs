//! A statement composed by hand, for the few that diesel's query builder cannot say: its text depends on
//! which columns are named at all, and its ids travel as one bound value, so that the text, and with it
//! the prepared statement, is the same for one member and for a hundred.

use std::{borrow::Cow, marker::PhantomData};

use diesel::{
    QueryResult,
    pg::Pg,
    query_builder::{AstPass, Query, QueryFragment, QueryId},
    sql_types::{Array, BigInt, Integer, Text},
    sqlite::Sqlite,
};

use super::conn::{Conn, Link};

#[cfg(feature = "proof")]
pub mod proof;

/// Which SQL is spoken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dialect {
    Sqlite,
    Postgres,
}

impl Conn {
    pub(super) const fn dialect(&self) -> Dialect {
        match self.link {
            Link::Sqlite(_) => Dialect::Sqlite,
            Link::Postgres(_) => Dialect::Postgres,
        }
    }
}

/// A statement whose rows have the SQL types `Row`.
pub(super) struct Statement<Row> {
    dialect: Dialect,
    parts: Vec<Part>,
    /// Not to be kept as a prepared statement: its text may be one of very many.
    passing: bool,
    #[cfg(feature = "proof")]
    edit: Option<proof::Edit>,
    _row: PhantomData<fn() -> Row>,
}

enum Part {
    Sql(Cow<'static, str>),
    BigInt(i64),
    Integer(i32),
    Text(String),
    BigInts(Vec<i64>),
}

/// A member to read, the versions at which the decision was made, and which columns may be read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Key {
    pub(super) id: i64,
    pub(super) owner_version: i64,
    pub(super) viewer_version: i64,
    pub(super) mask: i64,
}

impl<Row> Statement<Row> {
    pub(super) fn new(dialect: Dialect) -> Self {
        Self {
            dialect,
            parts: Vec::new(),
            passing: false,
            #[cfg(feature = "proof")]
            edit: proof::PLANTED.with_borrow(Clone::clone),
            _row: PhantomData,
        }
    }

    pub(super) const fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// Prepares it for this once alone: its text may be one of very many. PostgreSQL gets the numbers as part of it.
    pub(super) const fn in_passing(&mut self) {
        self.passing = true;
    }

    pub(super) fn sql(&mut self, sql: impl Into<Cow<'static, str>>) -> &mut Self {
        self.parts.push(Part::Sql(sql.into()));
        self
    }

    /// Where the dialects differ.
    pub(super) fn either(&mut self, sqlite: &'static str, postgres: &'static str) -> &mut Self {
        self.sql(match self.dialect {
            Dialect::Sqlite => sqlite,
            Dialect::Postgres => postgres,
        })
    }

    pub(super) fn big_int(&mut self, value: i64) -> &mut Self {
        self.parts.push(Part::BigInt(value));
        self
    }

    pub(super) fn integer(&mut self, value: i32) -> &mut Self {
        self.parts.push(Part::Integer(value));
        self
    }

    pub(super) fn text(&mut self, value: String) -> &mut Self {
        self.parts.push(Part::Text(value));
        self
    }

    /// ` IN (…)` of ids, as one bound value.
    pub(super) fn in_ids(&mut self, ids: &[i64]) -> &mut Self {
        match self.dialect {
            Dialect::Sqlite => {
                let json = serde_json::Value::from(ids).to_string();
                self.sql(" IN (SELECT value FROM json_each(");
                self.parts.push(Part::Text(json));
                self.sql("))")
            }
            Dialect::Postgres => {
                self.sql(" = ANY(");
                self.parts.push(Part::BigInts(ids.to_vec()));
                self.sql(")")
            }
        }
    }

    /// A table of ids with the column `id`, but for its name.
    pub(super) fn ids(&mut self, ids: &[i64]) -> &mut Self {
        match self.dialect {
            Dialect::Sqlite => {
                let json = serde_json::Value::from(ids).to_string();
                self.sql("(SELECT value AS id FROM json_each(");
                self.parts.push(Part::Text(json));
                self.sql("))")
            }
            Dialect::Postgres => {
                self.sql("(SELECT * FROM unnest(");
                self.parts.push(Part::BigInts(ids.to_vec()));
                self.sql(") AS of (id))")
            }
        }
    }

    /// A table of keys with the columns `id`, `owner_version`, `viewer_version` and `mask`.
    pub(super) fn keys(&mut self, keys: &[Key]) -> &mut Self {
        let rows: Vec<[i64; 4]> = keys
            .iter()
            .map(|key| [key.id, key.owner_version, key.viewer_version, key.mask])
            .collect();
        self.numbers(&["id", "owner_version", "viewer_version", "mask"], &rows)
    }

    /// A table of numbers with these columns, but for its name.
    pub(super) fn numbers<const N: usize>(
        &mut self,
        columns: &[&'static str; N],
        rows: &[[i64; N]],
    ) -> &mut Self {
        match self.dialect {
            Dialect::Sqlite => {
                let columns = columns.iter().enumerate();
                let columns: Vec<String> = columns
                    .map(|(nth, name)| format!("value ->> {nth} AS {name}"))
                    .collect();
                self.sql(format!("(SELECT {} FROM json_each(", columns.join(", ")));
                let json: Vec<&[i64]> = rows.iter().map(|row| &row[..]).collect();
                self.parts
                    .push(Part::Text(serde_json::json!(json).to_string()));
                self.sql("))")
            }
            Dialect::Postgres => {
                self.sql("(SELECT * FROM unnest(");
                for nth in 0..N {
                    self.sql(if nth == 0 { "" } else { ", " });
                    let column = rows.iter().map(|row| row[nth]).collect();
                    self.parts.push(Part::BigInts(column));
                }
                self.sql(format!(") AS key ({}))", columns.join(", ")))
            }
        }
    }
}

impl<Row> QueryId for Statement<Row> {
    type QueryId = ();
    // The text decides which prepared statement it is.
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<Row> Query for Statement<Row> {
    type SqlType = Row;
}

// What is sent to SQLite along with others runs on its own thread, without a future.
impl<Row> diesel::RunQueryDsl<diesel::SqliteConnection> for Statement<Row> {}

impl<Row> QueryFragment<Sqlite> for Statement<Row> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        if self.passing {
            out.unsafe_to_cache_prepared();
        }
        #[cfg(feature = "proof")]
        let mut planted = self.edit.as_ref().map(|edit| edit.of(&self.parts));
        for part in &self.parts {
            match part {
                #[cfg(feature = "proof")]
                Part::Sql(_) if planted.is_some() => {
                    let next = planted.as_mut().and_then(Iterator::next);
                    out.push_sql(&next.unwrap_or_default());
                }
                Part::Sql(sql) => out.push_sql(sql),
                Part::BigInt(value) => out.push_bind_param::<BigInt, _>(value)?,
                Part::Integer(value) => out.push_bind_param::<Integer, _>(value)?,
                Part::Text(value) => out.push_bind_param::<Text, _>(value)?,
                Part::BigInts(_) => {
                    return Err(diesel::result::Error::QueryBuilderError(
                        "SQLite has no arrays".into(),
                    ));
                }
            }
        }
        Ok(())
    }
}

impl<Row> QueryFragment<Pg> for Statement<Row> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        if self.passing {
            out.unsafe_to_cache_prepared();
        }
        #[cfg(feature = "proof")]
        let mut planted = self.edit.as_ref().map(|edit| edit.of(&self.parts));
        for part in &self.parts {
            match part {
                #[cfg(feature = "proof")]
                Part::Sql(_) if planted.is_some() => {
                    let next = planted.as_mut().and_then(Iterator::next);
                    out.push_sql(&next.unwrap_or_default());
                }
                Part::Sql(sql) => out.push_sql(sql),
                // Of a statement that is planned for itself alone, the planner may know how many and from when on.
                Part::BigInt(value) if self.passing => out.push_sql(&value.to_string()),
                Part::Integer(value) if self.passing => out.push_sql(&value.to_string()),
                Part::BigInt(value) => out.push_bind_param::<BigInt, _>(value)?,
                Part::Integer(value) => out.push_bind_param::<Integer, _>(value)?,
                Part::Text(value) => out.push_bind_param::<Text, _>(value)?,
                Part::BigInts(value) => out.push_bind_param::<Array<BigInt>, _>(value)?,
            }
        }
        Ok(())
    }
}
