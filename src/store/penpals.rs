//! Penpal lists, read under permits: an edge has two ends, and shows where both ends' audiences allow it.

use std::collections::HashMap;

use diesel::sql_types::{BigInt, Nullable};
use diesel_async::RunQueryDsl;

use super::{
    Error, Store,
    conn::on,
    error::Cause,
    lists::Place,
    statement::{Key, Statement},
};
use crate::domain::{age::Today, id::MemberId, profile::Field};
use crate::privacy::{AnyPermit, Versions};
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

    /// The edges of the owners in `k`, with the condition that the viewer may know of each.
    ///
    /// Those in common are also the viewer's own penpals, and nobody has any in common with themselves.
    fn edges(&mut self, field: Field, viewer: Viewer, today: Today) -> &mut Self {
        self.sql(
            " FROM k JOIN bonds b ON b.member_id = k.id \
             JOIN standings s ON s.member_id = b.penpal_id",
        );
        if field == Field::MutualPenpals {
            self.sql(" JOIN bonds w ON w.penpal_id = b.penpal_id AND w.member_id <> b.member_id AND w.member_id = ")
                .big_int(viewer.key());
        }
        self.join_viewer(viewer)
            .sql(" WHERE ")
            .meets(viewer, today)
            .sql(" AND (");
        // The two whom a bond binds know of it.
        if field == Field::Penpals
            && let Viewer::Member(me) = viewer
        {
            self.sql("b.member_id = ")
                .big_int(me.key())
                .sql(" OR b.penpal_id = ")
                .big_int(me.key())
                .sql(" OR ");
        }
        self.shows(field, viewer).sql(")")
    }
}

/// Whose, and of which field, the permits are; nothing where there are none.
fn keys(permits: &[AnyPermit]) -> Result<Option<(Field, Viewer, Vec<Key>)>, Error> {
    let Some(first) = permits.first() else {
        return Ok(None);
    };
    let viewer = first.viewer();
    let field = match first.field() {
        Some(field @ (Field::Penpals | Field::MutualPenpals)) => field,
        _ => return Err(Error::Broken(Cause::new("not a permit for a list"))),
    };
    if permits
        .iter()
        .any(|permit| permit.viewer() != viewer || permit.field() != Some(field))
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
    Ok(Some((field, viewer, keys)))
}

impl Store {
    /// The places of each owner's newest penpals of whom the viewer may know, at most `limit` after
    /// `after`; all owners in one statement.
    ///
    /// # Errors
    ///
    /// [`Error::Broken`] when permits of several viewers or for several fields are among them, or for no list.
    pub async fn penpal_pages(
        &self,
        permits: &[AnyPermit],
        today: Today,
        after: Option<Place>,
        limit: i64,
    ) -> Result<ByOwner<Vec<Place>>, Error> {
        let Some((field, viewer, keys)) = keys(permits)? else {
            return Ok(HashMap::new());
        };
        let mut conn = self.conn().await?;
        let mut statement =
            Statement::<(BigInt, BigInt, BigInt, Nullable<BigInt>, Nullable<BigInt>)>::new(
                conn.dialect(),
            );
        statement.standing_owners(&keys, viewer).sql(
            ", r AS (SELECT k.id AS owner, b.penpal_id, b.since_at, row_number() OVER \
             (PARTITION BY k.id ORDER BY b.since_at DESC, b.penpal_id DESC) AS place",
        );
        statement.edges(field, viewer, today);
        if let Some(place) = after {
            statement
                .sql(" AND (b.since_at, b.penpal_id) < (")
                .big_int(place.at)
                .sql(", ")
                .big_int(place.id)
                .sql(")");
        }
        // The left join tells an owner without penpals from one whose settings have changed.
        statement
            .sql(
                ") SELECT k.id, k.owner_version, k.viewer_version, r.since_at, r.penpal_id FROM k \
                 LEFT JOIN r ON r.owner = k.id AND r.place <= ",
            )
            .big_int(limit)
            .sql(" ORDER BY k.id, r.place");
        type Loaded = (i64, i64, i64, Option<i64>, Option<i64>);
        let rows: Vec<Loaded> = on!(&mut conn, c => statement.load(c).await)?;
        let mut pages: ByOwner<Vec<Place>> = HashMap::new();
        for (owner_id, owner, viewer, at, id) in rows {
            let page = pages
                .entry((MemberId::from_key(owner_id), Versions { owner, viewer }))
                .or_default();
            if let (Some(at), Some(id)) = (at, id) {
                page.push(Place { at, id });
            }
        }
        Ok(pages)
    }

    /// How many penpals each owner has of whom the viewer may know; all owners in one statement.
    ///
    /// # Errors
    ///
    /// [`Error::Broken`] when permits of several viewers or for several fields are among them, or for no list.
    pub async fn penpal_counts(
        &self,
        permits: &[AnyPermit],
        today: Today,
    ) -> Result<ByOwner<i64>, Error> {
        let Some((field, viewer, keys)) = keys(permits)? else {
            return Ok(HashMap::new());
        };
        let mut conn = self.conn().await?;
        let mut statement = Statement::<(BigInt, BigInt, BigInt, BigInt)>::new(conn.dialect());
        statement
            .standing_owners(&keys, viewer)
            .sql(", r AS (SELECT k.id AS owner")
            .edges(field, viewer, today)
            .sql(
                ") SELECT k.id, k.owner_version, k.viewer_version, count(r.owner) FROM k \
                 LEFT JOIN r ON r.owner = k.id GROUP BY k.id, k.owner_version, k.viewer_version",
            );
        let rows: Vec<(i64, i64, i64, i64)> = on!(&mut conn, c => statement.load(c).await)?;
        Ok(rows
            .into_iter()
            .map(|(id, owner, viewer, count)| {
                ((MemberId::from_key(id), Versions { owner, viewer }), count)
            })
            .collect())
    }
}
