//! Forgetting what has expired.

use diesel::{BoolExpressionMethods, ExpressionMethods, QueryDsl};
use diesel_async::RunQueryDsl;
use rand::Rng;

use super::{
    Error, Store,
    conn::on,
    tables::{devices, members, sessions, standings, tombstones, used_screenings},
};
use crate::domain::{id::MemberId, standing::Standing};

impl Store {
    /// Forgets sessions past their end or idle since `idle_since`, used screening tokens that have expired,
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
        let devices = on!(&mut conn, c => diesel::delete(devices::table)
            .filter(devices::last_used_at.le(devices_since))
            .execute(c)
            .await)?;
        Ok(sessions + screenings + devices)
    }

    /// Erases the accounts that were frozen at `frozen_before` or earlier, and leaves of each that there
    /// was one, when it went and why, under a random id (policy clause C28 d); gives back how many.
    pub async fn erase_frozen(
        &self,
        frozen_before: i64,
        now: i64,
        rng: &mut (impl Rng + Send),
    ) -> Result<usize, Error> {
        // Whoever has written much takes long to go.
        let mut tx = self.begin_patiently().await?;
        let gone: Vec<i64> = on!(&mut tx, c => standings::table
            .filter(standings::standing.eq(Standing::Frozen.code()))
            .filter(standings::frozen_at.le(frozen_before))
            .select(standings::member_id)
            .load(c)
            .await)?;
        for member in &gone {
            let erased =
                on!(&mut tx, c => diesel::delete(members::table.find(member)).execute(c).await)?;
            // Another server was quicker: its tombstone stands.
            if erased == 0 {
                continue;
            }
            let id = MemberId::random(rng).key();
            on!(&mut tx, c => diesel::insert_into(tombstones::table)
                .values((
                    tombstones::id.eq(id),
                    tombstones::erased_at.eq(now),
                    tombstones::reason.eq("under age"),
                ))
                .execute(c)
                .await)?;
        }
        tx.commit().await?;
        Ok(gone.len())
    }
}
