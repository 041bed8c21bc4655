//! Many rows of one table in one statement. They travel as one JSON text, so that the statement is the same
//! for one row and for thousands, and in both dialects.

use diesel_async::RunQueryDsl;
use serde_json::Value;

use super::{
    Error,
    conn::{Conn, on},
    statement::{Dialect, Statement},
};

/// Rows in one statement: a fraction of a second's work on either database.
const AT_ONCE: usize = 10_000;

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    BigInt,
    Integer,
    SmallInt,
    Bool,
    Text,
    /// Bytes, in hexadecimal digits.
    Bytes,
}

/// Shapes of tables: each column one that the table has.
macro_rules! shapes {
    ($($name:ident = $table:ident { $($column:ident: $kind:ident,)* })*) => {
        $(const $name: $crate::store::bulk::Shape = $crate::store::bulk::Shape {
            table: stringify!($table),
            columns: &[$((
                <$table::$column as diesel::Column>::NAME,
                $crate::store::bulk::Kind::$kind,
            )),*],
        };)*
    };
}
pub(super) use shapes;

/// A table's columns, by name.
pub(super) struct Shape {
    pub(super) table: &'static str,
    pub(super) columns: &'static [(&'static str, Kind)],
}

/// Rows for one table, each an array of as many values as there are columns.
pub(super) struct Rows {
    shape: &'static Shape,
    rows: Vec<Value>,
}

impl Rows {
    pub(super) const fn of(shape: &'static Shape) -> Self {
        Self {
            shape,
            rows: Vec::new(),
        }
    }

    pub(super) fn push<const COLUMNS: usize>(&mut self, row: [Value; COLUMNS]) {
        debug_assert_eq!(COLUMNS, self.shape.columns.len(), "{}", self.shape.table);
        self.rows.push(Value::Array(row.into()));
    }

    /// Writes them all.
    pub(super) async fn insert(mut self, tx: &mut Conn) -> Result<(), Error> {
        while !self.rows.is_empty() {
            let rest = self.rows.split_off(self.rows.len().min(AT_ONCE));
            let json = Value::Array(std::mem::replace(&mut self.rows, rest)).to_string();
            let mut statement = Statement::<()>::new(tx.dialect());
            statement
                .sql(self.shape.insert(tx.dialect()))
                .either(" FROM json_each(", " FROM json_array_elements(CAST(")
                .text(json)
                .either(") AS line", " AS json)) AS line (value)");
            on!(tx, c => statement.execute(c).await)?;
        }
        Ok(())
    }
}

impl Shape {
    /// The statement, up to where its rows come from.
    fn insert(&self, dialect: Dialect) -> String {
        let names: Vec<&str> = self.columns.iter().map(|(name, _)| *name).collect();
        let values = self.columns.iter().enumerate().map(|(at, (_, kind))| {
            let value = format!("line.value ->> {at}");
            match (dialect, kind) {
                (Dialect::Sqlite, Kind::Bytes) => format!("unhex({value})"),
                (Dialect::Sqlite, _) => value,
                (Dialect::Postgres, Kind::Bytes) => format!("decode({value}, 'hex')"),
                (Dialect::Postgres, Kind::BigInt) => format!("({value})::bigint"),
                (Dialect::Postgres, Kind::Integer) => format!("({value})::integer"),
                (Dialect::Postgres, Kind::SmallInt) => format!("({value})::smallint"),
                (Dialect::Postgres, Kind::Bool) => format!("({value})::boolean"),
                (Dialect::Postgres, Kind::Text) => value,
            }
        });
        format!(
            "INSERT INTO {} ({}) SELECT {}",
            self.table,
            names.join(", "),
            values.collect::<Vec<_>>().join(", ")
        )
    }
}
