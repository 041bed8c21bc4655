//! Passwords: how strong they must be, and how they are hashed and verified (policy clause C74).
//!
//! A hash costs 19 MiB and some 20 ms on purpose. So that a burst of sign-ins can take neither the memory nor the
//! async threads, hashes run on blocking threads, a few at a time, behind a queue that ends in [`Failure::Busy`].

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use argon2::{
    Algorithm, Argon2, PasswordHash, PasswordHasher, PasswordVerifier, Version,
    password_hash::Error as HashError,
};
use secrecy::{ExposeSecret, SecretString};
use tokio::{sync::Semaphore, task};
use unicode_normalization::UnicodeNormalization;
use zxcvbn::{Score, zxcvbn};

use super::entropy::{self, NoEntropy};

/// The least number of characters of a password (OWASP ASVS 6.2.1).
pub const MIN_CHARACTERS: usize = 8;

/// The greatest number of characters of a password.
pub const MAX_CHARACTERS: usize = 128;

/// The least strength, of 0 to 4: an attacker who has the hash needs more than 10⁸ guesses. Of eight characters
/// hardly any are that strong, of nine random ones all.
const MIN_SCORE: Score = Score::Three;

/// How many characters of a password are weighed. The estimator's work grows faster than its input, and a
/// password whose first 40 characters are weak is weak.
const WEIGHED_CHARACTERS: usize = 40;

/// How many words of the context are weighed.
const CONTEXT_WORDS: usize = 32;

/// A text of more bytes cannot have 128 characters in normal form C, and need not be brought there.
const MAX_RAW_BYTES: usize = 4096;

/// How many may wait for each one that is hashing.
const WAITING_FOR_EACH: usize = 64;

/// What a hash costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Params {
    /// Memory in KiB.
    pub memory_kib: u32,
    /// Passes over the memory.
    pub iterations: u32,
    /// Lanes of the memory.
    pub lanes: u32,
}

impl Params {
    /// What OWASP's Password Storage Cheat Sheet asks of argon2id. Ours, so that no release of a library moves it.
    pub const OWASP: Params = Params {
        memory_kib: 19_456,
        iterations: 2,
        lanes: 1,
    };
}

impl Default for Params {
    fn default() -> Self {
        Self::OWASP
    }
}

/// Why a candidate cannot be somebody's password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Weakness {
    /// Fewer than [`MIN_CHARACTERS`].
    #[error("must have at least {MIN_CHARACTERS} characters")]
    TooShort,
    /// More than [`MAX_CHARACTERS`].
    #[error("must have at most {MAX_CHARACTERS} characters")]
    TooLong,
    /// Holds control characters, which no keyboard types twice alike.
    #[error("must not hold control characters")]
    ControlCharacters,
    /// A common password, a pattern, or made of what is known of its owner.
    #[error("is too easy to guess")]
    Guessable,
}

/// Why a password was not weighed, hashed or verified at all.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// Too many are waiting: try again in a moment.
    #[error("too many passwords are waiting to be hashed")]
    Busy,
    /// The parameters are none that argon2id takes.
    #[error("these parameters cannot be used for hashing passwords: {0}")]
    Params(argon2::Error),
    /// What the database holds is no hash of ours.
    #[error("the stored hash cannot be used: {0}")]
    Stored(HashError),
    /// The hash could not be computed.
    #[error("a password could not be hashed: {0}")]
    Hashing(HashError),
    /// The work was cut short: it panicked, or the service is shutting down.
    #[error("the work on a password was cut short")]
    CutShort,
    /// No random bytes for a salt.
    #[error(transparent)]
    NoEntropy(#[from] NoEntropy),
}

/// A password that was found strong enough: in normal form C, of 8 to 128 characters. `Debug` hides it.
#[derive(Clone)]
pub struct Password(SecretString);

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(hidden)")
    }
}

/// Weighs, hashes and verifies passwords, a few at a time. Cheap to clone; clones share the bound.
#[derive(Clone, Debug)]
pub struct Passwords(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    argon: Argon2<'static>,
    /// Hash of a password that nobody knows, for names that nobody has.
    dummy: PasswordHash,
    /// One permit for each that may hash at a time.
    running: Arc<Semaphore>,
    /// One permit for each that may hash or wait.
    admitted: Arc<Semaphore>,
    hashes: AtomicU64,
}

impl Inner {
    /// The one way to the hasher; each use is one hash.
    fn counted(&self) -> &Argon2<'static> {
        self.hashes.fetch_add(1, Ordering::Relaxed);
        &self.argon
    }
}

impl Passwords {
    /// Makes the bound of `parallel` hashes at a time (at least one; each takes `params.memory_kib`) and, once, the
    /// dummy hash, which blocks for as long as a hash takes.
    ///
    /// # Errors
    /// [`Failure::Params`] for parameters that argon2id does not take, [`Failure::NoEntropy`].
    pub fn new(params: Params, parallel: usize) -> Result<Self, Failure> {
        let parallel = parallel.clamp(1, Semaphore::MAX_PERMITS / (WAITING_FOR_EACH + 1));
        let argon_params =
            argon2::Params::new(params.memory_kib, params.iterations, params.lanes, None)
                .map_err(Failure::Params)?;
        let argon = Argon2::new(Algorithm::Argon2id, Version::V0x13, argon_params);
        let dummy = argon
            .hash_password_with_salt(&entropy::bytes::<32>()?, &entropy::bytes::<16>()?)
            .map_err(Failure::Hashing)?;
        Ok(Self(Arc::new(Inner {
            argon,
            dummy,
            running: Arc::new(Semaphore::new(parallel)),
            admitted: Arc::new(Semaphore::new(parallel * (WAITING_FOR_EACH + 1))),
            hashes: AtomicU64::new(0),
        })))
    }

    /// Weighs a new password; `context` is what is known of its owner: display name, e-mail, handle.
    ///
    /// # Errors
    /// Outside, why it was not weighed ([`Failure::Busy`]); inside, why it will not do.
    pub async fn check_new(
        &self,
        candidate: SecretString,
        context: &[&str],
    ) -> Result<Result<Password, Weakness>, Failure> {
        let Some(password) = normalised(&candidate) else {
            return Ok(Err(Weakness::TooLong));
        };
        let text = password.expose_secret();
        if text.chars().count() < MIN_CHARACTERS {
            return Ok(Err(Weakness::TooShort));
        }
        if text.chars().any(char::is_control) {
            return Ok(Err(Weakness::ControlCharacters));
        }
        let words = words_of(context);
        self.work(move |_| {
            let weighed: SecretString = password
                .expose_secret()
                .chars()
                .take(WEIGHED_CHARACTERS)
                .collect::<String>()
                .into();
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            if zxcvbn(weighed.expose_secret(), &words).score() >= MIN_SCORE {
                Ok(Password(password))
            } else {
                Err(Weakness::Guessable)
            }
        })
        .await
    }

    /// Hashes a password with a salt of its own; the result is a PHC string of argon2id.
    ///
    /// # Errors
    /// [`Failure`], most likely [`Failure::Busy`].
    pub async fn hash(&self, password: &Password) -> Result<String, Failure> {
        let password = password.0.clone();
        self.work(move |inner| {
            let salt = entropy::bytes::<16>()?;
            inner
                .counted()
                .hash_password_with_salt(password.expose_secret().as_bytes(), &salt)
                .map(|hash| hash.to_string())
                .map_err(Failure::Hashing)
        })
        .await?
    }

    /// Whether `candidate` is the password of which `stored` is the hash; false when there is none.
    ///
    /// One hash is computed in every case, also where there is none to compare with or where the candidate is too
    /// long to be anybody's: how long it takes does not say whether an account exists.
    ///
    /// # Errors
    /// [`Failure`]; [`Failure::Stored`] when `stored` is no PHC string of argon2.
    pub async fn verify(
        &self,
        candidate: SecretString,
        stored: Option<&str>,
    ) -> Result<bool, Failure> {
        let password = normalised(&candidate);
        // Which of the two it is is settled before the work begins, and the work is the same.
        let stored = stored
            .map(|stored| PasswordHash::new(stored).map_err(|error| Failure::Stored(error.into())));
        self.work(move |inner| {
            let (text, hash, can_match) = match (&password, &stored) {
                (Some(password), Some(Ok(hash))) => (password.expose_secret(), hash, true),
                (Some(password), _) => (password.expose_secret(), &inner.dummy, false),
                // Not the sender's megabytes: the time would grow with them.
                (None, _) => ("a candidate too long to hash", &inner.dummy, false),
            };
            let matches = match inner.counted().verify_password(text.as_bytes(), hash) {
                Ok(()) => true,
                Err(HashError::PasswordInvalid) => false,
                Err(error) => return Err(Failure::Stored(error)),
            };
            match stored {
                Some(Err(error)) => Err(error),
                _ => Ok(matches && can_match),
            }
        })
        .await?
    }

    /// Whether `stored` was made with other parameters than those of now: hash again at the next sign-in.
    pub fn outdated(&self, stored: &str) -> bool {
        PasswordHash::new(stored).map_or(true, |stored| {
            stored.algorithm != self.0.dummy.algorithm
                || stored.version != self.0.dummy.version
                || stored.params != self.0.dummy.params
        })
    }

    /// Hashes anew a password that was just verified, where `stored` was made with other parameters.
    ///
    /// Nothing when there is no need, and also when it cannot be done now: the next sign-in tries again.
    pub async fn renew(&self, verified: SecretString, stored: &str) -> Option<String> {
        if !self.outdated(stored) {
            return None;
        }
        self.hash(&Password(normalised(&verified)?)).await.ok()
    }

    /// How many hashes were computed since the start, dummies included.
    pub fn hashes_done(&self) -> u64 {
        self.0.hashes.load(Ordering::Relaxed)
    }

    /// Runs `job` on a blocking thread when its turn comes.
    async fn work<T: Send + 'static>(
        &self,
        job: impl FnOnce(&Inner) -> T + Send + 'static,
    ) -> Result<T, Failure> {
        let admitted = Arc::clone(&self.0.admitted)
            .try_acquire_owned()
            .map_err(|_| Failure::Busy)?;
        let running = Arc::clone(&self.0.running)
            .acquire_owned()
            .await
            .map_err(|_| Failure::CutShort)?;
        let inner = Arc::clone(&self.0);
        task::spawn_blocking(move || {
            // Held here and not by the future: a client that hangs up drops the future, but the work goes on
            // and its memory with it.
            let _held = (admitted, running);
            job(&inner)
        })
        .await
        .map_err(|_| Failure::CutShort)
    }
}

/// The candidate in normal form C (NIST SP 800-63B, 3.1.1.2), unless it has more than 128 characters.
fn normalised(candidate: &SecretString) -> Option<SecretString> {
    let raw = candidate.expose_secret();
    if raw.len() > MAX_RAW_BYTES {
        return None;
    }
    // In one piece, so that growing leaves no copies behind: normal form C has at most three times the bytes.
    let mut text = String::with_capacity(raw.len() * 3);
    text.extend(raw.nfc());
    let text = SecretString::from(text);
    (text.expose_secret().chars().count() <= MAX_CHARACTERS).then_some(text)
}

/// The context as a whole and in its parts, each short enough to be weighed.
fn words_of(context: &[&str]) -> Vec<String> {
    context
        .iter()
        .flat_map(|text| std::iter::once(*text).chain(text.split(|c: char| !c.is_alphanumeric())))
        .filter(|word| word.chars().count() >= 3)
        .take(CONTEXT_WORDS)
        .map(|word| word.chars().take(WEIGHED_CHARACTERS).nfc().collect())
        .collect()
}

#[cfg(test)]
mod tests;
