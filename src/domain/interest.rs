//! What members like to write about: a closed, readable taxonomy of a little over two hundred interests.
//!
//! It is data (`data/interests.tsv`), so that it can be read and argued about by people who do not write
//! Rust. Nothing in it speaks of health, belief, politics, origin, family or sexuality: adverts may be
//! counted by interest, and what is not in the list cannot be counted.
//!
//! A key, once published, belongs to its slug for ever: rows and statistics refer to it. New interests
//! are added at the end of the file under new keys.

use std::{collections::BTreeMap, fmt, sync::LazyLock};

/// The taxonomy as data: key, slug, category and English name, separated by tabs.
const DATA: &str = include_str!("data/interests.tsv");

static TAXONOMY: LazyLock<Taxonomy> = LazyLock::new(|| Taxonomy::read(DATA));

/// One interest of the taxonomy. Cheap to copy; ordered by key.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Interest(&'static Entry);

/// The key stands first: it is unique, so the derived order is the order of keys.
#[derive(PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Entry {
    key: i16,
    slug: &'static str,
    category: &'static str,
    name: &'static str,
}

struct Taxonomy {
    entries: Vec<Entry>,
    by_slug: BTreeMap<&'static str, usize>,
    by_key: BTreeMap<i16, usize>,
}

impl Interest {
    /// The interest of this slug (`letter-writing`); none when the taxonomy does not know it.
    pub fn by_slug(slug: &str) -> Option<Self> {
        let at = *TAXONOMY.by_slug.get(slug)?;
        TAXONOMY.entries.get(at).map(Self)
    }

    /// The interest of this stored key; none when the taxonomy does not know it.
    pub fn by_key(key: i16) -> Option<Self> {
        let at = *TAXONOMY.by_key.get(&key)?;
        TAXONOMY.entries.get(at).map(Self)
    }

    /// All interests, category by category, in the order of the data.
    pub fn all() -> impl ExactSizeIterator<Item = Self> + Clone {
        TAXONOMY.entries.iter().map(Self)
    }

    /// The stable key, at least 1, that rows refer to.
    pub fn key(self) -> i16 {
        self.0.key
    }

    /// The stable name for programs: lower-case ASCII words joined by hyphens.
    pub fn slug(self) -> &'static str {
        self.0.slug
    }

    /// The English name for people, in sentence case.
    pub fn name(self) -> &'static str {
        self.0.name
    }

    /// The English name of the category that the interest is listed under.
    pub fn category(self) -> &'static str {
        self.0.category
    }
}

impl fmt::Debug for Interest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Interest({})", self.slug())
    }
}

impl Taxonomy {
    /// Reads the table; a malformed line is left out, and a test shows that there is none.
    fn read(data: &'static str) -> Self {
        let entries: Vec<Entry> = data.lines().filter_map(Entry::read).collect();
        let by_slug = entries.iter().enumerate().map(|(i, e)| (e.slug, i));
        let by_key = entries.iter().enumerate().map(|(i, e)| (e.key, i));
        Self {
            by_slug: by_slug.collect(),
            by_key: by_key.collect(),
            entries,
        }
    }
}

impl Entry {
    fn read(line: &'static str) -> Option<Self> {
        let mut cells = line.split('\t');
        let entry = Self {
            key: cells.next()?.parse().ok().filter(|key| *key > 0)?,
            slug: cells.next()?,
            category: cells.next()?,
            name: cells.next()?,
        };
        let whole = cells.next().is_none()
            && [entry.slug, entry.category, entry.name]
                .iter()
                .all(|cell| !cell.is_empty() && cell.trim() == *cell);
        whole.then_some(entry)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use data_encoding::HEXLOWER;
    use sha2::{Digest, Sha256};

    use super::*;

    /// How many keys had been given out when the hash below was written down.
    const PUBLISHED: i16 = 232;

    #[test]
    fn every_line_is_well_formed() {
        assert_eq!(DATA.lines().count(), Interest::all().len());
        assert!(Entry::read("7\tseven").is_none());
        assert!(Entry::read("0\ta\tb\tc").is_none());
        assert!(Entry::read("1\ta\tb\tc\td").is_none());
    }

    #[test]
    fn the_taxonomy_is_of_a_readable_size() {
        assert!((180..=240).contains(&Interest::all().len()));
        let categories: BTreeSet<_> = Interest::all().map(Interest::category).collect();
        assert!((14..=18).contains(&categories.len()));
        for category in categories {
            let size = Interest::all()
                .filter(|interest| interest.category() == category)
                .count();
            assert!((8..=20).contains(&size), "{category} has {size}");
        }
    }

    #[test]
    fn keys_slugs_and_names_are_unique() {
        let keys: BTreeSet<_> = Interest::all().map(Interest::key).collect();
        let slugs: BTreeSet<_> = Interest::all().map(Interest::slug).collect();
        let names: BTreeSet<_> = Interest::all().map(|i| i.name().to_lowercase()).collect();
        for unique in [keys.len(), slugs.len(), names.len()] {
            assert_eq!(unique, Interest::all().len());
        }
    }

    #[test]
    fn slugs_are_plain() {
        for interest in Interest::all() {
            let plain = |c: char| c.is_ascii_lowercase() || c == '-';
            assert!(interest.slug().chars().all(plain), "{interest:?}");
        }
    }

    #[test]
    fn look_ups_find_each_and_nothing_else() {
        for interest in Interest::all() {
            assert_eq!(Interest::by_slug(interest.slug()), Some(interest));
            assert_eq!(Interest::by_key(interest.key()), Some(interest));
        }
        assert_eq!(Interest::by_slug("Letter-Writing"), None);
        assert_eq!(Interest::by_key(0), None);
        assert_eq!(Interest::by_key(i16::MAX), None);
    }

    #[test]
    fn published_keys_keep_their_slugs() {
        let mut digest = Sha256::new();
        let mut published: Vec<_> = Interest::all().filter(|i| i.key() <= PUBLISHED).collect();
        published.sort();
        for interest in published {
            digest.update(format!("{} {}\n", interest.key(), interest.slug()));
        }
        assert_eq!(
            HEXLOWER.encode(&digest.finalize()),
            "706c6f5ffcbf73cfe1c17f56a78d17ef7d367f13962832a0821a98ea65283af9"
        );
        assert_eq!(
            Interest::by_key(1).map(Interest::slug),
            Some("letter-writing")
        );
        assert_eq!(
            Interest::by_key(PUBLISHED).map(Interest::slug),
            Some("perfume")
        );
    }
}
