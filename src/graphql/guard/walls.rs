//! Leave to read what stands on walls.

use std::sync::Arc;

use async_graphql::Context;
use futures_util::future::try_join;

use super::{Foreseen, Met, meet_all};
use crate::domain::id::MemberId;
use crate::graphql::{
    context::Request,
    error::Error,
    loaders::{Body, Look},
};
use crate::privacy::{
    Case, Depth,
    posts::{PostPermit, WallPermit},
};
use crate::store::posts::{PostList, PostPage, PostRow, PostWindow};

/// Something on a wall that the viewer has leave to read.
///
/// It comes from [`readable`] alone.
#[derive(Clone, Debug)]
pub struct Readable {
    permit: PostPermit,
    row: PostRow,
    author: Met,
    wall: Option<Met>,
}

impl Readable {
    /// The leave.
    pub const fn permit(&self) -> PostPermit {
        self.permit
    }

    /// What is there, but for what it says.
    pub const fn row(&self) -> &PostRow {
        &self.row
    }

    /// Who wrote it.
    pub const fn author(&self) -> &Met {
        &self.author
    }

    /// Whose wall it is; nothing where they do not exist for the viewer, who wrote it.
    pub const fn wall(&self) -> Option<&Met> {
        self.wall.as_ref()
    }
}

/// Who must be looked at before something is read: who wrote it, and who wrote the post that it is a comment on.
fn writers(rows: &[PostRow]) -> Vec<MemberId> {
    let parents = rows.iter().filter_map(|row| row.written.parent);
    let authors = rows.iter().map(|row| row.written.posted.author);
    distinct(authors.chain(parents.map(|parent| parent.author)))
}

fn distinct(members: impl Iterator<Item = MemberId>) -> Vec<MemberId> {
    let mut members: Vec<MemberId> = members.collect();
    members.sort_unstable();
    members.dedup();
    members
}

/// Those of `rows` that the viewer has leave to read, in the same order, with what is foreseen of their authors and of
/// the walls' owners read ahead.
pub async fn readable(
    ctx: &Context<'_>,
    rows: &[PostRow],
    (of_authors, of_walls): (&Foreseen, &Foreseen),
) -> Result<Vec<Readable>, Error> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let authors = writers(rows);
    let walls = distinct(rows.iter().map(|row| row.written.wall));
    let (authors, walls) = try_join(
        meet_all(ctx, &authors, of_authors),
        meet_all(ctx, &walls, of_walls),
    )
    .await?;
    let find = |all: &[Met], id| all.iter().find(|met| met.id() == id).cloned();
    let case = |id| {
        let mut all = authors.iter().chain(&walls);
        all.find(|met| met.id() == id).map(Met::case)
    };
    let read = |row: &PostRow| {
        let permit = PostPermit::ask(row.written, case).ok()?;
        Some(Readable {
            permit,
            row: *row,
            author: find(&authors, row.written.posted.author)?,
            wall: find(&walls, row.written.wall),
        })
    };
    Ok(rows.iter().filter_map(read).collect())
}

/// A page of a list of what stands on walls.
pub async fn posts(
    ctx: &Context<'_>,
    list: PostList,
    window: PostWindow,
) -> Result<Arc<PostPage>, Error> {
    Ok(Request::of(ctx).loaders().posts(list, window).await?)
}

/// Leave to look at the wall of `met`.
pub fn wall(met: &Met) -> Option<WallPermit> {
    WallPermit::ask(met.case()).ok()
}

/// What something on a wall says: nothing where it, or settings, have changed, so that the viewer may read it no more.
pub async fn post_body(ctx: &Context<'_>, readable: &Readable) -> Result<Option<Arc<str>>, Error> {
    let request = Request::of(ctx);
    match request.loaders().post_body(readable.permit).await? {
        Body::Text(text) => return Ok(Some(text)),
        Body::TooMuch => return Err(Error::TooLong),
        Body::Changed => {}
    }
    let (viewer, today) = (request.viewer(), request.today());
    let store = &request.services().store;
    let key = readable.row.written.posted.key;
    let Some(row) = store.posts_by_key(viewer, today, &[key]).await?.pop() else {
        return Ok(None);
    };
    let mut behind = writers(std::slice::from_ref(&row));
    behind.push(row.written.wall);
    let loaders = request.loaders();
    let cases = loaders.cases(&behind, Look::Second, Depth::Seeing).await?;
    let case = |id| cases.iter().find(|case: &&Case| case.subject() == id);
    let Ok(permit) = PostPermit::ask(row.written, case) else {
        return Ok(None);
    };
    let mut found = store.post_bodies(viewer, &[permit]).await?;
    Ok(found.remove(&key))
}

/// How many comments on a post the viewer may know of.
pub async fn comment_count(ctx: &Context<'_>, readable: &Readable) -> Result<i64, Error> {
    let loaders = Request::of(ctx).loaders();
    Ok(loaders.comment_count(readable.permit).await?)
}
