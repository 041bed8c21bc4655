//! Photos and albums, read under leave to look at those of certain audiences: what a viewer may not look at is no row of
//! what comes.

mod keeping;
mod tickets;

use std::collections::HashMap;

use diesel::{
    ExpressionMethods, JoinOnDsl, NullableExpressionMethods, QueryDsl,
    sql_types::{BigInt, Integer, Nullable, SmallInt, Text},
};
use diesel_async::RunQueryDsl;

pub use keeping::{MOST_ALBUMS, MOST_PHOTOS, PhotoChanges};

use super::{
    Error, Store,
    conn::on,
    error::Cause,
    lists::Place,
    penpals::ByOwner,
    statement::{Dialect, Key, Statement},
    tables::{albums, photos},
};
use crate::domain::{
    audience::Audience,
    id::{AlbumId, MemberId, PhotoId},
    photo::{self, FileName},
};
use crate::privacy::{Gallery, Versions};
use crate::viewer::who::Viewer;

/// A photo, as the viewer may look at it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PhotoRow {
    /// Its id.
    pub id: PhotoId,
    /// What its owner says of it.
    pub caption: Option<String>,
    /// Pixels of the largest size, from side to side.
    pub width: i32,
    /// Pixels of the largest size, from top to bottom.
    pub height: i32,
    /// The album in which it lies.
    pub album: Option<AlbumId>,
    /// To whom it is shown, and since when it is kept, in milliseconds since the Unix epoch: for its owner alone.
    pub own: Option<(Audience, i64)>,
}

/// An album, as the viewer may look at it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlbumRow {
    /// Its id.
    pub id: AlbumId,
    /// Its title.
    pub title: String,
    /// To whom it is shown, and when it was made, in milliseconds since the Unix epoch: for its owner alone.
    pub own: Option<(Audience, i64)>,
}

/// Which of a member's photos are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PhotoWindow {
    /// The newest.
    Page {
        /// Of this album alone.
        album: Option<AlbumId>,
        /// Where the last page ended.
        after: Option<Place>,
        /// How many at most.
        limit: i64,
    },
    /// The one that stands for the member.
    Portrait,
}

/// Which of a member's albums are wanted: the newest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct AlbumWindow {
    /// Where the last page ended.
    pub after: Option<Place>,
    /// How many at most.
    pub limit: i64,
}

/// Photos in their order, each with its place.
pub type PhotoPage = Vec<(Place, PhotoRow)>;
/// Albums in their order, each with its place.
pub type AlbumPage = Vec<(Place, AlbumRow)>;

type Owner = (BigInt, BigInt, BigInt);
type OwnerLoaded = (i64, i64, i64);
// Id, time, caption, width, height, album, audience.
type Photo = (
    Nullable<BigInt>,
    Nullable<BigInt>,
    Nullable<Text>,
    Nullable<Integer>,
    Nullable<Integer>,
    Nullable<BigInt>,
    Nullable<SmallInt>,
);
type PhotoLoaded = (
    Option<i64>,
    Option<i64>,
    Option<String>,
    Option<i32>,
    Option<i32>,
    Option<i64>,
    Option<i16>,
);
pub(super) type PhotosRow = (Owner, Photo);
pub(super) type PhotosLoaded = (OwnerLoaded, PhotoLoaded);
// Id, time, title, audience.
type Album = (
    Nullable<BigInt>,
    Nullable<BigInt>,
    Nullable<Text>,
    Nullable<SmallInt>,
);
type AlbumLoaded = (Option<i64>, Option<i64>, Option<String>, Option<i16>);
pub(super) type AlbumsRow = (Owner, Album);
pub(super) type AlbumsLoaded = (OwnerLoaded, AlbumLoaded);

fn keys(viewer: Viewer, galleries: &[Gallery]) -> Result<Vec<Key>, Error> {
    if galleries.iter().any(|gallery| gallery.viewer() != viewer) {
        return Err(Error::Broken(Cause::new("leave of several viewers")));
    }
    let key = |gallery: &Gallery| Key {
        id: gallery.subject().key(),
        owner_version: gallery.versions().owner,
        viewer_version: gallery.versions().viewer,
        mask: gallery.audiences(),
    };
    Ok(galleries.iter().map(key).collect())
}

impl<Row> Statement<Row> {
    /// A common table `k` of the owners whose versions still stand, and which audiences of theirs the viewer belongs to.
    fn open_galleries(&mut self, keys: &[Key], viewer: Viewer) -> &mut Self {
        self.sql("WITH k AS (SELECT q.id, q.owner_version, q.viewer_version, q.mask FROM ")
            .keys(keys)
            .sql(
                " AS q JOIN standings o ON o.member_id = q.id \
                 AND o.privacy_version = q.owner_version",
            );
        if let Viewer::Member(me) = viewer {
            self.sql(
                " JOIN standings w ON w.privacy_version = q.viewer_version AND w.member_id = ",
            )
            .big_int(me.key());
        }
        self.sql(")")
    }

    /// ` JOIN` the photos of the owners in `k` on which the viewer may look, as `p`: both the photo's audience and that of
    /// the album in which it lies have the viewer among them.
    fn join_shown_photos(&mut self) -> &mut Self {
        self.sql(
            " JOIN photos p ON p.owner_id = k.id AND (k.mask >> p.audience) & 1 = 1 \
             AND NOT EXISTS (SELECT 1 FROM albums a WHERE a.id = p.album_id \
             AND (k.mask >> a.audience) & 1 = 0)",
        )
    }

    /// What is for the owner alone, in a row `r` of what is the owner's.
    fn for_the_owner(&mut self, viewer: Viewer) -> &mut Self {
        self.sql(", CASE WHEN k.id = ")
            .big_int(viewer.key())
            .sql(" THEN r.audience END")
    }

    /// How a page ends: the left join tells an owner who shows nothing from one whose settings have changed.
    fn of_each_owner(&mut self, limit: i64) -> &mut Self {
        self.sql(" FROM k LEFT JOIN r ON r.owner_id = k.id AND r.place <= ")
            .big_int(limit)
            .sql(" ORDER BY k.id, r.place")
    }
}

/// The statement for photos of each owner; all owners at once.
///
/// # Errors
///
/// [`Error::Broken`] when leave of several viewers is among them.
pub(super) fn photos_statement(
    dialect: Dialect,
    viewer: Viewer,
    galleries: &[Gallery],
    window: PhotoWindow,
) -> Result<Statement<PhotosRow>, Error> {
    let keys = keys(viewer, galleries)?;
    let mut statement = Statement::new(dialect);
    statement
        .open_galleries(&keys, viewer)
        .sql(
            ", r AS (SELECT p.owner_id, p.id, p.created_at, p.caption, p.width, p.height, \
             p.album_id, p.audience, row_number() OVER (PARTITION BY p.owner_id \
             ORDER BY p.created_at DESC, p.id DESC) AS place FROM k",
        )
        .join_shown_photos();
    let limit = match window {
        PhotoWindow::Page {
            album,
            after,
            limit,
        } => {
            statement.sql(" WHERE TRUE");
            if let Some(album) = album {
                statement.sql(" AND p.album_id = ").big_int(album.key());
            }
            statement.after("(p.created_at, p.id)", after);
            limit
        }
        PhotoWindow::Portrait => {
            statement
                .sql(" JOIN profile_photos f ON f.member_id = p.owner_id AND f.photo_id = p.id");
            1
        }
    };
    statement
        .sql(
            ") SELECT k.id, k.owner_version, k.viewer_version, r.id, r.created_at, r.caption, \
             r.width, r.height, r.album_id",
        )
        .for_the_owner(viewer)
        .of_each_owner(limit);
    Ok(statement)
}

/// What the rows of a statement for photos say.
pub(super) fn photo_pages(rows: Vec<PhotosLoaded>) -> ByOwner<PhotoPage> {
    let mut pages: ByOwner<PhotoPage> = HashMap::new();
    for ((owner_id, owner, viewer), photo) in rows {
        let versions = Versions { owner, viewer };
        let page = pages
            .entry((MemberId::from_key(owner_id), versions))
            .or_default();
        let (id, at, caption, width, height, album, audience) = photo;
        if let (Some(id), Some(at), Some(width), Some(height)) = (id, at, width, height) {
            let row = PhotoRow {
                id: PhotoId::from_key(id),
                caption,
                width,
                height,
                album: album.map(AlbumId::from_key),
                own: audience.map(|audience| (photo::from_code(audience), at)),
            };
            page.push((Place { at, id }, row));
        }
    }
    pages
}

/// The statement for albums of each owner; all owners at once.
///
/// # Errors
///
/// [`Error::Broken`] when leave of several viewers is among them.
pub(super) fn albums_statement(
    dialect: Dialect,
    viewer: Viewer,
    galleries: &[Gallery],
    window: AlbumWindow,
) -> Result<Statement<AlbumsRow>, Error> {
    let keys = keys(viewer, galleries)?;
    let mut statement = Statement::new(dialect);
    statement
        .open_galleries(&keys, viewer)
        .sql(
            ", r AS (SELECT p.owner_id, p.id, p.created_at, p.title, p.audience, \
             row_number() OVER (PARTITION BY p.owner_id \
             ORDER BY p.created_at DESC, p.id DESC) AS place \
             FROM k JOIN albums p ON p.owner_id = k.id AND (k.mask >> p.audience) & 1 = 1 \
             WHERE TRUE",
        )
        .after("(p.created_at, p.id)", window.after)
        .sql(") SELECT k.id, k.owner_version, k.viewer_version, r.id, r.created_at, r.title")
        .for_the_owner(viewer)
        .of_each_owner(window.limit);
    Ok(statement)
}

/// What the rows of a statement for albums say.
pub(super) fn album_pages(rows: Vec<AlbumsLoaded>) -> ByOwner<AlbumPage> {
    let mut pages: ByOwner<AlbumPage> = HashMap::new();
    for ((owner_id, owner, viewer), (id, at, title, audience)) in rows {
        let versions = Versions { owner, viewer };
        let page = pages
            .entry((MemberId::from_key(owner_id), versions))
            .or_default();
        if let (Some(id), Some(at), Some(title)) = (id, at, title) {
            let row = AlbumRow {
                id: AlbumId::from_key(id),
                title,
                own: audience.map(|audience| (photo::from_code(audience), at)),
            };
            page.push((Place { at, id }, row));
        }
    }
    pages
}

impl Store {
    /// Whose a photo is and to whom it is shown, the narrower of its own audience and its album's: what is decided by, and
    /// nothing that is shown.
    pub async fn photo_policy(&self, id: PhotoId) -> Result<Option<(MemberId, Audience)>, Error> {
        let mut conn = self.conn().await?;
        let found: Result<(i64, i16, Option<i16>), Error> = on!(&mut conn, c => photos::table
            .left_join(albums::table.on(photos::album_id.eq(albums::id.nullable())))
            .filter(photos::id.eq(id.key()))
            .select((photos::owner_id, photos::audience, albums::audience.nullable()))
            .first(c)
            .await);
        match found {
            Ok((owner, own, album)) => {
                let own = photo::from_code(own);
                let audience = album.map_or(own, |album| own.min(photo::from_code(album)));
                Ok(Some((MemberId::from_key(owner), audience)))
            }
            Err(Error::Missing) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The name of a photo's files; nothing where the leave does not reach it, or no longer stands.
    pub async fn photo_file(
        &self,
        gallery: &Gallery,
        id: PhotoId,
    ) -> Result<Option<FileName>, Error> {
        let viewer = gallery.viewer();
        let keys = keys(viewer, std::slice::from_ref(gallery))?;
        let mut conn = self.conn().await?;
        let mut statement = Statement::<Text>::new(conn.dialect());
        statement
            .open_galleries(&keys, viewer)
            .sql(" SELECT f.name FROM k")
            .join_shown_photos()
            .sql(" JOIN photo_files f ON f.photo_id = p.id WHERE p.id = ")
            .big_int(id.key());
        let names: Vec<String> = on!(&mut conn, c => statement.load(c).await)?;
        Ok(names.iter().find_map(|name| FileName::parse(name)))
    }
}
