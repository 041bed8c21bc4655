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
