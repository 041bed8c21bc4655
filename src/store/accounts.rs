//! Accounts: how one comes in. What is looked up here gives back ids, standing and hashes, for
//! authentication alone.

use data_encoding::HEXLOWER;
use diesel::{
    BoolExpressionMethods, ExpressionMethods, JoinOnDsl, NullableExpressionMethods,
    OptionalExtension, QueryDsl,
};
use diesel_async::RunQueryDsl;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{
    Conflict, Error, Store,
    bell::Topic,
    bulk::{Rows, shapes},
    conn::{Conn, on},
    contact,
    links::{self, NewLink},
    notices::{Told, tell_by_mail},
    sealed::{Cell, Keyring},
    search,
    settings::NewStanding,
    tables::{
        accounts, devices, handles, members, presences, profiles, second_factors, used_screenings,
    },
    versions,
};
use crate::domain::{
    age::BirthDate,
    contact::ContactRules,
    email::Email,
    findable::Findable,
    handle::Handle,
    id::{LinkId, MemberId},
    mail::LinkKind,
    notice::NoticeKind,
    profile::Audiences,
};
use crate::privacy::{Permit, wishes::KeepOwn};

/// Somebody who has passed the age screen and gives the required four (policy clause C42).
#[derive(Debug)]
pub struct Newcomer {
    /// The new member's id.
    pub id: MemberId,
    /// Handles to try, in order: the first that was never given is theirs.
    pub handles: Vec<Handle>,
    /// Display name.
    pub display_name: String,
    /// E-mail address.
    pub email: Email,
    /// The password's hash, as a PHC string.
    pub password_hash: String,
    /// Birth date, from the screening token.
    pub birth: BirthDate,
    /// Audiences to begin with.
    pub audiences: Audiences,
    /// Who can find them, to begin with.
    pub findable: Findable,
    /// Who may write to them, to begin with.
    pub contact: ContactRules,
    /// The screening token's digest, for it is used once.
    pub screening: [u8; 32],
    /// Until when the screening token could be used again, in milliseconds since the Unix epoch.
    pub screening_expires_at: i64,
    /// The link by which they confirm the address.
    pub confirmation: LinkId,
    /// Now, in milliseconds since the Unix epoch.
    pub now: i64,
}

/// What signing in has to compare with.
#[derive(Clone, Debug)]
pub struct Credentials {
    /// Whose.
    pub member: MemberId,
    /// PHC string.
    pub password_hash: String,
    /// The sealed key of a second factor that is on.
    pub sealed_key: Option<String>,
    /// Whether the member has signed in on this device before.
    pub known_device: bool,
}

impl Store {
    /// Makes an account, a member and an empty profile, all or nothing.
    ///
    /// # Errors
    ///
    /// [`Conflict::Screening`], [`Conflict::Email`] or [`Conflict::Handle`] when one was used before.
    pub async fn admit(&self, newcomer: &Newcomer) -> Result<(), Error> {
        let mut tx = self.begin().await?;
        match enrol(&mut tx, &self.keys, newcomer).await {
            Ok(()) => tx.commit().await,
            Err(error) => {
                tx.rollback().await?;
                Err(error)
            }
        }
    }

    /// The credentials of the account with this address, if there is one, and whether it knows the device
    /// with this digest: one statement, whoever asks.
    pub async fn credentials_by_email(
        &self,
        email: &Email,
        device: [u8; 32],
    ) -> Result<Option<Credentials>, Error> {
        let mut conn = self.conn().await?;
        type Row = (i64, String, Option<String>, Option<i64>);
        let row: Option<Row> = on!(&mut conn, c => accounts::table
            .left_join(devices::table.on(devices::member_id
                .eq(accounts::member_id)
                .and(devices::token_digest.eq(device.to_vec()))))
            .left_join(second_factors::table.on(second_factors::member_id
                .eq(accounts::member_id)
                .and(second_factors::enabled_at.is_not_null())))
            .filter(accounts::email_hash.eq_any(self.keys.hashes(Cell::Email, &email.folded())))
            .select((
                accounts::member_id,
                accounts::password_hash,
                second_factors::sealed_key.nullable(),
                devices::member_id.nullable(),
            ))
            .first(c)
            .await
            .optional())?;
        Ok(
            row.map(|(member, password_hash, sealed_key, device)| Credentials {
                member: MemberId::from_key(member),
                password_hash,
                sealed_key,
                known_device: device.is_some(),
            }),
        )
    }

    /// The viewer's own password hash.
    pub async fn own_password_hash(&self, permit: &Permit<KeepOwn>) -> Result<String, Error> {
        let me = versions::owner(permit)?;
        let mut conn = self.conn().await?;
        on!(&mut conn, c => accounts::table
            .find(me.key())
            .select(accounts::password_hash)
            .first(c)
            .await)
    }

    /// Replaces a hash by another one of the same password, if it is still there; gives back whether it was.
    ///
    /// For hashes that were made with other parameters than those of now.
    pub async fn rehash(
        &self,
        permit: &Permit<KeepOwn>,
        old: &str,
        new: &str,
    ) -> Result<bool, Error> {
        let me = versions::owner(permit)?;
        let mut conn = self.conn().await?;
        let replaced = on!(&mut conn, c => diesel::update(accounts::table)
            .filter(accounts::member_id.eq(me.key()))
            .filter(accounts::password_hash.eq(old))
            .set(accounts::password_hash.eq(new))
            .execute(c)
            .await)?;
        Ok(replaced == 1)
    }

    /// Replaces the viewer's own password, ends every session but one, and tells the member, in one transaction.
    pub async fn change_password(
        &self,
        permit: &Permit<KeepOwn>,
        password_hash: &str,
        keep: crate::domain::id::SessionId,
        told: Told,
    ) -> Result<(), Error> {
        let me = versions::owner(permit)?;
        let mut tx = self.begin().await?;
        versions::hold_own(&mut tx, me).await?;
        on!(&mut tx, c => diesel::update(accounts::table.find(me.key()))
            .set(accounts::password_hash.eq(password_hash))
            .execute(c)
            .await)?;
        super::sessions::end_others(&mut tx, me, Some(keep)).await?;
        // Whoever came by one before does not come in by it now.
        links::void(&tx, me).await?;
        let new = told.of(NoticeKind::PasswordChanged);
        tell_by_mail(&tx, &self.keys, me, new).await?;
        tx.commit().await?;
        self.bell.ring_for(Topic::Sessions(me));
        self.bell.ring_for(Topic::Notices(me));
        Ok(())
    }
}

/// Who has the address, whatever version of the keys it was sealed with.
pub(super) async fn holder(tx: &Conn, keys: &Keyring, email: &Email) -> Result<Option<i64>, Error> {
    let hashes = keys.hashes(Cell::Email, &email.folded());
    on!(tx, c => accounts::table
        .filter(accounts::email_hash.eq_any(hashes))
        .select(accounts::member_id)
        .first(c)
        .await
        .optional())
}

shapes! {
    ACCOUNTS = accounts {
        member_id: BigInt,
        email: Bytes,
        email_hash: Bytes,
        password_hash: Text,
    }
}

/// Accounts, to be written many at once.
pub(super) struct Accounts<'a> {
    keys: &'a Keyring,
    rows: Rows,
}

impl<'a> Accounts<'a> {
    pub(super) const fn sealed_with(keys: &'a Keyring) -> Self {
        let rows = Rows::of(&ACCOUNTS);
        Self { keys, rows }
    }

    /// Adds one: the address, and as it is folded.
    pub(super) fn push(
        &mut self,
        member: i64,
        [email, folded]: [&str; 2],
        password_hash: &str,
    ) -> Result<(), Error> {
        let sealed = self.keys.seal(Cell::Email, member, email)?;
        self.rows.push([
            json!(member),
            json!(HEXLOWER.encode(sealed.bytes())),
            json!(HEXLOWER.encode(&self.keys.hash(Cell::Email, folded))),
            Value::from(password_hash),
        ]);
        Ok(())
    }

    pub(super) fn into_rows(self) -> Rows {
        self.rows
    }
}

async fn enrol(tx: &mut Conn, keys: &Keyring, newcomer: &Newcomer) -> Result<(), Error> {
    let member = newcomer.id.key();
    let fresh = on!(tx, c => diesel::insert_into(used_screenings::table)
        .values((
            used_screenings::digest.eq(newcomer.screening.as_slice()),
            used_screenings::expires_at.eq(newcomer.screening_expires_at),
        ))
        .on_conflict_do_nothing()
        .execute(c)
        .await)?;
    if fresh == 0 {
        return Err(Error::Conflict(Conflict::Screening));
    }
    let handle = claim(tx, &newcomer.handles).await?;
    on!(tx, c => diesel::insert_into(members::table)
        .values((
            members::id.eq(member),
            members::handle.eq(handle.as_str()),
            members::display_name.eq(&newcomer.display_name),
            members::joined_at.eq(newcomer.now),
        ))
        .execute(c)
        .await)?;
    // Two hashes of one address are not the same to the table, where one is an older key's.
    if holder(tx, keys, &newcomer.email).await?.is_some() {
        return Err(Error::Conflict(Conflict::Email));
    }
    let sealed = keys.seal(Cell::Email, member, newcomer.email.reveal())?;
    let admitted = on!(tx, c => diesel::insert_into(accounts::table)
        .values((
            accounts::member_id.eq(member),
            accounts::email.eq(sealed),
            accounts::email_hash.eq(keys.hash(Cell::Email, &newcomer.email.folded())),
            accounts::password_hash.eq(&newcomer.password_hash),
        ))
        .on_conflict_do_nothing()
        .execute(c)
        .await)?;
    if admitted == 0 {
        return Err(Error::Conflict(Conflict::Email));
    }
    let standing = NewStanding::new(
        newcomer.id,
        Some(newcomer.birth),
        &newcomer.audiences,
        &newcomer.findable,
    );
    begin_profile(tx, newcomer.id, standing, newcomer.birth, newcomer.now).await?;
    contact::keep(tx, member, &newcomer.contact).await?;
    let link = NewLink {
        id: newcomer.confirmation,
        now: newcomer.now,
    };
    let kind = LinkKind::ConfirmAddress;
    links::send(tx, keys, member, &newcomer.email, kind, link).await
}

/// Takes the first handle that was never given.
pub(super) async fn claim<'a>(
    tx: &mut Conn,
    candidates: &'a [Handle],
) -> Result<&'a Handle, Error> {
    for handle in candidates {
        let taken = on!(tx, c => diesel::insert_into(handles::table)
            .values(handles::digest.eq(Sha256::digest(handle.as_str()).as_slice()))
            .on_conflict_do_nothing()
            .execute(c)
            .await)?;
        if taken == 1 {
            return Ok(handle);
        }
    }
    Err(Error::Conflict(Conflict::Handle))
}

/// The rows with which a member's settings, profile and presence begin.
pub(super) async fn begin_profile(
    tx: &mut Conn,
    member: MemberId,
    standing: NewStanding,
    birth: BirthDate,
    seen_at: i64,
) -> Result<(), Error> {
    on!(tx, c => diesel::insert_into(super::tables::standings::table)
        .values(&standing)
        .execute(c)
        .await)?;
    on!(tx, c => diesel::insert_into(profiles::table)
        .values((
            profiles::member_id.eq(member.key()),
            profiles::birth_on.eq(birth.key()),
        ))
        .execute(c)
        .await)?;
    on!(tx, c => diesel::insert_into(presences::table)
        .values((
            presences::member_id.eq(member.key()),
            presences::last_seen_at.eq(seen_at),
        ))
        .execute(c)
        .await)?;
    search::write(tx, member).await
}
