//! A member's own profile, written by that member (policy clause C3).

use diesel::{AsChangeset, ExpressionMethods, QueryDsl};
use diesel_async::RunQueryDsl;

use super::{
    Error, Store,
    bell::{self, Topic},
    conn::{Conn, on},
    sealed::{Cell, Keyring, Sealed},
    search,
    tables::{
        members, presences, profile_interests, profile_languages, profile_web_handles, profiles,
    },
    versions,
};
use crate::domain::{
    id::MemberId, interest::Interest, place::Country, profile::Gender, profile::Relationship,
    spoken::Spoken, web_handle::WebHandle,
};
use crate::privacy::{Permit, wishes::KeepOwn};

/// What to change: `None` leaves a thing as it is, `Some(None)` empties it.
#[derive(Clone, Debug, Default)]
pub struct ProfileChanges {
    /// Display name, which cannot be empty.
    pub display_name: Option<String>,
    /// Full name.
    pub full_name: Option<Option<String>>,
    /// Gender.
    pub gender: Option<Option<Gender>>,
    /// Country.
    pub country: Option<Option<Country>>,
    /// City.
    pub city: Option<Option<String>>,
    /// Occupation.
    pub occupation: Option<Option<String>>,
    /// About me.
    pub about_me: Option<Option<String>>,
    /// Telephone number.
    pub phone: Option<Option<String>>,
    /// Postal address.
    pub postal_address: Option<Option<String>>,
    /// Education.
    pub education: Option<Option<String>>,
    /// Relationship.
    pub relationship: Option<Option<Relationship>>,
    /// What one looks for in a penpal.
    pub looking_for: Option<Option<String>>,
    /// All names and addresses elsewhere on the web, in their order.
    pub web_handles: Option<Vec<WebHandle>>,
    /// All languages.
    pub languages: Option<Vec<Spoken>>,
    /// All interests.
    pub interests: Option<Vec<Interest>>,
}

#[derive(AsChangeset)]
#[diesel(table_name = profiles)]
struct Columns {
    full_name: Option<Option<String>>,
    gender: Option<Option<i16>>,
    country: Option<Option<String>>,
    city: Option<Option<String>>,
    occupation: Option<Option<String>>,
    about_me: Option<Option<String>>,
    phone: Option<Option<Sealed>>,
    postal_address: Option<Option<Sealed>>,
    education: Option<Option<String>>,
    relationship: Option<Option<i16>>,
    looking_for: Option<Option<String>>,
}

impl Store {
    /// Changes the viewer's own profile.
    pub async fn update_profile(
        &self,
        permit: &Permit<KeepOwn>,
        changes: ProfileChanges,
    ) -> Result<(), Error> {
        let me = versions::owner(permit)?;
        let mut tx = self.begin().await?;
        versions::hold_own(&mut tx, me).await?;
        if let Some(display_name) = &changes.display_name {
            on!(&mut tx, c => diesel::update(members::table.find(me.key()))
                .set(members::display_name.eq(display_name))
                .execute(c)
                .await)?;
        }
        write(&mut tx, &self.keys, me, changes).await?;
        search::write(&mut tx, me).await?;
        tx.commit().await
    }

    /// Notes that the member is here.
    pub async fn seen(&self, member: MemberId, now: i64) -> Result<(), Error> {
        let mut conn = self.conn().await?;
        on!(&mut conn, c => diesel::update(presences::table.find(member.key()))
            .set(presences::last_seen_at.eq(now))
            .execute(c)
            .await)?;
        bell::announce(&conn, &[Topic::Presence(member)]).await?;
        self.bell.ring_for(Topic::Presence(member));
        Ok(())
    }
}

/// What a member's column holds of a text, or of none.
pub(super) fn sealed(
    keys: &Keyring,
    cell: Cell,
    member: MemberId,
    text: Option<&str>,
) -> Result<Option<Sealed>, Error> {
    let seal = |text| keys.seal(cell, member.key(), text);
    text.map(seal).transpose()
}

/// Writes all but the display name.
pub(super) async fn write(
    tx: &mut Conn,
    keys: &Keyring,
    me: MemberId,
    changes: ProfileChanges,
) -> Result<(), Error> {
    let sealed = |cell, change: Option<Option<String>>| -> Result<_, Error> {
        let seal = |text: Option<String>| sealed(keys, cell, me, text.as_deref());
        change.map(seal).transpose()
    };
    let columns = Columns {
        full_name: changes.full_name,
        gender: changes.gender.map(|gender| gender.map(Gender::code)),
        country: changes
            .country
            .map(|country| country.map(|country| country.code().to_owned())),
        city: changes.city,
        occupation: changes.occupation,
        about_me: changes.about_me,
        phone: sealed(Cell::Phone, changes.phone)?,
        postal_address: sealed(Cell::PostalAddress, changes.postal_address)?,
        education: changes.education,
        relationship: changes
            .relationship
            .map(|relationship| relationship.map(Relationship::code)),
        looking_for: changes.looking_for,
    };
    let some = columns.full_name.is_some()
        || columns.gender.is_some()
        || columns.country.is_some()
        || columns.city.is_some()
        || columns.occupation.is_some()
        || columns.about_me.is_some()
        || columns.phone.is_some()
        || columns.postal_address.is_some()
        || columns.education.is_some()
        || columns.relationship.is_some()
        || columns.looking_for.is_some();
    if some {
        on!(tx, c => diesel::update(profiles::table.find(me.key()))
            .set(&columns)
            .execute(c)
            .await)?;
    }
    // Row by row: SQLite has no batch insert in diesel's async dress.
    if let Some(languages) = changes.languages {
        on!(tx, c => diesel::delete(profile_languages::table)
            .filter(profile_languages::member_id.eq(me.key()))
            .execute(c)
            .await)?;
        for spoken in languages {
            on!(tx, c => diesel::insert_into(profile_languages::table)
                .values((
                    profile_languages::member_id.eq(me.key()),
                    profile_languages::language.eq(spoken.language.code()),
                    profile_languages::fluency.eq(spoken.fluency.code()),
                ))
                .execute(c)
                .await)?;
        }
    }
    if let Some(handles) = changes.web_handles {
        on!(tx, c => diesel::delete(profile_web_handles::table)
            .filter(profile_web_handles::member_id.eq(me.key()))
            .execute(c)
            .await)?;
        for (place, handle) in (0_i16..).zip(handles) {
            on!(tx, c => diesel::insert_into(profile_web_handles::table)
                .values((
                    profile_web_handles::member_id.eq(me.key()),
                    profile_web_handles::place.eq(place),
                    profile_web_handles::service.eq(handle.service()),
                    profile_web_handles::address.eq(handle.address()),
                ))
                .execute(c)
                .await)?;
        }
    }
    if let Some(interests) = changes.interests {
        on!(tx, c => diesel::delete(profile_interests::table)
            .filter(profile_interests::member_id.eq(me.key()))
            .execute(c)
            .await)?;
        for interest in interests {
            on!(tx, c => diesel::insert_into(profile_interests::table)
                .values((
                    profile_interests::member_id.eq(me.key()),
                    profile_interests::interest.eq(interest.key()),
                ))
                .execute(c)
                .await)?;
        }
    }
    Ok(())
}
