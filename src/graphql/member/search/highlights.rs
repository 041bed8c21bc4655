//! Where in a text that the viewer may see the words stand that were searched for.

use async_graphql::{Context, SimpleObject};

use crate::domain::{
    profile::governed,
    words::{self, Sought},
};
use crate::graphql::{
    error::Error,
    guard::{Met, see},
    member::enums::GovernedField,
};

/// A piece of a text in which words were found.
#[derive(SimpleObject, Clone, Debug)]
pub struct Highlight {
    /// Which field the text is of.
    field: GovernedField,
    /// The piece, in parts; one after another they are its text.
    parts: Vec<HighlightPart>,
    /// Whether the text goes on before the piece.
    cut_before: bool,
    /// Whether the text goes on after the piece.
    cut_after: bool,
}

/// A part of a piece of text.
#[derive(SimpleObject, Clone, Debug)]
pub struct HighlightPart {
    /// The text; not to be read as HTML.
    text: String,
    /// Whether it is a word that was searched for.
    matched: bool,
}

/// How many bytes of a text stand before the first word that was found, at most.
const BEFORE: usize = 60;
/// How many bytes a piece has, about.
const LONG: usize = 240;

/// The pieces of the texts of `met` in which the words stand.
pub async fn of(ctx: &Context<'_>, met: &Met, sought: &Sought) -> Result<Vec<Highlight>, Error> {
    if sought.is_empty() {
        return Ok(Vec::new());
    }
    let texts = [
        (
            GovernedField::AboutMe,
            see::<governed::AboutMe>(ctx, met).await.transpose()?,
        ),
        (
            GovernedField::LookingFor,
            see::<governed::LookingFor>(ctx, met).await.transpose()?,
        ),
        (
            GovernedField::Occupation,
            see::<governed::Occupation>(ctx, met).await.transpose()?,
        ),
    ];
    Ok(texts
        .into_iter()
        .filter_map(|(field, text)| piece(field, &text?, sought))
        .collect())
}

fn piece(field: GovernedField, text: &str, sought: &Sought) -> Option<Highlight> {
    let marks = words::marks(text, sought);
    let first = marks.first()?;
    // Where a word begins, so that none is cut; and where a character does, whatever comes.
    let start = text
        .get(text.floor_char_boundary(first.start.saturating_sub(BEFORE))..first.start)
        .filter(|before| before.len() < first.start)
        .map_or(0, |before| {
            let skipped = before.find(char::is_whitespace).map_or(0, |at| at + 1);
            text.ceil_char_boundary(first.start - before.len() + skipped)
        });
    let most = text.floor_char_boundary((start + LONG).max(first.end));
    let end = if most == text.len() {
        most
    } else {
        text.get(first.end..most)
            .and_then(|after| after.rfind(char::is_whitespace))
            .map_or(first.end, |at| first.end + at)
    };
    let mut parts = Vec::new();
    let mut at = start;
    let mut push = |range: std::ops::Range<usize>, matched| {
        if let Some(text) = text.get(range).filter(|text| !text.is_empty()) {
            let text = text.to_owned();
            parts.push(HighlightPart { text, matched });
        }
    };
    for mark in marks.iter().filter(|mark| mark.end <= end) {
        push(at..mark.start, false);
        push(mark.clone(), true);
        at = mark.end;
    }
    push(at..end, false);
    Some(Highlight {
        field,
        parts,
        cut_before: start > 0,
        cut_after: end < text.len(),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn whole(highlight: &Highlight) -> String {
        highlight
            .parts
            .iter()
            .map(|part| part.text.as_str())
            .collect()
    }

    fn of_text(text: &str, query: &str) -> Option<Highlight> {
        piece(GovernedField::AboutMe, text, &words::sought(query))
    }

    #[test]
    fn a_piece_is_around_the_first_word_and_cuts_none() {
        let text = format!(
            "{} a garden {}",
            "lorem ipsum ".repeat(30),
            "dolor sit ".repeat(60)
        );
        let piece = of_text(&text, "gardens").unwrap();
        assert!(piece.cut_before && piece.cut_after);
        let whole = whole(&piece);
        assert!(
            whole.starts_with("lorem") || whole.starts_with("ipsum"),
            "{whole}"
        );
        assert!(
            whole.ends_with("dolor") || whole.ends_with("sit"),
            "{whole}"
        );
        let matched: Vec<&str> = piece
            .parts
            .iter()
            .filter(|part| part.matched)
            .map(|part| part.text.as_str())
            .collect();
        assert_eq!(matched, ["garden"]);
        assert!(of_text("Nothing of the kind.", "gardens").is_none());
    }

    proptest! {
        #[test]
        fn a_piece_is_of_the_text(before in ".{0,300}", word in "[a-z]{4,9}", after in ".{0,300}") {
            let text = format!("{before} {word} {after}");
            if let Some(piece) = of_text(&text, &word) {
                prop_assert!(text.contains(&whole(&piece)));
                prop_assert!(piece.parts.iter().any(|part| part.matched));
                prop_assert_eq!(piece.cut_before, !text.starts_with(&whole(&piece)));
            }
        }
    }
}
