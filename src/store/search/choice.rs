//! From where a search takes those who are far: asked of the database before the search itself.
//!
//! The planners of both databases would guess: that a condition on audiences leaves few, say, and so that it is best to look
//! at all. Here it is asked how many there are to look at, and the statement says where to begin.

use diesel::sql_types::{BigInt, Text};
use diesel_async::RunQueryDsl;

use super::{
    Cutoffs, Query,
    conditions::terms,
    taken::{LATEST, Source, since},
};
use crate::domain::search::Order;
#[cfg(feature = "proof")]
use crate::store::statement::proof::{self, Begin};
use crate::store::{
    Error,
    conn::{Conn, on},
    statement::{Dialect, Statement},
};
use crate::viewer::who::Viewer;

/// Up to how many are looked at and put in order, whatever would be quicker.
const FEW: i64 = 4_000;

/// From where those who are far are best taken, where so many are enough; for a count it is not known how many are.
pub(super) async fn choose(
    conn: &mut Conn,
    query: &Query<'_>,
    enough: Option<i64>,
    viewer: Viewer,
    cutoffs: Cutoffs,
) -> Result<Source, Error> {
    let (seen, joined) = since(query, cutoffs);
    let mut narrow = Vec::new();
    // What an order goes by narrows it by itself.
    narrow.extend(
        seen.filter(|_| query.order != Order::LatelyOnline)
            .map(Source::Seen),
    );
    narrow.extend(
        joined
            .filter(|_| query.order != Order::Newest)
            .map(Source::Joined),
    );
    let terms = terms(query, conn.dialect(), viewer, cutoffs.today);
    if !terms.is_empty() {
        narrow.push(Source::Terms);
    }
    let all = match enough {
        Some(_) => Source::InOrder,
        None => Source::AsTheyLie,
    };
    if narrow.is_empty() {
        return Ok(all);
    }
    #[cfg(feature = "proof")]
    match proof::begins() {
        Some(Begin::All) => return Ok(all),
        Some(Begin::Hits(nth)) => {
            return Ok(narrow.get(nth % narrow.len()).copied().unwrap_or(all));
        }
        None => {}
    }
    if conn.dialect() == Dialect::Postgres {
        let (members, hits) = estimated(conn, &narrow, &terms, viewer).await?;
        // Among few, the first is taken, so that the statement is the same however few they are.
        let hits = hits.into_iter().map(|hits| hits.max(FEW as f64));
        let least = narrow
            .into_iter()
            .zip(hits)
            .min_by(|(_, one), (_, other)| one.total_cmp(other));
        let (Some((source, hits)), Some(enough)) = (least, enough) else {
            return Ok(least.map_or(all, |(source, _)| source));
        };
        if !many(hits, members, enough) {
            return Ok(source);
        }
        // Of terms together the statistics know little: that two exclude each other, or that nobody has any of a hundred.
        if !terms.is_empty() && !many(sampled(conn, &terms).await? * members, members, enough) {
            return Ok(Source::Terms);
        }
        return Ok(all);
    }
    // For a count, to go through all might be in vain; of those of a source, no more are looked at than there are.
    if enough.is_none() {
        return Ok(narrow.into_iter().next_back().unwrap_or(all));
    }
    for source in narrow {
        // In the order of ids, the index of terms goes through them itself.
        let by_id = matches!(query.order, Order::Any | Order::BestMatch);
        if source == Source::Terms && by_id {
            return Ok(source);
        }
        let mut count = Statement::<BigInt>::new(conn.dialect());
        count
            .sql("SELECT count(*) FROM (SELECT 1")
            .narrow(source, &terms, viewer)
            .sql(" LIMIT ")
            .big_int(FEW)
            .sql(")");
        let few: i64 = on!(conn, c => count.get_result(c).await)?;
        if few < FEW {
            return Ok(source);
        }
    }
    Ok(all)
}

/// Whether so many hits are more to look at than to go through all in their order until there are enough.
///
/// Of the hits, each is looked at; in their order, about `enough * members / hits`. Of a rare term PostgreSQL knows
/// that alone, and takes it for one that one in two hundred has: not to go through all for nobody, there must be more.
fn many(hits: f64, members: f64, enough: i64) -> bool {
    hits > FEW as f64 && hits * 150.0 > members && hits * hits > enough as f64 * members
}

/// How many are looked at to know how many have the terms.
const SAMPLE: i64 = 2_000;

/// Which part of PostgreSQL's members have the terms, by the latest ids, which are random.
async fn sampled(conn: &mut Conn, terms: &str) -> Result<f64, Error> {
    let mut count = Statement::<BigInt>::new(conn.dialect());
    count
        .sql("SELECT count(*) FROM (SELECT indexed FROM search_entries ORDER BY member_id DESC LIMIT ")
        .big_int(SAMPLE)
        .sql(") y WHERE y.indexed @@ ")
        .parsed(terms);
    let hits: i64 = on!(conn, c => count.get_result(c).await)?;
    Ok(hits as f64 / SAMPLE as f64)
}

/// About how many members there are and of each source, by PostgreSQL's statistics: to count would take as long as to
/// search.
async fn estimated(
    conn: &mut Conn,
    narrow: &[Source],
    terms: &str,
    viewer: Viewer,
) -> Result<(f64, Vec<f64>), Error> {
    let mut explain = Statement::<Text>::new(conn.dialect());
    explain.sql("EXPLAIN (FORMAT JSON) SELECT 1 FROM search_entries");
    for source in narrow {
        explain.sql(" UNION ALL SELECT 1");
        match source {
            // Of the minute there are no statistics, of the time there are.
            Source::Seen(since) => explain
                .shown(&LATEST, None, viewer)
                .sql(" AND y.last_seen_at >= ")
                .big_int(since.saturating_mul(60_000)),
            _ => explain.narrow(*source, terms, viewer),
        };
    }
    let plan: String = on!(conn, c => explain.get_result(c).await)?;
    let plan: serde_json::Value = serde_json::from_str(&plan).unwrap_or_default();
    let plans = plan.pointer("/0/Plan/Plans").and_then(|it| it.as_array());
    let mut rows = plans
        .into_iter()
        .flatten()
        .map(|plan| plan["Plan Rows"].as_f64().unwrap_or_default());
    Ok((rows.next().unwrap_or_default(), rows.collect()))
}
