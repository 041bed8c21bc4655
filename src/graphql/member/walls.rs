//! What stands on walls, as the viewer may read it.

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, Object, SimpleObject};
use chrono::{DateTime, Utc};

use super::{
    connection::{Connection, List, Listed, Window},
    foresight::foresee,
    members::{Member, page_cost},
    query::signed_in,
};
use crate::domain::{
    id::{CommentId, PostId},
    wall,
};
use crate::graphql::{
    context::{Request, time},
    error::Error,
    guard::{self, Foreseen, Met, Readable, Sight, sight},
};
use crate::privacy::posts::WallPermit;
use crate::store::{
    lists::Place,
    posts::{PostList, PostRow, PostWindow},
};

/// For whom something on a wall is, of those for whom its author and the wall's owner exist (policy clause C46).
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "wall::WallAudience")]
pub enum WallAudience {
    /// Who is a penpal of the wall's owner, and was when this was chosen: nobody who becomes one later.
    PenpalsNow,
    /// Whoever is a penpal of the wall's owner when they look.
    Penpals,
    /// Members.
    Members,
    /// Visitors too.
    Public,
}

/// A post on a wall that the viewer may read.
#[derive(Clone, Debug)]
pub struct Post(Readable);

/// A comment on a post that the viewer may read.
#[derive(Clone, Debug)]
pub struct Comment(Readable);

impl Listed for Post {
    const CONNECTION: &'static str = "PostConnection";
    const EDGE: &'static str = "PostEdge";
}

impl Listed for Comment {
    const CONNECTION: &'static str = "CommentConnection";
    const EDGE: &'static str = "CommentEdge";
}

/// What one's own post or comment said before it was edited.
#[derive(SimpleObject)]
pub struct PostEdit {
    /// What it said.
    text: String,
    /// When that was written.
    written_at: DateTime<Utc>,
}

/// What the fields below something on a wall ask of its author and of the wall's owner.
struct Behind(Foreseen, Foreseen);

impl Behind {
    /// Of what stands at `path` below the field that is being resolved.
    fn of(ctx: &Context<'_>, path: &[&str]) -> Self {
        let below = |name| foresee(ctx, &[path, &[name]].concat(), None);
        Self(below("author"), below("wall"))
    }

    async fn read(&self, ctx: &Context<'_>, rows: &[PostRow]) -> Result<Vec<Readable>, Error> {
        guard::readable(ctx, rows, (&self.0, &self.1)).await
    }
}

/// Those of these keys that the viewer may read, posts or comments, as they stand at `path`.
async fn by_key(ctx: &Context<'_>, keys: &[i64], path: &[&str]) -> Result<Vec<Readable>, Error> {
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    let request = Request::of(ctx);
    let store = &request.services().store;
    let rows = store
        .posts_by_key(request.viewer(), request.today(), keys)
        .await?;
    Behind::of(ctx, path).read(ctx, &rows).await
}

fn key(readable: &Readable) -> i64 {
    readable.row().written.posted.key
}

async fn text(ctx: &Context<'_>, readable: &Readable) -> Result<Option<String>, Error> {
    let Some(text) = guard::post_body(ctx, readable).await? else {
        return Ok(None);
    };
    Request::of(ctx).write_out(&text)?;
    Ok(Some(text.to_string()))
}

fn audience(readable: &Readable) -> Option<WallAudience> {
    let own = readable.permit().own();
    own.then(|| readable.row().written.posted.audience.into())
}

async fn edits(ctx: &Context<'_>, readable: &Readable) -> Result<Option<Vec<PostEdit>>, Error> {
    if !readable.permit().own() {
        return Ok(None);
    }
    let request = Request::of(ctx);
    let permit = guard::own(ctx).await?;
    let store = &request.services().store;
    let rows = store.post_edits(&permit, key(readable)).await?;
    let mut edits = Vec::with_capacity(rows.len());
    for row in rows {
        request.write_out(&row.text)?;
        edits.push(PostEdit {
            text: row.text.to_string(),
            written_at: time(row.written_at),
        });
    }
    Ok(Some(edits))
}

/// What something says that the viewer wrote, and for whom it is; nothing where they did not.
pub async fn own(
    ctx: &Context<'_>,
    key: i64,
) -> Result<Option<(String, wall::WallAudience)>, Error> {
    let found = by_key(ctx, &[key], &[]).await?;
    let Some(own) = found.iter().find(|it| it.permit().own()) else {
        return Ok(None);
    };
    let audience = own.row().written.posted.audience;
    let text = guard::post_body(ctx, own).await?;
    Ok(text.map(|text| (text.to_string(), audience)))
}

impl Post {
    /// Those of these ids that the viewer may read.
    pub async fn by_id(
        ctx: &Context<'_>,
        ids: &[PostId],
        path: &[&str],
    ) -> Result<Vec<Self>, Error> {
        let keys: Vec<i64> = ids.iter().map(|id| id.key()).collect();
        let found = by_key(ctx, &keys, path).await?.into_iter();
        let posts = found.filter(|it| it.row().written.parent.is_none());
        Ok(posts.map(Self).collect())
    }

    /// Its id.
    pub fn post_id(&self) -> PostId {
        PostId::from_key(key(&self.0))
    }

    /// Whose wall it stands on; nothing where they do not exist for the viewer.
    pub fn on(&self) -> Option<&Met> {
        self.0.wall()
    }
}

/// A post on a wall that the viewer may read.
#[Object]
impl Post {
    /// Opaque and stable.
    pub async fn id(&self) -> ID {
        self.post_id().global().into()
    }

    /// Who wrote it.
    async fn author(&self) -> Member {
        self.0.author().clone().into()
    }

    /// Whose wall it stands on; null where they do not exist for the viewer, who wrote it.
    async fn wall(&self) -> Option<Member> {
        self.0.wall().cloned().map(Member::from)
    }

    /// What it says. Null only when it ceased to be there for the viewer while the answer was made.
    async fn text(&self, ctx: &Context<'_>) -> Sight<String> {
        sight(text(ctx, &self.0).await)
    }

    /// For whom it is, where the viewer wrote it; else null.
    async fn audience(&self) -> Option<WallAudience> {
        audience(&self.0)
    }

    /// When it was written.
    async fn written_at(&self) -> DateTime<Utc> {
        time(self.0.row().written_at)
    }

    /// When it was edited last; null where it was not.
    async fn edited_at(&self) -> Option<DateTime<Utc>> {
        self.0.row().edited_at.map(time)
    }

    /// What it said before, the earliest first, where the viewer wrote it; else null. At most 50.
    #[graphql(complexity = "10 + child_complexity")]
    async fn edits(&self, ctx: &Context<'_>) -> Sight<Vec<PostEdit>> {
        sight(edits(ctx, &self.0).await)
    }

    /// Comments that the viewer may read, the earliest first.
    #[graphql(complexity = "1 + page_cost(first) * child_complexity")]
    async fn comments(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many at most, from 1 to 100.")] first: i32,
        #[graphql(desc = "Only those after this cursor.")] after: Option<String>,
    ) -> Sight<Connection<Comment>> {
        let list = List::Comments(self.post_id());
        let of = PostList::Comments(self.0.permit());
        let page = page(ctx, list, of, first, after).await;
        sight(page.map(|page| Some(page.connection(Comment))))
    }

    /// How many comments the viewer may read.
    async fn comment_count(&self, ctx: &Context<'_>) -> Sight<i64> {
        sight(guard::comment_count(ctx, &self.0).await.map(Some))
    }
}

impl Comment {
    /// Those of these ids that the viewer may read.
    pub async fn by_id(
        ctx: &Context<'_>,
        ids: &[CommentId],
        path: &[&str],
    ) -> Result<Vec<Self>, Error> {
        let keys: Vec<i64> = ids.iter().map(|id| id.key()).collect();
        let found = by_key(ctx, &keys, path).await?.into_iter();
        let comments = found.filter(|it| it.row().written.parent.is_some());
        Ok(comments.map(Self).collect())
    }

    /// Its id.
    pub fn comment_id(&self) -> CommentId {
        CommentId::from_key(key(&self.0))
    }
}

/// A comment on a post that the viewer may read.
#[Object]
impl Comment {
    /// Opaque and stable.
    pub async fn id(&self) -> ID {
        self.comment_id().global().into()
    }

    /// The id of the post that it is on.
    async fn post_id(&self) -> Option<ID> {
        let parent = self.0.row().written.parent?;
        Some(PostId::from_key(parent.key).global().into())
    }

    /// Who wrote it.
    async fn author(&self) -> Member {
        self.0.author().clone().into()
    }

    /// Whose wall it stands on; null where they do not exist for the viewer, who wrote it.
    async fn wall(&self) -> Option<Member> {
        self.0.wall().cloned().map(Member::from)
    }

    /// What it says. Null only when it ceased to be there for the viewer while the answer was made.
    async fn text(&self, ctx: &Context<'_>) -> Sight<String> {
        sight(text(ctx, &self.0).await)
    }

    /// For whom it is, where the viewer wrote it; else null.
    async fn audience(&self) -> Option<WallAudience> {
        audience(&self.0)
    }

    /// When it was written.
    async fn written_at(&self) -> DateTime<Utc> {
        time(self.0.row().written_at)
    }

    /// When it was edited last; null where it was not.
    async fn edited_at(&self) -> Option<DateTime<Utc>> {
        self.0.row().edited_at.map(time)
    }

    /// What it said before, the earliest first, where the viewer wrote it; else null. At most 50.
    #[graphql(complexity = "10 + child_complexity")]
    async fn edits(&self, ctx: &Context<'_>) -> Sight<Vec<PostEdit>> {
        sight(edits(ctx, &self.0).await)
    }
}

/// A page of what stands on walls.
struct Page {
    list: List,
    window: Window,
    read: usize,
    readable: Vec<Readable>,
}

impl Page {
    fn connection<T: Listed>(self, of: impl Fn(Readable) -> T) -> Connection<T> {
        let nodes = self.readable.into_iter().map(|readable| {
            let place = Place {
                at: readable.row().written_at,
                id: key(&readable),
            };
            (place, of(readable))
        });
        Connection::new(self.list, self.window, self.read, nodes)
    }
}

async fn page(
    ctx: &Context<'_>,
    list: List,
    of: PostList,
    first: i32,
    after: Option<String>,
) -> Result<Page, Error> {
    let window = list.window(Request::of(ctx), first, after.as_deref())?;
    let wanted = PostWindow {
        after: window.after,
        limit: window.limit(),
    };
    let rows: Arc<Vec<PostRow>> = guard::posts(ctx, of, wanted).await?;
    let behind = Behind::of(ctx, &["edges", "node"]);
    let readable = behind.read(ctx, window.page(&rows)).await?;
    Ok(Page {
        list,
        window,
        read: rows.len(),
        readable,
    })
}

/// A page of the wall of `met`, the newest first.
pub async fn wall_of(
    ctx: &Context<'_>,
    met: &Met,
    first: i32,
    after: Option<String>,
) -> Result<Option<Connection<Post>>, Error> {
    let Some(permit) = guard::wall(met) else {
        return Ok(None);
    };
    let page = page(
        ctx,
        List::Wall(met.id()),
        PostList::Wall(permit),
        first,
        after,
    );
    Ok(Some(page.await?.connection(Post)))
}

/// Leave for the viewer to look at what is theirs, or nothing for a visitor.
async fn oneself(ctx: &Context<'_>) -> Result<Option<WallPermit>, Error> {
    if !signed_in(ctx) {
        return Ok(None);
    }
    Ok(guard::wall(&guard::oneself(ctx, &[]).await?))
}

/// A page of what the viewer's penpals posted, the newest first.
pub async fn feed(
    ctx: &Context<'_>,
    first: i32,
    after: Option<String>,
) -> Result<Option<Connection<Post>>, Error> {
    let Some(permit) = oneself(ctx).await? else {
        return Ok(None);
    };
    let page = page(ctx, List::Feed, PostList::Feed(permit), first, after);
    Ok(Some(page.await?.connection(Post)))
}

/// A page of the viewer's own posts, the newest first.
pub async fn own_posts(
    ctx: &Context<'_>,
    first: i32,
    after: Option<String>,
) -> Result<Option<Connection<Post>>, Error> {
    let Some(permit) = oneself(ctx).await? else {
        return Ok(None);
    };
    let page = page(
        ctx,
        List::OwnPosts,
        PostList::OwnPosts(permit),
        first,
        after,
    );
    Ok(Some(page.await?.connection(Post)))
}

/// A page of the viewer's own comments, the newest first.
pub async fn own_comments(
    ctx: &Context<'_>,
    first: i32,
    after: Option<String>,
) -> Result<Option<Connection<Comment>>, Error> {
    let Some(permit) = oneself(ctx).await? else {
        return Ok(None);
    };
    let page = page(
        ctx,
        List::OwnComments,
        PostList::OwnComments(permit),
        first,
        after,
    );
    Ok(Some(page.await?.connection(Comment)))
}
