//! How many of those who were found show what.

use async_graphql::SimpleObject;

use crate::domain;
use crate::graphql::member::catalog::{Country, Interest, Language};
use crate::store::search::{Counted, Facets as Counts};

/// How many there are: exactly up to 10,000.
#[derive(SimpleObject, Clone, Copy, Debug)]
pub struct Count {
    /// How many; where there are more, 10,000, or how many of those that were looked at.
    value: i64,
    /// Whether there are more.
    more: bool,
}

impl From<Counted> for Count {
    fn from(counted: Counted) -> Self {
        Self {
            value: counted.value,
            more: counted.more,
        }
    }
}

/// How many of those who were found show each country, language and interest to the viewer; most first.
#[derive(SimpleObject, Clone, Debug)]
pub struct Facets {
    /// By country.
    countries: Vec<CountryCount>,
    /// By language, spoken or learned.
    languages: Vec<LanguageCount>,
    /// By interest.
    interests: Vec<InterestCount>,
}

/// How many show a country.
#[derive(SimpleObject, Clone, Debug)]
pub struct CountryCount {
    /// The country.
    country: Country,
    /// How many.
    count: Count,
}

/// How many show a language.
#[derive(SimpleObject, Clone, Debug)]
pub struct LanguageCount {
    /// The language.
    language: Language,
    /// How many.
    count: Count,
}

/// How many show an interest.
#[derive(SimpleObject, Clone, Debug)]
pub struct InterestCount {
    /// The interest.
    interest: Interest,
    /// How many.
    count: Count,
}

impl Facets {
    /// The first so many of each.
    pub fn of(counts: Counts, first: usize) -> Self {
        let more = counts.more;
        let count = |value| Count { value, more };
        let countries = counts.countries.into_iter().filter_map(|(code, value)| {
            let country = domain::place::Country::parse(&code).ok()?;
            Some(CountryCount {
                country: country.into(),
                count: count(value),
            })
        });
        let languages = counts.languages.into_iter().filter_map(|(code, value)| {
            let language = domain::language::Language::parse(&code).ok()?;
            Some(LanguageCount {
                language: language.into(),
                count: count(value),
            })
        });
        let interests = counts.interests.into_iter().filter_map(|(key, value)| {
            let interest = domain::interest::Interest::by_key(key.parse().ok()?)?;
            Some(InterestCount {
                interest: interest.into(),
                count: count(value),
            })
        });
        Self {
            countries: countries.take(first).collect(),
            languages: languages.take(first).collect(),
            interests: interests.take(first).collect(),
        }
    }
}
