//! Links in mails. Each is good once, until it expires or what it was made for has changed; of a kind, a member has the latest
//! alone.

use diesel::{
    BoolExpressionMethods, ExpressionMethods, Insertable, IntoSql, JoinOnDsl, OptionalExtension,
    QueryDsl,
    sql_types::{BigInt, SmallInt},
};
use diesel_async::RunQueryDsl;

use super::{
    Error, Store,
    bell::Topic,
    conn::{Conn, on},
    notices::{Told, tell_by_mail},
    outbox::{self, NewMail},
    sealed::{Cell, Keyring, Sealed},
    sessions,
    tables::{accounts, devices, links, members, standings},
    versions,
};
use crate::domain::{
    email::Email,
    id::{LinkId, MemberId},
    mail::{LinkKind, MailKind},
    notice::NoticeKind,
    standing::Standing,
};
use crate::privacy::{Permit, wishes::KeepOwn};
use crate::viewer::links::Link;

/// A link that is to go by mail.
#[derive(Clone, Copy, Debug)]
pub struct NewLink {
    /// Its id, and that of the mail.
    pub id: LinkId,
    /// Now, in milliseconds since the Unix epoch.
    pub now: i64,
}

/// The key of nobody: those of members are greater.
const NOBODY: i64 = 0;

/// Has a link go to a member by mail, in the place of earlier ones of its kind; the same statements where there is no such
/// member.
pub(super) async fn send(
    tx: &Conn,
    keys: &Keyring,
    member: i64,
    to: &Email,
    kind: LinkKind,
    link: NewLink,
) -> Result<(), Error> {
    let expires_at = link.now + kind.lasts().num_milliseconds();
    on!(tx, c => diesel::delete(links::table)
        .filter(links::member_id.eq(member).and(links::kind.eq(kind.code())))
        .execute(c)
        .await)?;
    outbox::withdraw(tx, member, &[kind]).await?;
    on!(tx, c => members::table
        .filter(members::id.eq(member))
        .select((
            link.id.key().into_sql::<BigInt>(),
            members::id,
            kind.code().into_sql::<SmallInt>(),
            expires_at.into_sql::<BigInt>(),
        ))
        .insert_into(links::table)
        .into_columns((
            links::id,
            links::member_id,
            links::kind,
            links::expires_at,
        ))
        .execute(c)
        .await)?;
    let mail = NewMail {
        id: link.id.key(),
        kind: MailKind::Link(kind),
        to,
        now: link.now,
    };
    outbox::post(tx, keys, member, mail).await
}

/// Has no link of a member's be good any more.
pub(super) async fn void(tx: &Conn, member: MemberId) -> Result<(), Error> {
    on!(tx, c => diesel::delete(links::table)
        .filter(links::member_id.eq(member.key()))
        .execute(c)
        .await)?;
    outbox::withdraw(tx, member.key(), &LinkKind::ALL).await
}

/// Takes a link that is good: from now on it is not. Its member is held; nobody is there to be held where it is not good.
async fn take(tx: &mut Conn, link: &Link, now: i64) -> Result<Option<MemberId>, Error> {
    let Some(member) = holder(tx, link, now).await? else {
        return Ok(None);
    };
    // The member first, as everybody does who has to hold both.
    versions::lock(tx, &[member]).await?;
    let taken = on!(&mut *tx, c => diesel::delete(links::table.find(link.id().key()))
        .execute(c)
        .await)?;
    let served: Option<i64> = on!(&mut *tx, c => standings::table
        .filter(standings::member_id.eq(member))
        .filter(standings::standing.ne(Standing::Frozen.code()))
        .select(standings::member_id)
        .first(c)
        .await
        .optional())?;
    Ok(served.filter(|_| taken == 1).map(MemberId::from_key))
}

/// Whose link it is, where it is good.
async fn holder(conn: &Conn, link: &Link, now: i64) -> Result<Option<i64>, Error> {
    on!(conn, c => links::table
        .find(link.id().key())
        .filter(links::kind.eq(link.kind().code()).and(links::expires_at.gt(now)))
        .select(links::member_id)
        .first(c)
        .await
        .optional())
}

impl Store {
    /// Has a link to choose another password go to an address, where it is an account's; the same statements where it is not.
    pub async fn send_reset(&self, asked: &Email, link: NewLink) -> Result<(), Error> {
        let tx = self.begin().await?;
        let outcome = async {
            let account: Option<(i64, Sealed)> = on!(&tx, c => accounts::table
                .inner_join(standings::table.on(standings::member_id.eq(accounts::member_id)))
                .filter(accounts::email_hash.eq_any(self.keys.hashes(Cell::Email, &asked.folded())))
                .filter(standings::standing.ne(Standing::Frozen.code()))
                .select((accounts::member_id, accounts::email))
                .first(c)
                .await
                .optional())?;
            let member = account.as_ref().map_or(NOBODY, |(member, _)| *member);
            // To the address as its owner wrote it: another spelling may be somebody else's mailbox.
            let own = account.and_then(|(_, own)| self.keys.open(Cell::Email, member, &own).ok());
            let to = own.map_or_else(|| asked.clone(), Email::stored);
            send(&tx, &self.keys, member, &to, LinkKind::ResetPassword, link).await
        }
        .await;
        tx.settle(outcome).await
    }

    /// Has a link to confirm the address go to the viewer's own; says whether there was anything to confirm.
    pub async fn send_confirmation(
        &self,
        permit: &Permit<KeepOwn>,
        link: NewLink,
    ) -> Result<bool, Error> {
        let me = versions::owner(permit)?;
        let mut tx = self.begin().await?;
        let outcome = async {
            versions::hold_own(&mut tx, me).await?;
            if confirmed(&tx, me).await? {
                return Ok(false);
            }
            let Some(to) = outbox::address_of(&tx, &self.keys, me).await? else {
                return Ok(false);
            };
            let kind = LinkKind::ConfirmAddress;
            send(&tx, &self.keys, me.key(), &to, kind, link).await?;
            Ok(true)
        }
        .await;
        tx.settle(outcome).await
    }

    /// Whether the viewer's own address is confirmed.
    pub async fn own_address_confirmed(&self, permit: &Permit<KeepOwn>) -> Result<bool, Error> {
        let me = versions::owner(permit)?;
        confirmed(&self.conn().await?, me).await
    }

    /// Notes that the address of the link's member is theirs; says whether the link was good.
    pub async fn confirm_address(&self, link: &Link, now: i64) -> Result<bool, Error> {
        if link.kind() != LinkKind::ConfirmAddress {
            return Ok(false);
        }
        let mut tx = self.begin().await?;
        let outcome = async {
            let Some(member) = take(&mut tx, link, now).await? else {
                return Ok(false);
            };
            on!(&tx, c => diesel::update(accounts::table.find(member.key()))
                .set(accounts::confirmed_at.eq(now))
                .execute(c)
                .await)?;
            Ok(true)
        }
        .await;
        tx.settle(outcome).await
    }

    /// The address that a link to choose another password went to, for a password must not be made of it; nothing where the
    /// link is not good. Whoever has the link reads mail there.
    pub async fn reset_address(&self, link: &Link, now: i64) -> Result<Option<Email>, Error> {
        if link.kind() != LinkKind::ResetPassword {
            return Ok(None);
        }
        let conn = self.conn().await?;
        match holder(&conn, link, now).await? {
            Some(member) => outbox::address_of(&conn, &self.keys, MemberId::from_key(member)).await,
            None => Ok(None),
        }
    }

    /// Replaces the password of the link's member, ends all their sessions, forgets their devices, and tells them; says whether
    /// the link was good. A second factor stays as it is. Whoever has the link reads mail at the address: it is confirmed.
    pub async fn reset_password(
        &self,
        link: &Link,
        password_hash: &str,
        told: Told,
    ) -> Result<bool, Error> {
        if link.kind() != LinkKind::ResetPassword {
            return Ok(false);
        }
        let mut tx = self.begin().await?;
        let outcome = async {
            let Some(member) = take(&mut tx, link, told.now).await? else {
                return Ok(None);
            };
            on!(&tx, c => diesel::update(accounts::table.find(member.key()))
                .set((
                    accounts::password_hash.eq(password_hash),
                    accounts::confirmed_at.eq(told.now),
                ))
                .execute(c)
                .await)?;
            sessions::end_others(&mut tx, member, None).await?;
            on!(&tx, c => diesel::delete(devices::table)
                .filter(devices::member_id.eq(member.key()))
                .execute(c)
                .await)?;
            void(&tx, member).await?;
            let new = told.of(NoticeKind::PasswordChanged);
            tell_by_mail(&tx, &self.keys, member, new).await?;
            Ok(Some(member))
        }
        .await;
        let Some(member) = tx.settle(outcome).await? else {
            return Ok(false);
        };
        self.bell.ring_for(Topic::Sessions(member));
        self.bell.ring_for(Topic::Notices(member));
        Ok(true)
    }
}

async fn confirmed(conn: &Conn, me: MemberId) -> Result<bool, Error> {
    let at: Option<i64> = on!(conn, c => accounts::table
        .find(me.key())
        .select(accounts::confirmed_at)
        .first(c)
        .await)?;
    Ok(at.is_some())
}
