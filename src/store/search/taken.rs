//! From where those who are far are taken, so that few are looked at who do not match; in SQL.
//!
//! PostgreSQL moves nothing past an `OFFSET`, and SQLite takes tables as they stand in a `CROSS JOIN`.

use super::{
    Cutoffs, Query,
    conditions::{terms, width},
};
use crate::domain::search::{Clause, Order, Test};
use crate::store::statement::{Dialect, Statement};
use crate::viewer::who::Viewer;

/// From where those who are far are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Source {
    /// Those who have the terms.
    Terms,
    /// Those who show that they were here since this minute.
    Seen(i64),
    /// Those who show that they joined since this day.
    Joined(i32),
    /// All, in their order: each is looked at until there are enough.
    InOrder,
    /// All, as they lie, where no order is asked for.
    AsTheyLie,
}

impl Source {
    /// Whether presences are gone through, and the entries looked up: where all are gone through and a presence tells of
    /// each whether to look further.
    pub(super) fn of_presences(self, query: &Query<'_>, cutoffs: Cutoffs) -> bool {
        let (seen, _) = since(query, cutoffs);
        match (self, query.order) {
            (Source::Seen(_), _) | (Source::InOrder, Order::LatelyOnline) => true,
            (Source::InOrder, Order::Any | Order::BestMatch) => seen.is_some(),
            (Source::InOrder, Order::Newest)
            | (Source::Terms | Source::Joined(_) | Source::AsTheyLie, _) => false,
        }
    }
}

/// An index of those who show to many what it goes by, in the order of that and of ids, latest first.
pub(super) struct Index {
    name: &'static str,
    table: &'static str,
    /// The column of the digit of the audience.
    level: &'static str,
    key: &'static str,
}

const NEWEST: Index = Index {
    name: "search_entries_newest",
    table: "search_entries",
    level: "joined_level",
    key: "joined_on",
};

pub(super) const LATEST: Index = Index {
    name: "presences_latest",
    table: "presences",
    level: "level",
    key: "last_seen_at / 60000",
};

/// Whether it is asked when somebody was here.
pub(super) fn with_presences(query: &Query<'_>) -> bool {
    let minutes = |clause: &Clause| clause.iter().any(|it| matches!(it.test, Test::Minutes(_)));
    query.order == Order::LatelyOnline || query.clauses.iter().any(minutes)
}

/// The minute since which, and the day since which, whoever matches was here, and has joined: by clauses that leave no other
/// way to match.
pub(super) fn since(query: &Query<'_>, cutoffs: Cutoffs) -> (Option<i64>, Option<i32>) {
    let alone = query.clauses.iter().filter_map(|clause| match &clause[..] {
        [one] => Some(&one.test),
        _ => None,
    });
    let seen = alone.clone().filter_map(|test| match test {
        Test::Minutes(ago) => Some(cutoffs.minute.saturating_sub(*ago)),
        _ => None,
    });
    let joined = alone.filter_map(|test| match test {
        Test::Days(ago) => Some(cutoffs.day(*ago)),
        _ => None,
    });
    (seen.max(), joined.max())
}

impl<R> Statement<R> {
    /// ` FROM … WHERE` those of a source that holds not all, in the table `y` of PostgreSQL's.
    pub(super) fn narrow(&mut self, source: Source, terms: &str, viewer: Viewer) -> &mut Self {
        match source {
            Source::Seen(since) => self.shown(&LATEST, Some(since), viewer),
            Source::Joined(since) => self.shown(&NEWEST, Some(since.into()), viewer),
            _ => self
                .either(
                    " FROM search_terms WHERE search_terms MATCH ",
                    " FROM search_entries y WHERE y.indexed @@ CAST(",
                )
                .text(terms.to_owned())
                .either("", " AS tsquery)"),
        }
    }

    /// The query for terms, read once and not for each row that is held to it; PostgreSQL's.
    pub(super) fn parsed(&mut self, terms: &str) -> &mut Self {
        self.sql("(SELECT CAST(")
            .text(terms.to_owned())
            .sql(" AS tsquery))")
    }

    /// ` FROM … WHERE` those in the table `y` who show what an index goes by, since then where that is asked for.
    pub(super) fn shown(&mut self, index: &Index, since: Option<i64>, viewer: Viewer) -> &mut Self {
        let Index {
            table, level, key, ..
        } = index;
        self.sql(format!(" FROM {table} y"))
            .by_index(index, viewer)
            .sql(format!(" WHERE y.{level} >= {}", width(viewer)));
        if let Some(since) = since {
            self.sql(format!(" AND y.{key} >= ")).big_int(since);
        }
        self
    }

    /// ` FROM … ORDER BY` those who show what an index goes by, in its order, after the last page.
    fn in_order(
        &mut self,
        index: &Index,
        since: Option<i64>,
        query: &Query<'_>,
        viewer: Viewer,
    ) -> &mut Self {
        let key = index.key;
        self.sql(format!("(SELECT *, y.{key} AS place"))
            .shown(index, since, viewer)
            .far_after(query, &format!("y.{key}, y.member_id"))
            .sql(format!(" ORDER BY y.{key} DESC, y.member_id DESC"))
    }

    /// ` INDEXED BY` the index of those who show it to everybody, or to members; nothing on PostgreSQL.
    fn by_index(&mut self, index: &Index, viewer: Viewer) -> &mut Self {
        let public = if viewer == Viewer::Visitor {
            "_public"
        } else {
            ""
        };
        if self.dialect() == Dialect::Sqlite {
            self.sql(format!(" INDEXED BY {}{public}", index.name));
        }
        self
    }

    /// ` FROM` the entries `e` of those who may match, and their presences as `p` where those are asked for: `WHERE` is to
    /// say that both are of the same member.
    pub(super) fn taken(
        &mut self,
        query: &Query<'_>,
        source: Source,
        viewer: Viewer,
        cutoffs: Cutoffs,
    ) -> &mut Self {
        let from_presences = source.of_presences(query, cutoffs);
        match self.dialect() {
            Dialect::Sqlite => self.taken_by_sqlite(source, query.order, from_presences, viewer),
            Dialect::Postgres => self.taken_by_postgres(query, source, viewer, cutoffs),
        };
        if from_presences {
            self.each("search_entries", "e", "p");
        } else if with_presences(query) {
            self.each("presences", "p", "e");
        }
        self
    }

    fn taken_by_sqlite(
        &mut self,
        source: Source,
        order: Order,
        from_presences: bool,
        viewer: Viewer,
    ) -> &mut Self {
        match (source, order) {
            (Source::Terms, _) => self
                .sql(" FROM search_terms t CROSS JOIN search_entries e ON e.member_id = t.rowid"),
            (Source::Seen(_), _) | (Source::InOrder, Order::LatelyOnline) => {
                self.sql(" FROM presences p").by_index(&LATEST, viewer)
            }
            (Source::Joined(_), _) | (Source::InOrder, Order::Newest) => {
                self.sql(" FROM search_entries e").by_index(&NEWEST, viewer)
            }
            (Source::InOrder, _) if from_presences => self.sql(" FROM presences p"),
            (Source::InOrder | Source::AsTheyLie, _) => self.sql(" FROM search_entries e"),
        }
    }

    fn taken_by_postgres(
        &mut self,
        query: &Query<'_>,
        source: Source,
        viewer: Viewer,
        cutoffs: Cutoffs,
    ) -> &mut Self {
        let (seen, joined) = since(query, cutoffs);
        let (table, name) = if source.of_presences(query, cutoffs) {
            ("presences", "p")
        } else {
            ("search_entries", "e")
        };
        self.sql(" FROM ");
        match (source, query.order) {
            (Source::AsTheyLie, _) => return self.sql("search_entries e"),
            (Source::Terms | Source::Seen(_) | Source::Joined(_), _) => {
                let terms = terms(query, self.dialect(), viewer, cutoffs.today);
                self.sql("(SELECT *").narrow(source, &terms, viewer)
            }
            (Source::InOrder, Order::Any | Order::BestMatch) => self
                .sql(format!("(SELECT * FROM {table} y WHERE TRUE"))
                .far_after(query, "y.member_id")
                .sql(" ORDER BY y.member_id DESC"),
            (Source::InOrder, Order::Newest) => {
                self.in_order(&NEWEST, joined.map(i64::from), query, viewer)
            }
            (Source::InOrder, Order::LatelyOnline) => self.in_order(&LATEST, seen, query, viewer),
        };
        self.sql(format!(" OFFSET 0) {name}"))
    }

    /// ` CROSS JOIN` the rows of `table` for each of `of`, by an index: PostgreSQL would rather read the table as a
    /// whole for as many as are counted. `WHERE` is to say that both are of the same member.
    pub(super) fn each(&mut self, table: &str, name: &str, of: &str) -> &mut Self {
        self.sql(match self.dialect() {
            Dialect::Sqlite => format!(" CROSS JOIN {table} {name}"),
            Dialect::Postgres => format!(
                " CROSS JOIN LATERAL (SELECT * FROM {table} y WHERE y.member_id = {of}.member_id OFFSET 0) {name}"
            ),
        })
    }

    /// ` AND` the row comes after the last page, unless the source began there.
    pub(super) fn far_beyond(
        &mut self,
        query: &Query<'_>,
        source: Source,
        cutoffs: Cutoffs,
    ) -> &mut Self {
        let sqlite = self.dialect() == Dialect::Sqlite;
        let columns = match query.order {
            _ if source == Source::InOrder && !sqlite => return self,
            Order::Any | Order::BestMatch => self.id(query, source, cutoffs),
            Order::Newest => "e.joined_on, e.member_id",
            Order::LatelyOnline => "p.last_seen_at / 60000, p.member_id",
        };
        self.far_after(query, columns)
    }

    /// The id, in the table that is gone through.
    fn id(&self, query: &Query<'_>, source: Source, cutoffs: Cutoffs) -> &'static str {
        match source {
            Source::Terms if self.dialect() == Dialect::Sqlite => "t.rowid",
            _ if source.of_presences(query, cutoffs) => "p.member_id",
            _ => "e.member_id",
        }
    }

    /// ` AND` the row comes after the last page: by the columns as the index has them.
    fn far_after(&mut self, query: &Query<'_>, columns: &str) -> &mut Self {
        let Some(place) = query.after else {
            return self;
        };
        match query.order {
            Order::BestMatch => self,
            Order::Any => self.sql(format!(" AND {columns} < ")).big_int(place.id),
            Order::Newest | Order::LatelyOnline => self
                .sql(format!(" AND ({columns}) < ("))
                .big_int(place.at)
                .sql(", ")
                .big_int(place.id)
                .sql(")"),
        }
    }

    /// ` ORDER BY … LIMIT`, by the columns as the source has them.
    pub(super) fn far_order(
        &mut self,
        query: &Query<'_>,
        source: Source,
        cutoffs: Cutoffs,
    ) -> &mut Self {
        let sqlite = self.dialect() == Dialect::Sqlite;
        let columns = match query.order {
            Order::Any | Order::BestMatch => self.id(query, source, cutoffs),
            Order::Newest => "e.joined_on DESC, e.member_id",
            Order::LatelyOnline if source == Source::InOrder && !sqlite => {
                "p.place DESC, p.member_id"
            }
            Order::LatelyOnline => "p.last_seen_at / 60000 DESC, p.member_id",
        };
        self.sql(format!(" ORDER BY {columns} DESC LIMIT "))
    }
}
