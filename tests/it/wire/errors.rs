//! Errors: each has a code of the closed list, and none tells what is inside or what was sent.

use letterlock::graphql::error::Code;
use libtest_mimic::Trial;
use serde_json::{Value, json};

use crate::support::{
    app::TestApp,
    backend::Backends,
    client::{PASSWORD, Reply},
    log, trials,
};

pub(crate) fn trials(backends: &Backends) -> Vec<Trial> {
    trials!(
        backends;
        every_refusal_has_a_code_of_the_closed_list_and_echoes_nothing,
        a_literal_of_the_wrong_type_is_not_echoed,
        a_failure_has_a_reference_that_the_log_has_too_and_tells_nothing_else,
        the_log_says_what_broke,
        one_field_that_fails_leaves_its_siblings,
        a_request_error_has_no_data,
        a_variable_of_the_wrong_type_is_a_request_error,
        the_log_holds_nothing_that_members_wrote,
    )
}

const SECRET: &str = "canary-hunter2-secret";

fn assert_codes(reply: &Reply, what: &str) {
    let json = reply.json();
    let errors = json["errors"]
        .as_array()
        .unwrap_or_else(|| panic!("{what}: no errors in {}", reply.text));
    assert!(!errors.is_empty(), "{what}");
    for error in errors {
        let code = error["extensions"]["code"]
            .as_str()
            .unwrap_or_else(|| panic!("{what}: no code in {error}"));
        assert!(
            Code::ALL.iter().any(|known| known.as_str() == code),
            "{what}: {code}"
        );
        assert!(!error["message"].as_str().unwrap().is_empty(), "{what}");
    }
    assert!(
        !reply.text.contains(SECRET),
        "{what} is echoed: {}",
        reply.text
    );
    for inside in [
        "diesel",
        "async_graphql",
        "async-graphql",
        "panicked",
        "src/",
        "SQLSTATE",
        "sqlite",
        "postgres",
        "Did you mean",
        "letterlock::",
    ] {
        assert!(
            !reply.text.contains(inside),
            "{what} tells {inside}: {}",
            reply.text
        );
    }
}

async fn every_refusal_has_a_code_of_the_closed_list_and_echoes_nothing(app: TestApp) {
    let ana = app.visitor();
    ana.sign_up("Ana", "1990-01-01").await;
    let documents = [
        ("syntax", format!("{{ me {{ {SECRET}")),
        (
            "a string that does not end",
            format!(r#"mutation {{ signIn(input: {{password: "{SECRET} }}) {{ token }} }}"#),
        ),
        (
            "an unknown field",
            format!("{{ me {{ f_{} }} }}", SECRET.replace('-', "_")),
        ),
        (
            "an unknown type",
            format!("{{ me {{ ... on {} {{ x }} }} }}", "Nothing"),
        ),
        (
            "an unknown argument",
            format!(r#"{{ member(id: "x", name: "{SECRET}") {{ id }} }}"#),
        ),
        (
            "a wrong date",
            format!(
                r#"mutation {{ screenAge(input: {{birthDate: "{SECRET}"}}) {{ screeningToken }} }}"#
            ),
        ),
        (
            "a bad cursor",
            format!(r#"{{ members(first: 1, after: "{SECRET}") {{ edges {{ cursor }} }} }}"#),
        ),
        (
            "an unknown directive",
            "{ me @nothing { member { id } } }".to_owned(),
        ),
        ("an unknown fragment", "{ ...Nothing }".to_owned()),
        ("nothing", String::new()),
        ("a subscription", "subscription { x }".to_owned()),
        (
            "an unused variable",
            "query($x: Int) { __typename }".to_owned(),
        ),
        ("a missing selection", "{ me }".to_owned()),
        (
            "a field of a scalar",
            "{ me { member { displayName { x } } } }".to_owned(),
        ),
    ];
    for (what, document) in &documents {
        for client in [&ana, &app.visitor()] {
            assert_codes(&client.query(document).await, what);
        }
    }
    for (what, variables) in [
        ("a missing variable", json!({})),
        ("null", json!({ "input": null })),
        ("a text for an object", json!({ "input": SECRET })),
        ("a missing member", json!({ "input": { "email": SECRET } })),
        (
            "an unknown member",
            json!({ "input": { "email": SECRET, "password": SECRET, "x": SECRET } }),
        ),
        (
            "a list for a text",
            json!({ "input": { "email": [SECRET], "password": SECRET } }),
        ),
        (
            "a number for a text",
            json!({ "input": { "email": 5, "password": SECRET } }),
        ),
        (
            "an unknown enum value",
            json!({ "input": { "email": SECRET, "password": SECRET, "transport": SECRET } }),
        ),
    ] {
        let reply = app
            .visitor_at(3)
            .ask("mutation($input: SignInInput!) { signIn(input: $input) { token userErrors { code } } }", variables)
            .await;
        assert_codes(&reply, what);
    }
    for (what, content_type, body) in [
        (
            "a form",
            "application/x-www-form-urlencoded",
            format!("query={SECRET}"),
        ),
        ("text", "text/plain", format!(r#"{{"query":"{SECRET}"}}"#)),
        ("no JSON", "application/json", format!("{{{SECRET}")),
        (
            "a batch",
            "application/json",
            format!(r#"[{{"query":"{SECRET}"}}]"#),
        ),
        ("a text", "application/json", format!(r#""{SECRET}""#)),
        (
            "a query that is a number",
            "application/json",
            r#"{"query":1}"#.to_owned(),
        ),
        (
            "variables that are a text",
            "application/json",
            format!(r#"{{"query":"{{__typename}}","variables":"{SECRET}"}}"#),
        ),
        (
            "an operation that is not there",
            "application/json",
            format!(r#"{{"query":"{{__typename}}","operationName":"{SECRET}"}}"#),
        ),
    ] {
        let reply = app.visitor().post(content_type, body).await;
        assert!(reply.status.is_client_error(), "{what}: {}", reply.status);
        assert_codes(&reply, what);
    }
    let visitor = app.visitor();
    let unknown = visitor
        .send(visitor.request(reqwest::Method::GET, &format!("/{SECRET}")))
        .await;
    assert_codes(&unknown, "an unknown address");
    for line in log::lines().await {
        assert!(!line.contains(SECRET), "in the log: {line}");
    }
}

async fn a_literal_of_the_wrong_type_is_not_echoed(app: TestApp) {
    for document in [
        format!(r#"{{ members(first: "{SECRET}") {{ edges {{ cursor }} }} }}"#),
        format!(
            r#"mutation {{ setVisibility(input: {{entries: [{{field: CITY, audience: "{SECRET}"}}]}}) {{ userErrors {{ code }} }} }}"#
        ),
        format!(
            r#"mutation {{ signIn(input: {{email: "x", password: ["{SECRET}", 1]}}) {{ token }} }}"#
        ),
        format!(r#"mutation {{ signIn(input: "{SECRET}") {{ token }} }}"#),
    ] {
        assert_codes(
            &app.visitor().query(&document).await,
            &document.replace(SECRET, "…"),
        );
    }
}

async fn a_failure_has_a_reference_that_the_log_has_too_and_tells_nothing_else(app: TestApp) {
    let ana = app.visitor();
    ana.sign_up("Ana", "1990-01-01").await;
    app.db_sql("DROP TABLE birth_date_requests").await;
    let mut references = Vec::new();
    for _ in 0..2 {
        let reply = ana.query("{ me { pendingBirthDate } }").await;
        assert_codes(&reply, "a broken field");
        let error = &reply.json()["errors"][0];
        assert_eq!(
            error["extensions"]["code"], "INTERNAL_SERVER_ERROR",
            "{}",
            reply.text
        );
        assert!(
            !reply.text.contains("no such table") && !reply.text.contains("does not exist"),
            "{}",
            reply.text
        );
        let reference = error["extensions"]["reference"]
            .as_str()
            .unwrap()
            .to_owned();
        assert!(reference.len() >= 8, "{reference}");
        let lines = log::lines().await;
        let line = lines
            .iter()
            .find(|line| line.contains(&reference))
            .expect("the log has the reference");
        assert!(
            line.contains("ERROR") && line.contains("path=me.pendingBirthDate"),
            "{line}"
        );
        references.push(reference);
    }
    assert_ne!(references[0], references[1]);
    // A request that cannot even begin: the same, and a status that monitoring sees.
    app.db_sql(match app.backend {
        crate::support::backend::Backend::Sqlite => "DROP TABLE sessions",
        crate::support::backend::Backend::Postgres => "DROP TABLE sessions CASCADE",
    })
    .await;
    let reply = ana.query("{ __typename }").await;
    assert_codes(&reply, "a broken request");
    assert_eq!(reply.status, 500);
    assert!(reply.json().get("data").is_none());
    let reference = reply.json()["errors"][0]["extensions"]["reference"]
        .as_str()
        .unwrap()
        .to_owned();
    assert!(
        log::lines()
            .await
            .iter()
            .any(|line| line.contains(&reference))
    );
}

async fn the_log_says_what_broke(app: TestApp) {
    let ana = app.visitor();
    ana.sign_up("Ana", "1990-01-01").await;
    app.db_sql("DROP TABLE birth_date_requests").await;
    ana.query("{ me { pendingBirthDate } }").await;
    let lines = log::lines().await;
    let line = lines
        .iter()
        .find(|line| line.contains("a field failed"))
        .unwrap();
    assert!(
        line.contains("birth_date_requests"),
        "an operator learns nothing from: {line}"
    );
}

async fn one_field_that_fails_leaves_its_siblings(app: TestApp) {
    let ana = app.visitor();
    ana.sign_up("Ana", "1990-01-01").await;
    app.db_sql("DROP TABLE birth_date_requests").await;
    let reply = ana
        .query("{ me { a: pendingBirthDate member { displayName profile { email } } b: pendingBirthDate
            visibility { field } } __typename }")
        .await;
    let json = reply.json();
    assert_eq!(reply.status, 200);
    assert_eq!(json["data"]["me"]["member"]["displayName"], "Ana");
    assert_eq!(
        json["data"]["me"]["member"]["profile"]["email"],
        "ana@example.org"
    );
    assert_eq!(
        json["data"]["me"]["visibility"].as_array().unwrap().len(),
        22
    );
    assert_eq!(json["data"]["__typename"], "Query");
    for alias in ["a", "b"] {
        assert_eq!(json["data"]["me"][alias], json!(null), "{}", reply.text);
        assert!(
            json["data"]["me"].as_object().unwrap().contains_key(alias),
            "{}",
            reply.text
        );
    }
    let mut paths: Vec<&Value> = json["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| &error["path"])
        .collect();
    paths.sort_by_key(ToString::to_string);
    assert_eq!(paths, [&json!(["me", "a"]), &json!(["me", "b"])]);
    assert!(
        json["errors"]
            .as_array()
            .unwrap()
            .iter()
            .all(|error| error["locations"][0]["line"].is_number())
    );
    // Root fields, too: a bad argument of one takes no other along.
    let reply = ana.query("{ bad: members(first: 0) { edges { cursor } } good: members(first: 1) { edges { cursor } } }").await;
    assert_eq!(reply.codes(), ["BAD_USER_INPUT"]);
    assert_eq!(reply.json()["data"]["bad"], json!(null));
    assert!(reply.json()["data"]["good"]["edges"].is_array());
    assert_eq!(reply.json()["errors"][0]["path"], json!(["bad"]));
}

async fn a_request_error_has_no_data(app: TestApp) {
    for document in [
        "{ nothing }",
        "{",
        "{ me { member } }",
        "query A { __typename } query A { __typename }",
        "{ members { edges { cursor } } }",
    ] {
        let reply = app.visitor().query(document).await;
        assert_eq!(reply.status, 400, "{document}: {}", reply.text);
        assert!(
            reply.json().get("data").is_none(),
            "{document}: {}",
            reply.text
        );
        // Under the older type the status is 200, and there is no `data` either.
        let visitor = app.visitor();
        let request = visitor
            .request(reqwest::Method::POST, "/graphql")
            .json(&json!({ "query": document }));
        let reply = visitor.send(request).await;
        assert_eq!(reply.status, 200, "{document}");
        assert!(
            reply.json().get("data").is_none(),
            "{document}: {}",
            reply.text
        );
    }
}

/// GraphQL, 6.1.2: variables are coerced before anything runs.
async fn a_variable_of_the_wrong_type_is_a_request_error(app: TestApp) {
    let document = "mutation($input: SignInInput!) { __typename signIn(input: $input) { token } }";
    for input in [
        json!("x"),
        json!({ "email": "x" }),
        json!({ "email": 1, "password": "x" }),
    ] {
        let reply = app.visitor().ask(document, json!({ "input": input })).await;
        assert!(
            reply.json().get("data").is_none(),
            "{input}: {}",
            reply.text
        );
        assert_eq!(reply.status, 400, "{input}: {}", reply.text);
    }
}

async fn the_log_holds_nothing_that_members_wrote(app: TestApp) {
    let ana = app.visitor();
    ana.sign_up("Anabella", "1990-01-01").await;
    ana.update_profile(
        json!({ "fullName": "Canary Name", "city": "Canarytown", "aboutMe": "Canary words" }),
    )
    .await;
    ana.sign_in("anabella@example.org", "canary-wrong-password")
        .await;
    ana.sign_in("anabella@example.org", PASSWORD).await;
    let token = ana.cookie("__Host-letterlock-session").unwrap();
    // Failures, too: here everything that touches profiles breaks.
    app.db_sql(match app.backend {
        crate::support::backend::Backend::Sqlite => "DROP TABLE presences",
        crate::support::backend::Backend::Postgres => "DROP TABLE presences CASCADE",
    })
    .await;
    app.clock.advance(chrono::TimeDelta::minutes(5));
    ana.update_profile(json!({ "city": "Canaryville" })).await;
    ana.query("{ me { member { profile { fullName city lastSeen } } } }")
        .await;
    let lines = log::lines().await;
    assert!(!lines.is_empty());
    for line in lines {
        // The time comes first, and any four digits can be in its fractions.
        let (_, said) = line.split_once(' ').unwrap();
        for secret in [
            "Canary",
            "anabella",
            "Anabella",
            "1990",
            PASSWORD,
            "canary-wrong",
            &token,
            "192.0.2",
        ] {
            assert!(!said.contains(secret), "{secret} is in the log: {line}");
        }
    }
}
