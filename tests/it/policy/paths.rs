//! Every way to a governed field gives the same: all of it to whom the owner shows it, nothing to others.

use letterlock::domain::{audience::Audience, profile::Field};
use libtest_mimic::Trial;
use serde_json::{Value, json};

use super::canaries::{found, global, governed_words};
use crate::support::{
    app::TestApp,
    backend::Backends,
    client::Client,
    trials,
    world::{Person, Plan},
};

pub(super) fn trials(backends: &Backends) -> Vec<Trial> {
    trials!(
        backends;
        every_path_to_a_governed_field_shows_it_to_a_penpal_and_to_nobody_else,
        an_act_answers_with_what_the_viewer_may_see_after_it,
        what_is_left_out_by_a_directive_is_not_in_the_answer,
        a_directive_uses_the_default_of_its_variable,
    )
}

/// The text fields, whose values are canaries; `$F` of the paths below.
const FIELDS: &str = "profile { fullName email city occupation aboutMe }";

/// The ways by reading. `$F` is where the fields go. Each is asked about one owner, who is `$id` or
/// `$handle`, and is a penpal of `$friend`.
const PATHS: &[(&str, &str)] = &[
    ("member", "query($id: ID!) { member(id: $id) { $F } }"),
    (
        "by handle",
        "query($handle: String!) { memberByHandle(handle: $handle) { $F } }",
    ),
    (
        "the list",
        "{ members(first: 50) { edges { node { $F } } } }",
    ),
    (
        "node, inline fragment",
        "query($id: ID!) { node(id: $id) { ... on Member { $F } } }",
    ),
    (
        "node, inline fragment of the interface around one of the type",
        "query($id: ID!) { node(id: $id) { ... on Node { ... on Member { $F } } } }",
    ),
    (
        "node, fragment",
        "query($id: ID!) { node(id: $id) { ...M } } fragment M on Member { $F }",
    ),
    (
        "node, fragment of the interface",
        "query($id: ID!) { node(id: $id) { ...N } } fragment N on Node { id ...M } fragment M on Member { $F }",
    ),
    (
        "nodes",
        "query($id: ID!) { nodes(ids: [$id, $id]) { __typename ... on Member { $F } } }",
    ),
    (
        "fragment",
        "query($id: ID!) { member(id: $id) { ...M } } fragment M on Member { $F }",
    ),
    (
        "inline fragment without a type",
        "query($id: ID!) { member(id: $id) { ... { $F } } }",
    ),
    (
        "aliases",
        "query($id: ID!) { one: member(id: $id) { $F } other: member(id: $id) { p: profile { a: fullName \
         b: email c: city d: occupation e: aboutMe f: city } } }",
    ),
    (
        "include",
        "query($id: ID!) { member(id: $id) { ... @include(if: true) { $F } } }",
    ),
    (
        "skip",
        "query($id: ID!) { member(id: $id) @skip(if: false) { $F } }",
    ),
    (
        "a friend's list",
        "query($friend: ID!) { member(id: $friend) { penpals(first: 9) { edges { node { $F } } } } }",
    ),
    (
        "a friend's friend's friend",
        "query($friend: ID!) { member(id: $friend) { penpals(first: 9) { edges { node { penpals(first: 9) { edges \
         { node { penpals(first: 9) { edges { node { $F } } } } } } } } } } }",
    ),
    (
        "several operations",
        "query A { me { member { id } } } query B($id: ID!) { member(id: $id) { $F } }",
    ),
];

fn document(path: &str) -> String {
    path.replace("$F", FIELDS)
}

async fn ask(
    client: &Client,
    path: &str,
    owner: &Person,
    friend: &Person,
) -> crate::support::client::Reply {
    let variables =
        json!({"id": global(owner.id), "handle": owner.handle, "friend": global(friend.id)});
    let declared = super::documents::declared(path, &variables);
    let mut body = json!({"query": document(path), "variables": declared});
    if path.contains("query B") {
        body["operationName"] = json!("B");
    }
    let request = client
        .request(reqwest::Method::POST, "/graphql")
        .json(&body);
    let reply = client.send(request).await;
    assert!(
        reply.json().get("errors").is_none(),
        "{path}: {}",
        reply.text
    );
    reply
}

async fn every_path_to_a_governed_field_shows_it_to_a_penpal_and_to_nobody_else(app: TestApp) {
    let mut owner = Plan::adult("Olga", Audience::Penpals);
    owner.audiences = owner.audiences.with(Field::Penpals, Audience::Public);
    let adult = |name| Plan::adult(name, Audience::Public);
    let plans = [
        owner,
        adult("Friend"),
        adult("Penpal"),
        adult("Stranger"),
        adult("Blocked"),
        Plan::teen("Teen", Audience::Members),
    ];
    let people = app
        .db_world(&plans, &[(0, 1), (0, 2), (1, 2)], &[(0, 4)])
        .await;
    let (owner, friend) = (&people[0], &people[1]);
    let words = governed_words(&owner.name);
    for (name, path) in PATHS {
        for allowed in [0, 1, 2] {
            let reply = ask(&app.db_client(&people[allowed]).await, path, owner, friend).await;
            // One is not among one's own penpals.
            let myself =
                allowed == 0 && name.contains("a friend's") && !name.contains("friend's friend");
            let friends_own = allowed == 1 && name.contains("a friend's");
            assert!(
                myself || friends_own || found(&reply, &words).len() == words.len(),
                "{name}: hidden from {}: {}",
                people[allowed].name,
                reply.text
            );
        }
        for denied in [Some(3), Some(4), Some(5), None] {
            let client = match denied {
                Some(nth) => app.db_client(&people[nth]).await,
                None => app.visitor(),
            };
            let reply = ask(&client, path, owner, friend).await;
            assert_eq!(
                found(&reply, &words),
                Vec::<&str>::new(),
                "{name}: {denied:?}: {}",
                reply.text
            );
        }
    }
    // The stranger could have been shown the owner on the way: only the fields were hidden.
    let client = app.db_client(&people[3]).await;
    let path = "query($friend: ID!) { member(id: $friend) { penpals(first: 9) { edges { node { displayName } } } } }";
    assert!(
        ask(&client, path, owner, friend)
            .await
            .text
            .contains("Olga")
    );
}

/// Runs a mutation whose payload holds the governed fields of the other one.
async fn act(client: &Client, mutation: &str, other: &Person) -> crate::support::client::Reply {
    let text = format!(
        "mutation($id: ID!) {{ {mutation}(input: {{member: $id}}) {{ member {{ {FIELDS} }} userErrors {{ code }} }} }}"
    );
    let reply = client.ask(&text, json!({"id": global(other.id)})).await;
    assert_eq!(
        reply.user_errors(),
        Vec::<String>::new(),
        "{mutation}: {}",
        reply.text
    );
    reply
}

/// The requests of the viewer, and what hangs on them, through `me` and through a mutation's `me`.
async fn requests(client: &Client) -> String {
    let lists = format!(
        "requestsSent(first: 9) {{ edges {{ node {{ id member {{ {FIELDS} }} }} }} }} \
         requestsReceived(first: 9) {{ edges {{ node {{ id member {{ {FIELDS} }} }} }} }}"
    );
    let read = client.query(&format!("{{ me {{ {lists} }} }}")).await;
    let written = client
        .query(&format!(
            "mutation {{ updateProfile(input: {{}}) {{ me {{ {lists} }} userErrors {{ code }} }} }}"
        ))
        .await;
    assert_eq!(read.at("/me"), written.at("/updateProfile/me"));
    let mut text = read.text.clone();
    for list in ["requestsSent", "requestsReceived"] {
        if let Value::Array(edges) = read.at(&format!("/me/{list}/edges")) {
            for edge in edges {
                let query = format!(
                    "query($id: ID!) {{ node(id: $id) {{ ... on PenpalRequest {{ member {{ {FIELDS} }} }} }} }}"
                );
                let reply = client.ask(&query, json!({"id": edge["node"]["id"]})).await;
                assert_eq!(reply.at("/node/member"), edge["node"]["member"]);
                text += &reply.text;
            }
        }
    }
    assert!(text.contains("profile"), "no request: {text}");
    text
}

async fn an_act_answers_with_what_the_viewer_may_see_after_it(app: TestApp) {
    let plans = ["Olga", "Vera"].map(|name| Plan::adult(name, Audience::Penpals));
    let people = app.db_world(&plans, &[], &[]).await;
    let (olga, vera) = (&people[0], &people[1]);
    let (as_olga, as_vera) = (app.db_client(olga).await, app.db_client(vera).await);
    let (of_olga, of_vera) = (governed_words("Olga"), governed_words("Vera"));
    let none = Vec::<&str>::new();
    let hides =
        |text: &str, words: &[String]| !words.iter().any(|word| text.contains(word.as_str()));

    assert_eq!(
        found(&act(&as_vera, "askPenpal", olga).await, &of_olga),
        none
    );
    assert!(hides(&requests(&as_vera).await, &of_olga));
    assert!(hides(&requests(&as_olga).await, &of_vera));
    assert_eq!(
        found(&act(&as_olga, "declinePenpal", vera).await, &of_vera),
        none
    );
    assert!(hides(&requests(&as_vera).await, &of_olga));
    assert_eq!(
        found(&act(&as_vera, "withdrawPenpal", olga).await, &of_olga),
        none
    );
    assert_eq!(
        found(&act(&as_olga, "askPenpal", vera).await, &of_vera),
        none
    );
    // Accepting opens what is for penpals, in the very same answer; ending closes it.
    assert_eq!(
        found(&act(&as_vera, "acceptPenpal", olga).await, &of_olga).len(),
        of_olga.len()
    );
    assert_eq!(
        found(&act(&as_vera, "endPenpal", olga).await, &of_olga),
        none
    );

    // So do several acts in one document, one after another.
    act(&as_olga, "askPenpal", vera).await;
    let text = format!(
        "mutation($id: ID!) {{ one: acceptPenpal(input: {{member: $id}}) {{ member {{ {FIELDS} }} }} \
         two: endPenpal(input: {{member: $id}}) {{ member {{ {FIELDS} }} }} \
         three: block(input: {{member: $id}}) {{ block {{ id }} }} \
         four: askPenpal(input: {{member: $id}}) {{ member {{ {FIELDS} }} userErrors {{ code }} }} }}"
    );
    let reply = as_vera.ask(&text, json!({"id": global(olga.id)})).await;
    assert_eq!(reply.at("/one/member/profile/city"), "Olga's very own city");
    assert_eq!(reply.at("/two/member/profile/city"), Value::Null);
    assert_eq!(reply.at("/four/member"), Value::Null);
    assert_eq!(reply.at("/four/userErrors/0/code"), "NOT_FOUND");
}

async fn what_is_left_out_by_a_directive_is_not_in_the_answer(app: TestApp) {
    let people = app
        .db_world(&[Plan::adult("Olga", Audience::Public)], &[], &[])
        .await;
    let client = app.db_client(&people[0]).await;
    for (on, expected) in [(true, 5), (false, 0)] {
        for directive in ["@include(if: $on)", "@skip(if: $off)"] {
            app.recorder.clear();
            let text = format!(
                "query($id: ID!, $on: Boolean!, $off: Boolean!) {{ member(id: $id) {{ id \
                 ... @include(if: $on) {{ id }} ... @skip(if: $off) {{ id }} {} }} }}",
                FIELDS.replace("profile", &format!("profile {directive}"))
            );
            let reply = client
                .ask(
                    &text,
                    json!({"id": global(people[0].id), "on": on, "off": !on}),
                )
                .await;
            assert_eq!(
                found(&reply, &governed_words("Olga")).len(),
                expected,
                "{}",
                reply.text
            );
            // Nor is it read.
            let read = app
                .recorder
                .statements()
                .iter()
                .any(|statement| statement.contains("p.city"));
            assert_eq!(read, on, "{:?}", app.recorder.statements());
        }
    }
}

async fn a_directive_uses_the_default_of_its_variable(app: TestApp) {
    let people = app
        .db_world(&[Plan::adult("Olga", Audience::Public)], &[], &[])
        .await;
    let text = "query($id: ID!, $yes: Boolean! = true) { member(id: $id) { id \
         ... @include(if: $yes) { handle } ... @skip(if: $yes) { displayName } } }";
    let reply = app
        .visitor()
        .ask(text, json!({"id": global(people[0].id)}))
        .await;
    let expected = json!({"id": global(people[0].id), "handle": people[0].handle});
    assert_eq!(reply.at("/member"), expected);
}
