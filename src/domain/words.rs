//! The words of a text, as search compares them: folded, and stemmed.
//!
//! What is indexed of a text is a function of that text alone. Which language it is in is told from its own
//! words, not from the languages that its writer speaks: those may be hidden from somebody who sees the text.

use std::{collections::BTreeSet, ops::Range};

use snowball_stemmers_rs::{Algorithm, Stemmer};
use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};
use unicode_segmentation::UnicodeSegmentation;
use whatlang::{Lang, Script};

/// The most characters of a word that are compared.
const LONGEST: usize = 40;

/// The fewest letters that a stem must have to stand for a word that is longer.
const SHORTEST_STEM: usize = 3;

/// A text's words, each in all its forms.
pub type Sought = Vec<BTreeSet<String>>;

/// The form in which two spellings of a word are one: lower case, without marks, letters and digits alone.
///
/// Empty where nothing of the kind is in it.
pub fn folded(word: &str) -> String {
    // Before they are taken apart: some letters become fifteen.
    let plain = word.chars().take(LONGEST).nfkd();
    let plain = plain.filter(|c| !is_combining_mark(*c));
    let mut folded = String::with_capacity(word.len());
    for c in plain
        .flat_map(char::to_lowercase)
        .filter(|c| c.is_alphanumeric())
    {
        match c {
            'ß' => folded.push_str("ss"),
            'æ' => folded.push_str("ae"),
            'œ' => folded.push_str("oe"),
            'ø' => folded.push('o'),
            'đ' | 'ð' => folded.push('d'),
            'ł' => folded.push('l'),
            'ı' => folded.push('i'),
            'þ' => folded.push_str("th"),
            'ς' => folded.push('σ'),
            c => folded.push(c),
        }
    }
    folded.chars().take(LONGEST).collect()
}

/// The whole of a short text as one word: `New York` and `new-york` are the same.
pub fn joined(text: &str) -> String {
    folded(&text.split_whitespace().collect::<String>())
}

/// What is kept of a text to be found by.
pub fn indexed(text: &str) -> BTreeSet<String> {
    let stemmers = stemmers_of(text);
    text.unicode_words()
        .flat_map(|word| forms(word, &stemmers))
        .collect()
}

/// Each word of a query, in all the forms by which a text may have it: of what language it is is not known.
pub fn sought(query: &str) -> Sought {
    let algorithms = Lang::all().iter().copied().filter_map(algorithm);
    let stemmers: Vec<Stemmer> = algorithms.map(Stemmer::create).collect();
    query
        .unicode_words()
        .map(|word| forms(word, &stemmers))
        .filter(|forms| !forms.is_empty())
        .collect()
}

/// Where in a text, in bytes, words stand that are among those that are sought.
pub fn marks(text: &str, sought: &[BTreeSet<String>]) -> Vec<Range<usize>> {
    let stemmers = stemmers_of(text);
    text.unicode_word_indices()
        .filter(|(_, word)| {
            let forms = forms(word, &stemmers);
            sought.iter().any(|sought| !sought.is_disjoint(&forms))
        })
        .map(|(at, word)| at..at + word.len())
        .collect()
}

fn forms(word: &str, stemmers: &[Stemmer]) -> BTreeSet<String> {
    let plain = folded(word);
    if plain.is_empty() {
        return BTreeSet::new();
    }
    // Stemmers know letters with their marks.
    let lower: String = word.to_lowercase().nfc().take(LONGEST).collect();
    let mut forms: BTreeSet<String> = stemmers
        .iter()
        .map(|stemmer| folded(&stemmer.stem(&lower)))
        .filter(|stem| stem.chars().count() >= SHORTEST_STEM)
        .collect();
    forms.insert(plain);
    forms
}

/// The stemmer of the text's own language, where it tells, and that of English for whatever is in Latin
/// letters: texts are short, and many are mixed.
fn stemmers_of(text: &str) -> Vec<Stemmer> {
    let told = whatlang::detect(text);
    let latin = told
        .as_ref()
        .is_none_or(|told| told.script() == Script::Latin);
    let own = told
        // A short text in Latin letters may be of any of very many languages.
        .filter(|told| told.is_reliable() || told.script() != Script::Latin)
        .and_then(|told| algorithm(told.lang()));
    let mut algorithms: Vec<Algorithm> = own.into_iter().collect();
    if latin && own != Some(Algorithm::English) {
        algorithms.push(Algorithm::English);
    }
    algorithms.into_iter().map(Stemmer::create).collect()
}

const fn algorithm(language: Lang) -> Option<Algorithm> {
    Some(match language {
        Lang::Ara => Algorithm::Arabic,
        Lang::Hye => Algorithm::Armenian,
        Lang::Cat => Algorithm::Catalan,
        Lang::Ces => Algorithm::Czech,
        Lang::Dan => Algorithm::Danish,
        Lang::Nld => Algorithm::Dutch,
        Lang::Eng => Algorithm::English,
        Lang::Epo => Algorithm::Esperanto,
        Lang::Est => Algorithm::Estonian,
        Lang::Fin => Algorithm::Finnish,
        Lang::Fra => Algorithm::French,
        Lang::Deu => Algorithm::German,
        Lang::Ell => Algorithm::Greek,
        Lang::Hin => Algorithm::Hindi,
        Lang::Hun => Algorithm::Hungarian,
        Lang::Ind => Algorithm::Indonesian,
        Lang::Ita => Algorithm::Italian,
        Lang::Lit => Algorithm::Lithuanian,
        Lang::Nep => Algorithm::Nepali,
        Lang::Nob => Algorithm::Norwegian,
        Lang::Pes => Algorithm::Persian,
        Lang::Pol => Algorithm::Polish,
        Lang::Por => Algorithm::Portuguese,
        Lang::Ron => Algorithm::Romanian,
        Lang::Rus => Algorithm::Russian,
        Lang::Srp => Algorithm::Serbian,
        Lang::Spa => Algorithm::Spanish,
        Lang::Swe => Algorithm::Swedish,
        Lang::Tam => Algorithm::Tamil,
        Lang::Tur => Algorithm::Turkish,
        Lang::Ukr => Algorithm::Ukrainian,
        Lang::Yid => Algorithm::Yiddish,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn finds(query: &str, text: &str) -> bool {
        let kept = indexed(text);
        sought(query).iter().all(|word| !word.is_disjoint(&kept))
    }

    #[test]
    fn a_word_is_found_in_its_other_forms() {
        for (query, text) in [
            (
                "gardens",
                "I spend my weekends gardening and reading old novels.",
            ),
            (
                "GÄRTEN",
                "Ich mag alte Gärten und lange Spaziergänge am Fluss.",
            ),
            (
                "garten",
                "Mein Garten ist groß, und ich schreibe gern lange Briefe.",
            ),
            (
                "strasse",
                "Ich wohne in einer ruhigen Straße am Rande der Stadt.",
            ),
            (
                "jardins",
                "J'aime les jardins et les longues promenades au bord de la mer.",
            ),
            ("cafe", "Meet me at the café."),
            (
                "книги",
                "Я люблю читать книги и писать письма друзьям из разных стран.",
            ),
            (
                "книга",
                "Я люблю читать книги и писать письма друзьям из разных стран.",
            ),
            ("猫", "猫が好きです"),
            ("istanbul", "İstanbul"),
        ] {
            assert!(finds(query, text), "{query}: {:?}", indexed(text));
        }
        assert!(!finds("horses", "I like cats."));
        assert!(!finds("cats horses", "I like cats."));
    }

    #[test]
    fn words_are_marked_where_they_stand() {
        let text = "Gardening, and a garden — no guards.";
        let marked: Vec<&str> = marks(text, &sought("gardens"))
            .into_iter()
            .map(|range| &text[range])
            .collect();
        assert_eq!(marked, ["Gardening", "garden"]);
        assert!(marks(text, &sought("…")).is_empty());
    }

    #[test]
    fn what_has_no_letters_has_no_words() {
        for text in ["", "  ", "—…!", "🐈🐈", "\u{301}"] {
            assert!(indexed(text).is_empty(), "{text}");
            assert!(sought(text).is_empty(), "{text}");
        }
        assert_eq!(joined("New York"), joined("new  york"));
    }

    proptest! {
        #[test]
        fn whatever_is_written_is_found_by_each_of_its_words(text in any::<String>()) {
            let kept = indexed(&text);
            for form in &kept {
                prop_assert!(form.chars().all(char::is_alphanumeric), "{:?}", form);
                prop_assert!(!form.is_empty() && form.chars().count() <= LONGEST * 3);
            }
            for word in sought(&text) {
                prop_assert!(!word.is_disjoint(&kept), "{:?} {:?}", word, kept);
            }
            for range in marks(&text, &sought(&text)) {
                prop_assert!(text.get(range).is_some());
            }
        }

        #[test]
        fn words_of_any_script_are_stemmed_without_harm(
            text in "([a-zà-ÿ]{1,12} |[а-яёіїћђ]{1,12} |[α-ωά-ώ]{1,12} |[ء-ي]{1,9} |[अ-ह]{1,9} |[ա-ֆ]{1,9} ){1,6}",
        ) {
            let kept = indexed(&text);
            prop_assert!(sought(&text).iter().all(|word| !word.is_disjoint(&kept)));
        }
    }
}
