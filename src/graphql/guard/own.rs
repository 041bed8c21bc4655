//! Leave for the viewer to keep what is their own.

use async_graphql::Context;

use super::{Foreseen, Met, met};
use crate::domain::id::NoticeId;
use crate::graphql::{context::Request, error::Error, loaders::Look};
use crate::privacy::{Act, Case, Depth, Permit, Wanted, Wish, wishes};
use crate::store::notices::Told;
use crate::viewer::who::Viewer;

/// Leave for the viewer to keep their own account.
///
/// # Errors
///
/// [`Error::Unauthenticated`] for a visitor.
pub async fn own(ctx: &Context<'_>) -> Result<Permit<wishes::KeepOwn>, Error> {
    own_case(ctx).await.map(|(permit, _)| permit)
}

/// Leave for the viewer to keep their own account, and the facts about them.
///
/// # Errors
///
/// [`Error::Unauthenticated`] for a visitor.
pub async fn own_case(ctx: &Context<'_>) -> Result<(Permit<wishes::KeepOwn>, Case), Error> {
    own_of(Request::of(ctx)).await
}

/// [`own_case`], where there is no field that is being resolved: between the events of a subscription.
///
/// # Errors
///
/// As [`own_case`].
pub async fn own_of(request: &Request) -> Result<(Permit<wishes::KeepOwn>, Case), Error> {
    let Viewer::Member(me) = request.viewer() else {
        return Err(Error::Unauthenticated);
    };
    let case = request
        .loaders()
        .case(me, Look::First, Depth::Seeing)
        .await?
        .ok_or(Error::Unauthenticated)?;
    request.decided(&case, None, &[Wish::Do(Act::KeepOwn)]);
    let permit = Permit::ask(&case).map_err(|_| Error::NotServed)?;
    Ok((permit, case))
}

/// The viewer, met as by themselves, with what is wished read ahead.
///
/// # Errors
///
/// [`Error::Unauthenticated`] for a visitor.
pub async fn oneself(ctx: &Context<'_>, wishes: &[Wish]) -> Result<Met, Error> {
    let (_, case) = own_case(ctx).await?;
    let foreseen = Foreseen {
        wanted: wishes
            .iter()
            .fold(Wanted::NOTHING, |wanted, wish| wanted.with(*wish)),
        ..Foreseen::default()
    };
    met(ctx, [case], &foreseen)
        .await
        .pop()
        .ok_or(Error::NotServed)
}

/// Leave for the viewer to keep their own account, where the password was given in this session within the
/// last quarter of an hour (policy clause C19).
///
/// # Errors
///
/// [`Error::Unauthenticated`] for a visitor, [`Error::ReauthRequired`] when it is longer ago.
pub async fn lately(ctx: &Context<'_>) -> Result<Permit<wishes::KeepOwn>, Error> {
    let permit = own(ctx).await?;
    Request::of(ctx)
        .reauthenticated_until()
        .map(|_| permit)
        .ok_or(Error::ReauthRequired)
}

/// By which notice the viewer is told of what is done with their account now.
///
/// # Errors
///
/// Where there is no randomness for an id.
pub fn told(request: &Request) -> Result<Told, Error> {
    Ok(Told {
        id: NoticeId::random(&mut request.rng()?),
        now: request.now_millis(),
    })
}
