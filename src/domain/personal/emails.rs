//! E-mail addresses in a text: as they are, and spelt out to be read by people alone.

use std::ops::Range;

use linkify::{LinkFinder, LinkKind};

use super::{
    Author,
    plain::{Plain, unspaced},
    tokens::{Token, alike, tokens},
};
use crate::domain::{email::MAX_BYTES, place::Country};

/// Words for `@` that are words for nothing else before the name of a domain.
const AT: [&str; 12] = [
    "arroba",
    "arobase",
    "arobas",
    "chiocciola",
    "malpa",
    "zavinac",
    "kukac",
    "собака",
    "apenstaartje",
    "snabela",
    "krollalfa",
    "afna",
];
/// What stands for `@` between brackets.
const AT_IN_BRACKETS: [&str; 8] = ["at", "a", "et", "aet", "bei", "chez", "arroba", "arobase"];
/// Words for the dot.
const DOT: [&str; 15] = [
    "dot",
    "punkt",
    "punto",
    "ponto",
    "point",
    "punt",
    "kropka",
    "tecka",
    "bodka",
    "точка",
    "крапка",
    "piste",
    "prick",
    "pont",
    "nokta",
];
/// Ends of domains besides those of countries, of which addresses that are spelt out commonly are.
const ENDS: [&str; 20] = [
    "com", "org", "net", "edu", "gov", "int", "info", "biz", "name", "app", "dev", "xyz", "online",
    "email", "mail", "cloud", "club", "uk", "eu", "рф",
];
/// Who gives people addresses, and sells and shows nothing else under the same name.
const PROVIDERS: [&str; 16] = [
    "gmail",
    "googlemail",
    "hotmail",
    "outlook",
    "yahoo",
    "ymail",
    "icloud",
    "protonmail",
    "proton",
    "gmx",
    "aol",
    "tutanota",
    "posteo",
    "mailbox",
    "fastmail",
    "laposte",
];
/// Words that say that an address follows.
const MAIL: [&str; 12] = [
    "mail",
    "email",
    "emails",
    "mails",
    "correo",
    "courriel",
    "mel",
    "почта",
    "почту",
    "имейл",
    "posta",
    "eposta",
];
/// Words before `at` that are nobody's name at a domain.
const NOBODY: [&str; 22] = [
    "me", "us", "you", "it", "him", "her", "them", "here", "there", "am", "is", "are", "was",
    "look", "be", "page", "site", "shop", "account", "buy", "only", "address",
];
/// How many words before an address may say that it is one.
const NEAR: usize = 6;
/// The most labels of a spelt-out domain, and parts of what stands before it.
const LONGEST: usize = 6;

/// Where in the plain text there are e-mail addresses.
pub(super) fn find(plain: &Plain, author: &Author) -> Vec<Range<usize>> {
    let mut finder = LinkFinder::new();
    finder.kinds(&[LinkKind::Email]);
    let text = plain.text();
    let written = finder
        .links(text)
        .filter_map(|link| written(text, link.start()..link.end()));
    let mut found: Vec<Range<usize>> = written.collect();
    found.extend(abroad(text));
    let own = author
        .email
        .as_deref()
        .and_then(|email| email.rsplit_once('@'));
    let own = own.map(|(local, _)| local);
    let speech = Speech {
        tokens: tokens(text),
        own,
        name: author.full_name.as_deref().unwrap_or_default(),
    };
    found.extend(speech.find());
    found
}

/// The address without what a text of other letters has around it, where its end is a domain's.
fn written(text: &str, place: Range<usize>) -> Option<Range<usize>> {
    let address = text.get(place.clone())?;
    let at = address.find('@')?;
    let (local, domain) = address.split_at(at);
    // 我的邮箱是anna@… has no blank before the address.
    let before = local
        .char_indices()
        .rev()
        .find(|(_, c)| unspaced(*c) || is_quote(*c));
    let start = before.map_or(0, |(at, c)| at + c.len_utf8());
    let start = if start == local.len() { 0 } else { start };
    let latin = domain
        .char_indices()
        .rev()
        .find(|(_, c)| c.is_ascii_alphanumeric());
    let cut = latin
        .filter(|_| domain.chars().any(unspaced))
        .map(|(at, _)| at + 1);
    let domain = domain.get(1..cut.unwrap_or(domain.len()))?;
    // „…@example.org“ has a mark behind that the library takes for a letter.
    let marks = domain.char_indices().find(|(_, c)| is_quote(*c));
    let domain = domain.get(..marks.map_or(domain.len(), |(at, _)| at))?;
    let domain = domain.trim_end_matches(['.', '-']);
    let last = domain.rsplit_once('.')?.1;
    let named = last.starts_with("xn--") || last.chars().all(char::is_alphabetic);
    let fits = named && last.chars().count() >= 2;
    fits.then(|| place.start + start..place.start + at + 1 + domain.len())
}

/// Addresses whose domains end in other letters than Latin ones, as `пример.рф`: to the library these are none.
fn abroad(text: &str) -> impl Iterator<Item = Range<usize>> {
    text.match_indices('@').filter_map(|(at, _)| {
        let local = text.get(text.ceil_char_boundary(at.saturating_sub(MAX_BYTES))..at)?;
        let domain = text.get(at + 1..text.floor_char_boundary(at + 1 + MAX_BYTES))?;
        let inside = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | '+');
        let local = local.len() - local.trim_end_matches(inside).len();
        let domain = domain.get(..domain.find(|c| !inside(c)).unwrap_or(domain.len()))?;
        let domain = domain.trim_end_matches(['.', '-']);
        let last = domain.rsplit_once('.')?.1;
        let ends = |c: char| c.is_alphabetic() && !c.is_ascii() && !unspaced(c);
        let fits = local > 0 && last.chars().count() >= 2 && last.chars().all(ends);
        fits.then(|| at - local..at + 1 + domain.len())
    })
}

fn is_quote(c: char) -> bool {
    !c.is_ascii() && !c.is_alphanumeric() && !unicode_normalization::char::is_combining_mark(c)
}

/// A text, read for addresses that are spelt out.
struct Speech<'a> {
    tokens: Vec<Token<'a>>,
    /// The author's own address, before the `@`. What stands behind it is many people's.
    own: Option<&'a str>,
    name: &'a str,
}

/// What stands for `@`.
struct Sign {
    /// The token after it.
    after: usize,
    /// Whether it can be nothing else.
    plain: bool,
}

/// A domain that was read.
struct Domain {
    /// The token after it.
    after: usize,
    /// Whether a dot of it was a word.
    spelt: bool,
    labels: Vec<String>,
}

impl Speech<'_> {
    fn find(&self) -> Vec<Range<usize>> {
        let mut found = Vec::new();
        let mut nth = 1;
        while nth < self.tokens.len() {
            match self.address(nth) {
                Some((place, after)) => {
                    found.push(place);
                    nth = after.max(nth + 1);
                }
                None => nth += 1,
            }
        }
        found
    }

    fn at(&self, nth: usize) -> Option<&Token<'_>> {
        self.tokens.get(nth)
    }

    /// The address whose `@` stands here.
    fn address(&self, nth: usize) -> Option<(Range<usize>, usize)> {
        let sign = self.sign(nth)?;
        let domain = self.domain(sign.after, sign.plain)?;
        let first = self.local(nth)?;
        if !sign.plain && !self.meant(first, nth, &domain) {
            return None;
        }
        let last = self.at(domain.after.checked_sub(1)?)?;
        Some((self.at(first)?.start..last.end, domain.after))
    }

    /// `(at)`, `[at]`, ` @ `, ` arroba `, ` at `.
    fn sign(&self, nth: usize) -> Option<Sign> {
        let token = self.at(nth)?;
        let next = self.at(nth + 1)?;
        if let Some(close) = closing(token) {
            let plain = next.is('@') || AT_IN_BRACKETS.contains(&next.folded.as_str());
            return (plain && self.at(nth + 2)?.is(close)).then_some(Sign {
                after: nth + 3,
                plain,
            });
        }
        if token.is('@') {
            // Without any blank it was read as it is; `@example.org` may be a name somewhere else.
            return (token.spaced || next.spaced).then_some(Sign {
                after: nth + 1,
                plain: next.spaced,
            });
        }
        let apart = token.spaced && next.spaced;
        let joined = token.folded == "at" && self.at(nth.checked_sub(1)?)?.is('_') && next.is('_');
        match token.folded.as_str() {
            "at" if joined => Some(Sign {
                after: nth + 2,
                plain: true,
            }),
            "at" if apart => Some(Sign {
                after: nth + 1,
                plain: false,
            }),
            word if apart && AT.contains(&word) => Some(Sign {
                after: nth + 1,
                plain: true,
            }),
            _ => None,
        }
    }

    /// Past a dot that stands here, and whether it was a word.
    fn dot(&self, nth: usize, plain: bool) -> Option<(usize, bool)> {
        let token = self.at(nth)?;
        let next = self.at(nth + 1)?;
        if let Some(close) = closing(token) {
            let dot = next.is('.') || DOT.contains(&next.folded.as_str());
            return (dot && self.at(nth + 2)?.is(close)).then_some((nth + 3, true));
        }
        if token.is('.') {
            let (before, after) = (token.spaced, next.spaced);
            // A blank on one side is the end of a sentence.
            return (before == after && (plain || !before)).then_some((nth + 1, false));
        }
        let spelt = token.spaced && next.spaced && DOT.contains(&token.folded.as_str());
        spelt.then_some((nth + 1, true))
    }

    /// The longest domain that begins here and ends as domains do.
    fn domain(&self, first: usize, plain: bool) -> Option<Domain> {
        let mut found = None;
        let (mut nth, mut spelt, mut labels) = (first, false, Vec::new());
        for _ in 0..LONGEST {
            let token = self.at(nth).filter(|it| it.says())?;
            let mut label = token.folded.clone();
            nth += 1;
            while let Some((dash, part)) = self.at(nth).zip(self.at(nth + 1))
                && dash.is('-')
                && !dash.spaced
                && !part.spaced
                && part.says()
            {
                label = format!("{label}-{}", part.folded);
                nth += 2;
            }
            labels.push(label);
            let ends = labels.len() > 1 && labels.last().is_some_and(|it| is_end(it));
            let known = labels.len() == 1
                && plain
                && labels
                    .first()
                    .is_some_and(|it| PROVIDERS.contains(&it.as_str()));
            if ends || known {
                found = Some(Domain {
                    after: nth,
                    spelt,
                    labels: labels.clone(),
                });
            }
            match self.dot(nth, plain) {
                Some((after, word)) => {
                    nth = after;
                    spelt |= word;
                }
                None => break,
            }
        }
        found
    }

    /// The first token of what stands before the `@`.
    fn local(&self, sign: usize) -> Option<usize> {
        let mut first = sign.checked_sub(1)?;
        if self.at(first)?.is('_') {
            first = first.checked_sub(1)?;
        }
        if !self.at(first)?.says() {
            return None;
        }
        for _ in 0..LONGEST {
            let (Some(joint), Some(part)) = (first.checked_sub(1), first.checked_sub(2)) else {
                break;
            };
            let (joint, before, token) = (self.at(joint)?, self.at(part)?, self.at(first)?);
            let close = !joint.spaced
                && !token.spaced
                && ['.', '_', '-', '+'].iter().any(|it| joint.is(*it));
            let spelt = joint.spaced && token.spaced && DOT.contains(&joint.folded.as_str());
            if !before.says() || !(close || spelt) {
                break;
            }
            first = part;
        }
        Some(first)
    }

    /// Whether `… at example.com` is an address, and not where something is.
    fn meant(&self, first: usize, sign: usize, domain: &Domain) -> bool {
        if domain.spelt {
            return true;
        }
        let Some(local) = self.tokens.get(first..sign) else {
            return false;
        };
        let [word] = local else {
            return true;
        };
        let own = self.own.is_some_and(|own| alike(own, word.text));
        let named = self
            .name
            .split_whitespace()
            .any(|part| alike(part, word.text));
        if own || named || word.text.chars().any(|c| c.is_ascii_digit()) {
            return true;
        }
        if NOBODY.contains(&word.folded.as_str()) {
            return false;
        }
        let provided = domain
            .labels
            .first()
            .is_some_and(|it| PROVIDERS.contains(&it.as_str()));
        let before = self
            .tokens
            .get(first.saturating_sub(NEAR)..first)
            .unwrap_or_default();
        provided || before.iter().any(|it| MAIL.contains(&it.folded.as_str()))
    }
}

fn closing(token: &Token<'_>) -> Option<char> {
    [('(', ')'), ('[', ']'), ('{', '}'), ('<', '>')]
        .into_iter()
        .find_map(|(open, close)| token.is(open).then_some(close))
}

fn is_end(label: &str) -> bool {
    ENDS.contains(&label) || (label.len() == 2 && Country::parse(&label.to_uppercase()).is_ok())
}
