//! A member's own birth date: what may be changed at once, what waits for staff, what ends an account.

use diesel::{ExpressionMethods, OptionalExtension, QueryDsl};
use diesel_async::RunQueryDsl;

use super::{
    Error, Store,
    conn::{Conn, on},
    links, outbox, search,
    tables::{birth_date_requests as requests, profiles, standings},
    versions,
};
use crate::domain::{
    age::{self, AgeClass, BirthDate},
    id::MemberId,
    standing::Standing,
};
use crate::privacy::{OwnerFacts, Permit, wishes::KeepOwn};

impl Store {
    /// Changes the viewer's own birth date, and draws in to what the age allows who sees what, and who finds
    /// the viewer.
    pub async fn set_birth_date(
        &self,
        permit: &Permit<KeepOwn>,
        birth: BirthDate,
        age: AgeClass,
        owner: &OwnerFacts,
    ) -> Result<(), Error> {
        let me = versions::owner(permit)?;
        let mut tx = self.begin().await?;
        versions::hold(&mut tx, permit).await?;
        on!(&mut tx, c => diesel::update(profiles::table.find(me.key()))
            .set(profiles::birth_on.eq(birth.key()))
            .execute(c)
            .await)?;
        let doors = age::boundaries(birth);
        on!(&mut tx, c => diesel::update(standings::table.find(me.key()))
            .set((
                standings::turns_13_on.eq(doors.turns_13_on),
                standings::turns_18_on.eq(doors.turns_18_on),
                standings::audiences.eq(owner.audiences.drawn_in(age).digits()),
                standings::findable.eq(owner.findable.drawn_in(age).digits()),
            ))
            .execute(c)
            .await)?;
        forget_request(&mut tx, me).await?;
        search::write(&mut tx, me).await?;
        versions::raise(&mut tx, &[me.key()]).await?;
        tx.commit().await
    }

    /// Stores a birth date that would open a door, for staff to confirm. The latest one counts.
    pub async fn request_birth_date(
        &self,
        permit: &Permit<KeepOwn>,
        birth: BirthDate,
        now: i64,
    ) -> Result<(), Error> {
        let me = versions::owner(permit)?;
        let mut tx = self.begin().await?;
        let outcome = async {
            versions::hold_own(&mut tx, me).await?;
            keep_request(&mut tx, me, birth, now).await
        }
        .await;
        tx.settle(outcome).await
    }

    /// The birth date that waits for staff, if one does.
    pub async fn requested_birth_date(
        &self,
        permit: &Permit<KeepOwn>,
    ) -> Result<Option<BirthDate>, Error> {
        let me = versions::owner(permit)?;
        let mut conn = self.conn().await?;
        let key: Option<i32> = on!(&mut conn, c => requests::table
            .find(me.key())
            .select(requests::birth_on)
            .first(c)
            .await
            .optional())?;
        Ok(key.and_then(|key| BirthDate::from_key(key).ok()))
    }

    /// Stores a teen's date of somebody who was taken for an adult, and closes the account to everybody
    /// else, and them to it, until staff has looked.
    pub async fn put_in_doubt(
        &self,
        permit: &Permit<KeepOwn>,
        birth: BirthDate,
        now: i64,
    ) -> Result<(), Error> {
        let me = versions::owner(permit)?;
        let mut tx = self.begin().await?;
        let outcome = async {
            versions::hold_own(&mut tx, me).await?;
            keep_request(&mut tx, me, birth, now).await?;
            on!(&mut tx, c => diesel::update(standings::table.find(me.key()))
                .set(standings::standing.eq(Standing::InDoubt.code()))
                .execute(c)
                .await)?;
            search::write(&mut tx, me).await?;
            versions::raise(&mut tx, &[me.key()]).await
        }
        .await;
        tx.settle(outcome).await
    }

    /// Freezes the viewer's own account, ends its sessions, and keeps nothing of the date that was stated
    /// (policy clause C28 d). What the account holds is erased later: see [`Store::erase_frozen`].
    pub async fn freeze_own(&self, permit: &Permit<KeepOwn>, now: i64) -> Result<(), Error> {
        let me = versions::owner(permit)?;
        let mut tx = self.begin().await?;
        versions::hold_own(&mut tx, me).await?;
        on!(&mut tx, c => diesel::update(standings::table.find(me.key()))
            .set((
                standings::standing.eq(Standing::Frozen.code()),
                standings::frozen_at.eq(now),
            ))
            .execute(c)
            .await)?;
        forget_request(&mut tx, me).await?;
        super::sessions::end_others(&mut tx, me, None).await?;
        links::void(&tx, me).await?;
        outbox::silence(&tx, me).await?;
        search::write(&mut tx, me).await?;
        versions::raise(&mut tx, &[me.key()]).await?;
        tx.commit().await?;
        self.bell.ring_for(super::bell::Topic::Sessions(me));
        Ok(())
    }
}

async fn keep_request(
    tx: &mut Conn,
    me: MemberId,
    birth: BirthDate,
    now: i64,
) -> Result<(), Error> {
    on!(tx, c => diesel::insert_into(requests::table)
        .values((
            requests::member_id.eq(me.key()),
            requests::birth_on.eq(birth.key()),
            requests::asked_at.eq(now),
        ))
        .on_conflict(requests::member_id)
        .do_update()
        .set((
            requests::birth_on.eq(birth.key()),
            requests::asked_at.eq(now),
        ))
        .execute(c)
        .await)?;
    Ok(())
}

async fn forget_request(tx: &mut Conn, me: MemberId) -> Result<(), Error> {
    on!(tx, c => diesel::delete(requests::table.find(me.key())).execute(c).await)?;
    Ok(())
}
