//! Links in mails. Each is good once, until it expires or what it was made for has changed; of a kind, a member has the latest
//! alone.

use diesel::{
    BoolExpressionMethods, ExpressionMethods, Insertable, IntoSql, JoinOnDsl, OptionalExtension,
    QueryDsl,
    sql_types::{BigInt, Binary, Nullable, SmallInt},
};
use diesel_async::RunQueryDsl;

use super::{
    Conflict, Error, Store,
    bell::Topic,
    conn::{Conn, on},
    notices::{New, Told, tell_by_mail},
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
    forget(tx, member, kind).await?;
    note(tx, member, kind, link, None).await?;
    let mail = NewMail {
        id: link.id.key(),
        kind: MailKind::Link(kind),
        to,
        now: link.now,
    };
    outbox::post(tx, keys, member, mail).await
}

/// Has links of a kind be good for nothing any more, and has none go that has not gone yet.
async fn forget(tx: &Conn, member: i64, kind: LinkKind) -> Result<(), Error> {
    on!(tx, c => diesel::delete(links::table)
        .filter(links::member_id.eq(member).and(links::kind.eq(kind.code())))
        .execute(c)
        .await)?;
    outbox::withdraw(tx, member, &[kind]).await
}

/// Notes that a link is good, where there is such a member.
async fn note(
    tx: &Conn,
    member: i64,
    kind: LinkKind,
    link: NewLink,
    address: Option<Sealed>,
) -> Result<(), Error> {
    let expires_at = link.now + kind.lasts().num_milliseconds();
    on!(tx, c => members::table
        .filter(members::id.eq(member))
        .select((
            link.id.key().into_sql::<BigInt>(),
            members::id,
            kind.code().into_sql::<SmallInt>(),
            address.into_sql::<Nullable<Binary>>(),
            expires_at.into_sql::<BigInt>(),
        ))
        .insert_into(links::table)
        .into_columns((
            links::id,
            links::member_id,
            links::kind,
            links::address,
            links::expires_at,
        ))
        .execute(c)
        .await)?;
    Ok(())
}

/// Has no link of a member's be good any more.
pub(super) async fn void(tx: &Conn, member: MemberId) -> Result<(), Error> {
    on!(tx, c => diesel::delete(links::table)
        .filter(links::member_id.eq(member.key()))
        .execute(c)
        .await)?;
    outbox::withdraw(tx, member.key(), &LinkKind::ALL).await
}

/// A link that was taken: whose it was, and the address that it was to bring.
type Taken = (MemberId, Option<Sealed>);

/// Takes a link that is good: from now on it is not. Its member is held; nobody is there to be held where it is not good.
async fn take(tx: &mut Conn, link: &Link, now: i64) -> Result<Option<Taken>, Error> {
    let Some((member, address)) = holder(tx, link, now).await? else {
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
    let served = served.filter(|_| taken == 1).map(MemberId::from_key);
    Ok(served.map(|member| (member, address)))
}

/// Whose link it is and the address that it is to bring, where it is good.
async fn holder(
    conn: &Conn,
    link: &Link,
    now: i64,
) -> Result<Option<(i64, Option<Sealed>)>, Error> {
    on!(conn, c => links::table
        .find(link.id().key())
        .filter(links::kind.eq(link.kind().code()).and(links::expires_at.gt(now)))
        .select((links::member_id, links::address))
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

    /// Has a link go to another address of the viewer's, which is theirs once it was followed; where somebody else has it,
    /// they are told instead, by the same statements.
    pub async fn send_change(
        &self,
        permit: &Permit<KeepOwn>,
        email: &Email,
        link: NewLink,
    ) -> Result<(), Error> {
        let me = versions::owner(permit)?;
        let mut tx = self.begin().await?;
        let outcome = async {
            versions::hold_own(&mut tx, me).await?;
            let holder = super::accounts::holder(&tx, &self.keys, email).await?;
            let other = holder.filter(|holder| *holder != me.key());
            let told = other.unwrap_or(me.key());
            // As they wrote it: another spelling may be somebody else's mailbox.
            let own = outbox::address_of(&tx, &self.keys, MemberId::from_key(told)).await?;
            let kind = LinkKind::ChangeAddress;
            forget(&tx, me.key(), kind).await?;
            let sealed = self
                .keys
                .seal(Cell::LinkAddress, link.id.key(), email.reveal())?;
            let linked = if other.is_some() { NOBODY } else { me.key() };
            note(&tx, linked, kind, link, Some(sealed)).await?;
            let (kind, to) = match other {
                Some(_) => (MailKind::AddressInUse, own.unwrap_or_else(|| email.clone())),
                None => (MailKind::Link(kind), email.clone()),
            };
            let mail = NewMail {
                id: link.id.key(),
                kind,
                to: &to,
                now: link.now,
            };
            outbox::post(&tx, &self.keys, told, mail).await
        }
        .await;
        tx.settle(outcome).await
    }

    /// Notes that the address of the link's member is theirs, or that another is; says whether the link was good. At the old
    /// address they are told of it.
    pub async fn confirm_address(&self, link: &Link, told: Told) -> Result<bool, Error> {
        if link.kind() == LinkKind::ResetPassword {
            return Ok(false);
        }
        let mut tx = self.begin().await?;
        let outcome = async {
            let Some((member, other)) = take(&mut tx, link, told.now).await? else {
                return Ok(None);
            };
            match other {
                Some(sealed) => {
                    let opened = self
                        .keys
                        .open(Cell::LinkAddress, link.id().key(), &sealed)?;
                    let email = Email::stored(opened);
                    let new = told.of(NoticeKind::EmailChanged);
                    let replaced = replace(&tx, &self.keys, member, &email, new).await?;
                    Ok(replaced.then_some(member))
                }
                None => {
                    on!(&tx, c => diesel::update(accounts::table.find(member.key()))
                        .set(accounts::confirmed_at.eq(told.now))
                        .execute(c)
                        .await)?;
                    Ok(Some(member))
                }
            }
        }
        .await;
        match tx.settle(outcome).await {
            Ok(Some(member)) => {
                self.bell.ring_for(Topic::Notices(member));
                Ok(true)
            }
            // In the same moment somebody else has come to have it.
            Ok(None) | Err(Error::Conflict(Conflict::Email)) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// The address that a link to choose another password went to, for a password must not be made of it; nothing where the
    /// link is not good. Whoever has the link reads mail there.
    pub async fn reset_address(&self, link: &Link, now: i64) -> Result<Option<Email>, Error> {
        if link.kind() != LinkKind::ResetPassword {
            return Ok(None);
        }
        let conn = self.conn().await?;
        match holder(&conn, link, now).await? {
            Some((member, _)) => {
                outbox::address_of(&conn, &self.keys, MemberId::from_key(member)).await
            }
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
            let Some((member, _)) = take(&mut tx, link, told.now).await? else {
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

/// Replaces a member's address, unless somebody else has come to have it, or their name has come to show it.
async fn replace(
    tx: &Conn,
    keys: &Keyring,
    member: MemberId,
    email: &Email,
    new: New,
) -> Result<bool, Error> {
    let holder = super::accounts::holder(tx, keys, email).await?;
    let name: String = on!(tx, c => members::table
        .find(member.key())
        .select(members::display_name)
        .first(c)
        .await)?;
    if holder.is_some_and(|holder| holder != member.key()) || email.stands_in(&name) {
        return Ok(false);
    }
    // Before it is replaced: the old one is told.
    tell_by_mail(tx, keys, member, new).await?;
    let sealed = keys.seal(Cell::Email, member.key(), email.reveal())?;
    on!(tx, c => diesel::update(accounts::table.find(member.key()))
        .set((
            accounts::email.eq(sealed),
            accounts::email_hash.eq(keys.hash(Cell::Email, &email.folded())),
            accounts::confirmed_at.eq(new.now),
        ))
        .execute(c)
        .await)?;
    void(tx, member).await?;
    Ok(true)
}

async fn confirmed(conn: &Conn, me: MemberId) -> Result<bool, Error> {
    let at: Option<i64> = on!(conn, c => accounts::table
        .find(me.key())
        .select(accounts::confirmed_at)
        .first(c)
        .await)?;
    Ok(at.is_some())
}
