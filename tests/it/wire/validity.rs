//! What the library's validator lets pass, and this service does not: a document that breaks the
//! specification's rules is refused as a whole, before anything of it is done.

use libtest_mimic::Trial;
use serde_json::{Value, json};

use crate::support::{app::TestApp, backend::Backends, client::Client, trials};

pub(crate) fn trials(backends: &Backends) -> Vec<Trial> {
    trials!(
        backends;
        an_argument_of_the_wrong_kind_leaves_nothing_half_done,
        a_variable_of_a_type_that_is_none_breaks_nothing,
        fields_of_one_name_are_one_field,
        a_mutation_does_nothing_twice,
    )
}

/// Refused as a document that does not fit the schema, and nothing of it done.
async fn refused(app: &TestApp, client: &Client, document: &str, variables: Value) {
    let before = app.db_dump().await;
    let reply = client.ask(document, variables).await;
    assert_eq!(reply.status, 400, "{document}: {}", reply.text);
    assert_eq!(
        reply.codes().first().map(String::as_str),
        Some("GRAPHQL_VALIDATION_FAILED"),
        "{document}: {}",
        reply.text
    );
    assert!(reply.json().get("data").is_none(), "{document}");
    app.assert_nothing_stored(&before, document).await;
}

async fn an_argument_of_the_wrong_kind_leaves_nothing_half_done(app: TestApp) {
    let ana = app.visitor();
    ana.sign_up("Ana", "1990-01-01").await;
    const FIRST: &str = r#"one: createList(input: {name: "One"}) { list { id } }"#;
    for (declared, second) in [
        ("", "createList(input: 5)"),
        ("", "createList(input: [])"),
        ("", r#"createList(input: "Two")"#),
        ("", "createList(input: TWO)"),
        ("", "createList(input: {name: 5})"),
        ("", "createList(input: {name: null})"),
        ("", "createList(input: {})"),
        ("", r#"createList(input: {name: "Two", more: 1})"#),
        ("($two: CreateListInput)", "createList(input: $two)"),
        ("($two: ID)", "createList(input: $two)"),
        ("($two: String)", "createList(input: {name: $two})"),
        ("($two: [String!]!)", "createList(input: {name: $two})"),
        ("($two: CreateListInput! = 5)", "createList(input: $two)"),
    ] {
        let document =
            format!("mutation{declared} {{ {FIRST} two: {second} {{ list {{ id }} }} }}");
        refused(&app, &ana, &document, json!({})).await;
    }
    let document = format!(
        "mutation {{ {FIRST} two: createList(input: {{name: \"Two\"}}) {{ list {{ members(first: 9999999999) {{ edges {{ cursor }} }} }} }} }}"
    );
    refused(&app, &ana, &document, json!({})).await;
}

async fn a_variable_of_a_type_that_is_none_breaks_nothing(app: TestApp) {
    for document in [
        "query($a: Nothing) { __typename }",
        "query($a: [Nothing] = [1]) { __typename }",
        "query($a: [[Nothing!]!]! = [[1]]) { __typename }",
        "query($a: [Nothing] = []) { __typename }",
        "query($a: [Member] = [1]) { __typename }",
        "query($a: [Node!] = 1) { __typename }",
        "query A { __typename } query B($a: [Nothing] = [1]) { __typename }",
    ] {
        let chosen = document.replace("query A", "query A { a: __typename } query C");
        for document in [document, &chosen] {
            let request = app
                .visitor()
                .request(reqwest::Method::POST, "/graphql")
                .header("accept", "application/graphql-response+json")
                .json(&json!({ "query": document, "operationName": document.contains("query A").then_some("A") }));
            let reply = app.visitor().send(request).await;
            assert_eq!(reply.status, 400, "{document}: {}", reply.text);
            assert_eq!(
                reply.codes().first().map(String::as_str),
                Some("GRAPHQL_VALIDATION_FAILED"),
                "{document}"
            );
        }
    }
}

async fn fields_of_one_name_are_one_field(app: TestApp) {
    let (ana, ben) = (app.visitor(), app.visitor());
    let id = ana.sign_up("Ana", "1990-01-01").await;
    let other = ben.sign_up("Ben", "1990-01-01").await;
    let variables = json!({ "id": id, "other": other });
    for selections in [
        "a: member(id: $id) { id } ... on Query { a: member(id: $other) { displayName } }",
        "me { member { a: id } } me { member { a: displayName } }",
        "...A ...B",
        "member(id: $id) { a: penpals(first: 1) { totalCount } } member(id: $id) { a: penpals(first: 2) { totalCount } }",
        "node(id: $id) { a: id ... on Member { a: displayName } }",
    ] {
        let document = format!(
            "query($id: ID!, $other: ID!) {{ {selections} b: member(id: $id) {{ id }} c: member(id: $other) {{ id }} }} {}",
            if selections.contains("...A") {
                "fragment A on Query { me { a: sessions { id } } } fragment B on Query { me { a: lists { id } } }"
            } else {
                ""
            }
        );
        refused(&app, &ana, &document, variables.clone()).await;
    }
    // What the specification allows: the same field again, and other fields of types that never meet.
    let reply = ana
        .ask(
            "query($id: ID!) { member(id: $id) { id } member(id: $id) { displayName } ...A ...A
             node(id: $id) { ... on Member { a: displayName } ... on PenpalList { a: name } } }
             fragment A on Query { me { member { handle } } me { member { id } } }",
            json!({ "id": id }),
        )
        .await;
    assert_eq!(
        reply.at("/member"),
        json!({ "id": id, "displayName": "Ana" })
    );
    assert_eq!(reply.at("/node"), json!({ "a": "Ana" }));
    assert_eq!(reply.at("/me/member/id"), json!(id));
}

async fn a_mutation_does_nothing_twice(app: TestApp) {
    let ana = app.visitor();
    ana.sign_up("Ana", "1990-01-01").await;
    for document in [
        r#"mutation { createList(input: {name: "A"}) { list { id } } createList(input: {name: "A"}) { list { name } } }"#,
        r#"mutation { ...F ... { ...F } } fragment F on Mutation { createList(input: {name: "A"}) { list { id } } }"#,
        "mutation { a: signOut { signedOut } ... on Mutation { a: signOut { signedOut } } }",
    ] {
        refused(&app, &ana, document, json!({})).await;
    }
    let reply = ana
        .query(r#"mutation { a: createList(input: {name: "A"}) { list { name } } b: createList(input: {name: "B"}) { list { name } } __typename t: __typename }"#)
        .await;
    assert_eq!(reply.at("/b/list/name"), "B");
}
