//! Writing on walls.

use async_graphql::{Context, ID, Object};

use super::{
    checking,
    fields::{Findings, member_id},
    payload::{UserError, UserErrorCode as Code, refused},
    posted::{
        CommentPayload, CreateCommentInput, CreatePostInput, DeleteCommentInput, DeletePostInput,
        DeletePostPayload, EditCommentInput, EditPostInput, PostPayload,
    },
    walls::{self, Comment, Post, WallAudience},
};
use crate::domain::{
    id::{CommentId, MemberId, NoticeId, PostId},
    wall::{self, PostText},
};
use crate::graphql::{
    context::Request,
    error::Error,
    guard::{self, Refused, Sight, act, sight},
};
use crate::privacy::{Permit, posts::widest, wishes};
use crate::store::{
    self, Conflict,
    posts::{Edit, Post as Writing, Wall},
};

/// Writing on walls.
#[derive(Default)]
pub struct Posting;

#[Object]
impl Posting {
    /// Writes a post on one's own wall or on a penpal's. Up to 300 times a day, comments and edits among them.
    async fn create_post(&self, ctx: &Context<'_>, input: CreatePostInput) -> Sight<PostPayload> {
        sight(create_post(ctx, &input).await.map(Some))
    }

    /// Writes a comment on a post that the viewer can read, on their own wall or on a penpal's.
    async fn create_comment(
        &self,
        ctx: &Context<'_>,
        input: CreateCommentInput,
    ) -> Sight<CommentPayload> {
        sight(create_comment(ctx, &input).await.map(Some))
    }

    /// Changes what a post of the viewer's says, or for whom it is: up to 50 times.
    async fn edit_post(&self, ctx: &Context<'_>, input: EditPostInput) -> Sight<PostPayload> {
        sight(edit_post(ctx, &input).await.map(Some))
    }

    /// Changes what a comment of the viewer's says, or for whom it is: up to 50 times.
    async fn edit_comment(
        &self,
        ctx: &Context<'_>,
        input: EditCommentInput,
    ) -> Sight<CommentPayload> {
        sight(edit_comment(ctx, &input).await.map(Some))
    }

    /// Deletes a post with its comments: the viewer's own, or any on their wall.
    async fn delete_post(
        &self,
        ctx: &Context<'_>,
        input: DeletePostInput,
    ) -> Sight<DeletePostPayload> {
        let key = PostId::from_global(&input.post).map(PostId::key);
        sight(delete(ctx, input.post, key, false).await.map(Some))
    }

    /// Deletes a comment: the viewer's own, or any on their wall.
    async fn delete_comment(
        &self,
        ctx: &Context<'_>,
        input: DeleteCommentInput,
    ) -> Sight<DeletePostPayload> {
        let key = CommentId::from_global(&input.comment).map(CommentId::key);
        sight(delete(ctx, input.comment, key, true).await.map(Some))
    }
}

fn missing(path: &[&str]) -> UserError {
    UserError::at(path, Code::NotFound, "There is no such thing for you.")
}

/// Counts it, and reads what is to be said, and for whom.
async fn read(
    ctx: &Context<'_>,
    text: Option<&str>,
    audience: Option<WallAudience>,
) -> Result<(Permit<wishes::KeepOwn>, Option<PostText>, Findings), Error> {
    let (own, case) = guard::own_case(ctx).await?;
    guard::count(ctx, &own, |limits| &limits.posts)?;
    let mut findings = Findings::default();
    let text = text.and_then(|text| findings.text(&["input", "text"], PostText::parse(text)));
    let widest = widest(case.known().owner.age);
    if audience.is_some_and(|audience| wall::WallAudience::from(audience) > widest) {
        findings.add(
            &["input", "audience"],
            Code::AudienceTooWide,
            "What members under eighteen write is not for visitors.",
        );
    }
    Ok((own, text, findings))
}

impl PostPayload {
    fn wrong(user_errors: Vec<UserError>) -> Self {
        Self {
            post: None,
            user_errors,
        }
    }

    async fn of(ctx: &Context<'_>, id: PostId, done: Result<(), UserError>) -> Result<Self, Error> {
        match done {
            Ok(()) => Ok(Self {
                post: Post::by_id(ctx, &[id], &["post"]).await?.pop(),
                user_errors: Vec::new(),
            }),
            Err(error) => Ok(Self::wrong(vec![error])),
        }
    }
}

impl CommentPayload {
    fn wrong(user_errors: Vec<UserError>) -> Self {
        Self {
            comment: None,
            user_errors,
        }
    }

    async fn of(
        ctx: &Context<'_>,
        id: CommentId,
        done: Result<(), UserError>,
    ) -> Result<Self, Error> {
        match done {
            Ok(()) => Ok(Self {
                comment: Comment::by_id(ctx, &[id], &["comment"]).await?.pop(),
                user_errors: Vec::new(),
            }),
            Err(error) => Ok(Self::wrong(vec![error])),
        }
    }
}

/// What the user can put right of an act on another's wall.
fn put_right(done: Result<(), Refused>, path: &[&str]) -> Result<Result<(), UserError>, Error> {
    match done {
        Ok(()) => Ok(Ok(())),
        Err(Refused::Failed(error)) => Err(error),
        Err(Refused::Unknown) => Ok(Err(refused(path, true))),
        Err(Refused::NotPossible | Refused::Full | Refused::Used) => Ok(Err(refused(path, false))),
    }
}

fn is_mine(own: &Permit<wishes::KeepOwn>, wall: MemberId) -> bool {
    own.subject() == wall
}

/// What is to be confirmed of a text that so many are to read.
async fn unconfirmed(
    ctx: &Context<'_>,
    text: &str,
    audience: wall::WallAudience,
    confirmed: bool,
) -> Result<Option<UserError>, Error> {
    if confirmed || !audience.wide() {
        return Ok(None);
    }
    let found = checking::found(ctx, text.to_owned()).await?;
    let error = || {
        UserError::at(
            &["input", "confirmed"],
            Code::Unconfirmed,
            "It holds addresses, telephone numbers or your full name: confirm that so many are to read them.",
        )
    };
    Ok((!found.is_empty()).then(error))
}

async fn create_post(ctx: &Context<'_>, input: &CreatePostInput) -> Result<PostPayload, Error> {
    let (own, text, findings) = read(ctx, Some(&input.text), Some(input.audience)).await?;
    let (Some(text), true) = (text, findings.none()) else {
        return Ok(PostPayload::wrong(findings.into_errors()));
    };
    let audience = input.audience.into();
    if let Some(error) = unconfirmed(ctx, text.as_str(), audience, input.confirmed).await? {
        return Ok(PostPayload::wrong(vec![error]));
    }
    let path = ["input", "wall"];
    let wall = match &input.wall {
        None => own.subject(),
        Some(id) => match member_id(id) {
            Some(id) => id,
            None => return Ok(PostPayload::wrong(vec![refused(&path, true)])),
        },
    };
    let request = Request::of(ctx);
    let store = &request.services().store;
    let mut rng = request.rng()?;
    let id = PostId::random(&mut rng);
    let post = Writing {
        text: &text,
        audience,
        notices: [NoticeId::random(&mut rng), NoticeId::random(&mut rng)],
        now: request.now_millis(),
    };
    let done = if is_mine(&own, wall) {
        let done = store.post(Wall::Own(&own), id, &post).await;
        request.refresh();
        done.map_err(Refused::from)
    } else {
        act!(ctx, wishes::Post, wall, permit => store.post(Wall::Of(&permit), id, &post).await)
    };
    PostPayload::of(ctx, id, put_right(done, &path)?).await
}

async fn create_comment(
    ctx: &Context<'_>,
    input: &CreateCommentInput,
) -> Result<CommentPayload, Error> {
    let (own, text, findings) = read(ctx, Some(&input.text), Some(input.audience)).await?;
    let (Some(text), true) = (text, findings.none()) else {
        return Ok(CommentPayload::wrong(findings.into_errors()));
    };
    let audience = input.audience.into();
    if let Some(error) = unconfirmed(ctx, text.as_str(), audience, input.confirmed).await? {
        return Ok(CommentPayload::wrong(vec![error]));
    }
    let path = ["input", "post"];
    let missing = || CommentPayload::wrong(vec![missing(&path)]);
    let Some(on) = PostId::from_global(&input.post) else {
        return Ok(missing());
    };
    let post = Post::by_id(ctx, &[on], &["post"]).await?.pop();
    // One's own post on the wall of somebody who is there no more takes none.
    let Some(wall) = post.as_ref().and_then(Post::on).map(guard::Met::id) else {
        return Ok(missing());
    };
    let request = Request::of(ctx);
    let store = &request.services().store;
    let mut rng = request.rng()?;
    let (id, today) = (CommentId::random(&mut rng), request.today());
    let comment = Writing {
        text: &text,
        audience,
        notices: [NoticeId::random(&mut rng), NoticeId::random(&mut rng)],
        now: request.now_millis(),
    };
    let done = if is_mine(&own, wall) {
        let done = store
            .comment(Wall::Own(&own), today, on, id, &comment)
            .await;
        request.refresh();
        match done {
            Err(store::Error::Missing) => Err(Refused::Unknown),
            done => done.map_err(Refused::from),
        }
    } else {
        act!(ctx, wishes::Comment, wall, permit => {
            store.comment(Wall::Of(&permit), today, on, id, &comment).await
        })
    };
    CommentPayload::of(ctx, id, put_right(done, &path)?).await
}

/// What the user can put right of an edit.
fn edited(done: Result<(), store::Error>, path: &[&str]) -> Result<Result<(), UserError>, Error> {
    match done {
        Ok(()) => Ok(Ok(())),
        Err(store::Error::Missing) => Ok(Err(missing(path))),
        Err(store::Error::Conflict(Conflict::Full)) => Ok(Err(UserError::at(
            path,
            Code::TooMany,
            "It was edited as often as can be.",
        ))),
        Err(error) => Err(error.into()),
    }
}

async fn edit_post(ctx: &Context<'_>, input: &EditPostInput) -> Result<PostPayload, Error> {
    let (own, text, findings) = read(ctx, input.text.as_deref(), input.audience).await?;
    if !findings.none() {
        return Ok(PostPayload::wrong(findings.into_errors()));
    }
    let path = ["input", "post"];
    let Some(id) = PostId::from_global(&input.post) else {
        return Ok(PostPayload::wrong(vec![missing(&path)]));
    };
    let change = (text.as_ref(), input.audience, input.confirmed);
    match edit(ctx, &own, (id.key(), false), change, &path).await? {
        Err(error) if error.code == Code::Unconfirmed => Ok(PostPayload::wrong(vec![error])),
        done => PostPayload::of(ctx, id, done).await,
    }
}

async fn edit_comment(
    ctx: &Context<'_>,
    input: &EditCommentInput,
) -> Result<CommentPayload, Error> {
    let (own, text, findings) = read(ctx, input.text.as_deref(), input.audience).await?;
    if !findings.none() {
        return Ok(CommentPayload::wrong(findings.into_errors()));
    }
    let path = ["input", "comment"];
    let Some(id) = CommentId::from_global(&input.comment) else {
        return Ok(CommentPayload::wrong(vec![missing(&path)]));
    };
    let change = (text.as_ref(), input.audience, input.confirmed);
    match edit(ctx, &own, (id.key(), true), change, &path).await? {
        Err(error) if error.code == Code::Unconfirmed => Ok(CommentPayload::wrong(vec![error])),
        done => CommentPayload::of(ctx, id, done).await,
    }
}

/// How often an edit is judged anew where others come in between.
const MOST_JUDGED: u8 = 4;

/// Edits, where what is to be confirmed was: of what it comes to say, for whom it comes to be. Both are compared again where it is
/// written, since another edit may have brought the half that this one does not.
async fn edit(
    ctx: &Context<'_>,
    own: &Permit<wishes::KeepOwn>,
    (key, comment): (i64, bool),
    (text, audience, confirmed): (Option<&PostText>, Option<WallAudience>, bool),
    path: &[&str],
) -> Result<Result<(), UserError>, Error> {
    let request = Request::of(ctx);
    let audience = audience.map(wall::WallAudience::from);
    for _ in 0..MOST_JUDGED {
        let Some((said, shown_to)) = walls::own(ctx, key).await? else {
            return Ok(Err(missing(path)));
        };
        let says = text.map_or(said.as_str(), PostText::as_str);
        let wrong = unconfirmed(ctx, says, audience.unwrap_or(shown_to), confirmed).await?;
        if let Some(error) = wrong {
            return Ok(Err(error));
        }
        let edit = Edit {
            text,
            audience,
            judged: (&said, shown_to),
            now: request.now_millis(),
        };
        let store = &request.services().store;
        let done = store.edit_post(own, key, comment, &edit).await;
        request.refresh();
        if !matches!(done, Err(store::Error::Conflict(Conflict::Stale))) {
            return edited(done, path);
        }
    }
    let message = "Something else changed. Try again.";
    Ok(Err(UserError::whole(Code::NotPossible, message)))
}

async fn delete(
    ctx: &Context<'_>,
    id: ID,
    key: Option<i64>,
    comment: bool,
) -> Result<DeletePostPayload, Error> {
    let own = guard::count_act(ctx).await?;
    let request = Request::of(ctx);
    let store = &request.services().store;
    let done = match key {
        Some(key) => store.delete_post(&own, request.today(), key, comment).await,
        None => Err(store::Error::Missing),
    };
    request.refresh();
    let path = ["input", if comment { "comment" } else { "post" }];
    Ok(match edited(done, &path)? {
        Ok(()) => DeletePostPayload {
            deleted_id: Some(id),
            user_errors: Vec::new(),
        },
        Err(error) => DeletePostPayload {
            deleted_id: None,
            user_errors: vec![error],
        },
    })
}
