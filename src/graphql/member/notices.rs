//! What the viewer is told of. Who did it, and to what, shows as the viewer may see it when they look; what they may not is
//! not there at all.

use async_graphql::{Context, Enum, ID, Object, OneofObject, SimpleObject};
use chrono::{DateTime, Utc};
use futures_util::future::try_join3;

use super::{
    connection::{Connection, List, Listed},
    foresight::foresee,
    members::Member,
    payload::{UserError, UserErrorCode as Code},
    query::signed_in,
    walls::{Comment, Post},
};
use crate::domain::{
    age::Today,
    id::{CommentId, MemberId, NoticeId, PostId},
    notice,
};
use crate::graphql::{
    context::{Request, time},
    error::Error,
    guard::{self, Met, Sight, sight},
};
use crate::privacy::{Permit, wishes::KeepOwn};
use crate::store::{
    self, Store,
    lists::Place,
    notices::{Marked, NoticeRow, NoticeSpan},
};

/// What a notice is for (policy clause C76).
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "notice::Category")]
pub enum NoticeCategory {
    /// What other members did.
    Social,
    /// What was done with the account.
    Security,
    /// What one must know to use the service.
    Service,
    /// What is offered.
    Marketing,
}

/// What a notice tells.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "notice::NoticeKind")]
pub enum NoticeKind {
    /// `member` asks to become penpals. It is there as long as that waits.
    PenpalRequest,
    /// `member` has accepted what the viewer asked.
    RequestAccepted,
    /// `member` wrote `post` on the viewer's wall.
    WallPost,
    /// `member` wrote `comment` on a post of the viewer's, or on the viewer's wall.
    Comment,
    /// Somebody signed in to the viewer's account, with a device that had not before.
    SignedIn,
    /// The password was replaced.
    PasswordChanged,
    /// The e-mail address was replaced.
    EmailChanged,
    /// The second factor was switched on.
    SecondFactorOn,
    /// The second factor was switched off.
    SecondFactorOff,
    /// The recovery codes were replaced.
    RecoveryCodesRenewed,
    /// Whoever runs the service tells all members something, such as a change of the policy: `announcement`.
    Announcement,
}

/// Something that the viewer is told of.
#[derive(Clone, Debug)]
pub struct Notice {
    row: NoticeRow,
    member: Option<Member>,
    // Boxed, since one of many kinds of node has a place for them.
    post: Option<Box<Post>>,
    comment: Option<Box<Comment>>,
}

impl Listed for Notice {
    const CONNECTION: &'static str = "NoticeConnection";
    const EDGE: &'static str = "NoticeEdge";
}

/// Since when notices are there, in milliseconds since the Unix epoch.
fn made_after(now: DateTime<Utc>) -> i64 {
    (now - notice::LASTS).timestamp_millis()
}

impl Notice {
    /// Those of `rows` that are there for the viewer, in the same order, as they stand at `path` below the field that is
    /// being resolved.
    async fn shown(
        ctx: &Context<'_>,
        rows: &[NoticeRow],
        path: &[&str],
    ) -> Result<Vec<Self>, Error> {
        let mut senders: Vec<MemberId> = rows.iter().filter_map(|row| row.sender).collect();
        senders.sort_unstable();
        senders.dedup();
        let (mut posts, mut comments) = (Vec::new(), Vec::new());
        for row in rows {
            match (row.about, row.above) {
                (Some(comment), Some(post)) => {
                    comments.push(CommentId::from_key(comment));
                    posts.push(PostId::from_key(post));
                }
                (Some(post), None) => posts.push(PostId::from_key(post)),
                (None, _) => {}
            }
        }
        let below = |name| [path, &[name]].concat();
        let foreseen = foresee(ctx, &below("member"), None);
        let (of_posts, of_comments) = (below("post"), below("comment"));
        // Boxed, since whatever stands above has a place for them.
        let (met, posts, comments) = try_join3(
            Box::pin(guard::meet_all(ctx, &senders, &foreseen)),
            Box::pin(Post::by_id(ctx, &posts, &of_posts)),
            Box::pin(Comment::by_id(ctx, &comments, &of_comments)),
        )
        .await?;
        let shown = rows.iter().map(|row| shown(row, &met, &posts, &comments));
        Ok(shown.flatten().collect())
    }

    /// Those of the viewer's own that have these ids.
    pub async fn own(ctx: &Context<'_>, ids: &[NoticeId]) -> Result<Vec<Self>, Error> {
        if ids.is_empty() || !signed_in(ctx) {
            return Ok(Vec::new());
        }
        let permit = guard::own(ctx).await?;
        let rows = by_id(Request::of(ctx), &permit, ids).await?;
        Self::shown(ctx, &rows, &[]).await
    }

    /// Its id.
    pub fn notice_id(&self) -> NoticeId {
        self.row.id
    }
}

/// The notice, where all of it is there for the viewer: who did it, and what it is about.
fn shown(row: &NoticeRow, met: &[Met], posts: &[Post], comments: &[Comment]) -> Option<Notice> {
    let member = met.iter().find(|met| Some(met.id()) == row.sender);
    let post = |key: i64| posts.iter().find(|post| post.post_id().key() == key);
    let (post, comment) = match (row.about, row.above) {
        (None, _) => (None, None),
        (Some(about), None) => (Some(post(about)?), None),
        (Some(about), Some(above)) => {
            let mut all = comments.iter();
            let comment = all.find(|comment| comment.comment_id().key() == about)?;
            (Some(post(above)?), Some(comment))
        }
    };
    if row.sender.is_some() && member.is_none() {
        return None;
    }
    Some(Notice {
        row: row.clone(),
        member: member.cloned().map(Member::from),
        post: post.cloned().map(Box::new),
        comment: comment.cloned().map(Box::new),
    })
}

async fn by_id(
    request: &Request,
    permit: &Permit<KeepOwn>,
    ids: &[NoticeId],
) -> Result<Vec<NoticeRow>, Error> {
    let store = &request.services().store;
    let made_after = made_after(request.now());
    Ok(store
        .notices_by_id(permit, request.today(), made_after, ids)
        .await?)
}

/// Something that the viewer is told of: there as long as whoever did it exists for the viewer, and the viewer reads what
/// they wrote; for 90 days at most.
#[Object]
impl Notice {
    /// Opaque and stable.
    pub async fn id(&self) -> ID {
        self.row.id.global().into()
    }

    /// What it tells.
    async fn kind(&self) -> NoticeKind {
        self.row.kind.into()
    }

    /// What it is for.
    async fn category(&self) -> NoticeCategory {
        self.row.kind.category().into()
    }

    /// When it happened.
    async fn created_at(&self) -> DateTime<Utc> {
        time(self.row.made_at)
    }

    /// Whether the viewer has marked it as read.
    async fn read(&self) -> bool {
        !self.row.unread
    }

    /// Who did it; null where it tells of the viewer's own account.
    async fn member(&self) -> Option<Member> {
        self.member.clone()
    }

    /// The post that it is about, or on which the comment is; else null.
    async fn post(&self) -> Option<Post> {
        self.post.as_deref().cloned()
    }

    /// What was announced; else null.
    async fn announcement(&self, ctx: &Context<'_>) -> Sight<&str> {
        let text = self.row.announced.as_deref();
        let written = text.map(|text| Request::of(ctx).write_out(text).map(|()| text));
        sight(written.transpose())
    }

    /// The comment that it is about; else null.
    async fn comment(&self) -> Option<Comment> {
        self.comment.as_deref().cloned()
    }
}

/// A page of the viewer's own notices, the latest first.
pub async fn notices(
    ctx: &Context<'_>,
    first: i32,
    after: Option<String>,
    unread: bool,
) -> Result<Connection<Notice>, Error> {
    let permit = guard::own(ctx).await?;
    let request = Request::of(ctx);
    let list = List::Notices;
    let window = list.window(request, first, after.as_deref())?;
    let span = NoticeSpan {
        made_after: made_after(request.now()),
        below: window.after.map(|place| place.id),
        unread,
        ..NoticeSpan::default()
    };
    let store = &request.services().store;
    let rows = store
        .notices(&permit, request.today(), span, window.limit())
        .await?;
    let all = Notice::shown(ctx, window.page(&rows), &["edges", "node"]).await?;
    let nodes = all.into_iter().map(|notice| {
        let id = notice.row.seq;
        (Place { at: 0, id }, notice)
    });
    Ok(Connection::new(list, window, rows.len(), nodes))
}

/// How many of the viewer's own notices are not marked as read.
pub async fn unread_count(ctx: &Context<'_>) -> Result<i64, Error> {
    let permit = guard::own(ctx).await?;
    let request = Request::of(ctx);
    let store = &request.services().store;
    let made_after = made_after(request.now());
    Ok(store
        .unread_notices(&permit, request.today(), made_after)
        .await?)
}

/// A notice that has come.
#[derive(Clone, Debug)]
pub struct NoticeReceived(NoticeRow);

impl NoticeReceived {
    /// The one that came next after the number, of those that are there for the viewer at this moment.
    pub async fn after(
        request: &Request,
        permit: &Permit<KeepOwn>,
        seq: i64,
    ) -> Result<Option<(i64, Self)>, store::Error> {
        let services = request.services();
        // Not the request's time: a subscription may have waited for days.
        let now = services.clock.now();
        let span = NoticeSpan {
            made_after: made_after(now),
            above: Some(seq),
            ..NoticeSpan::default()
        };
        let store: &Store = &services.store;
        let mut next = store.notices(permit, Today::at(now), span, 1).await?;
        Ok(next.pop().map(|row| (row.seq, Self(row))))
    }
}

/// A notice that has come.
#[Object]
impl NoticeReceived {
    /// The notice.
    async fn notice(&self, ctx: &Context<'_>) -> Sight<Notice> {
        sight(
            Notice::shown(ctx, std::slice::from_ref(&self.0), &[])
                .await
                .map(|mut all| all.pop()),
        )
    }

    /// To go on from here, after the connection was lost.
    async fn cursor(&self, ctx: &Context<'_>) -> String {
        let request = Request::of(ctx);
        let place = Place {
            at: 0,
            id: self.0.seq,
        };
        List::Noticed.seal(&request.services().sealer, request.viewer(), place)
    }
}

/// Keeping one's own notices.
#[derive(Default)]
pub struct Noticing;

/// Which notices are marked as read.
#[derive(OneofObject)]
pub enum MarkNoticesReadInput {
    /// These; at most 100. What is not there for the viewer is passed over.
    Notices(Vec<ID>),
    /// This one, and all that came before it.
    UpTo(ID),
}

/// What marking notices as read answers.
#[derive(SimpleObject)]
pub struct MarkNoticesReadPayload {
    /// How many are not marked as read by now.
    unread_notice_count: Option<i64>,
    /// What can be put right. Where something is wrong, nothing was marked.
    user_errors: Vec<UserError>,
}

/// The most that one mutation marks by id.
const MOST_MARKED: usize = 100;

#[Object]
impl Noticing {
    /// Notes that the viewer has read notices.
    async fn mark_notices_read(
        &self,
        ctx: &Context<'_>,
        input: MarkNoticesReadInput,
    ) -> Sight<MarkNoticesReadPayload> {
        sight(mark_read(ctx, &input).await.map(Some))
    }
}

impl MarkNoticesReadPayload {
    fn refused(error: UserError) -> Self {
        Self {
            unread_notice_count: None,
            user_errors: vec![error],
        }
    }
}

async fn mark_read(
    ctx: &Context<'_>,
    input: &MarkNoticesReadInput,
) -> Result<MarkNoticesReadPayload, Error> {
    let permit = guard::count_act(ctx).await?;
    let request = Request::of(ctx);
    let store = &request.services().store;
    match input {
        MarkNoticesReadInput::Notices(ids) if ids.len() > MOST_MARKED => {
            return Ok(MarkNoticesReadPayload::refused(UserError::at(
                &["input", "notices"],
                Code::TooMany,
                format!("Give at most {MOST_MARKED} notices."),
            )));
        }
        MarkNoticesReadInput::Notices(ids) => {
            let ids: Vec<NoticeId> = ids
                .iter()
                .filter_map(|id| NoticeId::from_global(id))
                .collect();
            store
                .mark_notices_read(&permit, Marked::These(&ids))
                .await?;
        }
        MarkNoticesReadInput::UpTo(id) => {
            let rows = match NoticeId::from_global(id) {
                Some(id) => by_id(request, &permit, &[id]).await?,
                None => Vec::new(),
            };
            let Some(last) = rows.first() else {
                return Ok(MarkNoticesReadPayload::refused(UserError::at(
                    &["input", "upTo"],
                    Code::NotFound,
                    "There is no such notice of yours.",
                )));
            };
            store.mark_notices_read(&permit, Marked::UpTo(last)).await?;
        }
    }
    Ok(MarkNoticesReadPayload {
        unread_notice_count: Some(unread_count(ctx).await?),
        user_errors: Vec::new(),
    })
}
