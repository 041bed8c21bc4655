//! Countries, as ISO 3166-1 lists them.

use std::{fmt, str::FromStr, sync::LazyLock};

/// Every country, by code: made once, since a name is told from all others.
static ALL: LazyLock<Vec<Country>> = LazyLock::new(|| {
    let entries = rust_iso3166::ALL.iter().copied();
    let mut all: Vec<Country> = entries.map(Country::from_entry).collect();
    all.sort_unstable();
    all
});

/// A country or territory with an ISO 3166-1 alpha-2 code.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Country {
    code: &'static str,
    name: &'static str,
}

/// A text that is no ISO 3166-1 alpha-2 code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is not an ISO 3166-1 country code of two letters")]
pub struct UnknownCountry;

impl Country {
    /// Reads a code of two ASCII letters in either case.
    ///
    /// # Errors
    /// [`UnknownCountry`] when the code is not an assigned one.
    pub fn parse(code: &str) -> Result<Self, UnknownCountry> {
        let code = code.to_ascii_uppercase();
        ALL.binary_search_by(|country| country.code.cmp(&code))
            .ok()
            .and_then(|at| ALL.get(at).copied())
            .ok_or(UnknownCountry)
    }

    /// The code: two capital letters.
    pub const fn code(self) -> &'static str {
        self.code
    }

    /// The short English name, as far as it tells the country from all others.
    pub const fn name(self) -> &'static str {
        self.name
    }

    /// Every country, by code.
    pub fn all() -> impl Iterator<Item = Self> {
        ALL.iter().copied()
    }

    fn from_entry(entry: rust_iso3166::CountryCode) -> Self {
        Self {
            code: entry.alpha2,
            name: short(entry.name),
        }
    }
}

/// Takes off what ISO puts in brackets behind a name, where that is not what tells two countries apart:
/// `Netherlands`, but `Korea (Republic of)`.
fn short(name: &'static str) -> &'static str {
    let base = |name: &'static str| name.split(" (").next().unwrap_or(name);
    let shared = rust_iso3166::ALL
        .iter()
        .filter(|entry| base(entry.name) == base(name))
        .count();
    if shared == 1 {
        base(name)
    } else {
        name.trim_end_matches(" (the)")
    }
}

impl FromStr for Country {
    type Err = UnknownCountry;

    fn from_str(code: &str) -> Result<Self, Self::Err> {
        Self::parse(code)
    }
}

impl fmt::Debug for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Country({})", self.code)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn assigned_codes_are_countries() {
        for (raw, code, name) in [
            ("DE", "DE", "Germany"),
            ("jp", "JP", "Japan"),
            ("nL", "NL", "Netherlands"),
            ("KR", "KR", "Korea (Republic of)"),
            ("CG", "CG", "Congo"),
        ] {
            let country = Country::parse(raw).unwrap();
            assert_eq!((country.code(), country.name()), (code, name), "{raw}");
        }
        for raw in [
            "", "D", "DEU", "XX", "ZZ", "UK", "EU", "D1", "ß", "276", " DE", "de\0",
        ] {
            assert_eq!(Country::parse(raw), Err(UnknownCountry), "{raw:?}");
        }
    }

    #[test]
    fn the_list_is_whole_and_reads_itself() {
        let all: Vec<_> = Country::all().collect();
        assert_eq!(all.len(), 249);
        assert!(all.is_sorted());
        assert_eq!(
            all.iter().map(|c| c.code()).collect::<HashSet<_>>().len(),
            249
        );
        assert_eq!(
            all.iter().map(|c| c.name()).collect::<HashSet<_>>().len(),
            249
        );
        for country in all {
            assert_eq!(Country::parse(country.code()), Ok(country));
            assert!(!country.name().is_empty() && country.name().trim() == country.name());
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(raw in any::<String>()) {
            if let Ok(country) = Country::parse(&raw) {
                prop_assert_eq!(country.code(), raw.to_ascii_uppercase());
            }
        }
    }
}
