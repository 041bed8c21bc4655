//! A whole world written in large pieces: what `serve --demo` and `seed` fill an empty database with.

mod correspondence;
mod described;
mod gallery;
mod ties;
mod walls;

use data_encoding::HEXLOWER;
use diesel::{ExpressionMethods, OptionalExtension, QueryDsl};
use diesel_async::{RunQueryDsl, SimpleAsyncConnection};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

pub use correspondence::{Correspondence, Mailboxes, Side, Written};
pub use gallery::{Album, Photo};
pub use walls::OnWall;

use super::{
    Error, Store,
    accounts::Accounts,
    bulk::{Rows, shapes},
    conn::{Conn, Link, on},
    contact,
    profiles::{ProfileChanges, sealed},
    sealed::{Cell, Keyring},
    tables::{
        contact_rules, handles, members, presences, profile_interests, profile_languages,
        profile_web_handles, profiles, purposes, search_entries, standings,
    },
};
use crate::domain::{
    age::{self, BirthDate},
    contact::ContactRules,
    email::Email,
    findable::Findable,
    handle::Handle,
    id::{BlockId, ListId, MemberId, RequestId},
    profile::{Audiences, Field, Gender, Relationship},
    standing::Standing,
};

/// What a database is for, as far as it says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Nobody has come in yet.
    Empty,
    /// A fictional world.
    Demo,
    /// A fictional world that was not finished.
    Unfinished,
    /// Real members.
    Members,
}

const DEMO: &str = "demo";
const UNFINISHED: &str = "unfinished demo";

/// All that is in a world of one piece.
#[derive(Debug, Default)]
pub struct Whole {
    /// Who lives in it.
    pub inhabitants: Vec<Inhabitant>,
    /// What lies between them, and since when, in milliseconds since the Unix epoch.
    pub ties: Vec<(Tie, i64)>,
    /// What they have written to each other.
    pub correspondence: Vec<Correspondence>,
    /// What stands on their walls.
    pub walls: Vec<OnWall>,
    /// Their albums.
    pub albums: Vec<Album>,
    /// Their photos, but for the bytes.
    pub photos: Vec<Photo>,
}

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
    /// Who can find them.
    pub findable: Findable,
    /// Who may write to them.
    pub contact: ContactRules,
    /// Whether audiences name lists.
    pub uses_lists: bool,
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
    /// The first keeps a list of penpals.
    List(ListId, MemberId, List),
}

/// A list of penpals, and what it is used for.
#[derive(Clone, Debug)]
pub struct List {
    /// Name.
    pub name: String,
    /// Who stands on it.
    pub members: Vec<MemberId>,
    /// Fields whose audience names the list.
    pub shown: Vec<Field>,
    /// Fields from whose audience those on the list are excepted.
    pub excepted: Vec<Field>,
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
        match marked.as_deref() {
            Some(DEMO) => return Ok(Purpose::Demo),
            Some(UNFINISHED) => return Ok(Purpose::Unfinished),
            _ => {}
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

    /// Begins a transaction that takes as long as it takes: a busy machine puts together slowly what is written next.
    pub(super) async fn begin_patiently(&self) -> Result<Conn, Error> {
        let mut tx = self.begin().await?;
        if let Link::Postgres(_) = &tx.link {
            let patient = "SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0";
            on!(&mut tx, c => c.batch_execute(patient).await)?;
        }
        Ok(tx)
    }

    /// Fills an empty database with a world and marks it as a demo's, all or nothing.
    pub async fn settle_demo(&self, whole: &Whole) -> Result<(), Error> {
        let mut tx = self.begin_patiently().await?;
        mark(&mut tx, DEMO).await?;
        settle(&mut tx, &self.keys, &whole.inhabitants).await?;
        ties::knot(&mut tx, &whole.ties).await?;
        let mut mailboxes = Mailboxes::default();
        correspondence::correspond(&mut tx, &whole.correspondence, &mut mailboxes).await?;
        correspondence::number(&mut tx, &mailboxes).await?;
        walls::hang(&mut tx, &whole.walls).await?;
        gallery::exhibit(&mut tx, &whole.albums, &whole.photos).await?;
        tx.commit().await
    }

    /// Marks an empty database as one in which a world begins, for [`Store::settle`] and [`Store::knot`].
    pub async fn begin_world(&self) -> Result<(), Error> {
        let mut tx = self.begin().await?;
        mark(&mut tx, UNFINISHED).await?;
        tx.commit().await
    }

    /// Adds inhabitants to a world that has begun, all or none.
    pub async fn settle(&self, inhabitants: &[Inhabitant]) -> Result<(), Error> {
        let mut tx = self.begin_patiently().await?;
        settle(&mut tx, &self.keys, inhabitants).await?;
        tx.commit().await
    }

    /// Adds ties between inhabitants, all or none.
    pub async fn knot(&self, ties: &[(Tie, i64)]) -> Result<(), Error> {
        let mut tx = self.begin_patiently().await?;
        ties::knot(&mut tx, ties).await?;
        tx.commit().await
    }

    /// Marks a world as finished, after the database has looked at what its tables hold.
    pub async fn finish_world(&self) -> Result<(), Error> {
        let mut conn = self.conn().await?;
        // It takes as long as it takes; the connection goes when this is over.
        if let Link::Postgres(_) = &conn.link {
            on!(&mut conn, c => c.batch_execute("SET statement_timeout = 0").await)?;
        }
        on!(&mut conn, c => c.batch_execute("ANALYZE").await)?;
        conn.begun();
        drop(conn);
        let mut tx = self.begin().await?;
        on!(&mut tx, c => diesel::delete(purposes::table).execute(c).await)?;
        mark(&mut tx, DEMO).await?;
        tx.commit().await
    }
}

async fn mark(tx: &mut Conn, purpose: &str) -> Result<(), Error> {
    on!(tx, c => diesel::insert_into(purposes::table)
        .values(purposes::purpose.eq(purpose))
        .execute(c)
        .await)?;
    Ok(())
}

shapes! {
    HANDLES = handles {
        digest: Bytes,
    }
    MEMBERS = members {
        id: BigInt,
        handle: Text,
        display_name: Text,
        joined_at: BigInt,
    }
    STANDINGS = standings {
        member_id: BigInt,
        standing: SmallInt,
        turns_13_on: Integer,
        turns_18_on: Integer,
        privacy_version: BigInt,
        uses_lists: Bool,
        audiences: Text,
        findable: Text,
    }
    CONTACT_RULES = contact_rules {
        member_id: BigInt,
        writers: SmallInt,
        youngest: SmallInt,
        oldest: SmallInt,
        countries: Text,
        share_language: Bool,
        share_interest: Bool,
        least_length: Integer,
    }
    PROFILES = profiles {
        member_id: BigInt,
        birth_on: Integer,
        full_name: Text,
        gender: SmallInt,
        country: Text,
        city: Text,
        occupation: Text,
        about_me: Text,
        phone: Bytes,
        postal_address: Bytes,
        education: Text,
        relationship: SmallInt,
        looking_for: Text,
    }
    WEB_HANDLES = profile_web_handles {
        member_id: BigInt,
        place: SmallInt,
        service: Text,
        address: Text,
    }
    LANGUAGES = profile_languages {
        member_id: BigInt,
        language: Text,
        fluency: SmallInt,
    }
    INTERESTS = profile_interests {
        member_id: BigInt,
        interest: SmallInt,
    }
    PRESENCES = presences {
        member_id: BigInt,
        last_seen_at: BigInt,
        level: SmallInt,
    }
    SEARCH_ENTRIES = search_entries {
        member_id: BigInt,
        tags: Text,
        words: Text,
        terms: Text,
        birth_on: Integer,
        joined_on: Integer,
        joined_level: SmallInt,
        found_level: SmallInt,
        audiences: Text,
        turns_13_on: Integer,
        turns_18_on: Integer,
    }
}

async fn settle(tx: &mut Conn, keys: &Keyring, inhabitants: &[Inhabitant]) -> Result<(), Error> {
    let (mut handles, mut members) = (Rows::of(&HANDLES), Rows::of(&MEMBERS));
    let (mut accounts, mut standings) = (Accounts::sealed_with(keys), Rows::of(&STANDINGS));
    let (mut profiles, mut web_handles) = (Rows::of(&PROFILES), Rows::of(&WEB_HANDLES));
    let (mut languages, mut interests) = (Rows::of(&LANGUAGES), Rows::of(&INTERESTS));
    let (mut presences, mut entries) = (Rows::of(&PRESENCES), Rows::of(&SEARCH_ENTRIES));
    let mut wanted = Rows::of(&CONTACT_RULES);
    for one in inhabitants {
        let id = json!(one.id.key());
        let handle = one.handle.as_str();
        handles.push([HEXLOWER.encode(&Sha256::digest(handle)).into()]);
        members.push([
            id.clone(),
            handle.into(),
            json!(one.display_name),
            json!(one.joined_at),
        ]);
        let email = [one.email.reveal(), &one.email.folded()];
        accounts.push(one.id.key(), email, &one.password_hash)?;
        let doors = age::boundaries(one.birth);
        standings.push([
            id.clone(),
            json!(Standing::Active.code()),
            json!(doors.turns_13_on),
            json!(doors.turns_18_on),
            json!(1),
            json!(one.uses_lists),
            json!(one.audiences.digits()),
            json!(one.findable.digits()),
        ]);
        let rules = contact::row(one.id.key(), &one.contact);
        wanted.push([
            id.clone(),
            json!(rules.writers),
            json!(rules.youngest),
            json!(rules.oldest),
            json!(rules.countries),
            json!(rules.share_language),
            json!(rules.share_interest),
            json!(rules.least_length),
        ]);
        let profile = &one.profile;
        let hex = |cell, text: &Option<Option<String>>| -> Result<Value, Error> {
            let text = text.as_ref().and_then(Option::as_deref);
            let sealed = sealed(keys, cell, one.id, text)?;
            Ok(json!(sealed.map(|it| HEXLOWER.encode(it.bytes()))))
        };
        profiles.push([
            id.clone(),
            json!(one.birth.key()),
            json!(profile.full_name),
            json!(profile.gender.flatten().map(Gender::code)),
            json!(profile.country.flatten().map(|country| country.code())),
            json!(profile.city),
            json!(profile.occupation),
            json!(profile.about_me),
            hex(Cell::Phone, &profile.phone)?,
            hex(Cell::PostalAddress, &profile.postal_address)?,
            json!(profile.education),
            json!(profile.relationship.flatten().map(Relationship::code)),
            json!(profile.looking_for),
        ]);
        for (place, handle) in profile.web_handles.iter().flatten().enumerate() {
            web_handles.push([
                id.clone(),
                json!(place),
                json!(handle.service()),
                json!(handle.address()),
            ]);
        }
        for spoken in profile.languages.iter().flatten() {
            languages.push([
                id.clone(),
                json!(spoken.language.code()),
                json!(spoken.fluency.code()),
            ]);
        }
        for interest in profile.interests.iter().flatten() {
            interests.push([id.clone(), json!(interest.key())]);
        }
        let described = one.described();
        entries.push(described.row(one.id));
        presences.push([
            id,
            json!(one.last_seen_at),
            json!(described.presence_level()),
        ]);
    }
    let tables = [
        handles,
        members,
        accounts.into_rows(),
        standings,
        wanted,
        profiles,
    ];
    for rows in tables
        .into_iter()
        .chain([web_handles, languages, interests, presences, entries])
    {
        rows.insert(tx).await?;
    }
    Ok(())
}
