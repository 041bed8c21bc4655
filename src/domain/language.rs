//! Languages, as ISO 639-1 lists them.

use std::{fmt, str::FromStr};

/// A language with an ISO 639-1 code.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Language {
    code: &'static str,
    name: &'static str,
}

/// A text that is no ISO 639-1 code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is not an ISO 639-1 language code of two letters")]
pub struct UnknownLanguage;

impl Language {
    /// Reads a code of two ASCII letters in either case.
    ///
    /// # Errors
    /// [`UnknownLanguage`] when the code is not an assigned one.
    pub fn parse(code: &str) -> Result<Self, UnknownLanguage> {
        if code.len() != 2 {
            return Err(UnknownLanguage);
        }
        isolang::Language::from_639_1(&code.to_ascii_lowercase())
            .and_then(Self::from_entry)
            .ok_or(UnknownLanguage)
    }

    /// The code: two small letters.
    pub const fn code(self) -> &'static str {
        self.code
    }

    /// The English name.
    pub const fn name(self) -> &'static str {
        self.name
    }

    /// Every language that has a two-letter code, by code.
    pub fn all() -> impl Iterator<Item = Self> {
        let mut all: Vec<Self> = isolang::languages().filter_map(Self::from_entry).collect();
        all.sort_unstable();
        all.into_iter()
    }

    fn from_entry(entry: isolang::Language) -> Option<Self> {
        entry.to_639_1().map(|code| Self {
            code,
            name: entry.to_name(),
        })
    }
}

impl FromStr for Language {
    type Err = UnknownLanguage;

    fn from_str(code: &str) -> Result<Self, Self::Err> {
        Self::parse(code)
    }
}

impl fmt::Debug for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Language({})", self.code)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn assigned_codes_are_languages() {
        for (raw, code, name) in [
            ("de", "de", "German"),
            ("EN", "en", "English"),
            ("Eo", "eo", "Esperanto"),
        ] {
            let language = Language::parse(raw).unwrap();
            assert_eq!((language.code(), language.name()), (code, name), "{raw}");
        }
        for raw in ["", "d", "deu", "xx", "zz", "d1", "ß", " de", "de\0"] {
            assert_eq!(Language::parse(raw), Err(UnknownLanguage), "{raw:?}");
        }
    }

    #[test]
    fn the_list_is_whole_and_reads_itself() {
        let all: Vec<_> = Language::all().collect();
        assert!((180..=190).contains(&all.len()), "{}", all.len());
        assert!(all.is_sorted());
        assert_eq!(
            all.iter().map(|l| l.code()).collect::<HashSet<_>>().len(),
            all.len()
        );
        for language in all {
            assert_eq!(Language::parse(language.code()), Ok(language));
            assert!(!language.name().trim().is_empty());
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(raw in any::<String>()) {
            if let Ok(language) = Language::parse(&raw) {
                prop_assert_eq!(language.code(), raw.to_ascii_lowercase());
            }
        }
    }
}
