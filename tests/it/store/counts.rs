//! How many statements an answer takes: one session, and one list and one content statement a list level,
//! however many fields, aliases or fragments ask; the facts come with the list.

use std::collections::BTreeMap;

use letterlock::domain::audience::Audience;
use libtest_mimic::Trial;
use serde_json::json;

use super::recorded::{Kind, kinds};
use crate::support::{
    app::TestApp,
    backend::Backends,
    client::Client,
    trials,
    world::{Person, Plan},
};

pub(crate) fn trials(backends: &Backends) -> Vec<Trial> {
    trials!(backends;
        one_statement_of_each_kind_a_list_level,
        one_statement_of_each_kind_for_one_member,
    )
}

const FIELDS: [&str; 14] = [
    "profile { fullName }",
    "profile { email }",
    "profile { birthDate }",
    "profile { age }",
    "profile { gender }",
    "profile { country { name } }",
    "profile { city }",
    "profile { languages { fluency } }",
    "profile { occupation }",
    "profile { interests { slug } }",
    "profile { aboutMe }",
    "profile { lastSeen }",
    "handle",
    "displayName",
];

fn all() -> String {
    FIELDS.join(" ") + " id bond profile { access(field: CITY) }"
}

/// Each of `fields` ten times, under other names.
fn ten_times(fields: &[&str]) -> String {
    let mut text = String::new();
    for field in fields {
        let (before, name) = match field.strip_prefix("profile { ") {
            Some(rest) => ("profile { ", rest.trim_end_matches(" }")),
            None => ("", *field),
        };
        let after = if before.is_empty() { "" } else { "}" };
        let name = if name.contains('{') {
            format!("{name} }}")
        } else {
            name.to_owned()
        };
        text.push_str(before);
        for nth in 0..10 {
            let alias = name.split([' ', '{']).next().unwrap();
            text.push_str(&format!("{alias}{nth}: {name} "));
        }
        text.push_str(after);
        text.push(' ');
    }
    text
}

/// A hundred and one adults, each a penpal of the ten before and the ten after, in a ring.
async fn ring(app: &TestApp) -> (Vec<Person>, Client) {
    let plans: Vec<Plan> = (0..101)
        .map(|nth| Plan::adult(&format!("Person{nth}"), Audience::Members))
        .collect();
    let bonds: Vec<(usize, usize)> = (0..101)
        .flat_map(|one| (1..=10).map(move |step| (one, (one + step) % 101)))
        .collect();
    let people = app.db_world(&plans, &bonds, &[]).await;
    let client = app.db_client(&people[0]).await;
    (people, client)
}

async fn asked(app: &TestApp, client: &Client, document: &str) -> (Vec<Kind>, serde_json::Value) {
    app.recorder.clear();
    let reply = client.query(document).await;
    assert_eq!(
        reply.codes(),
        Vec::<String>::new(),
        "{document}\n{:.400}",
        reply.text
    );
    (kinds(app), reply.json()["data"].clone())
}

fn counted(kinds: Vec<Kind>) -> BTreeMap<Kind, usize> {
    let mut counts = BTreeMap::new();
    for kind in kinds {
        *counts.entry(kind).or_default() += 1;
    }
    counts
}

async fn one_statement_of_each_kind_a_list_level(app: TestApp) {
    let (people, client) = ring(&app).await;
    let list = |selection: &str| {
        format!("{{ members(first: 100) {{ edges {{ node {{ {selection} }} }} }} }}")
    };
    let level = [Kind::Session, Kind::List, Kind::Content];
    let (kinds, data) = asked(&app, &client, &list(&all())).await;
    assert_eq!(data["members"]["edges"].as_array().unwrap().len(), 100);
    assert_eq!(kinds, level, "all fields");
    for field in FIELDS {
        assert_eq!(asked(&app, &client, &list(field)).await.0, level, "{field}");
    }
    for fields in FIELDS.chunks(3) {
        let kinds = asked(&app, &client, &list(&ten_times(fields))).await.0;
        assert_eq!(kinds, level, "ten aliases of each of {fields:?}");
    }
    let fragments = format!(
        "{{ members(first: 50) {{ edges {{ node {{ ...One ... on Node {{ ...Two }} ...Three }} }} }} }}
         fragment One on Member {{ {all} }} fragment Two on Member {{ {all} }}
         fragment Three on Member {{ profile {{ city other: access(field: EMAIL) }} handle }}",
        all = all()
    );
    assert_eq!(asked(&app, &client, &fragments).await.0, level, "fragments");
    // Nothing governed asked, nothing governed read.
    assert_eq!(asked(&app, &client, &list("id bond")).await.0, level[..2]);

    let ids: Vec<String> = people[..100]
        .iter()
        .map(|person| person.id.global())
        .collect();
    let nodes = format!(
        "{{ nodes(ids: {}) {{ ... on Member {{ {} }} }} }}",
        json!(ids),
        all()
    );
    let (kinds, data) = asked(&app, &client, &nodes).await;
    assert_eq!(data["nodes"].as_array().unwrap().len(), 100);
    assert_eq!(kinds, [Kind::Session, Kind::Facts, Kind::Content], "nodes");

    nested_levels(&app, &client).await;
}

async fn nested_levels(app: &TestApp, client: &Client) {
    // Five hundred and more penpals of thirty members, in one page statement, and nothing a member.
    let wide =
        "{ members(first: 30) { edges { node { displayName penpals(first: 20) { edges { node {
        handle displayName profile { city email } } } } } } } }";
    let (kinds, data) = asked(app, client, wide).await;
    for edge in data["members"]["edges"].as_array().unwrap() {
        assert_eq!(
            edge["node"]["penpals"]["edges"].as_array().unwrap().len(),
            20
        );
    }
    let expected = [
        (Kind::Session, 1),
        (Kind::List, 1),
        (Kind::Content, 2),
        (Kind::Page, 1),
    ];
    assert_eq!(counted(kinds), BTreeMap::from(expected), "two levels");

    let deep = format!(
        "{{ members(first: 4) {{ edges {{ node {{ {all} penpals(first: 8) {{ totalCount edges {{ node {{
            {all} penpals(first: 6) {{ totalCount edges {{ node {{ {all} }} }} }} }} }} }} }} }} }} }}",
        all = all()
    );
    let (kinds, data) = asked(app, client, &deep).await;
    let innermost = "/members/edges/0/node/penpals/edges/0/node/penpals/edges";
    assert_eq!(
        data.pointer(innermost).unwrap().as_array().unwrap().len(),
        6
    );
    let expected = [
        (Kind::Session, 1),
        (Kind::List, 1),
        (Kind::Content, 3),
        (Kind::Page, 2),
    ];
    assert_eq!(counted(kinds), BTreeMap::from(expected), "three levels");
}

async fn one_statement_of_each_kind_for_one_member(app: TestApp) {
    let plans = [
        Plan::adult("Ana", Audience::Members),
        Plan::adult("Ben", Audience::Members),
    ];
    let people = app.db_world(&plans, &[(0, 1)], &[]).await;
    let client = app.db_client(&people[1]).await;
    let (id, handle) = (people[0].id.global(), &people[0].handle);
    let one = [Kind::Session, Kind::Facts, Kind::Content];
    for selection in [all(), ten_times(&FIELDS[..3]), "displayName".to_owned()] {
        let by_id = format!("{{ member(id: \"{id}\") {{ {selection} }} }}");
        assert_eq!(asked(&app, &client, &by_id).await.0, one);
        let node = format!("{{ node(id: \"{id}\") {{ ... on Member {{ {selection} }} }} }}");
        assert_eq!(asked(&app, &client, &node).await.0, one);
        let me = format!("{{ me {{ member {{ {selection} }} }} }}");
        assert_eq!(asked(&app, &client, &me).await.0, one);
        let by_handle = format!("{{ memberByHandle(handle: \"{handle}\") {{ {selection} }} }}");
        let kinds = asked(&app, &client, &by_handle).await.0;
        assert_eq!(
            kinds,
            [Kind::Session, Kind::Holder, Kind::Facts, Kind::Content]
        );
    }
    // Several ways to the same member, side by side.
    let ways = format!(
        "{{ a: member(id: \"{id}\") {{ {all} }} b: member(id: \"{id}\") {{ {all} }}
            c: node(id: \"{id}\") {{ ... on Member {{ {all} }} }} me {{ member {{ {all} }} }} }}",
        all = all()
    );
    assert_eq!(asked(&app, &client, &ways).await.0, one);
}
