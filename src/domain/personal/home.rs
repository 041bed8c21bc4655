//! The author's own postal address in a text, by its parts.

use std::{collections::BTreeSet, ops::Range};

use super::{
    names::{Apart, Row},
    plain::{Folded, Plain},
    streets::SHORT,
    tokens::{Token, tokens},
};

/// The fewest letters, and letters and digits together, of a part of the author's own address.
const TELLING: (usize, usize) = (4, 6);
/// The most parts of the author's own address that are looked for.
const MOST_PARTS: usize = 24;

/// Where in the plain text there is something of `address`.
pub(super) fn find(text: &str, address: &str) -> Vec<Range<usize>> {
    let folded = Folded::of(text);
    let address = Plain::of(address);
    let parts = parts(address.text());
    let found = parts
        .iter()
        .flat_map(|row| row.find(text, &folded, Apart::Strictly));
    found.collect()
}

/// What tells an address of which one has the lines: each line or part of one with a word and a number, each two that
/// stand side by side, and the whole; streets also in short.
fn parts(address: &str) -> BTreeSet<Row> {
    let pieces: Vec<Vec<String>> = address
        .split(['\n', ',', ';'])
        .map(|piece| {
            tokens(piece)
                .into_iter()
                .filter(Token::says)
                .map(|it| it.folded)
                .collect()
        })
        .filter(|words: &Vec<String>| !words.is_empty())
        .collect();
    let whole = pieces.concat();
    let pairs = pieces
        .iter()
        .zip(pieces.iter().skip(1))
        .map(|(one, other)| [one.clone(), other.clone()].concat());
    let mut rows = BTreeSet::new();
    for words in pieces.iter().cloned().chain(pairs).take(MOST_PARTS) {
        let (letters, digits) = measured(&words);
        if digits > 0 && letters >= TELLING.0 && letters + digits >= TELLING.1 {
            rows.extend(ways(&words));
        }
    }
    if whole.len() > 1 && measured(&whole).0 >= TELLING.0 {
        rows.extend(ways(&whole));
    }
    rows
}

fn measured(words: &[String]) -> (usize, usize) {
    let all = || words.iter().flat_map(|word| word.chars());
    let digits = all().filter(|c| c.is_numeric()).count();
    (all().count() - digits, digits)
}

/// The words as they are, and with each street in short or in full.
fn ways(words: &[String]) -> Vec<Row> {
    let mut ways = vec![Row::of(words.iter().map(String::as_str))];
    let changed = |nth: usize, word: &str| {
        let all = words.iter().enumerate();
        Row::of(all.map(|(at, it)| if at == nth { word } else { it.as_str() }))
    };
    for (nth, word) in words.iter().enumerate() {
        for (long, short) in SHORT {
            if word == long {
                ways.push(changed(nth, short));
            }
            if word == short {
                ways.push(changed(nth, long));
            }
        }
        if let Some(name) = word.strip_suffix("strasse") {
            ways.push(changed(nth, &format!("{name}str")));
        } else if let Some(name) = word.strip_suffix("str") {
            ways.push(changed(nth, &format!("{name}strasse")));
        }
    }
    ways
}
