//! Walls: what is written on them, and for whom.

use super::text::Prose;

/// The text of a post or of a comment: 1 to 5,000 characters, line breaks kept.
pub type PostText = Prose<LONGEST>;

/// The most characters of a post or of a comment.
pub const LONGEST: usize = 5_000;

/// How often a post or a comment can be edited: what it said before stays for its author.
pub const MOST_EDITS: i32 = 50;

/// For whom something on a wall is, of those for whom its author and the wall's owner exist (policy clause C46). Who is
/// a penpal is asked of the wall's owner.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum WallAudience {
    /// Who is a penpal, and was when this was chosen.
    PenpalsNow,
    /// Whoever is a penpal when they look.
    Penpals,
    /// Members.
    Members,
    /// Visitors too.
    Public,
}

impl WallAudience {
    /// Every audience, from fewest to most.
    pub const ALL: [WallAudience; 4] = [
        WallAudience::PenpalsNow,
        WallAudience::Penpals,
        WallAudience::Members,
        WallAudience::Public,
    ];

    /// As the database keeps it.
    pub const fn code(self) -> i16 {
        match self {
            WallAudience::PenpalsNow => 1,
            WallAudience::Penpals => 2,
            WallAudience::Members => 3,
            WallAudience::Public => 4,
        }
    }

    /// From the database; what is none of them is read as the narrowest.
    pub const fn from_code(code: i16) -> Self {
        match code {
            2 => WallAudience::Penpals,
            3 => WallAudience::Members,
            4 => WallAudience::Public,
            _ => WallAudience::PenpalsNow,
        }
    }

    /// Whether it goes beyond penpals.
    pub fn wide(self) -> bool {
        self >= WallAudience::Members
    }
}
