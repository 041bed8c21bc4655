//! Searching, in SQL.
//!
//! Whoever searches is to most members one of many: what those show is told by the digit of an audience alone,
//! and an index holds it. The others are *near*: penpals, those who have put the searcher on a list, and blocks.
//! They are few, and about each of them the facts are looked at as everywhere else.
//!
//! Of both, a page is put together, the facts about those on it are asked, and every clause is held to them once
//! more before they are handed out: an index that was out of date could lose somebody, and show nobody.

use diesel::sql_types::BigInt;

use super::{Cutoffs, Query};
use crate::domain::{
    age::Today,
    audience::Audience,
    findable::Way,
    profile::Field,
    search::{
        A_LANGUAGE, AN_AGE, AN_EXCHANGE, AN_INTEREST, Clause, Likeness, MOST_INTERESTS, Order,
        Term, Test,
    },
    standing::Standing,
};
use crate::privacy::Depth;
use crate::store::{
    facts::{FACTS, FactsRow},
    lists::Place,
    statement::{Dialect, Statement},
};
use crate::viewer::who::Viewer;

/// The most members that are counted, and that the best matches are chosen from.
pub(super) const MOST_COUNTED: i64 = 10_000;

/// A place, what is shared, and the facts.
pub(super) type HitRow = ((BigInt, BigInt), FactsRow);

/// How a row is looked at: what its columns are called, and by what it is told whether a field is shown.
#[derive(Clone, Copy)]
enum Row {
    /// By the facts, as `f`.
    Known,
    /// One of many, in a table of this name with its audiences.
    Far {
        entry: &'static str,
        standing: &'static str,
        presence: &'static str,
    },
}

/// One of many, in the tables themselves.
const FAR: Row = Row::Far {
    entry: "e",
    standing: "s",
    presence: "p.last_seen_at / 60000",
};

/// One of many, among the candidates `c` for the best match.
const CANDIDATE: Row = Row::Far {
    entry: "c",
    standing: "c",
    presence: "0",
};

impl Row {
    const fn entry(self) -> &'static str {
        match self {
            Row::Known => "f",
            Row::Far { entry, .. } => entry,
        }
    }

    const fn seen(self) -> &'static str {
        match self {
            Row::Known => "f.seen",
            Row::Far { presence, .. } => presence,
        }
    }
}

/// From where those who are far are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Source {
    /// From the index of terms, to be put in order.
    Terms,
    /// In their order, each looked at until there are enough.
    InOrder,
}

/// How wide an audience must be for one of many.
fn width(viewer: Viewer) -> char {
    if viewer == Viewer::Visitor {
        Audience::Public.digit()
    } else {
        Audience::Members.digit()
    }
}

/// The query for the index of terms: each clause that terms can tell narrows it; empty where none does.
pub(super) fn terms(query: &Query<'_>, dialect: Dialect, viewer: Viewer, today: Today) -> String {
    let prefix = if viewer == Viewer::Visitor { "p" } else { "" };
    let quoted = |term: &Term| match dialect {
        Dialect::Sqlite => format!("\"{prefix}{}\"", term.as_str()),
        Dialect::Postgres => format!("'{prefix}{}'", term.as_str()),
    };
    let (and, or) = match dialect {
        Dialect::Sqlite => (" AND ", " OR "),
        Dialect::Postgres => (" & ", " | "),
    };
    query
        .clauses
        .iter()
        .filter_map(|clause| narrowing(clause, today))
        .map(|terms| {
            let terms: Vec<String> = terms.iter().map(quoted).collect();
            format!("({})", terms.join(or))
        })
        .collect::<Vec<_>>()
        .join(and)
}

/// The most years of birth that are looked up one by one.
const MOST_YEARS: i32 = 30;

/// The terms of which somebody has one for whom the clause holds; nothing where terms do not tell.
fn narrowing(clause: &Clause, today: Today) -> Option<Vec<Term>> {
    let mut all = Vec::new();
    for alternative in clause {
        match &alternative.test {
            Test::Tags(terms) | Test::Words(terms) if !terms.is_empty() => {
                all.extend(terms.iter().cloned());
            }
            Test::Age(least, most) if most - least < MOST_YEARS => {
                let year = today.key() / 10_000;
                all.extend((year - most - 1..=year - least).map(Term::born));
            }
            _ => return None,
        }
    }
    Some(all)
}

impl<R> Statement<R> {
    /// A condition: the row shows `field`.
    fn shows(&mut self, row: Row, field: Field, viewer: Viewer) -> &mut Self {
        match row {
            Row::Known => self.shows_by_facts(field, viewer),
            Row::Far { standing, .. } => self.sql(format!(
                "(substr({standing}.audiences, {}, 1) >= '{}')",
                field.index() + 1,
                width(viewer)
            )),
        }
    }

    /// A condition: the text of terms `column` has `term`.
    fn has(&mut self, column: &str, term: &Term) -> &mut Self {
        self.either("instr(", "strpos(")
            .sql(format!("{column}, "))
            .text(format!(" {} ", term.as_str()))
            .sql(") > 0")
    }

    fn has_any(&mut self, column: &str, terms: &[Term]) -> &mut Self {
        self.sql("(FALSE");
        for term in terms {
            self.sql(" OR ").has(column, term);
        }
        self.sql(")")
    }

    /// A condition: the age of the row is from `least` to `most`, as the viewer may know it: to the day for
    /// whoever sees the birth date.
    fn aged(
        &mut self,
        row: Row,
        (least, most): (i32, i32),
        viewer: Viewer,
        today: Today,
    ) -> &mut Self {
        let entry = row.entry();
        self.sql("((CASE WHEN ")
            .shows(row, Field::BirthDate, viewer)
            .sql(" THEN ")
            .integer(today.key())
            .sql(" ELSE ")
            .integer(today.month_key())
            .sql(format!(" END - {entry}.birth_on) / 10000 BETWEEN "))
            .integer(least)
            .sql(" AND ")
            .integer(most)
            .sql(")")
    }

    /// A condition: the clause holds for the row.
    fn holds(&mut self, row: Row, clause: &Clause, viewer: Viewer, cutoffs: Cutoffs) -> &mut Self {
        let entry = row.entry();
        self.sql("(FALSE");
        for alternative in clause {
            self.sql(" OR (").shows(row, alternative.field, viewer);
            match &alternative.test {
                Test::Shown => {}
                Test::Tags(terms) => {
                    self.sql(" AND ").has_any(&format!("{entry}.tags"), terms);
                }
                Test::Words(terms) => {
                    self.sql(" AND ").has_any(&format!("{entry}.words"), terms);
                }
                Test::Age(least, most) => {
                    self.sql(" AND ")
                        .aged(row, (*least, *most), viewer, cutoffs.today);
                }
                Test::Minutes(ago) => {
                    let since = cutoffs.minute.saturating_sub(*ago);
                    self.sql(format!(" AND {} >= ", row.seen())).big_int(since);
                }
                Test::Days(ago) => {
                    let since = cutoffs.day(*ago);
                    self.sql(format!(" AND {entry}.joined_on >= "))
                        .integer(since);
                }
            }
            self.sql(")");
        }
        self.sql(")")
    }

    /// What the row shares with the searcher, as [`crate::domain::search::Match::from_bits`] reads it.
    fn shared(&mut self, row: Row, like: &Likeness, viewer: Viewer, today: Today) -> &mut Self {
        let tags = format!("{}.tags", row.entry());
        self.sql("(CASE WHEN ")
            .shows(row, Field::Interests, viewer)
            .sql(" THEN 16 * ")
            .either("min(", "least(")
            .sql(format!("{MOST_INTERESTS}, 0"));
        for interest in &like.interests {
            self.sql(" + CASE WHEN ")
                .has(&tags, interest)
                .sql(" THEN 1 ELSE 0 END");
        }
        self.sql(") ELSE 0 END + CASE WHEN ")
            .shows(row, Field::Languages, viewer)
            .sql(" THEN 0");
        for (bit, terms) in [(1, &like.teaches), (2, &like.learns), (4, &like.common)] {
            self.sql(" + CASE WHEN ")
                .has_any(&tags, terms)
                .sql(format!(" THEN {bit} ELSE 0 END"));
        }
        self.sql(" ELSE 0 END + CASE WHEN ");
        match like.age {
            Some(age) => {
                self.shows(row, Field::Age, viewer)
                    .sql(" AND ")
                    .aged(row, age, viewer, today);
            }
            None => {
                self.sql("FALSE");
            }
        }
        self.sql(" THEN 8 ELSE 0 END)")
    }

    /// Those who are near, as the common table `near`, and the facts about them, as `about`.
    fn near(&mut self, viewer: Viewer, today: Today) -> &mut Self {
        let me = viewer.key();
        self.sql("WITH near AS MATERIALIZED (SELECT ")
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
    fn described(&mut self, viewer: Viewer, today: Today, depth: Depth) -> &mut Self {
        self.sql("e.tags, e.words, e.birth_on, e.joined_on, p.last_seen_at / 60000 AS seen, ")
            .facts(viewer, today, depth)
    }

    fn joined_entry(&mut self) -> &mut Self {
        self.sql(
            " JOIN search_entries e ON e.member_id = s.member_id \
             JOIN presences p ON p.member_id = s.member_id",
        )
    }

    /// A condition: the row `f` of facts is somebody who can be found and for whom all clauses hold.
    fn known(&mut self, query: &Query<'_>, viewer: Viewer, cutoffs: Cutoffs) -> &mut Self {
        self.meets_by_facts(viewer)
            .sql(" AND ")
            .found_by_facts(Way::Search, viewer);
        for clause in query.clauses {
            self.sql(" AND ").holds(Row::Known, clause, viewer, cutoffs);
        }
        self
    }

    /// ` FROM … WHERE` those who are far, can be found, and for whom all clauses hold.
    fn far(
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
        if !(in_order && of_presence) {
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
        self.sql(format!(" AND substr(s.findable, 1, 1) >= '{wide}'"));
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

    /// The place of somebody who is far, in the order.
    fn far_place(&mut self, order: Order) -> &mut Self {
        match order {
            Order::Any | Order::BestMatch => self.either("0", "0::bigint"),
            Order::Newest => self.sql("CAST(e.joined_on AS bigint)"),
            Order::LatelyOnline => self.sql("p.last_seen_at / 60000"),
        }
    }

    /// ` AND` the row comes after `after`: by the columns as the index has them.
    fn far_after(&mut self, order: Order, source: Source, after: Option<Place>) -> &mut Self {
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

    fn far_order(&mut self, order: Order, source: Source) -> &mut Self {
        let terms = source == Source::Terms && self.dialect() == Dialect::Sqlite;
        self.sql(match order {
            Order::Any | Order::BestMatch if terms => " ORDER BY t.rowid DESC LIMIT ",
            Order::Any | Order::BestMatch => " ORDER BY e.member_id DESC LIMIT ",
            Order::Newest => " ORDER BY e.joined_on DESC, e.member_id DESC LIMIT ",
            Order::LatelyOnline => " ORDER BY p.last_seen_at / 60000 DESC, p.member_id DESC LIMIT ",
        })
    }

    /// The points for what is shared, of a column of bits.
    fn score(&mut self, bits: &str) -> &mut Self {
        self.sql(format!(
            "CAST({bits} / 16 * {AN_INTEREST} + ({bits} % 2 + {bits} / 2 % 2) * {AN_EXCHANGE} \
             + {bits} / 4 % 2 * {A_LANGUAGE} + {bits} / 8 % 2 * {AN_AGE} AS bigint)"
        ))
    }
}

/// The statement for a page.
pub(super) fn page(
    dialect: Dialect,
    query: &Query<'_>,
    source: Source,
    viewer: Viewer,
    cutoffs: Cutoffs,
) -> Statement<HitRow> {
    let mut statement = Statement::new(dialect);
    // Planned for its own terms, and its text is one of very many.
    statement.in_passing();
    let member = viewer != Viewer::Visitor;
    if member {
        statement.near(viewer, cutoffs.today).sql(", ");
    } else {
        statement.sql("WITH ");
    }
    let best = query.order == Order::BestMatch;
    if best {
        statement
            .sql("c AS MATERIALIZED (SELECT e.member_id, e.tags, e.birth_on, s.audiences")
            .far(query, source, viewer, cutoffs)
            .far_order(Order::Any, source)
            .big_int(MOST_COUNTED)
            .sql("), hits AS (SELECT ")
            .score("m.bits")
            .sql(" AS at, m.member_id FROM (SELECT ")
            .shared(CANDIDATE, query.like, viewer, cutoffs.today)
            .sql(" AS bits, c.member_id FROM c) m");
        if member {
            statement
                .sql(" UNION ALL SELECT ")
                .score("m.bits")
                .sql(", m.member_id FROM (SELECT ")
                .shared(Row::Known, query.like, viewer, cutoffs.today)
                .sql(" AS bits, f.member_id FROM about f WHERE ")
                .known(query, viewer, cutoffs)
                .sql(") m");
        }
    } else {
        statement
            .sql("hits AS (SELECT far.at, far.member_id FROM (SELECT ")
            .far_place(query.order)
            .sql(" AS at, e.member_id")
            .far(query, source, viewer, cutoffs)
            .far_after(query.order, source, query.after)
            .far_order(query.order, source)
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

/// The statement for how many there are, counted no further than one more than [`MOST_COUNTED`] of those who
/// are far.
pub(super) fn count(
    dialect: Dialect,
    query: &Query<'_>,
    source: Source,
    viewer: Viewer,
    cutoffs: Cutoffs,
) -> Statement<BigInt> {
    let mut statement = Statement::new(dialect);
    statement.in_passing();
    let member = viewer != Viewer::Visitor;
    if member {
        statement.near(viewer, cutoffs.today).sql(" ");
    }
    statement
        .sql("SELECT (SELECT count(*) FROM (SELECT e.member_id")
        .far(query, source, viewer, cutoffs)
        .sql(" LIMIT ")
        .big_int(MOST_COUNTED + 1)
        .sql(") far)");
    if member {
        statement
            .sql(" + (SELECT count(*) FROM about f WHERE ")
            .known(query, viewer, cutoffs)
            .sql(")");
    }
    statement
}

/// What is counted for a facet: its number, the table, the column, and the field.
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
pub(super) type FacetRow = (BigInt, diesel::sql_types::Text, BigInt);

/// The statement for the facets: of those who match, no more than one more than [`MOST_COUNTED`] of those who
/// are far, in the order of ids, how many show each value. Facet -1 is how many there are.
pub(super) fn facets(
    dialect: Dialect,
    query: &Query<'_>,
    source: Source,
    viewer: Viewer,
    cutoffs: Cutoffs,
) -> Statement<FacetRow> {
    let mut statement = Statement::new(dialect);
    statement.in_passing();
    let member = viewer != Viewer::Visitor;
    if member {
        statement.near(viewer, cutoffs.today).sql(", ");
    } else {
        statement.sql("WITH ");
    }
    statement.sql("m AS MATERIALIZED (SELECT * FROM (SELECT e.member_id");
    for (nth, (.., field)) in FACETS.iter().enumerate() {
        statement
            .sql(", ")
            .shows(FAR, *field, viewer)
            .sql(format!(" AS shows{nth}"));
    }
    statement
        .far(query, source, viewer, cutoffs)
        .far_order(Order::Any, source)
        .big_int(MOST_COUNTED + 1)
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
    statement
        .sql(") SELECT ")
        .either("-1", "(-1)::bigint")
        .sql(", '', count(*) FROM m");
    for (nth, (table, column, _)) in FACETS.into_iter().enumerate() {
        statement
            .sql(" UNION ALL SELECT ")
            .either("", "CAST(")
            .sql(nth.to_string())
            .either("", " AS bigint)")
            .sql(format!(
                ", {column}, count(*) FROM m CROSS JOIN {table} x \
                 WHERE x.member_id = m.member_id AND m.shows{nth} AND {column} IS NOT NULL \
                 GROUP BY {column}"
            ));
    }
    statement
}
