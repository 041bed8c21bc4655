//! The viewer, as somebody else would be given them.

use async_graphql::Context;

use super::{Foreseen, Met, case, own, own_case, seen};
use crate::domain::{
    id::{ListId, MemberId},
    profile::FieldSet,
};
use crate::graphql::{context::Request, error::Error};
use crate::privacy::{Depth, Onlooker, Permit, wishes};

/// The viewer as `onlooker` would be given them, with what is foreseen read ahead; nothing where the viewer
/// would not exist for the onlooker.
pub async fn reflection(
    ctx: &Context<'_>,
    onlooker: Onlooker,
    foreseen: &Foreseen,
) -> Result<Option<Met>, Error> {
    let (_, case) = own_case(ctx).await?;
    Ok(seen(ctx, [case], Some(onlooker), foreseen).await.pop())
}

/// A penpal of the viewer's, as onlooker: nothing where the viewer has no such penpal.
pub async fn penpal(ctx: &Context<'_>, member: MemberId) -> Result<Option<Onlooker>, Error> {
    let bound = case(ctx, member, Depth::Seeing).await?.is_some_and(|case| {
        Permit::<wishes::Meet>::ask(&case).is_ok() && case.known().pair.penpals
    });
    if !bound {
        return Ok(None);
    }
    let permit = own(ctx).await?;
    let store = &Request::of(ctx).services().store;
    let (listed, excepted) = store.fields_named_for(&permit, member).await?;
    Ok(Some(Onlooker::Penpal { listed, excepted }))
}

/// Whoever stands on one of the viewer's lists and on no other: nothing where the viewer has no such list.
pub async fn on_list(ctx: &Context<'_>, list: ListId) -> Result<Option<Onlooker>, Error> {
    let permit = own(ctx).await?;
    let store = &Request::of(ctx).services().store;
    if !store
        .own_lists(&permit)
        .await?
        .iter()
        .any(|own| own.id == list)
    {
        return Ok(None);
    }
    let named = store.named_lists(&permit).await?;
    let fields = |excepted: bool| {
        let of = named
            .iter()
            .filter(|it| it.list == list && it.excepted == excepted);
        of.fold(FieldSet::NONE, |fields, it| fields.with(it.field))
    };
    Ok(Some(Onlooker::Penpal {
        listed: fields(false),
        excepted: fields(true),
    }))
}
