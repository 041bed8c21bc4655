//! Bonds between two members, and the requests that come before.
//!
//! Each act runs in one transaction that locks both sides, makes sure that the decision still stands, and
//! raises both versions.

use diesel::{BoolExpressionMethods, ExpressionMethods, OptionalExtension, QueryDsl};
use diesel_async::RunQueryDsl;

use super::{
    Error, Store,
    bell::Topic,
    conn::{Conn, on},
    notices::{self, forget_between},
    tables::{bond_requests as requests, bonds},
    versions,
};
use crate::domain::{
    id::{MemberId, NoticeId, RequestId},
    notice::NoticeKind,
};
use crate::privacy::{
    Permit,
    wishes::{Accept, Ask, Decline, End, Withdraw},
};

/// What became of asking.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// The other side will find the request.
    Waiting,
    /// The other side had asked already: the two are penpals.
    Penpals,
}

impl Store {
    /// Asks to become penpals. Asking again changes nothing; asking who asked first accepts. The other is told of either.
    ///
    /// Somebody who declined is not asked a second time, and the one who asks does not learn of it: what
    /// was withdrawn and is asked anew has a new id and a new time either way.
    ///
    /// # Errors
    ///
    /// [`Conflict::Stale`](super::Conflict::Stale) when the decision no longer stands.
    pub async fn ask(
        &self,
        permit: &Permit<Ask>,
        id: RequestId,
        notice: NoticeId,
        now: i64,
    ) -> Result<Asked, Error> {
        let mut tx = self.begin().await?;
        let outcome = ask(&mut tx, permit, id, notice, now).await;
        let asked = tx.settle(outcome).await?;
        self.bell.ring_for(Topic::Notices(permit.subject()));
        Ok(asked)
    }

    /// Accepts what the other asked, who is told.
    ///
    /// # Errors
    ///
    /// [`Conflict::Stale`](super::Conflict::Stale) when the decision no longer stands.
    pub async fn accept(
        &self,
        permit: &Permit<Accept>,
        notice: NoticeId,
        now: i64,
    ) -> Result<(), Error> {
        let (me, other) = (permit.viewer().key(), permit.subject().key());
        let mut tx = self.begin().await?;
        let outcome = async {
            versions::hold(&mut tx, permit).await?;
            bind(&mut tx, me, other, notice, now).await?;
            versions::raise(&mut tx, &[me, other]).await
        }
        .await;
        tx.settle(outcome).await?;
        self.bell
            .ring_for(Topic::Notices(MemberId::from_key(other)));
        Ok(())
    }

    /// Declines what the other asked, who does not learn of it.
    ///
    /// # Errors
    ///
    /// [`Conflict::Stale`](super::Conflict::Stale) when the decision no longer stands.
    pub async fn decline(&self, permit: &Permit<Decline>, now: i64) -> Result<(), Error> {
        let (me, other) = (permit.viewer().key(), permit.subject().key());
        let mut tx = self.begin().await?;
        let outcome = async {
            versions::hold(&mut tx, permit).await?;
            on!(&mut tx, c => diesel::update(requests::table)
                .filter(requests::from_id.eq(other).and(requests::to_id.eq(me)))
                .set(requests::declined_at.eq(now))
                .execute(c)
                .await)?;
            forget_between(&tx, me, other, NoticeKind::PenpalRequest).await?;
            versions::raise(&mut tx, &[me, other]).await
        }
        .await;
        tx.settle(outcome).await
    }

    /// Withdraws what the viewer asked.
    ///
    /// # Errors
    ///
    /// [`Conflict::Stale`](super::Conflict::Stale) when the decision no longer stands.
    pub async fn withdraw(&self, permit: &Permit<Withdraw>) -> Result<(), Error> {
        let (me, other) = (permit.viewer().key(), permit.subject().key());
        let mut tx = self.begin().await?;
        let outcome = async {
            versions::hold(&mut tx, permit).await?;
            take_back(&mut tx, me, other).await?;
            versions::raise(&mut tx, &[me, other]).await
        }
        .await;
        tx.settle(outcome).await
    }

    /// Ends a bond.
    ///
    /// # Errors
    ///
    /// [`Conflict::Stale`](super::Conflict::Stale) when the decision no longer stands.
    pub async fn end(&self, permit: &Permit<End>) -> Result<(), Error> {
        let (me, other) = (permit.viewer().key(), permit.subject().key());
        let mut tx = self.begin().await?;
        let outcome = async {
            versions::hold(&mut tx, permit).await?;
            part(&mut tx, me, other).await?;
            versions::raise(&mut tx, &[me, other]).await
        }
        .await;
        tx.settle(outcome).await
    }
}

async fn ask(
    tx: &mut Conn,
    permit: &Permit<Ask>,
    id: RequestId,
    notice: NoticeId,
    now: i64,
) -> Result<Asked, Error> {
    let (me, other) = (permit.viewer().key(), permit.subject().key());
    versions::hold(tx, permit).await?;
    let theirs: Option<i64> = on!(tx, c => requests::table
        .filter(requests::from_id.eq(other).and(requests::to_id.eq(me)))
        .filter(requests::withdrawn.eq(false))
        .select(requests::id)
        .first(c)
        .await
        .optional())?;
    if theirs.is_some() {
        bind(tx, me, other, notice, now).await?;
        versions::raise(tx, &[me, other]).await?;
        return Ok(Asked::Penpals);
    }
    let mine: Option<(bool, Option<i64>)> = on!(tx, c => requests::table
        .filter(requests::from_id.eq(me).and(requests::to_id.eq(other)))
        .select((requests::withdrawn, requests::declined_at))
        .first(c)
        .await
        .optional())?;
    // Asked already: nothing changes, so that asking is no way to disturb the other side.
    if mine.is_some_and(|(withdrawn, _)| !withdrawn) {
        return Ok(Asked::Waiting);
    }
    // One statement, whether there was a request before or not: one that was withdrawn is there still only where it was
    // declined, and that is not to be told by what asking anew takes.
    on!(tx, c => diesel::insert_into(requests::table)
        .values((
            requests::id.eq(id.key()),
            requests::from_id.eq(me),
            requests::to_id.eq(other),
            requests::asked_at.eq(now),
            requests::withdrawn.eq(false),
        ))
        .on_conflict((requests::from_id, requests::to_id))
        .do_update()
        .set((
            requests::id.eq(id.key()),
            requests::asked_at.eq(now),
            requests::withdrawn.eq(false),
        ))
        .execute(c)
        .await)?;
    let declined = mine.is_some_and(|(_, declined_at)| declined_at.is_some());
    let new = notices::New {
        sender: Some(me),
        ..notices::New::of(notice, NoticeKind::PenpalRequest, now)
    };
    notices::tell(tx, other, new, !declined).await?;
    versions::raise(tx, &[me, other]).await?;
    Ok(Asked::Waiting)
}

/// Takes back what one asked the other. That it was declined is remembered, so that asking anew does not
/// ask the other side anew.
async fn take_back(tx: &mut Conn, from: i64, to: i64) -> Result<(), Error> {
    on!(tx, c => diesel::update(requests::table)
        .filter(requests::from_id.eq(from).and(requests::to_id.eq(to)))
        .set(requests::withdrawn.eq(true))
        .execute(c)
        .await)?;
    on!(tx, c => diesel::delete(requests::table)
        .filter(requests::from_id.eq(from).and(requests::to_id.eq(to)))
        .filter(requests::declined_at.is_null())
        .execute(c)
        .await)?;
    forget_between(tx, to, from, NoticeKind::PenpalRequest).await
}

/// Makes two members penpals and forgets what they asked. The other is told that this one accepted.
async fn bind(
    tx: &mut Conn,
    one: i64,
    other: i64,
    notice: NoticeId,
    now: i64,
) -> Result<(), Error> {
    for (from, to) in [(one, other), (other, one)] {
        forget_between(tx, to, from, NoticeKind::PenpalRequest).await?;
        on!(tx, c => diesel::delete(requests::table)
            .filter(requests::from_id.eq(from).and(requests::to_id.eq(to)))
            .execute(c)
            .await)?;
        on!(tx, c => diesel::insert_into(bonds::table)
            .values((
                bonds::member_id.eq(from),
                bonds::penpal_id.eq(to),
                bonds::since_at.eq(now),
            ))
            .on_conflict_do_nothing()
            .execute(c)
            .await)?;
    }
    let new = notices::New {
        sender: Some(one),
        ..notices::New::of(notice, NoticeKind::RequestAccepted, now)
    };
    notices::tell(tx, other, new, true).await
}

/// Removes the bond of two members and takes back what they asked. A 'no' outlives it.
pub(super) async fn part(tx: &mut Conn, one: i64, other: i64) -> Result<(), Error> {
    for (from, to) in [(one, other), (other, one)] {
        on!(tx, c => diesel::delete(bonds::table)
            .filter(bonds::member_id.eq(from).and(bonds::penpal_id.eq(to)))
            .execute(c)
            .await)?;
        take_back(tx, from, to).await?;
        forget_between(tx, to, from, NoticeKind::RequestAccepted).await?;
    }
    Ok(())
}
