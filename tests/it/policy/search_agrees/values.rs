//! What people tell of themselves, drawn by chance from little, so that much is alike.

use letterlock::domain::{age::AgeClass, id::MemberId};
use rand::{RngExt, seq::IndexedRandom};
use rand_chacha::ChaCha8Rng;

use super::super::worlds::World;
use crate::support::app::TestApp;

pub(super) const COUNTRIES: [&str; 3] = ["PT", "DE", "JP"];
/// The region of each of them.
pub(super) const REGIONS: [&str; 3] = ["SOUTHERN_EUROPE", "WESTERN_EUROPE", "EASTERN_ASIA"];
pub(super) const LANGUAGES: [&str; 3] = ["pt", "de", "ja"];
pub(super) const INTERESTS: [i16; 3] = [1, 2, 3];
pub(super) const GENDERS: [&str; 4] = ["WOMAN", "MAN", "NON_BINARY", "OTHER"];
pub(super) const CITIES: [&str; 3] = ["Porto", "São João", "新潟"];
pub(super) const WORDS: [&str; 4] = ["Kites", "lantern", "PÃO", "волна"];
const FLUENCIES: i16 = 7;

/// What one member tells.
#[derive(Clone, Debug)]
pub(super) struct Values {
    pub(super) country: Option<usize>,
    pub(super) city: Option<usize>,
    /// From 0.
    pub(super) gender: Option<usize>,
    /// As yyyymmdd.
    pub(super) birth_on: i32,
    /// Which, and how well: 0 natively, 1 to 6 from A1 to C2.
    pub(super) languages: Vec<(usize, i16)>,
    pub(super) interests: Vec<usize>,
    pub(super) occupation: Option<usize>,
    pub(super) about_me: Vec<usize>,
    pub(super) looking_for: Vec<usize>,
    pub(super) seen_minutes_ago: i64,
    pub(super) joined_days_ago: i64,
}

fn some(rng: &mut ChaCha8Rng, of: usize) -> Vec<usize> {
    (0..of).filter(|_| rng.random_bool(0.4)).collect()
}

fn maybe(rng: &mut ChaCha8Rng, of: usize) -> Option<usize> {
    rng.random_bool(0.8).then(|| rng.random_range(0..of))
}

impl Values {
    fn draw(rng: &mut ChaCha8Rng, age: AgeClass) -> Self {
        let year = if age == AgeClass::Teen { 2010 } else { 1990 };
        Self {
            country: maybe(rng, COUNTRIES.len()),
            city: maybe(rng, CITIES.len()),
            gender: maybe(rng, GENDERS.len()),
            birth_on: (year + rng.random_range(0..3)) * 10_000
                + rng.random_range(1..13) * 100
                + rng.random_range(1..28),
            languages: some(rng, LANGUAGES.len())
                .into_iter()
                .map(|language| {
                    (
                        language,
                        rng.random_range(0..FLUENCIES) * rng.random_range(0..2),
                    )
                })
                .collect(),
            interests: some(rng, INTERESTS.len()),
            occupation: maybe(rng, WORDS.len()),
            about_me: some(rng, WORDS.len()),
            looking_for: some(rng, WORDS.len()),
            seen_minutes_ago: *[0, 59, 60, 60, 61, 1_440, 1_440, 1_441, 100_000]
                .choose(rng)
                .unwrap(),
            joined_days_ago: *[0, 1, 7, 8, 29, 365, 400].choose(rng).unwrap(),
        }
    }

    fn text(words: &[usize]) -> String {
        if words.is_empty() {
            return "NULL".to_owned();
        }
        let words: Vec<&str> = words.iter().map(|word| WORDS[*word]).collect();
        format!("'{}'", words.join(" — "))
    }

    /// Writes them in place of what the member has.
    async fn write(&self, app: &TestApp, id: MemberId) {
        let key = id.key();
        let quoted = |text: Option<&str>| text.map_or("NULL".to_owned(), |it| format!("'{it}'"));
        let now = app.clock.now().timestamp_millis();
        let mut sql = format!(
            "UPDATE profiles SET country = {}, city = {}, gender = {}, birth_on = {}, \
             occupation = {}, about_me = {}, looking_for = {} WHERE member_id = {key};
             DELETE FROM profile_languages WHERE member_id = {key};
             DELETE FROM profile_interests WHERE member_id = {key};
             UPDATE members SET joined_at = {} WHERE id = {key};
             UPDATE presences SET last_seen_at = {} WHERE member_id = {key};",
            quoted(self.country.map(|it| COUNTRIES[it])),
            quoted(self.city.map(|it| CITIES[it])),
            self.gender
                .map_or("NULL".to_owned(), |it| (it + 1).to_string()),
            self.birth_on,
            quoted(self.occupation.map(|it| WORDS[it])),
            Self::text(&self.about_me),
            Self::text(&self.looking_for),
            now - self.joined_days_ago * 86_400_000,
            now - self.seen_minutes_ago * 60_000,
        );
        for (language, fluency) in &self.languages {
            let language = LANGUAGES[*language];
            sql += &format!(
                "INSERT INTO profile_languages (member_id, language, fluency) VALUES ({key}, '{language}', {fluency});"
            );
        }
        for interest in &self.interests {
            let interest = INTERESTS[*interest];
            sql += &format!(
                "INSERT INTO profile_interests (member_id, interest) VALUES ({key}, {interest});"
            );
        }
        app.db_sql(&sql).await;
    }
}

/// Draws what everybody in the world tells, and puts it into the database and the index.
pub(super) async fn tell(app: &TestApp, world: &World, rng: &mut ChaCha8Rng) -> Vec<Values> {
    let mut all = Vec::new();
    for (owner, person) in world.owners.iter().zip(&world.people) {
        let values = Values::draw(rng, owner.age);
        values.write(app, person.id).await;
        all.push(values);
    }
    app.db_sql("DELETE FROM search_entries").await;
    app.services.store.index_missing().await.unwrap();
    all
}
