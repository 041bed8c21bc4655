//! The facts statement: policy tables alone, one statement however many members are asked about.

use diesel::sql_types::{BigInt, Bool, Nullable, SmallInt, Text};
use diesel_async::RunQueryDsl;

use super::{
    Error, Store,
    conn::{Conn, on},
    statement::{Dialect, Statement},
};
use crate::domain::{
    age::{AgeClass, Today},
    findable::Findable,
    id::MemberId,
    profile::{Audiences, FieldSet},
    standing::Standing,
};
use crate::privacy::{
    Case, Depth, Known, OwnerFacts, PairFacts, Versions, ViewerFacts, facts::Facts,
};
use crate::viewer::who::Viewer;

type Flag = Nullable<Bool>;

/// The columns of [`Statement::facts`].
pub(super) type FactsRow = (
    // The owner: id, standing, thirteen yet, eighteen yet, version, audiences, by whom to be found.
    (BigInt, SmallInt, Flag, Flag, BigInt, Text, Text),
    // The viewer: standing, thirteen yet, eighteen yet, version.
    (Nullable<SmallInt>, Flag, Flag, Nullable<BigInt>),
    // The pair: penpals, blocked, asked, asked me, and the fields of lists on which the viewer stands.
    (Bool, Bool, Bool, Bool, Nullable<BigInt>),
);
type OwnerRow = (i64, i16, Option<bool>, Option<bool>, i64, String, String);
type ViewerRow = (Option<i16>, Option<bool>, Option<bool>, Option<i64>);
type PairRow = (bool, bool, bool, bool, Option<i64>);

/// What is loaded of them.
pub(super) type FactsLoaded = (OwnerRow, ViewerRow, PairRow);

/// By how many bits the fields of which the viewer is excepted stand above those that are shown.
pub(super) const EXCEPTED: u32 = 32;

/// What [`Statement::facts`] calls its columns, in their order.
pub(super) const FACTS: [&str; 16] = [
    "member_id",
    "standing",
    "thirteen",
    "eighteen",
    "privacy_version",
    "audiences",
    "findable",
    "my_standing",
    "my_thirteen",
    "my_eighteen",
    "my_version",
    "penpals",
    "blocked",
    "asked",
    "asked_me",
    "named",
];

/// The facts as they stand on one day.
///
/// Ages are compared, in SQL, with the dates on which doors open: no birth date is read.
#[derive(Clone, Debug)]
pub struct FactsOn {
    store: Store,
    today: Today,
}

impl Store {
    /// The facts, with ages as of `today`.
    pub fn facts_on(&self, today: Today) -> FactsOn {
        FactsOn {
            store: self.clone(),
            today,
        }
    }
}

impl Facts for FactsOn {
    type Error = Error;

    async fn cases(&self, viewer: Viewer, subjects: &[MemberId]) -> Result<Vec<Case>, Error> {
        let conn = self.store.conn().await?;
        cases(&conn, self.today, viewer, subjects, Depth::Acting).await
    }
}

/// The case of each of `subjects` that has a row, for `viewer`, as the connection sees it now.
pub(super) async fn cases(
    conn: &Conn,
    today: Today,
    viewer: Viewer,
    subjects: &[MemberId],
    depth: Depth,
) -> Result<Vec<Case>, Error> {
    let statement = statement(conn.dialect(), today, viewer, subjects, depth);
    let rows: Vec<FactsLoaded> = on!(conn, c => statement.load(c).await)?;
    Ok(rows
        .into_iter()
        .map(|row| case(viewer, depth, row))
        .filter(|case| subjects.contains(&case.subject()))
        .collect())
}

/// The facts statement. In the place of an id that nobody has comes another, which may not have been asked for.
pub(super) fn statement(
    dialect: Dialect,
    today: Today,
    viewer: Viewer,
    subjects: &[MemberId],
    depth: Depth,
) -> Statement<FactsRow> {
    let ids: Vec<i64> = subjects.iter().map(|subject| subject.key()).collect();
    let mut statement = Statement::new(dialect);
    statement
        .sql("SELECT ")
        .facts(viewer, today, depth)
        .sql(" FROM ")
        .ids(&ids)
        .either(
            " AS k JOIN standings s ON s.member_id = ",
            " AS k CROSS JOIN LATERAL (SELECT * FROM standings x WHERE x.member_id = ",
        );
    // Of an id that nobody has, the facts are those about somebody else, which nobody has asked for: the answer takes as
    // long as about somebody whom the viewer may not see.
    statement
        .sql("CASE WHEN EXISTS (SELECT 1 FROM standings o WHERE o.member_id = k.id")
        .looked_up()
        .sql(") THEN k.id ELSE ");
    match viewer {
        Viewer::Visitor => statement.sql("(SELECT min(o.member_id) FROM standings o)"),
        Viewer::Member(me) => statement.big_int(me.key()),
    }
    .sql(" END")
    .looked_up()
    .either("", ") AS s")
    .join_viewers_facts(viewer);
    statement
}

impl<Row> Statement<Row> {
    /// The columns of [`FactsRow`]: of the owner in the `standings` row `s`, and of the viewer in `v`.
    pub(super) fn facts(&mut self, viewer: Viewer, today: Today, depth: Depth) -> &mut Self {
        let day = today.key();
        self.sql("s.member_id, s.standing, s.turns_13_on <= ")
            .integer(day)
            .sql(" AS thirteen, s.turns_18_on <= ")
            .integer(day)
            .sql(" AS eighteen, s.privacy_version, s.audiences, s.findable, ");
        let Viewer::Member(me) = viewer else {
            // A visitor has no row, and is nothing to anybody.
            return self
                .either(
                    "NULL AS my_standing, NULL AS my_thirteen, NULL AS my_eighteen, \
                     NULL AS my_version, ",
                    "NULL::smallint AS my_standing, NULL::boolean AS my_thirteen, \
                     NULL::boolean AS my_eighteen, NULL::bigint AS my_version, ",
                )
                .sql(
                    "FALSE AS penpals, FALSE AS blocked, FALSE AS asked, FALSE AS asked_me, \
                     CAST(NULL AS bigint) AS named",
                );
        };
        let me = me.key();
        self.sql("v.standing AS my_standing, v.turns_13_on <= ")
            .integer(day)
            .sql(" AS my_thirteen, v.turns_18_on <= ")
            .integer(day)
            .sql(
                " AS my_eighteen, v.privacy_version AS my_version, \
                 EXISTS (SELECT 1 FROM bonds b WHERE b.member_id = ",
            )
            .big_int(me)
            .sql(" AND b.penpal_id = s.member_id")
            .looked_up()
            .sql(
                ") AS penpals, \
                 EXISTS (SELECT 1 FROM blocks b WHERE b.blocked_id = s.member_id AND b.blocker_id = ",
            )
            .big_int(me)
            .looked_up()
            .sql(
                ") OR EXISTS (SELECT 1 FROM blocks b WHERE b.blocker_id = s.member_id AND b.blocked_id = ",
            )
            .big_int(me)
            .looked_up()
            .sql(") AS blocked, ");
        match depth {
            Depth::Seeing => self.sql("FALSE AS asked, FALSE AS asked_me"),
            Depth::Acting => self
                .sql(
                    "EXISTS (SELECT 1 FROM bond_requests r WHERE r.to_id = s.member_id \
                     AND NOT r.withdrawn AND r.from_id = ",
                )
                .big_int(me)
                .looked_up()
                .sql(
                    ") AS asked, EXISTS (SELECT 1 FROM bond_requests r WHERE r.from_id = s.member_id \
                     AND NOT r.withdrawn AND r.declined_at IS NULL AND r.to_id = ",
                )
                .big_int(me)
                .looked_up()
                .sql(") AS asked_me"),
        }
            // A field's bit comes once, however many lists there are, so that their sum is their union.
            .sql(", CASE WHEN s.uses_lists THEN (SELECT ")
            .either(
                "sum(DISTINCT 1 << (a.field + CASE WHEN a.excepted THEN ",
                "sum(DISTINCT 1::bigint << (a.field + CASE WHEN a.excepted THEN ",
            )
            .sql(EXCEPTED.to_string())
            .either(" ELSE 0 END))", " ELSE 0 END))::bigint")
            .sql(
                " FROM list_members l JOIN audience_lists a ON a.list_id = l.list_id \
                 WHERE a.owner_id = s.member_id AND l.member_id = ",
            )
            .big_int(me)
            .sql(") END AS named")
    }

    /// Ends a query within another that finds a row by its key: PostgreSQL is to look it up for each, and not to gather all
    /// that it could be, whatever it estimates. So the time does not depend on how many there are, either.
    fn looked_up(&mut self) -> &mut Self {
        self.either("", " OFFSET 0")
    }

    /// ` LEFT JOIN` of the viewer's own row as `v`, for [`Statement::facts`]; nothing for a visitor.
    pub(super) fn join_viewers_facts(&mut self, viewer: Viewer) -> &mut Self {
        if let Viewer::Member(me) = viewer {
            self.sql(" LEFT JOIN standings v ON v.member_id = ")
                .big_int(me.key());
        }
        self
    }
}

/// What a row of [`Statement::facts`] says.
pub(super) fn case(viewer: Viewer, depth: Depth, (owner, viewer_row, pair): FactsLoaded) -> Case {
    let (id, standing, thirteen, eighteen, owner_version, digits, findable) = owner;
    let subject = MemberId::from_key(id);
    let (viewer_standing, viewer_thirteen, viewer_eighteen, viewer_version) = viewer_row;
    let viewer_facts = match viewer {
        Viewer::Visitor => ViewerFacts::Visitor,
        Viewer::Member(_) => ViewerFacts::Member {
            age: AgeClass::from_flags(viewer_thirteen, viewer_eighteen),
            // A viewer whose row is gone takes no part.
            standing: viewer_standing.map_or(Standing::Frozen, Standing::from_code),
        },
    };
    let (penpals, blocked, asked, asked_me, named) = pair;
    let named = named.unwrap_or_default().cast_unsigned();
    // Each half has 32 bits, and no more.
    let fields = |bits: u64| FieldSet::from_bits((bits & u64::from(u32::MAX)) as u32);
    Case::new(
        viewer,
        subject,
        Versions {
            owner: owner_version,
            viewer: viewer_version.unwrap_or_default(),
        },
        depth,
        Known {
            viewer: viewer_facts,
            owner: OwnerFacts {
                age: AgeClass::from_flags(thirteen, eighteen),
                standing: Standing::from_code(standing),
                audiences: Audiences::from_digits(&digits),
                findable: Findable::from_digits(&findable),
            },
            pair: PairFacts {
                same: viewer == Viewer::Member(subject),
                penpals,
                blocked,
                asked,
                asked_me,
                listed: fields(named),
                excepted: fields(named >> EXCEPTED),
            },
        },
    )
}
