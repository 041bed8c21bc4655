//! The rules of who may read what stands on a wall, in SQL: the same as [`PostPermit`](crate::privacy::posts::PostPermit)
//! decides again over what comes of them.

use diesel::sql_types::{BigInt, Bool, Nullable, SmallInt};

use super::PostRow;
use crate::domain::{age::Today, id::MemberId, wall::WallAudience};
use crate::privacy::posts::{Posted, Written};
use crate::store::statement::Statement;
use crate::viewer::who::Viewer;

type Half = (BigInt, BigInt, SmallInt, BigInt, Bool, Bool);
type OtherHalf = (
    Nullable<BigInt>,
    Nullable<BigInt>,
    Nullable<SmallInt>,
    Nullable<BigInt>,
    Nullable<Bool>,
    Nullable<Bool>,
);

/// The columns of [`Statement::posts`].
pub(super) type Row = (Half, (BigInt, BigInt, Nullable<BigInt>), OtherHalf);
/// What is loaded of them.
pub(super) type Loaded = (
    (i64, i64, i16, i64, bool, bool),
    (i64, i64, Option<i64>),
    (
        Option<i64>,
        Option<i64>,
        Option<i16>,
        Option<i64>,
        Option<bool>,
        Option<bool>,
    ),
);

fn posted(
    (key, author, audience, chosen_at, since_then, severed): (i64, i64, i16, i64, bool, bool),
) -> Posted {
    Posted {
        key,
        author: MemberId::from_key(author),
        audience: WallAudience::from_code(audience),
        chosen_at,
        since_then,
        severed,
    }
}

/// What a row says.
pub(super) fn row((itself, times, parent): Loaded) -> PostRow {
    let (wall, written_at, edited_at) = times;
    let parent = match parent {
        (Some(key), Some(author), Some(audience), Some(chosen_at), Some(since), Some(severed)) => {
            Some(posted((key, author, audience, chosen_at, since, severed)))
        }
        _ => None,
    };
    PostRow {
        written: Written {
            posted: posted(itself),
            wall: MemberId::from_key(wall),
            parent,
        },
        written_at,
        edited_at,
    }
}

impl<R> Statement<R> {
    /// `SELECT` of what is told of those of the posts `p`, and of the posts `q` on which they are comments, of which the
    /// viewer may know; a condition may follow.
    pub(super) fn posts(&mut self, viewer: Viewer, today: Today) -> &mut Self {
        self.sql("SELECT p.id, p.author_id, p.audience, p.chosen_at, ")
            .since_then("p", viewer)
            .sql(" AS since_then, ")
            .severed("p")
            .sql(
                " AS severed, p.wall_id, p.written_at, p.edited_at, q.id AS above, q.author_id AS above_by, \
                 q.audience AS above_for, q.chosen_at AS above_chosen_at, ",
            )
            .since_then("q", viewer)
            .sql(" AS above_since_then, ")
            .severed("q")
            .sql(" AS above_severed")
            .known_posts(viewer, today)
    }

    /// ` FROM` those of the posts `p` of which the viewer may know; a condition may follow.
    pub(in crate::store) fn known_posts(&mut self, viewer: Viewer, today: Today) -> &mut Self {
        self.sql(" FROM posts p JOIN standings s ON s.member_id = p.author_id")
            .join_viewer(viewer)
            .sql(" LEFT JOIN posts q ON q.id = p.parent_id WHERE ")
            .meets(viewer, today)
            .sql(" AND (");
        if let Viewer::Member(me) = viewer {
            self.sql("p.author_id = ").big_int(me.key()).sql(" OR ");
        }
        self.exists("p.wall_id", viewer, today)
            .sql(" AND NOT ")
            .severed("p")
            .sql(" AND (");
        if let Viewer::Member(me) = viewer {
            self.sql("q.author_id = ").big_int(me.key()).sql(" OR ");
        }
        self.named("p", viewer)
            .sql(") AND (p.parent_id IS NULL OR ")
            .exists("q.author_id", viewer, today)
            .sql(" AND (");
        if let Viewer::Member(me) = viewer {
            self.sql("q.author_id = ").big_int(me.key()).sql(" OR ");
        }
        self.sql("NOT ")
            .severed("q")
            .sql(" AND ")
            .named("q", viewer)
            .sql(")))")
    }

    /// A condition: the member of this column exists for the viewer, whose row is `v`.
    fn exists(&mut self, column: &'static str, viewer: Viewer, today: Today) -> &mut Self {
        self.sql("EXISTS (SELECT 1 FROM standings s WHERE s.member_id = ")
            .sql(column)
            .sql(" AND ")
            .meets(viewer, today)
            .either("", " OFFSET 0")
            .sql(")")
    }

    /// A condition: the viewer is the wall's owner, or the audience of the post `of` names the viewer.
    fn named(&mut self, of: &'static str, viewer: Viewer) -> &mut Self {
        let Viewer::Member(me) = viewer else {
            return self.sql(format!("{of}.audience = {}", WallAudience::Public.code()));
        };
        self.sql(format!("({of}.wall_id = "))
            .big_int(me.key())
            .sql(format!(
                " OR {of}.audience >= {} OR EXISTS (SELECT 1 FROM bonds x WHERE x.penpal_id = {of}.wall_id \
                 AND (x.since_at <= {of}.chosen_at OR {of}.audience = {}) AND x.member_id = ",
                WallAudience::Members.code(),
                WallAudience::Penpals.code(),
            ))
            .big_int(me.key())
            .sql("))")
    }

    /// Whether the author of the post `of` or the owner of its wall has blocked the other.
    fn severed(&mut self, of: &'static str) -> &mut Self {
        self.sql(format!(
            "(EXISTS (SELECT 1 FROM blocks x WHERE x.blocker_id = {of}.author_id AND x.blocked_id = {of}.wall_id) \
             OR EXISTS (SELECT 1 FROM blocks x WHERE x.blocker_id = {of}.wall_id AND x.blocked_id = {of}.author_id))"
        ))
    }

    /// Whether the viewer and the owner of the wall of the post `of` are penpals, and were when its audience was chosen.
    pub(super) fn since_then(&mut self, of: &'static str, viewer: Viewer) -> &mut Self {
        let Viewer::Member(me) = viewer else {
            return self.sql("FALSE");
        };
        self.sql(format!(
            "EXISTS (SELECT 1 FROM bonds x WHERE x.penpal_id = {of}.wall_id AND x.since_at <= {of}.chosen_at \
             AND x.member_id = "
        ))
        .big_int(me.key())
        .sql(")")
    }
}
