//! Filters, drawn by chance, and what they mean: written from the documentation, not from the statement.

use letterlock::domain::profile::Field;
use rand::{RngExt, seq::IndexedRandom};
use rand_chacha::ChaCha8Rng;
use serde_json::{Map, Value, json};

use super::{
    Told, slug,
    values::{CITIES, COUNTRIES, GENDERS, INTERESTS, LANGUAGES, REGIONS, WORDS},
};
use crate::policy::worlds::Viewer;

/// One thing that a filter asks for.
#[derive(Clone, Debug)]
enum Part {
    Countries(Vec<usize>),
    Regions(Vec<usize>),
    City(usize),
    Age(Option<i32>, Option<i32>),
    Genders(Vec<usize>),
    Native(Vec<usize>),
    Learning(usize, i16, i16),
    Exchange,
    Occupation(usize),
    AnyInterest(Vec<usize>),
    AllInterests(Vec<usize>),
    Seen(&'static str, i64),
    Joined(&'static str, i64),
    Words(Vec<usize>),
}

/// A filter: each part at most once.
#[derive(Clone, Debug)]
pub(super) struct Filter(Vec<Part>);

const LEVELS: [&str; 7] = ["NATIVE", "A1", "A2", "B1", "B2", "C1", "C2"];

fn some(rng: &mut ChaCha8Rng, of: usize) -> Vec<usize> {
    (0..of).filter(|_| rng.random_bool(0.5)).collect()
}

impl Part {
    fn draw(rng: &mut ChaCha8Rng, nth: usize) -> Self {
        match nth {
            0 => Part::Countries(some(rng, COUNTRIES.len())),
            1 => Part::Regions(some(rng, REGIONS.len())),
            2 => Part::City(rng.random_range(0..CITIES.len())),
            3 => {
                let least = rng.random_range(10..40);
                let most = least + *[0, 1, 5, 40].choose(rng).unwrap();
                Part::Age(
                    rng.random_bool(0.8).then_some(least),
                    rng.random_bool(0.8).then_some(most),
                )
            }
            4 => Part::Genders(some(rng, GENDERS.len())),
            5 => Part::Native(some(rng, LANGUAGES.len())),
            6 => {
                let from = rng.random_range(1..7);
                Part::Learning(
                    rng.random_range(0..LANGUAGES.len()),
                    from,
                    rng.random_range(from..7),
                )
            }
            7 => Part::Exchange,
            8 => Part::Occupation(rng.random_range(0..WORDS.len())),
            9 => Part::AnyInterest(some(rng, INTERESTS.len())),
            10 => Part::AllInterests(some(rng, INTERESTS.len())),
            11 => [
                Part::Seen("HOUR", 60),
                Part::Seen("DAY", 1_440),
                Part::Seen("WEEK", 10_080),
            ]
            .choose(rng)
            .cloned()
            .unwrap(),
            12 => [
                Part::Joined("DAY", 1),
                Part::Joined("WEEK", 7),
                Part::Joined("YEAR", 365),
            ]
            .choose(rng)
            .cloned()
            .unwrap(),
            _ => {
                let mut words = some(rng, WORDS.len());
                words.truncate(2);
                if words.is_empty() {
                    words.push(0);
                }
                Part::Words(words)
            }
        }
    }

    fn write(&self, filter: &mut Map<String, Value>) {
        let names =
            |of: &[&str], which: &[usize]| -> Value { which.iter().map(|it| of[*it]).collect() };
        let slugs = |which: &[usize]| -> Value { which.iter().map(|it| slug(*it)).collect() };
        let (name, value) = match self {
            Part::Countries(which) => ("countries", names(&COUNTRIES, which)),
            Part::Regions(which) => ("regions", names(&REGIONS, which)),
            // Capitals, marks and spaces make no difference.
            Part::City(which) => {
                let plain = CITIES[*which].to_uppercase().replace('Ã', "a");
                ("city", json!(plain))
            }
            Part::Age(least, most) => ("age", json!({"min": least, "max": most})),
            Part::Genders(which) => ("genders", names(&GENDERS, which)),
            Part::Native(which) => ("native", names(&LANGUAGES, which)),
            Part::Learning(language, from, to) => (
                "learning",
                json!([{"language": LANGUAGES[*language], "from": LEVELS[*from as usize], "to": LEVELS[*to as usize]}]),
            ),
            Part::Exchange => ("languageExchange", json!(true)),
            Part::Occupation(word) => ("occupation", json!(WORDS[*word].to_lowercase())),
            Part::AnyInterest(which) => {
                let interests = filter.entry("interests").or_insert(json!({}));
                interests["any"] = slugs(which);
                return;
            }
            Part::AllInterests(which) => {
                let interests = filter.entry("interests").or_insert(json!({}));
                interests["all"] = slugs(which);
                return;
            }
            Part::Seen(name, _) => ("seenWithin", json!(name)),
            Part::Joined(name, _) => ("joinedWithin", json!(name)),
            Part::Words(which) => {
                let words: Vec<String> = which.iter().map(|it| WORDS[*it].to_uppercase()).collect();
                ("words", json!(words.join(", ")))
            }
        };
        filter.insert(name.to_owned(), value);
    }

    /// Whether it holds of the owner, of whom `sees` says which fields are seen.
    fn holds(
        &self,
        told: &Told,
        viewer: Viewer,
        owner: usize,
        sees: &dyn Fn(Field) -> bool,
    ) -> bool {
        let values = &told.values[owner];
        match self {
            Part::Countries(which) | Part::Regions(which) => {
                sees(Field::Country) && values.country.is_some_and(|it| which.contains(&it))
            }
            Part::City(which) => sees(Field::City) && values.city == Some(*which),
            Part::Age(least, most) => {
                let age = told.age(viewer, owner);
                sees(Field::Age)
                    && least.is_none_or(|least| age >= least)
                    && most.is_none_or(|most| age <= most)
            }
            Part::Genders(which) => {
                sees(Field::Gender) && values.gender.is_some_and(|it| which.contains(&it))
            }
            Part::Native(which) => {
                let mut languages = values.languages.iter();
                sees(Field::Languages)
                    && languages.any(|(it, level)| *level == 0 && which.contains(it))
            }
            Part::Learning(language, from, to) => {
                let mut languages = values.languages.iter();
                sees(Field::Languages)
                    && languages.any(|(it, level)| it == language && (*from..=*to).contains(level))
            }
            Part::Exchange => {
                let Some(me) = viewer else { return false };
                let mine = &told.values[me].languages;
                let has = |mine_native: bool| {
                    mine.iter().any(|(language, level)| {
                        (*level == 0) == mine_native
                            && values
                                .languages
                                .iter()
                                .any(|(it, level)| it == language && (*level == 0) != mine_native)
                    })
                };
                sees(Field::Languages) && has(false) && has(true)
            }
            Part::Occupation(word) => sees(Field::Occupation) && values.occupation == Some(*word),
            Part::AnyInterest(which) => {
                sees(Field::Interests) && which.iter().any(|it| values.interests.contains(it))
            }
            Part::AllInterests(which) => which
                .iter()
                .all(|it| sees(Field::Interests) && values.interests.contains(it)),
            Part::Seen(_, minutes) => sees(Field::LastSeen) && values.seen_minutes_ago <= *minutes,
            Part::Joined(_, days) => sees(Field::Joined) && values.joined_days_ago <= *days,
            Part::Words(which) => which.iter().all(|it| {
                sees(Field::AboutMe) && values.about_me.contains(it)
                    || sees(Field::LookingFor) && values.looking_for.contains(it)
            }),
        }
    }
}

impl Filter {
    pub(super) fn draw(rng: &mut ChaCha8Rng, member: bool) -> Self {
        let chosen = (0..14).filter(|nth| (*nth != 7 || member) && rng.random_bool(0.12));
        let chosen: Vec<usize> = chosen.collect();
        Self(chosen.into_iter().map(|nth| Part::draw(rng, nth)).collect())
    }

    /// One that nearly everybody meets who shows a field.
    pub(super) fn wide(rng: &mut ChaCha8Rng) -> Self {
        let part = match rng.random_range(0..6) {
            0 => Part::Countries((0..COUNTRIES.len()).collect()),
            1 => Part::Genders((0..GENDERS.len()).collect()),
            2 => Part::AnyInterest((0..INTERESTS.len()).collect()),
            3 => Part::Seen("HOUR", 60),
            4 => Part::Seen("DAY", 1_440),
            _ => Part::Age(Some(10), None),
        };
        Self(vec![part])
    }

    pub(super) fn json(&self) -> Value {
        let mut filter = Map::new();
        for part in &self.0 {
            part.write(&mut filter);
        }
        Value::Object(filter)
    }

    /// Whether it holds of the owner, as far as the viewer may know.
    pub(super) fn holds(&self, told: &Told, viewer: Viewer, owner: usize) -> bool {
        let sees = |field| told.sees(viewer, owner, field);
        self.0
            .iter()
            .all(|part| part.holds(told, viewer, owner, &sees))
    }

    /// Whether it is true of the owner, whoever may know.
    pub(super) fn true_of(&self, told: &Told, owner: usize) -> bool {
        self.0
            .iter()
            .all(|part| part.holds(told, None, owner, &|_| true))
    }
}
