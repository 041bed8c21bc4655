//! Short cuts into the database: people with every field filled, without signing up.

use letterlock::{
    domain::{
        age::{AgeClass, BirthDate, Today},
        audience::Audience,
        contact::ContactRules,
        email::Email,
        findable::{Findable, Way},
        handle::{Handle, Stem},
        id::{MemberId, SessionId},
        interest::Interest,
        language::Language,
        notice::AnnouncementText,
        place::Country,
        profile::{Audiences, Field, Gender, Relationship},
        spoken::{Fluency, Spoken},
        web_handle::WebHandle,
    },
    store::{
        profiles::ProfileChanges,
        world::{Inhabitant, Tie, Whole},
    },
    viewer::{entropy, tokens::Token},
};
use secrecy::ExposeSecret;

use super::{app::TestApp, backend::Backend, client::Client};

/// Somebody in the database.
#[derive(Clone, Debug)]
pub(crate) struct Person {
    pub(crate) id: MemberId,
    pub(crate) handle: String,
    pub(crate) name: String,
}

/// Somebody to be put into the database.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) name: String,
    /// ISO 8601.
    pub(crate) birth: String,
    pub(crate) audiences: Audiences,
    pub(crate) findable: Findable,
}

/// An adult's birth date.
pub(crate) const ADULT: &str = "1990-03-04";
/// A teen's birth date.
pub(crate) const TEEN: &str = "2010-03-04";

impl Plan {
    /// An adult whose fields all have the same audience, drawn in to what is allowed.
    pub(crate) fn adult(name: &str, audience: Audience) -> Self {
        Self::new(
            name,
            ADULT,
            Audiences::all(audience).drawn_in(AgeClass::Adult),
        )
    }

    /// A teen whose fields all have the same audience, drawn in to what is allowed.
    pub(crate) fn teen(name: &str, audience: Audience) -> Self {
        Self::new(
            name,
            TEEN,
            Audiences::all(audience).drawn_in(AgeClass::Teen),
        )
    }

    /// Somebody with these audiences; those of contact details drawn in to what the table takes.
    pub(crate) fn new(name: &str, birth: &str, mut audiences: Audiences) -> Self {
        for field in [Field::Email, Field::Phone, Field::PostalAddress] {
            let drawn_in = audiences.chosen(field).min(Audience::Penpals);
            audiences = audiences.with(field, drawn_in);
        }
        Self {
            name: name.to_owned(),
            birth: birth.to_owned(),
            audiences,
            findable: Findable::all(Audience::Public).with(Way::Email, Audience::OnlyMe),
        }
    }
}

/// The value that a text field of a person holds: one that occurs nowhere else.
pub(crate) fn canary(name: &str, field: &str) -> String {
    format!("{name}'s very own {field}")
}

impl TestApp {
    /// Puts people into the database, each with every field filled; `ties` names them by their places.
    /// Once an app: the world is written as one.
    pub(crate) async fn db_world(
        &self,
        plans: &[Plan],
        bonds: &[(usize, usize)],
        blocks: &[(usize, usize)],
    ) -> Vec<Person> {
        let now = self.clock.now();
        let mut rng = rand::rng();
        let mut inhabitants = Vec::new();
        let mut people = Vec::new();
        for plan in plans {
            let id = MemberId::random(&mut rng);
            let handle = Handle::mint(&Stem::parse("somebody").unwrap(), &mut rng);
            people.push(Person {
                id,
                handle: handle.as_str().to_owned(),
                name: plan.name.clone(),
            });
            let birth = BirthDate::parse_iso(&plan.birth, now).unwrap();
            assert_ne!(AgeClass::of(Some(birth), Today::at(now)), AgeClass::Child);
            let text = |field| Some(Some(canary(&plan.name, field)));
            inhabitants.push(Inhabitant {
                id,
                handle,
                display_name: plan.name.clone(),
                email: Email::parse(&format!("{}@example.org", plan.name.to_lowercase())).unwrap(),
                password_hash: "!".to_owned(),
                birth,
                audiences: plan.audiences,
                findable: plan.findable,
                contact: ContactRules::default_for(AgeClass::of(Some(birth), Today::at(now))),
                profile: ProfileChanges {
                    display_name: None,
                    full_name: text("fullName"),
                    gender: Some(Some(Gender::Other)),
                    country: Some(Some(Country::parse("PT").unwrap())),
                    city: text("city"),
                    occupation: text("occupation"),
                    about_me: text("aboutMe"),
                    phone: Some(Some(format!("+35121{:07}", people.len()))),
                    postal_address: text("postalAddress"),
                    education: text("education"),
                    relationship: Some(Some(Relationship::Other)),
                    looking_for: text("lookingFor"),
                    web_handles: Some(vec![WebHandle::stored(
                        "Somewhere",
                        &canary(&plan.name, "webHandles"),
                    )]),
                    languages: Some(vec![
                        Spoken {
                            language: Language::parse("pt").unwrap(),
                            fluency: Fluency::Native,
                        },
                        Spoken {
                            language: Language::parse("de").unwrap(),
                            fluency: Fluency::B1,
                        },
                    ]),
                    interests: Some(Interest::all().take(2).collect()),
                },
                joined_at: now.timestamp_millis() - people.len() as i64 * 60_000,
                uses_lists: false,
                last_seen_at: now.timestamp_millis() - 3_600_000,
            });
        }
        let at = now.timestamp_millis() - 1_000_000;
        let mut ties = Vec::new();
        for (nth, (one, other)) in bonds.iter().enumerate() {
            ties.push((
                Tie::Bond(people[*one].id, people[*other].id),
                at + nth as i64,
            ));
        }
        for (nth, (blocker, blocked)) in blocks.iter().enumerate() {
            let id = letterlock::domain::id::BlockId::random(&mut rng);
            let handle = Handle::parse(&people[*blocked].handle).unwrap();
            let tie = Tie::Block(id, people[*blocker].id, people[*blocked].id, handle);
            ties.push((tie, at + nth as i64));
        }
        self.services
            .store
            .settle_demo(&Whole {
                inhabitants,
                ties,
                ..Whole::default()
            })
            .await
            .unwrap();
        people
    }

    /// A client that is signed in as somebody of the database, by a bearer token.
    pub(crate) async fn db_client(&self, person: &Person) -> Client {
        let token = Token::random().unwrap();
        let now = self.clock.now().timestamp_millis();
        let digest = data_encoding::HEXLOWER.encode(token.digest().as_bytes());
        let (digest, yes) = match self.backend {
            Backend::Sqlite => (format!("X'{digest}'"), "1"),
            Backend::Postgres => (format!("'\\x{digest}'"), "TRUE"),
        };
        // Beside the service, which begins no session for an account that it does not serve.
        self.db_sql(&format!(
            "INSERT INTO sessions (id, member_id, token_digest, bearer, created_at, last_used_at, \
             reauthenticated_at, expires_at) VALUES ({}, {}, {digest}, {yes}, {now}, {now}, {now}, {})",
            SessionId::random(&mut rand::rng()).key(),
            person.id.key(),
            now + 30 * 24 * 3_600_000,
        ))
        .await;
        self.visitor().with_bearer(token.text().expose_secret())
    }

    /// Tells all members something, as the operator's command does; gives back how many were told.
    pub(crate) async fn db_announce(&self, text: &str) -> usize {
        let (store, mut rng) = (&self.services.store, entropy::rng().unwrap());
        let text = AnnouncementText::parse(text).unwrap();
        let now = self.clock.now().timestamp_millis();
        store.announce(&text, now, &mut rng).await.unwrap();
        store.spread_announcements(&mut rng).await.unwrap()
    }

    /// Runs SQL of the test's own on the database, beside the service; for states that no door leads to,
    /// such as an account of unknown age. Gives back the number in the first column of the first row.
    pub(crate) async fn db_sql(&self, sql: &str) -> Option<i64> {
        super::raw::run(&self.address, sql).await
    }
}
