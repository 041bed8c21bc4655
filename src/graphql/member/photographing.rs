//! What members do with their own photos.

use async_graphql::{Context, ID, InputObject, MaybeUndefined, Object, SimpleObject};
use chrono::{DateTime, TimeDelta, Utc};
use secrecy::ExposeSecret;

use super::{
    enums::PhotoAudience,
    fields::{Caption, Findings},
    payload::{UserError, UserErrorCode as Code},
    photos::Photo,
};
use crate::domain::{
    age::AgeClass,
    audience::Audience,
    id::{AlbumId, PhotoId},
    photo,
};
use crate::graphql::{
    context::{Request, time},
    error::{Error, Failure},
    guard::{self, Sight, sight},
    photos::LONGEST,
};
use crate::store::{
    self,
    photos::{MOST_PHOTOS, PhotoChanges},
};
use crate::viewer::tokens::Token;

/// How long a ticket can be used.
const TICKETS_FOR: TimeDelta = TimeDelta::minutes(10);

/// Keeping photos.
#[derive(Default)]
pub struct Photographing;

/// Leave to send one photo.
#[derive(SimpleObject)]
pub struct PhotoUpload {
    /// Where to send it, once: `PUT` to this path, with the photo and nothing else as its body, and with the cookie or the
    /// bearer token of the one who asked. A JPEG, PNG or WebP is taken, whatever type is announced. The answer's `photo` is
    /// the id of the photo, which nobody but its owner sees until `updatePhoto` shows it to others.
    path: String,
    /// Until when.
    expires_at: DateTime<Utc>,
    /// How many bytes it may have at most.
    longest: i32,
}

/// What asking for leave to send a photo answers.
#[derive(SimpleObject)]
pub struct RequestPhotoUploadPayload {
    /// The leave.
    upload: Option<PhotoUpload>,
    /// What can be put right.
    user_errors: Vec<UserError>,
}

/// What changing a photo takes; what is absent stays.
#[derive(InputObject)]
pub struct UpdatePhotoInput {
    /// The photo.
    photo: ID,
    /// Who may look at it.
    audience: Option<PhotoAudience>,
    /// 1 to 500 characters; null or blank takes it away.
    caption: MaybeUndefined<String>,
    /// One of the viewer's albums; null takes the photo out. One that changes its album without being given an audience is
    /// shown to no more people than before.
    album: MaybeUndefined<ID>,
}

/// What deleting a photo takes.
#[derive(InputObject)]
pub struct DeletePhotoInput {
    /// The photo.
    photo: ID,
}

/// What choosing the photo that stands for the viewer takes.
#[derive(InputObject)]
pub struct SetProfilePhotoInput {
    /// One of the viewer's photos; null for none.
    photo: Option<ID>,
}

/// What changing a photo answers.
#[derive(SimpleObject)]
pub struct PhotoPayload {
    /// The photo, after the change.
    photo: Option<Photo>,
    /// What can be put right. Where something is wrong, nothing was changed.
    user_errors: Vec<UserError>,
}

/// What deleting a photo answers.
#[derive(SimpleObject)]
pub struct DeletePhotoPayload {
    /// The id of the photo that is gone.
    deleted: Option<ID>,
    /// What can be put right.
    user_errors: Vec<UserError>,
}

#[Object]
impl Photographing {
    /// Asks for leave to send a photo.
    async fn request_photo_upload(&self, ctx: &Context<'_>) -> Sight<RequestPhotoUploadPayload> {
        sight(request(ctx).await.map(Some))
    }

    /// Changes who may look at one of the viewer's own photos, what is said of it, or in which album it lies.
    async fn update_photo(
        &self,
        ctx: &Context<'_>,
        input: UpdatePhotoInput,
    ) -> Sight<PhotoPayload> {
        sight(update(ctx, &input).await.map(Some))
    }

    /// Deletes one of the viewer's own photos: from now on nobody is given it.
    async fn delete_photo(
        &self,
        ctx: &Context<'_>,
        input: DeletePhotoInput,
    ) -> Sight<DeletePhotoPayload> {
        sight(delete(ctx, &input).await.map(Some))
    }

    /// Has one of the viewer's own photos stand for them, for those who may look at it.
    async fn set_profile_photo(
        &self,
        ctx: &Context<'_>,
        input: SetProfilePhotoInput,
    ) -> Sight<PhotoPayload> {
        sight(choose(ctx, &input).await.map(Some))
    }
}

impl PhotoPayload {
    fn refused(error: UserError) -> Self {
        Self {
            photo: None,
            user_errors: vec![error],
        }
    }
}

fn no_such_photo() -> UserError {
    let path = ["input", "photo"];
    UserError::at(&path, Code::NotFound, "You have no such photo.")
}

/// An audience as chosen, where somebody of this age may choose it.
pub(super) fn audience(
    findings: &mut Findings,
    chosen: PhotoAudience,
    age: AgeClass,
) -> Option<Audience> {
    let audience = Audience::from(chosen);
    if audience > photo::widest(age) {
        findings.add(
            &["input", "audience"],
            Code::AudienceTooWide,
            "Photos cannot be shown that widely.",
        );
        return None;
    }
    Some(audience)
}

async fn request(ctx: &Context<'_>) -> Result<RequestPhotoUploadPayload, Error> {
    let permit = guard::own(ctx).await?;
    guard::count(ctx, &permit, |limits| &limits.photos)?;
    let request = Request::of(ctx);
    let store = &request.services().store;
    if !store.has_room_for_a_photo(&permit).await? {
        return Ok(RequestPhotoUploadPayload {
            upload: None,
            user_errors: vec![UserError::whole(
                Code::TooMany,
                format!("You have {MOST_PHOTOS} photos, as many as there can be."),
            )],
        });
    }
    let ticket = Token::random().map_err(Failure::new)?;
    let expires_at = (request.now() + TICKETS_FOR).timestamp_millis();
    store
        .give_photo_ticket(&permit, ticket.digest().as_bytes(), expires_at)
        .await?;
    Ok(RequestPhotoUploadPayload {
        upload: Some(PhotoUpload {
            path: format!("/photos/upload/{}", ticket.text().expose_secret()),
            expires_at: time(expires_at),
            longest: i32::try_from(LONGEST).unwrap_or(i32::MAX),
        }),
        user_errors: Vec::new(),
    })
}

async fn update(ctx: &Context<'_>, input: &UpdatePhotoInput) -> Result<PhotoPayload, Error> {
    guard::count_act(ctx).await?;
    let (permit, case) = guard::own_case(ctx).await?;
    let Some(photo) = PhotoId::from_global(&input.photo) else {
        return Ok(PhotoPayload::refused(no_such_photo()));
    };
    let mut findings = Findings::default();
    let age = case.known().owner.age;
    let audience = input
        .audience
        .and_then(|chosen| audience(&mut findings, chosen, age));
    let caption = findings
        .clearable(&["input", "caption"], &input.caption, Caption::parse)
        .map(|caption| caption.map(Caption::into_string));
    let album = match &input.album {
        MaybeUndefined::Undefined => None,
        MaybeUndefined::Null => Some(None),
        // An id that is none is one of no album.
        MaybeUndefined::Value(id) => Some(Some(
            AlbumId::from_global(id).unwrap_or(AlbumId::from_key(0)),
        )),
    };
    if !findings.none() {
        return Ok(PhotoPayload {
            photo: None,
            user_errors: findings.into_errors(),
        });
    }
    let request = Request::of(ctx);
    let changes = PhotoChanges {
        audience,
        caption,
        album,
    };
    let store = &request.services().store;
    let changed = store.change_photo(&permit, photo, &changes).await;
    request.refresh();
    match changed {
        Ok(row) => Ok(PhotoPayload {
            photo: Some(row.into()),
            user_errors: Vec::new(),
        }),
        Err(store::Error::Missing) => Ok(PhotoPayload::refused(UserError::at(
            &["input"],
            Code::NotFound,
            "You have no such photo, or no such album.",
        ))),
        Err(error) => Err(error.into()),
    }
}

async fn delete(ctx: &Context<'_>, input: &DeletePhotoInput) -> Result<DeletePhotoPayload, Error> {
    let permit = guard::count_act(ctx).await?;
    let request = Request::of(ctx);
    let services = request.services();
    let gone = match PhotoId::from_global(&input.photo) {
        Some(photo) => services.store.delete_photo(&permit, photo).await,
        None => Err(store::Error::Missing),
    };
    request.refresh();
    match gone {
        Ok(name) => {
            // Nobody is given them any more. What cannot be removed now is removed later.
            if let Some(name) = name {
                services.give_up_photo(&name).await;
            }
            Ok(DeletePhotoPayload {
                deleted: Some(input.photo.clone()),
                user_errors: Vec::new(),
            })
        }
        Err(store::Error::Missing) => Ok(DeletePhotoPayload {
            deleted: None,
            user_errors: vec![no_such_photo()],
        }),
        Err(error) => Err(error.into()),
    }
}

async fn choose(ctx: &Context<'_>, input: &SetProfilePhotoInput) -> Result<PhotoPayload, Error> {
    let permit = guard::count_act(ctx).await?;
    let request = Request::of(ctx);
    let photo = match &input.photo {
        Some(id) => match PhotoId::from_global(id) {
            Some(photo) => Some(photo),
            None => return Ok(PhotoPayload::refused(no_such_photo())),
        },
        None => None,
    };
    let store = &request.services().store;
    let chosen = store.set_profile_photo(&permit, photo).await;
    request.refresh();
    match chosen {
        Ok(row) => Ok(PhotoPayload {
            photo: row.map(Photo::from),
            user_errors: Vec::new(),
        }),
        Err(store::Error::Missing) => Ok(PhotoPayload::refused(no_such_photo())),
        Err(error) => Err(error.into()),
    }
}
