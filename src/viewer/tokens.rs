//! The tokens of sessions and of known devices: random references that say nothing by themselves.
//!
//! The holder has the token, the database its digest: whoever reads the database cannot sign in with
//! what they find (policy clauses C16, C74; OWASP ASVS 7.2.3).

use std::fmt;

use data_encoding::BASE64URL_NOPAD;
use secrecy::{ExposeSecret, SecretBox, SecretString};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::entropy::{self, NoEntropy};

/// Bytes of a token: 256 bits.
const BYTES: usize = 32;

/// Characters of a token's text: base64url without padding.
pub const TEXT_LENGTH: usize = 43;

/// 256 random bits in somebody's hands. `Debug` hides them; they are wiped when dropped.
pub struct Token(SecretBox<[u8; BYTES]>);

impl Token {
    /// Draws a new one from the operating system.
    ///
    /// # Errors
    /// [`NoEntropy`] when the operating system has no random bytes.
    pub fn random() -> Result<Self, NoEntropy> {
        Ok(Self(SecretBox::new(Box::new(entropy::bytes()?))))
    }

    /// Reads the text form: exactly 43 characters of base64url, in their one canonical spelling.
    pub fn parse(text: &SecretString) -> Option<Self> {
        let text = text.expose_secret();
        if text.len() != TEXT_LENGTH {
            return None;
        }
        let mut decoded = BASE64URL_NOPAD.decode(text.as_bytes()).ok()?;
        let bytes = <[u8; BYTES]>::try_from(decoded.as_slice());
        decoded.fill(0);
        Some(Self(SecretBox::new(Box::new(bytes.ok()?))))
    }

    /// The text form, for the holder alone.
    pub fn text(&self) -> SecretString {
        BASE64URL_NOPAD.encode(self.0.expose_secret()).into()
    }

    /// What the database keeps. SHA-256 without salt suffices: 256 random bits cannot be guessed.
    pub fn digest(&self) -> TokenDigest {
        TokenDigest(Sha256::digest(self.0.expose_secret()).into())
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(hidden)")
    }
}

/// The SHA-256 digest of a [`Token`]. Compared in constant time; `Debug` hides it.
#[derive(Clone, Copy)]
pub struct TokenDigest([u8; BYTES]);

impl TokenDigest {
    /// Takes a digest back from the database.
    pub const fn from_bytes(bytes: [u8; BYTES]) -> Self {
        Self(bytes)
    }

    /// The digest, for the database.
    pub const fn as_bytes(&self) -> &[u8; BYTES] {
        &self.0
    }
}

impl PartialEq for TokenDigest {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl Eq for TokenDigest {}

impl fmt::Debug for TokenDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenDigest(hidden)")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_token_comes_back_from_its_text_with_the_same_digest() {
        let token = Token::random().unwrap();
        let text = token.text();
        assert_eq!(text.expose_secret().len(), TEXT_LENGTH);
        assert_eq!(Token::parse(&text).unwrap().digest(), token.digest());
        assert_ne!(Token::random().unwrap().digest(), token.digest());
        assert_eq!(
            TokenDigest::from_bytes(*token.digest().as_bytes()),
            token.digest()
        );
    }

    #[test]
    fn the_digest_is_plain_sha_256() {
        let zeros = Token::parse(&"A".repeat(TEXT_LENGTH).into()).unwrap();
        // SHA-256 of 32 zero bytes, as any other implementation gives it.
        assert_eq!(
            data_encoding::HEXLOWER.encode(zeros.digest().as_bytes()),
            "66687aadf862bd776c8fc18b8e9f8e20089714856ee233b3902a591d0d5f2925"
        );
    }

    #[test]
    fn other_texts_are_no_tokens() {
        let text = Token::random().unwrap().text();
        let text = text.expose_secret();
        let mut last_bits = "A".repeat(TEXT_LENGTH - 1);
        last_bits.push('B');
        for other in [
            "",
            "null",
            &text[1..],
            &format!("{text}A"),
            &format!("{text}="),
            &format!(" {}", &text[1..]),
            &format!("+{}", &text[1..]),
            &format!("{}é", &text[2..]),
            // Decodes to the same bytes as 43 A's where trailing bits are ignored.
            &last_bits,
        ] {
            assert!(Token::parse(&other.into()).is_none(), "{other:?}");
        }
    }

    #[test]
    fn debug_hides_both() {
        let token = Token::random().unwrap();
        assert_eq!(
            format!("{token:?} {:?}", token.digest()),
            "Token(hidden) TokenDigest(hidden)"
        );
    }

    proptest! {
        #[test]
        fn one_token_has_one_text(text in "[A-Za-z0-9_-]{43}") {
            if let Some(token) = Token::parse(&text.as_str().into()) {
                let again = token.text();
                prop_assert_eq!(again.expose_secret(), text.as_str());
            }
        }
    }
}
