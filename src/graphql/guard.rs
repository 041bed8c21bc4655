//! The typed guard: the first line of every resolver of something governed.
//!
//! It looks at the facts, asks `privacy`, and with the permit reads the content. Hidden is a plain
//! nothing, below which no statement ran. A failure is the field's own error and leaves the rest whole.

use std::sync::Arc;

use async_graphql::Context;

use super::{
    context::Request,
    error::{Error, Failure},
    loaders::{Look, PageKey},
};
use crate::domain::{id::MemberId, profile::Field};
use crate::privacy::{AnyPermit, Case, Permit, Wish, Wished, wishes};
use crate::store::{
    content::{Column, Content},
    lists::Place,
};
use crate::viewer::who::Viewer;

/// What a resolver of a governed field gives back: nothing, a value, or the field's own error.
///
/// An `Err` inside a `Result<Option<_>>` would take the parent object down with it.
pub type Sight<T> = Option<Result<T, Error>>;

/// Turns a fallible optional into a [`Sight`].
pub fn sight<T>(outcome: Result<Option<T>, Error>) -> Sight<T> {
    outcome.transpose()
}

/// Runs a read under a permit; when settings have changed since the decision, decides again, once.
async fn read<T, Fut>(
    request: &Request,
    member: MemberId,
    wish: Wish,
    read: impl Fn(AnyPermit) -> Fut,
) -> Result<Option<T>, Error>
where
    Fut: Future<Output = Result<Option<T>, Failure>>,
{
    for look in [Look::First, Look::Second] {
        let Some(case) = request.loaders().case(member, look).await? else {
            return Ok(None);
        };
        let Ok(permit) = AnyPermit::ask(&case, wish) else {
            return Ok(None);
        };
        if let Some(found) = read(permit).await? {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

async fn content(
    ctx: &Context<'_>,
    member: MemberId,
    wish: Wish,
) -> Result<Option<Arc<Content>>, Error> {
    let request = Request::of(ctx);
    read(request, member, wish, async |permit| {
        request.loaders().content(permit).await
    })
    .await
}

/// A governed field of `member`, for whoever is asking.
pub async fn see<F: Column>(ctx: &Context<'_>, member: MemberId) -> Sight<F::Value> {
    sight(
        content(ctx, member, Wish::See(F::FIELD))
            .await
            .map(|content| content.and_then(|content| F::of(&content))),
    )
}

/// The handle of `member`, whom the viewer has met.
pub async fn handle(ctx: &Context<'_>, member: MemberId) -> Sight<String> {
    sight(
        content(ctx, member, Wish::Meet)
            .await
            .map(|content| content.and_then(|content| content.handle().map(str::to_owned))),
    )
}

/// The display name of `member`, whom the viewer has met.
pub async fn display_name(ctx: &Context<'_>, member: MemberId) -> Sight<String> {
    sight(
        content(ctx, member, Wish::Meet)
            .await
            .map(|content| content.and_then(|content| content.display_name().map(str::to_owned))),
    )
}

/// A page of the penpals of `member`, or of those in common with the viewer, as `field` says: nothing where
/// the list is hidden.
pub async fn penpals(
    ctx: &Context<'_>,
    member: MemberId,
    field: Field,
    after: Option<Place>,
    limit: i64,
) -> Result<Option<Arc<Vec<Place>>>, Error> {
    let request = Request::of(ctx);
    read(request, member, Wish::See(field), async |permit| {
        request
            .loaders()
            .page(PageKey {
                permit,
                after,
                limit,
            })
            .await
    })
    .await
}

/// How many penpals of `member`, or in common, the viewer may know of: nothing where the list is hidden.
pub async fn penpal_count(
    ctx: &Context<'_>,
    member: MemberId,
    field: Field,
) -> Result<Option<i64>, Error> {
    let request = Request::of(ctx);
    read(request, member, Wish::See(field), async |permit| {
        request.loaders().count(permit).await
    })
    .await
}

/// Whether `F` of `member` has something that the viewer may see.
pub async fn has<F: Column>(ctx: &Context<'_>, member: MemberId) -> Result<bool, Error> {
    see::<F>(ctx, member)
        .await
        .transpose()
        .map(|value| value.is_some())
}

/// A permit to meet, where the member exists for the viewer.
pub async fn meet(
    ctx: &Context<'_>,
    member: MemberId,
) -> Result<Option<Permit<wishes::Meet>>, Error> {
    let case = Request::of(ctx).loaders().case(member, Look::First).await?;
    Ok(case.and_then(|case| Permit::ask(&case).ok()))
}

/// Permits to meet those of `members` who exist for the viewer, in the same order; one statement.
pub async fn meet_all(
    ctx: &Context<'_>,
    members: &[MemberId],
) -> Result<Vec<Permit<wishes::Meet>>, Error> {
    let cases = Request::of(ctx).loaders().cases(members).await?;
    Ok(members
        .iter()
        .filter_map(|member| cases.get(member))
        .filter_map(|case| Permit::ask(case).ok())
        .collect())
}

/// Leave for an act toward each of `members`, all or nothing; one statement.
///
/// # Errors
///
/// [`Refused`] and the place of the first who is refused, without the rule that refused.
pub async fn leave_all<W: Wished>(
    ctx: &Context<'_>,
    members: &[MemberId],
) -> Result<Vec<Permit<W>>, (usize, Refused)> {
    let cases = Request::of(ctx)
        .loaders()
        .cases(members)
        .await
        .map_err(|failure| (0, Refused::from(failure)))?;
    members
        .iter()
        .enumerate()
        .map(|(at, member)| {
            let met = cases
                .get(member)
                .filter(|case| Permit::<wishes::Meet>::ask(case).is_ok())
                .ok_or((at, Refused::Unknown))?;
            Permit::ask(met).map_err(|_| (at, Refused::NotPossible))
        })
        .collect()
}

/// The facts about a member whom the viewer has met.
pub async fn case(ctx: &Context<'_>, member: MemberId) -> Result<Option<Case>, Error> {
    Ok(Request::of(ctx).loaders().case(member, Look::First).await?)
}

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
    let request = Request::of(ctx);
    let Viewer::Member(me) = request.viewer() else {
        return Err(Error::Unauthenticated);
    };
    let case = request
        .loaders()
        .case(me, Look::First)
        .await?
        .ok_or(Error::Unauthenticated)?;
    let permit = Permit::ask(&case).map_err(|_| Error::NotServed)?;
    Ok((permit, case))
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

/// Why an act toward another member did not happen.
#[derive(Debug)]
pub enum Refused {
    /// There is no such member for the viewer.
    Unknown,
    /// The act is not possible; which rule says so is not told.
    NotPossible,
    /// The viewer has as many of these as one may have.
    Full,
    /// Something broke.
    Failed(Error),
}

impl<E: Into<Error>> From<E> for Refused {
    fn from(error: E) -> Self {
        Refused::Failed(error.into())
    }
}

/// Counts an act of the viewer's: nobody can make others' decisions stale as fast as they are made.
///
/// # Errors
///
/// [`Error::RateLimited`].
pub async fn count_act(ctx: &Context<'_>) -> Result<Permit<wishes::KeepOwn>, Error> {
    let permit = own(ctx).await?;
    let request = Request::of(ctx);
    request
        .services()
        .throttles
        .acts
        .check(permit.subject().key().to_be_bytes())
        .map_err(|wait| request.rate_limited(wait.seconds()))?;
    Ok(permit)
}

/// Leave for an act toward another member.
///
/// # Errors
///
/// [`Refused`], without the rule that refused.
pub async fn leave<W: Wished>(ctx: &Context<'_>, member: MemberId) -> Result<Permit<W>, Refused> {
    let Some(case) = case(ctx, member).await? else {
        return Err(Refused::Unknown);
    };
    if Permit::<wishes::Meet>::ask(&case).is_err() {
        return Err(Refused::Unknown);
    }
    Permit::ask(&case).map_err(|_| Refused::NotPossible)
}

/// Decides on an act and does it; when settings have changed since the decision, decides again, a few
/// times: two members who act at once, or a third who blocks and unblocks, must not make an act fail.
///
/// A macro, since a closure that borrows the context cannot be shown to be `Send`.
macro_rules! act {
    ($ctx:expr, $wish:ty, $member:expr, $permit:ident => $act:expr) => {{
        use $crate::graphql::guard::{Refused, leave};
        use $crate::store::{Conflict, Error};
        let mut outcome = Err(Refused::NotPossible);
        for _ in 0..6 {
            let $permit = match leave::<$wish>($ctx, $member).await {
                Ok(permit) => permit,
                Err(refused) => {
                    outcome = Err(refused);
                    break;
                }
            };
            let done = $act;
            $crate::graphql::context::Request::of($ctx).refresh();
            match done {
                Err(Error::Conflict(Conflict::Stale)) => {}
                Err(Error::Conflict(Conflict::Full)) => {
                    outcome = Err(Refused::Full);
                    break;
                }
                done => {
                    outcome = done.map_err(Refused::from);
                    break;
                }
            }
        }
        outcome
    }};
}
pub(super) use act;
