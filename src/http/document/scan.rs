//! The first look at a document: its tokens and its nesting, counted without a parser.

use async_graphql::Pos;

use super::{Limits, Objection, step};

/// Refuses a text with too many tokens or too many brackets open at once, or with a block string that never
/// ends.
///
/// It keeps no memory beyond a few numbers, and what it misjudges in a text that is not GraphQL the
/// parser refuses afterwards.
///
/// # Errors
///
/// `LIMIT_EXCEEDED`, and `GRAPHQL_PARSE_FAILED` for the block string.
pub(super) fn check(text: &str, limits: &Limits) -> Result<(), Objection> {
    let bytes = text.as_bytes();
    let (mut at, mut tokens, mut open) = (0, 0_u32, 0_u32);
    while let Some(&byte) = bytes.get(at) {
        step();
        match byte {
            b' ' | b'\t' | b'\r' | b'\n' | b',' => {
                at += 1;
                continue;
            }
            b'#' => {
                at += run(&bytes[at..], |byte| byte != b'\n' && byte != b'\r');
                continue;
            }
            b'{' | b'[' | b'(' => {
                open = open.saturating_add(1);
                at += 1;
            }
            b'}' | b']' | b')' => {
                open = open.saturating_sub(1);
                at += 1;
            }
            b'"' if bytes[at..].starts_with(BLOCK) => {
                // To the parser, three marks that nothing closes are an empty string and one that begins, which
                // it finds out by looking through all the rest of the text, for each of them anew.
                at = after_block(bytes, at)
                    .ok_or_else(|| Objection::syntax(Some(place(text, at))))?;
            }
            b'"' => at = after_string(bytes, at),
            byte if is_word(byte) => at += run(&bytes[at..], is_word),
            _ => at += 1,
        }
        tokens = tokens.saturating_add(1);
        if tokens > limits.tokens {
            return Err(Objection::limit("The document has too many tokens.", None));
        }
        if open > limits.nesting {
            return Err(Objection::limit("The document is nested too deeply.", None));
        }
    }
    Ok(())
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

fn run(bytes: &[u8], holds: impl Fn(u8) -> bool) -> usize {
    bytes
        .iter()
        .position(|&byte| {
            step();
            !holds(byte)
        })
        .unwrap_or(bytes.len())
}

const BLOCK: &[u8] = b"\"\"\"";
const ESCAPED: &[u8] = b"\\\"\"\"";

/// The line and the column of a byte, each from 1.
fn place(text: &str, at: usize) -> Pos {
    let before = text.get(..at).unwrap_or(text);
    let line_begins = before.rfind('\n').map_or(0, |end| end + 1);
    Pos {
        line: before.matches('\n').count() + 1,
        column: before[line_begins..].chars().count() + 1,
    }
}

/// Returns where the block string that starts at `at` has ended, if it ends.
fn after_block(bytes: &[u8], at: usize) -> Option<usize> {
    let mut at = at + BLOCK.len();
    while let Some(rest) = bytes.get(at..).filter(|rest| !rest.is_empty()) {
        step();
        if rest.starts_with(BLOCK) {
            return Some(at + BLOCK.len());
        }
        at += if rest.starts_with(ESCAPED) {
            ESCAPED.len()
        } else {
            1
        };
    }
    None
}

/// Returns where the string that starts at `at` has ended. One that never ends is closed at the end of
/// its line, so that an attacker cannot hide tokens behind an open quotation mark.
fn after_string(bytes: &[u8], at: usize) -> usize {
    let mut at = at + 1;
    while let Some(&byte) = bytes.get(at) {
        step();
        match byte {
            b'"' => return at + 1,
            b'\n' | b'\r' => return at,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    bytes.len()
}
