//! Acts toward other members: each takes a permit of its own, and is decided anew where settings change.

use async_graphql::Context;

use super::{case, own};
use crate::domain::id::MemberId;
use crate::graphql::{context::Request, error::Error, loaders::Look, services::Throttles};
use crate::privacy::{Depth, Permit, Wish, Wished, wishes};
use crate::viewer::throttle::Throttle;

/// Why an act toward another member did not happen.
#[derive(Debug)]
pub enum Refused {
    /// There is no such member for the viewer.
    Unknown,
    /// The act is not possible; which rule says so is not told.
    NotPossible,
    /// The viewer has as many of these as one may have.
    Full,
    /// The viewer has used the key for something else.
    Used,
    /// Something broke.
    Failed(Error),
}

impl<E: Into<Error>> From<E> for Refused {
    fn from(error: E) -> Self {
        Refused::Failed(error.into())
    }
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
    let request = Request::of(ctx);
    let cases = request
        .loaders()
        .cases(members, Look::First, Depth::Acting)
        .await
        .map_err(|failure| (0, Refused::from(failure)))?;
    for case in &cases {
        request.decided(case, None, &[Wish::Meet, W::WISH]);
    }
    members
        .iter()
        .enumerate()
        .map(|(at, member)| {
            let met = cases
                .iter()
                .find(|case| case.subject() == *member)
                .filter(|case| Permit::<wishes::Meet>::ask(case).is_ok())
                .ok_or((at, Refused::Unknown))?;
            Permit::ask(met).map_err(|_| (at, Refused::NotPossible))
        })
        .collect()
}

/// Counts an act of the viewer's: nobody can make others' decisions stale as fast as they are made.
///
/// # Errors
///
/// [`Error::RateLimited`].
pub async fn count_act(ctx: &Context<'_>) -> Result<Permit<wishes::KeepOwn>, Error> {
    let permit = own(ctx).await?;
    count(ctx, &permit, |limits| &limits.acts)?;
    Ok(permit)
}

/// Counts a try of the viewer's under one of the limits that are kept by member.
///
/// # Errors
///
/// [`Error::RateLimited`].
pub fn count(
    ctx: &Context<'_>,
    permit: &Permit<wishes::KeepOwn>,
    limit: impl FnOnce(&Throttles) -> &Throttle,
) -> Result<(), Error> {
    let request = Request::of(ctx);
    limit(&request.services().throttles)
        .check(permit.subject().key().to_be_bytes())
        .map_err(|wait| request.rate_limited(wait.seconds()))
}

/// Whether the viewer and a member who exists for them are penpals; nothing where there is no such member.
pub async fn bound(ctx: &Context<'_>, member: MemberId) -> Result<Option<bool>, Error> {
    let case = case(ctx, member, Depth::Acting).await?;
    Ok(case
        .filter(|case| Permit::<wishes::Meet>::ask(case).is_ok())
        .map(|case| case.known().pair.penpals))
}

/// Whether a member exists for the viewer.
pub async fn exists(ctx: &Context<'_>, member: MemberId) -> Result<bool, Error> {
    bound(ctx, member).await.map(|bound| bound.is_some())
}

/// Leave for an act toward another member.
///
/// # Errors
///
/// [`Refused`], without the rule that refused.
pub async fn leave<W: Wished>(ctx: &Context<'_>, member: MemberId) -> Result<Permit<W>, Refused> {
    let Some(case) = case(ctx, member, Depth::Acting).await? else {
        return Err(Refused::Unknown);
    };
    Request::of(ctx).decided(&case, None, &[Wish::Meet, W::WISH]);
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
                Err(Error::Conflict(Conflict::Key)) => {
                    outcome = Err(Refused::Used);
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
pub(in crate::graphql) use act;
