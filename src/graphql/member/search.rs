//! Finding penpals (policy clause C44).

pub mod facets;
pub mod filter;
pub mod highlights;
pub mod likeness;
pub mod suggestions;

use std::sync::Arc;

use async_graphql::{ComplexObject, Context, Enum, SimpleObject};

use super::{
    connection::{Cursor, List, PageInfo},
    foresight,
    members::{Member, placed},
};
use crate::domain::{
    self,
    search::{Clause, Likeness},
    words::Sought,
};
use crate::graphql::{
    context::Request,
    error::Error,
    guard::{self, Sight, sight},
};
use crate::privacy::Depth;
use crate::store::{
    lists::Placed,
    search::{Hit, MOST, Query},
};
use crate::viewer::who::Viewer;

pub use facets::{Count, Facets};
pub use filter::MemberFilter;
pub use highlights::Highlight;
pub use suggestions::{DidYouMean, Suggestion, begun};

/// In what order members come. An order by a field has those alone in it who show that field to the viewer.
#[derive(Enum, Clone, Copy, Debug, Default, PartialEq, Eq)]
#[graphql(remote = "domain::search::Order")]
pub enum MemberOrder {
    /// In one that tells nothing about them.
    #[default]
    Any,
    /// By the day on which they joined, the last first.
    Newest,
    /// By the minute in which they were here, the last first.
    LatelyOnline,
    /// By how much they share with the viewer of what they show: see `MemberSearchEdge.match`. Of more than
    /// 10,000 who are found, by the first 10,000 of the order `ANY`.
    BestMatch,
}

/// What a search asks for.
struct Asked {
    clauses: Vec<Clause>,
    order: domain::search::Order,
    like: Likeness,
    words: Sought,
    typed: Vec<String>,
}

/// A page of those who were found.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct MemberSearch {
    /// Those on the page, each with their place.
    edges: Vec<MemberSearchEdge>,
    /// Where the page stands in what was found.
    page_info: PageInfo,
    #[graphql(skip)]
    asked: Arc<Asked>,
}

/// Somebody who was found, and their place.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct MemberSearchEdge {
    /// The member.
    node: Member,
    /// The place, to go on after it.
    cursor: Cursor,
    /// What the member shares with the viewer, of what they show; null for visitors.
    r#match: Option<Match>,
    #[graphql(skip)]
    asked: Arc<Asked>,
}

/// What a member shares with the viewer, of what they show.
#[derive(SimpleObject, Clone, Debug)]
pub struct Match {
    /// The sum of the points.
    score: i64,
    /// What the points are for.
    reasons: Vec<MatchReason>,
}

/// A reason for a match.
#[derive(SimpleObject, Clone, Copy, Debug)]
pub struct MatchReason {
    /// What is shared.
    kind: MatchKind,
    /// How many points it gives.
    points: i64,
}

/// What a member and the viewer can share.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum MatchKind {
    /// Interests: 3 points each, at most 30.
    Interests,
    /// The member speaks natively what the viewer learns: 20.
    TeachesMe,
    /// The member learns what the viewer speaks natively: 20.
    LearnsFromMe,
    /// There is a language that both speak or learn: 5.
    CommonLanguage,
    /// They are no more than five years apart: 10.
    AboutMyAge,
}

impl From<domain::search::Match> for Match {
    fn from(found: domain::search::Match) -> Self {
        use domain::search::{A_LANGUAGE, AN_AGE, AN_EXCHANGE, AN_INTEREST};
        let points = |holds: bool, points: i64| if holds { points } else { 0 };
        let all = [
            (MatchKind::TeachesMe, points(found.teaches, AN_EXCHANGE)),
            (MatchKind::LearnsFromMe, points(found.learns, AN_EXCHANGE)),
            (MatchKind::Interests, found.interests * AN_INTEREST),
            (MatchKind::AboutMyAge, points(found.age, AN_AGE)),
            (
                MatchKind::CommonLanguage,
                points(found.language, A_LANGUAGE),
            ),
        ];
        let reasons = all.into_iter().filter(|(_, points)| *points > 0);
        Self {
            score: found.score(),
            reasons: reasons
                .map(|(kind, points)| MatchReason { kind, points })
                .collect(),
        }
    }
}

#[ComplexObject]
impl MemberSearchEdge {
    /// Where the words that were searched for stand in texts that the viewer may see.
    #[graphql(complexity = "20 + child_complexity")]
    async fn highlights(&self, ctx: &Context<'_>) -> Sight<Vec<Highlight>> {
        sight(
            highlights::of(ctx, self.node.met(), &self.asked.words)
                .await
                .map(Some),
        )
    }
}

#[ComplexObject]
impl MemberSearch {
    /// How many were found in all.
    async fn total_count(&self, ctx: &Context<'_>) -> Sight<Count> {
        sight(self.asked.count(ctx).await.map(Some))
    }

    /// How many of those who were found show which country, language and interest to the viewer.
    async fn facets(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many of each at most, from 1 to 100; 20 where it is left out.")]
        first: Option<i32>,
    ) -> Sight<Facets> {
        sight(self.asked.facets(ctx, first.unwrap_or(20)).await.map(Some))
    }

    /// What words of the filter may have been meant for, where they are near a name of a public list.
    async fn did_you_mean(&self) -> Vec<DidYouMean> {
        suggestions::meant(&self.asked.typed)
    }
}

impl Asked {
    fn query(&self, limit: i64) -> Query<'_> {
        Query {
            clauses: &self.clauses,
            order: self.order,
            like: &self.like,
            after: None,
            limit,
            most: MOST,
            depth: Depth::Seeing,
        }
    }

    async fn count(&self, ctx: &Context<'_>) -> Result<Count, Error> {
        let request = Request::of(ctx);
        guard::count_search(ctx)?;
        let store = &request.services().store;
        let counted = store
            .search_count(request.viewer(), request.now(), &self.query(0))
            .await?;
        Ok(counted.into())
    }

    async fn facets(&self, ctx: &Context<'_>, first: i32) -> Result<Facets, Error> {
        let Some(first) = usize::try_from(first)
            .ok()
            .filter(|it| (1..=100).contains(it))
        else {
            return Err(Error::BadInput("`first` is from 1 to 100."));
        };
        guard::count_search(ctx)?;
        let request = Request::of(ctx);
        let store = &request.services().store;
        let counts = store
            .search_facets(request.viewer(), request.now(), &self.query(0))
            .await?;
        Ok(Facets::of(counts, first))
    }
}

/// Searches.
///
/// # Errors
///
/// [`Error::BadInput`] when an argument is not as it should be.
pub async fn search(
    ctx: &Context<'_>,
    filter: &MemberFilter,
    order: MemberOrder,
    first: i32,
    after: Option<String>,
) -> Result<MemberSearch, Error> {
    let request = Request::of(ctx);
    let (viewer, order) = (request.viewer(), order.into());
    let list = List::Found(filter.digest(order));
    let window = list.window(request, first, after.as_deref())?;
    let read = filter.read()?;
    guard::count_search(ctx)?;
    let compared = foresight::asks(ctx.field(), &["edges", "match"]);
    let best = order == domain::search::Order::BestMatch;
    let mut clauses = read.clauses;
    let like = if viewer == Viewer::Visitor {
        if read.exchange {
            return Err(Error::BadInput("`languageExchange` is for members."));
        }
        Likeness::default()
    } else if read.exchange || best || compared {
        likeness::own(ctx).await?
    } else {
        Likeness::default()
    };
    if read.exchange {
        clauses.extend(likeness::exchange(&like));
    }
    clauses.extend(order.clause());
    let asked = Arc::new(Asked {
        clauses,
        order,
        like,
        words: read.words,
        typed: read.typed,
    });
    let query = Query {
        after: window.after,
        depth: foresight::depth(ctx.field(), &["edges", "node"]),
        ..asked.query(window.limit())
    };
    let hits = request
        .services()
        .store
        .search(viewer, request.now(), &query)
        .await?;
    let read = hits.len();
    let hits: Vec<Hit> = window
        .page(&hits)
        .iter()
        .filter(|((_, case), _)| guard::found(case, &asked.clauses))
        .copied()
        .collect();
    let page: Vec<Placed> = hits.iter().map(|(placed, _)| *placed).collect();
    let nodes = placed(ctx, &page, &["edges", "node"]).await;
    let shares = |place| {
        let mut hits = hits.iter();
        let (_, found) = hits.find(|((other, _), _)| *other == place)?;
        (viewer != Viewer::Visitor).then(|| (*found).into())
    };
    let edges: Vec<MemberSearchEdge> = nodes
        .into_iter()
        .map(|(place, node)| MemberSearchEdge {
            node,
            cursor: Cursor::new(list, place),
            r#match: shares(place),
            asked: Arc::clone(&asked),
        })
        .collect();
    Ok(MemberSearch {
        page_info: PageInfo::of(window, read, edges.iter().map(|edge| edge.cursor)),
        edges,
        asked,
    })
}
