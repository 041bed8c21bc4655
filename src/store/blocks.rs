//! Blocks: silent, symmetric in effect, and kept by the handle, whatever became of the blocked.

use diesel::{BoolExpressionMethods, ExpressionMethods, OptionalExtension, QueryDsl};
use diesel_async::RunQueryDsl;

use super::{
    Conflict, Error, Store, bonds,
    conn::{Conn, on},
    lists::Place,
    tables::{blocks, members},
    versions,
};
use crate::domain::{handle::Handle, id::BlockId, id::MemberId};
use crate::privacy::{
    Permit,
    wishes::{Block, KeepOwn},
};

/// How many entries a block list may have.
pub const MOST_BLOCKS: i64 = 2_000;

/// An entry of the viewer's own block list.
#[derive(Clone, Debug)]
pub struct BlockRow {
    /// Its id.
    pub id: BlockId,
    /// The blocked handle, as it was given or found.
    pub handle: String,
    /// When, in milliseconds since the Unix epoch.
    pub blocked_at: i64,
}

impl Store {
    /// Blocks a member who exists for the viewer. Their bond, if there is one, ends.
    ///
    /// # Errors
    ///
    /// [`Conflict::Stale`] when the decision no longer stands, [`Conflict::Full`] at [`MOST_BLOCKS`].
    pub async fn block(
        &self,
        permit: &Permit<Block>,
        id: BlockId,
        now: i64,
    ) -> Result<BlockRow, Error> {
        let Some(me) = member(permit.viewer().key()) else {
            return Err(Error::Missing);
        };
        let other = permit.subject();
        let mut tx = self.begin().await?;
        let outcome = async {
            versions::hold(&mut tx, permit).await?;
            let handle: String = on!(&mut tx, c => members::table
                .find(other.key())
                .select(members::handle)
                .first(c)
                .await)?;
            enter(&mut tx, me, Some(other), &handle, id, now).await
        }
        .await;
        tx.settle(outcome).await
    }

    /// Blocks whoever has the handle, if anybody has: the answer is the same, so that nothing is learned
    /// of somebody who does not exist for the viewer.
    ///
    /// # Errors
    ///
    /// [`Conflict::Full`] at [`MOST_BLOCKS`], [`Error::Missing`] when the handle is the viewer's own.
    pub async fn block_handle(
        &self,
        permit: &Permit<KeepOwn>,
        handle: &Handle,
        id: BlockId,
        now: i64,
    ) -> Result<BlockRow, Error> {
        let me = versions::owner(permit)?;
        let mut tx = self.begin().await?;
        let outcome = async {
            let other: Option<i64> = on!(&mut tx, c => members::table
                .filter(members::handle.eq(handle.as_str()))
                .select(members::id)
                .first(c)
                .await
                .optional())?;
            if other == Some(me.key()) {
                return Err(Error::Missing);
            }
            let other = other.map(MemberId::from_key);
            enter(&mut tx, me, other, handle.as_str(), id, now).await
        }
        .await;
        tx.settle(outcome).await
    }

    /// Takes an entry off the viewer's own block list. A bond that the block ended does not come back.
    ///
    /// # Errors
    ///
    /// [`Error::Missing`] when it is not an entry of the viewer's.
    pub async fn unblock(&self, permit: &Permit<KeepOwn>, id: BlockId) -> Result<(), Error> {
        let me = versions::owner(permit)?;
        let mut tx = self.begin().await?;
        let outcome = async {
            let found: Option<i64> = on!(&mut tx, c => blocks::table
                .filter(blocks::id.eq(id.key()).and(blocks::blocker_id.eq(me.key())))
                .select(blocks::blocked_id)
                .first(c)
                .await)?;
            // In the order in which everybody locks: members first.
            versions::lock(&mut tx, &[me.key(), found.unwrap_or_default()]).await?;
            on!(&mut tx, c => diesel::delete(blocks::table.find(id.key())).execute(c).await)?;
            raise(&mut tx, me, found).await
        }
        .await;
        tx.settle(outcome).await
    }

    /// The viewer's own block list, newest first, at most `limit` entries after `after`.
    pub async fn blocks(
        &self,
        permit: &Permit<KeepOwn>,
        after: Option<Place>,
        limit: i64,
    ) -> Result<Vec<BlockRow>, Error> {
        let me = versions::owner(permit)?;
        // Everything comes after the greatest place.
        let after = after.unwrap_or(Place {
            at: i64::MAX,
            id: i64::MAX,
        });
        let mut conn = self.conn().await?;
        let rows: Vec<(i64, String, i64)> = on!(&mut conn, c => blocks::table
            .filter(blocks::blocker_id.eq(me.key()))
            .filter(
                blocks::blocked_at.lt(after.at).or(blocks::blocked_at
                    .eq(after.at)
                    .and(blocks::id.lt(after.id))),
            )
            .order((blocks::blocked_at.desc(), blocks::id.desc()))
            .limit(limit)
            .select((blocks::id, blocks::handle, blocks::blocked_at))
            .load(c)
            .await)?;
        Ok(rows.into_iter().map(row).collect())
    }
}

fn row((id, handle, blocked_at): (i64, String, i64)) -> BlockRow {
    BlockRow {
        id: BlockId::from_key(id),
        handle,
        blocked_at,
    }
}

fn member(key: i64) -> Option<MemberId> {
    (key > 0).then(|| MemberId::from_key(key))
}

async fn raise(tx: &mut Conn, me: MemberId, other: Option<i64>) -> Result<(), Error> {
    // A block of nobody takes as many statements as one of somebody.
    versions::raise(tx, &[me.key(), other.unwrap_or_default()]).await
}

/// Writes the entry, or finds the one that is there, and parts the two.
async fn enter(
    tx: &mut Conn,
    me: MemberId,
    other: Option<MemberId>,
    handle: &str,
    id: BlockId,
    now: i64,
) -> Result<BlockRow, Error> {
    // Before anything else: an act of the other side that is under way must end first.
    versions::lock(tx, &[me.key(), other.map_or(0, MemberId::key)]).await?;
    let held_already: Option<Option<i64>> = on!(tx, c => blocks::table
        .filter(blocks::blocker_id.eq(me.key()).and(blocks::handle.eq(handle)))
        .select(blocks::blocked_id)
        .first(c)
        .await
        .optional())?;
    // An entry from before anybody had the handle is made to mean whoever has it now.
    let other_key = other.map(MemberId::key);
    on!(tx, c => diesel::insert_into(blocks::table)
        .values((
            blocks::id.eq(id.key()),
            blocks::blocker_id.eq(me.key()),
            blocks::blocked_id.eq(other_key),
            blocks::handle.eq(handle),
            blocks::blocked_at.eq(now),
        ))
        .on_conflict((blocks::blocker_id, blocks::handle))
        .do_update()
        .set(blocks::blocked_id.eq(other_key))
        .execute(c)
        .await)?;
    let held: i64 = on!(tx, c => blocks::table
        .filter(blocks::blocker_id.eq(me.key()))
        .count()
        .get_result(c)
        .await)?;
    if held > MOST_BLOCKS {
        return Err(Error::Conflict(Conflict::Full));
    }
    let entry: (i64, String, i64) = on!(tx, c => blocks::table
        .filter(blocks::blocker_id.eq(me.key()).and(blocks::handle.eq(handle)))
        .select((blocks::id, blocks::handle, blocks::blocked_at))
        .first(c)
        .await)?;
    // Blocked already: nothing changes, so that blocking again and again disturbs nobody. Nor where whoever was
    // blocked is gone by now: that would take longer, and tell.
    let as_it_was = held_already.is_some_and(|held| held == other_key || other_key.is_none());
    if !as_it_was {
        bonds::part(tx, me.key(), other.map_or(0, MemberId::key)).await?;
        raise(tx, me, other.map(MemberId::key)).await?;
    }
    Ok(row(entry))
}
