//! What members do with their own photos and albums.

use diesel::{ExpressionMethods, OptionalExtension, QueryDsl};
use diesel_async::RunQueryDsl;

use super::{AlbumRow, PhotoRow};
use crate::domain::{
    audience::Audience,
    id::{AlbumId, MemberId, PhotoId},
    photo::{self, FileName},
};
use crate::privacy::{Permit, wishes::KeepOwn};
use crate::store::{
    Conflict, Error, Store,
    conn::{Conn, on},
    tables::{albums, photo_files, photos, profile_photos},
    versions,
};

/// The most photos of one member.
pub const MOST_PHOTOS: i64 = 500;
/// The most albums of one member.
pub const MOST_ALBUMS: i64 = 50;

/// What changes of a photo; what is nothing stays.
#[derive(Clone, Debug, Default)]
pub struct PhotoChanges {
    /// To whom it is shown.
    pub audience: Option<Audience>,
    /// What is said of it.
    pub caption: Option<Option<String>>,
    /// In which of the viewer's albums it lies.
    pub album: Option<Option<AlbumId>>,
}

pub(super) async fn held(conn: &mut Conn, me: MemberId) -> Result<i64, Error> {
    on!(conn, c => photos::table
        .filter(photos::owner_id.eq(me.key()))
        .count()
        .get_result(c)
        .await)
}

/// The viewer's own photo.
///
/// # Errors
///
/// [`Error::Missing`] when it is not the viewer's.
async fn own_photo(conn: &mut Conn, me: MemberId, id: PhotoId) -> Result<PhotoRow, Error> {
    type Loaded = (i64, Option<String>, i32, i32, Option<i64>, i16, i64);
    let (id, caption, width, height, album, audience, at): Loaded = on!(conn, c => photos::table
        .find(id.key())
        .filter(photos::owner_id.eq(me.key()))
        .select((
            photos::id,
            photos::caption,
            photos::width,
            photos::height,
            photos::album_id,
            photos::audience,
            photos::created_at,
        ))
        .first(c)
        .await)?;
    Ok(PhotoRow {
        id: PhotoId::from_key(id),
        caption,
        width,
        height,
        album: album.map(AlbumId::from_key),
        own: Some((photo::from_code(audience), at)),
    })
}

/// The viewer's own album.
///
/// # Errors
///
/// [`Error::Missing`] when it is not the viewer's.
async fn own_album(conn: &mut Conn, me: MemberId, id: AlbumId) -> Result<AlbumRow, Error> {
    let (title, audience, at): (String, i16, i64) = on!(conn, c => albums::table
        .find(id.key())
        .filter(albums::owner_id.eq(me.key()))
        .select((albums::title, albums::audience, albums::created_at))
        .first(c)
        .await)?;
    Ok(AlbumRow {
        id,
        title,
        own: Some((photo::from_code(audience), at)),
    })
}

impl Store {
    /// Keeps a photo whose files of this name are kept already.
    ///
    /// # Errors
    ///
    /// [`Conflict::Full`] at [`MOST_PHOTOS`], [`Error::Missing`] when the account is gone or frozen by now, or the files
    /// were given up meanwhile.
    pub async fn keep_photo(
        &self,
        permit: &Permit<KeepOwn>,
        row: &PhotoRow,
        name: &FileName,
    ) -> Result<(), Error> {
        let me = versions::owner(permit)?;
        let (audience, at) = row.own.unwrap_or((Audience::OnlyMe, 0));
        let mut tx = self.begin().await?;
        let outcome = async {
            versions::hold_own(&mut tx, me).await?;
            if held(&mut tx, me).await? >= MOST_PHOTOS {
                return Err(Error::Conflict(Conflict::Full));
            }
            on!(&mut tx, c => diesel::insert_into(photos::table)
                .values((
                    photos::id.eq(row.id.key()),
                    photos::owner_id.eq(me.key()),
                    photos::album_id.eq(row.album.map(AlbumId::key)),
                    photos::audience.eq(photo::code(audience)),
                    photos::caption.eq(row.caption.as_deref()),
                    photos::width.eq(row.width),
                    photos::height.eq(row.height),
                    photos::created_at.eq(at),
                ))
                .execute(c)
                .await)?;
            let found = on!(&mut tx, c => diesel::update(photo_files::table.find(name.as_str()))
                .filter(photo_files::photo_id.is_null())
                .set(photo_files::photo_id.eq(row.id.key()))
                .execute(c)
                .await)?;
            if found == 0 {
                return Err(Error::Missing);
            }
            Ok(())
        }
        .await;
        tx.settle(outcome).await
    }

    /// Changes one of the viewer's own photos. One that leaves an album for another, or for none, is shown to no more than
    /// before, unless its audience is chosen with it.
    ///
    /// # Errors
    ///
    /// [`Error::Missing`] when the photo or the album is not the viewer's.
    pub async fn change_photo(
        &self,
        permit: &Permit<KeepOwn>,
        id: PhotoId,
        changes: &PhotoChanges,
    ) -> Result<PhotoRow, Error> {
        let me = versions::owner(permit)?;
        let mut tx = self.begin().await?;
        let outcome = async {
            versions::hold_own(&mut tx, me).await?;
            let before = own_photo(&mut tx, me, id).await?;
            let (own, _) = before.own.unwrap_or((Audience::OnlyMe, 0));
            let mut shown = own;
            if let Some(album) = before.album {
                let (album, _) = own_album(&mut tx, me, album)
                    .await?
                    .own
                    .unwrap_or((Audience::OnlyMe, 0));
                shown = shown.min(album);
            }
            let moves = changes.album.is_some_and(|album| album != before.album);
            if let Some(Some(album)) = changes.album {
                own_album(&mut tx, me, album).await?;
            }
            let audience = changes.audience.unwrap_or(if moves { shown } else { own });
            let caption = changes.caption.clone().unwrap_or(before.caption);
            let album = changes.album.unwrap_or(before.album);
            on!(&mut tx, c => diesel::update(photos::table.find(id.key()))
                .set((
                    photos::audience.eq(photo::code(audience)),
                    photos::caption.eq(caption.as_deref()),
                    photos::album_id.eq(album.map(AlbumId::key)),
                ))
                .execute(c)
                .await)?;
            if moves || audience != own {
                versions::raise(&mut tx, &[me.key()]).await?;
            }
            own_photo(&mut tx, me, id).await
        }
        .await;
        tx.settle(outcome).await
    }

    /// Deletes one of the viewer's own photos; gives back the name of its files, which are to be removed.
    ///
    /// # Errors
    ///
    /// [`Error::Missing`] when it is not the viewer's.
    pub async fn delete_photo(
        &self,
        permit: &Permit<KeepOwn>,
        id: PhotoId,
    ) -> Result<Option<FileName>, Error> {
        let me = versions::owner(permit)?;
        let mut tx = self.begin().await?;
        let outcome = async {
            versions::hold_own(&mut tx, me).await?;
            own_photo(&mut tx, me, id).await?;
            let name: Option<String> = on!(&mut tx, c => photo_files::table
                .filter(photo_files::photo_id.eq(id.key()))
                .select(photo_files::name)
                .first(c)
                .await
                .optional())?;
            on!(&mut tx, c => diesel::delete(photos::table.find(id.key())).execute(c).await)?;
            Ok(name.and_then(|name| FileName::parse(&name)))
        }
        .await;
        tx.settle(outcome).await
    }

    /// Has one of the viewer's own photos stand for them, or none.
    ///
    /// # Errors
    ///
    /// [`Error::Missing`] when it is not the viewer's.
    pub async fn set_profile_photo(
        &self,
        permit: &Permit<KeepOwn>,
        id: Option<PhotoId>,
    ) -> Result<Option<PhotoRow>, Error> {
        let me = versions::owner(permit)?;
        let mut tx = self.begin().await?;
        let outcome = async {
            versions::hold_own(&mut tx, me).await?;
            let photo = match id {
                Some(id) => Some(own_photo(&mut tx, me, id).await?),
                None => None,
            };
            on!(&mut tx, c => diesel::delete(profile_photos::table.find(me.key()))
                .execute(c)
                .await)?;
            if let Some(photo) = &photo {
                on!(&mut tx, c => diesel::insert_into(profile_photos::table)
                    .values((
                        profile_photos::member_id.eq(me.key()),
                        profile_photos::photo_id.eq(photo.id.key()),
                    ))
                    .execute(c)
                    .await)?;
            }
            Ok(photo)
        }
        .await;
        tx.settle(outcome).await
    }

    /// Makes an album, in which nothing lies yet.
    ///
    /// # Errors
    ///
    /// [`Conflict::Full`] at [`MOST_ALBUMS`].
    pub async fn create_album(
        &self,
        permit: &Permit<KeepOwn>,
        album: &AlbumRow,
    ) -> Result<(), Error> {
        let me = versions::owner(permit)?;
        let (audience, at) = album.own.unwrap_or((Audience::OnlyMe, 0));
        let mut tx = self.begin().await?;
        let outcome = async {
            versions::hold_own(&mut tx, me).await?;
            let held: i64 = on!(&mut tx, c => albums::table
                .filter(albums::owner_id.eq(me.key()))
                .count()
                .get_result(c)
                .await)?;
            if held >= MOST_ALBUMS {
                return Err(Error::Conflict(Conflict::Full));
            }
            on!(&mut tx, c => diesel::insert_into(albums::table)
                .values((
                    albums::id.eq(album.id.key()),
                    albums::owner_id.eq(me.key()),
                    albums::title.eq(&album.title),
                    albums::audience.eq(photo::code(audience)),
                    albums::created_at.eq(at),
                ))
                .execute(c)
                .await)?;
            Ok(())
        }
        .await;
        tx.settle(outcome).await
    }

    /// Changes one of the viewer's own albums; what is nothing stays.
    ///
    /// # Errors
    ///
    /// [`Error::Missing`] when it is not the viewer's.
    pub async fn change_album(
        &self,
        permit: &Permit<KeepOwn>,
        id: AlbumId,
        title: Option<&str>,
        audience: Option<Audience>,
    ) -> Result<AlbumRow, Error> {
        let me = versions::owner(permit)?;
        let mut tx = self.begin().await?;
        let outcome = async {
            versions::hold_own(&mut tx, me).await?;
            let before = own_album(&mut tx, me, id).await?;
            let (own, _) = before.own.unwrap_or((Audience::OnlyMe, 0));
            let audience = audience.unwrap_or(own);
            let title = title.unwrap_or(&before.title);
            on!(&mut tx, c => diesel::update(albums::table.find(id.key()))
                .set((
                    albums::title.eq(title),
                    albums::audience.eq(photo::code(audience)),
                ))
                .execute(c)
                .await)?;
            if audience != own {
                versions::raise(&mut tx, &[me.key()]).await?;
            }
            own_album(&mut tx, me, id).await
        }
        .await;
        tx.settle(outcome).await
    }

    /// Deletes one of the viewer's own albums. What lies in it stays, and is shown to no more than before.
    ///
    /// # Errors
    ///
    /// [`Error::Missing`] when it is not the viewer's.
    pub async fn delete_album(&self, permit: &Permit<KeepOwn>, id: AlbumId) -> Result<(), Error> {
        let me = versions::owner(permit)?;
        let mut tx = self.begin().await?;
        let outcome = async {
            versions::hold_own(&mut tx, me).await?;
            let album = own_album(&mut tx, me, id).await?;
            let (audience, _) = album.own.unwrap_or((Audience::OnlyMe, 0));
            let audience = photo::code(audience);
            on!(&mut tx, c => diesel::update(photos::table)
                .filter(photos::album_id.eq(id.key()))
                .filter(photos::audience.gt(audience))
                .set(photos::audience.eq(audience))
                .execute(c)
                .await)?;
            on!(&mut tx, c => diesel::delete(albums::table.find(id.key())).execute(c).await)?;
            versions::raise(&mut tx, &[me.key()]).await
        }
        .await;
        tx.settle(outcome).await
    }
}
