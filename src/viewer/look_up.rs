//! Look-up by keyed hash: what is sealed is found by a hash that tells nothing to whoever lacks the key.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretBox};
use sha2::Sha256;

use super::seal::{SecretTooShort, derive};

/// Parts this key from the keys that seal.
const KEY_INFO: &[u8] = b"letterlock look-up, version 1";

/// Bytes of the key: a block of SHA-256.
const KEY_BYTES: usize = 64;

/// Bytes of a hash.
const HASH_BYTES: usize = 32;

/// Makes hashes to find by. `Debug` hides the key; it is wiped when dropped.
pub struct LookUp {
    key: SecretBox<[u8; KEY_BYTES]>,
}

impl LookUp {
    /// Derives the key from `secret` (HKDF with SHA-512, RFC 5869). The same secret makes the same hashes.
    ///
    /// # Errors
    /// [`SecretTooShort`] as for [`super::seal::Sealer`].
    pub fn from_secret(secret: &[u8]) -> Result<Self, SecretTooShort> {
        let key = derive(secret, KEY_INFO)?;
        Ok(Self { key })
    }

    /// The hash of `text` for `purpose`, which holds no NUL: HMAC with SHA-256 (RFC 2104).
    pub fn hash(&self, purpose: &str, text: &str) -> [u8; HASH_BYTES] {
        let mut mac = Hmac::<Sha256>::new(self.key.expose_secret().into());
        mac.update(purpose.as_bytes());
        mac.update(&[0]);
        mac.update(text.as_bytes());
        mac.finalize().into_bytes().into()
    }
}

impl fmt::Debug for LookUp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LookUp(hidden)")
    }
}

#[cfg(test)]
mod tests {
    use data_encoding::HEXLOWER;

    use super::*;

    fn look_up() -> LookUp {
        LookUp::from_secret(&[7; 64]).unwrap()
    }

    #[test]
    fn the_hash_stays_as_it_is() {
        // Computed with another implementation of HKDF and HMAC (Python's `cryptography`, OpenSSL).
        let hash = look_up().hash("accounts.email", "ana@example.org");
        assert_eq!(
            HEXLOWER.encode(&hash),
            "182140b897893042c082d24ee9f9ccf5900222cc5403d66827834479aff0d97d"
        );
    }

    #[test]
    fn purpose_text_and_secret_must_be_the_same() {
        let hash = look_up().hash("accounts.email", "ana@example.org");
        assert_eq!(
            hash,
            look_up().hash("accounts.email", "ana@example.org"),
            "the same is found again"
        );
        let other = LookUp::from_secret(&[8; 64]).unwrap();
        for another in [
            look_up().hash("accounts.email", "ana@example.or"),
            look_up().hash("invitations.email", "ana@example.org"),
            // The border between the two is hashed too.
            look_up().hash("accounts.emailana", "@example.org"),
            look_up().hash("", "accounts.emailana@example.org"),
            other.hash("accounts.email", "ana@example.org"),
        ] {
            assert_ne!(hash, another);
        }
    }

    #[test]
    fn short_secrets_are_refused_and_debug_hides_the_key() {
        assert_eq!(LookUp::from_secret(&[1; 31]).unwrap_err(), SecretTooShort);
        assert_eq!(format!("{:?}", look_up()), "LookUp(hidden)");
    }
}
