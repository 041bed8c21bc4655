//! Finding members by something else than their ids.

use async_graphql::Context;

use super::{Foreseen, Met, case, met};
use crate::domain::{id::MemberId, search::Clause};
use crate::graphql::{context::Request, error::Error};
use crate::privacy::{Case, FieldPermit, Permit, Wished, wishes};
use crate::viewer::who::Viewer;

/// The member, where the viewer may find them as `W` says, with what is foreseen read ahead.
pub async fn find<W: Wished>(
    ctx: &Context<'_>,
    member: MemberId,
    foreseen: &Foreseen,
) -> Result<Option<Met>, Error> {
    let case = case(ctx, member, foreseen.depth).await?;
    if let Some(case) = &case {
        Request::of(ctx).decided(case, None, &[W::WISH]);
    }
    let case = case.filter(|case| Permit::<W>::ask(case).is_ok());
    Ok(met(ctx, case, foreseen).await.pop())
}

/// Counts a search, a count or the facets of one: whoever asks, a database answers no more of them than that.
///
/// # Errors
///
/// [`Error::RateLimited`].
pub fn count_search(ctx: &Context<'_>) -> Result<(), Error> {
    let request = Request::of(ctx);
    let searches = &request.services().throttles.searches;
    match request.viewer() {
        Viewer::Member(me) => searches.check(me.key().to_be_bytes()),
        Viewer::Visitor => searches.check_network(request.arrival().network),
    }
    .map_err(|wait| request.rate_limited(wait.seconds()))
}

/// Whether somebody whom a search has found may be found by it: by search at all, and for each clause by a
/// field that the viewer may see.
///
/// The statement has asked the same; this is the decision itself.
pub fn found(case: &Case, clauses: &[Clause]) -> bool {
    Permit::<wishes::FindBySearch>::ask(case).is_ok()
        && clauses.iter().all(|clause| {
            clause
                .iter()
                .any(|alternative| FieldPermit::ask(case, alternative.field).is_ok())
        })
}
