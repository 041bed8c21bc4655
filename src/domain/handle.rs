//! Handles: the names by which members are looked up, `quiet-heron-7k2mpq`.
//!
//! The first part, the [`Stem`], is chosen or made up; the last six characters are the server's. So
//! 'taken' never has to be said, and a handle tells nobody which other handles exist.

use std::fmt;

use rand::{Rng, RngExt, seq::IndexedRandom};

use super::email::Email;

/// The least number of characters of a stem.
pub const MIN_STEM: usize = 3;

/// The greatest number of characters of a stem.
pub const MAX_STEM: usize = 20;

/// Characters of the suffix: 32⁶, a thousand million, for each stem.
const SUFFIX: usize = 6;

/// Crockford's base 32: no `i`, `l` or `o`, which look like digits, and no `u`, which makes words.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// Why a text is no stem.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StemProblem {
    /// Fewer than [`MIN_STEM`] characters.
    #[error("must have at least {MIN_STEM} characters")]
    TooShort,
    /// More than [`MAX_STEM`] characters.
    #[error("must have at most {MAX_STEM} characters")]
    TooLong,
    /// Something else than the letters a to z, digits, and single hyphens between them.
    #[error("may hold the letters a to z, digits, and single hyphens between them")]
    Characters,
}

/// The part of a handle that its owner chooses: `a` to `z`, digits, single hyphens between them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Stem(String);

impl Stem {
    /// Reads a stem; white space around it is ignored and capital letters become small.
    ///
    /// # Errors
    /// [`StemProblem`], bounds first.
    pub fn parse(raw: &str) -> Result<Self, StemProblem> {
        let raw = raw.trim();
        match raw.chars().count() {
            count if count < MIN_STEM => return Err(StemProblem::TooShort),
            count if count > MAX_STEM => return Err(StemProblem::TooLong),
            _ => {}
        }
        let stem = raw.to_ascii_lowercase();
        let well_formed = stem.split('-').all(|part| {
            !part.is_empty()
                && part
                    .bytes()
                    .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
        });
        if well_formed {
            Ok(Self(stem))
        } else {
            Err(StemProblem::Characters)
        }
    }

    /// Makes one up: a friendly adjective and a noun.
    pub fn made_up<R: Rng + ?Sized>(rng: &mut R) -> Self {
        let adjective = ADJECTIVES.choose(rng).unwrap_or(&"quiet");
        let noun = NOUNS.choose(rng).unwrap_or(&"heron");
        Self(format!("{adjective}-{noun}"))
    }

    /// Whether the stem is the e-mail address, or what stands before its `@`, punctuation and tag aside.
    ///
    /// A handle is shown where the member is, an address is not (policy clause C45).
    pub fn echoes(&self, email: &Email) -> bool {
        let bare = |text: &str| -> String {
            text.chars()
                .filter(|c| c.is_alphanumeric())
                .collect::<String>()
        };
        let stem = bare(&self.0);
        let local = email.folded_local_part();
        let untagged = local.split('+').next().unwrap_or_default();
        [&email.folded(), &local, untagged]
            .into_iter()
            .any(|part| bare(part) == stem)
    }

    /// The stem.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A whole handle: stem, hyphen, six random characters.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Handle(String);

impl Handle {
    /// Makes a handle of `stem`; two of the same stem meet once in about 40,000 members of that stem.
    pub fn mint<R: Rng + ?Sized>(stem: &Stem, rng: &mut R) -> Self {
        let mut handle = String::with_capacity(stem.0.len() + 1 + SUFFIX);
        handle.push_str(&stem.0);
        handle.push('-');
        for _ in 0..SUFFIX {
            handle.push(char::from(ALPHABET[rng.random_range(0..ALPHABET.len())]));
        }
        Self(handle)
    }

    /// Reads a handle as somebody typed it: in either case, and with `o`, `i` or `l` for `0` or `1` in its suffix.
    pub fn parse(raw: &str) -> Option<Self> {
        let (stem, suffix) = raw.trim().rsplit_once('-')?;
        let stem = Stem::parse(stem)
            .ok()
            .filter(|read| read.0.len() == stem.len())?;
        let suffix = suffix
            .chars()
            .map(|c| match c.to_ascii_lowercase() {
                'o' => Some('0'),
                'i' | 'l' => Some('1'),
                c => u8::try_from(c)
                    .ok()
                    .filter(|byte| ALPHABET.contains(byte))
                    .map(char::from),
            })
            .collect::<Option<String>>()
            .filter(|suffix| suffix.len() == SUFFIX)?;
        Some(Self(format!("{}-{suffix}", stem.0)))
    }

    /// The handle.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

const ADJECTIVES: &[&str] = &[
    "airy", "amber", "autumn", "blue", "brave", "breezy", "bright", "brisk", "calm", "cheerful",
    "clear", "clever", "cosy", "crisp", "curious", "daring", "dreamy", "eager", "early", "fair",
    "fond", "friendly", "gentle", "glad", "golden", "green", "happy", "hearty", "humble", "jolly",
    "keen", "kind", "lively", "lucky", "mellow", "merry", "mild", "misty", "neat", "nimble",
    "northern", "patient", "plucky", "polite", "proud", "quiet", "quick", "rosy", "silver",
    "snowy", "southern", "spring", "steady", "summer", "sunny", "swift", "tidy", "warm", "wise",
    "witty",
];

const NOUNS: &[&str] = &[
    "acorn", "alder", "apple", "badger", "beacon", "beech", "birch", "brook", "candle", "cedar",
    "clover", "comet", "compass", "coral", "cricket", "daisy", "dolphin", "ember", "falcon",
    "fern", "finch", "fjord", "garden", "harbour", "hazel", "heron", "island", "ivy", "juniper",
    "kestrel", "kettle", "lantern", "lark", "letter", "linden", "lynx", "maple", "meadow", "moon",
    "orchard", "otter", "owl", "parcel", "pebble", "pine", "poppy", "puffin", "quill", "rain",
    "river", "robin", "saffron", "sparrow", "stamp", "star", "swallow", "thistle", "valley",
    "willow", "wren",
];

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;
    use rand::SeedableRng;
    use rand_chacha::ChaCha20Rng;

    use super::*;

    #[test]
    fn stems_are_small_letters_digits_and_inner_hyphens() {
        for (raw, expected) in [
            ("Anna", Ok("anna")),
            (" quiet-heron ", Ok("quiet-heron")),
            ("a-1", Ok("a-1")),
            ("007", Ok("007")),
            ("abcdefghijabcdefghij", Ok("abcdefghijabcdefghij")),
            ("", Err(StemProblem::TooShort)),
            ("ab", Err(StemProblem::TooShort)),
            ("éa", Err(StemProblem::TooShort)),
            ("abcdefghijabcdefghijk", Err(StemProblem::TooLong)),
            ("-ab", Err(StemProblem::Characters)),
            ("ab-", Err(StemProblem::Characters)),
            ("a--b", Err(StemProblem::Characters)),
            ("a_b", Err(StemProblem::Characters)),
            ("a b", Err(StemProblem::Characters)),
            ("änna", Err(StemProblem::Characters)),
            ("аnna", Err(StemProblem::Characters)),
            ("ab\0", Err(StemProblem::Characters)),
            ("anna@b.org", Err(StemProblem::Characters)),
        ] {
            assert_eq!(
                Stem::parse(raw).as_ref().map(Stem::as_str),
                expected.as_ref().copied(),
                "{raw:?}"
            );
        }
    }

    #[test]
    fn every_stem_that_can_be_made_up_is_a_stem() {
        let words: HashSet<_> = ADJECTIVES.iter().chain(NOUNS).collect();
        assert_eq!(words.len(), 120, "no word twice");
        for adjective in ADJECTIVES {
            for noun in NOUNS {
                assert!(
                    Stem::parse(&format!("{adjective}-{noun}")).is_ok(),
                    "{adjective}-{noun}"
                );
            }
        }
    }

    #[test]
    fn made_up_stems_and_suffixes_vary_and_come_back() {
        let mut rng = ChaCha20Rng::seed_from_u64(1);
        let mut seen = HashSet::new();
        for _ in 0..500 {
            let stem = Stem::made_up(&mut rng);
            let handle = Handle::mint(&stem, &mut rng);
            assert_eq!(Handle::parse(handle.as_str()), Some(handle.clone()));
            assert!(handle.as_str().starts_with(stem.as_str()));
            seen.insert(handle);
        }
        assert_eq!(seen.len(), 500);
    }

    #[test]
    fn handles_are_read_as_people_type_them() {
        for (raw, expected) in [
            ("quiet-heron-7k2mpq", Some("quiet-heron-7k2mpq")),
            (" Quiet-Heron-7K2MPQ ", Some("quiet-heron-7k2mpq")),
            ("anna-oil000", Some("anna-011000")),
            ("anna", None),
            ("anna-12345", None),
            ("anna-1234567", None),
            ("anna-12345u", None),
            ("anna-1234\u{e9}", None),
            ("anna--123456", None),
            ("anna -123456", None),
            ("-123456", None),
            ("ab-123456", None),
            ("", None),
        ] {
            assert_eq!(
                Handle::parse(raw).as_ref().map(Handle::as_str),
                expected,
                "{raw:?}"
            );
        }
    }

    #[test]
    fn a_stem_that_repeats_the_address_is_noticed() {
        let echoes = |stem: &str, email: &str| {
            Stem::parse(stem)
                .unwrap()
                .echoes(&Email::parse(email).unwrap())
        };
        for (stem, email) in [
            ("anna", "Anna@example.org"),
            ("anna-b", "anna.b@example.org"),
            ("annab", "anna_b@example.org"),
            ("anna", "anna+pen@example.org"),
            ("annapen", "anna+pen@example.org"),
            ("anna-b-org", "anna@b.org"),
        ] {
            assert!(echoes(stem, email), "{stem} {email}");
        }
        for (stem, email) in [
            ("anna", "hanna@example.org"),
            ("quiet-heron", "anna@example.org"),
            ("example", "anna@example.org"),
            ("anna", "änna@example.org"),
        ] {
            assert!(!echoes(stem, email), "{stem} {email}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(raw in any::<String>()) {
            if let Some(handle) = Handle::parse(&raw) {
                prop_assert_eq!(Handle::parse(handle.as_str()), Some(handle));
            }
        }

        #[test]
        fn what_is_read_as_a_stem_is_one(
            raw in prop_oneof![
                prop::collection::vec(any::<char>(), 0..24).prop_map(String::from_iter),
                "[ \t]?[a-zA-Z0-9-]{1,23}[ \n]?",
                "[a-z\u{131}\u{17f}\u{212a}\u{430}-]{3,6}",
            ],
        ) {
            if let Ok(stem) = Stem::parse(&raw) {
                prop_assert!(is_stem(stem.as_str()));
                prop_assert_eq!(stem.as_str(), raw.trim().to_ascii_lowercase());
                prop_assert_eq!(Stem::parse(stem.as_str()), Ok(stem));
            } else {
                prop_assert!(!is_stem(&raw.trim().to_ascii_lowercase()), "{:?} is one", raw);
            }
        }

        #[test]
        fn what_is_read_as_a_handle_is_one(
            raw in prop_oneof![
                prop::collection::vec(any::<char>(), 0..24).prop_map(String::from_iter),
                "[ \t]?[a-zA-Z0-9-]{1,22}-[a-zA-Z0-9]{5,7}[ \n]?",
                "[a-z]{3}-[oOiIlL0-9a-z]{6}",
                "[a-z]{3}-[a-z\u{131}\u{212a}]{5,6}",
            ],
        ) {
            let Some(handle) = Handle::parse(&raw) else { return Ok(()) };
            let (stem, suffix) = handle.as_str().rsplit_once('-').unwrap();
            prop_assert!(is_stem(stem));
            prop_assert!(suffix.len() == SUFFIX && suffix.bytes().all(|byte| ALPHABET.contains(&byte)));
            let lower = raw.trim().to_ascii_lowercase();
            prop_assert_eq!(lower.len(), handle.as_str().len());
            prop_assert!(lower.starts_with(stem));
            // Nothing becomes another character but what looks like a digit.
            for (typed, read) in lower.chars().zip(handle.as_str().chars()) {
                prop_assert!(typed == read || matches!((typed, read), ('o', '0') | ('i' | 'l', '1')));
            }
            prop_assert_eq!(Handle::parse(handle.as_str()), Some(handle));
        }

        #[test]
        fn every_handle_that_is_minted_can_be_looked_up(raw in "[a-z0-9]{1,6}-[a-z0-9]{2,6}", seed: u64) {
            let stem = Stem::parse(&raw).unwrap();
            let handle = Handle::mint(&stem, &mut ChaCha20Rng::seed_from_u64(seed));
            prop_assert_eq!(Handle::parse(&handle.to_string().to_uppercase()), Some(handle));
        }
    }

    fn is_stem(text: &str) -> bool {
        let inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
        (MIN_STEM..=MAX_STEM).contains(&text.len())
            && text.chars().all(|c| inner(c) || c == '-')
            && text.starts_with(inner)
            && text.ends_with(inner)
            && !text.contains("--")
    }
}
