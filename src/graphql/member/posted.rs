//! What writing on walls takes and answers.

use async_graphql::{ID, InputObject, SimpleObject};

use super::{
    payload::UserError,
    walls::{Comment, Post, WallAudience},
};

/// What a post takes.
#[derive(InputObject)]
pub struct CreatePostInput {
    /// On whose wall: a penpal's, or the viewer's own, which it is where it is left out.
    pub(super) wall: Option<ID>,
    /// What it says: 1 to 5,000 characters.
    pub(super) text: String,
    /// For whom.
    pub(super) audience: WallAudience,
    /// That it is to be written though it holds addresses, telephone numbers or the viewer's full name, as `checkText`
    /// points them out: asked for where members or visitors read it (policy clause C49).
    #[graphql(default)]
    pub(super) confirmed: bool,
}

/// What a comment takes.
#[derive(InputObject)]
pub struct CreateCommentInput {
    /// On which post: on the viewer's own wall, or on a penpal's.
    pub(super) post: ID,
    /// What it says: 1 to 5,000 characters.
    pub(super) text: String,
    /// For whom. It is read by nobody who cannot read the post.
    pub(super) audience: WallAudience,
    /// That it is to be written though it holds addresses, telephone numbers or the viewer's full name, as `checkText`
    /// points them out: asked for where members or visitors read it (policy clause C49).
    #[graphql(default)]
    pub(super) confirmed: bool,
}

/// What editing a post takes.
#[derive(InputObject)]
pub struct EditPostInput {
    /// Which; the viewer's own.
    pub(super) post: ID,
    /// What it says from now on; as it is where it is left out. What it said before stays, for the viewer.
    pub(super) text: Option<String>,
    /// For whom it is from now on; as it is where it is left out.
    pub(super) audience: Option<WallAudience>,
    /// That it is to be written though it holds addresses, telephone numbers or the viewer's full name, as `checkText`
    /// points them out: asked for where members or visitors read it (policy clause C49).
    #[graphql(default)]
    pub(super) confirmed: bool,
}

/// What editing a comment takes.
#[derive(InputObject)]
pub struct EditCommentInput {
    /// Which; the viewer's own.
    pub(super) comment: ID,
    /// What it says from now on; as it is where it is left out. What it said before stays, for the viewer.
    pub(super) text: Option<String>,
    /// For whom it is from now on; as it is where it is left out.
    pub(super) audience: Option<WallAudience>,
    /// That it is to be written though it holds addresses, telephone numbers or the viewer's full name, as `checkText`
    /// points them out: asked for where members or visitors read it (policy clause C49).
    #[graphql(default)]
    pub(super) confirmed: bool,
}

/// What deleting a post takes.
#[derive(InputObject)]
pub struct DeletePostInput {
    /// Which: one that the viewer wrote, or one on their wall.
    pub(super) post: ID,
}

/// What deleting a comment takes.
#[derive(InputObject)]
pub struct DeleteCommentInput {
    /// Which: one that the viewer wrote, or one on their wall.
    pub(super) comment: ID,
}

/// What writing or editing a post answers.
#[derive(SimpleObject)]
pub struct PostPayload {
    /// The post.
    pub(super) post: Option<Post>,
    /// What can be put right. Where something is wrong, nothing was written.
    pub(super) user_errors: Vec<UserError>,
}

/// What writing or editing a comment answers.
#[derive(SimpleObject)]
pub struct CommentPayload {
    /// The comment.
    pub(super) comment: Option<Comment>,
    /// What can be put right. Where something is wrong, nothing was written.
    pub(super) user_errors: Vec<UserError>,
}

/// What deleting answers.
#[derive(SimpleObject)]
pub struct DeletePostPayload {
    /// The id of what is gone.
    pub(super) deleted_id: Option<ID>,
    /// What can be put right.
    pub(super) user_errors: Vec<UserError>,
}
