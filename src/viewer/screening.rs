//! The token that the age screen gives to those who pass it, and that signing up asks for.
//!
//! It carries the birth date, sealed: nobody but the server can read or make one, and signing up takes no date of
//! its own (policy clause C28). Nothing is stored until somebody signs up; the digest then makes it single-use.

use std::fmt;

use chrono::{DateTime, TimeDelta, Utc};
use sha2::{Digest, Sha256};

use super::{
    entropy::{self, NoEntropy},
    seal::Sealer,
};
use crate::domain::{age::BirthDate, clock};

/// How long a token is good for.
pub const VALID_FOR: TimeDelta = TimeDelta::minutes(15);

/// How far the clocks of two machines of one service may be apart: what remembers used tokens must remember
/// them that much longer.
pub const CLOCK_SKEW: TimeDelta = TimeDelta::minutes(1);

const PURPOSE: &str = "age screening, version 1";

const NONCE: usize = 16;
const KEY: usize = 4;
const MILLIS: usize = 8;
const PLAIN: usize = NONCE + KEY + MILLIS;

/// Not a token that is good now: forged, cut, expired or from elsewhere. There is one answer for all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is not a screening token that is good now")]
pub struct Invalid;

/// What a token says.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Screened {
    /// The date that was given to the screen.
    pub birth: BirthDate,
    /// Tells tokens apart for single use; made of the token's random part alone, it says nothing of the date.
    pub digest: [u8; 32],
    /// From then on the token is good for nothing, and its digest may be forgotten.
    pub expires_at: DateTime<Utc>,
}

impl fmt::Debug for Screened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Screened(hidden)")
    }
}

/// Issues and opens screening tokens.
#[derive(Debug)]
pub struct ScreeningToken;

impl ScreeningToken {
    /// Makes a token for `birth`, good until [`VALID_FOR`] after `now`. Two of one date have nothing in common.
    ///
    /// # Errors
    /// [`NoEntropy`] when the operating system has no random bytes.
    pub fn issue(
        sealer: &Sealer,
        birth: BirthDate,
        now: DateTime<Utc>,
    ) -> Result<String, NoEntropy> {
        let mut plain = Vec::with_capacity(PLAIN);
        plain.extend_from_slice(&entropy::bytes::<NONCE>()?);
        plain.extend_from_slice(&birth.key().to_be_bytes());
        plain.extend_from_slice(&now.timestamp_millis().to_be_bytes());
        Ok(sealer.seal(PURPOSE, b"", &plain))
    }

    /// Opens a token that is good at `now`. Whether it was used before, the caller's database knows.
    ///
    /// # Errors
    /// [`Invalid`], whatever is wrong.
    pub fn open(sealer: &Sealer, text: &str, now: DateTime<Utc>) -> Result<Screened, Invalid> {
        let plain = sealer.open(PURPOSE, b"", text).ok_or(Invalid)?;
        let plain = <[u8; PLAIN]>::try_from(plain).map_err(|_| Invalid)?;
        let (nonce, rest) = plain.split_first_chunk::<NONCE>().ok_or(Invalid)?;
        let (key, rest) = rest.split_first_chunk::<KEY>().ok_or(Invalid)?;
        let millis = <[u8; MILLIS]>::try_from(rest).map_err(|_| Invalid)?;

        let issued_at = clock::from_millis(i64::from_be_bytes(millis));
        let expires_at = issued_at.checked_add_signed(VALID_FOR).ok_or(Invalid)?;
        let age = now.signed_duration_since(issued_at);
        if age >= VALID_FOR || age < -CLOCK_SKEW {
            return Err(Invalid);
        }
        Ok(Screened {
            birth: BirthDate::from_key(i32::from_be_bytes(*key)).map_err(|_| Invalid)?,
            digest: Sha256::digest(nonce).into(),
            expires_at,
        })
    }
}

#[cfg(test)]
mod tests {
    use data_encoding::BASE64URL_NOPAD;
    use proptest::prelude::*;

    use super::*;

    fn sealer() -> Sealer {
        Sealer::from_secret(&[7; 64]).unwrap()
    }

    fn now() -> DateTime<Utc> {
        clock::from_millis(1_780_000_000_123)
    }

    fn birth() -> BirthDate {
        BirthDate::from_key(20_080_229).unwrap()
    }

    fn token() -> String {
        ScreeningToken::issue(&sealer(), birth(), now()).unwrap()
    }

    #[test]
    fn a_token_says_the_date_until_it_expires() {
        let token = token();
        let open = |after: TimeDelta| ScreeningToken::open(&sealer(), &token, now() + after);
        let screened = open(TimeDelta::zero()).unwrap();
        assert_eq!(screened.birth, birth());
        assert_eq!(screened.expires_at, now() + TimeDelta::minutes(15));
        assert_eq!(open(VALID_FOR - TimeDelta::milliseconds(1)), Ok(screened));
        assert_eq!(open(VALID_FOR), Err(Invalid));
        assert_eq!(open(TimeDelta::days(400)), Err(Invalid));
        assert!(open(-CLOCK_SKEW).is_ok());
        assert_eq!(open(-CLOCK_SKEW - TimeDelta::milliseconds(1)), Err(Invalid));
    }

    #[test]
    fn two_tokens_of_one_date_have_nothing_in_common() {
        let (one, other) = (token(), token());
        assert_ne!(one, other);
        let digest = |text: &str| ScreeningToken::open(&sealer(), text, now()).unwrap().digest;
        assert_ne!(digest(&one), digest(&other));
        assert_eq!(digest(&one), digest(&one));
    }

    #[test]
    fn tokens_of_elsewhere_are_refused() {
        let foreign = Sealer::from_secret(&[8; 64]).unwrap();
        let millis = now().timestamp_millis().to_be_bytes();
        let payload = |key: i32| [&[0; NONCE][..], &key.to_be_bytes(), &millis].concat();
        assert!(
            ScreeningToken::open(
                &sealer(),
                &sealer().seal(PURPOSE, b"", &payload(20_080_229)),
                now()
            )
            .is_ok()
        );
        for text in [
            String::new(),
            "null".to_owned(),
            ScreeningToken::issue(&foreign, birth(), now()).unwrap(),
            sealer().seal("cursor", b"", &payload(20_080_229)),
            sealer().seal(PURPOSE, b"x", &payload(20_080_229)),
            sealer().seal(PURPOSE, b"", &payload(20_080_230)),
            sealer().seal(PURPOSE, b"", &payload(20_080_229)[1..]),
            sealer().seal(PURPOSE, b"", &[&payload(20_080_229)[..], &[0]].concat()),
            sealer().seal(PURPOSE, b"", b""),
            format!("{}=", token()),
            format!(" {}", token()),
        ] {
            assert_eq!(
                ScreeningToken::open(&sealer(), &text, now()),
                Err(Invalid),
                "{text:?}"
            );
        }
    }

    #[test]
    fn neither_the_text_nor_debug_shows_the_date() {
        let token = token();
        let bytes = BASE64URL_NOPAD.decode(token.as_bytes()).unwrap();
        assert!(
            !bytes
                .windows(KEY)
                .any(|part| part == birth().key().to_be_bytes())
        );
        let screened = ScreeningToken::open(&sealer(), &token, now()).unwrap();
        assert_eq!(format!("{screened:?}"), "Screened(hidden)");
    }

    proptest! {
        #[test]
        fn a_changed_or_shortened_token_is_refused(at: prop::sample::Index, with in "[A-Za-z0-9_-]") {
            let token = token();
            let at = at.index(token.len());
            prop_assert_eq!(ScreeningToken::open(&sealer(), &token[..at], now()), Err(Invalid));
            let mut changed = token.clone();
            changed.replace_range(at..=at, &with);
            prop_assume!(changed != token);
            prop_assert_eq!(ScreeningToken::open(&sealer(), &changed, now()), Err(Invalid));
        }

        #[test]
        fn any_moment_is_survived(millis: i64, at: i64) {
            let issued = ScreeningToken::issue(&sealer(), birth(), clock::from_millis(millis)).unwrap();
            let _ = ScreeningToken::open(&sealer(), &issued, clock::from_millis(at));
        }
    }
}
