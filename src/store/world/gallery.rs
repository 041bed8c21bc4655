//! Albums and photos, written in large pieces.

use serde_json::json;

use crate::domain::{
    audience::Audience,
    id::{AlbumId, MemberId, PhotoId},
    photo::{self, FileName},
};
use crate::store::{
    Error, Store,
    bulk::{Rows, shapes},
    conn::Conn,
    tables::{albums, photo_files, photos, profile_photos},
};

/// An album.
#[derive(Clone, Debug)]
pub struct Album {
    /// Its id.
    pub id: AlbumId,
    /// Whose it is.
    pub owner: MemberId,
    /// Its title.
    pub title: String,
    /// To whom it is shown.
    pub audience: Audience,
    /// When it was made, in milliseconds since the Unix epoch.
    pub created_at: i64,
}

/// A photo, but for its bytes.
#[derive(Clone, Debug)]
pub struct Photo {
    /// Its id.
    pub id: PhotoId,
    /// Whose it is.
    pub owner: MemberId,
    /// The album in which it lies.
    pub album: Option<AlbumId>,
    /// To whom it is shown.
    pub audience: Audience,
    /// What its owner says of it.
    pub caption: Option<String>,
    /// Pixels of the largest size, from side to side and from top to bottom.
    pub pixels: (i32, i32),
    /// When it came, in milliseconds since the Unix epoch.
    pub created_at: i64,
    /// The name of its files.
    pub file: FileName,
    /// Whether it stands for its owner; of one at most.
    pub portrait: bool,
}

shapes! {
    ALBUMS = albums {
        id: BigInt,
        owner_id: BigInt,
        title: Text,
        audience: SmallInt,
        created_at: BigInt,
    }
    PHOTOS = photos {
        id: BigInt,
        owner_id: BigInt,
        album_id: BigInt,
        audience: SmallInt,
        caption: Text,
        width: Integer,
        height: Integer,
        created_at: BigInt,
    }
    FILES = photo_files {
        name: Text,
        photo_id: BigInt,
        begun_at: BigInt,
    }
    PORTRAITS = profile_photos {
        member_id: BigInt,
        photo_id: BigInt,
    }
}

impl Store {
    /// Adds albums and photos, all or none.
    pub async fn exhibit(&self, albums: &[Album], photos: &[Photo]) -> Result<(), Error> {
        let mut tx = self.begin_patiently().await?;
        exhibit(&mut tx, albums, photos).await?;
        tx.commit().await
    }
}

pub(super) async fn exhibit(
    tx: &mut Conn,
    albums: &[Album],
    photos: &[Photo],
) -> Result<(), Error> {
    let (mut kept, mut shown) = (Rows::of(&ALBUMS), Rows::of(&PHOTOS));
    let (mut files, mut portraits) = (Rows::of(&FILES), Rows::of(&PORTRAITS));
    for it in albums {
        kept.push([
            json!(it.id.key()),
            json!(it.owner.key()),
            json!(it.title),
            json!(photo::code(it.audience)),
            json!(it.created_at),
        ]);
    }
    for it in photos {
        shown.push([
            json!(it.id.key()),
            json!(it.owner.key()),
            json!(it.album.map(AlbumId::key)),
            json!(photo::code(it.audience)),
            json!(it.caption),
            json!(it.pixels.0),
            json!(it.pixels.1),
            json!(it.created_at),
        ]);
        files.push([
            json!(it.file.as_str()),
            json!(it.id.key()),
            json!(it.created_at),
        ]);
        if it.portrait {
            portraits.push([json!(it.owner.key()), json!(it.id.key())]);
        }
    }
    for rows in [kept, shown, files, portraits] {
        rows.insert(tx).await?;
    }
    Ok(())
}
