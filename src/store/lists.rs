//! Lists of members and of requests: the ids on a page, cut after what the viewer may not know of was
//! left out.

use diesel::sql_types::BigInt;
use diesel_async::RunQueryDsl;

use super::{
    Error, Store,
    conn::on,
    facts::{self, FactsLoaded, FactsRow},
    statement::Statement,
    tables::members,
};
use crate::domain::{
    age::Today,
    findable::Way,
    handle::Handle,
    id::{MemberId, RequestId},
};
use crate::privacy::{Case, Depth, Permit, wishes::KeepOwn};
use crate::viewer::who::Viewer;

/// A place in a list that is ordered by a time, latest first, and then by id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Place {
    /// The time, in milliseconds since the Unix epoch.
    pub at: i64,
    /// The id.
    pub id: i64,
}

/// A member on a page of a list: the place, and the facts that the list saw.
pub type Placed = (Place, Case);

/// From which side a request is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Asked by the viewer; also those that were declined, which the viewer does not learn.
    Sent,
    /// Asked of the viewer and not declined.
    Received,
}

/// A request to become penpals, as one side sees it.
#[derive(Clone, Copy, Debug)]
pub struct RequestRow {
    /// Its id.
    pub id: RequestId,
    /// The one on the other side.
    pub other: MemberId,
    /// When it was asked, in milliseconds since the Unix epoch.
    pub asked_at: i64,
    /// The facts about the one on the other side, as the list saw them.
    pub case: Case,
}

type RequestsRow = ((BigInt, BigInt), FactsRow);

impl<Row> Statement<Row> {
    /// ` AND (time, id)` of the row come after `place`.
    pub(super) fn after(&mut self, columns: &'static str, place: Option<Place>) -> &mut Self {
        if let Some(place) = place {
            self.sql(format!(" AND {columns} < ("))
                .big_int(place.at)
                .sql(", ")
                .big_int(place.id)
                .sql(")");
        }
        self
    }
}

impl Store {
    /// Members whom `viewer` can find by search, and the viewer, at most `limit` after `after`, in the order of their ids: any other
    /// order would tell something about them, and ids are random.
    pub async fn members(
        &self,
        viewer: Viewer,
        today: Today,
        depth: Depth,
        after: Option<Place>,
        limit: i64,
    ) -> Result<Vec<Placed>, Error> {
        let mut conn = self.conn().await?;
        let mut statement = Statement::<FactsRow>::new(conn.dialect());
        statement
            .sql("SELECT ")
            .facts(viewer, today, depth)
            .sql(" FROM standings s")
            .join_viewer(viewer)
            .sql(" WHERE ")
            .meets(viewer, today)
            .sql(" AND ")
            .found(Way::Search, viewer);
        if let Some(place) = after {
            statement.sql(" AND s.member_id > ").big_int(place.id);
        }
        statement.sql(" ORDER BY s.member_id LIMIT ").big_int(limit);
        let rows: Vec<FactsLoaded> = on!(&mut conn, c => statement.load(c).await)?;
        Ok(rows
            .into_iter()
            .map(|row| {
                let case = facts::case(viewer, depth, row);
                let id = case.subject().key();
                (Place { at: 0, id }, case)
            })
            .collect())
    }

    /// The member who has the handle, whoever may know of them: the answer goes to the facts, not out.
    pub async fn holder_of(&self, handle: &Handle) -> Result<Option<MemberId>, Error> {
        use diesel::{ExpressionMethods, OptionalExtension, QueryDsl};
        let mut conn = self.conn().await?;
        let id: Option<i64> = on!(&mut conn, c => members::table
            .filter(members::handle.eq(handle.as_str()))
            .select(members::id)
            .first(c)
            .await
            .optional())?;
        Ok(id.map(MemberId::from_key))
    }

    /// The viewer's own requests of one direction, newest first, with those alone whose other side exists
    /// for the viewer; at most `limit` after `after`.
    pub async fn requests(
        &self,
        permit: &Permit<KeepOwn>,
        direction: Direction,
        today: Today,
        after: Option<Place>,
        limit: i64,
    ) -> Result<Vec<RequestRow>, Error> {
        let mut conn = self.conn().await?;
        let mut statement = Statement::new(conn.dialect());
        statement
            .own_requests(permit, direction, today)
            .after("(r.asked_at, r.id)", after)
            .sql(" ORDER BY r.asked_at DESC, r.id DESC LIMIT ")
            .big_int(limit);
        let rows: Vec<((i64, i64), FactsLoaded)> = on!(&mut conn, c => statement.load(c).await)?;
        let viewer = permit.viewer();
        Ok(rows
            .into_iter()
            .map(|row| request_row(viewer, row))
            .collect())
    }

    /// Those of the viewer's own requests of one direction that have these ids, and whose other side exists
    /// for the viewer; in any order.
    pub async fn requests_by_id(
        &self,
        permit: &Permit<KeepOwn>,
        ids: &[RequestId],
        direction: Direction,
        today: Today,
    ) -> Result<Vec<RequestRow>, Error> {
        let ids: Vec<i64> = ids.iter().map(|id| id.key()).collect();
        let mut conn = self.conn().await?;
        let mut statement = Statement::new(conn.dialect());
        statement
            .own_requests(permit, direction, today)
            .sql(" AND r.id")
            .in_ids(&ids);
        let rows: Vec<((i64, i64), FactsLoaded)> = on!(&mut conn, c => statement.load(c).await)?;
        let viewer = permit.viewer();
        Ok(rows
            .into_iter()
            .map(|row| request_row(viewer, row))
            .collect())
    }
}

fn request_row(viewer: Viewer, ((id, asked_at), facts): ((i64, i64), FactsLoaded)) -> RequestRow {
    let case = facts::case(viewer, Depth::Acting, facts);
    RequestRow {
        id: RequestId::from_key(id),
        other: case.subject(),
        asked_at,
        case,
    }
}

impl Statement<RequestsRow> {
    fn own_requests(
        &mut self,
        permit: &Permit<KeepOwn>,
        direction: Direction,
        today: Today,
    ) -> &mut Self {
        let (mine, other, open) = match direction {
            Direction::Sent => ("r.from_id", "r.to_id", "NOT r.withdrawn"),
            Direction::Received => (
                "r.to_id",
                "r.from_id",
                "NOT r.withdrawn AND r.declined_at IS NULL",
            ),
        };
        self.sql("SELECT r.id, r.asked_at, ")
            .facts(permit.viewer(), today, Depth::Acting)
            .sql(format!(
                " FROM bond_requests r JOIN standings s ON s.member_id = {other}"
            ))
            .join_viewer(permit.viewer())
            .sql(format!(" WHERE {open} AND {mine} = "))
            .big_int(permit.subject().key())
            .sql(" AND ")
            .meets(permit.viewer(), today)
    }
}
