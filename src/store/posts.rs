//! What stands on walls: posts, and comments on them. A page says what is there and for whom, and is decided on; what it
//! says is read under the permits that come of that.

mod known;
mod reading;
mod writing;

pub use reading::{Bodies, Counts, PostList, PostPage, PostWindow};
pub use writing::{Edit, Post, Wall};

use crate::privacy::posts::Written;

/// Something on a wall that the viewer may know of, but for what it says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PostRow {
    /// What it is decided by.
    pub written: Written,
    /// When it was written, in milliseconds since the Unix epoch.
    pub written_at: i64,
    /// When it was edited last.
    pub edited_at: Option<i64>,
}

/// What something on a wall said before it was edited.
#[derive(Clone)]
pub struct EditRow {
    /// When that was written, in milliseconds since the Unix epoch.
    pub written_at: i64,
    /// What it said.
    pub text: std::sync::Arc<str>,
}

impl std::fmt::Debug for EditRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EditRow")
            .field("written_at", &self.written_at)
            .finish_non_exhaustive()
    }
}
