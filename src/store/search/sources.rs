//! From where those are taken who may be found: those who are near, and those who are far; in SQL.

use super::{
    Cutoffs, Query,
    conditions::{FAR, Row, narrowing, terms, width},
};
use crate::domain::{
    age::Today,
    findable::Way,
    search::{Clause, Order, Test},
    standing::Standing,
};
use crate::privacy::Depth;
use crate::store::{
    lists::Place,
    statement::{Dialect, Statement},
};
use crate::viewer::who::Viewer;

/// From where those who are far are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Source {
    /// From the index of terms, to be put in order.
    Terms,
    /// In their order, each looked at until there are enough.
    InOrder,
}

impl<R> Statement<R> {
    /// Those who are near, as the common table `near`, and the facts about them, as `about`.
    pub(super) fn near(&mut self, viewer: Viewer, today: Today) -> &mut Self {
        let me = viewer.key();
        self.sql("near AS MATERIALIZED (SELECT ")
            .big_int(me)
            .sql(" AS id UNION SELECT penpal_id FROM bonds WHERE member_id = ")
            .big_int(me)
            .sql(
                " UNION SELECT l.owner_id FROM list_members m JOIN lists l ON l.id = m.list_id \
                 WHERE m.member_id = ",
            )
            .big_int(me)
            .sql(" UNION SELECT blocker_id FROM blocks WHERE blocked_id = ")
            .big_int(me)
            .sql(" UNION SELECT blocked_id FROM blocks WHERE blocked_id IS NOT NULL AND blocker_id = ")
            .big_int(me)
            .sql("), about AS MATERIALIZED (SELECT ")
            .described(viewer, today, Depth::Seeing)
            .sql(" FROM near n CROSS JOIN standings s")
            .joined_entry()
            .join_viewer(viewer)
            .sql(" WHERE s.member_id = n.id AND n.id <> ")
            .big_int(me)
            .sql(")")
    }

    /// The columns of somebody about whom the facts are asked.
    pub(super) fn described(&mut self, viewer: Viewer, today: Today, depth: Depth) -> &mut Self {
        self.sql("e.tags, e.words, e.birth_on, e.joined_on, p.last_seen_at / 60000 AS seen, ")
            .facts(viewer, today, depth)
    }

    pub(super) fn joined_entry(&mut self) -> &mut Self {
        self.sql(
            " JOIN search_entries e ON e.member_id = s.member_id \
             JOIN presences p ON p.member_id = s.member_id",
        )
    }

    /// A condition: the row `f` of facts is somebody who can be found and for whom all clauses hold.
    pub(super) fn known(
        &mut self,
        query: &Query<'_>,
        viewer: Viewer,
        cutoffs: Cutoffs,
    ) -> &mut Self {
        self.meets_by_facts(viewer)
            .sql(" AND ")
            .found_by_facts(Way::Search, viewer);
        for clause in query.clauses {
            self.sql(" AND ").holds(Row::Known, clause, viewer, cutoffs);
        }
        self
    }

    /// ` FROM … WHERE` those who are far, can be found, and for whom all clauses hold.
    pub(super) fn far(
        &mut self,
        query: &Query<'_>,
        source: Source,
        viewer: Viewer,
        cutoffs: Cutoffs,
    ) -> &mut Self {
        let (active, day, wide) = (Standing::Active.code(), cutoffs.today.key(), width(viewer));
        let terms = terms(query, self.dialect(), viewer, cutoffs.today);
        let public = viewer == Viewer::Visitor;
        let of_presence = query.order == Order::LatelyOnline;
        // SQLite takes the tables as they stand here: its planner knows nothing of how many have a term.
        match (self.dialect(), source, query.order) {
            (Dialect::Postgres, ..) => {
                self.sql(" FROM search_entries e JOIN standings s ON s.member_id = e.member_id")
            }
            (Dialect::Sqlite, Source::Terms, _) => self.sql(
                " FROM search_terms t CROSS JOIN search_entries e ON e.member_id = t.rowid \
                 CROSS JOIN standings s ON s.member_id = e.member_id",
            ),
            (Dialect::Sqlite, Source::InOrder, Order::Newest) => self.sql(format!(
                " FROM search_entries e INDEXED BY search_entries_newest{} \
                 CROSS JOIN standings s ON s.member_id = e.member_id",
                if public { "_public" } else { "" }
            )),
            (Dialect::Sqlite, Source::InOrder, Order::LatelyOnline) => self.sql(format!(
                " FROM presences p INDEXED BY presences_latest{} \
                 CROSS JOIN search_entries e ON e.member_id = p.member_id \
                 CROSS JOIN standings s ON s.member_id = e.member_id",
                if public { "_public" } else { "" }
            )),
            (Dialect::Sqlite, Source::InOrder, _) => self
                .sql(" FROM search_entries e CROSS JOIN standings s ON s.member_id = e.member_id"),
        };
        let in_order = self.dialect() == Dialect::Sqlite && source == Source::InOrder;
        let minutes = |clause: &Clause| clause.iter().any(|it| matches!(it.test, Test::Minutes(_)));
        let joined = of_presence || query.clauses.iter().any(minutes);
        if joined && !(in_order && of_presence) {
            self.sql(" JOIN presences p ON p.member_id = e.member_id");
        }
        self.join_viewer(viewer);
        self.sql(format!(" WHERE s.standing = {active} AND "));
        if let Viewer::Member(_) = viewer {
            self.sql(format!("v.standing = {active} AND v.turns_13_on <= "))
                .integer(day)
                .sql(" AND s.turns_13_on <= ")
                .integer(day)
                .sql(" AND (s.turns_18_on <= ")
                .integer(day)
                .sql(") = (v.turns_18_on <= ")
                .integer(day)
                .sql(") AND e.member_id NOT IN (SELECT id FROM near)");
        } else {
            self.sql("s.turns_18_on <= ")
                .integer(day)
                .sql(format!(" AND s.audiences LIKE '%{wide}%'"));
        }
        // A column of its own, of which PostgreSQL knows how many have which: by guesses it would take worse ways.
        self.sql(format!(" AND e.found_level >= {wide}"));
        if query.order == Order::Newest {
            self.sql(format!(" AND e.joined_level >= {wide}"));
        }
        if of_presence {
            self.sql(format!(" AND p.level >= {wide}"));
        }
        let by_terms = source == Source::Terms || self.dialect() == Dialect::Postgres;
        if by_terms && !terms.is_empty() {
            self.either("", " AND e.indexed @@ CAST(")
                .either(" AND t.search_terms MATCH ", "")
                .text(terms)
                .either("", " AS tsquery)");
        }
        for clause in query.clauses {
            // What the terms have told is not asked again of each.
            let ages = clause.iter().any(|it| matches!(it.test, Test::Age(..)));
            let by_terms = by_terms && !ages && narrowing(clause, cutoffs.today).is_some();
            // That there is a place in the order, the level has told.
            let by_level = clause.iter().all(|it| it.test == Test::Shown);
            if !(by_terms || by_level) {
                self.sql(" AND ").holds(FAR, clause, viewer, cutoffs);
            }
        }
        self
    }

    /// ` AND` each field that a clause looks at is shown by what audiences say now: counts are of rows that
    /// nobody looks at again.
    pub(super) fn shown_still(&mut self, query: &Query<'_>, viewer: Viewer) -> &mut Self {
        let wide = width(viewer);
        let way = Way::Search.index() + 1;
        self.sql(format!(" AND substr(s.findable, {way}, 1) >= '{wide}'"));
        for clause in query.clauses {
            self.sql(" AND (FALSE");
            for alternative in clause {
                self.sql(" OR ").shows(FAR, alternative.field, viewer);
            }
            self.sql(")");
        }
        self
    }

    /// The place of somebody who is far, in the order.
    pub(super) fn far_place(&mut self, order: Order) -> &mut Self {
        match order {
            Order::Any | Order::BestMatch => self.either("0", "0::bigint"),
            Order::Newest => self.sql("CAST(e.joined_on AS bigint)"),
            Order::LatelyOnline => self.sql("p.last_seen_at / 60000"),
        }
    }

    /// ` AND` the row comes after `after`: by the columns as the index has them.
    pub(super) fn far_after(
        &mut self,
        order: Order,
        source: Source,
        after: Option<Place>,
    ) -> &mut Self {
        let terms = source == Source::Terms && self.dialect() == Dialect::Sqlite;
        match order {
            Order::Any | Order::BestMatch => {
                if let Some(place) = after {
                    let column = if terms { "t.rowid" } else { "e.member_id" };
                    self.sql(format!(" AND {column} < ")).big_int(place.id);
                }
                self
            }
            Order::Newest => self.after("(e.joined_on, e.member_id)", after),
            Order::LatelyOnline => self.after("(p.last_seen_at / 60000, p.member_id)", after),
        }
    }

    pub(super) fn far_order(&mut self, order: Order, source: Source) -> &mut Self {
        let terms = source == Source::Terms && self.dialect() == Dialect::Sqlite;
        self.sql(match order {
            Order::Any | Order::BestMatch if terms => " ORDER BY t.rowid DESC LIMIT ",
            Order::Any | Order::BestMatch => " ORDER BY e.member_id DESC LIMIT ",
            Order::Newest => " ORDER BY e.joined_on DESC, e.member_id DESC LIMIT ",
            Order::LatelyOnline => " ORDER BY p.last_seen_at / 60000 DESC, p.member_id DESC LIMIT ",
        })
    }
}
