//! Forgetting what has expired.

use std::collections::BTreeSet;

use diesel::{BoolExpressionMethods, ExpressionMethods, NullableExpressionMethods, QueryDsl};
use diesel_async::RunQueryDsl;
use rand::Rng;

use super::{
    Error, Store,
    conn::on,
    messages::{AT_ONCE, take_turns},
    tables::{
        devices, links, mailbox_entries, members, messages, posts, sessions, standings, tombstones,
        used_screenings,
    },
};
use crate::domain::{id::MemberId, standing::Standing};

impl Store {
    /// Forgets sessions past their end or idle since `idle_since`, used screening tokens and links that have expired,
    /// and devices unused since `devices_since`; gives back how many rows went.
    pub async fn forget_expired(
        &self,
        now: i64,
        idle_since: i64,
        devices_since: i64,
    ) -> Result<usize, Error> {
        let mut conn = self.conn().await?;
        let sessions = on!(&mut conn, c => diesel::delete(sessions::table)
            .filter(sessions::expires_at.le(now).or(sessions::last_used_at.le(idle_since)))
            .execute(c)
            .await)?;
        let screenings = on!(&mut conn, c => diesel::delete(used_screenings::table)
            .filter(used_screenings::expires_at.le(now))
            .execute(c)
            .await)?;
        let links = on!(&mut conn, c => diesel::delete(links::table)
            .filter(links::expires_at.le(now))
            .execute(c)
            .await)?;
        let devices = on!(&mut conn, c => diesel::delete(devices::table)
            .filter(devices::last_used_at.le(devices_since))
            .execute(c)
            .await)?;
        Ok(sessions + screenings + links + devices)
    }

    /// Erases the accounts that were frozen at `frozen_before` or earlier, and leaves of each that there
    /// was one, when it went and why, under a random id (policy clause C28 d); gives back how many.
    pub async fn erase_frozen(
        &self,
        frozen_before: i64,
        now: i64,
        rng: &mut (impl Rng + Send),
    ) -> Result<usize, Error> {
        let gone: Vec<i64> = {
            let mut conn = self.conn().await?;
            on!(&mut conn, c => standings::table
                .filter(standings::standing.eq(Standing::Frozen.code()))
                .filter(standings::frozen_at.le(frozen_before))
                .select(standings::member_id)
                .load(c)
                .await)?
        };
        let (mut erased, mut failed) = (0, Ok(()));
        for member in gone {
            let id = MemberId::random(rng);
            // Nobody is shown any of it since the account was frozen.
            let done = async {
                self.empty_mailbox(member).await?;
                self.clear_walls(member).await?;
                self.erase(member, id, now).await
            }
            .await;
            // Where one cannot go now, the others do.
            match done {
                Ok(gone) => erased += usize::from(gone),
                Err(error) => failed = Err(error),
            }
        }
        failed.map(|()| erased)
    }

    /// Erases one, and leaves a tombstone of that id; not where another server was quicker, whose tombstone stands.
    async fn erase(&self, member: i64, tombstone: MemberId, now: i64) -> Result<bool, Error> {
        let mut tx = self.begin_patiently().await?;
        let outcome = async {
            let erased =
                on!(&mut tx, c => diesel::delete(members::table.find(member)).execute(c).await)?;
            if erased == 0 {
                return Ok(false);
            }
            on!(&mut tx, c => diesel::insert_into(tombstones::table)
                .values((
                    tombstones::id.eq(tombstone.key()),
                    tombstones::erased_at.eq(now),
                    tombstones::reason.eq("under age"),
                ))
                .execute(c)
                .await)?;
            Ok(true)
        }
        .await;
        tx.settle(outcome).await
    }

    /// Deletes what a frozen account wrote on walls, and what stands on its own, in pieces: comments before the posts that
    /// they are on.
    async fn clear_walls(&self, member: i64) -> Result<(), Error> {
        loop {
            let conn = self.conn().await?;
            let of_theirs: Vec<i64> = on!(&conn, c => posts::table
                .filter(posts::author_id.eq(member).or(posts::wall_id.eq(member)))
                .filter(posts::parent_id.is_null())
                .order(posts::id)
                .limit(AT_ONCE)
                .select(posts::id)
                .load(c)
                .await)?;
            let on_theirs = posts::parent_id.eq_any(of_theirs.iter().copied().map(Some));
            let mut some: Vec<i64> = on!(&conn, c => posts::table
                .filter(posts::parent_id.is_not_null())
                .filter(on_theirs.or(posts::author_id.nullable().eq(member)))
                .limit(AT_ONCE)
                .select(posts::id)
                .load(c)
                .await)?;
            if some.is_empty() {
                some = of_theirs;
            }
            if some.is_empty() {
                return Ok(());
            }
            on!(&conn, c => diesel::delete(posts::table)
                .filter(posts::id.eq_any(&some))
                .execute(c)
                .await)?;
        }
    }

    /// Deletes what a frozen account wrote and received, in pieces: whoever has written much takes long to go, and others
    /// are to write meanwhile.
    async fn empty_mailbox(&self, member: i64) -> Result<(), Error> {
        loop {
            let mut tx = self.begin_patiently().await?;
            let outcome = async {
                let written: Vec<i64> = on!(&mut tx, c => messages::table
                    .filter(messages::sender_id.eq(member))
                    .order(messages::id)
                    .limit(AT_ONCE)
                    .select(messages::id)
                    .load(c)
                    .await)?;
                let received: Vec<i64> = on!(&mut tx, c => mailbox_entries::table
                    .filter(mailbox_entries::member_id.eq(member))
                    .order(mailbox_entries::seq)
                    .limit(AT_ONCE)
                    .select(mailbox_entries::seq)
                    .load(c)
                    .await)?;
                let of: Vec<i64> = on!(&mut tx, c => messages::table
                    .filter(messages::id.eq_any(&written))
                    .select(messages::conversation_id)
                    .load(c)
                    .await)?;
                let and_of: Vec<i64> = on!(&mut tx, c => mailbox_entries::table
                    .filter(mailbox_entries::member_id.eq(member))
                    .filter(mailbox_entries::seq.eq_any(&received))
                    .select(mailbox_entries::conversation_id)
                    .load(c)
                    .await)?;
                for conversation in of.into_iter().chain(and_of).collect::<BTreeSet<i64>>() {
                    take_turns(&mut tx, conversation).await?;
                }
                on!(&mut tx, c => diesel::delete(messages::table)
                    .filter(messages::id.eq_any(&written))
                    .execute(c)
                    .await)?;
                on!(&mut tx, c => diesel::delete(mailbox_entries::table)
                    .filter(mailbox_entries::member_id.eq(member))
                    .filter(mailbox_entries::seq.eq_any(&received))
                    .execute(c)
                    .await)?;
                Ok(written.is_empty() && received.is_empty())
            }
            .await;
            if tx.settle(outcome).await? {
                return Ok(());
            }
        }
    }
}
