//! What members are searched by: filters, orders, and the terms by which a member is kept in the index.
//!
//! A filter on a field is a read of that field: it matches only those who show the field to the one who
//! searches (policy clause C44). An order by a field has those alone in it who show that field.

use std::collections::BTreeSet;

use super::{
    interest::Interest,
    language::Language,
    place::Country,
    profile::{Field, Gender},
    region::Region,
    spoken::Fluency,
    words::{self, Sought},
};

/// Something that a member has or has not, in the form in which it is indexed: its first letter says of what.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Term(String);

impl Term {
    /// Lives in a country.
    pub fn country(country: Country) -> Self {
        Self(format!("c{}", country.code().to_ascii_lowercase()))
    }

    /// Lives in a region.
    pub fn region(region: Region) -> Self {
        Self(format!("r{}", region.index()))
    }

    /// Lives in a city of this name.
    pub fn city(city: &str) -> Option<Self> {
        Self::word('t', &words::joined(city))
    }

    /// Is of a gender.
    pub fn gender(gender: Gender) -> Self {
        Self(format!("g{}", gender.code()))
    }

    /// Speaks a language this well.
    pub fn language(language: Language, fluency: Fluency) -> Self {
        Self(format!("l{}{}", language.code(), fluency.code()))
    }

    /// What every term for a language begins with, however well it is spoken.
    pub fn of_language(language: Language) -> Self {
        Self(format!("l{}", language.code()))
    }

    /// Has an interest.
    pub fn interest(interest: Interest) -> Self {
        Self(format!("i{}", interest.key()))
    }

    /// Was born in a year.
    pub fn born(year: i32) -> Self {
        Self(format!("y{year}"))
    }

    fn word(of: char, word: &str) -> Option<Self> {
        if word.is_empty() {
            return None;
        }
        // The index of words is to be one of plain ASCII, whatever the database takes for a letter.
        Some(Self(if word.is_ascii() {
            format!("{of}{word}")
        } else {
            format!("{of}x{}", data_encoding::HEXLOWER.encode(word.as_bytes()))
        }))
    }

    /// A form of a word in a message; nothing where it is empty.
    pub fn written(form: &str) -> Option<Self> {
        Self::word('w', form)
    }

    /// The words of a text, each in all forms by which it is found; nothing of a field that has none.
    pub fn words(field: Field, text: &str) -> BTreeSet<Self> {
        let forms = words::indexed(text);
        forms
            .iter()
            .filter_map(|form| Self::word(letter(field)?, form))
            .collect()
    }

    /// As the index has it: ASCII letters and digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The letter before the words of a field.
const fn letter(field: Field) -> Option<char> {
    match field {
        Field::AboutMe => Some('a'),
        Field::LookingFor => Some('k'),
        Field::Occupation => Some('o'),
        _ => None,
    }
}

/// What may be true of a field's value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Test {
    /// It has one of these.
    Tags(Vec<Term>),
    /// Its text has one of these.
    Words(Vec<Term>),
    /// An age, in years, from the first to the last.
    Age(i32, i32),
    /// At most so many minutes ago.
    Minutes(i64),
    /// At most so many days ago.
    Days(i64),
    /// Anything at all.
    Shown,
}

/// One of the ways in which a clause of a filter can hold: the field is shown, and its value passes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alternative {
    /// The field.
    pub field: Field,
    /// What its value must be.
    pub test: Test,
}

/// A clause of a filter: it holds for a member of whom one of the alternatives does.
pub type Clause = Vec<Alternative>;

/// A clause with one alternative.
pub fn clause(field: Field, test: Test) -> Clause {
    vec![Alternative { field, test }]
}

/// A clause for each word of a query: that one of the texts has it.
pub fn texts(sought: &Sought, fields: &[Field]) -> Vec<Clause> {
    let alternative = |forms: &BTreeSet<String>, field: Field| {
        let terms = forms
            .iter()
            .filter_map(|form| Term::word(letter(field)?, form))
            .collect();
        Alternative {
            field,
            test: Test::Words(terms),
        }
    };
    sought
        .iter()
        .map(|forms| {
            let fields = fields.iter();
            fields.map(|field| alternative(forms, *field)).collect()
        })
        .collect()
}

/// In what order members come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Order {
    /// In one that tells nothing about them.
    #[default]
    Any,
    /// Who joined last, first.
    Newest,
    /// Who was here last, first.
    LatelyOnline,
    /// By what they share with the one who searches.
    BestMatch,
}

impl Order {
    /// What must be shown for a member to have a place in the order.
    pub fn clause(self) -> Option<Clause> {
        match self {
            Order::Any | Order::BestMatch => None,
            Order::Newest => Some(clause(Field::Joined, Test::Shown)),
            Order::LatelyOnline => Some(clause(Field::LastSeen, Test::Shown)),
        }
    }
}

/// What the one who searches has, to be compared with what members show.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Likeness {
    /// Interests.
    pub interests: Vec<Term>,
    /// What somebody has who speaks natively what the searcher learns.
    pub teaches: Vec<Term>,
    /// What somebody has who learns what the searcher speaks natively.
    pub learns: Vec<Term>,
    /// What the searcher speaks natively.
    pub native: Vec<Language>,
    /// Whatever the searcher speaks or learns.
    pub languages: Vec<Language>,
    /// Age, in years, a few more or less.
    pub age: Option<(i32, i32)>,
}

/// Points for each interest that is shared.
pub const AN_INTEREST: i64 = 3;
/// The most interests that count.
pub const MOST_INTERESTS: i64 = 10;
/// Points for speaking natively what the searcher learns, and for learning what the searcher speaks.
pub const AN_EXCHANGE: i64 = 20;
/// Points for any language in common.
pub const A_LANGUAGE: i64 = 5;
/// Points for being of about the same age.
pub const AN_AGE: i64 = 10;
/// By how many years those of about the same age may differ.
pub const ABOUT: i32 = 5;

/// What a member shares with the one who searches, of what they show.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Match {
    /// How many interests, up to [`MOST_INTERESTS`].
    pub interests: i64,
    /// Speaks natively what the searcher learns.
    pub teaches: bool,
    /// Learns what the searcher speaks natively.
    pub learns: bool,
    /// Has a language in common.
    pub language: bool,
    /// Is of about the same age.
    pub age: bool,
}

impl Match {
    /// As a statement counts it: four bits for what is or is not, and above them the interests.
    pub const fn from_bits(bits: i64) -> Self {
        Self {
            interests: bits >> 4,
            teaches: bits & 1 != 0,
            learns: bits & 2 != 0,
            language: bits & 4 != 0,
            age: bits & 8 != 0,
        }
    }

    /// The sum of the points.
    pub fn score(self) -> i64 {
        self.interests * AN_INTEREST
            + (i64::from(self.teaches) + i64::from(self.learns)) * AN_EXCHANGE
            + i64::from(self.language) * A_LANGUAGE
            + i64::from(self.age) * AN_AGE
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms_are_plain_and_say_of_what_they_are() {
        let portugal = Country::parse("PT").unwrap();
        let terms = [
            Some(Term::country(portugal)),
            Region::of(portugal).map(Term::region),
            Term::city("São Paulo"),
            Term::city("東京"),
            Some(Term::gender(Gender::Other)),
            Some(Term::language(Language::parse("pt").unwrap(), Fluency::C2)),
            Interest::by_key(1).map(Term::interest),
            Some(Term::born(1990)),
        ];
        let terms: Vec<String> = terms.into_iter().map(|term| term.unwrap().0).collect();
        assert_eq!(
            terms,
            [
                "cpt",
                "r11",
                "tsaopaulo",
                "txe69db1e4baac",
                "g4",
                "lpt6",
                "i1",
                "y1990"
            ]
        );
        let words = Term::words(Field::AboutMe, "Letters — письма");
        let words: Vec<&str> = words.iter().map(Term::as_str).collect();
        assert!(
            words.contains(&"aletter") && words.contains(&"aletters"),
            "{words:?}"
        );
        assert!(
            words
                .iter()
                .all(|word| word.chars().all(|c| c.is_ascii_alphanumeric()))
        );
        assert!(Term::words(Field::City, "Letters").is_empty());
        assert_eq!(Term::city("—"), None);
    }

    #[test]
    fn a_score_is_the_sum_of_its_reasons() {
        let all = Match::from_bits(3 << 4 | 0b1111);
        assert_eq!(all.interests, 3);
        assert_eq!(all.score(), 9 + 40 + 5 + 10);
        assert_eq!(Match::from_bits(0), Match::default());
        assert_eq!(Match::from_bits(0b10).score(), AN_EXCHANGE);
    }
}
