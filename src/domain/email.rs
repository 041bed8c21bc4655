//! E-mail addresses. They are revealed on purpose or not at all.

use std::{fmt, str::FromStr};

use email_address::{EmailAddress, Options};
use unicode_normalization::UnicodeNormalization;

use super::text;

/// The greatest length of an address in bytes (RFC 5321, 4.5.3.1.3, less the angle brackets).
pub const MAX_BYTES: usize = 254;

/// Why a text is no e-mail address. Never repeats the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EmailProblem {
    /// Nothing but white space.
    #[error("is blank")]
    Blank,
    /// More than [`MAX_BYTES`].
    #[error("must have at most {MAX_BYTES} bytes")]
    TooLong,
    /// Not `local@domain.tld` as RFC 5321 and RFC 6531 have it, or its local part is quoted.
    #[error("is not an e-mail address")]
    Malformed,
}

/// An address that mail could be sent to: normal form C, its domain in lower case.
///
/// `Debug` hides it and there is no `Display`; [`Email::reveal`] is the one way to see it.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Email(String);

impl Email {
    /// Reads an address; white space around it is ignored. Whether anybody reads mail there is not known.
    ///
    /// # Errors
    /// [`EmailProblem`] when it is blank, too long or malformed; domains without a dot, address literals
    /// (`user@[192.0.2.1]`) and display names (`Anna <anna@example.org>`) are malformed, and so are quoted local parts
    /// (`"a b"@example.org`), since few can send mail there: a host that wants mail avoids them (RFC 5321, 4.1.2).
    pub fn parse(raw: &str) -> Result<Self, EmailProblem> {
        let raw = raw.trim();
        if raw.is_empty() {
            return Err(EmailProblem::Blank);
        }
        // Normal form C shortens a text to a third at the very best; beyond that it need not be computed.
        if raw.len() > MAX_BYTES * 4 {
            return Err(EmailProblem::TooLong);
        }
        let address: String = raw.nfc().collect();
        if !text::all_visible(&address) {
            return Err(EmailProblem::Malformed);
        }
        let parsed = EmailAddress::parse_with_options(&address, strict());
        let parsed = match parsed {
            Ok(parsed) => parsed,
            Err(_) if address.len() > MAX_BYTES => return Err(EmailProblem::TooLong),
            Err(_) => return Err(EmailProblem::Malformed),
        };
        if parsed.local_part().starts_with('"') {
            return Err(EmailProblem::Malformed);
        }
        let whole: String = [parsed.local_part(), "@", &parsed.domain().to_lowercase()]
            .concat()
            .nfc()
            .collect();
        if whole.len() > MAX_BYTES {
            return Err(EmailProblem::TooLong);
        }
        // A small letter may be written with a sign that no domain has: İ becomes i with a dot of its own.
        if EmailAddress::parse_with_options(&whole, strict()).is_err() {
            return Err(EmailProblem::Malformed);
        }
        Ok(Self(whole))
    }

    /// An address as it was read before.
    pub const fn stored(address: String) -> Self {
        Self(address)
    }

    /// The address in lower case throughout: the key under which it is unique.
    ///
    /// RFC 5321 lets a host tell `Anna@` from `anna@`; none that people use does, and two accounts for one
    /// mailbox would be worse.
    pub fn folded(&self) -> String {
        self.0.to_lowercase().nfc().collect()
    }

    /// The address itself, for its owner, for those it is shown to, and for mail.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// Whether the address stands in a text that is shown, as an eye reads both: full-width and other compatibility forms, case,
    /// blanks and the ideographic full stop are taken for what they look like (policy clause C45).
    pub fn stands_in(&self, shown: &str) -> bool {
        plain(shown).contains(&plain(&self.folded()))
    }

    /// What stands before the last `@`, in lower case.
    pub(crate) fn folded_local_part(&self) -> String {
        let folded = self.folded();
        match folded.rsplit_once('@') {
            Some((local, _)) => local.to_owned(),
            None => folded,
        }
    }
}

fn plain(text: &str) -> String {
    text.nfkc()
        .filter(|character| !character.is_whitespace())
        .map(|character| if character == '。' { '.' } else { character })
        .flat_map(char::to_lowercase)
        .collect()
}

impl FromStr for Email {
    type Err = EmailProblem;

    fn from_str(raw: &str) -> Result<Self, Self::Err> {
        Self::parse(raw)
    }
}

impl fmt::Debug for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Email(hidden)")
    }
}

fn strict() -> Options {
    Options::default()
        .with_required_tld()
        .without_domain_literal()
        .without_display_text()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn addresses_are_read_and_their_domains_lowered() {
        for (raw, revealed, folded) in [
            ("anna@example.org", "anna@example.org", "anna@example.org"),
            (
                " Anna.B@Example.ORG\n",
                "Anna.B@example.org",
                "anna.b@example.org",
            ),
            (
                "a+tag@sub.example.co.uk",
                "a+tag@sub.example.co.uk",
                "a+tag@sub.example.co.uk",
            ),
            (
                "Ame\u{301}lie@exa\u{308}mple.fr",
                "Am\u{e9}lie@ex\u{e4}mple.fr",
                "am\u{e9}lie@ex\u{e4}mple.fr",
            ),
        ] {
            let email = Email::parse(raw).unwrap();
            assert_eq!(email.reveal(), revealed);
            assert_eq!(email.folded(), folded);
        }
    }

    #[test]
    fn what_is_no_address_is_refused() {
        let long_domain = format!("a@{}.org", ["a".repeat(60).as_str(); 4].join("."));
        assert_eq!(long_domain.len(), 2 + 243 + 4);
        assert!(Email::parse(&long_domain).is_ok());
        for (raw, problem) in [
            ("", EmailProblem::Blank),
            (" \t\n", EmailProblem::Blank),
            ("anna", EmailProblem::Malformed),
            ("@example.org", EmailProblem::Malformed),
            ("anna@", EmailProblem::Malformed),
            ("anna@localhost", EmailProblem::Malformed),
            ("anna@[192.0.2.1]", EmailProblem::Malformed),
            ("Anna <anna@example.org>", EmailProblem::Malformed),
            ("\"anna\"@example.org", EmailProblem::Malformed),
            ("anna@exa mple.org", EmailProblem::Malformed),
            ("an na@example.org", EmailProblem::Malformed),
            ("anna@@example.org", EmailProblem::Malformed),
            ("anna..b@example.org", EmailProblem::Malformed),
            (".anna@example.org", EmailProblem::Malformed),
            ("anna@example..org", EmailProblem::Malformed),
            ("anna@-example.org", EmailProblem::Malformed),
            ("anna\0@example.org", EmailProblem::Malformed),
            ("anna\r\nbcc:b@example.org", EmailProblem::Malformed),
            ("an\u{200b}na@example.org", EmailProblem::Malformed),
            ("an\u{202e}na@example.org", EmailProblem::Malformed),
            ("anna@example.org,b@example.org", EmailProblem::Malformed),
            ("anna@\u{130}stanbul.example", EmailProblem::Malformed),
            (&format!("aaaaaa{long_domain}"), EmailProblem::TooLong),
            (&"a".repeat(100_000), EmailProblem::TooLong),
        ] {
            assert_eq!(Email::parse(raw), Err(problem), "{raw:?}");
        }
    }

    #[test]
    fn debug_hides_the_address() {
        let email = Email::parse("anna@example.org").unwrap();
        assert_eq!(format!("{email:?}"), "Email(hidden)");
    }

    proptest! {
        #[test]
        fn reading_and_folding_are_stable(raw in "[\\PC]{1,12}@[\\p{L}0-9-]{1,12}\\.[\\p{L}]{2,6}") {
            if let Ok(email) = Email::parse(&raw) {
                prop_assert!(email.reveal().len() <= MAX_BYTES);
                let again = Email::parse(email.reveal());
                prop_assert_eq!(again.as_ref(), Ok(&email));
                let folded = email.folded();
                if let Ok(again) = Email::parse(&folded) {
                    prop_assert_eq!(again.folded(), folded);
                }
            }
        }

        /// Whatever comes in, what is accepted is one address, in one form, and nothing of a header of a mail.
        #[test]
        fn what_is_read_is_an_address_and_reads_itself(
            raw in prop_oneof![
                prop::collection::vec(any::<char>(), 0..20).prop_map(String::from_iter),
                (
                    "[ \\t]?[a-z\u{e9}.+]{1,6}",
                    any::<char>(),
                    "[a-z]{0,4}@[A-Z\u{130}\u{df}-]{1,5}",
                    any::<char>(),
                    "\\.[a-z]{1,4}[ \\n]?",
                ).prop_map(|(start, one, middle, other, end)| format!("{start}{one}{middle}{other}{end}")),
                "[a-z]{1,3}[\\t\\r\\n \u{202e}\u{200b},;:<>\"\\[\\]@]?[a-z]{1,3}@[a-z]{2,4}\\.[a-z]{2,3}",
            ],
        ) {
            let Ok(email) = Email::parse(&raw) else { return Ok(()) };
            let address = email.reveal();
            prop_assert!(address.len() <= MAX_BYTES && address.contains('.'));
            prop_assert!(text::all_visible(address) && unicode_normalization::is_nfc(address));
            prop_assert!(!address.contains(|c: char| c.is_control() || c.is_whitespace()), "{:?}", address);
            prop_assert!(!address.contains(['<', '>', ',', ';']), "{:?}", address);
            prop_assert_eq!(Email::parse(address), Ok(email));
        }

        #[test]
        fn case_makes_no_second_account(local in "[a-zA-Z]{1,10}", domain in "[a-zA-Z]{1,10}\\.[a-z]{2,4}") {
            let address = format!("{local}@{domain}");
            let folded = |raw: &str| Email::parse(raw).unwrap().folded();
            prop_assert_eq!(folded(&address.to_uppercase()), folded(&address.to_lowercase()));
        }
    }
}
