use proptest::prelude::*;

use super::*;

const FIRST: &str = "1:first-first-first-first-first-first";
const SECOND: &str = "2:second-second-second-second-second";
const ADDRESS: &str = "Rua das Flores 7\n1200-192 Lisboa";

fn keyring(text: &str) -> Keyring {
    Keyring::parse(&text.into()).unwrap()
}

fn why(outcome: Result<String, Error>) -> String {
    match outcome {
        Err(Error::Broken(cause)) => cause.to_string(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_is_sealed_opens_in_its_place_alone() {
    let keys = keyring(FIRST);
    let sealed = keys.seal(Cell::PostalAddress, 7, ADDRESS).unwrap();
    assert_eq!(keys.open(Cell::PostalAddress, 7, &sealed).unwrap(), ADDRESS);
    for (cell, row) in [
        (Cell::PostalAddress, 8),
        (Cell::PostalAddress, -7),
        (Cell::Phone, 7),
        (Cell::Email, 7),
    ] {
        let why = why(keys.open(cell, row, &sealed));
        assert_eq!(why, format!("a value of {} does not open", cell.name()));
    }
}

#[test]
fn another_key_of_the_same_version_opens_nothing() {
    let sealed = keyring(FIRST)
        .seal(Cell::Phone, 7, "+351211234567")
        .unwrap();
    let other = keyring("1:other-other-other-other-other-other");
    why(other.open(Cell::Phone, 7, &sealed));
    assert_ne!(keyring(FIRST).mark(1), other.mark(1));
    assert_eq!(other.mark(2), None);
}

#[test]
fn the_newest_seals_and_all_open() {
    let (first, second) = (keyring(FIRST), keyring(SECOND));
    let both = keyring(&format!("# keys\n{FIRST} # of the beginning\n\n{SECOND}\n"));
    assert_eq!(both.newest(), 2);
    let (old, new) = (
        first.seal(Cell::Email, 7, "ana@example.org").unwrap(),
        both.seal(Cell::Email, 7, "ana@example.org").unwrap(),
    );
    for sealed in [&old, &new] {
        assert_eq!(
            both.open(Cell::Email, 7, sealed).unwrap(),
            "ana@example.org"
        );
    }
    assert!(second.open(Cell::Email, 7, &new).is_ok());
    assert_eq!(
        why(first.open(Cell::Email, 7, &new)),
        "a value of accounts.email was sealed with version 2 of the keys, which is not given"
    );
    // What an older version sealed is less than the least of the newest, whatever its nonce.
    assert!(old.bytes() < Sealed::least(2).bytes());
    assert!(new.bytes() > Sealed::least(2).bytes());
    // A value whose version was changed is not one of that version's.
    let mut moved = old.bytes().to_vec();
    moved[1] = 2;
    why(both.open(Cell::Email, 7, &Sealed(moved)));
}

#[test]
fn what_is_looked_for_is_found_under_every_version_and_for_its_column_alone() {
    let (first, both) = (keyring(FIRST), keyring(&format!("{FIRST},{SECOND}")));
    let old = first.hash(Cell::Email, "ana@example.org");
    let hashes = both.hashes(Cell::Email, "ana@example.org");
    assert_eq!(hashes.len(), 2);
    assert!(hashes.contains(&old) && hashes.contains(&both.hash(Cell::Email, "ana@example.org")));
    assert_ne!(old, both.hash(Cell::Email, "ana@example.org"));
    assert!(!both.hashes(Cell::Phone, "ana@example.org").contains(&old));
    assert!(!both.hashes(Cell::Email, "ann@example.org").contains(&old));
}

#[test]
fn one_text_is_sealed_in_many_ways_that_tell_its_length_roughly() {
    let keys = keyring(FIRST);
    let seal = |text: &str| keys.seal(Cell::Email, 7, text).unwrap();
    assert_ne!(seal("ana@example.org"), seal("ana@example.org"));
    let length = |text: &str| seal(text).bytes().len();
    assert_eq!(length("a@b.de"), length("anabela.figueira@example.org"));
    assert_eq!(length(""), VERSION_BYTES + NONCE_BYTES + 16 + BLOCK);
}

#[test]
fn a_text_that_is_no_keyring_is_refused_and_not_repeated() {
    let fault = |text: &str| Keyring::parse(&text.into()).unwrap_err();
    assert_eq!(fault(""), KeyringFault::Empty);
    assert_eq!(fault("\n # 1:secret\n"), KeyringFault::Empty);
    for malformed in [
        "secret-secret-secret-secret-secret-secret",
        "0:secret-secret-secret-secret-secret-secret",
        "-1:secret-secret-secret-secret-secret-secret",
        "32768:secret-secret-secret-secret-secret-secret",
        "one:secret-secret-secret-secret-secret-secret",
        ":secret-secret-secret-secret-secret-secret",
    ] {
        assert_eq!(fault(malformed), KeyringFault::Malformed(1), "{malformed}");
    }
    assert_eq!(fault("1:secret"), KeyringFault::Short(1));
    assert_eq!(fault("1:"), KeyringFault::Short(1));
    // A blank in a secret cuts it.
    assert_eq!(
        fault(&format!("{FIRST} and more")),
        KeyringFault::Malformed(2)
    );
    assert_eq!(
        fault(&format!("{FIRST}\n1:second-second-second-second-second")),
        KeyringFault::Twice(1)
    );
    assert_eq!(
        fault(&format!("{FIRST}\n{}", FIRST.replace("1:", "2:"))),
        KeyringFault::Same(1, 2)
    );
    for text in ["1:secret", "secret", &format!("{FIRST}\n{FIRST}")] {
        let said = format!("{0} {0:?}", fault(text));
        assert!(
            !said.contains("secret\"") && !said.contains("first"),
            "{said}"
        );
    }
}

#[test]
fn nothing_of_keys_and_values_is_shown() {
    let keys = keyring(&format!("{FIRST} {SECOND}"));
    assert_eq!(format!("{keys:?}"), "Keyring([2, 1])");
    let sealed = keys.seal(Cell::Phone, 7, "+351211234567").unwrap();
    assert_eq!(format!("{sealed:?}"), "Sealed");
}

proptest! {
    #[test]
    fn any_text_comes_back(text: String, row: i64) {
        let keys = keyring(FIRST);
        let sealed = keys.seal(Cell::PostalAddress, row, &text).unwrap();
        prop_assert_eq!(keys.open(Cell::PostalAddress, row, &sealed).unwrap(), text);
    }

    #[test]
    fn a_bit_that_is_changed_or_a_byte_that_is_gone_opens_nothing(
        text in "\\PC{0,40}", at: prop::sample::Index, bit in 0..8_u32,
    ) {
        let keys = keyring(FIRST);
        let mut bytes = keys.seal(Cell::Phone, 7, &text).unwrap().bytes().to_vec();
        let at = at.index(bytes.len());
        let shorter = Sealed(bytes[..at].to_vec());
        prop_assert!(keys.open(Cell::Phone, 7, &shorter).is_err());
        bytes[at] ^= 1 << bit;
        prop_assert!(keys.open(Cell::Phone, 7, &Sealed(bytes)).is_err());
    }

    #[test]
    fn whatever_is_put_into_the_cell_is_refused(bytes in prop::collection::vec(any::<u8>(), 0..120)) {
        prop_assert!(keyring(FIRST).open(Cell::Email, 7, &Sealed(bytes)).is_err());
    }

    #[test]
    fn whatever_is_given_as_keys_is_read_or_refused(text in "[0-9:#, \\n\\PC]{0,80}") {
        let _ = Keyring::parse(&text.into());
    }
}
