//! Whether an account takes part.

/// An account's standing, beside its age.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(i16)]
pub enum Standing {
    /// Takes part.
    Active = 0,
    /// Taken out of every read path, and served nothing (policy clause C28 d).
    Frozen = 1,
}

impl Standing {
    /// Every standing.
    pub const ALL: [Standing; 2] = [Standing::Active, Standing::Frozen];

    /// As the database knows it.
    pub const fn code(self) -> i16 {
        self as i16
    }

    /// From what the database holds. What is unknown takes no part.
    pub const fn from_code(code: i16) -> Self {
        match code {
            0 => Standing::Active,
            _ => Standing::Frozen,
        }
    }
}
