//! Writing on walls.

use diesel::{ExpressionMethods, OptionalExtension, QueryDsl};
use diesel_async::RunQueryDsl;

use super::reading;
use crate::domain::{
    age::Today,
    id::{CommentId, MemberId, NoticeId, PostId},
    notice::NoticeKind,
    wall::{MOST_EDITS, PostText, WallAudience},
};
use crate::privacy::{
    Permit,
    posts::Written,
    wishes::{self, KeepOwn},
};
use crate::store::{
    Conflict, Error, Store,
    bell::Topic,
    conn::{Conn, on},
    notices,
    tables::{post_edits, posts},
    versions,
};
use crate::viewer::who::Viewer;

/// On whose wall something is written; a permit of its own for what is written.
#[derive(Debug)]
pub enum Wall<'a, W> {
    /// The viewer's own.
    Own(&'a Permit<KeepOwn>),
    /// Another's.
    Of(&'a Permit<W>),
}

impl<W> Wall<'_, W> {
    /// Locks both, makes sure that the decision still stands, and tells who writes on whose.
    async fn hold(&self, tx: &mut Conn) -> Result<(MemberId, MemberId), Error> {
        match self {
            Wall::Own(permit) => {
                let me = versions::owner(permit)?;
                versions::hold_own(tx, me).await?;
                Ok((me, me))
            }
            Wall::Of(permit) => {
                versions::hold(tx, permit).await?;
                match permit.viewer() {
                    Viewer::Member(me) => Ok((me, permit.subject())),
                    Viewer::Visitor => Err(Error::Missing),
                }
            }
        }
    }
}

/// What is written.
#[derive(Debug)]
pub struct Post<'a> {
    /// What it says.
    pub text: &'a PostText,
    /// For whom.
    pub audience: WallAudience,
    /// The ids of the notices by which others are told of it.
    pub notices: [NoticeId; 2],
    /// When, in milliseconds since the Unix epoch.
    pub now: i64,
}

/// A change of what one wrote.
#[derive(Debug)]
pub struct Edit<'a> {
    /// What it says from now on.
    pub text: Option<&'a PostText>,
    /// For whom it is from now on.
    pub audience: Option<WallAudience>,
    /// What it said, and for whom it was, when it was judged whether it may be edited so.
    pub judged: (&'a str, WallAudience),
    /// When, in milliseconds since the Unix epoch.
    pub now: i64,
}

impl Store {
    /// Writes a post. The wall's owner is told of another's.
    ///
    /// # Errors
    ///
    /// [`Conflict::Stale`] when the decision no longer stands.
    pub async fn post(
        &self,
        wall: Wall<'_, wishes::Post>,
        id: PostId,
        post: &Post<'_>,
    ) -> Result<(), Error> {
        let mut tx = self.begin().await?;
        let outcome = async {
            let (me, owner) = wall.hold(&mut tx).await?;
            write(&tx, (me, owner), id.key(), None, post).await?;
            if owner == me {
                return Ok(None);
            }
            let [notice, _] = post.notices;
            let new = news(me, NoticeKind::WallPost, id.key(), notice, post.now);
            // A penpal's post is read by the wall's owner.
            notices::tell(&tx, owner.key(), new, true).await?;
            Ok(Some(owner))
        }
        .await;
        if let Some(told) = tx.settle(outcome).await? {
            self.bell.ring_for(Topic::Notices(told));
        }
        Ok(())
    }

    /// Writes a comment on a post of which the viewer may know, on the wall of which the permit is. The post's author and
    /// the wall's owner are told, where they read it.
    ///
    /// # Errors
    ///
    /// [`Conflict::Stale`] when the decision no longer stands, [`Error::Missing`] where there is no such post.
    pub async fn comment(
        &self,
        wall: Wall<'_, wishes::Comment>,
        today: Today,
        on: PostId,
        id: CommentId,
        comment: &Post<'_>,
    ) -> Result<(), Error> {
        let mut tx = self.begin().await?;
        let outcome = async {
            let (me, owner) = wall.hold(&mut tx).await?;
            let known = known(&tx, me, today, on.key()).await?;
            if known.wall != owner || known.parent.is_some() {
                return Err(Error::Missing);
            }
            write(&tx, (me, owner), id.key(), Some(on.key()), comment).await?;
            let mut told = vec![known.posted.author, owner];
            told.sort_unstable();
            told.dedup();
            told.retain(|it| *it != me);
            for (to, notice) in told.iter().zip(comment.notices) {
                let new = news(me, NoticeKind::Comment, id.key(), notice, comment.now);
                let reads = reading::by_key(&tx, Viewer::Member(*to), today, &[id.key()]).await?;
                notices::tell(&tx, to.key(), new, !reads.is_empty()).await?;
            }
            Ok(told)
        }
        .await;
        for told in tx.settle(outcome).await? {
            self.bell.ring_for(Topic::Notices(told));
        }
        Ok(())
    }

    /// Changes a post, or else a comment, that the viewer wrote.
    ///
    /// # Errors
    ///
    /// [`Error::Missing`] where there is none, [`Conflict::Full`] when it was edited [`MOST_EDITS`] times.
    pub async fn edit_post(
        &self,
        permit: &Permit<KeepOwn>,
        key: i64,
        comment: bool,
        edit: &Edit<'_>,
    ) -> Result<(), Error> {
        let me = versions::owner(permit)?;
        let mut tx = self.begin().await?;
        let outcome = async {
            versions::hold_own(&mut tx, me).await?;
            change(&tx, me, key, comment, edit).await
        }
        .await;
        tx.settle(outcome).await
    }

    /// Deletes a post, or else a comment, with all that hangs on it: one that the viewer wrote, or one that they know of
    /// on their own wall.
    ///
    /// # Errors
    ///
    /// [`Error::Missing`] where there is none.
    pub async fn delete_post(
        &self,
        permit: &Permit<KeepOwn>,
        today: Today,
        key: i64,
        comment: bool,
    ) -> Result<(), Error> {
        let me = versions::owner(permit)?;
        let mut tx = self.begin().await?;
        let outcome = async {
            versions::hold_own(&mut tx, me).await?;
            let known = known(&tx, me, today, key).await?;
            if known.parent.is_some() != comment || me != known.posted.author && me != known.wall {
                return Err(Error::Missing);
            }
            on!(&tx, c => diesel::delete(posts::table.find(key)).execute(c).await)?;
            Ok(())
        }
        .await;
        tx.settle(outcome).await
    }
}

/// That somebody wrote something.
fn news(by: MemberId, kind: NoticeKind, about: i64, id: NoticeId, now: i64) -> notices::New {
    notices::New {
        sender: Some(by.key()),
        about: Some(about),
        ..notices::New::of(id, kind, now)
    }
}

/// What stands on a wall, where the member may know of it now.
async fn known(tx: &Conn, me: MemberId, today: Today, key: i64) -> Result<Written, Error> {
    let rows = reading::by_key(tx, Viewer::Member(me), today, &[key]).await?;
    let row = rows.into_iter().next().ok_or(Error::Missing)?;
    Ok(row.written)
}

async fn write(
    tx: &Conn,
    (author, wall): (MemberId, MemberId),
    key: i64,
    parent: Option<i64>,
    post: &Post<'_>,
) -> Result<(), Error> {
    on!(tx, c => diesel::insert_into(posts::table)
        .values((
            posts::id.eq(key),
            posts::wall_id.eq(wall.key()),
            posts::author_id.eq(author.key()),
            posts::parent_id.eq(parent),
            posts::written_at.eq(post.now),
            posts::audience.eq(post.audience.code()),
            posts::chosen_at.eq(post.now),
            posts::body.eq(post.text.as_str()),
        ))
        .execute(c)
        .await)?;
    Ok(())
}

async fn change(
    tx: &Conn,
    me: MemberId,
    key: i64,
    comment: bool,
    edit: &Edit<'_>,
) -> Result<(), Error> {
    type Row = (Option<i64>, i64, Option<i64>, String, i16);
    let row: Option<Row> = on!(tx, c => posts::table
        .find(key)
        .filter(posts::author_id.eq(me.key()))
        .select((
            posts::parent_id,
            posts::written_at,
            posts::edited_at,
            posts::body,
            posts::audience,
        ))
        .first(c)
        .await
        .optional())?;
    let row = row.filter(|row| row.0.is_some() == comment);
    let Some((_, written_at, edited_at, said, audience)) = row else {
        return Err(Error::Missing);
    };
    if (said.as_str(), audience) != (edit.judged.0, edit.judged.1.code()) {
        return Err(Error::Conflict(Conflict::Stale));
    }
    if let Some(text) = edit.text.filter(|text| text.as_str() != said) {
        let before: i64 = on!(tx, c => post_edits::table
            .filter(post_edits::post_id.eq(key))
            .count()
            .get_result(c)
            .await)?;
        let nth = i32::try_from(before).unwrap_or(i32::MAX);
        if nth >= MOST_EDITS {
            return Err(Error::Conflict(Conflict::Full));
        }
        on!(tx, c => diesel::insert_into(post_edits::table)
            .values((
                post_edits::post_id.eq(key),
                post_edits::nth.eq(nth),
                post_edits::written_at.eq(edited_at.unwrap_or(written_at)),
                post_edits::body.eq(&said),
            ))
            .execute(c)
            .await)?;
        on!(tx, c => diesel::update(posts::table.find(key))
            .set((posts::body.eq(text.as_str()), posts::edited_at.eq(edit.now)))
            .execute(c)
            .await)?;
    }
    if let Some(audience) = edit.audience {
        on!(tx, c => diesel::update(posts::table.find(key))
            .set((posts::audience.eq(audience.code()), posts::chosen_at.eq(edit.now)))
            .execute(c)
            .await)?;
    }
    Ok(())
}
