//! Sealed texts: what the server gives out, gets back, and nobody else can read or forge.
//!
//! AES-SIV (RFC 5297) with a 512-bit key. It is deterministic: one plain text under one purpose and one
//! context has one sealed text, so cursors compare equal; where that would tell something, put random bytes in,
//! as [`Sealer::seal_bytes`] does of what is kept in the database.

use std::fmt;

use aes_siv::{KeyInit, siv::Aes256Siv};
use data_encoding::BASE64URL_NOPAD;
use hkdf::Hkdf;
use secrecy::{ExposeSecret, SecretBox};
use sha2::Sha512;

/// The least number of bytes that a secret must have: 256 bits.
pub const MIN_SECRET_BYTES: usize = 32;

/// Bytes of the AES-256-SIV key: one half authenticates, the other encrypts.
const KEY_BYTES: usize = 64;

/// Parts this key from whatever else is derived of the same secret.
const KEY_INFO: &[u8] = b"letterlock sealing key, version 1";

/// Parts the key of what is kept from the key of what is given out.
const AT_REST_INFO: &[u8] = b"letterlock sealing at rest, version 1";

/// A secret that is too short to seal with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the server's secret must have at least {MIN_SECRET_BYTES} bytes")]
pub struct SecretTooShort;

/// Seals and opens. `Debug` hides the key; it is wiped when dropped.
pub struct Sealer {
    key: SecretBox<[u8; KEY_BYTES]>,
}

impl Sealer {
    /// Derives the key from `secret` (HKDF with SHA-512, RFC 5869). The same secret opens what it sealed.
    ///
    /// # Errors
    /// [`SecretTooShort`] below [`MIN_SECRET_BYTES`].
    pub fn from_secret(secret: &[u8]) -> Result<Self, SecretTooShort> {
        let key = derive(secret, KEY_INFO)?;
        Ok(Self { key })
    }

    /// The same for what is kept in the database: another key, though the secret were the same.
    ///
    /// # Errors
    /// [`SecretTooShort`] below [`MIN_SECRET_BYTES`].
    pub fn at_rest(secret: &[u8]) -> Result<Self, SecretTooShort> {
        let key = derive(secret, AT_REST_INFO)?;
        Ok(Self { key })
    }

    /// Seals `plain` as base64url text that opens only under the same `purpose` and `context`.
    pub fn seal(&self, purpose: &str, context: &[u8], plain: &[u8]) -> String {
        BASE64URL_NOPAD.encode(&self.encrypt([purpose.as_bytes(), context], plain))
    }

    /// Opens what [`Sealer::seal`] made under the same secret, `purpose` and `context`; anything else is `None`.
    pub fn open(&self, purpose: &str, context: &[u8], sealed: &str) -> Option<Vec<u8>> {
        let sealed = BASE64URL_NOPAD.decode(sealed.as_bytes()).ok()?;
        self.cipher()
            .decrypt([purpose.as_bytes(), context], &sealed)
            .ok()
    }

    /// Seals `plain` as bytes that open only under the same `purpose`, `context` and `nonce`.
    pub fn seal_bytes(&self, purpose: &str, context: &[u8], nonce: &[u8], plain: &[u8]) -> Vec<u8> {
        self.encrypt([purpose.as_bytes(), context, nonce], plain)
    }

    /// Opens what [`Sealer::seal_bytes`] made; anything else is `None`.
    pub fn open_bytes(
        &self,
        purpose: &str,
        context: &[u8],
        nonce: &[u8],
        sealed: &[u8],
    ) -> Option<Vec<u8>> {
        self.cipher()
            .decrypt([purpose.as_bytes(), context, nonce], sealed)
            .ok()
    }

    fn encrypt<const HEADERS: usize>(&self, headers: [&[u8]; HEADERS], plain: &[u8]) -> Vec<u8> {
        #[expect(
            clippy::expect_used,
            reason = "AES-SIV fails only beyond 126 headers (there are two or three) or when a buffer cannot grow (a Vec can)"
        )]
        self.cipher()
            .encrypt(headers, plain)
            .expect("few headers and a growing buffer")
    }

    fn cipher(&self) -> Aes256Siv {
        Aes256Siv::new(self.key.expose_secret().into())
    }
}

/// Derives a key for one use of `secret` (HKDF with SHA-512, RFC 5869).
pub(super) fn derive<const BYTES: usize>(
    secret: &[u8],
    info: &[u8],
) -> Result<SecretBox<[u8; BYTES]>, SecretTooShort> {
    if secret.len() < MIN_SECRET_BYTES {
        return Err(SecretTooShort);
    }
    SecretBox::try_init_with(|| {
        let mut key = [0; BYTES];
        Hkdf::<Sha512>::new(None, secret)
            .expand(info, &mut key)
            .map_err(|_| SecretTooShort)?;
        Ok(key)
    })
}

impl fmt::Debug for Sealer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sealer(hidden)")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn sealer() -> Sealer {
        Sealer::from_secret(&[7; 64]).unwrap()
    }

    #[test]
    fn short_secrets_are_refused() {
        for length in [0, 1, 31] {
            assert_eq!(
                Sealer::from_secret(&vec![1; length]).unwrap_err(),
                SecretTooShort
            );
        }
        assert!(Sealer::from_secret(&[1; 32]).is_ok());
    }

    #[test]
    fn the_seal_is_that_of_rfc_5297_and_stays_so() {
        // Computed with another implementation of HKDF and AES-SIV (Python's `cryptography`, OpenSSL). Sealed texts
        // outlive a restart: a change of this one is a change of the format.
        const GOLDEN: &str = "eVMP3jffBYSgLiJlYDd1QrW9";
        assert_eq!(sealer().seal("cursor", b"members", b"42"), GOLDEN);
        assert_eq!(
            sealer().open("cursor", b"members", GOLDEN).as_deref(),
            Some(b"42".as_slice())
        );
    }

    #[test]
    fn what_is_kept_is_sealed_under_a_key_of_its_own_and_with_its_nonce() {
        // Computed as above, with a third header.
        let kept = Sealer::at_rest(&[7; 64]).unwrap();
        let (row, nonce) = (42_i64.to_be_bytes(), [9; 16]);
        let sealed = kept.seal_bytes("accounts.email", &row, &nonce, b"ana@example.org");
        assert_eq!(
            data_encoding::HEXLOWER.encode(&sealed),
            "1f8967e04f2af73e07813fea5f3c64877eeedc19801e4b53da5ff1e662e152"
        );
        let open = |purpose: &str, row: i64, nonce: [u8; 16]| {
            kept.open_bytes(purpose, &row.to_be_bytes(), &nonce, &sealed)
        };
        assert_eq!(
            open("accounts.email", 42, nonce).as_deref(),
            Some(b"ana@example.org".as_slice())
        );
        assert_eq!(open("profiles.phone", 42, nonce), None);
        assert_eq!(open("accounts.email", 43, nonce), None);
        assert_eq!(open("accounts.email", 42, [8; 16]), None);
        assert_eq!(
            sealer().open_bytes("accounts.email", &row, &nonce, &sealed),
            None,
            "what seals cursors opens nothing that is kept"
        );
    }

    #[test]
    fn purpose_context_and_secret_must_be_the_same() {
        let sealed = sealer().seal("cursor", b"members", b"42");
        let open = |purpose: &str, context: &[u8]| sealer().open(purpose, context, &sealed);
        assert_eq!(
            open("cursor", b"members").as_deref(),
            Some(b"42".as_slice())
        );
        assert_eq!(open("screening", b"members"), None);
        assert_eq!(open("cursor", b"penpals"), None);
        // The border between purpose and context is authenticated too.
        assert_eq!(open("cursorm", b"embers"), None);
        assert_eq!(open("", b"cursormembers"), None);
        let other = Sealer::from_secret(&[8; 64]).unwrap();
        assert_eq!(other.open("cursor", b"members", &sealed), None);
    }

    /// Base64 has several texts for some bytes (the last character has bits that stand for nothing) and readers
    /// that pass over blanks and padding. A sealed text has one form.
    #[test]
    fn a_sealed_text_has_one_form() {
        const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        let sealer = sealer();
        // One of each length of the last group: no unused bits, four, and two.
        for plain in [&b"42"[..], b"123", b"1234"] {
            let sealed = sealer.seal("cursor", b"members", plain);
            let open = |text: &str| sealer.open("cursor", b"members", text);
            assert_eq!(open(&sealed).as_deref(), Some(plain));
            for at in 0..sealed.len() {
                for put in ALPHABET.iter().chain(b"=+/ \n.\0").copied().map(char::from) {
                    let before = &sealed[..at];
                    let changed = format!("{before}{put}{}", &sealed[at + 1..]);
                    assert!(changed == sealed || open(&changed).is_none(), "{changed}");
                    let wider = format!("{before}{put}{}", &sealed[at..]);
                    assert_eq!(open(&wider), None, "{wider}");
                }
            }
            for end in ALPHABET.iter().chain(b"=+/ \n.\0").copied().map(char::from) {
                assert_eq!(open(&format!("{sealed}{end}")), None);
                assert_eq!(open(&format!("{sealed}{end}{end}")), None);
            }
        }
    }

    #[test]
    fn debug_hides_the_key() {
        assert_eq!(format!("{:?}", sealer()), "Sealer(hidden)");
    }

    proptest! {
        #[test]
        fn what_is_sealed_opens(
            purpose in any::<String>(),
            context: Vec<u8>,
            plain: Vec<u8>,
        ) {
            let sealed = sealer().seal(&purpose, &context, &plain);
            prop_assert_eq!(sealer().open(&purpose, &context, &sealed), Some(plain));
        }

        #[test]
        fn one_bit_breaks_the_seal(plain in proptest::collection::vec(any::<u8>(), 0..40), at: prop::sample::Index, bit in 0..8u32) {
            let sealed = sealer().seal("p", b"c", &plain);
            let mut bytes = BASE64URL_NOPAD.decode(sealed.as_bytes()).unwrap();
            let at = at.index(bytes.len());
            bytes[at] ^= 1 << bit;
            prop_assert_eq!(sealer().open("p", b"c", &BASE64URL_NOPAD.encode(&bytes)), None);
        }

        #[test]
        fn a_shortened_seal_does_not_open(plain: Vec<u8>, at: prop::sample::Index) {
            let sealed = sealer().seal("p", b"c", &plain);
            prop_assert_eq!(sealer().open("p", b"c", &sealed[..at.index(sealed.len())]), None);
        }

        #[test]
        fn no_other_text_opens(
            plain in proptest::collection::vec(any::<u8>(), 0..40),
            at: prop::sample::Index,
            cut in 0..4usize,
            put in prop_oneof!["[A-Za-z0-9_-]{0,3}", ".{0,3}"],
        ) {
            let sealer = sealer();
            let sealed = sealer.seal("p", b"c", &plain);
            let at = at.index(sealed.len() + 1);
            let rest = sealed.get(at + cut..).unwrap_or_default();
            let changed = [&sealed[..at], put.as_str(), rest].concat();
            let opened = sealer.open("p", b"c", &changed);
            prop_assert_eq!(opened.is_some(), changed == sealed, "{}", changed);
        }

        #[test]
        fn another_purpose_or_context_opens_nothing(
            purposes in ("[a-c]{0,3}", "[a-c]{0,3}"),
            contexts in ("[a-c]{0,3}", "[a-c]{0,3}"),
            plain: Vec<u8>,
        ) {
            let sealer = sealer();
            let sealed = sealer.seal(&purposes.0, contexts.0.as_bytes(), &plain);
            let opened = sealer.open(&purposes.1, contexts.1.as_bytes(), &sealed);
            let same = purposes.0 == purposes.1 && contexts.0 == contexts.1;
            prop_assert_eq!(opened, same.then_some(plain));
        }

        #[test]
        fn any_text_is_opened_or_refused(text in any::<String>()) {
            prop_assert_eq!(sealer().open("p", b"c", &text), None);
        }
    }
}
