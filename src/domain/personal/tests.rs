mod cases;

use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::*;

/// Somebody in this country.
fn author(country: &str) -> Author {
    Author {
        full_name: Some("Ana Maria da Silva".to_owned()),
        email: Some("ana.silva@example.org".to_owned()),
        phone: Some("+351912345678".to_owned()),
        postal_address: Some("Rua das Flores 12, 3.º Esq.\n4050-262 Porto\nPortugal".to_owned()),
        country: Country::parse(country).ok(),
    }
}

fn named(name: &str) -> Author {
    Author {
        full_name: Some(name.to_owned()),
        ..Author::default()
    }
}

fn living(address: &str) -> Author {
    Author {
        postal_address: Some(address.to_owned()),
        ..Author::default()
    }
}

/// The text with what is found of a kind between ⟦ and ⟧.
fn marked(text: &str, kind: Kind, author: &Author) -> String {
    let mut marked = text.to_owned();
    for it in find(text, author).iter().rev().filter(|it| it.kind == kind) {
        marked.insert(it.end, '⟧');
        marked.insert(it.start, '⟦');
    }
    marked
}

fn all_marked(cases: &[(&str, &str)], kind: Kind) {
    let mut wrong = Vec::new();
    for (country, expected) in cases {
        let text = expected.replace(['⟦', '⟧'], "");
        let found = marked(&text, kind, &author(country));
        if &found != expected {
            wrong.push(format!("{country}: {expected:?} but {found:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn e_mail_addresses_are_found() {
    all_marked(&cases::EMAILS, Kind::EmailAddress);
}

#[test]
fn telephone_numbers_are_found() {
    all_marked(&cases::PHONES, Kind::PhoneNumber);
}

#[test]
fn postal_addresses_are_found() {
    all_marked(&cases::ADDRESSES, Kind::PostalAddress);
}

#[test]
fn the_authors_own_full_name_is_found() {
    all_marked(&cases::NAMES, Kind::FullName);
    for (name, expected) in cases::NAMES_OF_OTHERS {
        let text = expected.replace(['⟦', '⟧'], "");
        assert_eq!(
            &marked(&text, Kind::FullName, &named(name)),
            expected,
            "{name}"
        );
    }
}

#[test]
fn parts_of_the_authors_own_address_are_found() {
    for (address, expected) in cases::OWN_ADDRESSES {
        let text = expected.replace(['⟦', '⟧'], "");
        assert_eq!(
            &marked(&text, Kind::PostalAddress, &living(address)),
            expected,
            "{address}"
        );
    }
}

#[test]
fn what_is_none_of_it_is_let_be() {
    let mut wrong = Vec::new();
    for (country, text) in cases::INNOCENT {
        for it in find(text, &author(country)) {
            let what = text.get(it.start..it.end);
            wrong.push(format!("{country}: {:?} {what:?} in {text:?}", it.kind));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn there_are_cases_enough() {
    let positive = cases::EMAILS.len()
        + cases::PHONES.len()
        + cases::ADDRESSES.len()
        + cases::NAMES.len()
        + cases::NAMES_OF_OTHERS.len()
        + cases::OWN_ADDRESSES.len();
    assert!(
        positive >= 60 && cases::INNOCENT.len() >= 60,
        "{positive} {}",
        cases::INNOCENT.len()
    );
}

#[test]
fn of_who_has_told_nothing_only_what_is_anybodys_is_found() {
    let text = "Ana Maria da Silva, Rua Nova 5, ana@example.org, +351 912 345 678, 912 345 678";
    let nobody = Author::default();
    let kinds: Vec<Kind> = find(text, &nobody).iter().map(|it| it.kind).collect();
    assert_eq!(
        kinds,
        [Kind::PostalAddress, Kind::EmailAddress, Kind::PhoneNumber]
    );
    assert!(find("", &nobody).is_empty() && find("", &author("PT")).is_empty());
}

#[test]
fn places_are_counted_in_utf_16() {
    let text = "🐈‍⬛ é: ana@example.org, 𝄞 +351 912 345 678";
    let units: Vec<u16> = text.encode_utf16().collect();
    let found = find(text, &author("PT"));
    let counted = in_utf16(text, &found);
    let read: Vec<String> = counted
        .iter()
        .map(|it| String::from_utf16(&units[it.start..it.end]).unwrap())
        .collect();
    assert_eq!(read, ["ana@example.org", "+351 912 345 678"]);
    assert_eq!(found.len(), counted.len());
    assert!(in_utf16(text, &[]).is_empty());
}

#[test]
fn nothing_of_the_author_is_in_what_is_printed() {
    assert_eq!(format!("{:?}", author("PT")), "Author(hidden)");
}

/// What is repeated in the longest text that a member can send takes little time, and about as much for each part.
#[test]
fn the_work_is_linear() {
    let own = author("PT");
    for piece in [
        "a",
        "@",
        "a@",
        "a@a",
        "a.",
        "1",
        "1 ",
        "1-",
        "00",
        "00 1",
        "+",
        "+1 ",
        "(",
        "号",
        "1号",
        "路1号",
        "at ",
        " dot ",
        "a at b dot ",
        "Ana ",
        "ana",
        "Rua ",
        "Rua A ",
        "12 A Street ",
        "A",
        "m",
        "ß",
        "\u{301}",
        "ﷺ",
        "\u{200b}",
        " ",
        "\n",
        "😀",
        "٣",
        "1️⃣",
        "Silva, ",
        "912 345 678 ",
        "+351 912 345 678",
        "9123456789123456789 ",
        "[",
        "@example.org ",
        "12, rue de la Paix ",
        "a(at)",
        "Hauptstraße ",
        "구 로로로 1",
    ] {
        let long: String = piece.chars().cycle().take(20_000).collect();
        let took = || {
            let begun = Instant::now();
            check(&long, &find(&long, &own)).unwrap();
            begun.elapsed()
        };
        // A second unoptimised, thrice that on a busy machine; what is quadratic takes longer each time.
        let fast = (0..4).any(|_| took() < Duration::from_secs(4));
        assert!(fast, "{piece:?}");
    }
}

/// What holds for whatever is found in whatever text.
fn check(text: &str, found: &[Finding]) -> Result<(), TestCaseError> {
    for it in found {
        prop_assert!(
            it.start < it.end && text.get(it.start..it.end).is_some(),
            "{:?}",
            it
        );
    }
    for (one, other) in found.iter().zip(found.iter().skip(1)) {
        prop_assert!(one.start <= other.start, "in order");
    }
    for kind in [
        Kind::EmailAddress,
        Kind::PhoneNumber,
        Kind::PostalAddress,
        Kind::FullName,
    ] {
        let same: Vec<&Finding> = found.iter().filter(|it| it.kind == kind).collect();
        for (one, other) in same.iter().zip(same.iter().skip(1)) {
            prop_assert!(one.end <= other.start, "apart");
        }
    }
    Ok(())
}

fn pieces() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        any::<char>().prop_map(String::from),
        "[0-9]{1,5}",
        prop::sample::select(vec![
            " ",
            "\n",
            "+",
            "00",
            "-",
            ".",
            ",",
            "(",
            ")",
            "@",
            " at ",
            " dot ",
            "(at)",
            "com",
            "example.org",
            "ana",
            "Ana",
            "Silva",
            "Rua",
            "das Flores",
            "Straße",
            "12",
            "Street",
            "号",
            "路",
            "1️⃣",
            "\u{301}",
            "\u{200b}",
            "é",
            "ß",
            "m",
            "rn",
            "４",
            "٤",
            "구",
            "로",
            "+351",
            "912",
            "345",
            "678",
            "P.O. Box",
            "〒",
            "ﷺ",
            "Porto",
            "4050-262",
        ])
        .prop_map(str::to_owned),
    ];
    prop::collection::vec(piece, 0..24).prop_map(|all| all.concat())
}

proptest! {
    #[test]
    fn whatever_is_written_is_read(text in any::<String>(), own in pieces()) {
        let author = Author {
            full_name: Some(own.clone()),
            email: Some(own.clone()),
            phone: Some(own.clone()),
            postal_address: Some(own),
            country: None,
        };
        check(&text, &find(&text, &author))?;
    }

    #[test]
    fn what_is_put_together_is_read(text in pieces(), country in prop::sample::select(vec!["PT", "US", "DE", "JP"])) {
        let found = find(&text, &author(country));
        check(&text, &found)?;
        let counted = in_utf16(&text, &found);
        let units: Vec<u16> = text.encode_utf16().collect();
        for (one, other) in found.iter().zip(&counted) {
            let read = String::from_utf16(&units[other.start..other.end]).unwrap();
            prop_assert_eq!(Some(read.as_str()), text.get(one.start..one.end));
        }
    }

    /// Whatever stands around it, what is one is found, and exactly where it stands.
    #[test]
    fn an_address_is_found_in_whatever_text(
        before in "[\\PC&&[^@.a-zA-Z0-9]]{0,20}", local in "[a-z]{1,8}(\\.[a-z]{1,8})?", name in "[a-z]{1,8}",
        end in "(org|com|de|co\\.uk)", after in "[a-z \n]{0,20}",
    ) {
        let address = format!("{local}@{name}.{end}");
        let text = format!("{before} {address} {after}");
        let found = find(&text, &Author::default());
        let place = text.find(&address).unwrap();
        let exact = Finding { kind: Kind::EmailAddress, start: place, end: place + address.len() };
        prop_assert!(found.contains(&exact), "{:?} {:?}", text, found);
    }

    #[test]
    fn a_name_is_found_as_words_and_in_no_other(
        given in "[A-Z][a-z]{3,8}", family in "[A-Z][a-z]{3,8}", separator in "( |  |, |-|\n)", other in "[a-z]{1,5}",
    ) {
        let author = named(&format!("{given} {family}"));
        for (one, two) in [(&given, &family), (&family, &given)] {
            let text = format!("Hi, {one}{separator}{two}.");
            prop_assert!(find(&text, &author).iter().any(|it| it.kind == Kind::FullName), "{:?}", text);
            let within = format!("Hi, {one}{separator}{two}{other}.");
            let found = find(&within, &author);
            prop_assert!(!found.iter().any(|it| it.kind == Kind::FullName && it.end > within.len() - 2), "{:?}", within);
        }
    }
}
