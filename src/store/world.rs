//! A whole world written at once: what `serve --demo` fills an empty database with.

use diesel::{ExpressionMethods, OptionalExtension, QueryDsl};
use diesel_async::RunQueryDsl;

use super::{
    Error, Store,
    accounts::{begin_profile, claim},
    conn::{Conn, on},
    profiles::{self, ProfileChanges},
    settings::NewStanding,
    tables::{accounts, blocks, bond_requests, bonds, members, purposes},
};
use crate::domain::{
    age::BirthDate,
    email::Email,
    handle::Handle,
    id::{BlockId, MemberId, RequestId},
    profile::Audiences,
};

/// What a database is for, as far as it says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Nobody has come in yet.
    Empty,
    /// The demo's fictional world.
    Demo,
    /// Real members.
    Members,
}

const DEMO: &str = "demo";

/// Somebody who lives in the world.
#[derive(Clone, Debug)]
pub struct Inhabitant {
    /// Id.
    pub id: MemberId,
    /// Handle.
    pub handle: Handle,
    /// Display name.
    pub display_name: String,
    /// E-mail address.
    pub email: Email,
    /// PHC string, or a text that no password opens.
    pub password_hash: String,
    /// Birth date.
    pub birth: BirthDate,
    /// Audiences.
    pub audiences: Audiences,
    /// The rest of the profile.
    pub profile: ProfileChanges,
    /// When they joined, in milliseconds since the Unix epoch.
    pub joined_at: i64,
    /// When they were last seen, in milliseconds since the Unix epoch.
    pub last_seen_at: i64,
}

/// A tie between two inhabitants.
#[derive(Clone, Debug)]
pub enum Tie {
    /// They are penpals.
    Bond(MemberId, MemberId),
    /// The first has asked the second.
    Request(RequestId, MemberId, MemberId),
    /// The first has blocked the second, by handle.
    Block(BlockId, MemberId, MemberId, Handle),
}

impl Store {
    /// What the database is for.
    pub async fn purpose(&self) -> Result<Purpose, Error> {
        let mut conn = self.conn().await?;
        let marked: Option<String> = on!(&mut conn, c => purposes::table
            .select(purposes::purpose)
            .first(c)
            .await
            .optional())?;
        if marked.as_deref() == Some(DEMO) {
            return Ok(Purpose::Demo);
        }
        let anybody: Option<i64> = on!(&mut conn, c => members::table
            .select(members::id)
            .first(c)
            .await
            .optional())?;
        Ok(if anybody.is_some() {
            Purpose::Members
        } else {
            Purpose::Empty
        })
    }

    /// Fills an empty database with a world and marks it as a demo's, all or nothing.
    pub async fn settle_demo(
        &self,
        inhabitants: Vec<Inhabitant>,
        ties: &[(Tie, i64)],
    ) -> Result<(), Error> {
        let mut tx = self.begin().await?;
        on!(&mut tx, c => diesel::insert_into(purposes::table)
            .values(purposes::purpose.eq(DEMO))
            .execute(c)
            .await)?;
        for inhabitant in inhabitants {
            settle(&mut tx, inhabitant).await?;
        }
        for (tie, at) in ties {
            knot(&mut tx, tie, *at).await?;
        }
        tx.commit().await
    }
}

async fn settle(tx: &mut Conn, inhabitant: Inhabitant) -> Result<(), Error> {
    let id = inhabitant.id;
    claim(tx, std::slice::from_ref(&inhabitant.handle)).await?;
    on!(tx, c => diesel::insert_into(members::table)
        .values((
            members::id.eq(id.key()),
            members::handle.eq(inhabitant.handle.as_str()),
            members::display_name.eq(&inhabitant.display_name),
            members::joined_at.eq(inhabitant.joined_at),
        ))
        .execute(c)
        .await)?;
    on!(tx, c => diesel::insert_into(accounts::table)
        .values((
            accounts::member_id.eq(id.key()),
            accounts::email.eq(inhabitant.email.reveal()),
            accounts::email_folded.eq(inhabitant.email.folded()),
            accounts::password_hash.eq(&inhabitant.password_hash),
        ))
        .execute(c)
        .await)?;
    let standing = NewStanding::new(id, Some(inhabitant.birth), &inhabitant.audiences);
    begin_profile(tx, id, standing, inhabitant.birth, inhabitant.last_seen_at).await?;
    profiles::write(tx, id, inhabitant.profile).await
}

async fn knot(tx: &mut Conn, tie: &Tie, at: i64) -> Result<(), Error> {
    match tie {
        Tie::Bond(one, other) => {
            for (from, to) in [(one, other), (other, one)] {
                on!(tx, c => diesel::insert_into(bonds::table)
                    .values((
                        bonds::member_id.eq(from.key()),
                        bonds::penpal_id.eq(to.key()),
                        bonds::since_at.eq(at),
                    ))
                    .execute(c)
                    .await)?;
            }
        }
        Tie::Request(id, from, to) => {
            on!(tx, c => diesel::insert_into(bond_requests::table)
                .values((
                    bond_requests::id.eq(id.key()),
                    bond_requests::from_id.eq(from.key()),
                    bond_requests::to_id.eq(to.key()),
                    bond_requests::asked_at.eq(at),
                    bond_requests::withdrawn.eq(false),
                ))
                .execute(c)
                .await)?;
        }
        Tie::Block(id, blocker, blocked, handle) => {
            on!(tx, c => diesel::insert_into(blocks::table)
                .values((
                    blocks::id.eq(id.key()),
                    blocks::blocker_id.eq(blocker.key()),
                    blocks::blocked_id.eq(Some(blocked.key())),
                    blocks::handle.eq(handle.as_str()),
                    blocks::blocked_at.eq(at),
                ))
                .execute(c)
                .await)?;
        }
    }
    Ok(())
}
