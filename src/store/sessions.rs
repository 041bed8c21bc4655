//! Sessions and the devices that signed in before, known by the digests of their tokens.

use diesel::{
    BoolExpressionMethods, ExpressionMethods, JoinOnDsl, NullableExpressionMethods,
    OptionalExtension, QueryDsl,
};
use diesel_async::RunQueryDsl;

use super::{
    Conflict, Error, Store,
    bell::{self, Topic},
    conn::{Conn, on},
    notices::{Told, tell_by_mail},
    sealed::Keyring,
    second_factor::{self, Verified},
    tables::{accounts, devices, sessions, standings},
    versions,
};
use crate::domain::{
    age::{AgeClass, Today},
    id::{MemberId, NoticeId, SessionId},
    notice::NoticeKind,
    standing::Standing,
};
use crate::privacy::{Permit, wishes::KeepOwn};

/// How many sessions a member may have; the least recently used goes first.
pub const MOST_SESSIONS: i64 = 50;
/// How many devices are remembered for a member; the least recently used goes first.
pub const MOST_DEVICES: i64 = 20;

/// A session that is beginning.
#[derive(Clone, Debug)]
pub struct NewSession {
    /// Its id.
    pub id: SessionId,
    /// Whose.
    pub member: MemberId,
    /// SHA-256 of its token.
    pub digest: [u8; 32],
    /// Whether its token travels in `Authorization` rather than in a cookie.
    pub bearer: bool,
    /// Now, in milliseconds since the Unix epoch.
    pub now: i64,
    /// Its absolute end, in milliseconds since the Unix epoch.
    pub expires_at: i64,
    /// The id of the notice by which the member is told of it, where it is on a device that had not signed in before.
    pub notice: Option<NoticeId>,
}

/// A session that stands, and what decides whether its member is served at all.
#[derive(Clone, Copy, Debug)]
pub struct Standings {
    /// The session.
    pub session: SessionId,
    /// Whose it is.
    pub member: MemberId,
    /// Whether its token travels in `Authorization`.
    pub bearer: bool,
    /// When it was last used, in milliseconds since the Unix epoch.
    pub last_used_at: i64,
    /// When the password was last given in it, in milliseconds since the Unix epoch.
    pub reauthenticated_at: i64,
    /// The member's age class.
    pub age: AgeClass,
    /// The member's standing.
    pub standing: Standing,
}

/// A session in its owner's list.
#[derive(Clone, Copy, Debug)]
pub struct SessionRow {
    /// Its id.
    pub id: SessionId,
    /// Whether its token travels in `Authorization`.
    pub bearer: bool,
    /// When it began, in milliseconds since the Unix epoch.
    pub created_at: i64,
    /// When it was last used, in milliseconds since the Unix epoch.
    pub last_used_at: i64,
    /// Its absolute end, in milliseconds since the Unix epoch.
    pub expires_at: i64,
}

impl Store {
    /// Begins a session, ends the one that the same sign-in replaces, and remembers the device.
    ///
    /// # Errors
    ///
    /// [`Conflict::Stale`] when what was verified no longer opens the account: whoever changed the password
    /// meant to end every other session, and this one is not to come after; and a code opens once.
    pub async fn begin_session(
        &self,
        session: &NewSession,
        verified: Verified<'_>,
        replaces: Option<[u8; 32]>,
        device: Option<[u8; 32]>,
    ) -> Result<(), Error> {
        let mut tx = self.begin().await?;
        let outcome = begin(&mut tx, &self.keys, session, verified, replaces, device).await;
        for member in tx.settle(outcome).await? {
            self.bell.ring_for(Topic::Sessions(member));
        }
        if session.notice.is_some() {
            self.bell.ring_for(Topic::Notices(session.member));
        }
        Ok(())
    }

    /// The session with this token, if it has neither reached its end nor lain idle since `idle_since`.
    pub async fn session(
        &self,
        digest: &[u8; 32],
        now: i64,
        idle_since: i64,
        today: Today,
    ) -> Result<Option<Standings>, Error> {
        let mut conn = self.conn().await?;
        let day = today.key();
        type Row = (i64, i64, bool, i64, i64, i16, Option<bool>, Option<bool>);
        let row: Option<Row> = on!(&mut conn, c => sessions::table
            .inner_join(standings::table.on(standings::member_id.eq(sessions::member_id)))
            .filter(sessions::token_digest.eq(digest.as_slice()))
            .filter(sessions::expires_at.gt(now).and(sessions::last_used_at.gt(idle_since)))
            .select((
                sessions::id,
                sessions::member_id,
                sessions::bearer,
                sessions::last_used_at,
                sessions::reauthenticated_at,
                standings::standing,
                standings::turns_13_on.le(day).nullable(),
                standings::turns_18_on.le(day).nullable(),
            ))
            .first(c)
            .await
            .optional())?;
        Ok(row.map(
            |(
                session,
                member,
                bearer,
                last_used_at,
                reauthenticated_at,
                standing,
                thirteen,
                eighteen,
            )| Standings {
                session: SessionId::from_key(session),
                member: MemberId::from_key(member),
                bearer,
                last_used_at,
                reauthenticated_at,
                age: AgeClass::from_flags(thirteen, eighteen),
                standing: Standing::from_code(standing),
            },
        ))
    }

    /// Notes that a session was used.
    pub async fn touch_session(&self, session: SessionId, now: i64) -> Result<(), Error> {
        let mut conn = self.conn().await?;
        on!(&mut conn, c => diesel::update(sessions::table.find(session.key()))
            .set(sessions::last_used_at.eq(now))
            .execute(c)
            .await)?;
        Ok(())
    }

    /// Notes that the password was given anew in one of the viewer's own sessions (policy clause C19).
    ///
    /// # Errors
    ///
    /// [`Conflict::Stale`] when what was verified no longer opens the account, [`Error::Missing`] when
    /// the session has ended.
    pub async fn reauthenticate(
        &self,
        permit: &Permit<KeepOwn>,
        session: SessionId,
        verified: Verified<'_>,
        now: i64,
    ) -> Result<(), Error> {
        let me = versions::owner(permit)?;
        let mut tx = self.begin().await?;
        let outcome = async {
            versions::hold_own(&mut tx, me).await?;
            still(&mut tx, me, verified).await?;
            let noted = on!(&mut tx, c => diesel::update(sessions::table)
                .filter(sessions::id.eq(session.key()).and(sessions::member_id.eq(me.key())))
                .set(sessions::reauthenticated_at.eq(now))
                .execute(c)
                .await)?;
            if noted == 0 {
                return Err(Error::Missing);
            }
            Ok(())
        }
        .await;
        tx.settle(outcome).await
    }

    /// The viewer's own sessions that stand, the latest used first.
    pub async fn sessions(
        &self,
        permit: &Permit<KeepOwn>,
        now: i64,
        idle_since: i64,
    ) -> Result<Vec<SessionRow>, Error> {
        let me = versions::owner(permit)?;
        let mut conn = self.conn().await?;
        let rows: Vec<(i64, bool, i64, i64, i64)> = on!(&mut conn, c => sessions::table
            .filter(sessions::member_id.eq(me.key()))
            .filter(sessions::expires_at.gt(now).and(sessions::last_used_at.gt(idle_since)))
            .order((sessions::last_used_at.desc(), sessions::id.desc()))
            .limit(MOST_SESSIONS)
            .select((
                sessions::id,
                sessions::bearer,
                sessions::created_at,
                sessions::last_used_at,
                sessions::expires_at,
            ))
            .load(c)
            .await)?;
        Ok(rows
            .into_iter()
            .map(
                |(id, bearer, created_at, last_used_at, expires_at)| SessionRow {
                    id: SessionId::from_key(id),
                    bearer,
                    created_at,
                    last_used_at,
                    expires_at,
                },
            )
            .collect())
    }

    /// Ends one of the viewer's own sessions.
    ///
    /// # Errors
    ///
    /// [`Error::Missing`] when it is not one of the viewer's.
    pub async fn end_session(
        &self,
        permit: &Permit<KeepOwn>,
        session: SessionId,
    ) -> Result<(), Error> {
        let me = versions::owner(permit)?;
        let mut conn = self.conn().await?;
        let ended = on!(&mut conn, c => diesel::delete(sessions::table)
            .filter(sessions::id.eq(session.key()).and(sessions::member_id.eq(me.key())))
            .execute(c)
            .await)?;
        if ended == 0 {
            return Err(Error::Missing);
        }
        bell::announce(&conn, &[Topic::Sessions(me)]).await?;
        self.bell.ring_for(Topic::Sessions(me));
        Ok(())
    }

    /// Ends all of the viewer's own sessions but one; gives back how many.
    pub async fn end_other_sessions(
        &self,
        permit: &Permit<KeepOwn>,
        keep: SessionId,
    ) -> Result<usize, Error> {
        let me = versions::owner(permit)?;
        let mut conn = self.conn().await?;
        let ended = end_others(&mut conn, me, Some(keep)).await?;
        self.bell.ring_for(Topic::Sessions(me));
        Ok(ended)
    }
}

async fn begin(
    tx: &mut Conn,
    keys: &Keyring,
    session: &NewSession,
    verified: Verified<'_>,
    replaces: Option<[u8; 32]>,
    device: Option<[u8; 32]>,
) -> Result<Vec<MemberId>, Error> {
    versions::hold_own(tx, session.member).await?;
    still(tx, session.member, verified).await?;
    let mut ended = vec![session.member];
    if let Some(digest) = replaces {
        // It may be another's, who used the same browser.
        let whose: Option<i64> = on!(tx, c => sessions::table
            .filter(sessions::token_digest.eq(digest.as_slice()))
            .select(sessions::member_id)
            .first(c)
            .await
            .optional())?;
        ended.extend(whose.map(MemberId::from_key));
        on!(tx, c => diesel::delete(sessions::table)
            .filter(sessions::token_digest.eq(digest.as_slice()))
            .execute(c)
            .await)?;
    }
    on!(tx, c => diesel::insert_into(sessions::table)
        .values((
            sessions::id.eq(session.id.key()),
            sessions::member_id.eq(session.member.key()),
            sessions::token_digest.eq(session.digest.as_slice()),
            sessions::bearer.eq(session.bearer),
            sessions::created_at.eq(session.now),
            sessions::last_used_at.eq(session.now),
            sessions::expires_at.eq(session.expires_at),
            sessions::reauthenticated_at.eq(session.now),
        ))
        .execute(c)
        .await)?;
    shorten_sessions(tx, session.member, session.id).await?;
    if let Some(digest) = device {
        remember(tx, session.member, &digest, session.now).await?;
    }
    if let Some(id) = session.notice {
        let told = Told {
            id,
            now: session.now,
        };
        let new = told.of(NoticeKind::SignedIn);
        tell_by_mail(tx, keys, session.member, new).await?;
    }
    let topics: Vec<_> = ended.iter().copied().map(Topic::Sessions).collect();
    bell::announce(tx, &topics).await?;
    Ok(ended)
}

/// Makes sure that what was verified still opens the account, and uses up what opens it once.
async fn still(tx: &mut Conn, member: MemberId, verified: Verified<'_>) -> Result<(), Error> {
    let hash: String = on!(tx, c => accounts::table
        .find(member.key())
        .select(accounts::password_hash)
        .first(c)
        .await)?;
    if hash != verified.password_hash {
        return Err(Error::Conflict(Conflict::Stale));
    }
    second_factor::use_up(tx, member, verified.factor).await
}

/// Ends the member's sessions, all but `keep`.
pub(super) async fn end_others(
    conn: &mut Conn,
    member: MemberId,
    keep: Option<SessionId>,
) -> Result<usize, Error> {
    // No session has the key 0.
    let keep = keep.map_or(0, SessionId::key);
    let ended = on!(conn, c => diesel::delete(sessions::table)
        .filter(sessions::member_id.eq(member.key()).and(sessions::id.ne(keep)))
        .execute(c)
        .await)?;
    bell::announce(conn, &[Topic::Sessions(member)]).await?;
    Ok(ended)
}

/// Ends the least recently used sessions where there are too many; never the one that has just begun.
async fn shorten_sessions(tx: &mut Conn, member: MemberId, begun: SessionId) -> Result<(), Error> {
    let surplus: Vec<i64> = on!(tx, c => sessions::table
        .filter(sessions::member_id.eq(member.key()).and(sessions::id.ne(begun.key())))
        .order((sessions::last_used_at.desc(), sessions::created_at.desc()))
        .offset(MOST_SESSIONS - 1)
        .limit(MOST_SESSIONS)
        .select(sessions::id)
        .load(c)
        .await)?;
    for session in surplus {
        on!(tx, c => diesel::delete(sessions::table.find(session)).execute(c).await)?;
    }
    Ok(())
}

async fn remember(
    tx: &mut Conn,
    member: MemberId,
    digest: &[u8; 32],
    now: i64,
) -> Result<(), Error> {
    on!(tx, c => diesel::insert_into(devices::table)
        .values((
            devices::member_id.eq(member.key()),
            devices::token_digest.eq(digest.as_slice()),
            devices::last_used_at.eq(now),
        ))
        .on_conflict((devices::member_id, devices::token_digest))
        .do_update()
        .set(devices::last_used_at.eq(now))
        .execute(c)
        .await)?;
    let surplus: Vec<Vec<u8>> = on!(tx, c => devices::table
        .filter(devices::member_id.eq(member.key()))
        .filter(devices::token_digest.ne(digest.as_slice()))
        .order(devices::last_used_at.desc())
        .offset(MOST_DEVICES - 1)
        .limit(MOST_DEVICES)
        .select(devices::token_digest)
        .load(c)
        .await)?;
    for digest in surplus {
        on!(tx, c => diesel::delete(devices::table.find((member.key(), &digest)))
            .execute(c)
            .await)?;
    }
    Ok(())
}
