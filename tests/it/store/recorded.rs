//! Recorded statements, read: of which kind each is, what it names, and which keys it carries.

use serde_json::Value;

use crate::support::{app::TestApp, backend::Backend, raw, written::written_out};

/// What a statement is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Kind {
    /// Who is asking.
    Session,
    /// The members of a list, with the facts about them.
    List,
    /// Who has a handle.
    Holder,
    /// Policy tables, for a decision.
    Facts,
    /// Governed columns, names and handles.
    Content,
    /// Pages of penpals, with the facts about them.
    Page,
    /// Counts of penpals.
    Count,
    /// Everything else.
    Other,
}

/// A key of a content statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Key {
    pub(super) id: i64,
    pub(super) mask: i64,
}

/// A statement that was sent.
#[derive(Clone, Debug)]
pub(super) struct Recorded {
    pub(super) kind: Kind,
    pub(super) sql: String,
    binds: String,
}

/// The columns and tables that hold content: what only a content statement may name.
const GOVERNED: [&str; 26] = [
    "full_name",
    "email",
    "email_hash",
    "birth_on",
    "gender",
    "country",
    "city",
    "occupation",
    "about_me",
    "last_seen_at",
    "language",
    "fluency",
    "interest",
    "profiles",
    "accounts",
    "presences",
    "profile_languages",
    "profile_interests",
    "phone",
    "postal_address",
    "education",
    "relationship",
    "looking_for",
    "profile_web_handles",
    "address",
    "joined_at",
];

impl Recorded {
    pub(super) fn of(text: &str) -> Self {
        let (sql, binds) = text.rsplit_once(" -- binds: ").unwrap_or((text, "[]"));
        let sql = sql.replace(['"', '`'], "");
        Self {
            kind: kind(&sql),
            sql,
            binds: binds.to_owned(),
        }
    }

    /// The names in the statement, without the tables or aliases before them.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.sql
            .split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))
            .filter(|name| !name.is_empty())
    }

    /// The names of governed columns, and of the tables that have them.
    pub(super) fn governed(&self) -> Vec<&str> {
        self.names()
            .filter(|name| GOVERNED.contains(name))
            .collect()
    }

    /// The tables that follow `FROM` and `JOIN`; a query in the place of one names its own.
    pub(super) fn tables(&self) -> Vec<&str> {
        let words: Vec<&str> = self.sql.split_whitespace().collect();
        words
            .windows(2)
            .filter(|pair| pair[0] == "FROM" || pair[0] == "JOIN")
            .map(|pair| {
                pair[1]
                    .split('(')
                    .next()
                    .unwrap_or_default()
                    .trim_end_matches(')')
            })
            .filter(|table| !table.is_empty() && *table != "LATERAL")
            .collect()
    }

    /// The steps by which the database would answer the statement; PostgreSQL avoids reading tables as a whole
    /// where it can, however small they are.
    pub(super) async fn plan(&self, app: &TestApp) -> Vec<String> {
        let sql = written_out(&self.sql, &self.binds, app.backend == Backend::Sqlite);
        raw::plan(&app.address, &sql).await
    }

    /// The keys of a content statement: one JSON text on SQLite, four arrays on PostgreSQL.
    pub(super) fn keys(&self) -> Vec<Key> {
        let unreadable = || -> ! { panic!("no keys in {} -- {}", self.sql, self.binds) };
        // A text that is bound on SQLite, as diesel prints it.
        if let Some((_, rest)) = self.binds.split_once("\"[[") {
            let Some((json, _)) = rest.split_once('"') else {
                unreadable()
            };
            let keys: Vec<[i64; 4]> = serde_json::from_str(&format!("[[{json}")).unwrap();
            return keys
                .into_iter()
                .map(|[id, _, _, mask]| Key { id, mask })
                .collect();
        }
        let Ok(binds) = serde_json::from_str::<Vec<Value>>(&self.binds) else {
            unreadable()
        };
        let columns: Vec<Vec<i64>> = binds
            .iter()
            .filter(|bind| bind.is_array())
            .map(|bind| serde_json::from_value(bind.clone()).unwrap())
            .collect();
        let [ids, owners, viewers, masks] = &columns[..] else {
            unreadable()
        };
        assert!(
            ids.len() == owners.len() && ids.len() == viewers.len() && ids.len() == masks.len()
        );
        ids.iter()
            .zip(masks)
            .map(|(id, mask)| Key {
                id: *id,
                mask: *mask,
            })
            .collect()
    }
}

fn kind(sql: &str) -> Kind {
    let begins = |with: &str| sql.starts_with(with);
    if begins("SELECT k.id, k.owner_version, k.viewer_version") {
        Kind::Content
    } else if begins("WITH k AS") && sql.contains("row_number()") {
        Kind::Page
    } else if begins("WITH k AS") && sql.contains("count(r.owner)") {
        Kind::Count
    } else if begins("SELECT s.member_id, s.standing, ")
        && sql.contains(" ORDER BY s.member_id LIMIT ")
    {
        Kind::List
    } else if begins("SELECT s.member_id, s.standing, ") {
        Kind::Facts
    } else if begins("SELECT sessions.id, sessions.member_id") && sql.contains("standings") {
        Kind::Session
    } else if begins("SELECT members.id FROM members WHERE (members.handle = ") {
        Kind::Holder
    } else {
        Kind::Other
    }
}

/// What was recorded since the last clear.
pub(super) fn recorded(app: &TestApp) -> Vec<Recorded> {
    app.recorder
        .statements()
        .iter()
        .map(|text| Recorded::of(text))
        .collect()
}

/// The kinds of what was recorded, in order.
pub(super) fn kinds(app: &TestApp) -> Vec<Kind> {
    recorded(app)
        .iter()
        .map(|statement| statement.kind)
        .collect()
}

/// The texts of what was recorded, in order, without the values.
pub(crate) fn texts(app: &TestApp) -> Vec<String> {
    recorded(app)
        .into_iter()
        .map(|statement| statement.sql)
        .collect()
}
