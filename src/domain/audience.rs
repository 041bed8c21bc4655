//! Who may see a field.

/// The people to whom a member shows a field, from fewest to most (policy clause C46).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(i16)]
pub enum Audience {
    /// The owner alone.
    OnlyMe = 0,
    /// The owner's penpals.
    Penpals = 1,
    /// Everyone who is signed in and may know of the owner.
    Members = 2,
    /// Visitors too.
    Public = 3,
}

impl Audience {
    /// Every audience, from fewest to most.
    pub const ALL: [Audience; 4] = [
        Audience::OnlyMe,
        Audience::Penpals,
        Audience::Members,
        Audience::Public,
    ];

    /// As the database knows it.
    pub const fn code(self) -> i16 {
        self as i16
    }

    /// From what the database holds. What is not an audience is read as the narrowest one.
    pub const fn from_code(code: i16) -> Self {
        match code {
            1 => Audience::Penpals,
            2 => Audience::Members,
            3 => Audience::Public,
            _ => Audience::OnlyMe,
        }
    }
}
