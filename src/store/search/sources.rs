//! From where those are taken who may be found: those who are near, and those who are far; in SQL.

use super::{
    Cutoffs, Query,
    conditions::{FAR, Row, narrowing, terms, width},
    taken::{Source, since, with_presences},
};
use crate::domain::{
    age::Today,
    findable::Way,
    search::{Order, Test},
    standing::Standing,
};
use crate::privacy::Depth;
use crate::store::statement::{Dialect, Statement};
use crate::viewer::who::Viewer;

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
        let (day, wide) = (cutoffs.today.key(), width(viewer));
        let sqlite = self.dialect() == Dialect::Sqlite;
        let terms = terms(query, self.dialect(), viewer, cutoffs.today);
        let of_presence = query.order == Order::LatelyOnline || source.of_presences(query, cutoffs);
        self.taken(query, source, viewer, cutoffs);
        self.join_viewer(viewer);
        self.sql(" WHERE ");
        if let Viewer::Member(_) = viewer {
            let active = Standing::Active.code();
            self.sql(format!("v.standing = {active} AND v.turns_13_on <= "))
                .integer(day)
                .sql(" AND e.turns_13_on <= ")
                .integer(day)
                .sql(" AND (e.turns_18_on <= ")
                .integer(day)
                .sql(") = (v.turns_18_on <= ")
                .integer(day)
                .sql(") AND e.member_id NOT IN (SELECT id FROM near)");
        } else {
            self.sql("e.turns_18_on <= ")
                .integer(day)
                .sql(format!(" AND e.audiences LIKE '%{wide}%'"));
        }
        // A column rather than a digit of `findable`: of a column PostgreSQL has statistics.
        self.sql(format!(" AND e.found_level >= {wide}"));
        if query.order == Order::Newest || matches!(source, Source::Joined(_)) {
            self.sql(format!(" AND e.joined_level >= {wide}"));
        }
        if of_presence {
            self.sql(format!(" AND p.level >= {wide}"));
        }
        let (seen, joined) = since(query, cutoffs);
        if with_presences(query) {
            self.sql(" AND p.member_id = e.member_id");
        }
        // As conditions by themselves, an index has them.
        if let Some(since) = seen {
            self.sql(" AND p.last_seen_at / 60000 >= ").big_int(since);
        }
        if let Some(since) = joined {
            self.sql(" AND e.joined_on >= ").integer(since);
        }
        let by_terms = source == Source::Terms || !sqlite;
        match source {
            _ if terms.is_empty() => {}
            Source::Terms if sqlite => {
                self.sql(" AND t.search_terms MATCH ").text(terms);
            }
            // So it is no condition for an index.
            _ if !sqlite && source != Source::Terms => {
                self.sql(" AND (e.indexed @@ ")
                    .parsed(&terms)
                    .sql(") IS TRUE");
            }
            _ => {}
        }
        for clause in query.clauses {
            // What the terms have told is not asked again of each.
            let ages = clause.iter().any(|it| matches!(it.test, Test::Age(..)));
            let by_terms = by_terms && !ages && narrowing(clause, cutoffs.today).is_some();
            // Nor what the level has: that there is a place in the order, and who shows when they were here.
            let by_level = clause.iter().all(|it| match it.test {
                Test::Shown => matches!(query.order, Order::Newest | Order::LatelyOnline),
                Test::Minutes(_) => of_presence && clause.len() == 1,
                _ => false,
            });
            if !(by_terms || by_level) {
                self.sql(" AND ").holds(FAR, clause, viewer, cutoffs);
            }
        }
        self.far_beyond(query, source, cutoffs)
    }

    /// The place of somebody who is far, in the order.
    pub(super) fn far_place(&mut self, order: Order) -> &mut Self {
        match order {
            Order::Any | Order::BestMatch => self.either("0", "0::bigint"),
            Order::Newest => self.sql("CAST(e.joined_on AS bigint)"),
            Order::LatelyOnline => self.sql("p.last_seen_at / 60000"),
        }
    }
}
