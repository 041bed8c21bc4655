//! Searching, in SQL.
//!
//! Whoever searches is to most members one of many: what those show is told by the digit of an audience alone,
//! and an index holds it. The others are *near*: penpals, those who have put the searcher on a list, and blocks.
//! They are few, and about each of them the facts are looked at as everywhere else.
//!
//! Of both, a page is put together, the facts about those on it are asked, and every clause is held to them once
//! more before they are handed out: an index that was out of date could lose somebody, and show nobody. Counts and facets
//! are of the index as it stands; a trigger keeps it in step with the standings.

use diesel::sql_types::{BigInt, Text};

use super::{
    Cutoffs, Query,
    conditions::{CANDIDATE, FAR, Row},
    taken::Source,
};
use crate::domain::{profile::Field, search::Order};
use crate::store::{
    facts::{FACTS, FactsRow},
    statement::{Dialect, Statement},
};
use crate::viewer::who::Viewer;

/// A place, what is shared, and the facts.
pub(super) type HitRow = ((BigInt, BigInt), FactsRow);

/// A statement that begins with who is near: `WITH`, and of a member's the tables `near` and `about`.
fn begun<R>(dialect: Dialect, viewer: Viewer, cutoffs: Cutoffs) -> Statement<R> {
    let mut statement = Statement::new(dialect);
    statement.in_passing();
    statement.sql("WITH ");
    if viewer != Viewer::Visitor {
        statement.near(viewer, cutoffs.today).sql(", ");
    }
    statement
}

/// The statement for a page.
pub(super) fn page(
    dialect: Dialect,
    query: &Query<'_>,
    source: Source,
    viewer: Viewer,
    cutoffs: Cutoffs,
) -> Statement<HitRow> {
    let member = viewer != Viewer::Visitor;
    let mut statement = begun(dialect, viewer, cutoffs);
    let best = query.order == Order::BestMatch;
    if best {
        statement
            .sql("c AS MATERIALIZED (SELECT e.member_id, e.tags, e.birth_on, e.audiences")
            .far(query, source, viewer, cutoffs)
            .far_order(query, source, cutoffs)
            .big_int(query.most)
            .sql("), m AS (SELECT ")
            .shared(CANDIDATE, query.like, viewer, cutoffs.today)
            .sql(" AS bits, c.member_id FROM c");
        if member {
            statement
                .sql(" UNION ALL SELECT ")
                .shared(Row::Known, query.like, viewer, cutoffs.today)
                .sql(", f.member_id FROM about f WHERE ")
                .known(query, viewer, cutoffs);
        }
        // Who is near takes a place like anybody else: it must not show who is.
        statement
            .sql(" ORDER BY member_id DESC LIMIT ")
            .big_int(query.most)
            .sql("), hits AS (SELECT ")
            .score("m.bits")
            .sql(" AS at, m.member_id FROM m");
    } else {
        statement
            .sql("hits AS (SELECT far.at, far.member_id FROM (SELECT ")
            .far_place(query.order)
            .sql(" AS at, e.member_id")
            .far(query, source, viewer, cutoffs)
            .far_order(query, source, cutoffs)
            .big_int(query.limit)
            .sql(") far");
        if member {
            statement
                .sql(" UNION ALL SELECT ")
                .either("", "CAST(")
                .sql(match query.order {
                    Order::Any | Order::BestMatch => "0",
                    Order::Newest => "f.joined_on",
                    Order::LatelyOnline => "f.seen",
                })
                .either("", " AS bigint)")
                .sql(", f.member_id FROM about f WHERE ")
                .known(query, viewer, cutoffs);
        }
    }
    statement
        .sql("), page AS MATERIALIZED (SELECT h.at, h.member_id FROM hits h WHERE TRUE")
        .after("(h.at, h.member_id)", query.after)
        .sql(" ORDER BY h.at DESC, h.member_id DESC LIMIT ")
        .big_int(query.limit)
        .sql("), found AS MATERIALIZED (SELECT g.at, ")
        .described(viewer, cutoffs.today, query.depth)
        .sql(" FROM page g CROSS JOIN standings s")
        .joined_entry()
        .join_viewer(viewer)
        .sql(" WHERE s.member_id = g.member_id) SELECT f.at, ")
        .either("", "CAST(")
        .shared(Row::Known, query.like, viewer, cutoffs.today)
        .either("", " AS bigint)");
    for column in FACTS {
        statement.sql(", f.").sql(column);
    }
    statement
        .sql(" FROM found f WHERE ")
        .known(query, viewer, cutoffs)
        .sql(" ORDER BY f.at DESC, f.member_id DESC");
    statement
}

/// The statement for how many there are, counted no further than one more than [`Query::most`] of those who
/// are far.
pub(super) fn count(
    dialect: Dialect,
    query: &Query<'_>,
    source: Source,
    viewer: Viewer,
    cutoffs: Cutoffs,
) -> Statement<BigInt> {
    let mut statement = begun(dialect, viewer, cutoffs);
    statement
        .sql("far AS (SELECT e.member_id")
        .far(query, source, viewer, cutoffs)
        .sql(" LIMIT ")
        .big_int(query.most + 1)
        .sql(") SELECT (SELECT count(*) FROM far)");
    if viewer != Viewer::Visitor {
        statement
            .sql(" + (SELECT count(*) FROM about f WHERE ")
            .known(query, viewer, cutoffs)
            .sql(")");
    }
    statement
}

/// What is counted for a facet: the table, the column and the field; a facet's number is its place here.
const FACETS: [(&str, &str, Field); 3] = [
    ("profiles", "x.country", Field::Country),
    ("profile_languages", "x.language", Field::Languages),
    (
        "profile_interests",
        "CAST(x.interest AS text)",
        Field::Interests,
    ),
];

/// A facet's number, a value of it, and how many show it.
pub(super) type FacetRow = (BigInt, Text, BigInt);

/// The statement for the facets: of those who match, no more than one more than [`Query::most`] of those who
/// are far, in the order of ids, how many show each value. Facet -1 is how many there are.
pub(super) fn facets(
    dialect: Dialect,
    query: &Query<'_>,
    source: Source,
    viewer: Viewer,
    cutoffs: Cutoffs,
) -> Statement<FacetRow> {
    let member = viewer != Viewer::Visitor;
    let mut statement = begun(dialect, viewer, cutoffs);
    statement.sql("m AS MATERIALIZED (SELECT * FROM (SELECT * FROM (SELECT e.member_id");
    for (nth, (.., field)) in FACETS.iter().enumerate() {
        statement
            .sql(", ")
            .shows(FAR, *field, viewer)
            .sql(format!(" AS shows{nth}"));
    }
    statement
        .far(query, source, viewer, cutoffs)
        .far_order(query, source, cutoffs)
        .big_int(query.most + 1)
        .sql(") far");
    if member {
        statement.sql(" UNION ALL SELECT f.member_id");
        for (.., field) in FACETS {
            statement.sql(", ").shows(Row::Known, field, viewer);
        }
        statement
            .sql(" FROM about f WHERE ")
            .known(query, viewer, cutoffs);
    }
    // Who is near takes a place, as among the best matches.
    statement
        .sql(") o ORDER BY o.member_id DESC LIMIT ")
        .big_int(query.most + 1)
        .sql(") SELECT ")
        .either("-1", "(-1)::bigint")
        .sql(", '', count(*) FROM m");
    for (nth, (table, column, _)) in FACETS.into_iter().enumerate() {
        statement
            .sql(" UNION ALL SELECT ")
            .either("", "CAST(")
            .sql(nth.to_string())
            .either("", " AS bigint)")
            .sql(format!(", {column}, count(*) FROM m"))
            .each(table, "x", "m")
            .sql(format!(
                " WHERE x.member_id = m.member_id AND m.shows{nth} AND {column} IS NOT NULL \
                 GROUP BY {column}"
            ));
    }
    statement
}
