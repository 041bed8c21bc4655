//! What stands on walls, written in large pieces.

use serde_json::json;

use crate::domain::{id::MemberId, wall::WallAudience};
use crate::store::{
    Error, Store,
    bulk::{Rows, shapes},
    conn::Conn,
    tables::{post_edits, posts},
};

/// Something on a wall.
#[derive(Clone, Debug)]
pub struct OnWall {
    /// Its key.
    pub key: i64,
    /// Whose wall it is.
    pub wall: MemberId,
    /// Who wrote it.
    pub author: MemberId,
    /// The key of the post that it is a comment on, which comes before it.
    pub parent: Option<i64>,
    /// When it was written, in milliseconds since the Unix epoch.
    pub written_at: i64,
    /// When it was edited last.
    pub edited_at: Option<i64>,
    /// For whom it is.
    pub audience: WallAudience,
    /// When that was chosen.
    pub chosen_at: i64,
    /// What it says.
    pub text: String,
    /// What it said before, the earliest first, and when that was written.
    pub edits: Vec<(i64, String)>,
}

shapes! {
    POSTS = posts {
        id: BigInt,
        wall_id: BigInt,
        author_id: BigInt,
        parent_id: BigInt,
        written_at: BigInt,
        edited_at: BigInt,
        audience: SmallInt,
        chosen_at: BigInt,
        body: Text,
    }
    EDITS = post_edits {
        post_id: BigInt,
        nth: Integer,
        written_at: BigInt,
        body: Text,
    }
}

impl Store {
    /// Adds what stands on walls, all or none.
    pub async fn hang(&self, all: &[OnWall]) -> Result<(), Error> {
        let mut tx = self.begin_patiently().await?;
        hang(&mut tx, all).await?;
        tx.commit().await
    }
}

pub(super) async fn hang(tx: &mut Conn, all: &[OnWall]) -> Result<(), Error> {
    let (mut on_walls, mut comments) = (Rows::of(&POSTS), Rows::of(&POSTS));
    let mut edits = Rows::of(&EDITS);
    for it in all {
        // A comment's post must be there.
        let rows = match it.parent {
            None => &mut on_walls,
            Some(_) => &mut comments,
        };
        rows.push([
            json!(it.key),
            json!(it.wall.key()),
            json!(it.author.key()),
            json!(it.parent),
            json!(it.written_at),
            json!(it.edited_at),
            json!(it.audience.code()),
            json!(it.chosen_at),
            json!(it.text),
        ]);
        for (nth, (written_at, text)) in it.edits.iter().enumerate() {
            edits.push([json!(it.key), json!(nth), json!(written_at), json!(text)]);
        }
    }
    for rows in [on_walls, comments, edits] {
        rows.insert(tx).await?;
    }
    Ok(())
}
