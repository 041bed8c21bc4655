//! Telephone numbers in a text, by the numbering plans of all countries.

use std::ops::Range;

use rlibphonenumber::{
    PHONE_NUMBER_UTIL, Region,
    phonenumber_matcher::{Leniency, PHONE_MATCHER_FACTORY},
};
use unicode_properties::{GeneralCategory, UnicodeGeneralCategory};

use super::{
    Author,
    plain::{Plain, whole},
};

/// The most characters between two digits of the author's own number.
const WIDEST_GAP: usize = 3;
/// The fewest digits by which the author's own number is told.
const FEWEST: usize = 6;
/// What a number is that stands before one of these, or behind.
const AMOUNTS: [&str; 14] = [
    "eur", "euro", "euros", "usd", "gbp", "dollars", "pounds", "kr", "zl", "km", "kg", "km/h",
    "руб", "years",
];
/// Words before a number that is no telephone number.
const OTHER_NUMBERS: [&str; 8] = [
    "isbn", "isbn-10", "isbn-13", "issn", "iban", "doi", "ean", "issn-l",
];

/// Where in the plain text there are telephone numbers.
pub(super) fn find(plain: &Plain, author: &Author) -> Vec<Range<usize>> {
    let text = plain.text();
    let own = author
        .phone
        .as_deref()
        .and_then(|it| PHONE_NUMBER_UTIL.parse(it, None).ok());
    let home = author.country.map(|it| it.code());
    let region = home
        .and_then(|code| Region::try_from(code).ok())
        .or_else(|| {
            own.as_ref()
                .and_then(|it| PHONE_NUMBER_UTIL.get_region_for_number(it))
        });
    let mut found = matched(text, region);
    if let Some(dialled) = dialled(text) {
        // One place before, since two noughts have become a blank and the sign.
        let noughts = |it: Range<usize>| it.start.saturating_sub(1)..it.end;
        found.extend(matched(&dialled, None).into_iter().map(noughts));
    }
    found.retain(|it| !is_other(text, it));
    if let Some(own) = own {
        let national = rlibphonenumber::get_national_significant_number_owned(&own);
        found.extend(repeated(text, own.country_code, &national));
    }
    found
}

fn matched(text: &str, region: Option<Region>) -> Vec<Range<usize>> {
    let matcher =
        PHONE_MATCHER_FACTORY.create_matcher_fallible(text, Leniency::Valid, u64::MAX, region);
    // With a number of tries, the library counts below nought. What fails would be a plan that came with the library; whatever else is found counts.
    matcher
        .filter_map(Result::ok)
        .map(|it| it.start..it.end())
        .collect()
}

/// The text with `+` for the two noughts with which most of the world dials abroad; nothing where there are none.
fn dialled(text: &str) -> Option<String> {
    let mut dialled = String::with_capacity(text.len());
    let (mut from, mut any) = (0, false);
    for (at, noughts) in text.match_indices("00") {
        let (before, after) = (text.get(..at)?, text.get(at + noughts.len()..)?);
        let earlier = before.trim_end().chars().next_back();
        let first = after.trim_start_matches([' ', '-', '(']).chars().next();
        let begins = before
            .chars()
            .next_back()
            .is_none_or(|c| !c.is_alphanumeric() && !matches!(c, '.' | ',' | ':' | '/'));
        if at >= from
            && begins
            && earlier.is_none_or(|c| !c.is_ascii_digit())
            && first.is_some_and(|c| matches!(c, '1'..='9'))
        {
            dialled.push_str(text.get(from..at)?);
            dialled.push_str(" +");
            from = at + noughts.len();
            any = true;
        }
    }
    dialled.push_str(text.get(from..)?);
    any.then_some(dialled)
}

/// Whether a number is the price of something, a book's, or a bank account's.
fn is_other(text: &str, place: &Range<usize>) -> bool {
    let (Some(before), Some(number), Some(after)) = (
        text.get(..place.start),
        text.get(place.clone()),
        text.get(place.end..),
    ) else {
        return true;
    };
    if number.starts_with('+') {
        return false;
    }
    let (before, after) = (before.trim_end(), after.trim_start());
    let amount = |c: char| {
        c.general_category() == GeneralCategory::CurrencySymbol
            || matches!(c, '%' | '№' | '#' | '§')
    };
    if before.chars().next_back().is_some_and(amount) || after.chars().next().is_some_and(amount) {
        return true;
    }
    let is_in = |word: Option<&str>, list: &[&str]| {
        let trimmed = |word: &str| {
            word.trim_matches(|c: char| !c.is_alphanumeric())
                .to_lowercase()
        };
        word.is_some_and(|word| list.contains(&trimmed(word).as_str()))
    };
    // A word, and not the whole of the text each time.
    let last = before.get(before.floor_char_boundary(before.len().saturating_sub(24))..);
    let next = after.get(..after.floor_char_boundary(24));
    is_in(next.and_then(|it| it.split_whitespace().next()), &AMOUNTS)
        || is_in(
            last.and_then(|it| it.split_whitespace().next_back()),
            &OTHER_NUMBERS,
        )
        || is_book(number)
        || is_count(number)
}

/// Whether it is an ISBN, by its check digit; those of ten digits are looked at where they are written in four parts.
fn is_book(number: &str) -> bool {
    let digits: Vec<u32> = number.chars().filter_map(|c| c.to_digit(10)).collect();
    let sum = |weights: &dyn Fn(u32) -> u32| -> u32 {
        (0u32..)
            .zip(&digits)
            .map(|(nth, digit)| weights(nth) * digit)
            .sum()
    };
    match digits.as_slice() {
        [9, 7, 8 | 9, rest @ ..] if rest.len() == 10 => {
            sum(&|nth| if nth % 2 == 0 { 1 } else { 3 }).is_multiple_of(10)
        }
        short if short.len() == 10 => {
            number.matches('-').count() == 3
                && sum(&|nth| 10u32.saturating_sub(nth)).is_multiple_of(11)
        }
        _ => false,
    }
}

/// Whether somebody counts: `1 2 3 4 5 6 7 8 9 10`.
fn is_count(number: &str) -> bool {
    let counted = number.split(|c: char| !c.is_ascii_digit());
    let counted: Vec<u64> = counted.filter_map(|it| it.parse().ok()).collect();
    let steps = || counted.iter().zip(counted.iter().skip(1));
    counted.len() > 4
        && (steps().all(|(one, other)| one + 1 == *other)
            || steps().all(|(one, other)| *one == other + 1))
}

/// Where the author's own number stands, whether or not a plan knows it.
fn repeated(text: &str, country: i32, national: &str) -> Vec<Range<usize>> {
    if national.len() < FEWEST {
        return Vec::new();
    }
    let digits: Vec<(usize, char)> = text
        .char_indices()
        .filter(|(_, c)| c.is_ascii_digit())
        .collect();
    let row: String = digits.iter().map(|(_, c)| *c).collect();
    let written = |before: &str| format!("{before}{national}");
    let ways = [
        written(&format!("00{country}")),
        written(&country.to_string()),
        written("0"),
        written(""),
    ];
    let mut found = Vec::new();
    for way in ways {
        for (at, _) in row.match_indices(&way) {
            let Some(places) = digits.get(at..at + way.len()) else {
                continue;
            };
            if let Some(place) = close(text, places).filter(|it| whole(text, it)) {
                found.push(place);
            }
        }
    }
    found
}

/// The place of digits between which stands little, and no letter.
fn close(text: &str, digits: &[(usize, char)]) -> Option<Range<usize>> {
    for ((one, _), (other, _)) in digits.iter().zip(digits.iter().skip(1)) {
        let gap = text.get(one + 1..*other)?;
        if gap.chars().any(char::is_alphanumeric) || gap.chars().count() > WIDEST_GAP {
            return None;
        }
    }
    Some(digits.first()?.0..digits.last()?.0 + 1)
}
