//! SQL and the decision say the same: over random worlds, what lists, counts and fields give to each
//! viewer is what `decide` allows, of facts that the test knows without asking the database.

use letterlock::{
    domain::{findable::Way, profile::Field},
    privacy::Wish,
};
use libtest_mimic::Trial;
use serde_json::{Value, json};

use super::{
    canaries::global,
    worlds::{MEMBERS, Viewer, World},
};
use crate::support::{app::TestApp, backend::Backends, client::Client, trials};

pub(super) fn trials(backends: &Backends) -> Vec<Trial> {
    trials!(backends; lists_counts_and_fields_give_each_viewer_what_the_decision_allows)
}

pub(super) const WORLDS: u64 = 16;

const MEMBERS_PAGE: &str = "query($after: String) { members(first: 5, after: $after) {
    pageInfo { hasNextPage endCursor }
    edges { node { id displayName profile {
        fullName email birthDate age gender country { code } city languages { fluency } occupation
        interests { slug } aboutMe lastSeen phone postalAddress birthday education relationship
        lookingFor webHandles { service } joinedOn }
      mutualPenpals(first: 20) { totalCount edges { node { id } } pageInfo { hasNextPage } }
      penpals(first: 20) { totalCount edges { node { id } } pageInfo { hasNextPage } } } } } }";

const ONE_BY_ONE: &str = "query($after: String) { members(first: 1, after: $after) {
    pageInfo { hasNextPage endCursor } edges { node { id } } } }";

const REQUESTS: &str = "{ me {
    requestsSent(first: 20) { edges { node { member { id } } } }
    requestsReceived(first: 20) { edges { node { member { id } } } } } }";

/// What was seen, so that a world in which nobody sees anything proves nothing.
#[derive(Default, Debug)]
pub(super) struct Tally {
    met: usize,
    unmet: usize,
    seen: usize,
    hidden: usize,
    penpals: usize,
    mutual: usize,
    edges_hidden: usize,
    requests: usize,
    unserved: usize,
}

async fn lists_counts_and_fields_give_each_viewer_what_the_decision_allows(app: TestApp) {
    let mut tally = Tally::default();
    for seed in 0..WORLDS {
        world(&app, seed, &mut tally).await;
    }
    let Tally {
        met,
        unmet,
        seen,
        hidden,
        penpals,
        mutual,
        edges_hidden,
        requests,
        unserved,
    } = tally;
    for many in [
        met,
        unmet,
        seen,
        hidden,
        penpals,
        mutual,
        edges_hidden,
        requests,
        unserved,
    ] {
        assert!(many > 20, "the worlds prove little: {tally:?}");
    }
}

/// One world, looked at by everybody in it and by a visitor.
pub(super) async fn world(app: &TestApp, seed: u64, tally: &mut Tally) {
    let world = World::settle(app, seed).await;
    for viewer in std::iter::once(None).chain((0..MEMBERS).map(Some)) {
        let client = match viewer {
            None => app.visitor(),
            Some(nth) => app.db_client(&world.people[nth]).await,
        };
        if !world.served(viewer) {
            let reply = client.ask(MEMBERS_PAGE, json!({})).await;
            assert_eq!(
                reply.codes(),
                ["FORBIDDEN"],
                "seed {seed}, {viewer:?}: {}",
                reply.text
            );
            tally.unserved += 1;
            continue;
        }
        let place = format!("seed {seed}, viewer {viewer:?}");
        look(&world, viewer, &client, &place, tally).await;
    }
}

fn ids(edges: &Value, pointer: &str) -> Vec<String> {
    let id = |edge: &Value| edge.pointer(pointer).unwrap().as_str().unwrap().to_owned();
    let mut ids: Vec<String> = edges.as_array().unwrap().iter().map(id).collect();
    ids.sort();
    ids
}

async fn members(client: &Client) -> Vec<Value> {
    let (mut all, mut after) = (Vec::new(), Value::Null);
    loop {
        let page = client
            .ask(MEMBERS_PAGE, json!({"after": after}))
            .await
            .at("/members");
        let edges = page["edges"].as_array().unwrap().clone();
        let more = page["pageInfo"]["hasNextPage"] == true;
        // A page is full where there is another one: what is hidden leaves no gap to count.
        assert!(!more || edges.len() == 5, "{page}");
        assert!(all.len() <= MEMBERS, "pages without an end");
        all.extend(edges.into_iter().map(|edge| edge["node"].clone()));
        if !more {
            return all;
        }
        after = page["pageInfo"]["endCursor"].clone();
    }
}

/// Walks along pages of one. The decision is asked again of whatever SQL gives: somebody whom SQL alone lets through is
/// an empty page.
async fn one_by_one(client: &Client, place: &str) -> Vec<String> {
    let (mut all, mut after) = (Vec::new(), Value::Null);
    loop {
        let page = client
            .ask(ONE_BY_ONE, json!({"after": after}))
            .await
            .at("/members");
        let more = page["pageInfo"]["hasNextPage"] == true;
        let found = ids(&page["edges"], "/node/id");
        let full = found.len() == 1 || (after.is_null() && !more);
        assert!(full, "{place}: a gap in the list of members: {page}");
        assert!(all.len() <= MEMBERS, "{place}: pages without an end");
        all.extend(found);
        if !more {
            all.sort();
            return all;
        }
        after = page["pageInfo"]["endCursor"].clone();
    }
}

async fn look(world: &World, viewer: Viewer, client: &Client, place: &str, tally: &mut Tally) {
    let members = members(client).await;
    let mut listed: Vec<&str> = members
        .iter()
        .map(|member| member["id"].as_str().unwrap())
        .collect();
    listed.sort_unstable();
    assert_eq!(
        listed,
        world.ids(|other| world.allows(viewer, other, Wish::Find(Way::Search))),
        "{place}: members"
    );
    assert_eq!(one_by_one(client, place).await, listed, "{place}");
    tally.met += listed.len();
    tally.unmet += MEMBERS - listed.len();
    for member in &members {
        let owner = (0..MEMBERS)
            .find(|&nth| member["id"] == global(world.people[nth].id))
            .unwrap();
        let place = format!("{place}, owner {owner}");
        assert_eq!(
            member["displayName"],
            world.people[owner].name.as_str(),
            "{place}"
        );
        for field in Field::ALL
            .into_iter()
            .filter(|field| !matches!(field, Field::Penpals | Field::MutualPenpals))
        {
            let seen = !member["profile"][camel(field)].is_null();
            let allowed = world.allows(viewer, owner, Wish::See(field));
            assert_eq!(seen, allowed, "{place}: {field:?}: {member}");
            if seen {
                tally.seen += 1
            } else {
                tally.hidden += 1
            }
        }
        let list = &member["penpals"];
        let shown = world.penpals(viewer, owner);
        assert_eq!(ids(&list["edges"], "/node/id"), shown, "{place}: penpals");
        assert_eq!(list["totalCount"], shown.len(), "{place}: count of penpals");
        assert_eq!(list["pageInfo"]["hasNextPage"], false, "{place}: {list}");
        let list = &member["mutualPenpals"];
        let mutual = world.mutual(viewer, owner);
        assert_eq!(ids(&list["edges"], "/node/id"), mutual, "{place}: mutual");
        assert_eq!(list["totalCount"], mutual.len(), "{place}: count of mutual");
        tally.mutual += mutual.len();
        tally.penpals += shown.len();
        tally.edges_hidden += world.penpals(Some(owner), owner).len() - shown.len();
    }
    if let Some(me) = viewer {
        let requests = client.query(REQUESTS).await;
        for (list, sent) in [("requestsSent", true), ("requestsReceived", false)] {
            let found = ids(
                &requests.at(&format!("/me/{list}/edges")),
                "/node/member/id",
            );
            assert_eq!(found, world.requests(me, sent), "{place}: {list}");
            tally.requests += found.len();
        }
    }
}

/// The field's name on the wire.
fn camel(field: Field) -> String {
    if field == Field::Joined {
        return "joinedOn".to_owned();
    }
    let mut words = field.spec().column.split('_');
    let first = words.next().unwrap().to_owned();
    words.fold(first, |name, word| {
        name + &word[..1].to_uppercase() + &word[1..]
    })
}
