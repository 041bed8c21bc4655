//! Requests to become penpals, as the viewer knows them.

use async_graphql::{Context, ID, Object};
use chrono::{DateTime, Utc};

use super::{
    connection::{Connection, List, Listed},
    foresight::foresee,
    members::Member,
    query::signed_in,
};
use crate::domain::id::RequestId;
use crate::graphql::{
    context::{Request, time},
    error::Error,
    guard,
};
use crate::store::lists::{Direction, Place, RequestRow};

/// A request to become penpals, as the viewer knows it.
#[derive(Clone, Debug)]
pub struct PenpalRequest {
    row: RequestRow,
    other: Member,
    direction: Direction,
}

impl Listed for PenpalRequest {
    const CONNECTION: &'static str = "PenpalRequestConnection";
    const EDGE: &'static str = "PenpalRequestEdge";
}

impl PenpalRequest {
    /// Those of the viewer's own requests that have these ids.
    pub async fn own(ctx: &Context<'_>, ids: &[RequestId]) -> Result<Vec<Self>, Error> {
        if ids.is_empty() || !signed_in(ctx) {
            return Ok(Vec::new());
        }
        let permit = guard::own(ctx).await?;
        let request = Request::of(ctx);
        let store = &request.services().store;
        let mut all = Vec::new();
        for direction in [Direction::Received, Direction::Sent] {
            let rows = store
                .requests_by_id(&permit, ids, direction, request.today())
                .await?;
            all.extend(rows.into_iter().map(|row| (row, direction)));
        }
        let foreseen = foresee(ctx, &["member"], None);
        let met = guard::met(ctx, all.iter().map(|(row, _)| row.case), &foreseen).await;
        Ok(all
            .into_iter()
            .filter_map(|(row, direction)| {
                let met = met.iter().find(|met| met.id() == row.other)?;
                Some(Self {
                    row,
                    other: met.clone().into(),
                    direction,
                })
            })
            .collect())
    }

    /// Its id.
    pub fn request_id(&self) -> RequestId {
        self.row.id
    }
}

/// A request to become penpals, as the viewer knows it.
#[Object]
impl PenpalRequest {
    /// Opaque and stable.
    pub async fn id(&self) -> ID {
        self.row.id.global().into()
    }

    /// The one on the other side.
    async fn member(&self) -> Member {
        self.other.clone()
    }

    /// Whether the viewer sent it.
    async fn sent_by_me(&self) -> bool {
        self.direction == Direction::Sent
    }

    /// When it was sent.
    async fn asked_at(&self) -> DateTime<Utc> {
        time(self.row.asked_at)
    }
}

/// A page of the viewer's requests, from one side.
pub async fn requests(
    ctx: &Context<'_>,
    direction: Direction,
    first: i32,
    after: Option<String>,
) -> Result<Connection<PenpalRequest>, Error> {
    let permit = guard::own(ctx).await?;
    let request = Request::of(ctx);
    let list = match direction {
        Direction::Sent => List::Sent,
        Direction::Received => List::Received,
    };
    let window = list.window(request, first, after.as_deref())?;
    let rows = request
        .services()
        .store
        .requests(
            &permit,
            direction,
            request.today(),
            window.after,
            window.limit(),
        )
        .await?;
    let page = window.page(&rows);
    let foreseen = foresee(ctx, &["edges", "node", "member"], None);
    let met = guard::met(ctx, page.iter().map(|row| row.case), &foreseen).await;
    let nodes = met.into_iter().filter_map(|met| {
        let row = page.iter().find(|row| row.other == met.id())?;
        Some((
            Place {
                at: row.asked_at,
                id: row.id.key(),
            },
            PenpalRequest {
                row: *row,
                other: met.into(),
                direction,
            },
        ))
    });
    Ok(Connection::new(list, window, rows.len(), nodes))
}
