//! Who may see a field.

/// The people to whom a member shows a field, from fewest to most (policy clause C46).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Audience {
    /// The owner alone.
    OnlyMe,
    /// Those of the owner's penpals who stand on lists that the owner chose.
    Lists,
    /// The owner's penpals.
    Penpals,
    /// Everyone who is signed in and may know of the owner.
    Members,
    /// Visitors too.
    Public,
}

impl Audience {
    /// Every audience, from fewest to most.
    pub const ALL: [Audience; 5] = [
        Audience::OnlyMe,
        Audience::Lists,
        Audience::Penpals,
        Audience::Members,
        Audience::Public,
    ];

    /// As one digit of a member's audiences.
    pub const fn digit(self) -> char {
        match self {
            Audience::OnlyMe => '0',
            Audience::Lists => '1',
            Audience::Penpals => '2',
            Audience::Members => '3',
            Audience::Public => '4',
        }
    }

    /// From one digit of a member's audiences; what is none is read as the narrowest one.
    pub const fn from_digit(digit: u8) -> Self {
        match digit {
            b'1' => Audience::Lists,
            b'2' => Audience::Penpals,
            b'3' => Audience::Members,
            b'4' => Audience::Public,
            _ => Audience::OnlyMe,
        }
    }
}
