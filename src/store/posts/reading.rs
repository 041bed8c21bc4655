//! Reading what stands on walls.

use std::{collections::HashMap, sync::Arc};

use diesel::sql_types::{BigInt, Integer, Text};
use diesel_async::RunQueryDsl;

use super::{EditRow, PostRow, known};
use crate::domain::age::Today;
use crate::privacy::{
    Permit,
    posts::{PostPermit, Posted, WallPermit},
    wishes::KeepOwn,
};
use crate::store::{
    Error, Store,
    conn::{Conn, on},
    error::Cause,
    lists::Place,
    statement::Statement,
    versions,
};
use crate::viewer::who::Viewer;

/// Which posts, or comments.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PostList {
    /// Those on a wall, the newest first.
    Wall(WallPermit),
    /// Comments on a post, the earliest first.
    Comments(PostPermit),
    /// Those of the viewer's penpals, wherever they stand, the newest first; the permit is for oneself.
    Feed(WallPermit),
    /// Posts that the viewer wrote, the newest first; the permit is for oneself.
    OwnPosts(WallPermit),
    /// Comments that the viewer wrote, the newest first; the permit is for oneself.
    OwnComments(WallPermit),
}

impl PostList {
    /// By which lists are put in an order that tells nothing: of what kind they are, and of whom or what.
    pub fn order(&self) -> (u8, i64) {
        let kind = match self {
            PostList::Wall(_) => 0,
            PostList::Comments(_) => 1,
            PostList::Feed(_) => 2,
            PostList::OwnPosts(_) => 3,
            PostList::OwnComments(_) => 4,
        };
        (kind, key(self))
    }
}

/// Which page of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PostWindow {
    /// Where the last page ended.
    pub after: Option<Place>,
    /// How many at most.
    pub limit: i64,
}

/// A page, in its order.
pub type PostPage = Vec<PostRow>;
/// What was read of what was permitted: who is absent has changed since the decision, or is gone.
pub type Bodies = HashMap<i64, Arc<str>>;
/// How many comments on each post the viewer may know of; on those alone that have any.
pub type Counts = HashMap<i64, i64>;

/// How many lists are read in one statement at most.
const MOST_LISTS: usize = 100;

fn mixed() -> Error {
    Error::Broken(Cause::new("permits of several viewers"))
}

fn key(list: &PostList) -> i64 {
    match list {
        PostList::Wall(permit)
        | PostList::Feed(permit)
        | PostList::OwnPosts(permit)
        | PostList::OwnComments(permit) => permit.wall().key(),
        PostList::Comments(permit) => permit.written().posted.key,
    }
}

fn viewer_of(list: &PostList) -> Viewer {
    match list {
        PostList::Wall(permit)
        | PostList::Feed(permit)
        | PostList::OwnPosts(permit)
        | PostList::OwnComments(permit) => permit.viewer(),
        PostList::Comments(permit) => permit.viewer(),
    }
}

impl<R> Statement<R> {
    /// A page of a list.
    fn page(
        &mut self,
        viewer: Viewer,
        today: Today,
        list: &PostList,
        window: PostWindow,
    ) -> &mut Self {
        self.posts(viewer, today);
        let of = key(list);
        match list {
            PostList::Wall(_) => self
                .sql(" AND p.parent_id IS NULL AND p.wall_id = ")
                .big_int(of),
            PostList::Comments(_) => self.sql(" AND p.parent_id = ").big_int(of),
            PostList::Feed(_) => self
                .sql(
                    " AND p.parent_id IS NULL AND p.author_id IN (SELECT b.penpal_id FROM bonds b \
                     WHERE b.member_id = ",
                )
                .big_int(of)
                .sql(")"),
            PostList::OwnPosts(_) => self
                .sql(" AND p.parent_id IS NULL AND p.author_id = ")
                .big_int(of),
            PostList::OwnComments(_) => self
                .sql(" AND p.parent_id IS NOT NULL AND p.author_id = ")
                .big_int(of),
        };
        let earliest_first = matches!(list, PostList::Comments(_));
        let (beyond, order) = if earliest_first {
            (">", "")
        } else {
            ("<", " DESC")
        };
        if let Some(place) = window.after {
            self.sql(format!(" AND (p.written_at, p.id) {beyond} ("))
                .big_int(place.at)
                .sql(", ")
                .big_int(place.id)
                .sql(")");
        }
        self.sql(format!(" ORDER BY p.written_at{order}, p.id{order} LIMIT "))
            .big_int(window.limit)
    }
}

impl Store {
    /// A page of each of these lists, in their order; one statement for a hundred of them.
    ///
    /// # Errors
    ///
    /// [`Error::Broken`] when permits of several viewers are among them.
    pub async fn posts(
        &self,
        viewer: Viewer,
        today: Today,
        lists: &[PostList],
        window: PostWindow,
    ) -> Result<Vec<PostPage>, Error> {
        if lists.iter().any(|list| viewer_of(list) != viewer) {
            return Err(mixed());
        }
        let mut pages = vec![PostPage::new(); lists.len()];
        let conn = self.conn().await?;
        for (chunk, pages) in lists.chunks(MOST_LISTS).zip(pages.chunks_mut(MOST_LISTS)) {
            let mut statement = Statement::<(Integer, known::Row)>::new(conn.dialect());
            if chunk.len() > 1 {
                // A text for each number of them.
                statement.in_passing();
            }
            for (nth, list) in chunk.iter().enumerate() {
                statement
                    .sql(if nth == 0 { "" } else { " UNION ALL " })
                    .sql("SELECT ")
                    .integer(i32::try_from(nth).unwrap_or_default())
                    .sql(" + 0 AS nth, of_one.* FROM (")
                    .page(viewer, today, list, window)
                    .sql(") AS of_one");
            }
            let rows: Vec<(i32, known::Loaded)> = on!(&conn, c => statement.load(c).await)?;
            for (nth, row) in rows {
                if let Some(page) = pages.get_mut(usize::try_from(nth).unwrap_or(usize::MAX)) {
                    page.push(known::row(row));
                }
            }
        }
        for (list, page) in lists.iter().zip(&mut pages) {
            page.sort_by_key(|row| (row.written_at, row.written.posted.key));
            if !matches!(list, PostList::Comments(_)) {
                page.reverse();
            }
        }
        Ok(pages)
    }

    /// Those posts and comments of these keys of which the viewer may know, in any order.
    pub async fn posts_by_key(
        &self,
        viewer: Viewer,
        today: Today,
        keys: &[i64],
    ) -> Result<PostPage, Error> {
        by_key(&self.conn().await?, viewer, today, keys).await
    }

    /// What is said by those that were permitted, and have not changed since.
    ///
    /// # Errors
    ///
    /// [`Error::Broken`] when permits of several viewers are among them.
    pub async fn post_bodies(
        &self,
        viewer: Viewer,
        permits: &[PostPermit],
    ) -> Result<Bodies, Error> {
        if permits.iter().any(|permit| permit.viewer() != viewer) {
            return Err(mixed());
        }
        let conn = self.conn().await?;
        let mut statement = Statement::<(BigInt, Text)>::new(conn.dialect());
        statement
            .sql("SELECT p.id, p.body FROM ")
            .numbers(&KEY, &permits.iter().map(numbers).collect::<Vec<_>>())
            .sql(
                " AS k JOIN posts p ON p.id = k.id AND p.audience = k.audience AND p.chosen_at = k.chosen_at \
                 JOIN standings s ON s.member_id = p.author_id AND s.privacy_version = k.author_version",
            );
        if let Viewer::Member(me) = viewer {
            statement
                .sql(" JOIN standings v ON v.privacy_version = k.viewer_version AND v.member_id = ")
                .big_int(me.key());
        }
        statement
            .sql(
                " LEFT JOIN posts q ON q.id = p.parent_id WHERE (k.wall_version = 0 OR EXISTS (SELECT 1 FROM standings w \
                 WHERE w.member_id = p.wall_id AND w.privacy_version = k.wall_version)) \
                 AND (k.parent_version = 0 OR q.audience = k.parent_audience AND q.chosen_at = k.parent_chosen_at \
                 AND EXISTS (SELECT 1 FROM standings t WHERE t.member_id = q.author_id \
                 AND t.privacy_version = k.parent_version)) AND (k.since_then = 0 OR ",
            )
            // A bond may have ended and begun anew between the page and the facts.
            .since_then("p", viewer)
            .sql(") AND (k.parent_since_then = 0 OR ")
            .since_then("q", viewer)
            .sql(")");
        let rows: Vec<(i64, String)> = on!(&conn, c => statement.load(c).await)?;
        Ok(rows
            .into_iter()
            .map(|(id, body)| (id, body.into()))
            .collect())
    }

    /// How many comments on each of these posts the viewer may know of.
    ///
    /// # Errors
    ///
    /// [`Error::Broken`] when permits of several viewers are among them.
    pub async fn comment_counts(
        &self,
        viewer: Viewer,
        today: Today,
        permits: &[PostPermit],
    ) -> Result<Counts, Error> {
        if permits.iter().any(|permit| permit.viewer() != viewer) {
            return Err(mixed());
        }
        let keys: Vec<i64> = permits.iter().map(|it| it.written().posted.key).collect();
        let conn = self.conn().await?;
        let mut statement = Statement::<(BigInt, BigInt)>::new(conn.dialect());
        statement
            .sql("SELECT p.parent_id, count(*)")
            .known_posts(viewer, today)
            .sql(" AND p.parent_id")
            .in_ids(&keys)
            .sql(" GROUP BY p.parent_id");
        let rows: Vec<(i64, i64)> = on!(&conn, c => statement.load(c).await)?;
        Ok(rows.into_iter().collect())
    }

    /// What one of the viewer's own said before it was edited, the earliest first.
    pub async fn post_edits(
        &self,
        permit: &Permit<KeepOwn>,
        key: i64,
    ) -> Result<Vec<EditRow>, Error> {
        let me = versions::owner(permit)?;
        let conn = self.conn().await?;
        let mut statement = Statement::<(BigInt, Text)>::new(conn.dialect());
        statement
            .sql(
                "SELECT e.written_at, e.body FROM posts p JOIN post_edits e ON e.post_id = p.id WHERE p.id = ",
            )
            .big_int(key)
            .sql(" AND p.author_id = ")
            .big_int(me.key())
            .sql(" ORDER BY e.nth");
        let rows: Vec<(i64, String)> = on!(&conn, c => statement.load(c).await)?;
        let row = |(written_at, text): (i64, String)| EditRow {
            written_at,
            text: text.into(),
        };
        Ok(rows.into_iter().map(row).collect())
    }
}

/// Those posts and comments of these keys of which the viewer may know, as the connection sees it now.
pub(super) async fn by_key(
    conn: &Conn,
    viewer: Viewer,
    today: Today,
    keys: &[i64],
) -> Result<PostPage, Error> {
    let mut statement = Statement::<known::Row>::new(conn.dialect());
    statement.posts(viewer, today).sql(" AND p.id").in_ids(keys);
    let rows: Vec<known::Loaded> = on!(conn, c => statement.load(c).await)?;
    Ok(rows.into_iter().map(known::row).collect())
}

/// The columns of a permit's key.
const KEY: [&str; 11] = [
    "id",
    "author_version",
    "viewer_version",
    "wall_version",
    "parent_version",
    "audience",
    "chosen_at",
    "since_then",
    "parent_audience",
    "parent_chosen_at",
    "parent_since_then",
];

fn numbers(permit: &PostPermit) -> [i64; 11] {
    let (written, versions) = (permit.written(), permit.versions());
    // What one wrote oneself does not depend on any audience but its own.
    let depends = |posted: &Posted| !permit.own() && posted.since_then;
    let parent = written.parent.filter(|_| !permit.own());
    [
        written.posted.key,
        versions.author,
        versions.viewer,
        versions.wall,
        versions.parent,
        i64::from(written.posted.audience.code()),
        written.posted.chosen_at,
        i64::from(depends(&written.posted)),
        parent.map_or(0, |parent| i64::from(parent.audience.code())),
        parent.map_or(0, |parent| parent.chosen_at),
        i64::from(parent.as_ref().is_some_and(depends)),
    ]
}
