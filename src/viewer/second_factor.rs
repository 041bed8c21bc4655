//! The second factor: codes of an authenticator (TOTP, RFC 6238) and recovery codes.
//!
//! SHA-1, six digits, thirty seconds: what every authenticator understands. A code counts in its own half
//! minute and in those before and after (RFC 6238, 5.2); that each counts once is for the database to see to.

use std::{fmt, sync::LazyLock};

use data_encoding::{BASE32_NOPAD, Encoding, Specification};
use secrecy::SecretString;
use sha2::{Digest, Sha256};
use totp_rs::{Builder, Totp};

use super::{
    entropy::{self, NoEntropy},
    seal::Sealer,
};
use crate::domain::id::MemberId;

/// Bytes of a key: 160 bits (RFC 4226, 4).
const KEY_BYTES: usize = 20;

/// Bytes of a recovery code: 80 bits, which nobody guesses, also not from a digest.
const RECOVERY_BYTES: usize = 10;

/// How many recovery codes there are at a time.
pub const RECOVERY_CODES: usize = 10;

/// What the sealed key is for.
const PURPOSE: &str = "second factor";

/// Who an authenticator says that the code is for.
const ISSUER: &str = "Letterlock";

/// The key that a member's authenticator and the service share. `Debug` hides it; it is wiped when dropped.
pub struct Key(Totp);

impl Key {
    /// Draws a new one from the operating system.
    ///
    /// # Errors
    /// [`NoEntropy`] when the operating system has no random bytes.
    pub fn random() -> Result<Self, NoEntropy> {
        Ok(Self::of(entropy::bytes::<KEY_BYTES>()?.to_vec()))
    }

    fn of(key: Vec<u8>) -> Self {
        Self(
            Builder::new()
                .with_secret(key)
                .with_issuer(Some(ISSUER))
                .build_noncompliant(),
        )
    }

    /// What the database keeps: it opens for this member, under the same server's secret.
    pub fn sealed(&self, sealer: &Sealer, member: MemberId) -> String {
        let key: &[u8] = self.0.secret().as_ref();
        sealer.seal(PURPOSE, &member.key().to_be_bytes(), key)
    }

    /// Takes a key back from the database.
    pub fn open(sealer: &Sealer, member: MemberId, sealed: &str) -> Option<Self> {
        let key = sealer.open(PURPOSE, &member.key().to_be_bytes(), sealed)?;
        (key.len() == KEY_BYTES).then(|| Self::of(key))
    }

    /// The key in base32, for typing into an authenticator.
    pub fn text(&self) -> SecretString {
        let key: &[u8] = self.0.secret().as_ref();
        BASE32_NOPAD.encode(key).into()
    }

    /// The key as an `otpauth:` address, for a picture that an authenticator reads.
    pub fn uri(&self, account: &str) -> Option<SecretString> {
        let key: &[u8] = self.0.secret().as_ref();
        let named = Builder::new()
            .with_secret(key.to_vec())
            .with_issuer(Some(ISSUER))
            // A colon would part issuer and account.
            .with_account_name(account.replace(':', " "))
            .build()
            .ok()?;
        named.to_url().ok().map(Into::into)
    }

    /// The step of a code that counts at `now`, in seconds since the Unix epoch.
    pub fn step(&self, code: &str, now: i64) -> Option<i64> {
        let now = u64::try_from(now).ok()?;
        let step = self.0.check(code, now)?;
        i64::try_from(step).ok()
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(hidden)")
    }
}

/// A code as somebody gave it.
#[derive(Clone, PartialEq, Eq)]
pub enum Given {
    /// Six digits, of an authenticator.
    Authenticator(String),
    /// A recovery code, by its digest.
    Recovery([u8; 32]),
}

impl fmt::Debug for Given {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Given(hidden)")
    }
}

impl Given {
    /// Reads a code: blanks and hyphens do not matter, nor do capitals.
    pub fn parse(text: &str) -> Option<Self> {
        // More than anybody types is not looked through.
        if text.len() > 64 {
            return None;
        }
        let text: String = text
            .chars()
            .filter(|c| !c.is_whitespace() && *c != '-')
            .collect();
        if text.len() == 6 && text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Some(Self::Authenticator(text));
        }
        let bytes = RECOVERY.decode(text.as_bytes()).ok()?;
        (bytes.len() == RECOVERY_BYTES).then(|| Self::Recovery(Sha256::digest(bytes).into()))
    }
}

/// Crockford's base32 in small letters: none that looks like a digit, and few that make words.
static RECOVERY: LazyLock<Encoding> = LazyLock::new(|| {
    let mut specification = Specification::new();
    specification
        .symbols
        .push_str("0123456789abcdefghjkmnpqrstvwxyz");
    specification
        .translate
        .from
        .push_str("ABCDEFGHJKMNPQRSTVWXYZoOiIlL");
    specification
        .translate
        .to
        .push_str("abcdefghjkmnpqrstvwxyz001111");
    #[expect(
        clippy::expect_used,
        reason = "the alphabet is fixed, and the tests make codes of it"
    )]
    specification.encoding().expect("32 symbols")
});

/// A recovery code, for its holder, and its digest, for the database.
pub struct RecoveryCode {
    /// Four groups of four characters.
    pub text: SecretString,
    /// SHA-256 without salt: 80 random bits cannot be guessed.
    pub digest: [u8; 32],
}

impl fmt::Debug for RecoveryCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RecoveryCode(hidden)")
    }
}

/// Draws as many recovery codes as a member has.
///
/// # Errors
/// [`NoEntropy`] when the operating system has no random bytes.
pub fn recovery_codes() -> Result<Vec<RecoveryCode>, NoEntropy> {
    (0..RECOVERY_CODES)
        .map(|_| {
            let bytes = entropy::bytes::<RECOVERY_BYTES>()?;
            let plain = RECOVERY.encode(&bytes);
            let groups: Vec<&str> = (0..plain.len())
                .step_by(4)
                .filter_map(|at| plain.get(at..(at + 4).min(plain.len())))
                .collect();
            Ok(RecoveryCode {
                text: groups.join("-").into(),
                digest: Sha256::digest(bytes).into(),
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    fn sealer() -> Sealer {
        Sealer::from_secret(&[7; 64]).unwrap()
    }

    #[test]
    fn the_codes_are_those_of_rfc_6238() {
        // Appendix B has eight digits; a code of six is their end.
        let key = Key::of(b"12345678901234567890".to_vec());
        for (now, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_234_567_890, "005924"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(key.step(code, now), Some(now / 30), "{now}");
        }
    }

    #[test]
    fn a_code_counts_in_its_half_minute_and_beside_it() {
        let key = Key::of(b"12345678901234567890".to_vec());
        for (now, counts) in [(0, true), (59, true), (89, true), (90, false), (-1, false)] {
            assert_eq!(key.step("287082", now).is_some(), counts, "{now}");
        }
        assert_eq!(key.step("287083", 59), None);
        for nothing in ["", "28708", "2870820", "２８７０８２", "28708a", "+87082"] {
            assert_eq!(key.step(nothing, 59), None, "{nothing}");
        }
    }

    #[test]
    fn a_key_opens_for_its_member_alone() {
        let (key, ada, ben) = (
            Key::random().unwrap(),
            MemberId::from_key(1),
            MemberId::from_key(2),
        );
        let sealed = key.sealed(&sealer(), ada);
        assert_eq!(
            Key::open(&sealer(), ada, &sealed)
                .unwrap()
                .text()
                .expose_secret(),
            key.text().expose_secret()
        );
        assert!(Key::open(&sealer(), ben, &sealed).is_none());
        let other = Sealer::from_secret(&[8; 64]).unwrap();
        assert!(Key::open(&other, ada, &sealed).is_none());
        assert_eq!(format!("{key:?}"), "Key(hidden)");
    }

    #[test]
    fn the_address_names_issuer_and_account() {
        let key = Key::of(b"12345678901234567890".to_vec());
        let uri = key.uri("a:b@example.org").unwrap();
        assert_eq!(
            uri.expose_secret(),
            "otpauth://totp/Letterlock:a%20b%40example.org?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Letterlock"
        );
    }

    #[test]
    fn recovery_codes_are_read_however_they_are_typed() {
        let codes = recovery_codes().unwrap();
        assert_eq!(codes.len(), RECOVERY_CODES);
        for code in codes {
            let text = code.text.expose_secret();
            assert_eq!(text.len(), 19, "{text}");
            let expected = Some(Given::Recovery(code.digest));
            assert_eq!(Given::parse(text), expected);
            assert_eq!(Given::parse(&text.to_uppercase()), expected);
            assert_eq!(
                Given::parse(&format!(" {} ", text.replace('-', " "))),
                expected
            );
            assert_eq!(
                Given::parse(&text.replace('0', "O").replace('1', "l")),
                expected
            );
            assert_eq!(Given::parse(&text[1..]), None);
        }
        assert_eq!(
            Given::parse("123 456"),
            Some(Given::Authenticator("123456".into()))
        );
        for nothing in [
            "",
            "12345",
            "1234567",
            &"1".repeat(100),
            "uuuu-uuuu-uuuu-uuuu",
        ] {
            assert_eq!(Given::parse(nothing), None, "{nothing}");
        }
    }
}
