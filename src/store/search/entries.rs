//! The entry by which a member is searched: written in the transaction that changes what it is made of.

use std::collections::BTreeSet;

use chrono::{DateTime, Datelike};
use diesel::{ExpressionMethods, Insertable, JoinOnDsl, QueryDsl, upsert::excluded};
use diesel_async::RunQueryDsl;
use serde_json::{Value, json};

use crate::domain::{
    age::AgeBoundaries,
    audience::Audience,
    findable::{Findable, Way},
    id::MemberId,
    interest::Interest,
    language::Language,
    place::Country,
    profile::{Audiences, Field, Gender},
    region::Region,
    search::Term,
    spoken::{Fluency, Spoken},
    standing::Standing,
};
use crate::store::{
    Error, Store,
    conn::{Conn, on},
    tables::{
        members, presences, profile_interests, profile_languages, profiles, search_entries,
        standings,
    },
    versions,
};

/// What an entry is made of.
#[derive(Clone, Debug)]
pub(in crate::store) struct Described {
    pub(in crate::store) standing: Standing,
    pub(in crate::store) doors: AgeBoundaries,
    pub(in crate::store) audiences: Audiences,
    pub(in crate::store) findable: Findable,
    pub(in crate::store) birth_on: Option<i32>,
    pub(in crate::store) joined_at: i64,
    pub(in crate::store) gender: Option<Gender>,
    pub(in crate::store) country: Option<Country>,
    pub(in crate::store) city: Option<String>,
    pub(in crate::store) occupation: Option<String>,
    pub(in crate::store) about_me: Option<String>,
    pub(in crate::store) looking_for: Option<String>,
    pub(in crate::store) languages: Vec<Spoken>,
    pub(in crate::store) interests: Vec<Interest>,
}

/// A day that no calendar comes to, as yyyymmdd: for whoever states no birth date.
const NEVER: i32 = 99_999_999;

/// A row of `search_entries`.
#[derive(Clone, Debug, PartialEq, Eq, Insertable)]
#[diesel(table_name = search_entries)]
struct Entry {
    member_id: i64,
    tags: String,
    words: String,
    terms: String,
    birth_on: Option<i32>,
    joined_on: i32,
    joined_level: i16,
    found_level: i16,
    audiences: String,
    turns_13_on: i32,
    turns_18_on: i32,
}

/// The digit of an audience as a number, by which the indexes are told apart.
fn level(audience: Audience) -> i16 {
    // A digit is below ten.
    audience
        .digit()
        .to_digit(10)
        .map_or(0, |digit| digit as i16)
}

/// The day of a time, as yyyymmdd; the first day of all for a time that no calendar has.
pub(in crate::store) fn day(millis: i64) -> i32 {
    DateTime::from_timestamp_millis(millis).map_or(0, |time| {
        time.year() * 10_000 + (time.month() * 100 + time.day()).cast_signed()
    })
}

impl Described {
    fn tags(&self) -> Vec<(Field, Term)> {
        let mut tags = Vec::new();
        if let Some(country) = self.country {
            tags.push((Field::Country, Term::country(country)));
            tags.extend(Region::of(country).map(|region| (Field::Country, Term::region(region))));
        }
        tags.extend(
            self.gender
                .map(|gender| (Field::Gender, Term::gender(gender))),
        );
        let spoken = self.languages.iter();
        tags.extend(spoken.map(|spoken| {
            let term = Term::language(spoken.language, spoken.fluency);
            (Field::Languages, term)
        }));
        let interests = self.interests.iter();
        tags.extend(interests.map(|interest| (Field::Interests, Term::interest(*interest))));
        tags.extend(
            self.birth_on
                .map(|birth| (Field::Age, Term::born(birth / 10_000))),
        );
        let city = self.city.as_deref().and_then(Term::city);
        tags.extend(city.map(|city| (Field::City, city)));
        tags
    }

    fn words(&self) -> Vec<(Field, Term)> {
        let texts = [
            (Field::AboutMe, &self.about_me),
            (Field::LookingFor, &self.looking_for),
            (Field::Occupation, &self.occupation),
        ];
        texts
            .into_iter()
            .filter_map(|(field, text)| Some((field, text.as_deref()?)))
            .flat_map(|(field, text)| {
                let words = Term::words(field, text);
                words.into_iter().map(move |word| (field, word))
            })
            .collect()
    }

    /// The member's row of `search_entries`, in the order of its columns.
    pub(in crate::store) fn row(&self, member: MemberId) -> [Value; 11] {
        let entry = self.entry(member);
        [
            json!(entry.member_id),
            json!(entry.tags),
            json!(entry.words),
            json!(entry.terms),
            json!(entry.birth_on),
            json!(entry.joined_on),
            json!(entry.joined_level),
            json!(entry.found_level),
            json!(entry.audiences),
            json!(entry.turns_13_on),
            json!(entry.turns_18_on),
        ]
    }

    /// The member's entry.
    fn entry(&self, member: MemberId) -> Entry {
        let (tags, words) = (self.tags(), self.words());
        // Who takes no part is found by nobody, and the index holds nothing of theirs.
        let found_by = match self.standing {
            Standing::Active => self.findable.chosen(Way::Search),
            Standing::Frozen | Standing::InDoubt => Audience::OnlyMe,
        };
        let mut terms = BTreeSet::new();
        for (field, term) in tags.iter().chain(&words) {
            let shown = self.audiences.chosen(*field).min(found_by);
            if shown >= Audience::Members {
                terms.insert(term.as_str().to_owned());
            }
            if shown >= Audience::Public {
                terms.insert(format!("p{}", term.as_str()));
            }
        }
        Entry {
            member_id: member.key(),
            tags: spaced(&tags),
            words: spaced(&words),
            terms: terms.into_iter().collect::<Vec<_>>().join(" "),
            birth_on: self.birth_on,
            joined_on: day(self.joined_at),
            joined_level: level(self.audiences.chosen(Field::Joined)),
            found_level: level(found_by),
            audiences: self.audiences.digits(),
            turns_13_on: self.doors.turns_13_on,
            turns_18_on: self.doors.turns_18_on,
        }
    }

    /// The level that the member's presence has.
    pub(in crate::store) fn presence_level(&self) -> i16 {
        level(self.audiences.chosen(Field::LastSeen))
    }
}

/// The terms with a space before and after each, so that one is found whole.
fn spaced(terms: &[(Field, Term)]) -> String {
    let mut spaced = String::from(" ");
    for (_, term) in terms {
        spaced.push_str(term.as_str());
        spaced.push(' ');
    }
    spaced
}

type MainRow = (
    (i64, i16, Option<i32>, Option<i32>, String, String),
    (
        Option<i32>,
        Option<i16>,
        Option<String>,
        Option<String>,
        Option<String>,
        Option<String>,
        Option<String>,
    ),
);

/// Reads what a member's entry is made of; nothing where there is no such member.
async fn describe(tx: &mut Conn, member: i64) -> Result<Option<Described>, Error> {
    use diesel::OptionalExtension;
    let row: Option<MainRow> = on!(tx, c => members::table
        .inner_join(standings::table.on(standings::member_id.eq(members::id)))
        .inner_join(profiles::table.on(profiles::member_id.eq(members::id)))
        .filter(members::id.eq(member))
        .select((
            (
                members::joined_at,
                standings::standing,
                standings::turns_13_on,
                standings::turns_18_on,
                standings::audiences,
                standings::findable,
            ),
            (
                profiles::birth_on,
                profiles::gender,
                profiles::country,
                profiles::city,
                profiles::occupation,
                profiles::about_me,
                profiles::looking_for,
            ),
        ))
        .first(c)
        .await
        .optional())?;
    let Some((member_row, about)) = row else {
        return Ok(None);
    };
    let (joined_at, standing, turns_13_on, turns_18_on, audiences, findable) = member_row;
    let languages: Vec<(String, i16)> = on!(tx, c => profile_languages::table
        .filter(profile_languages::member_id.eq(member))
        .order(profile_languages::language)
        .select((profile_languages::language, profile_languages::fluency))
        .load(c)
        .await)?;
    let interests: Vec<i16> = on!(tx, c => profile_interests::table
        .filter(profile_interests::member_id.eq(member))
        .order(profile_interests::interest)
        .select(profile_interests::interest)
        .load(c)
        .await)?;
    let (birth_on, gender, country, city, occupation, about_me, looking_for) = about;
    let spoken = |(language, fluency): (String, i16)| {
        Some(Spoken {
            language: Language::parse(&language).ok()?,
            fluency: Fluency::from_code(fluency)?,
        })
    };
    Ok(Some(Described {
        standing: Standing::from_code(standing),
        doors: AgeBoundaries {
            turns_13_on: turns_13_on.unwrap_or(NEVER),
            turns_18_on: turns_18_on.unwrap_or(NEVER),
        },
        audiences: Audiences::from_digits(&audiences),
        findable: Findable::from_digits(&findable),
        birth_on,
        joined_at,
        gender: gender.and_then(Gender::from_code),
        country: country.and_then(|code| Country::parse(&code).ok()),
        city,
        occupation,
        about_me,
        looking_for,
        languages: languages.into_iter().filter_map(spoken).collect(),
        interests: interests.into_iter().filter_map(Interest::by_key).collect(),
    }))
}

/// Writes a member's entry anew, in the transaction that changes what it is made of.
pub(in crate::store) async fn write(tx: &mut Conn, member: MemberId) -> Result<(), Error> {
    let Some(described) = describe(tx, member.key()).await? else {
        return Ok(());
    };
    let entry = described.entry(member);
    on!(tx, c => diesel::insert_into(search_entries::table)
        .values(&entry)
        .on_conflict(search_entries::member_id)
        .do_update()
        .set((
            search_entries::tags.eq(excluded(search_entries::tags)),
            search_entries::words.eq(excluded(search_entries::words)),
            search_entries::terms.eq(excluded(search_entries::terms)),
            search_entries::birth_on.eq(excluded(search_entries::birth_on)),
            search_entries::joined_on.eq(excluded(search_entries::joined_on)),
            search_entries::joined_level.eq(excluded(search_entries::joined_level)),
            search_entries::found_level.eq(excluded(search_entries::found_level)),
            search_entries::audiences.eq(excluded(search_entries::audiences)),
            search_entries::turns_13_on.eq(excluded(search_entries::turns_13_on)),
            search_entries::turns_18_on.eq(excluded(search_entries::turns_18_on)),
        ))
        .execute(c)
        .await)?;
    on!(tx, c => diesel::update(presences::table.find(member.key()))
        .set(presences::level.eq(described.presence_level()))
        .execute(c)
        .await)?;
    Ok(())
}

/// How many members get their entry in one transaction.
const AT_ONCE: i64 = 500;

impl Store {
    /// Gives an entry to every member who has none: those of before there were any. Says how many.
    pub async fn index_missing(&self) -> Result<usize, Error> {
        let (mut indexed, mut after) = (0, i64::MIN);
        loop {
            let mut tx = self.begin().await?;
            let missing: Vec<i64> = on!(&mut tx, c => standings::table
                .left_join(search_entries::table
                    .on(search_entries::member_id.eq(standings::member_id)))
                .filter(search_entries::member_id.is_null())
                .filter(standings::member_id.gt(after))
                .order(standings::member_id)
                .select(standings::member_id)
                .limit(AT_ONCE)
                .load(c)
                .await)?;
            // Against acts of the same members meanwhile.
            versions::lock(&mut tx, &missing).await?;
            for member in &missing {
                write(&mut tx, MemberId::from_key(*member)).await?;
            }
            tx.commit().await?;
            let Some(last) = missing.last() else {
                return Ok(indexed);
            };
            after = *last;
            indexed += missing.len();
        }
    }
}
