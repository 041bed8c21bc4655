//! The viewer's own block list.

use async_graphql::{Context, ID, Object};
use chrono::{DateTime, Utc};

use super::connection::{Connection, List, Listed};
use crate::graphql::{
    context::{Request, time},
    error::Error,
    guard,
};
use crate::store::{blocks::BlockRow, lists::Place};

/// An entry of the viewer's own block list.
#[derive(Clone, Debug)]
pub struct Block(BlockRow);

impl Listed for Block {
    const CONNECTION: &'static str = "BlockConnection";
    const EDGE: &'static str = "BlockEdge";
}

impl From<BlockRow> for Block {
    fn from(row: BlockRow) -> Self {
        Self(row)
    }
}

/// An entry of the viewer's own block list.
#[Object]
impl Block {
    /// The entry's own id, to take it off the list by.
    pub async fn id(&self) -> ID {
        self.0.id.global().into()
    }

    /// The blocked handle.
    async fn handle(&self) -> &str {
        &self.0.handle
    }

    /// When it was entered.
    async fn blocked_at(&self) -> DateTime<Utc> {
        time(self.0.blocked_at)
    }
}

/// A page of the viewer's own block list.
pub(super) async fn blocks(
    ctx: &Context<'_>,
    first: i32,
    after: Option<String>,
) -> Result<Connection<Block>, Error> {
    let permit = guard::own(ctx).await?;
    let request = Request::of(ctx);
    let list = List::Blocks;
    let window = list.window(request, first, after.as_deref())?;
    let rows = request
        .services()
        .store
        .blocks(&permit, window.after, window.limit())
        .await?;
    let read = rows.len();
    let nodes = rows.into_iter().take(read.min(window.size())).map(|row| {
        (
            Place {
                at: row.blocked_at,
                id: row.id.key(),
            },
            Block(row),
        )
    });
    Ok(Connection::new(list, window, read, nodes))
}
