//! What must not come out: values of one member that occur nowhere else, and how an answer is searched.

use letterlock::domain::id::MemberId;

use crate::support::{
    client::Reply,
    world::{Person, canary},
};

/// The words of one member, by which any of their governed values would be known in a body.
pub(super) fn governed_words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = ["fullName", "city", "occupation", "aboutMe"]
        .map(|field| canary(name, field))
        .into();
    words.push(format!("{}@example.org", name.to_lowercase()));
    words
}

/// The words by which it would be known that there is such a member at all.
pub(super) fn all_words(person: &Person) -> Vec<String> {
    let mut words = governed_words(&person.name);
    words.extend([
        person.handle.clone(),
        person.name.clone(),
        global(person.id),
    ]);
    words
}

/// A member's global id.
pub(super) fn global(id: MemberId) -> String {
    id.global().to_string()
}

/// Which of `words` an answer holds, in its body or in a header.
pub(super) fn found<'a>(reply: &Reply, words: &'a [String]) -> Vec<&'a str> {
    let headers: String = reply
        .headers
        .values()
        .map(|value| String::from_utf8_lossy(value.as_bytes()))
        .collect();
    words
        .iter()
        .filter(|word| reply.text.contains(word.as_str()) || headers.contains(word.as_str()))
        .map(String::as_str)
        .collect()
}
