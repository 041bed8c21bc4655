//! How an answer came about, told to whoever asks by a header: of one's own alone, and of a demo all.

use letterlock::{
    domain::{audience::Audience, id::MemberId},
    http::{Explain, Settings},
};
use libtest_mimic::Trial;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{
    app::TestApp,
    backend::Backends,
    client::{Client, Reply},
    penpals::{list, set_well},
    trials,
    world::{Person, Plan},
};

pub(crate) fn trials(backends: &Backends) -> Vec<Trial> {
    trials!(
        backends;
        where_it_is_off_the_header_changes_nothing,
        of_a_demo_everything_is_told,
        of_a_real_world_nothing_is_told_of_anybody_else,
        hidden_and_blocked_and_never_been_are_told_alike,
        what_another_hides_or_names_moves_no_byte,
        only_the_one_value_of_the_header_counts,
    )
}

/// The same service on the same database, as an operator has switched it.
async fn telling(app: &TestApp, explain: Explain) -> TestApp {
    let settings = Settings {
        explain,
        ..Settings::default()
    };
    TestApp::start_with(app.backend, app.address.clone(), settings).await
}

async fn explained(client: &Client, value: Option<&str>, query: &str, variables: &Value) -> Reply {
    let mut request = client
        .request(Method::POST, "/graphql")
        .json(&json!({ "query": query, "variables": variables }));
    if let Some(value) = value {
        request = request.header("Letterlock-Explain", value);
    }
    client.send(request).await
}

async fn told(client: &Client, query: &str, variables: &Value) -> Value {
    let reply = explained(client, Some("1"), query, variables).await;
    reply.json()["extensions"]["privacy"].clone()
}

/// Olga and Penpal, who are penpals; Stranger; Blocked, whom Olga has blocked; Teen.
async fn world(app: &TestApp) -> Vec<Person> {
    let plans = [
        Plan::adult("Olga", Audience::Penpals),
        Plan::adult("Penpal", Audience::Members),
        Plan::adult("Stranger", Audience::Members),
        Plan::adult("Blocked", Audience::Members),
        Plan::teen("Teen", Audience::Members),
    ];
    app.db_world(&plans, &[(0, 1)], &[(0, 3)]).await
}

const ONE: &str =
    "query($id: ID!) { member(id: $id) { handle bond profile { city email access(field: AGE) }
    penpals(first: 5) { totalCount edges { node { handle profile { city } } } } } }";
const MANY: &str = "{ members(first: 20) { edges { node { handle profile { city aboutMe } } } } }";
const OWN: &str = "{ me { member { id profile { city email } penpals(first: 5) { totalCount } }
    viewAs(onlooker: ADULT) { profile { city country { code } } } lists { name } } }";
const NODES: &str =
    "query($ids: [ID!]!) { nodes(ids: $ids) { ... on Member { profile { city } } } }";
const ACT: &str = "mutation($id: ID!) { askPenpal(input: {member: $id}) { member { handle } userErrors { code } } }";

async fn where_it_is_off_the_header_changes_nothing(app: TestApp) {
    let people = world(&app).await;
    let id = json!({ "id": people[0].id.global() });
    let stranger = app.db_client(&people[2]).await;
    let headers = |reply: &Reply| {
        let mut lines: Vec<String> = reply
            .headers
            .iter()
            .filter(|(name, _)| *name != "date")
            .map(|(name, value)| format!("{name}: {value:?}"))
            .collect();
        lines.sort();
        lines
    };
    // Asking again writes nothing, so that it can be compared with itself.
    stranger.ask(ACT, id.clone()).await;
    for client in [&stranger, &app.visitor()] {
        for (query, variables) in [
            (ONE, &id),
            (MANY, &json!({})),
            (OWN, &json!({})),
            (ACT, &id),
            ("{ nothing }", &json!({})),
            ("{", &json!({})),
            ("{ members(first: 0) { edges { cursor } } }", &json!({})),
        ] {
            app.recorder.clear();
            // A page's keys come in any order.
            let recorded = || -> Vec<String> {
                let texts = app.recorder.statements().into_iter();
                texts
                    .map(|text| text.split(" -- binds: ").next().unwrap().to_owned())
                    .collect()
            };
            let plain = explained(client, None, query, variables).await;
            let statements = recorded();
            app.recorder.clear();
            let asked = explained(client, Some("1"), query, variables).await;
            assert_eq!(plain.text, asked.text, "{query}");
            assert_eq!(
                (plain.status, headers(&plain)),
                (asked.status, headers(&asked))
            );
            assert_eq!(statements, recorded(), "{query}");
            assert!(!asked.text.contains("privacy\""), "{}", asked.text);
        }
    }
}

fn of<'a>(told: &'a Value, subject: &Person, what: &str) -> Vec<&'a Value> {
    let all = told["decisions"].as_array().unwrap().iter();
    all.filter(|it| it["subject"] == subject.id.global())
        .filter(|it| it["field"] == what || it["act"] == what)
        .collect()
}

async fn of_a_demo_everything_is_told(app: TestApp) {
    let people = world(&app).await;
    let demo = telling(&app, Explain::Everything).await;
    let [penpal, stranger, blocked] = [
        demo.db_client(&people[1]).await,
        demo.db_client(&people[2]).await,
        demo.db_client(&people[3]).await,
    ];
    let id = json!({ "id": people[0].id.global() });
    let to_penpal = told(&penpal, ONE, &id).await;
    assert_eq!(to_penpal["scope"], "EVERYTHING");
    let city = of(&to_penpal, &people[0], "CITY");
    assert_eq!(city.len(), 1, "{to_penpal}");
    assert_eq!(
        (&city[0]["allowed"], &city[0]["rule"]),
        (
            &json!(true),
            &json!("the field's audience includes the viewer")
        )
    );
    // One facts statement, then what is read of Olga with a page of her penpals; then of those on it.
    let kinds: Vec<&Value> = to_penpal["statements"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| &it["kind"])
        .collect();
    assert_eq!(
        kinds,
        ["facts", "content", "page", "content"],
        "{to_penpal}"
    );
    let read = &to_penpal["statements"][1]["columnSets"][0];
    assert_eq!(
        read,
        &json!({"columns": ["handle", "display_name", "email", "age", "city"], "members": 1})
    );
    // A stranger is refused the city, and no statement names it.
    let to_stranger = told(&stranger, ONE, &id).await;
    let city = of(&to_stranger, &people[0], "CITY");
    assert_eq!(
        (&city[0]["allowed"], &city[0]["rule"]),
        (&json!(false), &json!("no rule allows it"))
    );
    assert_eq!(
        to_stranger["statements"][1]["columnSets"],
        json!([{"columns": ["handle", "display_name"], "members": 1}])
    );
    // Who is blocked is told by which rule, and that nothing was read.
    let to_blocked = told(&blocked, ONE, &id).await;
    assert_eq!(
        to_blocked["decisions"],
        json!([{"subject": people[0].id.global(), "act": "MEET", "allowed": false,
            "rule": "where either has blocked, neither exists for the other"}])
    );
    assert_eq!(
        to_blocked["statements"],
        json!([{"kind": "facts", "members": 1}])
    );
    let acted = told(&blocked, ACT, &id).await;
    assert_eq!(of(&acted, &people[0], "ASK").len(), 1, "{acted}");
    let own = told(&penpal, OWN, &json!({})).await;
    let mine = of(&own, &people[1], "CITY");
    assert_eq!(mine.len(), 2, "{own}");
    assert_eq!(mine[1]["onlooker"], "MEMBER");
    // Visitors, too.
    let visitors = told(&demo.visitor(), ONE, &id).await;
    assert_eq!(visitors["decisions"][0]["allowed"], false);
}

async fn of_a_real_world_nothing_is_told_of_anybody_else(app: TestApp) {
    let people = world(&app).await;
    let real = telling(&app, Explain::Own).await;
    let all: Vec<String> = people.iter().map(|person| person.id.global()).collect();
    for (nth, person) in people.iter().enumerate() {
        let client = real.db_client(person).await;
        let me = person.id.global();
        for other in &all {
            let variables = json!({ "id": other, "ids": all });
            for query in [ONE, MANY, OWN, NODES, ACT] {
                let sent = match query {
                    MANY | OWN => json!({}),
                    NODES => json!({ "ids": variables["ids"] }),
                    _ => json!({ "id": variables["id"] }),
                };
                let told = told(&client, query, &sent).await;
                assert_eq!(told["scope"], "OWN");
                let keys: Vec<&String> = told.as_object().unwrap().keys().collect();
                assert_eq!(keys, ["decisions", "scope"], "{told}");
                for decision in told["decisions"].as_array().unwrap() {
                    assert_eq!(decision["subject"], me, "{nth} {query} {told}");
                }
            }
        }
        // And of one's own there is something.
        let own = told(&client, OWN, &json!({})).await;
        assert!(!of(&own, person, "CITY").is_empty(), "{own}");
        assert_eq!(of(&own, person, "KEEP_OWN").len(), 1, "{own}");
    }
    let visitor = told(&real.visitor(), ONE, &json!({ "id": all[0] })).await;
    assert_eq!(visitor, json!({"scope": "OWN", "decisions": []}));
}

async fn hidden_and_blocked_and_never_been_are_told_alike(app: TestApp) {
    let people = world(&app).await;
    let real = telling(&app, Explain::Own).await;
    let client = real.db_client(&people[3]).await;
    let why = "query($id: ID!) { me { why(field: CITY, onlooker: MEMBER, id: $id) { rule }
        viewAs(onlooker: PENPAL, id: $id) { handle } } }";
    for query in [ONE, why, ACT] {
        let mut answers = Vec::new();
        for id in [people[0].id, people[4].id, MemberId::from_key(4_611)] {
            let variables = json!({ "id": id.global() });
            let reply = explained(&client, Some("1"), query, &variables).await;
            assert!(reply.text.contains("\"privacy\""), "{}", reply.text);
            answers.push(reply.text);
        }
        assert_eq!(answers[0], answers[2], "blocked: {query}");
        assert_eq!(answers[1], answers[2], "a teen: {query}");
    }
}

async fn what_another_hides_or_names_moves_no_byte(app: TestApp) {
    let people = world(&app).await;
    let real = telling(&app, Explain::Own).await;
    let [olga, stranger] = [
        real.db_client(&people[0]).await,
        real.db_client(&people[2]).await,
    ];
    let id = json!({ "id": people[0].id.global() });
    let document = "query($id: ID!) { me { member { profile { city } } } member(id: $id) { profile { email city phone } } }";
    let before = explained(&stranger, Some("1"), document, &id).await;
    // What is hidden becomes empty, and the lists that nobody knows of become many.
    let told = olga
        .update_profile(json!({"city": null, "phone": null}))
        .await;
    assert!(told.user_errors().is_empty(), "{}", told.text);
    let near = list(&olga, "Near", &[&people[1].id.global()]).await;
    set_well(
        &olga,
        json!([{"field": "EMAIL", "audience": "LISTS", "lists": [near]},
               {"field": "CITY", "audience": "ONLY_ME"}]),
    )
    .await;
    let after = explained(&stranger, Some("1"), document, &id).await;
    assert_eq!(before.text, after.text);
    assert!(before.text.contains("\"decisions\":[{"), "{}", before.text);
}

async fn only_the_one_value_of_the_header_counts(app: TestApp) {
    let people = world(&app).await;
    let demo = telling(&app, Explain::Everything).await;
    let client = demo.db_client(&people[1]).await;
    for value in [
        None,
        Some("0"),
        Some("true"),
        Some(""),
        Some("1, 1"),
        Some("01"),
    ] {
        let reply = explained(&client, value, OWN, &json!({})).await;
        assert_eq!(reply.json().get("extensions"), None, "{value:?}");
    }
    // What is refused before anybody is asked about has nothing to tell.
    for query in ["{", "{ nothing }", "{ member(id: 5) { nothing } }"] {
        let reply = explained(&client, Some("1"), query, &json!({})).await;
        assert!(
            reply.json()["extensions"]["privacy"]["decisions"]
                .as_array()
                .is_none_or(Vec::is_empty),
            "{}",
            reply.text
        );
    }
    // By GET as well.
    let get = client
        .request(Method::GET, "/graphql?query=%7Bme%7Bmember%7Bid%7D%7D%7D")
        .header("letterlock-explain", "1");
    let reply = client.send(get).await;
    assert_eq!(reply.json()["extensions"]["privacy"]["scope"], "EVERYTHING");
}
