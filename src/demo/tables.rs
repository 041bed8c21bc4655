//! The data that the world is made of, embedded and parsed once.
//!
//! Tab-separated files under `data/`. A malformed line is left out and counted; a test shows that none is.

use std::{collections::BTreeMap, sync::LazyLock};

static TABLES: LazyLock<Tables> = LazyLock::new(Tables::read);

/// All tables, parsed.
pub(super) struct Tables {
    pub(super) countries: Vec<Country>,
    pub(super) languages: Vec<Language>,
    pub(super) occupations: Vec<Occupation>,
    pub(super) hobbies: BTreeMap<&'static str, Hobby>,
    pub(super) phrases: BTreeMap<&'static str, Vec<Phrase>>,
    words: BTreeMap<&'static str, Vec<&'static str>>,
    /// How many lines could not be read.
    #[cfg_attr(not(test), expect(dead_code, reason = "looked at by the tests alone"))]
    pub(super) malformed: usize,
}

/// A country, and what people from there are called, speak and talk about.
pub(super) struct Country {
    /// ISO 3166-1 alpha-2.
    pub(super) code: &'static str,
    pub(super) weight: u32,
    /// The name within a sentence: `the Netherlands`.
    pub(super) phrase: &'static str,
    /// First languages, by ISO 639-1 code, with weights.
    pub(super) native: Vec<(&'static str, u32)>,
    pub(super) foreign: Vec<Foreign>,
    pub(super) two_family_names: bool,
    /// Sentences that somebody who lives there might write.
    pub(super) locals: Vec<&'static str>,
    pub(super) names: Names,
}

/// Names of people, the oldest generation's first, and of cities.
#[derive(Default)]
pub(super) struct Names {
    pub(super) female: Vec<&'static str>,
    pub(super) male: Vec<&'static str>,
    /// `Kowalski/Kowalska` where women bear another form.
    pub(super) family: Vec<&'static str>,
    pub(super) cities: Vec<&'static str>,
}

/// A language that people of a country learn, and how many of a hundred do.
pub(super) struct Foreign {
    pub(super) code: &'static str,
    pub(super) percent: u32,
    /// Whether those who speak it do so well, as with English in Kenya.
    pub(super) fluent: bool,
}

/// A language, and how likely somebody far away takes it up.
pub(super) struct Language {
    pub(super) code: &'static str,
    pub(super) name: &'static str,
    pub(super) appeal: u32,
}

/// A job with its article (`a baker`), and the age at which one can have it.
pub(super) struct Occupation {
    pub(super) phrase: &'static str,
    pub(super) min_age: u32,
}

/// How somebody writes about an interest.
pub(super) struct Hobby {
    pub(super) min_age: u32,
    /// What fits behind "I love".
    pub(super) phrase: &'static str,
    /// A sentence that stands alone.
    pub(super) sentence: &'static str,
}

/// A sentence with `{gaps}`, for people of at least an age.
pub(super) struct Phrase {
    pub(super) min_age: u32,
    pub(super) text: &'static str,
}

/// The tables, parsed at the first call.
pub(super) fn tables() -> &'static Tables {
    &TABLES
}

impl Tables {
    fn read() -> Self {
        let mut malformed = 0;
        let mut names: BTreeMap<&str, Names> = BTreeMap::new();
        for (code, kind, list) in rows(
            include_str!("data/names.tsv"),
            &mut malformed,
            |[code, kind, list]| Some((code, kind, commas(list)?)),
        ) {
            let of_country = names.entry(code).or_default();
            match kind {
                "female" => of_country.female = list,
                "male" => of_country.male = list,
                "family" => of_country.family = list,
                "city" => of_country.cities = list,
                _ => malformed += 1,
            }
        }
        let countries = rows(
            include_str!("data/countries.tsv"),
            &mut malformed,
            |[
                code,
                weight,
                phrase,
                native,
                foreign,
                families,
                local,
                other_local,
            ]| {
                Some(Country {
                    code,
                    weight: weight.parse().ok()?,
                    phrase,
                    native: native.split(' ').map(weighed).collect::<Option<_>>()?,
                    foreign: foreign
                        .split(' ')
                        .map(Foreign::read)
                        .collect::<Option<_>>()?,
                    two_family_names: families.parse::<u8>().ok()? == 2,
                    locals: vec![local, other_local],
                    names: names.remove(code)?,
                })
            },
        );
        malformed += names.len();
        let languages = rows(
            include_str!("data/languages.tsv"),
            &mut malformed,
            |[code, name, appeal]| {
                Some(Language {
                    code,
                    name,
                    appeal: appeal.parse().ok()?,
                })
            },
        );
        let occupations = rows(
            include_str!("data/occupations.tsv"),
            &mut malformed,
            |[phrase, min_age]| {
                Some(Occupation {
                    phrase,
                    min_age: min_age.parse().ok()?,
                })
            },
        );
        let hobbies = rows(
            include_str!("data/hobbies.tsv"),
            &mut malformed,
            |[slug, min_age, phrase, sentence]| {
                let min_age = min_age.parse().ok()?;
                Some((
                    slug,
                    Hobby {
                        min_age,
                        phrase,
                        sentence,
                    },
                ))
            },
        );
        let mut phrases: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for (kind, phrase) in rows(
            include_str!("data/phrases.tsv"),
            &mut malformed,
            |[kind, min_age, text]| {
                let min_age = min_age.parse().ok()?;
                Some((kind, Phrase { min_age, text }))
            },
        ) {
            phrases.entry(kind).or_default().push(phrase);
        }
        let words = rows(
            include_str!("data/words.tsv"),
            &mut malformed,
            |[kind, list]| Some((kind, commas(list)?)),
        );
        Self {
            countries,
            languages,
            occupations,
            hobbies: hobbies.into_iter().collect(),
            phrases,
            words: words.into_iter().collect(),
            malformed,
        }
    }

    /// The English name of the language of this code.
    pub(super) fn language(&self, code: &str) -> Option<&'static str> {
        let of_code = |language: &&Language| language.code == code;
        self.languages.iter().find(of_code).map(|found| found.name)
    }

    /// The words of this kind; empty when there are none.
    pub(super) fn words(&self, kind: &str) -> &[&'static str] {
        self.words.get(kind).map_or(&[], Vec::as_slice)
    }
}

impl Country {
    /// The language that most people there grow up with.
    pub(super) fn main_language(&self) -> Option<&'static str> {
        let first = self.native.iter().max_by_key(|(_, weight)| *weight);
        first.map(|(code, _)| *code)
    }
}

impl Foreign {
    fn read(cell: &'static str) -> Option<Self> {
        let (code, percent) = cell.split_once(':')?;
        Some(Self {
            code,
            percent: percent.trim_end_matches('+').parse().ok()?,
            fluent: percent.ends_with('+'),
        })
    }
}

impl Occupation {
    /// The title without its article, in sentence case: `Baker`.
    pub(super) fn title(&self) -> String {
        let title = self
            .phrase
            .split_once(' ')
            .map_or(self.phrase, |(_, title)| title);
        capitalised(title)
    }
}

/// `text` with its first letter in upper case.
pub(super) fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(chars).collect()
    })
}

/// The rows of a table of `N` columns; what cannot be read is left out and counted.
fn rows<const N: usize, T>(
    table: &'static str,
    malformed: &mut usize,
    mut read: impl FnMut([&'static str; N]) -> Option<T>,
) -> Vec<T> {
    let mut rows = Vec::new();
    for line in table.lines() {
        let cells: Vec<&'static str> = line.split('\t').collect();
        let whole = |cell: &&str| !cell.is_empty() && cell.trim() == *cell;
        let row = Some(cells)
            .filter(|cells| cells.iter().all(whole))
            .and_then(|cells| <[&str; N]>::try_from(cells).ok())
            .and_then(&mut read);
        match row {
            Some(row) => rows.push(row),
            None => *malformed += 1,
        }
    }
    rows
}

/// The items of a list separated by a comma and a space; none when one is empty.
fn commas(list: &'static str) -> Option<Vec<&'static str>> {
    let items: Vec<_> = list.split(", ").collect();
    items.iter().all(|item| !item.is_empty()).then_some(items)
}

/// A code with its weight, as in `de:85`.
fn weighed(cell: &'static str) -> Option<(&'static str, u32)> {
    let (code, weight) = cell.split_once(':')?;
    Some((code, weight.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::domain::interest::Interest;

    #[test]
    fn no_line_is_malformed() {
        assert_eq!(tables().malformed, 0);
        let mut malformed = 0;
        let read = rows("a\tb\na\t\na\tb\tc\n", &mut malformed, |[a, b]| {
            Some((a, b))
        });
        assert_eq!((read, malformed), (vec![("a", "b")], 2));
    }

    #[test]
    fn countries_and_languages_have_iso_codes() {
        for country in &tables().countries {
            assert!(rust_iso3166::from_alpha2(country.code).is_some());
            let spoken = country.native.iter().map(|(code, _)| *code);
            for code in spoken.chain(country.foreign.iter().map(|foreign| foreign.code)) {
                assert!(tables().language(code).is_some(), "{code}");
            }
        }
        for language in &tables().languages {
            assert!(isolang::Language::from_639_1(language.code).is_some());
        }
    }

    #[test]
    fn every_country_has_enough_names() {
        assert!(tables().countries.len() >= 24);
        for country in &tables().countries {
            let names = &country.names;
            for (list, least) in [
                (&names.female, 25),
                (&names.male, 25),
                (&names.family, 30),
                (&names.cities, 10),
            ] {
                assert!(list.len() >= least, "{} {list:?}", country.code);
                let unique: BTreeSet<_> = list.iter().collect();
                assert_eq!(unique.len(), list.len(), "{} {list:?}", country.code);
            }
        }
    }

    #[test]
    fn every_interest_has_words_of_its_own() {
        for interest in Interest::all() {
            assert!(
                tables().hobbies.contains_key(interest.slug()),
                "{interest:?}"
            );
        }
        assert_eq!(tables().hobbies.len(), Interest::all().len());
    }

    #[test]
    fn there_are_enough_jobs_and_words() {
        assert!(tables().occupations.len() >= 120);
        for job in &tables().occupations {
            let article = job.phrase.split(' ').next();
            let title = job.title();
            let vowel = title.starts_with(['A', 'E', 'I', 'O', 'U']) && !title.starts_with("Univ");
            assert_eq!(
                article,
                Some(if vowel { "an" } else { "a" }),
                "{}",
                job.phrase
            );
        }
        for kind in ["first", "second", "handle", "subject"] {
            assert!(tables().words(kind).len() >= 15, "{kind}");
        }
    }
}
