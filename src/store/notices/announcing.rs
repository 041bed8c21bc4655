//! Telling all members something.

use diesel::{ExpressionMethods, OptionalExtension, QueryDsl};
use diesel_async::RunQueryDsl;
use rand::Rng;

use super::writing::{New, tell_own};
use crate::domain::{
    id::{MemberId, NoticeId},
    notice::{AnnouncementText, NoticeKind},
};
use crate::store::{
    Error, Store,
    bell::Topic,
    conn::{Conn, on},
    tables::{announcements, members},
};

/// How many members are told in one transaction: others are to write meanwhile.
const AT_ONCE: i64 = 100;

impl Store {
    /// Notes something that all members are to be told.
    pub async fn announce(
        &self,
        text: &AnnouncementText,
        now: i64,
        rng: &mut (impl Rng + Send),
    ) -> Result<(), Error> {
        // It has no id outside.
        let id = NoticeId::random(rng).key();
        let conn = self.conn().await?;
        on!(&conn, c => diesel::insert_into(announcements::table)
            .values((
                announcements::id.eq(id),
                announcements::made_at.eq(now),
                announcements::body.eq(text.as_str()),
                announcements::told_up_to.eq(Some(0)),
            ))
            .execute(c)
            .await)?;
        Ok(())
    }

    /// Tells whoever was not told yet of what was announced, in pieces; what was broken off goes on. Gives back how many were
    /// told.
    pub async fn spread_announcements(&self, rng: &mut (impl Rng + Send)) -> Result<usize, Error> {
        let mut told = 0;
        loop {
            let mut tx = self.begin_patiently().await?;
            let outcome = piece(&mut tx, rng).await;
            let Some(members) = tx.settle(outcome).await? else {
                return Ok(told);
            };
            told += members.len();
            for member in members {
                self.bell.ring_for(Topic::Notices(member));
            }
        }
    }
}

/// Tells some of those who are next; nothing where all were told of everything.
async fn piece(tx: &mut Conn, rng: &mut (impl Rng + Send)) -> Result<Option<Vec<MemberId>>, Error> {
    let open = announcements::table
        .filter(announcements::told_up_to.is_not_null())
        .order((announcements::made_at, announcements::id));
    let next: Option<i64> = on!(&*tx, c => open
        .select(announcements::id)
        .first(c)
        .await
        .optional())?;
    let Some(id) = next else {
        return Ok(None);
    };
    // One server at a time: the next waits here, and then sees how far this one came.
    on!(&*tx, c => diesel::update(announcements::table.find(id))
        .set(announcements::id.eq(id))
        .execute(c)
        .await)?;
    let (made_at, up_to): (i64, Option<i64>) = on!(&*tx, c => announcements::table
        .find(id)
        .select((announcements::made_at, announcements::told_up_to))
        .first(c)
        .await)?;
    let Some(up_to) = up_to else {
        return Ok(Some(Vec::new()));
    };
    let some: Vec<i64> = on!(&*tx, c => members::table
        .filter(members::id.gt(up_to))
        // Who comes in afterwards reads how things are, and not how they came to be so.
        .filter(members::joined_at.le(made_at))
        .order(members::id)
        .limit(AT_ONCE)
        .select(members::id)
        .load(c)
        .await)?;
    for member in &some {
        let new = New {
            announcement: Some(id),
            ..New::of(NoticeId::random(rng), NoticeKind::Announcement, made_at)
        };
        tell_own(tx, MemberId::from_key(*member), new).await?;
    }
    on!(&*tx, c => diesel::update(announcements::table.find(id))
        .set(announcements::told_up_to.eq(some.last().copied()))
        .execute(c)
        .await)?;
    Ok(Some(some.into_iter().map(MemberId::from_key).collect()))
}
