//! Photos and albums, as the viewer may look at them.

use async_graphql::{Context, ID, Object};
use chrono::{DateTime, Utc};

use super::{
    connection::{Connection, List, Listed},
    enums::{PhotoAudience, PhotoSize},
};
use crate::domain::id::AlbumId;
use crate::graphql::{
    context::{Request, time},
    error::Error,
    guard::{self, Met},
    photos,
};
use crate::store::photos::{AlbumRow, AlbumWindow, PhotoRow, PhotoWindow};

/// A photo at which the viewer may look.
#[derive(Clone, Debug)]
pub struct Photo(PhotoRow);

impl From<PhotoRow> for Photo {
    fn from(row: PhotoRow) -> Self {
        Self(row)
    }
}

impl Listed for Photo {
    const CONNECTION: &'static str = "PhotoConnection";
    const EDGE: &'static str = "PhotoEdge";
}

/// A photo at which the viewer may look. It was written anew when it came: nothing of what its file said besides is kept.
#[Object]
impl Photo {
    /// Opaque and stable.
    async fn id(&self) -> ID {
        self.0.id.global().into()
    }

    /// What its owner says of it.
    async fn caption(&self) -> Option<&str> {
        self.0.caption.as_deref()
    }

    /// Pixels of the largest size, from side to side.
    async fn width(&self) -> i32 {
        self.0.width
    }

    /// Pixels of the largest size, from top to bottom.
    async fn height(&self) -> i32 {
        self.0.height
    }

    /// The id of the album in which it lies.
    async fn album(&self) -> Option<ID> {
        self.0.album.map(|album| album.global().into())
    }

    /// The path at which its bytes are, a JPEG, for the viewer alone and as long as they may look at it: it is decided
    /// again at every request. A browser sends the cookie with it; another client its bearer token.
    async fn address(&self, ctx: &Context<'_>, size: PhotoSize) -> String {
        let request = Request::of(ctx);
        let sealer = &request.services().sealer;
        photos::address(sealer, request.viewer(), self.0.id, size.into())
    }

    /// Who may look at it, by itself; null for everybody but its owner.
    async fn audience(&self) -> Option<PhotoAudience> {
        self.0.own.map(|(audience, _)| audience.into())
    }

    /// When it was sent; null for everybody but its owner.
    async fn sent_at(&self) -> Option<DateTime<Utc>> {
        self.0.own.map(|(_, at)| time(at))
    }
}

/// An album at which the viewer may look.
#[derive(Clone, Debug)]
pub struct Album(AlbumRow);

impl From<AlbumRow> for Album {
    fn from(row: AlbumRow) -> Self {
        Self(row)
    }
}

impl Listed for Album {
    const CONNECTION: &'static str = "AlbumConnection";
    const EDGE: &'static str = "AlbumEdge";
}

/// An album at which the viewer may look. What lies in it is asked of its owner's `photos`.
#[Object]
impl Album {
    /// Opaque and stable.
    async fn id(&self) -> ID {
        self.0.id.global().into()
    }

    /// Its title.
    async fn title(&self) -> &str {
        &self.0.title
    }

    /// Who may look at it; null for everybody but its owner.
    async fn audience(&self) -> Option<PhotoAudience> {
        self.0.own.map(|(audience, _)| audience.into())
    }

    /// When it was made; null for everybody but its owner.
    async fn created_at(&self) -> Option<DateTime<Utc>> {
        self.0.own.map(|(_, at)| time(at))
    }
}

/// A page of the photos of `met`, or of those in one album.
pub async fn page(
    ctx: &Context<'_>,
    met: &Met,
    first: i32,
    after: Option<String>,
    album: Option<ID>,
) -> Result<Connection<Photo>, Error> {
    // An id that is none is one of no album.
    let read = |id: ID| AlbumId::from_global(&id).unwrap_or(AlbumId::from_key(0));
    let album = album.map(read);
    let list = album.map_or(List::PhotosOf(met.id()), List::PhotosIn);
    let window = list.window(Request::of(ctx), first, after.as_deref())?;
    let wanted = PhotoWindow::Page {
        album,
        after: window.after,
        limit: window.limit(),
    };
    let found = guard::photos(ctx, met, wanted).await?.unwrap_or_default();
    let shown = window.page(&found);
    let nodes = shown.iter().cloned().map(|(at, row)| (at, row.into()));
    Ok(Connection::new(list, window, found.len(), nodes))
}

/// A page of the albums of `met`.
pub async fn albums(
    ctx: &Context<'_>,
    met: &Met,
    first: i32,
    after: Option<String>,
) -> Result<Connection<Album>, Error> {
    let list = List::AlbumsOf(met.id());
    let window = list.window(Request::of(ctx), first, after.as_deref())?;
    let wanted = AlbumWindow {
        after: window.after,
        limit: window.limit(),
    };
    let found = guard::albums(ctx, met, wanted).await?.unwrap_or_default();
    let shown = window.page(&found);
    let nodes = shown.iter().cloned().map(|(at, row)| (at, row.into()));
    Ok(Connection::new(list, window, found.len(), nodes))
}

/// The photo that stands for `met`.
pub async fn portrait(ctx: &Context<'_>, met: &Met) -> Result<Option<Photo>, Error> {
    let found = guard::photos(ctx, met, PhotoWindow::Portrait).await?;
    let found = found.unwrap_or_default();
    Ok(found.first().map(|(_, row)| row.clone().into()))
}
