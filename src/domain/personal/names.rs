//! The author's own words in a text: the full name, and parts of the postal address.

use std::{collections::BTreeSet, ops::Range};

use unicode_segmentation::UnicodeSegmentation;

use super::{
    Author,
    plain::{Folded, Plain, fold, unspaced, whole},
};

/// The most words of a name that are looked at.
const MOST_WORDS: usize = 10;
/// The most characters between two words of a name, as in `Silva, Ana`.
const WIDEST_GAP: usize = 3;
/// From here on a name that is written as one word, without a capital inside, is one.
const LONG_ENOUGH: usize = 8;

/// Words that are looked for one after another, folded.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Row {
    words: Vec<String>,
}

/// How strictly the words of a row are to stand apart.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Apart {
    /// As people's names: also run together, and letter by letter.
    Loosely,
    /// As words and numbers.
    Strictly,
}

impl Row {
    pub(super) fn of<'a>(words: impl IntoIterator<Item = &'a str>) -> Self {
        let words = words.into_iter().map(fold).filter(|it| !it.is_empty());
        Self {
            words: words.collect(),
        }
    }

    pub(super) fn letters(&self) -> usize {
        self.words.iter().map(|word| word.chars().count()).sum()
    }

    /// Where in the plain text it stands.
    pub(super) fn find(&self, plain: &str, folded: &Folded, apart: Apart) -> Vec<Range<usize>> {
        let sought = self.words.concat();
        let fits = |places: &[(usize, Range<usize>)]| {
            let part = places.first()?.1.start..places.last()?.1.end;
            (whole(plain, &part) && self.fits(plain, places, apart)).then_some(part)
        };
        folded.each(&sought).filter_map(fits).collect()
    }

    /// Whether there is nothing within the words and little between them.
    fn fits(&self, plain: &str, places: &[(usize, Range<usize>)], apart: Apart) -> bool {
        let mut begins = BTreeSet::new();
        let mut at = 0;
        for word in &self.words {
            begins.insert(at);
            at += word.chars().count();
        }
        let (mut in_words, mut spelt) = (
            true,
            apart == Apart::Loosely && self.letters() > LONG_ENOUGH / 2,
        );
        let pairs = places.iter().zip(places.iter().skip(1));
        for (nth, ((_, one), (_, other))) in pairs.enumerate() {
            if one == other {
                // One sign that folds into several letters.
                continue;
            }
            let gap = plain
                .get(one.end..other.start)
                .map_or(usize::MAX, |it| it.chars().filter(|c| !is_mark(*c)).count());
            if gap > WIDEST_GAP {
                return false;
            }
            spelt &= gap > 0;
            in_words &= match begins.contains(&(nth + 1)) {
                true => gap > 0 || self.may_touch(plain, one, other, apart),
                false => gap == 0,
            };
        }
        in_words || spelt
    }

    fn may_touch(
        &self,
        plain: &str,
        one: &Range<usize>,
        other: &Range<usize>,
        apart: Apart,
    ) -> bool {
        let of = |place: &Range<usize>| plain.get(place.clone()).and_then(|it| it.chars().next());
        let (Some(one), Some(other)) = (of(one), of(other)) else {
            return false;
        };
        match apart {
            Apart::Loosely => {
                (one.is_lowercase() && other.is_uppercase())
                    || unspaced(other)
                    || self.letters() >= LONG_ENOUGH
            }
            Apart::Strictly => one.is_numeric() != other.is_numeric() || unspaced(other),
        }
    }
}

fn is_mark(c: char) -> bool {
    unicode_normalization::char::is_combining_mark(c)
}

/// The orders in which a full name is written, the likeliest first.
fn orders(name: &str) -> Vec<Row> {
    let words: Vec<&str> = name
        .unicode_words()
        .flat_map(parts)
        .take(MOST_WORDS)
        .collect();
    let mut orders = Vec::new();
    for nth in 0..words.len() {
        let (before, after) = words.split_at(nth);
        orders.push(Row::of(after.iter().chain(before).copied()));
    }
    if let [first, middle @ .., last] = words.as_slice()
        && !middle.is_empty()
    {
        orders.push(Row::of([*first, *last]));
        orders.push(Row::of([*last, *first]));
        let initials: Vec<&str> = middle
            .iter()
            .filter_map(|word| word.graphemes(true).next())
            .collect();
        orders.push(Row::of([*first].into_iter().chain(initials).chain([*last])));
    }
    // One or two letters are in every text; two signs of Chinese or Korean are a name.
    orders.retain(|row| {
        let short = if name.chars().any(unspaced) { 2 } else { 3 };
        row.letters() >= short
    });
    orders
}

/// Han names come as one word, and are cut nowhere; a word of others may have a mark of its own inside, as `O’Neill`.
fn parts(word: &str) -> impl Iterator<Item = &str> {
    word.split(|c: char| !c.is_alphanumeric() && !is_mark(c))
        .filter(|it| !it.is_empty())
}

/// Where the author's full name stands, in whichever order.
pub(super) fn find(plain: &Plain, author: &Author) -> Vec<Range<usize>> {
    let Some(name) = &author.full_name else {
        return Vec::new();
    };
    let name = Plain::of(name);
    let folded = Folded::of(plain.text());
    let mut found: Vec<Range<usize>> = Vec::new();
    for row in orders(name.text()) {
        for place in row.find(plain.text(), &folded, Apart::Loosely) {
            // `Ana Silva, Ana Silva` is twice one name, and not `Silva, Ana` between.
            if !found
                .iter()
                .any(|it| it.start < place.end && place.start < it.end)
            {
                found.push(place);
            }
        }
    }
    found
}
