//! Conversations of two, and their messages. Each of the two has a mailbox of their own, in which each message has a
//! number: what one does with theirs, and what never arrived there, is nothing to the other.

mod keeping;
mod mailbox;
mod reading;
mod sending;

pub use keeping::Change;
pub(super) use keeping::{AT_ONCE, shown, take_turns};
pub use reading::{Folder, Page, Window};
pub use sending::{Letter, MOST_UNANSWERED, Target};

use std::sync::Arc;

use crate::domain::{
    id::{ConversationId, MemberId, MessageId},
    message::Stage,
};

/// A conversation, as one of the two has it.
#[derive(Clone, Debug)]
pub struct ConversationRow {
    /// Its id, the same for both.
    pub id: ConversationId,
    /// The other one; nobody where they are gone. Whether they exist for the viewer is for the guard.
    pub other: Option<MemberId>,
    /// How far it has come.
    pub stage: Stage,
    /// Whether it is put away.
    pub archived: bool,
    /// Whether what arrives is not to be announced.
    pub muted: bool,
    /// The number of the latest message that is there, by which conversations are in order; 0 for none.
    pub latest: i64,
    /// The number of the latest message that was read.
    pub read: i64,
    /// The number of the latest change.
    pub changed: i64,
    /// How many messages of the other's are not read, counted to [`MOST_UNREAD`].
    pub unread: i64,
    /// What is being written.
    pub draft: Option<Arc<str>>,
    /// The number of the latest message that is to be shown; 0 for none.
    pub shown: i64,
}

/// How far messages that are not read are counted.
pub const MOST_UNREAD: i64 = 1_000;

/// A message, as one of the two has it.
#[derive(Clone)]
pub struct MessageRow {
    /// Its id, the same for both.
    pub id: MessageId,
    /// The conversation in which it stands.
    pub conversation: ConversationId,
    /// Its number in the mailbox.
    pub seq: i64,
    /// Whether the viewer wrote it.
    pub mine: bool,
    /// When it was sent, in milliseconds since the Unix epoch.
    pub sent_at: i64,
    /// Its text.
    pub text: Arc<str>,
    /// When the other read it, where the viewer wrote it and is to know.
    pub read_at: Option<i64>,
    /// Whether the viewer has read it, or wrote it.
    pub read: bool,
}

// Bodies are in no log.
impl std::fmt::Debug for MessageRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("MessageRow").field(&self.id).finish()
    }
}
