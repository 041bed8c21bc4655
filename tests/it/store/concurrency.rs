//! Many acts at once between a few members: none fails for the others' sake, and what must always hold
//! holds afterwards.

use std::collections::BTreeMap;

use futures_util::future::join_all;
use letterlock::domain::audience::Audience;
use libtest_mimic::Trial;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha20Rng;

use super::accounts::{moves, own_permit};
use crate::support::{
    app::TestApp,
    backend::Backends,
    client::Client,
    trials,
    world::{Person, Plan},
};

pub(crate) fn trials(backends: &Backends) -> Vec<Trial> {
    trials!(backends;
        many_acts_at_once_leave_bonds_requests_and_blocks_in_order,
        two_who_ask_each_other_at_once_become_penpals,
        one_address_wanted_by_many_at_once_goes_to_one,
    )
}

/// What must hold whatever happened, each as a count of what breaks it. A request that was declined stays,
/// as a withdrawn one, beside whatever comes after: a no outlives it.
const NEVER: [(&str, &str); 5] = [
    (
        "a bond of one side",
        "SELECT count(*) AS n FROM bonds b WHERE NOT EXISTS (SELECT 1 FROM bonds o
         WHERE o.member_id = b.penpal_id AND o.penpal_id = b.member_id AND o.since_at = b.since_at)",
    ),
    (
        "a bond across a block",
        "SELECT count(*) AS n FROM bonds b JOIN blocks x
         ON x.blocker_id = b.member_id AND x.blocked_id = b.penpal_id",
    ),
    (
        "a request beside a bond",
        "SELECT count(*) AS n FROM bond_requests r JOIN bonds b
         ON r.from_id = b.member_id AND r.to_id = b.penpal_id WHERE NOT r.withdrawn",
    ),
    (
        "a request across a block",
        "SELECT count(*) AS n FROM bond_requests r JOIN blocks x
         ON (x.blocker_id = r.from_id AND x.blocked_id = r.to_id)
         OR (x.blocker_id = r.to_id AND x.blocked_id = r.from_id) WHERE NOT r.withdrawn",
    ),
    (
        "two requests that cross",
        "SELECT count(*) AS n FROM bond_requests r JOIN bond_requests o
         ON r.from_id = o.to_id AND r.to_id = o.from_id
         WHERE NOT r.withdrawn AND NOT o.withdrawn",
    ),
];

/// Panics where something is not in order.
pub(super) async fn in_order(app: &TestApp) {
    for (what, sql) in NEVER {
        assert_eq!(app.db_sql(sql).await, Some(0), "{what}");
    }
}

pub(super) async fn version(app: &TestApp, person: &Person) -> i64 {
    let id = person.id.key();
    app.db_sql(&format!(
        "SELECT privacy_version AS n FROM standings WHERE member_id = {id}"
    ))
    .await
    .unwrap()
}

async fn act(client: Client, other: Person, which: usize) -> (usize, String) {
    let id = other.id.global();
    let reply = match which {
        0..=2 => client.act("askPenpal", &id).await,
        3 | 4 => client.act("acceptPenpal", &id).await,
        5 => client.act("endPenpal", &id).await,
        6 => client.act("declinePenpal", &id).await,
        7 => client.act("withdrawPenpal", &id).await,
        8 => client.block(&id).await,
        _ => {
            let document = "{ me { blocks(first: 9) { edges { node { id } } } } }";
            let blocks = client.query(document).await.at("/me/blocks/edges");
            let Some(block) = blocks[0]["node"]["id"].as_str() else {
                return (which, String::new());
            };
            let document =
                "mutation($id: ID!) { unblock(input: {block: $id}) { userErrors { code } } }";
            client
                .ask(document, serde_json::json!({ "id": block }))
                .await
        }
    };
    // Refused is an answer; broken is none.
    assert_eq!(
        reply.codes(),
        Vec::<String>::new(),
        "{which}: {}",
        reply.text
    );
    (which, reply.user_errors().concat())
}

async fn many_acts_at_once_leave_bonds_requests_and_blocks_in_order(app: TestApp) {
    let plans = ["Ana", "Ben", "Cleo", "Dan"].map(|name| Plan::adult(name, Audience::Members));
    let people = app.db_world(&plans, &[], &[]).await;
    let mut clients = Vec::new();
    for person in &people {
        clients.push(app.db_client(person).await);
    }
    let mut rng = ChaCha20Rng::seed_from_u64(7);
    let mut done: BTreeMap<usize, usize> = BTreeMap::new();
    let mut versions = vec![0; people.len()];
    for _ in 0..8 {
        let acts = (0..32).map(|_| {
            let one = rng.random_range(0..people.len());
            let other = (one + rng.random_range(1..people.len())) % people.len();
            act(
                clients[one].clone(),
                people[other].clone(),
                rng.random_range(0..11),
            )
        });
        for (which, refused) in join_all(acts.collect::<Vec<_>>()).await {
            if refused.is_empty() {
                *done.entry(which).or_default() += 1;
            }
        }
        in_order(&app).await;
        for (place, person) in people.iter().enumerate() {
            let now = version(&app, person).await;
            assert!(now >= versions[place], "a version fell");
            versions[place] = now;
        }
        // Begin anew where blocks have parted everybody.
        app.db_sql("DELETE FROM blocks").await;
    }
    let times = |which| done.get(&which).copied().unwrap_or_default();
    assert!(times(0) + times(1) + times(2) > 5, "{done:?}");
    assert!(times(8) > 3, "{done:?}");
    assert!(versions.iter().all(|version| *version > 10), "{versions:?}");
}

async fn two_who_ask_each_other_at_once_become_penpals(app: TestApp) {
    let plans = ["Ana", "Ben"].map(|name| Plan::adult(name, Audience::Members));
    let people = app.db_world(&plans, &[], &[]).await;
    let ana = app.db_client(&people[0]).await;
    let ben = app.db_client(&people[1]).await;
    let (ana_id, ben_id) = (people[0].id.global(), people[1].id.global());
    for _ in 0..10 {
        let (one, other) =
            tokio::join!(ana.act("askPenpal", &ben_id), ben.act("askPenpal", &ana_id));
        for reply in [&one, &other] {
            assert_eq!(reply.codes(), Vec::<String>::new(), "{}", reply.text);
            assert_eq!(reply.user_errors(), Vec::<String>::new(), "{}", reply.text);
        }
        in_order(&app).await;
        assert_eq!(app.db_sql("SELECT count(*) AS n FROM bonds").await, Some(2));
        assert_eq!(
            app.db_sql("SELECT count(*) AS n FROM bond_requests").await,
            Some(0)
        );
        assert_eq!(
            ana.act("endPenpal", &ben_id).await.user_errors(),
            Vec::<String>::new()
        );
    }
}

async fn one_address_wanted_by_many_at_once_goes_to_one(app: TestApp) {
    use letterlock::domain::email::Email;
    let plans: Vec<Plan> = (0..6)
        .map(|nth| Plan::adult(&format!("Person{nth}"), Audience::Members))
        .collect();
    let people = app.db_world(&plans, &[], &[]).await;
    for round in 0..5 {
        let email = Email::parse(&format!("wanted{round}@example.org")).unwrap();
        let mut permits = Vec::new();
        for person in &people {
            permits.push(own_permit(&app, person).await);
        }
        // Taken a moment ago is taken: nothing is broken.
        let outcomes = join_all(permits.iter().map(|permit| moves(&app, permit, &email))).await;
        let won = outcomes.iter().filter(|won| **won).count();
        assert_eq!(won, 1, "{outcomes:?}");
    }
}
