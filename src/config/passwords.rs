//! What hashing a password costs.

use std::{num::NonZeroUsize, thread};

use super::{Fault, Values, flags::ServeFlags};

/// The cost of hashing a password with Argon2id, and how many are hashed at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Passwords {
    /// Memory of one hash in KiB. Default 19,456 (OWASP password storage cheat sheet).
    pub memory_kib: u32,
    /// Passes over the memory. Default 2.
    pub iterations: u32,
    /// Lanes of one hash. Default 1.
    pub lanes: u32,
    /// Hashes at a time; more wait. Default: as many as there are processors, 16 at most.
    pub parallel: NonZeroUsize,
}

pub(super) fn parse(values: &Values<'_>, flags: &ServeFlags) -> Result<Passwords, Fault> {
    let lanes = values.number("argon2_lanes", &flags.argon2_lanes, 1, 64)?;
    let parallel = match flags.parallel_hashes.as_deref() {
        Some(text) => {
            let number = values.number("parallel_hashes", text, 1, 1_024)?;
            usize::try_from(number).ok().and_then(NonZeroUsize::new)
        }
        None => thread::available_parallelism()
            .ok()
            .and_then(|processors| NonZeroUsize::new(processors.get().min(16))),
    };
    Ok(Passwords {
        // Argon2 itself needs eight blocks of one KiB a lane (RFC 9106, 3.1).
        memory_kib: values.number(
            "argon2_memory_kib",
            &flags.argon2_memory_kib,
            8 * lanes,
            4_194_304,
        )?,
        iterations: values.number("argon2_iterations", &flags.argon2_iterations, 1, 100)?,
        lanes,
        parallel: parallel.unwrap_or(NonZeroUsize::MIN),
    })
}
