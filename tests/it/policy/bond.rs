//! How the viewer and a member stand to each other is the same by every way to the member, whether or not the
//! facts went so far at first.

use libtest_mimic::Trial;
use serde_json::{Value, json};

use crate::support::{app::TestApp, backend::Backends, client::Client, trials};

pub(super) fn trials(backends: &Backends) -> Vec<Trial> {
    trials!(
        backends;
        a_bond_is_the_same_by_every_way,
    )
}

/// Each asks about `$id`, who is a penpal of `$friend`; where the answer has nobody of that id, it has none.
const WAYS: &[&str] = &[
    "query($id: ID!) { member(id: $id) { id bond } }",
    "query($id: ID!) { member(id: $id) { id ...B } } fragment B on Member { bond }",
    "query($id: ID!) { member(id: $id) { id b: bond ... { ... on Member { bond } } } }",
    "query($id: ID!) { a: member(id: $id) { id handle } b: member(id: $id) { id bond } }",
    "query($id: ID!) { member(id: $id) { id handle } member(id: $id) { bond } }",
    "query($id: ID!, $no: Boolean = false) { a: member(id: $id) { id bond @include(if: $no) } b: member(id: $id) { id bond @skip(if: $no) } }",
    "query($id: ID!) { node(id: $id) { id ... on Member { bond } } }",
    "query($id: ID!) { node(id: $id) { ... on Node { id ... on Member { bond } } } }",
    "query($id: ID!) { nodes(ids: [$id, $id]) { id ...M } } fragment M on Member { bond }",
    "{ members(first: 50) { edges { node { id bond } } } }",
    "{ members(first: 50) { edges { ...E } } } fragment E on MemberEdge { node { ... on Node { id } ... on Member { bond } } }",
    "{ members(first: 50) { edges { cursor } edges { node { id } } edges { node { bond } } } }",
    "query($friend: ID!) { member(id: $friend) { penpals(first: 50) { edges { node { id bond } } } } }",
    "query($friend: ID!) { member(id: $friend) { penpals(first: 50) { edges { node { id handle } } } again: penpals(first: 50) { edges { node { id bond } } } } }",
    "query($friend: ID!) { member(id: $friend) { penpals(first: 50) { totalCount edges { node { id penpals(first: 1) { totalCount } } } ...P } } } fragment P on PenpalConnection { edges { node { ...M } } } fragment M on Member { bond }",
    "query($id: ID!, $friend: ID!) { member(id: $friend) { penpals(first: 50) { edges { node { id } } } } other: member(id: $id) { id penpals(first: 5) { edges { node { id penpals(first: 50) { edges { node { id bond } } } } } } } }",
    "{ me { member { id bond penpals(first: 50) { edges { node { id bond } } } } } }",
    "{ me { requestsReceived(first: 50) { edges { node { member { id bond } } } } requestsSent(first: 50) { edges { node { id member { id bond } } } } } }",
];

/// Every object of the answer that has an id and a bond.
fn bonds(of: &Value, id: &str, found: &mut Vec<String>) {
    match of {
        Value::Object(members) => {
            if members.get("id").and_then(Value::as_str) == Some(id)
                && let Some(bond) = members.get("bond")
            {
                found.push(bond.as_str().unwrap_or("null").to_owned());
            }
            for member in members.values() {
                bonds(member, id, found);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| bonds(item, id, found)),
        _ => {}
    }
}

async fn a_bond_is_the_same_by_every_way(app: TestApp) {
    let newcomer = async |name: &str| -> (Client, String) {
        let client = app.visitor();
        client.sign_up(name, "1990-05-01").await;
        let id = client.whoami().await.unwrap();
        for field in ["PENPALS", "MUTUAL_PENPALS"] {
            client.set_audience(field, "MEMBERS").await;
        }
        (client, id)
    };
    let (me, mine) = newcomer("Me").await;
    let (friend, friends) = newcomer("Friend").await;
    let mut people = Vec::new();
    for (name, bond) in [
        ("Stranger", "NONE"),
        ("Penpal", "PENPALS"),
        ("Asked", "ASKED_BY_ME"),
        ("Asking", "ASKED_ME"),
        ("Declining", "ASKED_BY_ME"),
        ("Declined", "NONE"),
        ("Withdrawn", "NONE"),
        ("Withdrawing", "NONE"),
    ] {
        let (client, id) = newcomer(name).await;
        friend.befriend(&client).await;
        match name {
            "Penpal" => me.befriend(&client).await,
            "Asked" | "Declining" | "Withdrawn" => {
                me.act("askPenpal", &id).await;
            }
            "Asking" | "Declined" | "Withdrawing" => {
                client.act("askPenpal", &mine).await;
            }
            _ => {}
        }
        match name {
            "Declining" => drop(client.act("declinePenpal", &mine).await),
            "Declined" => drop(me.act("declinePenpal", &id).await),
            "Withdrawn" => drop(me.act("withdrawPenpal", &id).await),
            "Withdrawing" => drop(client.act("withdrawPenpal", &mine).await),
            _ => {}
        }
        people.push((name, id, bond));
    }
    let mut seen = 0;
    for way in WAYS {
        for (name, id, bond) in &people {
            let variables = json!({"id": id, "friend": friends});
            let variables = super::documents::declared(way, &variables);
            let reply = me.ask(way, variables).await;
            assert!(
                reply.json().get("errors").is_none(),
                "{way}: {}",
                reply.text
            );
            let mut found = Vec::new();
            bonds(&reply.json(), id, &mut found);
            seen += found.len();
            assert!(
                found.iter().all(|it| it == bond),
                "{name}, {way}: {found:?}"
            );
            if way.contains("$id") || way.contains("$friend") || way.contains("members(") {
                assert!(!found.is_empty(), "{name}, {way}: {}", reply.text);
            }
            // A visitor learns nothing of it.
            let nobody = app
                .visitor()
                .ask(
                    way,
                    super::documents::declared(way, &json!({"id": id, "friend": friends})),
                )
                .await;
            let mut found = Vec::new();
            bonds(&nobody.json(), id, &mut found);
            assert!(found.iter().all(|it| it == "null"), "{way}: {found:?}");
        }
    }
    assert!(seen > 100, "{seen}");
}
