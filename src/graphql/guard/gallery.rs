//! Photos: those of somebody's on which the viewer may look, and the one that an address names.

use std::sync::Arc;

use async_graphql::Context;

use super::{Met, read};
use crate::domain::{
    audience::Audience,
    id::{MemberId, PhotoId},
    photo::FileName,
};
use crate::graphql::{context::Request, error::Error, loaders::Look};
use crate::privacy::{Depth, Gallery, Wish};
use crate::store::photos::{AlbumPage, AlbumWindow, PhotoPage, PhotoWindow};

/// What is decided on before photos are read.
pub(super) const LOOKS: [Wish; 4] = [
    Wish::Look(Audience::OnlyMe),
    Wish::Look(Audience::Penpals),
    Wish::Look(Audience::Members),
    Wish::Look(Audience::Public),
];

/// Photos of `met`; nothing where the viewer may look at none.
pub async fn photos(
    ctx: &Context<'_>,
    met: &Met,
    window: PhotoWindow,
) -> Result<Option<Arc<PhotoPage>>, Error> {
    let request = Request::of(ctx);
    Box::pin(read(request, met, &LOOKS, |case| {
        let gallery = Gallery::ask(&case)?;
        Some(async move { request.loaders().photos(gallery, window).await })
    }))
    .await
}

/// Albums of `met`; nothing where the viewer may look at none.
pub async fn albums(
    ctx: &Context<'_>,
    met: &Met,
    window: AlbumWindow,
) -> Result<Option<Arc<AlbumPage>>, Error> {
    let request = Request::of(ctx);
    Box::pin(read(request, met, &LOOKS, |case| {
        let gallery = Gallery::ask(&case)?;
        Some(async move { request.loaders().albums(gallery, window).await })
    }))
    .await
}

/// The name of a photo's files, where the viewer may look at it now. That there is none, and that there is one for others,
/// are found out by as many statements.
pub async fn photo_file(request: &Request, id: PhotoId) -> Result<Option<FileName>, Error> {
    let store = &request.services().store;
    // A photo that is gone is asked about as one of nobody's.
    let nobody = (MemberId::from_key(0), Audience::OnlyMe);
    let (owner, audience) = store.photo_policy(id).await?.unwrap_or(nobody);
    // Settings that change between the decision and the read make it stale, and it is decided once more.
    for look in [Look::First, Look::Second] {
        let case = request.loaders().case(owner, look, Depth::Seeing).await?;
        let gallery = case.as_ref().and_then(Gallery::ask);
        let Some(gallery) = gallery.filter(|gallery| gallery.shows(audience)) else {
            return Ok(None);
        };
        let name = store.photo_file(&gallery, id).await?;
        if name.is_some() {
            return Ok(name);
        }
    }
    Ok(None)
}
