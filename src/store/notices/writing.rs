//! Writing notices, marking them as read, and forgetting them. The statements are the same whether or not one comes to be.

use diesel::{
    BoolExpressionMethods, ExpressionMethods, Insertable, IntoSql, OptionalExtension, QueryDsl,
    sql_types::{BigInt, Bool, Nullable, SmallInt},
    upsert::excluded,
};
use diesel_async::RunQueryDsl;

use super::NoticeRow;
use crate::domain::{
    id::{MemberId, NoticeId},
    mail::MailKind,
    notice::{Category, MOST_OTHERS, MOST_SOCIAL, NoticeKind},
};
use crate::privacy::{Permit, wishes::KeepOwn};
use crate::store::{
    Error, Store,
    bell::{Topic, announce},
    conn::{Conn, on},
    kept::Kept,
    news,
    outbox::{self, NewMail},
    sealed::Keyring,
    tables::{announcements, members, notice_counts as counts, notices},
    versions,
};

/// A notice that is to be.
#[derive(Clone, Copy, Debug)]
pub(in crate::store) struct New {
    /// Its id.
    pub(in crate::store) id: NoticeId,
    /// What it tells.
    pub(in crate::store) kind: NoticeKind,
    /// Who did it; nobody, where its receiver did.
    pub(in crate::store) sender: Option<i64>,
    /// The key of the post or the comment that it is about.
    pub(in crate::store) about: Option<i64>,
    /// The key of the announcement that it is.
    pub(in crate::store) announcement: Option<i64>,
    /// When, in milliseconds since the Unix epoch.
    pub(in crate::store) now: i64,
}

impl New {
    /// That something of this kind happened, of which nothing more is said.
    pub(in crate::store) const fn of(id: NoticeId, kind: NoticeKind, now: i64) -> Self {
        Self {
            id,
            kind,
            sender: None,
            about: None,
            announcement: None,
            now,
        }
    }
}

/// By which notice a member is told of what was done with their account, and when it was.
#[derive(Clone, Copy, Debug)]
pub struct Told {
    /// The notice's id.
    pub id: NoticeId,
    /// When, in milliseconds since the Unix epoch.
    pub now: i64,
}

impl Told {
    /// That something of this kind was done.
    pub(in crate::store) const fn of(self, kind: NoticeKind) -> New {
        New::of(self.id, kind, self.now)
    }
}

/// Which of one's own notices are marked as read.
#[derive(Clone, Copy, Debug)]
pub enum Marked<'a> {
    /// These. What is not there is passed over.
    These(&'a [NoticeId]),
    /// This one, and all that came before.
    UpTo(&'a NoticeRow),
}

/// Tells a member of what another did, where it `shows` to them: the same statements where it does not.
pub(in crate::store) async fn tell(tx: &Conn, to: i64, new: New, shows: bool) -> Result<(), Error> {
    let seq = number(tx, to, shows).await?;
    write(tx, to, seq, new, shows).await?;
    news::note(tx, to, new.now).await?;
    // By numbers, of which what is hidden has some: what is pushed out tells nothing of it.
    on!(tx, c => diesel::delete(notices::table)
        .filter(notices::member_id.eq(to))
        .filter(notices::category.eq(Category::Social.code()))
        .filter(notices::seq.le(seq - MOST_SOCIAL))
        .execute(c)
        .await)?;
    announce(tx, &[Topic::Notices(MemberId::from_key(to))]).await
}

/// Tells a member of what was done with their own account, which they hold.
pub(in crate::store) async fn tell_own(tx: &Conn, me: MemberId, new: New) -> Result<(), Error> {
    let me_key = me.key();
    let seq = number(tx, me_key, true).await?;
    write(tx, me_key, seq, new, true).await?;
    let category = new.kind.category().code();
    let oldest: Option<i64> = on!(tx, c => notices::table
        .filter(notices::member_id.eq(me_key).and(notices::category.eq(category)))
        .order(notices::seq.desc())
        .offset(MOST_OTHERS)
        .select(notices::seq)
        .first(c)
        .await
        .optional())?;
    on!(tx, c => diesel::delete(notices::table)
        .filter(notices::member_id.eq(me_key).and(notices::category.eq(category)))
        .filter(notices::seq.le(oldest.unwrap_or_default()))
        .execute(c)
        .await)?;
    announce(tx, &[Topic::Notices(me)]).await
}

/// Tells a member so, and by mail as well, to the address that the account has at this moment: whoever replaces it next does
/// not get the mail that tells of them (policy clause C76).
pub(in crate::store) async fn tell_by_mail(
    tx: &Conn,
    keys: &Keyring,
    me: MemberId,
    new: New,
) -> Result<(), Error> {
    tell_own(tx, me, new).await?;
    let Some(to) = outbox::address_of(tx, keys, me).await? else {
        return Ok(());
    };
    let mail = NewMail {
        id: new.id.key(),
        kind: MailKind::Told(new.kind),
        to: &to,
        now: new.now,
    };
    outbox::post(tx, keys, me.key(), mail).await
}

/// Takes back what one of the two was told of what stands between them: that the other has asked, or accepted.
pub(in crate::store) async fn forget_between(
    tx: &Conn,
    to: i64,
    from: i64,
    kind: NoticeKind,
) -> Result<(), Error> {
    on!(tx, c => diesel::delete(notices::table)
        .filter(notices::member_id.eq(to).and(notices::sender_id.eq(from)))
        .filter(notices::kind.eq(kind.code()))
        .execute(c)
        .await)?;
    Ok(())
}

/// The next number of a member's notices, or the last where none is `taken`. Of somebody who is gone it is 0.
async fn number(tx: &Conn, member: i64, taken: bool) -> Result<i64, Error> {
    let seq: Option<i64> = on!(tx, c => Kept(members::table
        .filter(members::id.eq(member))
        .select((members::id, i64::from(taken).into_sql::<BigInt>()))
        .insert_into(counts::table)
        .into_columns((counts::member_id, counts::seq))
        .on_conflict(counts::member_id)
        .do_update()
        .set(counts::seq.eq(counts::seq + excluded(counts::seq)))
        .returning(counts::seq))
        .get_result(c)
        .await
        .optional())?;
    Ok(seq.unwrap_or_default())
}

async fn write(tx: &Conn, to: i64, seq: i64, new: New, shows: bool) -> Result<(), Error> {
    // Every key passes, or none does.
    let least = if shows { 0 } else { i64::MAX };
    on!(tx, c => members::table
        .filter(members::id.eq(to))
        .filter(members::id.gt(least))
        .select((
            new.id.key().into_sql::<BigInt>(),
            members::id,
            seq.into_sql::<BigInt>(),
            new.kind.code().into_sql::<SmallInt>(),
            new.kind.category().code().into_sql::<SmallInt>(),
            new.sender.into_sql::<Nullable<BigInt>>(),
            new.about.into_sql::<Nullable<BigInt>>(),
            new.announcement.into_sql::<Nullable<BigInt>>(),
            new.now.into_sql::<BigInt>(),
            true.into_sql::<Bool>(),
        ))
        .insert_into(notices::table)
        .into_columns((
            notices::id,
            notices::member_id,
            notices::seq,
            notices::kind,
            notices::category,
            notices::sender_id,
            notices::post_id,
            notices::announcement_id,
            notices::made_at,
            notices::unread,
        ))
        .execute(c)
        .await)?;
    Ok(())
}

impl Store {
    /// Marks some of the viewer's own notices as read.
    pub async fn mark_notices_read(
        &self,
        permit: &Permit<KeepOwn>,
        marked: Marked<'_>,
    ) -> Result<(), Error> {
        let me = versions::owner(permit)?;
        let mut tx = self.begin().await?;
        let outcome = async {
            versions::hold_own(&mut tx, me).await?;
            match marked {
                Marked::These(ids) => {
                    for id in ids {
                        on!(&mut tx, c => diesel::update(notices::table.find(id.key()))
                            .filter(notices::member_id.eq(me.key()))
                            .set(notices::unread.eq(false))
                            .execute(c)
                            .await)?;
                    }
                }
                Marked::UpTo(last) => {
                    on!(&mut tx, c => diesel::update(notices::table)
                        .filter(notices::member_id.eq(me.key()))
                        .filter(notices::seq.le(last.seq).and(notices::unread.eq(true)))
                        .set(notices::unread.eq(false))
                        .execute(c)
                        .await)?;
                }
            }
            Ok(())
        }
        .await;
        tx.settle(outcome).await
    }

    /// Forgets notices that were made at `made_before` or earlier, and what was announced; gives back how many.
    pub async fn forget_notices(&self, made_before: i64) -> Result<usize, Error> {
        let conn = self.conn().await?;
        on!(&conn, c => diesel::delete(announcements::table)
            .filter(announcements::made_at.le(made_before))
            .execute(c)
            .await)?;
        on!(&conn, c => diesel::delete(notices::table)
            .filter(notices::made_at.le(made_before))
            .execute(c)
            .await)
    }
}
