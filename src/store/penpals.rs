//! Penpal lists, read under permits: an edge has two ends, and shows where both ends' audiences allow it.

use std::collections::HashMap;

use diesel::sql_types::{BigInt, Nullable};

use super::{
    Error,
    error::Cause,
    facts::{self, FACTS, FactsLoaded, FactsRow},
    lists::{Place, Placed},
    statement::{Dialect, Key, Statement},
};
use crate::domain::{age::Today, id::MemberId, profile::Field};
use crate::privacy::{Depth, FieldPermit, Versions};
use crate::viewer::who::Viewer;

/// By owner and versions; an owner who is absent was not read, because settings have changed since.
pub type ByOwner<T> = HashMap<(MemberId, Versions), T>;

impl<Row> Statement<Row> {
    /// A common table `k` of the owners whose versions still stand.
    fn standing_owners(&mut self, keys: &[Key], viewer: Viewer) -> &mut Self {
        self.sql("WITH k AS (SELECT q.id, q.owner_version, q.viewer_version FROM ")
            .keys(keys)
            .sql(
                " AS q JOIN standings o ON o.member_id = q.id \
                 AND o.privacy_version = q.owner_version",
            );
        if let Viewer::Member(me) = viewer {
            self.sql(
                " JOIN standings w ON w.privacy_version = q.viewer_version AND w.member_id = ",
            )
            .big_int(me.key());
        }
        self.sql(")")
    }

    /// A common table `f` of the edges of the owners in `k`, with the facts about who stands at their other
    /// end: asked once, and both decided by and handed out.
    ///
    /// Of those before the page's beginning nothing is asked. Those in common are also the viewer's own penpals,
    /// and nobody has any in common with themselves.
    fn edges(
        &mut self,
        field: Field,
        viewer: Viewer,
        today: Today,
        depth: Depth,
        after: Option<Place>,
    ) -> &mut Self {
        self.sql(", f AS MATERIALIZED (SELECT k.id AS owner, b.since_at, ")
            .facts(viewer, today, depth)
            .sql(
                " FROM k JOIN bonds b ON b.member_id = k.id \
                 JOIN standings s ON s.member_id = b.penpal_id",
            );
        if field == Field::MutualPenpals {
            self.sql(" JOIN bonds w ON w.penpal_id = b.penpal_id AND w.member_id <> b.member_id AND w.member_id = ")
                .big_int(viewer.key());
        }
        self.join_viewer(viewer)
            .sql(" WHERE TRUE")
            .after("(b.since_at, b.penpal_id)", after)
            .sql(")")
    }

    /// ` FROM` those of the edges in `f` of which the viewer may know.
    fn known_edges(&mut self, field: Field, viewer: Viewer) -> &mut Self {
        self.sql(" FROM f WHERE ")
            .meets_by_facts(viewer)
            .sql(" AND (");
        // The two whom a bond binds know of it.
        if field == Field::Penpals
            && let Viewer::Member(me) = viewer
        {
            self.sql("f.owner = ")
                .big_int(me.key())
                .sql(" OR f.member_id = ")
                .big_int(me.key())
                .sql(" OR ");
        }
        self.shows_by_facts(field, viewer).sql(")")
    }
}

/// A page of somebody's penpals, as the viewer may know of them.
#[derive(Clone, Debug, Default)]
pub struct PenpalPage {
    /// Who is on it, and one more where the list goes on.
    pub placed: Vec<Placed>,
    /// How many there are in all, where that was asked.
    pub total: Option<i64>,
}

/// Which page of penpals is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PenpalWindow {
    /// Where the last page ended.
    pub after: Option<Place>,
    /// How many at most.
    pub limit: i64,
    /// Whether to count them all, where the page begins at the beginning.
    pub total: bool,
    /// How far the facts about each are to go.
    pub depth: Depth,
}

impl PenpalWindow {
    const fn counts(&self) -> bool {
        self.total && self.after.is_none()
    }
}

type Owner = (BigInt, BigInt, BigInt);
pub(super) type PageRow = (
    Owner,
    // When the bond began, and how many there are in all.
    (Nullable<BigInt>, Nullable<BigInt>),
    Nullable<FactsRow>,
);
pub(super) type PageLoaded = (
    (i64, i64, i64),
    (Option<i64>, Option<i64>),
    Option<FactsLoaded>,
);
pub(super) type CountRow = (Owner, BigInt);
pub(super) type CountLoaded = ((i64, i64, i64), i64);

/// Whose, and of which field, the permits are.
fn keys(viewer: Viewer, permits: &[FieldPermit]) -> Result<(Field, Vec<Key>), Error> {
    let field = match permits.first().map(FieldPermit::field) {
        Some(field @ (Field::Penpals | Field::MutualPenpals)) => field,
        _ => return Err(Error::Broken(Cause::new("not a permit for a list"))),
    };
    if permits
        .iter()
        .any(|permit| permit.viewer() != viewer || permit.field() != field)
    {
        return Err(Error::Broken(Cause::new("permits of several kinds")));
    }
    let keys = permits
        .iter()
        .map(|permit| Key {
            id: permit.subject().key(),
            owner_version: permit.versions().owner,
            viewer_version: permit.versions().viewer,
            mask: 0,
        })
        .collect();
    Ok((field, keys))
}

/// The statement for each owner's newest penpals of whom the viewer may know, with the facts about them; all
/// owners at once.
///
/// # Errors
///
/// [`Error::Broken`] when permits of several viewers or for several fields are among them, or for no list.
pub(super) fn page_statement(
    dialect: Dialect,
    today: Today,
    viewer: Viewer,
    permits: &[FieldPermit],
    window: PenpalWindow,
) -> Result<Statement<PageRow>, Error> {
    let (field, keys) = keys(viewer, permits)?;
    let mut statement = Statement::new(dialect);
    statement
        .standing_owners(&keys, viewer)
        .edges(field, viewer, today, window.depth, window.after)
        .sql(", r AS (SELECT f.*, ");
    // Counted along the way, where the page begins at the beginning.
    if window.counts() {
        statement.sql("count(*) OVER (PARTITION BY f.owner)");
    } else {
        statement.either("NULL", "NULL::bigint");
    }
    statement
        .sql(
            " AS total, row_number() OVER (PARTITION BY f.owner ORDER BY f.since_at DESC, \
             f.member_id DESC) AS place",
        )
        .known_edges(field, viewer)
        // The left join tells an owner without penpals from one whose settings have changed.
        .sql(") SELECT k.id, k.owner_version, k.viewer_version, r.since_at, r.total");
    for column in FACTS {
        statement.sql(", r.").sql(column);
    }
    statement
        .sql(" FROM k LEFT JOIN r ON r.owner = k.id AND r.place <= ")
        .big_int(window.limit)
        .sql(" ORDER BY k.id, r.place");
    Ok(statement)
}

/// What the rows of a page statement say.
pub(super) fn pages(
    viewer: Viewer,
    window: PenpalWindow,
    rows: Vec<PageLoaded>,
) -> ByOwner<PenpalPage> {
    let mut pages: ByOwner<PenpalPage> = HashMap::new();
    for ((owner_id, owner, viewer_version), (at, total), facts) in rows {
        let versions = Versions {
            owner,
            viewer: viewer_version,
        };
        let page = pages
            .entry((MemberId::from_key(owner_id), versions))
            .or_default();
        if let (Some(at), Some(facts)) = (at, facts) {
            let case = facts::case(viewer, window.depth, facts);
            let id = case.subject().key();
            page.placed.push((Place { at, id }, case));
        }
        page.total = window.counts().then(|| total.unwrap_or_default());
    }
    pages
}

/// The statement for how many penpals each owner has of whom the viewer may know; all owners at once.
///
/// # Errors
///
/// [`Error::Broken`] when permits of several viewers or for several fields are among them, or for no list.
pub(super) fn count_statement(
    dialect: Dialect,
    today: Today,
    viewer: Viewer,
    permits: &[FieldPermit],
) -> Result<Statement<CountRow>, Error> {
    let (field, keys) = keys(viewer, permits)?;
    let mut statement = Statement::new(dialect);
    statement
        .standing_owners(&keys, viewer)
        .edges(field, viewer, today, Depth::Seeing, None)
        .sql(", r AS (SELECT f.owner")
        .known_edges(field, viewer)
        .sql(
            ") SELECT k.id, k.owner_version, k.viewer_version, count(r.owner) FROM k \
             LEFT JOIN r ON r.owner = k.id GROUP BY k.id, k.owner_version, k.viewer_version",
        );
    Ok(statement)
}

/// What the rows of a count statement say.
pub(super) fn counts(rows: Vec<CountLoaded>) -> ByOwner<i64> {
    rows.into_iter()
        .map(|((id, owner, viewer), count)| {
            ((MemberId::from_key(id), Versions { owner, viewer }), count)
        })
        .collect()
}
