//! A plain text cut into words, numbers and marks.

use super::plain::fold;

/// A word, a number or a mark, and where in the plain text it stands.
#[derive(Clone, Debug)]
pub(super) struct Token<'a> {
    pub(super) text: &'a str,
    pub(super) start: usize,
    pub(super) end: usize,
    /// Lower case, without marks; of a mark, the mark.
    pub(super) folded: String,
    /// Whether white space stands before it, or nothing.
    pub(super) spaced: bool,
}

impl Token<'_> {
    pub(super) fn is(&self, one: char) -> bool {
        self.text.chars().eq([one])
    }

    /// Whether it is a word or number, and no mark.
    pub(super) fn says(&self) -> bool {
        self.text.chars().any(char::is_alphanumeric)
    }

    pub(super) fn is_word(&self) -> bool {
        self.text.chars().all(|c| !c.is_ascii_digit()) && self.says()
    }

    pub(super) fn is_number(&self) -> bool {
        self.text.bytes().all(|byte| byte.is_ascii_digit())
    }

    pub(super) fn begins_large(&self) -> bool {
        self.text.chars().next().is_some_and(char::is_uppercase)
    }

    /// Whether it is a word of a script that has no capitals.
    pub(super) fn has_no_case(&self) -> bool {
        self.is_word()
            && self
                .text
                .chars()
                .all(|c| !c.is_uppercase() && !c.is_lowercase())
    }
}

/// The tokens of a text. What is spoken of in a list of words is compared in the form of [`spoken`].
pub(super) fn tokens(plain: &str) -> Vec<Token<'_>> {
    let mut tokens: Vec<Token<'_>> = Vec::new();
    let mut spaced = true;
    let mut begun: Option<usize> = None;
    let mut push = |start: usize, end: usize, spaced: bool| {
        if let Some(text) = plain.get(start..end) {
            let folded = spoken(text);
            tokens.push(Token {
                text,
                start,
                end,
                folded,
                spaced,
            });
        }
    };
    for (at, c) in plain.char_indices() {
        if c.is_alphanumeric()
            || (begun.is_some() && unicode_normalization::char::is_combining_mark(c))
        {
            begun.get_or_insert(at);
            continue;
        }
        if let Some(start) = begun.take() {
            push(start, at, spaced);
            spaced = false;
        }
        if c.is_whitespace() {
            spaced = true;
        } else {
            push(at, at + c.len_utf8(), spaced);
            spaced = false;
        }
    }
    if let Some(start) = begun {
        push(start, plain.len(), spaced);
    }
    tokens
}

/// A word as the lists of this folder have it: lower case, without marks, in its own script.
fn spoken(word: &str) -> String {
    let folded = crate::domain::words::folded(word);
    if folded.is_empty() {
        word.to_owned()
    } else {
        folded
    }
}

/// The form in which the author's own words and those of a text are compared.
pub(super) fn alike(one: &str, other: &str) -> bool {
    fold(one) == fold(other)
}
