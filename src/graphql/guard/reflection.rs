//! The viewer, as somebody else would be given them.

use async_graphql::Context;

use super::{Foreseen, Met, case, own, own_case, seen};
use crate::domain::{
    id::{ListId, MemberId},
    profile::FieldSet,
};
use crate::graphql::{context::Request, error::Error};
use crate::privacy::{Depth, Onlooker, Wish};
use crate::store::settings::Named;

/// Somebody who might look at the viewer, and the lists of the viewer's on which they stand, as far as
/// audiences name them.
#[derive(Clone, Debug)]
pub struct Eyes {
    /// Who looks.
    pub onlooker: Onlooker,
    /// The lists.
    pub named: Vec<Named>,
}

impl From<Onlooker> for Eyes {
    fn from(onlooker: Onlooker) -> Self {
        Self {
            onlooker,
            named: Vec::new(),
        }
    }
}

/// The fields for which lists are named, to show them or to except.
fn fields(named: &[Named], excepted: bool) -> FieldSet {
    let of = named.iter().filter(|it| it.excepted == excepted);
    of.fold(FieldSet::NONE, |fields, it| fields.with(it.field))
}

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

/// Another member, as onlooker: nothing where there is none for the viewer.
pub async fn other(ctx: &Context<'_>, member: MemberId) -> Result<Option<Eyes>, Error> {
    let Some(case) = case(ctx, member, Depth::Seeing).await? else {
        return Ok(None);
    };
    Request::of(ctx).decided(&case, None, &[Wish::Meet]);
    // Of one who does not exist for the viewer nothing more is asked than of an id that never was.
    if case.onlooker(FieldSet::NONE, FieldSet::NONE).is_none() {
        return Ok(None);
    }
    let permit = own(ctx).await?;
    let store = &Request::of(ctx).services().store;
    let named = store.lists_naming(&permit, member).await?;
    let onlooker = case.onlooker(fields(&named, false), fields(&named, true));
    Ok(onlooker.map(|onlooker| Eyes { onlooker, named }))
}

/// A penpal of the viewer's, as onlooker: nothing where the viewer has no such penpal.
pub async fn penpal(ctx: &Context<'_>, member: MemberId) -> Result<Option<Eyes>, Error> {
    let eyes = other(ctx, member).await?;
    Ok(eyes.filter(|eyes| matches!(eyes.onlooker, Onlooker::Penpal { .. })))
}

/// Whoever stands on one of the viewer's lists and on no other: nothing where the viewer has no such list.
pub async fn on_list(ctx: &Context<'_>, list: ListId) -> Result<Option<Eyes>, Error> {
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
    let mut named = store.named_lists(&permit).await?;
    named.retain(|it| it.list == list);
    let (listed, excepted) = (fields(&named, false), fields(&named, true));
    let onlooker = Onlooker::Penpal { listed, excepted };
    Ok(Some(Eyes { onlooker, named }))
}
