//! Documents that fit the schema no more, or still do: by some changes of their tokens.

use std::collections::BTreeSet;

use proptest::prelude::*;

/// Names, numbers, strings and punctuators.
pub(super) fn tokens(text: &str) -> Vec<String> {
    let mut tokens: Vec<String> = Vec::new();
    let mut string = false;
    let mut joins = false;
    for letter in text.chars() {
        let word = letter.is_alphanumeric() || letter == '_' || letter == '.' || string;
        match tokens.last_mut() {
            Some(last) if joins && word || string => last.push(letter),
            _ if letter.is_whitespace() || letter == ',' => {}
            _ => tokens.push(letter.to_string()),
        }
        if letter == '"' {
            string = !string;
        }
        joins = word || matches!(letter, '$' | '@');
    }
    tokens
}

/// A change of a document's tokens, at places that are shares of its length.
#[derive(Clone, Debug)]
pub(super) enum Change {
    Drop(prop::sample::Index),
    Repeat(prop::sample::Index, usize),
    Swap(prop::sample::Index, prop::sample::Index),
    Replace(prop::sample::Index, prop::sample::Index),
    Insert(prop::sample::Index, prop::sample::Index),
}

pub(super) fn change() -> impl Strategy<Value = Change> {
    let place = any::<prop::sample::Index>;
    prop_oneof![
        1 => place().prop_map(Change::Drop),
        1 => (place(), 1..12_usize).prop_map(|(at, length)| Change::Repeat(at, length)),
        1 => (place(), place()).prop_map(|(one, other)| Change::Swap(one, other)),
        4 => (place(), place()).prop_map(|(at, word)| Change::Replace(at, word)),
        4 => (place(), place()).prop_map(|(at, word)| Change::Insert(at, word)),
    ]
}

pub(super) fn changed(mut tokens: Vec<String>, changes: &[Change], words: &[String]) -> String {
    for change in changes {
        if tokens.is_empty() {
            break;
        }
        let length = tokens.len();
        match change {
            Change::Drop(at) => {
                tokens.remove(at.index(length));
            }
            Change::Repeat(at, many) => {
                let at = at.index(length);
                let again = tokens[at..length.min(at + many)].to_vec();
                tokens.splice(at..at, again);
            }
            Change::Swap(one, other) => tokens.swap(one.index(length), other.index(length)),
            Change::Replace(at, word) => {
                tokens[at.index(length)].clone_from(&words[word.index(words.len())]);
            }
            Change::Insert(at, word) => {
                tokens.insert(at.index(length), words[word.index(words.len())].clone());
            }
        }
    }
    joined(&tokens)
}

/// The text of some tokens.
pub(super) fn joined(tokens: &[String]) -> String {
    // The library's grammar knows no blanks within a type.
    tokens.join(" ").replace(" !", "!")
}

/// What is put into documents: their own words, the schema's, and some of the language.
pub(super) fn vocabulary(documents: &[Vec<String>]) -> Vec<String> {
    let language = [
        "{",
        "}",
        "(",
        ")",
        "[",
        "]",
        "!",
        ":",
        "=",
        "...",
        "on",
        "query",
        "mutation",
        "subscription",
        "null",
        "true",
        "1",
        "-1",
        "1.5",
        "9999999999",
        "\"x\"",
        "$id",
        "$nothing",
        "[1]",
        "{a: 1}",
        "__typename",
        "__schema { queryType { name } }",
        "@include(if: true)",
        "@skip(if: \"x\")",
        "@skip(if: $id)",
        "@deprecated",
        "@nothing",
        "@include",
        "@oneOf",
        "... on Member { id }",
        "... on Profile { city }",
        "... on Nothing { id }",
        "... on Node { id }",
        "... { id }",
        "...F",
        "fragment F on Member { id }",
        "fragment F on Query { me { member { id } } }",
        "fragment F on Member { ...F }",
        "fragment F on Audience { id }",
        "id: handle",
        "id: displayName",
        "same: id",
        "same: handle",
        "query Two { __typename }",
        "query { __typename }",
        "($id: ID!)",
        "($id: ID! = null)",
        "($id: Profile)",
        "($id: [ID!]!)",
        "($id: Int = \"x\")",
        "(id: 1)",
        "(first: 1)",
        "(first: null)",
        "(first: \"1\")",
        "(first: 1, first: 2)",
        "(after: 1)",
        "penpals(first: 2) { totalCount }",
        "penpals(first: 3) { totalCount }",
        "($id: [Nothing] = [1])",
        "($id: [Member])",
        "($id: Boolean! = true)",
        "($id: Audience = PUBLIC)",
        "$id: Boolean",
        "@include(if: $id)",
        "subscription { __typename }",
        "__type(name: \"Member\") { name }",
        "id: __typename",
        "__typename: id",
        "\"PUBLIC\"",
        "PUBLIC",
        "{}",
        "[]",
        "[null]",
        "node(id: \"x\") { id ... on Member { handle } ... on Profile { city } }",
    ];
    let mut words: BTreeSet<String> = documents.iter().flatten().cloned().collect();
    words.extend(
        tokens(&letterlock::graphql::MemberApi::sdl())
            .into_iter()
            .filter(|word| {
                word.chars()
                    .all(|letter| letter.is_alphanumeric() || letter == '_')
                    && word.chars().any(char::is_uppercase)
            }),
    );
    let mut words: Vec<String> = words.into_iter().collect();
    // As often as all others together.
    let often = words.len() / language.len() + 1;
    for word in language {
        words.extend(std::iter::repeat_n(word.to_owned(), often));
    }
    words
}
