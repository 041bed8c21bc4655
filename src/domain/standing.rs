//! Whether an account takes part.

/// An account's standing, beside its age.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(i16)]
pub enum Standing {
    /// Takes part.
    Active = 0,
    /// Taken out of every read path, and served nothing (policy clause C28 d).
    Frozen = 1,
    /// An adult who has said to be a teen: exists for nobody else, and nobody else for them, until staff
    /// has looked at it. Neither world is open: the one might be theirs no longer, the other not yet.
    InDoubt = 2,
}

impl Standing {
    /// Every standing.
    pub const ALL: [Standing; 3] = [Standing::Active, Standing::Frozen, Standing::InDoubt];

    /// As the database knows it.
    pub const fn code(self) -> i16 {
        self as i16
    }

    /// From what the database holds. What is unknown takes no part.
    pub const fn from_code(code: i16) -> Self {
        match code {
            0 => Standing::Active,
            2 => Standing::InDoubt,
            _ => Standing::Frozen,
        }
    }

    /// Whether the account is served at all.
    pub const fn served(self) -> bool {
        matches!(self, Standing::Active | Standing::InDoubt)
    }
}
