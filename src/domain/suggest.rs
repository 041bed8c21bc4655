//! What somebody who types may mean: from the public lists alone, never from what members wrote.

use std::sync::LazyLock;

use super::{
    interest::Interest, language::Language, place::Country, region::Region, words::folded,
};

/// Something of a public list that members are searched by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    /// A country.
    Country(Country),
    /// A region.
    Region(Region),
    /// A language.
    Language(Language),
    /// An interest.
    Interest(Interest),
}

impl Choice {
    /// The English name.
    pub fn name(self) -> &'static str {
        match self {
            Choice::Country(country) => country.name(),
            Choice::Region(region) => region.name(),
            Choice::Language(language) => language.name(),
            Choice::Interest(interest) => interest.name(),
        }
    }
}

struct Listed {
    choice: Choice,
    /// The words of the name, folded.
    words: Vec<String>,
}

static ALL: LazyLock<Vec<Listed>> = LazyLock::new(|| {
    let interests = Interest::all().map(Choice::Interest);
    let languages = Language::all().map(Choice::Language);
    let countries = Country::all().map(Choice::Country);
    let regions = Region::ALL.into_iter().map(Choice::Region);
    interests
        .chain(languages)
        .chain(countries)
        .chain(regions)
        .map(|choice| Listed {
            choice,
            words: split(choice.name()),
        })
        .collect()
});

fn split(text: &str) -> Vec<String> {
    text.split([' ', '-', ','])
        .map(folded)
        .filter(|word| !word.is_empty())
        .collect()
}

/// The choices of whose names a word begins with each word of the text, in the order of the lists; those whose
/// first word begins with its first come first.
pub fn beginning_with(text: &str, most: usize) -> Vec<Choice> {
    let typed = split(text);
    let Some(first) = typed.first() else {
        return Vec::new();
    };
    let begins = |listed: &&Listed| {
        typed.iter().all(|typed| {
            let mut words = listed.words.iter();
            words.any(|word| word.starts_with(typed.as_str()))
        })
    };
    let (at_once, later): (Vec<&Listed>, Vec<&Listed>) =
        ALL.iter().filter(begins).partition(|listed| {
            listed
                .words
                .first()
                .is_some_and(|word| word.starts_with(first.as_str()))
        });
    let found = at_once.into_iter().chain(later);
    found.map(|listed| listed.choice).take(most).collect()
}

/// The fewest letters of a word that is corrected.
const SHORTEST: usize = 4;
/// The most slips that are corrected.
const MOST_SLIPS: usize = 2;

/// The choice that a word may have been meant for: the one whose name has a word with the fewest slips of the
/// typist's between; nothing where the word is one of a name's, or far from all.
pub fn meant(word: &str) -> Option<Choice> {
    let word = folded(word);
    let letters = word.chars().count();
    if letters < SHORTEST {
        return None;
    }
    let slips = MOST_SLIPS.min(letters / 4);
    // `letters` is no slip for `letter`, nor `garden` for `gardening`.
    let mut known = ALL.iter().flat_map(|listed| &listed.words);
    if known.any(|known| {
        known.starts_with(&word)
            || word
                .strip_prefix(known.as_str())
                .is_some_and(|rest| rest.len() <= 2)
    }) {
        return None;
    }
    let distance = |listed: &'static Listed| {
        let words = listed.words.iter();
        let near = words.filter(|known| known.chars().count().abs_diff(letters) <= slips);
        near.map(|known| strsim::osa_distance(&word, known)).min()
    };
    let near = ALL
        .iter()
        .filter_map(|listed| Some((distance(listed)?, listed.choice)));
    let (distance, choice) = near.min_by_key(|(distance, _)| *distance)?;
    (1..=slips).contains(&distance).then_some(choice)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn names(choices: &[Choice]) -> Vec<&'static str> {
        choices.iter().map(|choice| choice.name()).collect()
    }

    #[test]
    fn what_is_begun_is_completed() {
        let found = names(&beginning_with("portu", 10));
        assert!(
            found.contains(&"Portugal") && found.contains(&"Portuguese"),
            "{found:?}"
        );
        assert_eq!(beginning_with("portu", 1).len(), 1);
        assert_eq!(
            names(&beginning_with("letter WRIT", 10)),
            ["Letter writing"]
        );
        for nothing in ["", "  ", "…", "zzzz"] {
            assert!(beginning_with(nothing, 10).is_empty());
        }
    }

    #[test]
    fn slips_are_corrected_and_words_that_are_right_are_not() {
        for (typed, meant_for) in [
            ("portugeese", "Portuguese"),
            ("gardenign", "Gardening"),
            ("Germnay", "Germany"),
        ] {
            assert_eq!(meant(typed).map(Choice::name), Some(meant_for), "{typed}");
        }
        for right in [
            "gardening",
            "garden",
            "letters",
            "Germany",
            "the",
            "qqqqqqq",
            "",
        ] {
            assert_eq!(meant(right), None, "{right}");
        }
    }

    proptest! {
        #[test]
        fn whatever_is_typed_is_answered(text in any::<String>()) {
            prop_assert!(beginning_with(&text, 3).len() <= 3);
            let _ = meant(&text);
        }
    }
}
