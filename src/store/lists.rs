//! Lists of members and of requests: the ids on a page, cut after what the viewer may not know of was
//! left out.

use diesel::sql_types::BigInt;
use diesel_async::RunQueryDsl;

use super::{Error, Store, conn::on, statement::Statement, tables::members};
use crate::domain::{
    age::Today,
    handle::Handle,
    id::{MemberId, RequestId},
};
use crate::privacy::{Permit, wishes::KeepOwn};
use crate::viewer::who::Viewer;

/// A place in a list that is ordered by a time, latest first, and then by id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Place {
    /// The time, in milliseconds since the Unix epoch.
    pub at: i64,
    /// The id.
    pub id: i64,
}

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
}

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
    /// Members who exist for `viewer`, at most `limit` after `after`, in the order of their ids: any other
    /// order would tell something about them, and ids are random.
    pub async fn members(
        &self,
        viewer: Viewer,
        today: Today,
        after: Option<Place>,
        limit: i64,
    ) -> Result<Vec<Place>, Error> {
        let mut conn = self.conn().await?;
        let mut statement = Statement::<BigInt>::new(conn.dialect());
        statement
            .sql("SELECT s.member_id FROM standings s")
            .join_viewer(viewer)
            .sql(" WHERE ")
            .meets(viewer, today);
        if let Some(place) = after {
            statement.sql(" AND s.member_id > ").big_int(place.id);
        }
        statement.sql(" ORDER BY s.member_id LIMIT ").big_int(limit);
        let ids: Vec<i64> = on!(&mut conn, c => statement.load(c).await)?;
        Ok(ids.into_iter().map(|id| Place { at: 0, id }).collect())
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
        let rows: Vec<(i64, i64, i64)> = on!(&mut conn, c => statement.load(c).await)?;
        Ok(rows.into_iter().map(request_row).collect())
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
        let rows: Vec<(i64, i64, i64)> = on!(&mut conn, c => statement.load(c).await)?;
        Ok(rows.into_iter().map(request_row).collect())
    }
}

fn request_row((id, other, asked_at): (i64, i64, i64)) -> RequestRow {
    RequestRow {
        id: RequestId::from_key(id),
        other: MemberId::from_key(other),
        asked_at,
    }
}

impl Statement<(BigInt, BigInt, BigInt)> {
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
        self.sql(format!(
            "SELECT r.id, {other}, r.asked_at FROM bond_requests r \
             JOIN standings s ON s.member_id = {other}"
        ))
        .join_viewer(permit.viewer())
        .sql(format!(" WHERE {open} AND {mine} = "))
        .big_int(permit.subject().key())
        .sql(" AND ")
        .meets(permit.viewer(), today)
    }
}
