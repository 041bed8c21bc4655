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
        "anna\u{200d}",
        "an\u{200c}na",
        "анна\u{200d}",
        "花\u{200d}子",
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

/// Any characters, controls among them; and texts of what goes wrong, most of it held together by letters.
fn any_text() -> impl Strategy<Value = String> {
    let letters = prop::sample::select(vec![
        "a", "\u{e9}", "e\u{301}", "👩", "가", "ᄀ", "ᅡ", "\u{212a}",
    ]);
    let blanks = prop::sample::select(vec![
        " ", "\u{a0}", "\u{2000}", "\u{3000}", "\n", "\r", "\r\n", "\u{2028}", "\u{2029}",
    ]);
    let joiners = prop::sample::select(vec![
        "\u{200c}",
        "\u{200d}",
        "\u{fe0f}",
        "\u{e0100}",
        "\u{301}",
    ]);
    let flags = prop::sample::select(vec!["🏴", "\u{e0067}", "\u{e0062}\u{e0065}", "\u{e007f}"]);
    let hidden = prop::sample::select(vec![
        "\0", "\t", "\u{85}", "\u{ad}", "\u{34f}", "\u{200b}", "\u{202e}", "\u{2066}", "\u{feff}",
        "\u{fffe}",
    ]);
    let pieces = prop_oneof![30 => letters, 12 => blanks, 10 => joiners, 10 => flags, 1 => hidden];
    prop_oneof![
        1 => prop::collection::vec(any::<char>(), 0..60).prop_map(String::from_iter),
        3 => prop::collection::vec(pieces, 0..12).prop_map(|pieces| pieces.concat()),
    ]
}

/// Says what cannot be seen and serves nothing that can, looking at each character and the one before it.
fn unseen(text: &str) -> Option<char> {
    let mut before = ' ';
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        let joins = |c: char| matches!(c, '\u{200c}' | '\u{200d}');
        let varies = |c: char| matches!(c, '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}');
        let tag = |c: &char| matches!(c, '\u{e0000}'..='\u{e007f}');
        let amiss = match c {
            '\n' => false,
            '🏴' => {
                let tags: Vec<char> = std::iter::from_fn(|| rest.next_if(tag)).collect();
                let ends = |c: &char| *c == '\u{e007f}';
                !tags.is_empty() && tags.iter().position(ends) != Some(tags.len() - 1)
            }
            c if joins(c) => before.is_whitespace() || joins(before),
            c if varies(c) => before.is_whitespace() || joins(before) || varies(before),
            '\u{ad}' | '\u{34f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' => true,
            '\u{2060}'..='\u{206f}'
            | '\u{feff}'
            | '\u{fff0}'..='\u{fffb}'
            | '\u{fffe}'
            | '\u{ffff}' => true,
            c => c.is_control() || tag(&c),
        };
        if amiss {
            return Some(c);
        }
        before = c;
    }
    None
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn what_is_read_as_a_line_is_one(raw in any_text()) {
        let Ok(line) = Line::<40>::parse(&raw) else { return Ok(()) };
        let text = line.as_str();
        prop_assert!((1..=40).contains(&text.chars().count()));
        prop_assert_eq!(text.trim(), text);
        prop_assert!(unicode_normalization::is_nfc(text));
        prop_assert!(!text.contains("  ") && !text.contains(|c: char| c.is_whitespace() && c != ' '));
        prop_assert_eq!(unseen(text), None, "{:?}", text);
        prop_assert_eq!(Line::<40>::parse(text), Ok(line));
    }

    #[test]
    fn what_is_read_as_prose_is_prose(raw in any_text()) {
        let Ok(prose) = Prose::<40>::parse(&raw) else { return Ok(()) };
        let text = prose.as_str();
        prop_assert!((1..=40).contains(&text.chars().count()));
        prop_assert_eq!(text.trim(), text);
        prop_assert!(unicode_normalization::is_nfc(text));
        prop_assert!(text.chars().all(|c| c == '\n' || !c.is_control()));
        prop_assert_eq!(unseen(text), None, "{:?}", text);
        prop_assert_eq!(Prose::<40>::parse(text), Ok(prose.clone()));
        // Nothing hides behind a line break.
        for line in text.lines() {
            let read = Line::<40>::parse(line);
            prop_assert_ne!(read, Err(Problem::ControlCharacters), "{:?}", line);
        }
    }

    /// Two keyboards that write one text in two ways write one name.
    #[test]
    fn composed_or_not_is_all_the_same(raw in any_text()) {
        let apart: String = raw.nfd().collect();
        prop_assert_eq!(Line::<40>::parse(&apart), Line::<40>::parse(&raw));
        prop_assert_eq!(Prose::<40>::parse(&apart), Prose::<40>::parse(&raw));
    }

    /// The bounds hold for what was read, and cut nothing off.
    #[test]
    fn bounds_count_what_was_read(raw in any_text()) {
        if let Ok(whole) = Line::<1_000>::parse(&raw) {
            let expected = match whole.as_str().chars().count() {
                count if count < 4 => Err(Problem::TooShort { min: 4 }),
                count if count > 6 => Err(Problem::TooLong { max: 6 }),
                _ => Ok(whole.as_str()),
            };
            let read = Line::<6, 4>::parse(&raw);
            prop_assert_eq!(read.as_ref().map(Line::as_str), expected.as_ref().copied());
        }
    }

    #[test]
    fn ordinary_words_pass(raw in "[\\p{Latin}\\p{Greek}\\p{Cyrillic}]{2,10}") {
        prop_assert!(Line::<60>::parse(&raw).is_ok(), "{:?}", raw);
    }
}
