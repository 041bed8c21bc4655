//! The first look at a document: its tokens and its nesting, counted without a parser.

use super::{Limits, Objection};

/// Refuses a text with too many tokens or too many brackets open at once.
///
/// It keeps no memory beyond three numbers, and what it misjudges in a text that is not GraphQL the
/// parser refuses afterwards.
///
/// # Errors
///
/// `LIMIT_EXCEEDED`.
pub(super) fn check(text: &str, limits: &Limits) -> Result<(), Objection> {
    let bytes = text.as_bytes();
    let (mut at, mut tokens, mut open) = (0, 0_u32, 0_u32);
    while let Some(&byte) = bytes.get(at) {
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
        .position(|&byte| !holds(byte))
        .unwrap_or(bytes.len())
}

/// Returns where the string that starts at `at` has ended. One that never ends is closed at the end of
/// its line, so that an attacker cannot hide tokens behind an open quotation mark.
fn after_string(bytes: &[u8], at: usize) -> usize {
    if bytes[at..].starts_with(b"\"\"\"") {
        let mut at = at + 3;
        while at < bytes.len() {
            let rest = &bytes[at..];
            if rest.starts_with(b"\\\"\"\"") {
                at += 4;
            } else if rest.starts_with(b"\"\"\"") {
                return at + 3;
            } else {
                at += 1;
            }
        }
        return bytes.len();
    }
    let mut at = at + 1;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'"' => return at + 1,
            b'\n' | b'\r' => return at,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    bytes.len()
}
