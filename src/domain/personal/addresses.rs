//! Postal addresses in a text: a street and a number, in the order in which each language has them.

use std::ops::Range;

use super::{
    Author, han, home,
    plain::Plain,
    streets::{self, NUMBER, Order, Sense, UNITS, WITHIN},
    tokens::{Token, tokens},
};

/// The most words of the name of a street.
const LONGEST_NAME: usize = 6;
/// The most digits of the number of a house.
const LONGEST_NUMBER: usize = 5;
/// The most letters of an abbreviation.
const SHORT_WORD: usize = 4;
/// The most words of a town's name.
const LONGEST_TOWN: usize = 3;

/// Where in the plain text there are postal addresses.
pub(super) fn find(plain: &Plain, author: &Author) -> Vec<Range<usize>> {
    let text = plain.text();
    let all = Tokens {
        text,
        all: tokens(text),
    };
    let mut found: Vec<Range<usize>> = (0..all.all.len())
        .filter_map(|nth| all.address(nth))
        .collect();
    found.extend(han::find(text));
    if let Some(own) = &author.postal_address {
        found.extend(home::find(text, own));
    }
    found
}

struct Tokens<'a> {
    text: &'a str,
    all: Vec<Token<'a>>,
}

impl Tokens<'_> {
    fn at(&self, nth: usize) -> Option<&Token<'_>> {
        self.all.get(nth)
    }

    /// The address whose word for a street stands here, with the town that follows.
    fn address(&self, nth: usize) -> Option<Range<usize>> {
        let token = self.at(nth)?;
        let street = streets::word(&token.folded)
            .find_map(|(order, sense)| self.street(nth, order, sense))
            .or_else(|| self.compound(nth))
            .or_else(|| self.korean(nth))
            .or_else(|| self.box_number(nth));
        let (first, last) = street?;
        let last = self.town(last).unwrap_or(last);
        Some(self.at(first)?.start..self.at(last)?.end)
    }

    /// The first and last token of a street with its number.
    fn street(&self, nth: usize, order: Order, sense: Sense) -> Option<(usize, usize)> {
        match order {
            Order::NumberNameWord => {
                let token = self.at(nth)?;
                let name = self.name_before(nth).filter(|_| token.begins_large())?;
                let number = self.number_before(name)?;
                self.may_end(nth, sense).then_some((number, nth))
            }
            Order::NumberWordName => {
                let name = self.name_after(nth)?;
                Some((self.number_before(nth)?, name))
            }
            Order::WordNameNumber => {
                let name = self.name_after(self.past_dot(nth))?;
                let number = self.number_after(name)?;
                self.may_end(number, sense).then_some((nth, number))
            }
            Order::NameWordNumber => {
                let name = self.name_before(nth)?;
                let number = self.number_after(self.past_dot(nth))?;
                self.may_end(number, sense).then_some((name, number))
            }
        }
    }

    /// `Hauptstraße 12`, `Kalverstraat 92`.
    fn compound(&self, nth: usize) -> Option<(usize, usize)> {
        let token = self.at(nth)?;
        let sense = streets::compound(&token.folded).filter(|_| token.begins_large())?;
        let number = self.number_after(self.past_dot(nth))?;
        self.may_end(number, sense).then_some((nth, number))
    }

    /// `강남구 테헤란로 152`.
    fn korean(&self, nth: usize) -> Option<(usize, usize)> {
        let road = self.at(nth)?.text;
        let district = self.at(nth.checked_sub(1)?)?.text;
        let named = road.ends_with(['로', '길']) && road.chars().count() >= 3;
        let within = district.ends_with(['구', '시', '군', '동', '읍', '면', '도'])
            && district.chars().count() >= 2;
        if !(named && within) {
            return None;
        }
        Some((nth - 1, self.number_after(nth)?))
    }

    /// `P.O. Box 123`, `Postfach 12 34 56`, `а/я 12`.
    fn box_number(&self, nth: usize) -> Option<(usize, usize)> {
        let token = self.at(nth)?;
        let says = |nth: Option<usize>, word: &str| {
            nth.and_then(|nth| self.at(nth))
                .is_some_and(|it| it.folded == word)
        };
        let first = match token.folded.as_str() {
            "postfach" | "postbus" | "postboks" | "postbox" => nth,
            "apartado" if token.begins_large() => nth,
            "postale"
                if says(nth.checked_sub(1), "boite") || says(nth.checked_sub(1), "casella") =>
            {
                nth - 1
            }
            "pocztowa" if says(nth.checked_sub(1), "skrytka") => nth - 1,
            "box" if says(nth.checked_sub(1), "po") => nth - 1,
            "box" if says(nth.checked_sub(2), "o") && says(nth.checked_sub(4), "p") => nth - 4,
            "я" if says(nth.checked_sub(1), "/") && says(nth.checked_sub(2), "а") => nth - 2,
            _ => return None,
        };
        let mut last = self.number_after(nth)?;
        while last < nth + LONGEST_NAME
            && self
                .at(last + 1)
                .is_some_and(|it| it.spaced && it.is_number())
        {
            last += 1;
        }
        Some((first, last))
    }

    /// The token itself, or the dot that makes it an abbreviation.
    fn past_dot(&self, nth: usize) -> usize {
        let dot = self.at(nth + 1).is_some_and(|it| it.is('.') && !it.spaced);
        if dot { nth + 1 } else { nth }
    }

    fn in_name(&self, token: &Token<'_>) -> bool {
        token.is_word()
            && (token.begins_large()
                || token.has_no_case()
                || WITHIN.contains(&token.folded.as_str()))
    }

    /// The first token of the name that ends before this one, and is no `der` as in *auf der Straße 2*.
    fn name_before(&self, nth: usize) -> Option<usize> {
        let mut first = None;
        let short = |nth: usize| {
            self.at(nth)
                .is_some_and(|it| it.is_word() && it.text.len() <= 2)
        };
        let last = nth.checked_sub(1)?;
        for nth in (nth.saturating_sub(LONGEST_NAME)..nth).rev() {
            let joint = |it: &&Token<'_>| it.is('-') || it.is('\'') || it.is('’') || it.text == "s";
            let dot = |it: &&Token<'_>| it.is('.') && nth.checked_sub(1).is_some_and(short);
            match self.at(nth) {
                Some(token) if token.is_word() && token.begins_large() => first = Some(nth),
                Some(token) if joint(&token) || dot(&token) => {}
                Some(token) if nth < last && self.in_name(token) => {}
                _ => break,
            }
        }
        first
    }

    /// The last token of the name that begins after this one.
    fn name_after(&self, nth: usize) -> Option<usize> {
        let mut last = None;
        for nth in nth + 1..=nth + LONGEST_NAME {
            let joint = |it: &&Token<'_>| {
                it.is('-') || it.is('\'') || it.is('’') || (it.is('.') && !it.spaced)
            };
            let token = self.at(nth).filter(|it| self.in_name(it) || joint(it));
            match token {
                Some(token) if NUMBER.contains(&token.folded.as_str()) && last.is_some() => break,
                Some(token) if token.begins_large() || token.has_no_case() => last = Some(nth),
                Some(_) => {}
                None => break,
            }
        }
        last
    }

    /// The number of a house that stands before this token, a comma or a `bis` between them.
    fn number_before(&self, nth: usize) -> Option<usize> {
        let mut at = nth.checked_sub(1)?;
        for between in [",", "bis", "ter"] {
            if self.at(at)?.folded == between {
                at = at.checked_sub(1)?;
            }
        }
        let token = self.at(at)?;
        let before = at.checked_sub(1).and_then(|nth| self.at(nth));
        // A part of a larger number, a time or a date.
        let partial =
            !token.spaced && before.is_some_and(|it| !it.is('(') && !it.is('"') && !it.is('\''));
        (house(token) && !partial && !year(token)).then_some(at)
    }

    /// The last token of a number that stands after this one, with what may be between them.
    fn number_after(&self, nth: usize) -> Option<usize> {
        let mut at = nth + 1;
        for _ in 0..4 {
            let token = self.at(at)?;
            let word = NUMBER.contains(&token.folded.as_str());
            if !(token.is(',')
                || token.is('.')
                || token.is(':')
                || token.is('#')
                || token.is('º')
                || word)
            {
                break;
            }
            at += 1;
        }
        let token = self.at(at).filter(|it| house(it))?;
        let next = self.at(at + 1);
        let touches =
            |it: &Token<'_>, marks: [char; 3]| !it.spaced && marks.iter().any(|mark| it.is(*mark));
        if year(token) && nth + 1 == at {
            return None;
        }
        if let Some(next) = next {
            let unit = UNITS.contains(&next.folded.as_str())
                || next.is('%')
                || next.is('€')
                || next.is('$');
            let more = touches(next, [':', '.', ','])
                && self
                    .at(at + 2)
                    .is_some_and(|it| !it.spaced && it.is_number());
            if unit || more {
                return None;
            }
        }
        // `12-14`, `12/3`, `12 a`.
        if next.is_some_and(|it| touches(it, ['-', '/', '–']))
            && self.at(at + 2).is_some_and(|it| !it.spaced && house(it))
        {
            at += 2;
        }
        Some(at)
    }

    /// Whether an address may end with this token.
    fn may_end(&self, nth: usize, sense: Sense) -> bool {
        let Some(end) = self.at(nth).map(|it| it.end) else {
            return false;
        };
        if sense == Sense::Sure {
            return true;
        }
        let Some(next) = self.at(nth + 1) else {
            return true;
        };
        let broken = self
            .text
            .get(end..next.start)
            .is_some_and(|it| it.contains('\n'));
        broken
            || self.code(nth + 1).is_some()
            || [',', ';', '.', ')', '!', '?', '"']
                .iter()
                .any(|mark| next.is(*mark))
    }

    /// The last token of a postal code that begins here.
    fn code(&self, nth: usize) -> Option<usize> {
        let token = self
            .at(nth)
            .filter(|it| it.spaced || self.at(nth.wrapping_sub(1)).is_some_and(|it| it.is(',')))?;
        let next = self.at(nth + 1);
        let digits = token.text.len();
        if token.is_number() {
            let dash = next.is_some_and(|it| it.is('-') && !it.spaced);
            let rest = self.at(nth + 2).filter(|it| it.is_number() && !it.spaced);
            if dash && digits >= 2 && rest.is_some() {
                return Some(nth + 2);
            }
            // `1012 AB`, `111 20`.
            let letters = next.filter(|it| {
                it.spaced && it.text.len() == 2 && it.text.bytes().all(|b| b.is_ascii_uppercase())
            });
            if digits == 4 && letters.is_some() {
                return Some(nth + 1);
            }
            if digits == 3
                && next.is_some_and(|it| it.spaced && it.is_number() && it.text.len() == 2)
            {
                return Some(nth + 1);
            }
            return (4..=6).contains(&digits).then_some(nth);
        }
        // `NW1 6XE`, `K1A 0B1`.
        let mixed = |it: &Token<'_>| {
            (2..=4).contains(&it.text.len())
                && it
                    .text
                    .bytes()
                    .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
                && it.text.bytes().any(|b| b.is_ascii_digit())
        };
        (mixed(token) && next.is_some_and(|it| it.spaced && mixed(it))).then_some(nth + 1)
    }

    /// The last token of a town with its postal code that follows this one.
    fn town(&self, nth: usize) -> Option<usize> {
        let mut at = nth + 1;
        // `Elm St., Springfield`
        let abbreviated = self.at(nth)?.text.len() <= SHORT_WORD;
        if abbreviated && self.at(at)?.is('.') && self.at(at + 1)?.is(',') {
            at += 1;
        }
        if self.at(at)?.is(',') {
            at += 1;
        }
        let large = |nth: usize| {
            self.at(nth)
                .is_some_and(|it| it.is_word() && it.begins_large())
        };
        if let Some(mut last) = self.code(at) {
            for _ in 0..LONGEST_TOWN {
                if !large(last + 1) {
                    break;
                }
                last += 1;
            }
            return Some(last);
        }
        // `London NW1 6XE`, `Springfield, IL 62701`.
        for _ in 0..=LONGEST_TOWN {
            if !large(at) {
                return None;
            }
            at += 1;
            if self.at(at)?.is(',') {
                at += 1;
            }
            if let Some(last) = self.code(at) {
                return Some(last);
            }
        }
        None
    }
}

/// A number of at most five digits, and at most one letter.
fn house(token: &Token<'_>) -> bool {
    let letters = token.text.trim_start_matches(|c: char| c.is_ascii_digit());
    let digits = token.text.len() - letters.len();
    (1..=LONGEST_NUMBER).contains(&digits)
        && (letters.is_empty()
            || letters.chars().count() == 1 && letters.chars().all(char::is_alphabetic))
}

/// Whether a number is rather a year, where nothing else makes it one of a house.
fn year(token: &Token<'_>) -> bool {
    token
        .text
        .parse()
        .is_ok_and(|number: u32| (1900..2100).contains(&number))
}
