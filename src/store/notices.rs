//! Notices: of what a member is told. Each is written in the transaction of the act that it tells of, and holds ids alone;
//! whether it is there for its receiver is asked at each look, and one whose sender does not exist for them is not.

mod announcing;
mod reading;
mod writing;

pub use reading::{NoticePage, NoticeSpan};
pub use writing::{Marked, Told};
pub(super) use writing::{New, forget_between, tell, tell_by_mail};

use std::sync::Arc;

use crate::domain::{
    id::{MemberId, NoticeId},
    notice::NoticeKind,
};

/// A notice of the viewer's own that is there for them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoticeRow {
    /// Its id.
    pub id: NoticeId,
    /// Its number among the viewer's.
    pub seq: i64,
    /// What it tells.
    pub kind: NoticeKind,
    /// When it was made, in milliseconds since the Unix epoch.
    pub made_at: i64,
    /// Whether it was not marked as read.
    pub unread: bool,
    /// Who did what it tells of.
    pub sender: Option<MemberId>,
    /// The key of the post or the comment that it is about.
    pub about: Option<i64>,
    /// Where that is a comment, the key of its post.
    pub above: Option<i64>,
    /// What was announced.
    pub announced: Option<Arc<str>>,
}
