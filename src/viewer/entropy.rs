//! Random bytes, from the operating system.

use rand::SeedableRng;
use rand_chacha::ChaCha20Rng;

/// The operating system gave no random bytes. Nothing that needs them may go on.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the operating system gave no random bytes ({0})")]
pub struct NoEntropy(getrandom::Error);

/// `N` bytes that nobody can foresee.
///
/// # Errors
/// [`NoEntropy`] when the operating system has none.
pub fn bytes<const N: usize>() -> Result<[u8; N], NoEntropy> {
    let mut bytes = [0; N];
    #[cfg(feature = "proof")]
    if proof::fill(&mut bytes) {
        return Ok(bytes);
    }
    getrandom::fill(&mut bytes).map_err(NoEntropy)?;
    Ok(bytes)
}

/// A generator seeded with 256 bits of the operating system's, for ids and the ends of handles.
///
/// # Errors
/// [`NoEntropy`] when the operating system has none.
pub fn rng() -> Result<ChaCha20Rng, NoEntropy> {
    Ok(ChaCha20Rng::from_seed(bytes()?))
}

/// Chance that is the same each time, so that two answers can be compared byte for byte.
#[cfg(feature = "proof")]
pub mod proof {
    use std::cell::RefCell;

    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha20Rng;

    thread_local! {
        static SEEDED: RefCell<Option<ChaCha20Rng>> = const { RefCell::new(None) };
    }

    /// From now on this thread, and no other, draws what follows from `seed`; or from the system again.
    pub fn seed(seed: Option<u64>) {
        SEEDED.set(seed.map(ChaCha20Rng::seed_from_u64));
    }

    pub(super) fn fill(bytes: &mut [u8]) -> bool {
        SEEDED.with_borrow_mut(|seeded| {
            let Some(rng) = seeded else { return false };
            rng.fill_bytes(bytes);
            true
        })
    }
}

#[cfg(test)]
mod tests {
    use rand::RngExt;

    use super::*;

    #[test]
    fn no_two_draws_are_alike() {
        assert_ne!(bytes::<32>().unwrap(), bytes::<32>().unwrap());
        assert_ne!(
            rng().unwrap().random::<u128>(),
            rng().unwrap().random::<u128>()
        );
    }
}
