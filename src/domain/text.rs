//! Text that members write: bounded, normalised, without what cannot be seen.
//!
//! Text becomes a [`Line`] or a [`Prose`] once, where it comes in; from then on its type says that it is
//! in Unicode's normal form C, has no blank edges, is within its bounds (counted in Unicode scalar
//! values, after normalisation) and holds no control, bidirectional override or other invisible character.

use std::fmt;

use unicode_normalization::UnicodeNormalization;
use unicode_properties::{GeneralCategory, UnicodeGeneralCategory};

/// Why a text was refused. Never repeats the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// Nothing but white space.
    #[error("is blank")]
    Blank,
    /// Fewer characters than it should have.
    #[error("must have at least {min} characters")]
    TooShort {
        /// The least number of characters.
        min: usize,
    },
    /// More characters than it may have.
    #[error("must have at most {max} characters")]
    TooLong {
        /// The greatest number of characters.
        max: usize,
    },
    /// Control, bidirectional formatting or other invisible characters.
    #[error("holds control characters or invisible characters")]
    ControlCharacters,
}

/// One line of `MIN` to `MAX` characters; runs of white space within are single plain spaces.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Line<const MAX: usize, const MIN: usize = 1>(String);

impl<const MAX: usize, const MIN: usize> Line<MAX, MIN> {
    /// Reads one line.
    ///
    /// # Errors
    /// The first [`Problem`] found; line breaks and tabs inside are control characters.
    pub fn parse(raw: &str) -> Result<Self, Problem> {
        let mut line = String::with_capacity(raw.len());
        for word in raw.trim().split(is_space) {
            if word.is_empty() {
                continue;
            }
            if !line.is_empty() {
                line.push(' ');
            }
            line.extend(word.nfc());
        }
        bounded(line, MIN, MAX, Breaks::Refused).map(Self)
    }

    /// The line.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The line, owned.
    pub fn into_string(self) -> String {
        self.0
    }
}

/// Running text of `MIN` to `MAX` characters, in which line breaks are `\n` and count as one.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Prose<const MAX: usize, const MIN: usize = 1>(String);

impl<const MAX: usize, const MIN: usize> Prose<MAX, MIN> {
    /// Reads running text; `\r\n`, `\r` and Unicode's own line and paragraph separators become `\n`.
    ///
    /// # Errors
    /// The first [`Problem`] found; tabs are control characters.
    pub fn parse(raw: &str) -> Result<Self, Problem> {
        let text = raw
            .trim()
            .replace("\r\n", "\n")
            .replace(['\r', '\u{2028}', '\u{2029}'], "\n");
        bounded(text.nfc().collect(), MIN, MAX, Breaks::Kept).map(Self)
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The text, owned.
    pub fn into_string(self) -> String {
        self.0
    }
}

impl<const MAX: usize, const MIN: usize> AsRef<str> for Line<MAX, MIN> {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl<const MAX: usize, const MIN: usize> AsRef<str> for Prose<MAX, MIN> {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

// What members write is in no log: both say how long they are and nothing else.
impl<const MAX: usize, const MIN: usize> fmt::Debug for Line<MAX, MIN> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Line({} characters)", self.0.chars().count())
    }
}

impl<const MAX: usize, const MIN: usize> fmt::Debug for Prose<MAX, MIN> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Prose({} characters)", self.0.chars().count())
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Breaks {
    Kept,
    Refused,
}

fn bounded(text: String, min: usize, max: usize, breaks: Breaks) -> Result<String, Problem> {
    if text.is_empty() {
        return Err(Problem::Blank);
    }
    // Where line breaks are kept, one is a blank: nothing joins across it.
    let kept = |c: char| breaks == Breaks::Kept && c == '\n';
    if !visible(text.chars().map(|c| if kept(c) { ' ' } else { c })) {
        return Err(Problem::ControlCharacters);
    }
    match text.chars().count() {
        count if count < min => Err(Problem::TooShort { min }),
        count if count > max => Err(Problem::TooLong { max }),
        _ => Ok(text),
    }
}

/// True for the spaces that a line may hold as one plain space; tabs and line breaks are not among them.
fn is_space(c: char) -> bool {
    c.general_category() == GeneralCategory::SpaceSeparator
}

/// Whether everything in `text` can be seen, or serves what can be seen.
pub(crate) fn all_visible(text: &str) -> bool {
    visible(text.chars())
}

/// Joiners and variation selectors pass where they follow something to join or to vary: emoji, Persian and
/// Indic scripts and rare Han forms are written with them. Alone they would be a way to hide or to imitate.
fn visible(text: impl Iterator<Item = char>) -> bool {
    let mut before = Before::Nothing;
    let mut text = text.peekable();
    while let Some(c) = text.next() {
        before = match c {
            ZWNJ | ZWJ => match before {
                Before::Glyph | Before::Varied => Before::Joiner,
                Before::Nothing | Before::Apart | Before::Joiner => return false,
            },
            '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}' => match before {
                Before::Glyph | Before::Apart => Before::Varied,
                Before::Nothing | Before::Joiner | Before::Varied => return false,
            },
            BLACK_FLAG => {
                // England, Scotland and Wales: a flag spelt in tag characters (UTS 51, ED-14a).
                let mut spelt = 0;
                while text
                    .next_if(|c| matches!(c, '\u{e0030}'..='\u{e0039}' | '\u{e0061}'..='\u{e007a}'))
                    .is_some()
                {
                    spelt += 1;
                }
                if spelt > 0 && (!(3..=6).contains(&spelt) || text.next() != Some(CANCEL_TAG)) {
                    return false;
                }
                Before::Glyph
            }
            c if invisible(c) => return false,
            c if c.is_whitespace() => Before::Nothing,
            c if stands_apart(c) => Before::Apart,
            _ => Before::Glyph,
        };
    }
    true
}

const ZWNJ: char = '\u{200c}';
const ZWJ: char = '\u{200d}';
const BLACK_FLAG: char = '\u{1f3f4}';
const CANCEL_TAG: char = '\u{e007f}';

#[derive(Clone, Copy)]
enum Before {
    Nothing,
    Glyph,
    /// A letter that joins with nothing.
    Apart,
    Varied,
    Joiner,
}

/// Letters and digits of scripts in which a joiner changes nothing that can be seen: Latin, Greek, Cyrillic,
/// Armenian, Georgian, Hangul, kana and Han. With one after them, two names would look like one.
fn stands_apart(c: char) -> bool {
    matches!(c,
        '0'..='9' | 'A'..='Z' | 'a'..='z'
        | '\u{c0}'..='\u{24f}' | '\u{370}'..='\u{3ff}' | '\u{400}'..='\u{52f}' | '\u{531}'..='\u{587}'
        | '\u{10a0}'..='\u{10ff}' | '\u{1e00}'..='\u{1fff}' | '\u{3040}'..='\u{30ff}'
        | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{ac00}'..='\u{d7a3}')
        && c.is_alphanumeric()
}

pub(super) fn invisible(c: char) -> bool {
    match c {
        // Format characters by category, but with a shape of their own (prepended concatenation marks).
        '\u{600}'..='\u{605}'
        | '\u{6dd}'
        | '\u{70f}'
        | '\u{890}'
        | '\u{891}'
        | '\u{8e2}'
        | '\u{110bd}'
        | '\u{110cd}' => false,
        // Default_Ignorable_Code_Point outside category Cf, and the blank of Braille.
        '\u{34f}'
        | '\u{115f}'
        | '\u{1160}'
        | '\u{17b4}'
        | '\u{17b5}'
        | '\u{180b}'..='\u{180f}'
        | '\u{2800}'
        | '\u{3164}'
        | '\u{ffa0}'
        | '\u{fff0}'..='\u{fff8}'
        | '\u{e0000}'..='\u{e0fff}' => true,
        // Noncharacters.
        '\u{fdd0}'..='\u{fdef}' => true,
        c if u32::from(c) & 0xfffe == 0xfffe => true,
        c => matches!(
            c.general_category(),
            GeneralCategory::Control
                | GeneralCategory::Format
                | GeneralCategory::LineSeparator
                | GeneralCategory::ParagraphSeparator
        ),
    }
}

#[cfg(test)]
mod tests;
