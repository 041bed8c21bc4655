use proptest::prelude::*;

use super::*;

fn line(raw: &str) -> Result<String, Problem> {
    Line::<10, 2>::parse(raw).map(Line::into_string)
}

fn prose(raw: &str) -> Result<String, Problem> {
    Prose::<12>::parse(raw).map(Prose::into_string)
}

#[test]
fn lines_are_normalised_trimmed_and_bounded() {
    for (raw, expected) in [
        ("  Anna ", Ok("Anna")),
        ("Anna\n", Ok("Anna")),
        ("A\u{a0}\u{3000} b", Ok("A b")),
        ("Ame\u{301}lie", Ok("Am\u{e9}lie")),
        ("ab", Ok("ab")),
        ("0123456789", Ok("0123456789")),
        // Ten after normalisation, eleven before.
        ("012345678e\u{301}", Ok("012345678\u{e9}")),
        ("", Err(Problem::Blank)),
        (" \u{a0}\t\n", Err(Problem::Blank)),
        ("a", Err(Problem::TooShort { min: 2 })),
        ("01234567890", Err(Problem::TooLong { max: 10 })),
        ("a\nb", Err(Problem::ControlCharacters)),
        ("a\tb", Err(Problem::ControlCharacters)),
        ("a\u{85}b", Err(Problem::ControlCharacters)),
        ("a\u{2028}b", Err(Problem::ControlCharacters)),
    ] {
        assert_eq!(line(raw), expected.map(str::to_owned), "{raw:?}");
    }
}

#[test]
fn prose_keeps_line_breaks_in_one_form() {
    for (raw, expected) in [
        ("a\r\nb\rc\nd", Ok("a\nb\nc\nd")),
        ("a\u{2028}b\u{2029}c", Ok("a\nb\nc")),
        ("a\n\n  b", Ok("a\n\n  b")),
        ("\r\n", Err(Problem::Blank)),
        ("a\tb", Err(Problem::ControlCharacters)),
        ("a\u{b}b", Err(Problem::ControlCharacters)),
        ("0123456789\r\n1", Ok("0123456789\n1")),
        ("0123456789\n12", Err(Problem::TooLong { max: 12 })),
    ] {
        assert_eq!(prose(raw), expected.map(str::to_owned), "{raw:?}");
    }
}

#[test]
fn what_cannot_be_seen_is_refused() {
    for c in [
        '\0',
        '\u{7}',
        '\u{1b}',
        '\u{7f}',
        '\u{9f}',
        '\u{ad}',
        '\u{34f}',
        '\u{61c}',
        '\u{115f}',
        '\u{180e}',
        '\u{200b}',
        '\u{200e}',
        '\u{200f}',
        '\u{202a}',
        '\u{202d}',
        '\u{202e}',
        '\u{2060}',
        '\u{2066}',
        '\u{2067}',
        '\u{2069}',
        '\u{206f}',
        '\u{2800}',
        '\u{3164}',
        '\u{feff}',
        '\u{ffa0}',
        '\u{fff9}',
        '\u{fffe}',
        '\u{fdd0}',
        '\u{e0001}',
        '\u{e0041}',
        '\u{1d173}',
        '\u{10ffff}',
    ] {
        let raw = format!("a{c}b");
        assert_eq!(line(&raw), Err(Problem::ControlCharacters), "{c:?}");
        assert_eq!(prose(&raw), Err(Problem::ControlCharacters), "{c:?}");
    }
}

#[test]
fn joiners_serve_scripts_and_emoji_and_nothing_else() {
    for good in [
        "می\u{200c}خواهم",
        "क्\u{200d}ष",
        "👩\u{200d}👧",
        "❤\u{fe0f}\u{200d}🔥",
        "🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}",
        "🏴🏴",
        "葛\u{e0100}b",
    ] {
        assert_eq!(line(good).as_deref(), Ok(good), "{good:?}");
    }
    for bad in [
        "\u{200d}ab",
        "a \u{200c}b",
        "a\u{200d}\u{200d}b",
        "\u{fe0f}ab",
        "a\u{fe0f}\u{fe0f}",
        "\u{200c}\u{200c}\u{200c}",
        "🏴\u{e0067}\u{e0062}",
        "🏴\u{e007f}",
        "a\u{e0067}\u{e0062}\u{e0065}\u{e007f}",
    ] {
        assert_eq!(line(bad), Err(Problem::ControlCharacters), "{bad:?}");
    }
}

#[test]
fn nothing_is_joined_across_a_line_break() {
    for bad in [
        "a\n\u{200c}b",
        "a\n\u{fe0f}",
        "👩\u{200d}\n\u{200d}",
        "🏴\n\u{e0067}\u{e0062}\u{e0065}\u{e007f}",
    ] {
        assert_eq!(prose(bad), Err(Problem::ControlCharacters), "{bad:?}");
    }
    assert_eq!(prose("❤\u{fe0f}\n❤").as_deref(), Ok("❤\u{fe0f}\n❤"));
}

#[test]
fn debug_does_not_repeat_the_text() {
    let shown = format!(
        "{:?} {:?}",
        Line::<10>::parse("secret").unwrap(),
        Prose::<10>::parse("secret").unwrap()
    );
    assert_eq!(shown, "Line(6 characters) Prose(6 characters)");
}

proptest! {
    #[test]
    fn reading_what_was_read_changes_nothing(raw in any::<String>()) {
        if let Ok(once) = Line::<40>::parse(&raw) {
            prop_assert!(!once.as_str().contains(['\n', '\r', '\t', '\0']));
            prop_assert!((1..=40).contains(&once.as_str().chars().count()));
            prop_assert_eq!(Line::<40>::parse(once.as_str()), Ok(once));
        }
        if let Ok(once) = Prose::<40>::parse(&raw) {
            prop_assert!(once.as_str().chars().all(|c| c == '\n' || !c.is_control()));
            prop_assert_eq!(Prose::<40>::parse(once.as_str()), Ok(once));
        }
    }

    #[test]
    fn ordinary_words_pass(raw in "[\\p{Latin}\\p{Greek}\\p{Cyrillic}]{2,10}") {
        prop_assert!(Line::<60>::parse(&raw).is_ok(), "{:?}", raw);
    }
}
