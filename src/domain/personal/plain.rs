//! A text as it is searched: plain characters in the place of look-alikes, and where each came from.

use std::ops::Range;

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};
use unicode_properties::{GeneralCategory, UnicodeGeneralCategory};
use unicode_segmentation::UnicodeSegmentation;

use crate::domain::{text::invisible, words};

/// A text in Unicode's normal form KC, without what cannot be seen, with the digits of all scripts as `0` to `9`.
///
/// Full-width and encircled letters, keycaps and joined signs are plain letters and digits in it.
pub(super) struct Plain {
    text: String,
    /// A character's place here, and the place of what it came from.
    places: Vec<(usize, Range<usize>)>,
}

/// Beyond this, a sign stands for a phrase, as ﷺ does, and tells nothing that is looked for.
const LONGEST_SIGN: usize = 4;

impl Plain {
    pub(super) fn of(raw: &str) -> Self {
        let mut plain = Self {
            text: String::with_capacity(raw.len()),
            places: Vec::with_capacity(raw.len()),
        };
        for (at, seen) in raw.grapheme_indices(true) {
            plain.push(seen, at..at + seen.len());
        }
        plain
    }

    fn push(&mut self, seen: &str, place: Range<usize>) {
        if seen.contains(['\n', '\r', '\u{2028}', '\u{2029}']) {
            self.places.push((self.text.len(), place));
            self.text.push('\n');
            return;
        }
        for c in seen.chars().filter(|c| c.is_whitespace() || !unseen(*c)) {
            let long = std::iter::once(c).nfkc().count() > LONGEST_SIGN;
            for c in std::iter::once(c).nfkc().filter(|_| !long) {
                self.places.push((self.text.len(), place.clone()));
                self.text.push(match c {
                    c if c.is_whitespace() => ' ',
                    c => digit(c).unwrap_or(c),
                });
            }
        }
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// The part of what it was made from.
    pub(super) fn back(&self, part: Range<usize>) -> Range<usize> {
        let of = |at: usize| {
            let nth = self.places.partition_point(|(place, _)| *place <= at);
            let place = nth.checked_sub(1).and_then(|nth| self.places.get(nth));
            place.map_or(0..0, |(_, place)| place.clone())
        };
        if part.is_empty() {
            return 0..0;
        }
        of(part.start).start..of(part.end - 1).end
    }
}

/// What adds nothing to read: variation selectors and the frame of a keycap besides what is invisible.
fn unseen(c: char) -> bool {
    invisible(c)
        || matches!(c, '\u{200c}' | '\u{200d}' | '\u{fe00}'..='\u{fe0f}' | '\u{20e3}' | '\u{e0100}'..='\u{e01ef}')
}

/// A decimal digit of another script: in each they stand in a row, from nought to nine.
fn digit(c: char) -> Option<char> {
    let decimal = |c: char| c.general_category() == GeneralCategory::DecimalNumber;
    if c.is_ascii() || !decimal(c) {
        return None;
    }
    let before = (1..20).take_while(|back| {
        let earlier = u32::from(c).checked_sub(*back).and_then(char::from_u32);
        earlier.is_some_and(decimal)
    });
    char::from_digit(u32::try_from(before.count() % 10).ok()?, 10)
}

/// The letters and digits of a plain text, with case, marks and look-alikes folded into one.
pub(super) struct Folded {
    text: String,
    /// A character's place here, and the place in the plain text of what it came from.
    places: Vec<(usize, Range<usize>)>,
}

impl Folded {
    pub(super) fn of(plain: &str) -> Self {
        let mut folded = Self {
            text: String::with_capacity(plain.len()),
            places: Vec::with_capacity(plain.len()),
        };
        for (at, c) in plain.char_indices() {
            folded.push(c, at..at + c.len_utf8());
        }
        folded
    }

    fn push(&mut self, c: char, place: Range<usize>) {
        if !c.is_alphanumeric() || is_combining_mark(c) {
            return;
        }
        let mut one = [0; 4];
        for c in fold(c.encode_utf8(&mut one)).chars() {
            self.places.push((self.text.len(), place.clone()));
            self.text.push(c);
        }
    }

    /// Where in the plain text `sought` stands, which is folded, given by the places of its characters.
    pub(super) fn each<'a>(
        &'a self,
        sought: &'a str,
    ) -> impl Iterator<Item = &'a [(usize, Range<usize>)]> {
        let nth = |at: usize| self.places.partition_point(|(place, _)| *place < at);
        let all = (!sought.is_empty()).then(|| self.text.match_indices(sought));
        all.into_iter()
            .flatten()
            .filter_map(move |(at, found)| self.places.get(nth(at)..nth(at + found.len())))
    }
}

/// The letters and digits of a word, so that what looks alike is alike: `ß` is `ss`, and a Cyrillic `а` a Latin one.
pub(super) fn fold(word: &str) -> String {
    // Of these, only an `m` looks like something else, and it is folded like all the rest.
    if word
        .bytes()
        .all(|byte| byte.is_ascii_lowercase() && byte != b'm')
    {
        return word.to_owned();
    }
    let plain: Vec<String> = word
        .chars()
        .map(|c| words::folded(c.encode_utf8(&mut [0; 4])))
        .collect();
    unicode_security::skeleton(&plain.concat())
        .filter(|c| c.is_alphanumeric() && !is_combining_mark(*c))
        .flat_map(char::to_lowercase)
        .collect()
}

/// Whether a word of this script stands beside another without a blank between them.
pub(super) fn unspaced(c: char) -> bool {
    matches!(c,
        '\u{e00}'..='\u{eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}' | '\u{3005}'..='\u{30ff}'
        | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{ac00}'..='\u{d7a3}' | '\u{f900}'..='\u{faff}'
        | '\u{20000}'..='\u{3ffff}')
}

/// Whether a part of the plain text begins and ends where words do.
pub(super) fn whole(plain: &str, part: &Range<usize>) -> bool {
    let border = |one: Option<char>, other: Option<char>| match (one, other) {
        (Some(one), Some(other)) => {
            !one.is_alphanumeric() || !other.is_alphanumeric() || unspaced(one) || unspaced(other)
        }
        _ => true,
    };
    let (Some(before), Some(inside), Some(after)) = (
        plain.get(..part.start),
        plain.get(part.clone()),
        plain.get(part.end..),
    ) else {
        return false;
    };
    border(before.chars().next_back(), inside.chars().next())
        && border(inside.chars().next_back(), after.chars().next())
}
