//! Mails that are to go. Whoever tries one pushes its time ahead first, so that another tries it only where nothing was
//! heard of the first: no mail is lost, and one that went when its server died goes once more, under the same id.

use diesel::{
    BoolExpressionMethods, ExpressionMethods, Insertable, IntoSql, NullableExpressionMethods,
    QueryDsl,
    sql_types::{BigInt, Binary, Integer, SmallInt},
};
use diesel_async::RunQueryDsl;

use super::{
    Error, Store,
    conn::{Conn, on},
    sealed::{Cell, Keyring, Sealed},
    tables::{accounts, outbox, standings},
};
use crate::domain::{
    email::Email,
    id::MemberId,
    mail::{Dead, LEASE, LinkKind, MOST_ATTEMPTS, MailKind},
    standing::Standing,
};

/// How many are looked at to find one that nobody else tries.
const LOOKED_AT: i64 = 16;
/// How many of the dead are listed.
const LISTED: i64 = 1_000;

/// A mail that is to go.
#[derive(Debug)]
pub(super) struct NewMail<'a> {
    /// That of the notice which it repeats, or of the link that it brings.
    pub(super) id: i64,
    pub(super) kind: MailKind,
    /// Where it goes.
    pub(super) to: &'a Email,
    /// When that happened of which it tells; it is due at once.
    pub(super) now: i64,
}

/// A mail that is tried now, by this server alone until its time is over.
#[derive(Debug)]
pub struct Mail {
    /// By which it is known.
    pub id: i64,
    /// What it tells.
    pub kind: MailKind,
    /// Whose account it concerns.
    pub member: Option<MemberId>,
    /// Where it goes.
    pub to: Email,
    /// The right side of its `Message-ID`: the same each time that it is tried.
    pub message_domain: String,
    /// When that happened of which it tells, in milliseconds since the Unix epoch.
    pub made_at: i64,
    /// How often it was tried, this time among them.
    pub attempts: i32,
    /// By when whoever tries it must have said what came of it, in milliseconds since the Unix epoch.
    pub leased_until: i64,
}

/// What there is to do.
#[derive(Debug)]
pub enum Next {
    /// This one is to be tried.
    Mail(Mail),
    /// This one is not to be tried any more, for this reason.
    Dead(i64, Dead),
}

/// A mail that is not tried any more. Nothing tells whose it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeadMail {
    /// By which it is known.
    pub id: i64,
    /// What it would have told.
    pub kind: Option<MailKind>,
    /// When that was of which it would have told, in milliseconds since the Unix epoch.
    pub made_at: i64,
    /// How often it was tried.
    pub attempts: i32,
    /// Why it is not tried any more.
    pub why: Option<Dead>,
}

/// Has a mail go, once what surrounds it is done; none where there is no such member, or the account is frozen.
pub(super) async fn post(
    tx: &Conn,
    keys: &Keyring,
    member: i64,
    mail: NewMail<'_>,
) -> Result<(), Error> {
    let address = keys.seal(Cell::MailAddress, mail.id, mail.to.reveal())?;
    on!(tx, c => standings::table
        .filter(standings::member_id.eq(member))
        .filter(standings::standing.ne(Standing::Frozen.code()))
        .select((
            mail.id.into_sql::<BigInt>(),
            standings::member_id.nullable(),
            mail.kind.code().into_sql::<SmallInt>(),
            address.into_sql::<Binary>(),
            mail.now.into_sql::<BigInt>(),
            mail.now.into_sql::<BigInt>(),
            0.into_sql::<Integer>(),
        ))
        .insert_into(outbox::table)
        .into_columns((
            outbox::id,
            outbox::member_id,
            outbox::kind,
            outbox::address,
            outbox::made_at,
            outbox::due_at,
            outbox::attempts,
        ))
        .execute(c)
        .await)?;
    Ok(())
}

/// Has none of the mails go that wait for a member.
pub(super) async fn silence(tx: &Conn, member: MemberId) -> Result<(), Error> {
    on!(tx, c => diesel::delete(outbox::table)
        .filter(outbox::member_id.eq(member.key()))
        .execute(c)
        .await)?;
    Ok(())
}

/// Has no mail go to a member any more that brings a link of one of these kinds.
pub(super) async fn withdraw(tx: &Conn, member: i64, kinds: &[LinkKind]) -> Result<(), Error> {
    let codes: Vec<i16> = kinds
        .iter()
        .map(|kind| MailKind::Link(*kind).code())
        .collect();
    on!(tx, c => diesel::delete(outbox::table)
        .filter(outbox::member_id.eq(member).and(outbox::kind.eq_any(codes)))
        .execute(c)
        .await)?;
    Ok(())
}

/// As it waits: its id, whose it is, its kind, its address, the right side of its `Message-ID`, when it was made and when it is due, and
/// how often it was tried.
type Row = (i64, Option<i64>, i16, Sealed, Option<String>, i64, i64, i32);

impl Store {
    /// The next mail that is due; from now on it is this server's for [`LEASE`]. One that is tried for the first time has this
    /// right side of its `Message-ID` from now on.
    pub async fn next_mail(&self, now: i64, message_domain: &str) -> Result<Option<Next>, Error> {
        let conn = self.conn().await?;
        let due: Vec<Row> = on!(&conn, c => outbox::table
            .filter(outbox::dead.is_null().and(outbox::due_at.le(now)))
            .order((outbox::due_at, outbox::id))
            .limit(LOOKED_AT)
            .select((
                outbox::id,
                outbox::member_id,
                outbox::kind,
                outbox::address,
                outbox::message_domain,
                outbox::made_at,
                outbox::due_at,
                outbox::attempts,
            ))
            .load(c)
            .await)?;
        let leased_until = now + LEASE.num_milliseconds();
        for (id, member, kind, address, domain, made_at, due_at, attempts) in due {
            let message_domain = domain.unwrap_or_else(|| message_domain.to_owned());
            // Of two who saw it at this time, one finds it there still.
            let taken = on!(&conn, c => diesel::update(outbox::table.find(id))
                .filter(outbox::due_at.eq(due_at).and(outbox::dead.is_null()))
                .set((
                    outbox::due_at.eq(leased_until),
                    outbox::attempts.eq(attempts + 1),
                    outbox::message_domain.eq(&message_domain),
                ))
                .execute(c)
                .await)?;
            if taken == 0 {
                continue;
            }
            let opened = self.keys.open(Cell::MailAddress, id, &address);
            let why = match (MailKind::from_code(kind), opened) {
                // It ended whoever tried it, each time.
                _ if attempts >= MOST_ATTEMPTS => Dead::TriedTooOften,
                (Some(kind), Ok(to)) => {
                    return Ok(Some(Next::Mail(Mail {
                        id,
                        kind,
                        member: member.map(MemberId::from_key),
                        to: Email::stored(to),
                        message_domain,
                        made_at,
                        attempts: attempts + 1,
                        leased_until,
                    })));
                }
                _ => Dead::Unwritable,
            };
            drop(conn);
            self.bury_mail(id, leased_until, why).await?;
            return Ok(Some(Next::Dead(id, why)));
        }
        Ok(None)
    }

    /// Forgets a mail that went, whoever tries it by now.
    pub async fn mail_went(&self, id: i64) -> Result<(), Error> {
        let conn = self.conn().await?;
        on!(&conn, c => diesel::delete(outbox::table.find(id)).execute(c).await)?;
        Ok(())
    }

    /// Has a mail that did not go tried again, if it is still that of whoever had it until `leased_until`.
    pub async fn mail_waits(&self, id: i64, leased_until: i64, due_at: i64) -> Result<(), Error> {
        let conn = self.conn().await?;
        on!(&conn, c => diesel::update(outbox::table.find(id))
            .filter(outbox::due_at.eq(leased_until).and(outbox::dead.is_null()))
            .set(outbox::due_at.eq(due_at))
            .execute(c)
            .await)?;
        Ok(())
    }

    /// Has a mail not tried any more, if it is still that of whoever had it until `leased_until`.
    pub async fn bury_mail(&self, id: i64, leased_until: i64, why: Dead) -> Result<(), Error> {
        let conn = self.conn().await?;
        on!(&conn, c => diesel::update(outbox::table.find(id))
            .filter(outbox::due_at.eq(leased_until).and(outbox::dead.is_null()))
            .set(outbox::dead.eq(why.code()))
            .execute(c)
            .await)?;
        Ok(())
    }

    /// Forgets the mails that are not tried any more and tell of what was at `made_before` or earlier; gives back how many.
    pub async fn forget_dead_mails(&self, made_before: i64) -> Result<usize, Error> {
        let conn = self.conn().await?;
        on!(&conn, c => diesel::delete(outbox::table
            .filter(outbox::dead.is_not_null().and(outbox::made_at.le(made_before))))
            .execute(c)
            .await)
    }

    /// The mails that are not tried any more, the latest first, a thousand at most.
    pub async fn dead_mails(&self) -> Result<Vec<DeadMail>, Error> {
        let conn = self.conn().await?;
        let rows: Vec<(i64, i16, i64, i32, Option<i16>)> = on!(&conn, c => outbox::table
            .filter(outbox::dead.is_not_null())
            .order((outbox::made_at.desc(), outbox::id))
            .limit(LISTED)
            .select((outbox::id, outbox::kind, outbox::made_at, outbox::attempts, outbox::dead))
            .load(c)
            .await)?;
        let read =
            |(id, kind, made_at, attempts, dead): (i64, i16, i64, i32, Option<i16>)| DeadMail {
                id,
                kind: MailKind::from_code(kind),
                made_at,
                attempts,
                why: dead.and_then(Dead::from_code),
            };
        Ok(rows.into_iter().map(read).collect())
    }

    /// Has the dead tried again, as if for the first time; gives back how many.
    pub async fn revive_mails(&self, now: i64) -> Result<usize, Error> {
        let conn = self.conn().await?;
        on!(&conn, c => diesel::update(outbox::table.filter(outbox::dead.is_not_null()))
            .set((
                outbox::dead.eq(None::<i16>),
                outbox::attempts.eq(0),
                outbox::due_at.eq(now),
            ))
            .execute(c)
            .await)
    }
}

/// The address that an account has now; nothing where it does not open, so that it can be replaced by one that does.
pub(super) async fn address_of(
    tx: &Conn,
    keys: &Keyring,
    me: MemberId,
) -> Result<Option<Email>, Error> {
    let sealed: Sealed = on!(tx, c => accounts::table
        .find(me.key())
        .select(accounts::email)
        .first(c)
        .await)?;
    let opened = keys.open(Cell::Email, me.key(), &sealed);
    if let Err(error) = &opened {
        tracing::error!(%error, "a member is not told by mail");
    }
    Ok(opened.ok().map(Email::stored))
}
