//! The facts statement: policy tables alone, one statement however many members are asked about.

use diesel::sql_types::{BigInt, Bool, Nullable, SmallInt};
use diesel_async::RunQueryDsl;

use super::{
    Error, Store,
    conn::{Conn, on},
    statement::Statement,
};
use crate::domain::{
    age::{AgeClass, Today},
    audience::Audience,
    id::MemberId,
    profile::{Audiences, FIELDS, SPECS},
    standing::Standing,
};
use crate::privacy::{Case, Known, OwnerFacts, PairFacts, Versions, ViewerFacts, facts::Facts};
use crate::viewer::who::Viewer;

type Flag = Nullable<Bool>;
type Row = (
    // The owner: id, standing, thirteen yet, eighteen yet, version, audiences.
    (BigInt, SmallInt, Flag, Flag, BigInt, AudienceColumns),
    // The viewer: standing, thirteen yet, eighteen yet, version.
    (Nullable<SmallInt>, Flag, Flag, Nullable<BigInt>),
    // The pair: penpals, blocked, asked, asked me.
    (Bool, Bool, Bool, Bool),
);
type AudienceColumns = (
    SmallInt,
    SmallInt,
    SmallInt,
    SmallInt,
    SmallInt,
    SmallInt,
    SmallInt,
    SmallInt,
    SmallInt,
    SmallInt,
    SmallInt,
    SmallInt,
    SmallInt,
);
type AudienceCodes = (
    i16,
    i16,
    i16,
    i16,
    i16,
    i16,
    i16,
    i16,
    i16,
    i16,
    i16,
    i16,
    i16,
);
type OwnerRow = (i64, i16, Option<bool>, Option<bool>, i64, AudienceCodes);
type ViewerRow = (Option<i16>, Option<bool>, Option<bool>, Option<i64>);
type PairRow = (bool, bool, bool, bool);

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
        let mut conn = self.store.conn().await?;
        cases(&mut conn, self.today, viewer, subjects).await
    }
}

/// The case of each of `subjects` that has a row, for `viewer`, as the connection sees it now.
pub(super) async fn cases(
    conn: &mut Conn,
    today: Today,
    viewer: Viewer,
    subjects: &[MemberId],
) -> Result<Vec<Case>, Error> {
    let ids: Vec<i64> = subjects.iter().map(|subject| subject.key()).collect();
    let (day, me) = (today.key(), viewer.key());
    let mut statement = Statement::<Row>::new(conn.dialect());
    statement
        .sql("SELECT s.member_id, s.standing, s.turns_13_on <= ")
        .integer(day)
        .sql(", s.turns_18_on <= ")
        .integer(day)
        .sql(", s.privacy_version");
    for spec in SPECS {
        statement.sql(", s.").sql(spec.column).sql("_audience");
    }
    statement
        .sql(", v.standing, v.turns_13_on <= ")
        .integer(day)
        .sql(", v.turns_18_on <= ")
        .integer(day)
        .sql(", v.privacy_version, EXISTS (SELECT 1 FROM bonds b WHERE b.member_id = ")
        .big_int(me)
        .sql(
            " AND b.penpal_id = s.member_id), \
             EXISTS (SELECT 1 FROM blocks b WHERE b.blocked_id = s.member_id AND b.blocker_id = ",
        )
        .big_int(me)
        .sql(
            ") OR EXISTS (SELECT 1 FROM blocks b WHERE b.blocker_id = s.member_id AND b.blocked_id = ",
        )
        .big_int(me)
        .sql(
            "), EXISTS (SELECT 1 FROM bond_requests r WHERE r.to_id = s.member_id \
             AND NOT r.withdrawn AND r.from_id = ",
        )
        .big_int(me)
        .sql(
            "), EXISTS (SELECT 1 FROM bond_requests r WHERE r.from_id = s.member_id \
             AND NOT r.withdrawn AND r.declined_at IS NULL AND r.to_id = ",
        )
        .big_int(me)
        .sql(") FROM standings s LEFT JOIN standings v ON v.member_id = ")
        .big_int(me)
        .sql(" WHERE s.member_id")
        .in_ids(&ids);
    let rows: Vec<(OwnerRow, ViewerRow, PairRow)> = on!(conn, c => statement.load(c).await)?;
    Ok(rows
        .into_iter()
        .map(|(owner, viewer_row, pair)| case(viewer, owner, viewer_row, pair))
        .collect())
}

fn case(viewer: Viewer, owner: OwnerRow, viewer_row: ViewerRow, pair: PairRow) -> Case {
    let (id, standing, thirteen, eighteen, owner_version, codes) = owner;
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
    let (penpals, blocked, asked, asked_me) = pair;
    Case::new(
        viewer,
        subject,
        Versions {
            owner: owner_version,
            viewer: viewer_version.unwrap_or_default(),
        },
        Known {
            viewer: viewer_facts,
            owner: OwnerFacts {
                age: AgeClass::from_flags(thirteen, eighteen),
                standing: Standing::from_code(standing),
                audiences: audiences(codes),
            },
            pair: PairFacts {
                same: viewer == Viewer::Member(subject),
                penpals,
                blocked,
                asked,
                asked_me,
            },
        },
    )
}

fn audiences(codes: AudienceCodes) -> Audiences {
    let codes: [i16; FIELDS] = [
        codes.0, codes.1, codes.2, codes.3, codes.4, codes.5, codes.6, codes.7, codes.8, codes.9,
        codes.10, codes.11, codes.12,
    ];
    Audiences::from_array(codes.map(Audience::from_code))
}
