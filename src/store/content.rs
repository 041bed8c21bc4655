//! The content statement: one for a whole list level, each governed column named only where somebody's
//! permit for it was granted, and read only for the members whose permit was.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, PoisonError},
};

use diesel::sql_types::{BigInt, Binary, Integer, Nullable, SmallInt, Text};

mod values;

pub use values::Column;

use super::{
    Error,
    error::Cause,
    sealed::{Cell, Keyring, Sealed},
    statement::{Dialect, Key, Statement},
};
use crate::domain::{age::Today, id::MemberId, profile::Field};
use crate::privacy::{Grants, Versions};
use crate::viewer::who::Viewer;

/// What was read of one member: of each field, nothing where no permit was given, or it is empty.
#[derive(Clone, Default)]
pub struct Content {
    handle: Option<String>,
    display_name: Option<String>,
    full_name: Option<String>,
    email: Opened,
    birth_on: Option<i32>,
    age: Option<i32>,
    gender: Option<i16>,
    country: Option<String>,
    city: Option<String>,
    languages: Option<String>,
    occupation: Option<String>,
    interests: Option<String>,
    about_me: Option<String>,
    last_seen_at: Option<i64>,
    phone: Opened,
    postal_address: Opened,
    birthday: Option<i32>,
    education: Option<String>,
    relationship: Option<i16>,
    looking_for: Option<String>,
    web_handles: Option<String>,
    joined_at: Option<i64>,
}

/// What was sealed, and was opened where it could be.
type Opened = Option<Result<String, Error>>;

/// Contents by member and by the versions that their permits named, and by whether an age is to the day. A
/// member who is absent was not read: their settings, or the viewer's, have changed since the decision.
pub type Contents = HashMap<(MemberId, Versions, bool), Arc<Content>>;

pub(super) type ContentRow = (
    (BigInt, BigInt, BigInt, BigInt),
    (
        Nullable<Text>,
        Nullable<Text>,
        Nullable<Text>,
        Nullable<Binary>,
    ),
    (Nullable<Integer>, Nullable<Integer>, Nullable<SmallInt>),
    (Nullable<Text>, Nullable<Text>, Nullable<Text>),
    (
        Nullable<Text>,
        Nullable<Text>,
        Nullable<Text>,
        Nullable<BigInt>,
    ),
    (Nullable<Binary>, Nullable<Binary>, Nullable<Integer>),
    (
        Nullable<Text>,
        Nullable<SmallInt>,
        Nullable<Text>,
        Nullable<Text>,
        Nullable<BigInt>,
    ),
);
type Texts3 = (Option<String>, Option<String>, Option<String>);
type Names = (
    Option<String>,
    Option<String>,
    Option<String>,
    Option<Sealed>,
);
pub(super) type ContentLoaded = (
    (i64, i64, i64, i64),
    Names,
    (Option<i32>, Option<i32>, Option<i16>),
    Texts3,
    (Option<String>, Option<String>, Option<String>, Option<i64>),
    (Option<Sealed>, Option<Sealed>, Option<i32>),
    (
        Option<String>,
        Option<i16>,
        Option<String>,
        Option<String>,
        Option<i64>,
    ),
);

/// The bit for handle and display name; a field's bit is its place in the list.
const IDENTITY: i64 = 1 << 62;

/// The bit for an age to the day, beside the age's own.
const TO_THE_DAY: i64 = 1 << 61;

/// The bits of what may be read.
const fn mask(grants: &Grants) -> i64 {
    let mut mask = grants.fields().bits() as i64;
    if grants.identity() {
        mask |= IDENTITY;
    }
    if grants.to_the_day() {
        mask |= TO_THE_DAY;
    }
    mask
}

/// What is read for a field, and its type in PostgreSQL.
fn column(field: Field, sqlite: bool) -> (&'static str, &'static str) {
    match field {
        Field::FullName => ("p.full_name", "text"),
        Field::Email => ("a.email", "bytea"),
        Field::BirthDate => ("p.birth_on", "integer"),
        // Whole years are all that leaves the database: see `domain::age`.
        Field::Age => ("p.birth_on", "integer"),
        Field::Gender => ("p.gender", "smallint"),
        Field::Country => ("p.country", "text"),
        Field::City => ("p.city", "text"),
        Field::Languages if sqlite => (
            "(SELECT group_concat(l.language || ':' || l.fluency) FROM profile_languages l \
             WHERE l.member_id = k.id)",
            "text",
        ),
        Field::Languages => (
            "(SELECT string_agg(l.language || ':' || l.fluency, ',') FROM profile_languages l \
             WHERE l.member_id = k.id)",
            "text",
        ),
        Field::Occupation => ("p.occupation", "text"),
        Field::Interests if sqlite => (
            "(SELECT group_concat(i.interest) FROM profile_interests i WHERE i.member_id = k.id)",
            "text",
        ),
        Field::Interests => (
            "(SELECT string_agg(i.interest::text, ',') FROM profile_interests i \
             WHERE i.member_id = k.id)",
            "text",
        ),
        Field::AboutMe => ("p.about_me", "text"),
        Field::LastSeen => ("n.last_seen_at", "bigint"),
        Field::Phone => ("p.phone", "bytea"),
        Field::PostalAddress => ("p.postal_address", "bytea"),
        // The year stays in the database.
        Field::Birthday => ("p.birth_on % 10000", "integer"),
        Field::Education => ("p.education", "text"),
        Field::Relationship => ("p.relationship", "smallint"),
        Field::LookingFor => ("p.looking_for", "text"),
        Field::WebHandles if sqlite => (
            "(SELECT group_concat(h.service || char(31) || h.address, char(30) ORDER BY h.place) \
             FROM profile_web_handles h WHERE h.member_id = k.id)",
            "text",
        ),
        Field::WebHandles => (
            "(SELECT string_agg(h.service || chr(31) || h.address, chr(30) ORDER BY h.place) \
             FROM profile_web_handles h WHERE h.member_id = k.id)",
            "text",
        ),
        Field::Joined => ("m.joined_at", "bigint"),
        // Connections, not columns: see `penpals`.
        Field::Penpals | Field::MutualPenpals => ("NULL", "text"),
    }
}

const READ: [Field; 20] = [
    Field::FullName,
    Field::Email,
    Field::BirthDate,
    Field::Age,
    Field::Gender,
    Field::Country,
    Field::City,
    Field::Languages,
    Field::Occupation,
    Field::Interests,
    Field::AboutMe,
    Field::LastSeen,
    Field::Phone,
    Field::PostalAddress,
    Field::Birthday,
    Field::Education,
    Field::Relationship,
    Field::LookingFor,
    Field::WebHandles,
    Field::Joined,
];

/// The content statement: what the grants allow, of all members at once. An age is as of `today`.
///
/// # Errors
///
/// [`Error::Broken`] when grants of several viewers are mixed.
pub(super) fn statement(
    dialect: Dialect,
    shapes: &Shapes,
    today: Today,
    viewer: Viewer,
    grants: &[Grants],
) -> Result<Statement<ContentRow>, Error> {
    if grants.iter().any(|grants| grants.viewer() != viewer) {
        return Err(Error::Broken(Cause::new("grants of several viewers")));
    }
    let keys = keys(grants);
    let granted = keys.iter().fold(0, |all, key| all | key.mask);
    let mut statement = Statement::new(dialect);
    compose(&mut statement, &keys, granted, viewer, today);
    if !shapes.keep((granted, viewer == Viewer::Visitor)) {
        statement.in_passing();
    }
    Ok(statement)
}

/// What the rows of a content statement say, with what is sealed opened.
pub(super) fn contents(keys: &Keyring, rows: Vec<ContentLoaded>) -> Contents {
    rows.into_iter().map(|loaded| row(keys, loaded)).collect()
}

/// The shapes of content statements that are worth keeping prepared.
///
/// Which columns are named is for clients to choose, in some thousands of ways; a database keeps memory
/// for each prepared text on each connection, so that only the first few are kept.
#[derive(Debug, Default)]
pub(super) struct Shapes(Mutex<HashSet<(i64, bool)>>);

impl Shapes {
    const MOST: usize = 32;

    fn keep(&self, shape: (i64, bool)) -> bool {
        let mut shapes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        shapes.contains(&shape) || (shapes.len() < Self::MOST && shapes.insert(shape))
    }
}

/// The grants by member and versions, each with the bits of what may be read. Who looks at themselves with
/// others' eyes may ask for their age in both ways at once.
fn keys(grants: &[Grants]) -> Vec<Key> {
    let mut by_member: HashMap<(MemberId, Versions, bool), i64> =
        HashMap::with_capacity(grants.len());
    for grants in grants {
        *by_member
            .entry((grants.subject(), grants.versions(), grants.to_the_day()))
            .or_default() |= mask(grants);
    }
    by_member
        .into_iter()
        .map(|((member, versions, _), mask)| Key {
            id: member.key(),
            owner_version: versions.owner,
            viewer_version: versions.viewer,
            mask,
        })
        .collect()
}

fn compose(
    statement: &mut Statement<ContentRow>,
    keys: &[Key],
    granted: i64,
    viewer: Viewer,
    today: Today,
) {
    let sqlite = statement.dialect() == Dialect::Sqlite;
    let named = |field: Field| granted & (1 << field.index()) != 0;
    statement.sql("SELECT k.id, k.owner_version, k.viewer_version, k.mask");
    for identity in ["m.handle", "m.display_name"] {
        if granted & IDENTITY != 0 {
            statement.sql(format!(
                ", CASE WHEN k.mask & {IDENTITY} <> 0 THEN {identity} END"
            ));
        } else {
            statement.either(", NULL", ", NULL::text");
        }
    }
    for field in READ {
        let (read, kind) = column(field, sqlite);
        if !named(field) {
            // Not granted to anybody: the column is not named at all.
            statement.sql(if sqlite {
                ", NULL".to_owned()
            } else {
                format!(", NULL::{kind}")
            });
            continue;
        }
        statement.sql(format!(
            ", CASE WHEN k.mask & {} <> 0 THEN ",
            1 << field.index()
        ));
        if field == Field::Age {
            statement
                .sql(format!("(CASE WHEN k.mask & {TO_THE_DAY} <> 0 THEN "))
                .integer(today.key())
                .sql(" ELSE ")
                .integer(today.month_key())
                .sql(" END - p.birth_on) / 10000");
        } else {
            statement.sql(read);
        }
        statement.sql(" END");
    }
    statement.sql(" FROM ").keys(keys).sql(
        " AS k JOIN standings s ON s.member_id = k.id AND s.privacy_version = k.owner_version",
    );
    if let Viewer::Member(me) = viewer {
        statement
            .sql(" JOIN standings v ON v.privacy_version = k.viewer_version AND v.member_id = ")
            .big_int(me.key());
    }
    for (alias, table, id, wanted) in [
        (
            "m",
            "members",
            "id",
            granted & IDENTITY != 0 || named(Field::Joined),
        ),
        ("a", "accounts", "member_id", named(Field::Email)),
        (
            "p",
            "profiles",
            "member_id",
            READ.into_iter()
                .any(|field| named(field) && column(field, sqlite).0.starts_with("p.")),
        ),
        ("n", "presences", "member_id", named(Field::LastSeen)),
    ] {
        if wanted {
            statement.sql(format!(" LEFT JOIN {table} {alias} ON {alias}.{id} = k.id"));
        }
    }
}

fn row(
    keys: &Keyring,
    ((id, owner, viewer, mask), names, numbers, places, rest, contact, more): ContentLoaded,
) -> ((MemberId, Versions, bool), Arc<Content>) {
    let (handle, display_name, full_name, email) = names;
    let (birth_on, age, gender) = numbers;
    let (country, city, languages) = places;
    let (occupation, interests, about_me, last_seen_at) = rest;
    let (phone, postal_address, birthday) = contact;
    let (education, relationship, looking_for, web_handles, joined_at) = more;
    let opened = |cell, sealed: Option<Sealed>| sealed.map(|it| keys.open(cell, id, &it));
    (
        (
            MemberId::from_key(id),
            Versions { owner, viewer },
            mask & TO_THE_DAY != 0,
        ),
        Arc::new(Content {
            handle,
            display_name,
            full_name,
            email: opened(Cell::Email, email),
            birth_on,
            age,
            gender,
            country,
            city,
            languages,
            occupation,
            interests,
            about_me,
            last_seen_at,
            phone: opened(Cell::Phone, phone),
            postal_address: opened(Cell::PostalAddress, postal_address),
            birthday,
            education,
            relationship,
            looking_for,
            web_handles,
            joined_at,
        }),
    )
}

impl Content {
    /// The handle, where the permit to meet was given.
    pub fn handle(&self) -> Option<&str> {
        self.handle.as_deref()
    }

    /// The display name, where the permit to meet was given.
    pub fn display_name(&self) -> Option<&str> {
        self.display_name.as_deref()
    }
}
