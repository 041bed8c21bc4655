//! The five people of every demo world whom a visitor can be: they differ in standing.

use chrono::NaiveDate;

use super::{
    draw::Draw,
    person::{Gender, Person, Relationship, SpokenLanguage, birth},
    reach::{Audiences, Field, Reach},
};

pub(super) const ADA: usize = 0;
pub(super) const NOOR: usize = 1;
pub(super) const TIM: usize = 2;
pub(super) const BORIS: usize = 3;
pub(super) const VERA: usize = 4;

/// Their ages, in that order.
pub(super) const AGES: [u32; 5] = [34, 27, 15, 46, 58];

/// A ready sign-in of the demo world; the password is [`super::PASSWORD`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SignIn {
    /// Index into the people.
    pub person: usize,
    /// The e-mail address to sign in with.
    pub email: &'static str,
    /// What distinguishes this person, in a few words.
    pub label: &'static str,
}

/// The sign-ins, in the order of the people.
pub const SIGN_INS: [SignIn; 5] = [
    SignIn {
        person: ADA,
        email: "ada@letterlock.example",
        label: "an adult with penpals and a different audience on every field",
    },
    SignIn {
        person: NOOR,
        email: "noor@letterlock.example",
        label: "a newcomer: joined yesterday, no penpals, an almost empty profile",
    },
    SignIn {
        person: TIM,
        email: "tim@letterlock.example",
        label: "a teen of fifteen: only teens exist for him, and he for them",
    },
    SignIn {
        person: BORIS,
        email: "boris@letterlock.example",
        label: "blocked by Ada: to each other they do not exist",
    },
    SignIn {
        person: VERA,
        email: "vera@letterlock.example",
        label: "shows nothing: a full profile, every field for her eyes only",
    },
];

/// The five, aged as of `today`.
pub(super) fn people(draw: &mut Draw, today: NaiveDate) -> [Person; 5] {
    let [ada, noor, tim, boris, vera] = AGES.map(|age| birth(draw, age, today));
    [
        Person {
            education: Some("Literature".to_owned()),
            relationship: Some(Relationship::Partnered),
            looking_for: Some("Long letters, on paper, from anywhere.".to_owned()),
            display_name: "Ada".into(),
            handle_stem: "ada".into(),
            full_name: Some("Ada Solberg".into()),
            email: "ada@letterlock.example".into(),
            birth: ada,
            gender: Some(Gender::Woman),
            country: Some("NO"),
            city: Some("Bergen".into()),
            languages: vec![native("no"), learned("en", 6), learned("fr", 3)],
            occupation: Some("Bookbinder".into()),
            interests: vec![
                "letter-writing",
                "bookbinding",
                "fountain-pens",
                "novels",
                "hiking",
                "choirs",
                "wild-swimming",
                "tea",
            ],
            about_me: Some(
                "Hello! I bind books for a living and write letters so that some of the paper gets \
                 used. It rains a great deal where I live, which is good for both. I am learning \
                 French with more courage than grammar, and I answer every letter."
                    .into(),
            ),
            joined_days_ago: 903,
            last_seen_minutes_ago: 42,
            audiences: Audiences::all(Reach::Members, 34)
                .with(Field::FullName, Reach::Penpals)
                .with(Field::Email, Reach::Penpals)
                .with(Field::BirthDate, Reach::OnlyMe)
                .with(Field::Country, Reach::Public)
                .with(Field::City, Reach::Penpals)
                .with(Field::Languages, Reach::Public)
                .with(Field::Interests, Reach::Public)
                .with(Field::LastSeen, Reach::Penpals),
        },
        Person {
            education: Some("Carpentry".to_owned()),
            relationship: None,
            looking_for: Some("Somebody to practise Portuguese with.".to_owned()),
            display_name: "Noor".into(),
            handle_stem: "noor".into(),
            full_name: None,
            email: "noor@letterlock.example".into(),
            birth: noor,
            gender: None,
            country: Some("NL"),
            city: None,
            languages: vec![native("nl"), learned("en", 5)],
            occupation: None,
            interests: Vec::new(),
            about_me: None,
            joined_days_ago: 1,
            last_seen_minutes_ago: 7,
            audiences: Audiences::untouched(),
        },
        Person {
            education: Some("Secondary school".to_owned()),
            relationship: None,
            looking_for: Some("Somebody my age who draws.".to_owned()),
            display_name: "Tim".into(),
            handle_stem: "tim".into(),
            full_name: Some("Tim Vogt".into()),
            email: "tim@letterlock.example".into(),
            birth: tim,
            gender: Some(Gender::Man),
            country: Some("DE"),
            city: Some("Leipzig".into()),
            languages: vec![native("de"), learned("en", 4), learned("ja", 1)],
            occupation: Some("Pupil".into()),
            interests: vec![
                "manga",
                "table-tennis",
                "programming",
                "railways",
                "building-bricks",
                "languages",
            ],
            about_me: Some(
                "Hi! I am still at school, play table tennis badly and often, and teach myself \
                 Japanese from comics. My model railway is always late, so it is very realistic. \
                 Tell me what your way to school looks like."
                    .into(),
            ),
            joined_days_ago: 212,
            last_seen_minutes_ago: 95,
            audiences: Audiences::untouched()
                .with(Field::Interests, Reach::Members)
                .with(Field::AboutMe, Reach::Members)
                .with(Field::Languages, Reach::Members)
                .with(Field::Occupation, Reach::Members)
                .with(Field::City, Reach::OnlyMe),
        },
        Person {
            education: None,
            relationship: None,
            looking_for: None,
            display_name: "Boris".into(),
            handle_stem: "boris".into(),
            full_name: Some("Boris Horvat".into()),
            email: "boris@letterlock.example".into(),
            birth: boris,
            gender: Some(Gender::Man),
            country: Some("HR"),
            city: Some("Rijeka".into()),
            languages: vec![native("hr"), learned("it", 4), learned("en", 4)],
            occupation: Some("Ferry captain".into()),
            interests: vec!["novels", "chess", "fishing", "lighthouses", "letter-writing"],
            about_me: Some(
                "I take a ferry to the islands and back again, and in between I play chess by \
                 post. Write to me about your sea, or about the lack of it."
                    .into(),
            ),
            joined_days_ago: 640,
            last_seen_minutes_ago: 300,
            audiences: Audiences::all(Reach::Members, 46).with(Field::Email, Reach::OnlyMe),
        },
        Person {
            education: None,
            relationship: None,
            looking_for: None,
            display_name: "Vera".into(),
            handle_stem: "vera".into(),
            full_name: Some("Věra Nováková".into()),
            email: "vera@letterlock.example".into(),
            birth: vera,
            gender: Some(Gender::Woman),
            country: Some("CZ"),
            city: Some("Olomouc".into()),
            languages: vec![native("cs"), learned("de", 5), learned("en", 4)],
            occupation: Some("Archivist".into()),
            interests: vec![
                "letter-writing",
                "history",
                "old-maps",
                "mushrooms",
                "embroidery",
                "classical-music",
            ],
            about_me: Some(
                "I look after other people’s letters all day, the newest of them a hundred years \
                 old. I write my own in the evening. I am shy at first and faithful afterwards."
                    .into(),
            ),
            joined_days_ago: 775,
            last_seen_minutes_ago: 1500,
            audiences: Audiences::all(Reach::OnlyMe, 58),
        },
    ]
}

fn native(code: &'static str) -> SpokenLanguage {
    SpokenLanguage {
        code,
        native: true,
        level: None,
    }
}

fn learned(code: &'static str, level: u8) -> SpokenLanguage {
    SpokenLanguage {
        code,
        native: false,
        level: Some(level),
    }
}
