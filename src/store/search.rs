//! Finding members: by search, and by an e-mail address that one knows.

mod choice;
mod conditions;
mod entries;
mod sources;
mod statement;
mod taken;

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use diesel_async::RunQueryDsl;
use tokio::sync::SemaphorePermit;

pub(super) use entries::{Described, write};
use taken::Source;

use super::{
    Error, Store,
    conn::{Conn, on},
    facts::{self, FactsLoaded},
    lists::{Place, Placed},
    sealed::Cell,
    tables::accounts,
};
use crate::domain::{
    age::Today,
    email::Email,
    id::MemberId,
    search::{Clause, Likeness, Match, Order, Test},
};
use crate::privacy::Depth;
use crate::viewer::who::Viewer;

/// What is searched for, and which page of it.
#[derive(Clone, Copy, Debug)]
pub struct Query<'a> {
    /// What must hold of a member; also that they have a place in the order.
    pub clauses: &'a [Clause],
    /// In what order.
    pub order: Order,
    /// What the searcher has.
    pub like: &'a Likeness,
    /// Where the last page ended.
    pub after: Option<Place>,
    /// How many at most.
    pub limit: i64,
    /// How many are counted at most, and the best matches chosen from: [`MOST`], but for tests.
    pub most: i64,
    /// How far the facts about each are to go.
    pub depth: Depth,
}

impl Query<'_> {
    /// The same for what has no order and no pages. That they have a place in the order is among the clauses.
    const fn unordered(&self) -> Self {
        Self {
            order: Order::Any,
            after: None,
            ..*self
        }
    }
}

/// The most members that are counted, and that the best matches are chosen from.
pub const MOST: i64 = 10_000;

/// Now: as a day, as a time and as a minute.
#[derive(Clone, Copy, Debug)]
struct Cutoffs {
    today: Today,
    now: DateTime<Utc>,
    minute: i64,
}

impl Cutoffs {
    fn at(now: DateTime<Utc>) -> Self {
        Self {
            today: Today::at(now),
            now,
            minute: now.timestamp_millis().div_euclid(60_000),
        }
    }

    /// The day that was so many days ago, as yyyymmdd.
    fn day(&self, ago: i64) -> i32 {
        let then = TimeDelta::try_days(ago).and_then(|ago| self.now.checked_sub_signed(ago));
        entries::day(then.unwrap_or(self.now).timestamp_millis())
    }
}

/// Somebody who was found, and what they share with the searcher.
pub type Hit = (Placed, Match);

/// How many there are: exactly, or more than were counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counted {
    /// How many; where there are more, how many were counted.
    pub value: i64,
    /// Whether there are more.
    pub more: bool,
}

impl Counted {
    fn of(value: i64, most: i64) -> Self {
        Self {
            value: value.min(most),
            more: value > most,
        }
    }
}

/// How many of those who match show each value, most first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facets {
    /// Whether there are more who match than were looked at.
    pub more: bool,
    /// By country code.
    pub countries: Vec<(String, i64)>,
    /// By language code.
    pub languages: Vec<(String, i64)>,
    /// By the key of an interest.
    pub interests: Vec<(String, i64)>,
}

/// Whether nobody can meet one of the clauses, whoever they are: one that asks for a term of none.
fn impossible(query: &Query<'_>) -> bool {
    let none =
        |test: &Test| matches!(test, Test::Tags(terms) | Test::Words(terms) if terms.is_empty());
    query
        .clauses
        .iter()
        .any(|clause| clause.iter().all(|alternative| none(&alternative.test)))
}

impl Store {
    /// Those who are found, who exist for `viewer`, and of whom all clauses hold by what they show.
    pub async fn search(
        &self,
        viewer: Viewer,
        now: DateTime<Utc>,
        query: &Query<'_>,
    ) -> Result<Vec<Hit>, Error> {
        let cutoffs = Cutoffs::at(now);
        let enough = match query.order {
            Order::BestMatch => query.most,
            Order::Any | Order::Newest | Order::LatelyOnline => query.limit,
        };
        let begun = self
            .begin_search(viewer, cutoffs, query, Some(enough))
            .await?;
        let Some((mut conn, _place, source)) = begun else {
            return Ok(Vec::new());
        };
        let statement = statement::page(conn.dialect(), query, source, viewer, cutoffs);
        let rows: Vec<((i64, i64), FactsLoaded)> = on!(&mut conn, c => statement.load(c).await)?;
        Ok(rows
            .into_iter()
            .map(|((at, bits), facts)| {
                let case = facts::case(viewer, query.depth, facts);
                let id = case.subject().key();
                ((Place { at, id }, case), Match::from_bits(bits))
            })
            .collect())
    }

    /// A connection, a place among the searches, and from where those who are far are taken, where so many are enough;
    /// nothing where nobody can be found.
    async fn begin_search(
        &self,
        viewer: Viewer,
        cutoffs: Cutoffs,
        query: &Query<'_>,
        enough: Option<i64>,
    ) -> Result<Option<(Conn, SemaphorePermit<'_>, Source)>, Error> {
        if impossible(query) {
            return Ok(None);
        }
        let (mut conn, place) = self.search_conn().await?;
        let source = choice::choose(&mut conn, query, enough, viewer, cutoffs).await?;
        Ok(Some((conn, place, source)))
    }

    /// How many [`Store::search`] finds in all.
    pub async fn search_count(
        &self,
        viewer: Viewer,
        now: DateTime<Utc>,
        query: &Query<'_>,
    ) -> Result<Counted, Error> {
        let (query, cutoffs) = (&query.unordered(), Cutoffs::at(now));
        let begun = self.begin_search(viewer, cutoffs, query, None).await?;
        let Some((mut conn, _place, source)) = begun else {
            return Ok(Counted::default());
        };
        let statement = statement::count(conn.dialect(), query, source, viewer, cutoffs);
        let count: i64 = on!(&mut conn, c => statement.get_result(c).await)?;
        Ok(Counted::of(count, query.most))
    }

    /// Of those whom [`Store::search`] finds in all, how many show each country, language and interest.
    pub async fn search_facets(
        &self,
        viewer: Viewer,
        now: DateTime<Utc>,
        query: &Query<'_>,
    ) -> Result<Facets, Error> {
        let (query, cutoffs) = (&query.unordered(), Cutoffs::at(now));
        let begun = self
            .begin_search(viewer, cutoffs, query, Some(query.most))
            .await?;
        let Some((mut conn, _place, source)) = begun else {
            return Ok(Facets::default());
        };
        let statement = statement::facets(conn.dialect(), query, source, viewer, cutoffs);
        let rows: Vec<(i64, String, i64)> = on!(&mut conn, c => statement.load(c).await)?;
        let mut by_facet: BTreeMap<i64, Vec<(String, i64)>> = BTreeMap::new();
        for (facet, value, count) in rows {
            by_facet.entry(facet).or_default().push((value, count));
        }
        let mut take = |facet| {
            let mut values = by_facet.remove(&facet).unwrap_or_default();
            values.sort_by(|(one, many), (other, more)| more.cmp(many).then(one.cmp(other)));
            values
        };
        let all: i64 = take(-1).iter().map(|(_, count)| count).sum();
        Ok(Facets {
            more: Counted::of(all, query.most).more,
            countries: take(0),
            languages: take(1),
            interests: take(2),
        })
    }

    /// The member who has the address, without a decision: nothing of it may be answered before the guard has one.
    pub async fn addressee(&self, email: &Email) -> Result<Option<MemberId>, Error> {
        use diesel::{ExpressionMethods, OptionalExtension, QueryDsl};
        let mut conn = self.conn().await?;
        let id: Option<i64> = on!(&mut conn, c => accounts::table
            .filter(accounts::email_hash.eq_any(self.keys.hashes(Cell::Email, &email.folded())))
            .select(accounts::member_id)
            .first(c)
            .await
            .optional())?;
        Ok(id.map(MemberId::from_key))
    }
}
