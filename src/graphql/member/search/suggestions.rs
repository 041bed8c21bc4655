//! What somebody who types may mean. From the public lists alone: what members wrote suggests nothing.

use async_graphql::{Enum, SimpleObject};

use crate::domain::suggest::{self, Choice};
use crate::graphql::error::Error;

/// What kind of choice is suggested.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum SuggestionKind {
    /// A country, for `countries`.
    Country,
    /// A region, for `regions`.
    Region,
    /// A language, for `native` and `learning`.
    Language,
    /// An interest, for `interests`.
    Interest,
}

/// A choice that somebody who types may mean.
#[derive(SimpleObject, Clone, Debug)]
pub struct Suggestion {
    /// Of what kind it is.
    kind: SuggestionKind,
    /// As a filter takes it.
    code: String,
    /// In English.
    name: &'static str,
}

/// A choice that a word may have been meant for.
#[derive(SimpleObject, Clone, Debug)]
pub struct DidYouMean {
    /// The word, as it was typed.
    word: String,
    /// What it may have been meant for.
    suggestion: Suggestion,
}

impl From<Choice> for Suggestion {
    fn from(choice: Choice) -> Self {
        let (kind, code) = match choice {
            Choice::Country(country) => (SuggestionKind::Country, country.code().to_owned()),
            Choice::Region(region) => {
                let region = super::filter::Region::from(region);
                let name = async_graphql::resolver_utils::enum_value(region);
                (SuggestionKind::Region, name.to_string())
            }
            Choice::Language(language) => (SuggestionKind::Language, language.code().to_owned()),
            Choice::Interest(interest) => (SuggestionKind::Interest, interest.slug().to_owned()),
        };
        Self {
            kind,
            code,
            name: choice.name(),
        }
    }
}

/// What a text that is being typed may become.
///
/// # Errors
///
/// [`Error::BadInput`] when there is too much of either.
pub fn begun(text: &str, first: i32) -> Result<Vec<Suggestion>, Error> {
    if text.chars().count() > 100 {
        return Err(Error::BadInput("`text` has at most 100 characters."));
    }
    let Some(most) = usize::try_from(first)
        .ok()
        .filter(|it| (1..=50).contains(it))
    else {
        return Err(Error::BadInput("`first` is from 1 to 50."));
    };
    let choices = suggest::beginning_with(text, most);
    Ok(choices.into_iter().map(Suggestion::from).collect())
}

/// What the words may have been meant for.
pub fn meant(words: &[String]) -> Vec<DidYouMean> {
    words
        .iter()
        .filter_map(|word| {
            Some(DidYouMean {
                suggestion: suggest::meant(word)?.into(),
                word: word.clone(),
            })
        })
        .collect()
}
