//! What members are filtered by, read.

use async_graphql::{Enum, InputObject};

use crate::domain::{
    self, interest,
    language::Language,
    place::Country,
    profile::Field,
    search::{Clause, Term, Test, clause, texts},
    spoken,
    words::{self, Sought},
};
use crate::graphql::error::Error;
use crate::graphql::member::enums::{Fluency, Gender};

/// What members are filtered by: all of what is given must hold, and of several in a list one is enough. A
/// field is looked at only of members who show it to the viewer (policy clause C44).
#[derive(InputObject, Clone, Debug, Default)]
pub struct MemberFilter {
    /// Lives in one of these countries (ISO 3166-1, two letters); at most 60.
    countries: Option<Vec<String>>,
    /// Lives in one of these regions.
    regions: Option<Vec<Region>>,
    /// Lives in a city of this name; marks, capitals and spaces make no difference.
    city: Option<String>,
    /// Is of this age.
    age: Option<AgeRange>,
    /// Is of one of these genders.
    genders: Option<Vec<Gender>>,
    /// Speaks one of these languages natively (ISO 639-1, two letters); at most 60.
    native: Option<Vec<String>>,
    /// Learns one of these languages; at most 60.
    learning: Option<Vec<LearningFilter>>,
    /// Speaks natively what the viewer learns, and learns what the viewer speaks natively. For members alone.
    language_exchange: Option<bool>,
    /// Has these words in their occupation.
    occupation: Option<String>,
    /// Has these interests.
    interests: Option<InterestFilter>,
    /// Was here lately.
    seen_within: Option<SeenWithin>,
    /// Joined lately.
    joined_within: Option<JoinedWithin>,
    /// Has each of these words in 'about me' or in what they look for: in any form of the word, in whichever
    /// language. At most 24 words in 200 characters.
    words: Option<String>,
}

/// From one age to another, both included; years.
#[derive(InputObject, Clone, Copy, Debug)]
pub struct AgeRange {
    /// The youngest.
    min: Option<i32>,
    /// The oldest.
    max: Option<i32>,
}

/// A language that somebody learns.
#[derive(InputObject, Clone, Debug)]
pub struct LearningFilter {
    /// Two letters (ISO 639-1).
    language: String,
    /// At least this well; A1 where it is left out.
    from: Option<Fluency>,
    /// At most this well; C2 where it is left out.
    to: Option<Fluency>,
}

/// Interests, by slug; at most 60 in each list.
#[derive(InputObject, Clone, Debug)]
pub struct InterestFilter {
    /// One of these.
    any: Option<Vec<String>>,
    /// All of these.
    all: Option<Vec<String>>,
}

/// How long ago somebody was here at most.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum SeenWithin {
    /// An hour.
    Hour,
    /// A day.
    Day,
    /// A week.
    Week,
    /// Thirty days.
    Month,
}

/// How long ago somebody joined at most.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum JoinedWithin {
    /// A day.
    Day,
    /// A week.
    Week,
    /// Thirty days.
    Month,
    /// 365 days.
    Year,
}

/// A region of the world, of the United Nations' standard M49.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "domain::region::Region")]
pub enum Region {
    /// Northern Africa.
    NorthernAfrica,
    /// Africa south of the Sahara.
    SubSaharanAfrica,
    /// Latin America and the Caribbean.
    LatinAmericaAndCaribbean,
    /// Northern America.
    NorthernAmerica,
    /// Central Asia.
    CentralAsia,
    /// Eastern Asia.
    EasternAsia,
    /// South-eastern Asia.
    SouthEasternAsia,
    /// Southern Asia.
    SouthernAsia,
    /// Western Asia.
    WesternAsia,
    /// Eastern Europe.
    EasternEurope,
    /// Northern Europe.
    NorthernEurope,
    /// Southern Europe.
    SouthernEurope,
    /// Western Europe.
    WesternEurope,
    /// Australia and New Zealand.
    AustraliaAndNewZealand,
    /// Melanesia.
    Melanesia,
    /// Micronesia.
    Micronesia,
    /// Polynesia.
    Polynesia,
}

/// The most choices in a list.
const MOST_CHOICES: usize = 60;
/// The most words of a text. In scripts without spaces each sign is one.
const MOST_WORDS: usize = 24;
/// The most characters of a text.
const LONGEST_TEXT: usize = 200;
/// Ages that somebody can have.
const AGES: std::ops::RangeInclusive<i32> = 0..=150;

/// A filter, read.
#[derive(Clone, Debug, Default)]
pub struct Read {
    /// What must hold of a member.
    pub clauses: Vec<Clause>,
    /// The words that are to be marked, of whichever text.
    pub words: Sought,
    /// The words of [`MemberFilter::words`], as they were typed.
    pub typed: Vec<String>,
    /// Whether members are wanted with whom the viewer can exchange languages.
    pub exchange: bool,
}

impl MemberFilter {
    /// A number that tells what was asked from what else could have been.
    pub fn digest(&self, order: domain::search::Order) -> i64 {
        crate::graphql::member::connection::List::number_of(&format!("{self:?} {order:?}"))
    }

    /// Reads it.
    ///
    /// # Errors
    ///
    /// [`Error::BadInput`] with a sentence about the first thing that is not as it should be.
    pub fn read(&self) -> Result<Read, Error> {
        let mut read = Read {
            exchange: self.language_exchange.unwrap_or_default(),
            ..Read::default()
        };
        self.places(&mut read)?;
        self.person(&mut read)?;
        self.languages(&mut read)?;
        self.texts(&mut read)?;
        if let Some(interests) = &self.interests {
            if let Some(any) = &interests.any {
                let terms = several(any, |slug| interest_of(slug), NO_SUCH_INTEREST)?;
                read.add(Field::Interests, Test::Tags(terms));
            }
            for term in several(
                interests.all.as_deref().unwrap_or_default(),
                |slug| interest_of(slug),
                NO_SUCH_INTEREST,
            )? {
                read.add(Field::Interests, Test::Tags(vec![term]));
            }
        }
        if let Some(within) = self.seen_within {
            let minutes = match within {
                SeenWithin::Hour => 60,
                SeenWithin::Day => 24 * 60,
                SeenWithin::Week => 7 * 24 * 60,
                SeenWithin::Month => 30 * 24 * 60,
            };
            read.add(Field::LastSeen, Test::Minutes(minutes));
        }
        if let Some(within) = self.joined_within {
            let days = match within {
                JoinedWithin::Day => 1,
                JoinedWithin::Week => 7,
                JoinedWithin::Month => 30,
                JoinedWithin::Year => 365,
            };
            read.add(Field::Joined, Test::Days(days));
        }
        Ok(read)
    }

    fn places(&self, read: &mut Read) -> Result<(), Error> {
        if let Some(countries) = &self.countries {
            let country = |code: &String| Country::parse(code).ok().map(Term::country);
            let terms = several(
                countries,
                country,
                "`countries` has a code that no country has.",
            )?;
            read.add(Field::Country, Test::Tags(terms));
        }
        if let Some(regions) = &self.regions {
            let region = |region: &Region| Some(Term::region((*region).into()));
            let terms = several(regions, region, NEVER)?;
            read.add(Field::Country, Test::Tags(terms));
        }
        if let Some(city) = &self.city {
            let term = Term::city(bounded(city)?).ok_or(Error::BadInput(NO_WORD))?;
            read.add(Field::City, Test::Tags(vec![term]));
        }
        Ok(())
    }

    fn person(&self, read: &mut Read) -> Result<(), Error> {
        if let Some(age) = self.age {
            let least = age.min.unwrap_or(*AGES.start());
            let most = age.max.unwrap_or(*AGES.end());
            if !AGES.contains(&least) || !AGES.contains(&most) {
                return Err(Error::BadInput("Ages are from 0 to 150."));
            }
            if least > most {
                return Err(Error::BadInput("`age.min` is at most `age.max`."));
            }
            read.add(Field::Age, Test::Age(least, most));
        }
        if let Some(genders) = &self.genders {
            let gender = |gender: &Gender| Some(Term::gender((*gender).into()));
            let terms = several(genders, gender, NEVER)?;
            read.add(Field::Gender, Test::Tags(terms));
        }
        Ok(())
    }

    fn languages(&self, read: &mut Read) -> Result<(), Error> {
        if let Some(native) = &self.native {
            let term = |code: &String| {
                let language = Language::parse(code).ok()?;
                Some(Term::language(language, spoken::Fluency::Native))
            };
            let terms = several(native, term, "`native` has a code that no language has.")?;
            read.add(Field::Languages, Test::Tags(terms));
        }
        if let Some(learning) = &self.learning {
            let language = |it: &LearningFilter| {
                let levels = it.levels();
                Language::parse(&it.language).ok().map(|of| (of, levels))
            };
            let learned = several(
                learning,
                language,
                "`learning` has a code that no language has.",
            )?;
            let mut terms = Vec::new();
            for (language, levels) in learned {
                let levels = levels?;
                terms.extend(
                    levels
                        .into_iter()
                        .map(|level| Term::language(language, level)),
                );
            }
            read.add(Field::Languages, Test::Tags(terms));
        }
        Ok(())
    }

    fn texts(&self, read: &mut Read) -> Result<(), Error> {
        if let Some(occupation) = &self.occupation {
            let words = words_of(occupation)?;
            read.clauses.extend(texts(&words, &[Field::Occupation]));
            read.words.extend(words);
        }
        if let Some(text) = &self.words {
            let words = words_of(text)?;
            let fields = [Field::AboutMe, Field::LookingFor];
            read.clauses.extend(texts(&words, &fields));
            read.words.extend(words);
            read.typed = text.split_whitespace().map(str::to_owned).collect();
        }
        Ok(())
    }
}

impl Read {
    fn add(&mut self, field: Field, test: Test) {
        self.clauses.push(clause(field, test));
    }
}

impl LearningFilter {
    /// The levels from one to the other.
    fn levels(&self) -> Result<Vec<spoken::Fluency>, Error> {
        let from = self.from.map_or(spoken::Fluency::A1, Into::into);
        let to = self.to.map_or(spoken::Fluency::C2, Into::into);
        if from == spoken::Fluency::Native || to == spoken::Fluency::Native {
            return Err(Error::BadInput(
                "Who speaks a language natively does not learn it: see `native`.",
            ));
        }
        if from > to {
            return Err(Error::BadInput("`learning.from` is at most `learning.to`."));
        }
        let levels = spoken::Fluency::ALL.into_iter();
        Ok(levels.filter(|level| (from..=to).contains(level)).collect())
    }
}

const NO_SUCH_INTEREST: &str = "`interests` has a slug that no interest has.";
const NO_WORD: &str = "A text to search for has at least one letter or digit.";
/// For what the schema leaves no way to get wrong.
const NEVER: &str = "There is no such choice.";

fn interest_of(slug: &str) -> Option<Term> {
    interest::Interest::by_slug(slug).map(Term::interest)
}

fn several<T, U>(
    given: &[T],
    read: impl Fn(&T) -> Option<U>,
    wrong: &'static str,
) -> Result<Vec<U>, Error> {
    if given.len() > MOST_CHOICES {
        return Err(Error::BadInput(
            "A list of a filter has at most 60 entries.",
        ));
    }
    let read: Option<Vec<U>> = given.iter().map(read).collect();
    read.ok_or(Error::BadInput(wrong))
}

fn bounded(text: &str) -> Result<&str, Error> {
    if text.chars().count() > LONGEST_TEXT {
        return Err(Error::BadInput(
            "A text to search for has at most 200 characters.",
        ));
    }
    Ok(text)
}

fn words_of(text: &str) -> Result<Sought, Error> {
    let words = words::sought(bounded(text)?);
    match words.len() {
        0 => Err(Error::BadInput(NO_WORD)),
        many if many > MOST_WORDS => Err(Error::BadInput(
            "A text to search for has at most 24 words.",
        )),
        _ => Ok(words),
    }
}
