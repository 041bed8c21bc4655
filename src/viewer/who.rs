//! Who is asking.

use crate::domain::id::MemberId;

/// The one on whose behalf something is read or done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Viewer {
    /// Somebody without an account, or who has not signed in.
    Visitor,
    /// A member who has signed in.
    Member(MemberId),
}

impl Viewer {
    /// The member's key, or 0, which is nobody's, for a visitor.
    pub const fn key(self) -> i64 {
        match self {
            Viewer::Visitor => 0,
            Viewer::Member(me) => me.key(),
        }
    }
}
