//! What a text tells of how its author is called and reached, pointed out before many read it (policy clause C49).
//!
//! It helps somebody who writes without thinking of it, and is no lock: who wants to tell, tells. So it looks for
//! what people write, also in other scripts, spelt out or with signs that look alike, and rather overlooks
//! something than point at a year, a price or a title. docs/api.md says what it finds and what it does not.
//!
//! E-mail addresses are found by `linkify`, telephone numbers by the numbering plans of `rlibphonenumber`, look-alikes
//! by the tables of `unicode-security`; a postal address by its street and number, and the author's own by its parts.

mod addresses;
mod emails;
mod han;
mod home;
mod names;
mod phones;
mod plain;
mod streets;
mod tokens;

use std::ops::Range;

use super::place::Country;
use plain::Plain;

/// What is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// An e-mail address, anybody's.
    EmailAddress,
    /// A telephone number, anybody's.
    PhoneNumber,
    /// A postal address, anybody's, or a part of the author's own that tells it.
    PostalAddress,
    /// The author's own full name.
    FullName,
}

/// Where in a text something is told, in bytes; on borders of what people see as one character.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What.
    pub kind: Kind,
    /// Where it begins.
    pub start: usize,
    /// Where it ends.
    pub end: usize,
}

/// What of the author is looked for. None of it is in what is found: that says where, and of which kind.
#[derive(Clone, Default)]
pub struct Author {
    /// Full name.
    pub full_name: Option<String>,
    /// E-mail address.
    pub email: Option<String>,
    /// Telephone number, as [`Phone`](super::phone::Phone) has it.
    pub phone: Option<String>,
    /// Postal address, in lines.
    pub postal_address: Option<String>,
    /// Where a number without a country's code is of.
    pub country: Option<Country>,
}

impl std::fmt::Debug for Author {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Author(hidden)")
    }
}

/// What the text tells, in the order of the text. What is of one kind does not overlap.
///
/// The work is linear in the text.
pub fn find(text: &str, author: &Author) -> Vec<Finding> {
    let plain = Plain::of(text);
    let emails = emails::find(&plain, author);
    let mut phones = phones::find(&plain, author);
    phones.retain(|phone| {
        !emails
            .iter()
            .any(|email| email.start <= phone.start && phone.end <= email.end)
    });
    let all = [
        (Kind::EmailAddress, emails),
        (Kind::PhoneNumber, phones),
        (Kind::PostalAddress, addresses::find(&plain, author)),
        (Kind::FullName, names::find(&plain, author)),
    ];
    let mut found: Vec<Finding> = all
        .into_iter()
        .flat_map(|(kind, ranges)| {
            apart(ranges.into_iter().map(|it| plain.back(it)).collect(), kind)
        })
        .collect();
    found.sort_by_key(|it| (it.start, it.kind, it.end));
    found
}

/// The ranges in their order, with those that overlap made one.
fn apart(mut ranges: Vec<Range<usize>>, kind: Kind) -> Vec<Finding> {
    ranges.retain(|it| !it.is_empty());
    ranges.sort_by_key(|it| (it.start, it.end));
    let mut apart: Vec<Finding> = Vec::new();
    for Range { start, end } in ranges {
        match apart.last_mut() {
            Some(last) if start < last.end => last.end = last.end.max(end),
            _ => apart.push(Finding { kind, start, end }),
        }
    }
    apart
}

/// The same places counted in UTF-16 code units, as the strings of browsers are.
pub fn in_utf16(text: &str, found: &[Finding]) -> Vec<Finding> {
    let mut borders: Vec<usize> = found.iter().flat_map(|it| [it.start, it.end]).collect();
    borders.sort_unstable();
    borders.dedup();
    let (mut units, mut at) = (0, 0);
    let counted: Vec<(usize, usize)> = borders
        .into_iter()
        .map(|border| {
            units += text
                .get(at..border)
                .map_or(0, |it| it.encode_utf16().count());
            at = border;
            (border, units)
        })
        .collect();
    let place = |border: usize| {
        let nth = counted.partition_point(|(it, _)| *it < border);
        counted.get(nth).map_or(0, |(_, units)| *units)
    };
    found
        .iter()
        .map(|it| Finding {
            kind: it.kind,
            start: place(it.start),
            end: place(it.end),
        })
        .collect()
}

#[cfg(test)]
mod tests;
