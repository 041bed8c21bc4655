//! The world of the page, and whose page it is.

use letterlock::{app::settle_demo, demo, graphql::services::Throttles};
use serde_json::Value;

use crate::{database::Database, house::House};

/// Fills the database with the demo's world, where it is the bench's to fill, and serves it.
pub(crate) async fn open(database: &Database, members: usize) -> Result<House, String> {
    House::open(database, Throttles::new, async |running| {
        if database.empty() {
            settle_demo(&running.services, members)
                .await
                .map_err(|error| error.to_string())?;
        }
        Ok(demo::SIGN_INS[0].email)
    })
    .await
}

/// The id of the member, among the newest and the viewer's penpals, with the most penpals to show, or
/// the one that is given, and how many penpals are on the page.
pub(crate) async fn page_of(house: &House, given: Option<&str>) -> Result<(String, u64), String> {
    if let Some(id) = given {
        let query = format!("{{ member(id: \"{id}\") {{ penpals(first: 1) {{ totalCount }} }} }}");
        let found = house.ask(&query).await?;
        let count = found["data"]["member"]["penpals"]["totalCount"].as_u64();
        return Ok((id.to_owned(), count.unwrap_or_default().min(20)));
    }
    let found = house
        .ask(
            "{ members(first: 100) { edges { node { id penpals(first: 1) { totalCount } } } }
                   me { member { id penpals(first: 100) { totalCount
                       edges { node { id penpals(first: 1) { totalCount } } } } } } }",
        )
        .await?;
    let empty = Vec::new();
    let edges = |pointer: &str| {
        found
            .pointer(pointer)
            .and_then(Value::as_array)
            .unwrap_or(&empty)
    };
    let members = edges("/data/members/edges").iter();
    members
        .chain(edges("/data/me/member/penpals/edges"))
        .map(|edge| &edge["node"])
        .chain([&found["data"]["me"]["member"]])
        .filter_map(|node| {
            let count = node["penpals"]["totalCount"].as_u64()?;
            Some((node["id"].as_str()?.to_owned(), count.min(20)))
        })
        .max_by_key(|(_, count)| *count)
        .ok_or_else(|| "the world is empty".to_owned())
}
