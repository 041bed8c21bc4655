//! The second factor (policy clause C19): the key that is shared with an authenticator, sealed, and recovery
//! codes, as digests.

use diesel::{BoolExpressionMethods, ExpressionMethods, OptionalExtension, QueryDsl};
use diesel_async::RunQueryDsl;

use super::{
    Conflict, Error, Store,
    bell::Topic,
    conn::{Conn, on},
    notices::{Told, tell_by_mail},
    tables::{recovery_codes, second_factors, sessions},
    versions,
};
use crate::domain::{
    id::{MemberId, SessionId},
    notice::NoticeKind,
};
use crate::privacy::{Permit, wishes::KeepOwn};

/// What somebody has proved to come in.
#[derive(Clone, Copy)]
pub struct Verified<'a> {
    /// The hash of the password that was verified.
    pub password_hash: &'a str,
    /// The second factor that was verified.
    pub factor: Factor,
}

impl std::fmt::Debug for Verified<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Verified(hidden)")
    }
}

/// A second factor that was verified, and is used up when it opens something.
#[derive(Clone, Copy)]
pub enum Factor {
    /// None: there is none to give.
    None,
    /// A code of the authenticator, by its step.
    Step(i64),
    /// A recovery code, by its digest.
    Recovery([u8; 32]),
}

/// The viewer's own second factor.
#[derive(Clone)]
pub struct OwnFactor {
    /// The sealed key.
    pub sealed_key: String,
    /// Since when it counts, in milliseconds since the Unix epoch; nothing while no code was given.
    pub enabled_at: Option<i64>,
}

impl std::fmt::Debug for OwnFactor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("OwnFactor(hidden)")
    }
}

impl Store {
    /// The viewer's own second factor, whether or not it counts yet.
    pub async fn own_factor(&self, permit: &Permit<KeepOwn>) -> Result<Option<OwnFactor>, Error> {
        let me = versions::owner(permit)?;
        let mut conn = self.conn().await?;
        let row: Option<(String, Option<i64>)> = on!(&mut conn, c => second_factors::table
            .find(me.key())
            .select((second_factors::sealed_key, second_factors::enabled_at))
            .first(c)
            .await
            .optional())?;
        Ok(row.map(|(sealed_key, enabled_at)| OwnFactor {
            sealed_key,
            enabled_at,
        }))
    }

    /// How many recovery codes the viewer has left.
    pub async fn recovery_codes_left(&self, permit: &Permit<KeepOwn>) -> Result<i64, Error> {
        let me = versions::owner(permit)?;
        let mut conn = self.conn().await?;
        on!(&mut conn, c => recovery_codes::table
            .filter(recovery_codes::member_id.eq(me.key()))
            .count()
            .get_result(c)
            .await)
    }

    /// Keeps a key that does not count yet, in the place of an earlier one that did not either.
    ///
    /// # Errors
    ///
    /// [`Conflict::Full`] when there is one that counts.
    pub async fn prepare_factor(
        &self,
        permit: &Permit<KeepOwn>,
        sealed_key: &str,
    ) -> Result<(), Error> {
        let me = versions::owner(permit)?;
        let mut tx = self.begin().await?;
        let outcome = async {
            versions::hold_own(&mut tx, me).await?;
            if enabled(&mut tx, me).await? {
                return Err(Error::Conflict(Conflict::Full));
            }
            on!(&mut tx, c => diesel::delete(second_factors::table.find(me.key()))
                .execute(c)
                .await)?;
            on!(&mut tx, c => diesel::insert_into(second_factors::table)
                .values((
                    second_factors::member_id.eq(me.key()),
                    second_factors::sealed_key.eq(sealed_key),
                ))
                .execute(c)
                .await)?;
            Ok(())
        }
        .await;
        tx.settle(outcome).await
    }

    /// Makes the key count, a code of which was given, and keeps the digests of the recovery codes. In all
    /// other sessions the password no longer counts as given lately: it was given without a second factor.
    ///
    /// # Errors
    ///
    /// [`Conflict::Stale`] when another key has taken its place, or it counts already.
    pub async fn enable_factor(
        &self,
        permit: &Permit<KeepOwn>,
        session: SessionId,
        sealed_key: &str,
        step: i64,
        recovery: &[[u8; 32]],
        told: Told,
    ) -> Result<(), Error> {
        let me = versions::owner(permit)?;
        let mut tx = self.begin().await?;
        let outcome = async {
            versions::hold_own(&mut tx, me).await?;
            let begun = on!(&mut tx, c => diesel::update(second_factors::table.find(me.key()))
                .filter(second_factors::sealed_key.eq(sealed_key))
                .filter(second_factors::enabled_at.is_null())
                .set((
                    second_factors::enabled_at.eq(Some(told.now)),
                    second_factors::last_step.eq(step),
                ))
                .execute(c)
                .await)?;
            if begun == 0 {
                return Err(Error::Conflict(Conflict::Stale));
            }
            on!(&mut tx, c => diesel::update(sessions::table)
                .filter(sessions::member_id.eq(me.key()).and(sessions::id.ne(session.key())))
                .set(sessions::reauthenticated_at.eq(0))
                .execute(c)
                .await)?;
            replace_codes(&mut tx, me, recovery).await?;
            let new = told.of(NoticeKind::SecondFactorOn);
            tell_by_mail(&tx, &self.keys, me, new).await
        }
        .await;
        tx.settle(outcome).await?;
        self.bell.ring_for(Topic::Notices(me));
        Ok(())
    }

    /// Replaces the recovery codes.
    ///
    /// # Errors
    ///
    /// [`Error::Missing`] when there is no second factor that counts.
    pub async fn replace_recovery_codes(
        &self,
        permit: &Permit<KeepOwn>,
        recovery: &[[u8; 32]],
        told: Told,
    ) -> Result<(), Error> {
        let me = versions::owner(permit)?;
        let mut tx = self.begin().await?;
        let outcome = async {
            versions::hold_own(&mut tx, me).await?;
            if !enabled(&mut tx, me).await? {
                return Err(Error::Missing);
            }
            replace_codes(&mut tx, me, recovery).await?;
            let new = told.of(NoticeKind::RecoveryCodesRenewed);
            tell_by_mail(&tx, &self.keys, me, new).await
        }
        .await;
        tx.settle(outcome).await?;
        self.bell.ring_for(Topic::Notices(me));
        Ok(())
    }

    /// Takes the second factor away, and its recovery codes; gives back whether there was one.
    pub async fn disable_factor(
        &self,
        permit: &Permit<KeepOwn>,
        told: Told,
    ) -> Result<bool, Error> {
        let me = versions::owner(permit)?;
        let mut tx = self.begin().await?;
        let outcome = async {
            versions::hold_own(&mut tx, me).await?;
            let counted = enabled(&mut tx, me).await?;
            let gone = on!(&mut tx, c => diesel::delete(second_factors::table.find(me.key()))
                .execute(c)
                .await)?;
            if counted {
                let new = told.of(NoticeKind::SecondFactorOff);
                tell_by_mail(&tx, &self.keys, me, new).await?;
            }
            Ok(gone > 0)
        }
        .await;
        let gone = tx.settle(outcome).await?;
        self.bell.ring_for(Topic::Notices(me));
        Ok(gone)
    }
}

async fn enabled(tx: &mut Conn, me: MemberId) -> Result<bool, Error> {
    let row: Option<i64> = on!(tx, c => second_factors::table
        .find(me.key())
        .filter(second_factors::enabled_at.is_not_null())
        .select(second_factors::member_id)
        .first(c)
        .await
        .optional())?;
    Ok(row.is_some())
}

async fn replace_codes(tx: &mut Conn, me: MemberId, recovery: &[[u8; 32]]) -> Result<(), Error> {
    on!(tx, c => diesel::delete(recovery_codes::table)
        .filter(recovery_codes::member_id.eq(me.key()))
        .execute(c)
        .await)?;
    for digest in recovery {
        on!(tx, c => diesel::insert_into(recovery_codes::table)
            .values((
                recovery_codes::member_id.eq(me.key()),
                recovery_codes::digest.eq(digest.as_slice()),
            ))
            .execute(c)
            .await)?;
    }
    Ok(())
}

/// Uses up the second factor with which somebody comes in, in a transaction that holds the member.
///
/// # Errors
///
/// [`Conflict::Stale`] when it was used before, or one is asked for and none was given.
pub(super) async fn use_up(tx: &mut Conn, me: MemberId, factor: Factor) -> Result<(), Error> {
    if !enabled(tx, me).await? {
        return Ok(());
    }
    let used = match factor {
        Factor::None => 0,
        Factor::Step(step) => on!(tx, c => diesel::update(second_factors::table.find(me.key()))
            .filter(second_factors::last_step.lt(step))
            .set(second_factors::last_step.eq(step))
            .execute(c)
            .await)?,
        Factor::Recovery(digest) => on!(tx, c => diesel::delete(recovery_codes::table)
            .filter(recovery_codes::member_id.eq(me.key()))
            .filter(recovery_codes::digest.eq(digest.as_slice()))
            .execute(c)
            .await)?,
    };
    if used == 1 {
        Ok(())
    } else {
        Err(Error::Conflict(Conflict::Stale))
    }
}
