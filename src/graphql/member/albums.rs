//! What members do with their own albums.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};

use super::{
    enums::PhotoAudience,
    fields::{AlbumTitle, Findings},
    payload::{UserError, UserErrorCode as Code},
    photographing::audience,
    photos::Album,
};
use crate::domain::id::AlbumId;
use crate::graphql::{
    context::Request,
    error::Error,
    guard::{self, Sight, sight},
};
use crate::store::{
    self, Conflict,
    photos::{AlbumRow, MOST_ALBUMS},
};

/// Keeping albums.
#[derive(Default)]
pub struct Albums;

/// What making an album takes.
#[derive(InputObject)]
pub struct CreateAlbumInput {
    /// 1 to 100 characters.
    title: String,
    /// Who may look at it, and at what lies in it where the photo's own audience allows.
    audience: PhotoAudience,
}

/// What changing an album takes; what is absent stays.
#[derive(InputObject)]
pub struct UpdateAlbumInput {
    /// The album.
    album: ID,
    /// 1 to 100 characters.
    title: Option<String>,
    /// Who may look at it, and at what lies in it where the photo's own audience allows.
    audience: Option<PhotoAudience>,
}

/// What deleting an album takes.
#[derive(InputObject)]
pub struct DeleteAlbumInput {
    /// The album.
    album: ID,
}

/// What keeping an album answers.
#[derive(SimpleObject)]
pub struct AlbumPayload {
    /// The album, after the change.
    album: Option<Album>,
    /// What can be put right. Where something is wrong, nothing was changed.
    user_errors: Vec<UserError>,
}

/// What deleting an album answers.
#[derive(SimpleObject)]
pub struct DeleteAlbumPayload {
    /// The id of the album that is gone.
    deleted: Option<ID>,
    /// What can be put right.
    user_errors: Vec<UserError>,
}

#[Object]
impl Albums {
    /// Makes an album, in which nothing lies yet: `updatePhoto` puts photos in it.
    async fn create_album(
        &self,
        ctx: &Context<'_>,
        input: CreateAlbumInput,
    ) -> Sight<AlbumPayload> {
        sight(create(ctx, &input).await.map(Some))
    }

    /// Changes an album's title, or who may look at it.
    async fn update_album(
        &self,
        ctx: &Context<'_>,
        input: UpdateAlbumInput,
    ) -> Sight<AlbumPayload> {
        sight(update(ctx, &input).await.map(Some))
    }

    /// Deletes an album. What lies in it stays, and is shown to no more people than before.
    async fn delete_album(
        &self,
        ctx: &Context<'_>,
        input: DeleteAlbumInput,
    ) -> Sight<DeleteAlbumPayload> {
        sight(delete(ctx, &input).await.map(Some))
    }
}

impl AlbumPayload {
    fn of(outcome: Result<AlbumRow, store::Error>) -> Result<Self, Error> {
        match outcome {
            Ok(row) => Ok(Self {
                album: Some(row.into()),
                user_errors: Vec::new(),
            }),
            Err(store::Error::Missing) => Ok(Self::refused(vec![no_such_album()])),
            Err(store::Error::Conflict(Conflict::Full)) => {
                Ok(Self::refused(vec![UserError::whole(
                    Code::TooMany,
                    format!("You have {MOST_ALBUMS} albums, as many as there can be."),
                )]))
            }
            Err(error) => Err(error.into()),
        }
    }

    fn refused(user_errors: Vec<UserError>) -> Self {
        Self {
            album: None,
            user_errors,
        }
    }
}

fn no_such_album() -> UserError {
    let path = ["input", "album"];
    UserError::at(&path, Code::NotFound, "You have no such album.")
}

async fn create(ctx: &Context<'_>, input: &CreateAlbumInput) -> Result<AlbumPayload, Error> {
    guard::count_act(ctx).await?;
    let (permit, case) = guard::own_case(ctx).await?;
    let mut findings = Findings::default();
    let title = findings.text(&["input", "title"], AlbumTitle::parse(&input.title));
    let audience = audience(&mut findings, input.audience, case.known().owner.age);
    let (Some(title), Some(audience)) = (title, audience) else {
        return Ok(AlbumPayload::refused(findings.into_errors()));
    };
    let request = Request::of(ctx);
    let row = AlbumRow {
        id: AlbumId::random(&mut request.rng()?),
        title: title.into_string(),
        own: Some((audience, request.now_millis())),
    };
    let store = &request.services().store;
    let made = store.create_album(&permit, &row).await;
    request.refresh();
    AlbumPayload::of(made.map(|()| row))
}

async fn update(ctx: &Context<'_>, input: &UpdateAlbumInput) -> Result<AlbumPayload, Error> {
    guard::count_act(ctx).await?;
    let (permit, case) = guard::own_case(ctx).await?;
    let Some(album) = AlbumId::from_global(&input.album) else {
        return Ok(AlbumPayload::refused(vec![no_such_album()]));
    };
    let mut findings = Findings::default();
    let title = input
        .title
        .as_deref()
        .and_then(|title| findings.text(&["input", "title"], AlbumTitle::parse(title)));
    let age = case.known().owner.age;
    let audience = input
        .audience
        .and_then(|chosen| audience(&mut findings, chosen, age));
    if !findings.none() {
        return Ok(AlbumPayload::refused(findings.into_errors()));
    }
    let request = Request::of(ctx);
    let title = title.as_ref().map(AlbumTitle::as_str);
    let store = &request.services().store;
    let changed = store.change_album(&permit, album, title, audience).await;
    request.refresh();
    AlbumPayload::of(changed)
}

async fn delete(ctx: &Context<'_>, input: &DeleteAlbumInput) -> Result<DeleteAlbumPayload, Error> {
    let permit = guard::count_act(ctx).await?;
    let request = Request::of(ctx);
    let store = &request.services().store;
    let gone = match AlbumId::from_global(&input.album) {
        Some(album) => store.delete_album(&permit, album).await,
        None => Err(store::Error::Missing),
    };
    request.refresh();
    match gone {
        Ok(()) => Ok(DeleteAlbumPayload {
            deleted: Some(input.album.clone()),
            user_errors: Vec::new(),
        }),
        Err(store::Error::Missing) => Ok(DeleteAlbumPayload {
            deleted: None,
            user_errors: vec![no_such_album()],
        }),
        Err(error) => Err(error.into()),
    }
}
