//! Messages: what their text is, by what a sender's program knows them, and by which words they are found.

use std::collections::BTreeSet;

use super::{
    id::MemberId,
    search::Term,
    text::Prose,
    words::{self, Sought},
};

/// A message's text: 1 to 20,000 characters, line breaks kept.
pub type MessageText = Prose<LONGEST>;

/// The most characters of a message.
pub const LONGEST: usize = 20_000;

/// By what a sender's program knows a message before it is sent: sent twice under one key, it is sent once.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ClientKey(String);

impl ClientKey {
    /// The most characters of a key.
    pub const LONGEST: usize = 64;

    /// Reads a key: 8 to 64 letters, digits, `-` and `_`, as a UUID has them.
    pub fn parse(text: &str) -> Option<Self> {
        let fits = (8..=Self::LONGEST).contains(&text.len());
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        (fits && text.bytes().all(plain)).then(|| Self(text.to_owned()))
    }

    /// The key.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// How far a conversation has come, for one of the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stage {
    /// Nothing is there: the other may have written, in vain.
    Nothing,
    /// The other has written, who is no penpal; it waits until it is accepted or answered.
    Request,
    /// A penpal has written; it was neither accepted nor answered, and goes on as long as they are penpals.
    Open,
    /// It was accepted or answered.
    Accepted,
}

impl Stage {
    /// As the database keeps it.
    pub const fn code(self) -> i16 {
        match self {
            Stage::Nothing => 0,
            Stage::Request => 1,
            Stage::Accepted => 2,
            Stage::Open => 3,
        }
    }

    /// How far it has come when something of the other's has arrived, who is a penpal or not.
    #[must_use]
    pub const fn after_arrival(self, penpals: bool) -> Self {
        match self {
            Stage::Accepted => Stage::Accepted,
            _ if penpals => Stage::Open,
            Stage::Nothing => Stage::Request,
            stage => stage,
        }
    }

    /// From the database; what is none of them is read as nothing.
    pub const fn from_code(code: i16) -> Self {
        match code {
            1 => Stage::Request,
            2 => Stage::Accepted,
            3 => Stage::Open,
            _ => Stage::Nothing,
        }
    }
}

/// The term by which the index knows that somebody has a message.
pub fn holder(member: MemberId) -> String {
    format!("u{:x}", member.key())
}

/// What the index keeps of a message that these have: who they are, and the terms of its words.
pub fn held(terms: &str, holders: &[MemberId]) -> String {
    let holders = holders.iter().copied().map(holder);
    let all: Vec<String> = holders.chain([terms.to_owned()]).collect();
    all.join(" ")
}

/// The terms of a text's words, in all their forms.
pub fn terms(text: &str) -> String {
    let mut terms = BTreeSet::new();
    let words = words::indexed(text);
    terms.extend(
        words
            .iter()
            .filter_map(|word| Term::written(word))
            .map(|term| term.as_str().to_owned()),
    );
    terms.into_iter().collect::<Vec<_>>().join(" ")
}

/// What each of the words that are looked for may be in the index.
pub fn sought(words: &Sought) -> Vec<Vec<Term>> {
    let forms = |word: &BTreeSet<String>| word.iter().filter_map(|it| Term::written(it)).collect();
    words.iter().map(forms).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_what_a_uuid_is_like() {
        for good in [
            "6f1d0b8c-2a52-4b5e-9a55-0e7f6a0f0001",
            "abcdefgh",
            "A_1-b_2-",
        ] {
            assert_eq!(ClientKey::parse(good).unwrap().as_str(), good);
        }
        let long = "a".repeat(65);
        for bad in [
            "",
            "short",
            "with space",
            "semi;colon",
            "ümlaute-",
            &long,
            "line\nbreak",
        ] {
            assert_eq!(ClientKey::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_message_is_found_by_its_words_and_by_who_has_it() {
        let ana = MemberId::from_key(255);
        let terms = held(&terms("Letters from Лиссабон"), &[ana]);
        let terms: Vec<&str> = terms.split(' ').collect();
        assert!(terms.contains(&"uff"), "{terms:?}");
        for query in ["letter", "LETTERS", "лиссабон"] {
            let sought = sought(&words::sought(query));
            assert_eq!(sought.len(), 1);
            let found = sought[0].iter().any(|term| terms.contains(&term.as_str()));
            assert!(found, "{query} in {terms:?}");
        }
        assert!(terms.iter().all(|term| term.is_ascii()));
    }

    #[test]
    fn a_stage_comes_back() {
        for stage in [Stage::Nothing, Stage::Request, Stage::Open, Stage::Accepted] {
            assert_eq!(Stage::from_code(stage.code()), stage);
        }
    }
}
