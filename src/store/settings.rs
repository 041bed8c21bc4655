//! A member's own audiences.

use diesel::{AsChangeset, Insertable, QueryDsl};
use diesel_async::RunQueryDsl;

use super::{Error, Store, conn::on, tables::standings, versions};
use crate::domain::{
    age::{self, BirthDate},
    audience::Audience,
    id::MemberId,
    profile::{Audiences, Field},
    standing::Standing,
};
use crate::privacy::{Permit, wishes::KeepOwn};

/// New audiences, by column; `None` leaves one as it is.
#[derive(AsChangeset, Default)]
#[diesel(table_name = standings)]
struct Changes {
    full_name_audience: Option<i16>,
    email_audience: Option<i16>,
    birth_date_audience: Option<i16>,
    age_audience: Option<i16>,
    gender_audience: Option<i16>,
    country_audience: Option<i16>,
    city_audience: Option<i16>,
    languages_audience: Option<i16>,
    occupation_audience: Option<i16>,
    interests_audience: Option<i16>,
    about_me_audience: Option<i16>,
    last_seen_audience: Option<i16>,
    penpals_audience: Option<i16>,
}

impl Changes {
    fn set(&mut self, field: Field, audience: Audience) {
        let column = match field {
            Field::FullName => &mut self.full_name_audience,
            Field::Email => &mut self.email_audience,
            Field::BirthDate => &mut self.birth_date_audience,
            Field::Age => &mut self.age_audience,
            Field::Gender => &mut self.gender_audience,
            Field::Country => &mut self.country_audience,
            Field::City => &mut self.city_audience,
            Field::Languages => &mut self.languages_audience,
            Field::Occupation => &mut self.occupation_audience,
            Field::Interests => &mut self.interests_audience,
            Field::AboutMe => &mut self.about_me_audience,
            Field::LastSeen => &mut self.last_seen_audience,
            Field::Penpals => &mut self.penpals_audience,
        };
        *column = Some(audience.code());
    }
}

/// The row with which a member begins.
#[derive(Insertable)]
#[diesel(table_name = standings)]
pub(super) struct NewStanding {
    member_id: i64,
    standing: i16,
    turns_13_on: Option<i32>,
    turns_18_on: Option<i32>,
    privacy_version: i64,
    #[diesel(embed)]
    audiences: Columns,
}

/// An audience a column.
#[derive(Insertable, AsChangeset)]
#[diesel(table_name = standings)]
pub(super) struct Columns {
    full_name_audience: i16,
    email_audience: i16,
    birth_date_audience: i16,
    age_audience: i16,
    gender_audience: i16,
    country_audience: i16,
    city_audience: i16,
    languages_audience: i16,
    occupation_audience: i16,
    interests_audience: i16,
    about_me_audience: i16,
    last_seen_audience: i16,
    penpals_audience: i16,
}

impl Columns {
    pub(super) fn of(audiences: &Audiences) -> Self {
        let code = |field| audiences.chosen(field).code();
        Self {
            full_name_audience: code(Field::FullName),
            email_audience: code(Field::Email),
            birth_date_audience: code(Field::BirthDate),
            age_audience: code(Field::Age),
            gender_audience: code(Field::Gender),
            country_audience: code(Field::Country),
            city_audience: code(Field::City),
            languages_audience: code(Field::Languages),
            occupation_audience: code(Field::Occupation),
            interests_audience: code(Field::Interests),
            about_me_audience: code(Field::AboutMe),
            last_seen_audience: code(Field::LastSeen),
            penpals_audience: code(Field::Penpals),
        }
    }
}

impl NewStanding {
    pub(super) fn new(member: MemberId, birth: Option<BirthDate>, audiences: &Audiences) -> Self {
        let doors = birth.map(age::boundaries);
        Self {
            member_id: member.key(),
            standing: Standing::Active.code(),
            turns_13_on: doors.map(|doors| doors.turns_13_on),
            turns_18_on: doors.map(|doors| doors.turns_18_on),
            privacy_version: 1,
            audiences: Columns::of(audiences),
        }
    }
}

impl Store {
    /// Sets some of the viewer's own audiences; effective for the very next read by anyone (clause C82).
    ///
    /// That none is wider than the field allows is for the caller to have refused; the table refuses an
    /// e-mail address wider than penpals, and the decision draws in whatever is too wide.
    pub async fn set_audiences(
        &self,
        permit: &Permit<KeepOwn>,
        chosen: &[(Field, Audience)],
    ) -> Result<(), Error> {
        let me = versions::owner(permit)?;
        if chosen.is_empty() {
            return Ok(());
        }
        let mut changes = Changes::default();
        for (field, audience) in chosen {
            changes.set(*field, *audience);
        }
        let mut tx = self.begin().await?;
        versions::hold_own(&mut tx, me).await?;
        on!(&mut tx, c => diesel::update(standings::table.find(me.key()))
            .set(&changes)
            .execute(c)
            .await)?;
        versions::raise(&mut tx, &[me.key()]).await?;
        tx.commit().await
    }
}
