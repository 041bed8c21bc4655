//! The viewer, as somebody else would be given them.

use std::collections::HashSet;

use async_graphql::Context;

use super::{Foreseen, Met, case, own, own_case, penpal_count, seen};
use crate::domain::{
    id::{ListId, MemberId},
    profile::{Field, FieldSet},
};
use crate::graphql::{context::Request, error::Error};
use crate::privacy::{Depth, Onlooker, Permit, Wish, Wished, wishes};
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

/// Another member, as onlooker: nothing where there is none for the viewer, or none to be found as `W` says.
pub async fn other<W: Wished>(ctx: &Context<'_>, member: MemberId) -> Result<Option<Eyes>, Error> {
    let Some(case) = case(ctx, member, Depth::Seeing).await? else {
        return Ok(None);
    };
    Request::of(ctx).decided(&case, None, &[Wish::Meet, W::WISH]);
    // Of one who does not exist for the viewer nothing more is asked than of an id that never was.
    let onlooker = case.onlooker(FieldSet::NONE, FieldSet::NONE);
    if onlooker.is_none() || Permit::<W>::ask(&case).is_err() {
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
    let eyes = other::<wishes::Meet>(ctx, member).await?;
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

/// What can be said of a list of the viewer's penpals, as it would be given to somebody else.
///
/// Who of them would be on it depends on what each of them shows to the other, and whether each exists for the
/// other: that is nothing of the viewer's.
#[derive(Clone, Copy, Debug, Default)]
pub struct Bounds {
    /// Whether the viewer shows the list to them.
    pub shown: bool,
    /// How many would be on it at least.
    pub at_least: i64,
    /// How many would be on it at most.
    pub at_most: i64,
}

/// What can be said of one of the two lists of penpals of the viewer, who is met as by `met`'s onlooker.
pub async fn bounds(ctx: &Context<'_>, met: &Met, field: Field) -> Result<Bounds, Error> {
    let request = Request::of(ctx);
    let wish = Wish::See(field);
    request.decided(met.case(), met.0.onlooker, &[wish]);
    if !met.case().verdict(wish).allows() {
        return Ok(Bounds::default());
    }
    let permit = own(ctx).await?;
    let store = &request.services().store;
    let named = HashSet::new();
    let all = store.circle(&permit, &named, request.today()).await?.all();
    let penpal = matches!(met.0.onlooker, Some(Onlooker::Penpal { .. }));
    let (at_least, at_most) = match field {
        // Nobody has themselves in common with anybody.
        Field::MutualPenpals => (0, all - i64::from(penpal)),
        // The two whom a bond binds know of it.
        _ => (i64::from(penpal), all),
    };
    let at_most = at_most.max(0);
    Ok(Bounds {
        shown: true,
        at_least: at_least.min(at_most),
        at_most,
    })
}

/// Whether there is anything on a list of penpals of `met`, as far as whoever looks may know: of the viewer with
/// others' eyes, whether there could be.
pub async fn has_list(ctx: &Context<'_>, met: &Met, field: Field) -> Result<bool, Error> {
    if met.0.onlooker.is_some() {
        return Ok(bounds(ctx, met, field).await?.at_most > 0);
    }
    let count = penpal_count(ctx, met, field).await?;
    Ok(count.is_some_and(|count| count > 0))
}
