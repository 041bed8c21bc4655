//! What has been seen to fail in GraphQL servers, this library's own among them; by counts, not by the clock.

use std::fmt::Write;

use libtest_mimic::Trial;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{app::TestApp, backend::Backends, client::Client, trials};

pub(crate) fn trials(backends: &Backends) -> Vec<Trial> {
    trials!(
        backends;
        bombs_are_refused_before_any_work,
        aliases_and_root_fields_and_directives_are_counted_after_expansion,
        a_page_of_pages_is_counted_before_it_is_read,
        batches_are_not_taken,
        a_mutation_by_get_or_by_a_form_has_no_effect,
        the_operation_is_chosen_by_name_on_get_too,
        an_unknown_directive_is_an_error_wherever_it_stands,
        typename_is_held_to_the_rules_of_any_field,
        nothing_is_suggested,
        a_hidden_field_removes_no_sibling,
        a_field_that_is_skipped_leaves_an_object,
        sign_in_fields_are_one_a_document,
        introspection_as_graphiql_asks_it_is_answered,
    )
}

const NONE: [&str; 0] = [];

/// `height` fragments, each spreading the next `width` times.
fn bomb(width: usize, height: usize, on: &str, leaf: &str) -> String {
    let mut text = format!("{{ {} }} fragment F{height} on {on} {{ {leaf} }} ", "...F0");
    for nth in 0..height {
        let spreads = format!("...F{} ", nth + 1).repeat(width);
        write!(text, "fragment F{nth} on {on} {{ {spreads} }} ").unwrap();
    }
    text
}

async fn refused(app: &TestApp, client: &Client, what: &str, document: &str) {
    app.recorder.clear();
    let (hashes, before) = (
        app.services.passwords.hashes_done(),
        app.db_count("sessions").await,
    );
    let reply = client.query(document).await;
    assert_eq!(reply.codes(), ["LIMIT_EXCEEDED"], "{what}: {}", reply.text);
    assert_eq!(reply.status, 400, "{what}");
    assert!(reply.json().get("data").is_none(), "{what}");
    assert_eq!(
        app.recorder.statements(),
        Vec::<String>::new(),
        "{what}: the database was asked"
    );
    assert_eq!(app.services.passwords.hashes_done(), hashes, "{what}");
    assert_eq!(app.db_count("sessions").await, before);
}

async fn bombs_are_refused_before_any_work(app: TestApp) {
    let ana = app.visitor();
    ana.sign_up("Ana", "1990-01-01").await;
    for (what, document) in [
        ("tall", bomb(2, 24, "Query", "__typename")),
        ("taller", bomb(2, 45, "Query", "me { member { id } }")),
        ("wide", bomb(8, 8, "Query", "__typename")),
        ("wider", bomb(30, 4, "Query", "me { member { id } }")),
        (
            "of inline fragments",
            format!(
                "{{ {} __typename {} }}",
                "... { ".repeat(40),
                "}".repeat(40)
            ),
        ),
        (
            "deep",
            format!(
                "{{ me {} }}",
                "{ member { penpals(first: 1) { edges { node ".repeat(8)
                    + "{ id }"
                    + &"} } } }".repeat(8)
            ),
        ),
        (
            "a deep list",
            format!(
                "{{ nodes(ids: {}{}) {{ id }} }}",
                "[".repeat(1_000),
                "]".repeat(1_000)
            ),
        ),
        (
            "many tokens",
            format!("{{ {} }}", "__typename ".repeat(5_000)),
        ),
        ("many fragments", {
            let fragments: String = (0..60)
                .map(|nth| format!("fragment F{nth} on Query {{ __typename }} "))
                .collect();
            let spreads: String = (0..60).map(|nth| format!("...F{nth} ")).collect();
            format!("{{ {spreads} }} {fragments}")
        }),
        (
            "many operations",
            (0..11)
                .map(|nth| format!("query Q{nth} {{ __typename }} "))
                .collect(),
        ),
    ] {
        assert!(
            document.len() < 64 * 1024,
            "{what} is refused for another reason"
        );
        refused(&app, &ana, what, &document).await;
    }
    // A cycle is no document at all.
    let cycle = ana
        .query("{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }")
        .await;
    assert_eq!(
        cycle.codes(),
        ["GRAPHQL_VALIDATION_FAILED"],
        "{}",
        cycle.text
    );
    assert!(cycle.json().get("data").is_none());
    // Twenty thousand aliases do not even fit.
    let many: String = (0..20_000)
        .map(|nth| format!("a{nth}:__typename "))
        .collect();
    assert_eq!(ana.query(&format!("{{ {many} }}")).await.status, 413);
}

async fn aliases_and_root_fields_and_directives_are_counted_after_expansion(app: TestApp) {
    let ana = app.visitor();
    ana.sign_up("Ana", "1990-01-01").await;
    let aliases = |count: usize| -> String {
        (0..count)
            .map(|nth| format!("a{nth}: displayName "))
            .collect()
    };
    let within = ana
        .query(&format!("{{ me {{ member {{ {} }} }} }}", aliases(30)))
        .await;
    assert_eq!(within.codes(), NONE, "thirty are allowed: {}", within.text);
    refused(
        &app,
        &ana,
        "31 aliases",
        &format!("{{ me {{ member {{ {} }} }} }}", aliases(31)),
    )
    .await;
    let spread = format!(
        "{{ me {{ member {{ ...F }} }} x: me {{ member {{ ...F }} }} }} fragment F on Member {{ {} }}",
        aliases(16)
    );
    refused(&app, &ana, "aliases by fragments", &spread).await;
    let roots = |count: usize| -> String {
        (0..count)
            .map(|nth| format!("r{nth}: __typename "))
            .collect()
    };
    assert_eq!(
        ana.query(&format!("{{ {} }}", roots(20))).await.codes(),
        NONE
    );
    refused(
        &app,
        &ana,
        "21 root fields",
        &format!("{{ {} }}", roots(21)),
    )
    .await;
    refused(
        &app,
        &ana,
        "11 directives",
        &format!("{{ __typename {} }}", "@include(if: true) ".repeat(11)),
    )
    .await;
    refused(
        &app,
        &ana,
        "51 directives",
        &format!(
            "{{ {} }}",
            "... @include(if: true) { __typename } ".repeat(51)
        ),
    )
    .await;
}

async fn a_page_of_pages_is_counted_before_it_is_read(app: TestApp) {
    let ana = app.visitor();
    ana.sign_up("Ana", "1990-01-01").await;
    let document = "{ members(first: 100) { edges { node { penpals(first: 100) { edges { node { displayName } } } } } } }";
    app.recorder.clear();
    let reply = ana.query(document).await;
    assert_eq!(reply.codes().len(), 1, "{}", reply.text);
    assert!(reply.json().get("data").is_none(), "{}", reply.text);
    assert!(
        app.recorder.statements().len() <= 2,
        "only who asks was looked up: {:?}",
        app.recorder.statements()
    );
    assert_eq!(reply.codes(), ["LIMIT_EXCEEDED"], "{}", reply.text);
}

async fn batches_are_not_taken(app: TestApp) {
    let ana = app.visitor();
    ana.sign_up("Ana", "1990-01-01").await;
    let before = app.db_dump().await;
    let one = r#"{"query":"mutation { setVisibility(input: {entries: [{field: CITY, audience: PUBLIC}]}) { userErrors { code } } }"}"#;
    for body in [
        format!("[{one}]"),
        format!("[{one},{one}]"),
        "[]".to_owned(),
        format!("[{}0]", "0,".repeat(10_000)),
    ] {
        let reply = ana.post("application/json", body).await;
        assert_eq!(
            (reply.status.as_u16(), reply.codes()),
            (400, vec!["BAD_USER_INPUT".to_owned()])
        );
    }
    app.assert_nothing_stored(&before, "batches").await;
}

const MUTATION: &str = "mutation { setVisibility(input: {entries: [{field: CITY, audience: PUBLIC}]}) { userErrors { code } } }";

fn encoded(text: &str) -> String {
    text.bytes().fold(String::new(), |mut out, byte| {
        write!(out, "%{byte:02X}").unwrap();
        out
    })
}

async fn a_mutation_by_get_or_by_a_form_has_no_effect(app: TestApp) {
    let ana = app.visitor();
    ana.sign_up("Ana", "1990-01-01").await;
    let (bearer, _) = app.visitor().sign_in_for_bearer("ana@example.org").await;
    let before = app.db_dump().await;
    let json = json!({ "query": MUTATION }).to_string();
    let query = encoded(MUTATION);
    for client in [&ana, &bearer] {
        for address in [
            format!("/graphql?query={query}"),
            format!(
                "/graphql?query={}&operationName=B",
                encoded(&format!(
                    "query A {{ __typename }} {}",
                    MUTATION.replacen("mutation", "mutation B", 1)
                ))
            ),
        ] {
            for method in [
                Method::GET,
                Method::HEAD,
                Method::DELETE,
                Method::PUT,
                Method::PATCH,
            ] {
                let request = client
                    .request(method.clone(), &address)
                    .header("graphql-require-preflight", "1");
                let reply = client.send(request).await;
                assert_eq!(reply.status, 405, "{method} {address}");
                if method == Method::GET {
                    assert_eq!(reply.headers["allow"], "POST");
                }
            }
            // A POST takes nothing from the address.
            let reply = client.send(client.request(Method::POST, &address)).await;
            assert_eq!(reply.status, 415);
        }
        let multipart = format!(
            "--x\r\nContent-Disposition: form-data; name=\"operations\"\r\n\r\n{json}\r\n--x\r\nContent-Disposition: form-data; name=\"map\"\r\n\r\n{{}}\r\n--x--\r\n"
        );
        for (content_type, body) in [
            ("text/plain", json.clone()),
            ("text/plain; application/json", json.clone()),
            (
                "application/x-www-form-urlencoded",
                format!("query={query}"),
            ),
            ("application/x-www-form-urlencoded", json.clone()),
            ("multipart/form-data; boundary=x", multipart),
            ("application/graphql", MUTATION.to_owned()),
            ("application/jsonp", json.clone()),
        ] {
            let reply = client.post(content_type, body).await;
            assert_eq!(reply.status, 415, "{content_type}: {}", reply.text);
        }
    }
    app.assert_nothing_stored(&before, "a mutation in disguise")
        .await;
    assert_eq!(ana.query(MUTATION).await.user_errors(), NONE);
    assert_ne!(
        app.db_dump().await,
        before,
        "the mutation itself has an effect"
    );
}

async fn the_operation_is_chosen_by_name_on_get_too(app: TestApp) {
    let visitor = app.visitor();
    let document = encoded(
        "query A { a: __typename } query B { b: __typename } mutation C { signOut { signedOut } }",
    );
    let get = |rest: &str| {
        let request = visitor
            .request(Method::GET, &format!("/graphql?query={document}{rest}"))
            .header("accept", "application/graphql-response+json");
        visitor.send(request)
    };
    assert_eq!(
        get("&operationName=B").await.json(),
        json!({ "data": { "b": "Query" } })
    );
    assert_eq!(
        get("&operationName=A").await.json(),
        json!({ "data": { "a": "Query" } })
    );
    assert_eq!(get("&operationName=C").await.status, 405);
    for rest in ["", "&operationName=D", "&operation_name=B"] {
        let reply = get(rest).await;
        assert_eq!(
            (reply.status.as_u16(), reply.codes()),
            (400, vec!["BAD_USER_INPUT".to_owned()]),
            "{rest}"
        );
    }
    let variables = encoded(r#"{"n": 1}"#);
    let typed = encoded("query($n: Int!) { members(first: $n) { edges { cursor } } }");
    let request = visitor.request(
        Method::GET,
        &format!("/graphql?query={typed}&variables={variables}"),
    );
    assert_eq!(visitor.send(request).await.at("/members/edges"), json!([]));
}

async fn an_unknown_directive_is_an_error_wherever_it_stands(app: TestApp) {
    for document in [
        "query @nothing { __typename }",
        "{ me @nothing { member { id } } }",
        "{ ... @nothing { __typename } }",
        "{ ...F @nothing } fragment F on Query { __typename }",
        "{ ...F } fragment F on Query @nothing { __typename }",
        "query($x: Boolean = true @nothing) { me @include(if: $x) { member { id } } }",
        "query($x: Boolean! @nothing) { me @include(if: $x) { member { id } } }",
        "query($x: Boolean @nothing = true) { me @include(if: $x) { member { id } } }",
        "{ me @deprecated { member { id } } }",
        "{ me @defer { member { id } } }",
    ] {
        let reply = app.visitor().ask(document, json!({ "x": true })).await;
        assert!(!reply.codes().is_empty(), "{document}: {}", reply.text);
        assert!(reply.json().get("data").is_none(), "{document}");
    }
}

async fn typename_is_held_to_the_rules_of_any_field(app: TestApp) {
    for document in [
        "{ __typename @nothing }",
        "{ __typename { x } }",
        "{ __typename(x: 1) }",
    ] {
        let reply = app.visitor().query(document).await;
        assert_eq!(
            reply.codes().first().map(String::as_str),
            Some("GRAPHQL_VALIDATION_FAILED"),
            "{document}: {}",
            reply.text
        );
    }
}

async fn nothing_is_suggested(app: TestApp) {
    for document in [
        "{ mee { id } }",
        "{ me { membr { id } } }",
        "{ members(frist: 1) { edges { cursor } } }",
        "mutation { signOutt { signedOut } }",
        "mutation { updateProfile(input: {citty: \"x\"}) { userErrors { code } } }",
        "{ ... on Membr { id } }",
        "mutation { setVisibility(input: {entries: [{field: CITI, audience: PUBLIC}]}) { userErrors { code } } }",
    ] {
        let reply = app.visitor().query(document).await;
        assert!(!reply.codes().is_empty(), "{document}");
        assert!(
            !reply.text.to_lowercase().contains("did you mean"),
            "{}",
            reply.text
        );
    }
}

async fn a_hidden_field_removes_no_sibling(app: TestApp) {
    let (ana, ben) = (app.visitor(), app.visitor());
    let id = ana.sign_up("Ana", "1990-01-01").await;
    ben.sign_up("Ben", "1990-01-01").await;
    ana.update_profile(json!({ "city": "Porto", "occupation": "Baker", "country": "PT" }))
        .await;
    ana.set_audience("OCCUPATION", "MEMBERS").await;
    ana.set_audience("CITY", "ONLY_ME").await;
    ana.set_audience("COUNTRY", "ONLY_ME").await;
    let fields = "id displayName profile { occupation city email birthDate country { code name } languages { fluency } lastSeen }";
    let expected = json!({ "id": id, "displayName": "Ana", "profile": { "occupation": "Baker", "city": null,
        "email": null, "birthDate": null, "country": null, "languages": null, "lastSeen": null } });
    let handle = ana.handle().await;
    let reply = ben
        .ask(&format!("query($id: ID!, $handle: String!) {{ member(id: $id) {{ {fields} }}
            memberByHandle(handle: $handle) {{ ...M }} node(id: $id) {{ ... on Member {{ {fields} }} }}
            nodes(ids: [$id]) {{ ... on Node {{ ...M }} }} members(first: 9) {{ edges {{ node {{ ...M }} }} }} }}
            fragment M on Member {{ {fields} }}"), json!({ "id": id, "handle": handle }))
        .await;
    assert_eq!(reply.codes(), NONE, "hidden is no error");
    for pointer in ["/member", "/memberByHandle", "/node", "/nodes/0"] {
        assert_eq!(reply.at(pointer), expected, "{pointer}");
    }
    let edges = reply.at("/members/edges");
    let hers: Vec<&Value> = edges
        .as_array()
        .unwrap()
        .iter()
        .filter(|edge| edge["node"]["id"] == id)
        .collect();
    assert_eq!(hers[0]["node"], expected);
    assert_eq!(
        edges.as_array().unwrap().len(),
        2,
        "nobody is left out of the page"
    );
}

async fn a_field_that_is_skipped_leaves_an_object(app: TestApp) {
    let ana = app.visitor();
    ana.sign_up("Ana", "1990-01-01").await;
    let reply = ana
        .query("{ me { member { displayName @skip(if: true) handle @include(if: false) } } }")
        .await;
    assert_eq!(reply.at("/me/member"), json!({}));
}

async fn sign_in_fields_are_one_a_document(app: TestApp) {
    let ana = app.visitor();
    ana.sign_up("Ana", "1990-01-01").await;
    let fields = [
        r#"signIn(input: {email: "ana@example.org", password: "x"}) { token }"#,
        r#"signUp(input: {screeningToken: "x", displayName: "x", email: "x", password: "x"}) { token }"#,
        r#"screenAge(input: {birthDate: "1990-01-01"}) { screeningToken }"#,
        r#"changePassword(input: {newPassword: "x"}) { userErrors { code } }"#,
        r#"changeEmail(input: {email: "x"}) { userErrors { code } }"#,
    ];
    for (nth, one) in fields.iter().enumerate() {
        for (mth, other) in fields.iter().enumerate() {
            let what = format!("{nth} with {mth}");
            refused(
                &app,
                &ana,
                &what,
                &format!("mutation {{ a: {one} b: {other} }}"),
            )
            .await;
            refused(
                &app,
                &ana,
                &what,
                &format!("mutation A {{ {one} }} mutation B {{ {other} }}"),
            )
            .await;
        }
        refused(
            &app,
            &ana,
            "by fragments",
            &format!("mutation {{ ...F a: {one} }} fragment F on Mutation {{ {one} }}"),
        )
        .await;
    }
}

async fn introspection_as_graphiql_asks_it_is_answered(app: TestApp) {
    let query = include_str!("../../../src/http/document/introspection.graphql");
    let reply = app.visitor().query(query).await;
    let types = reply.at("/__schema/types");
    assert!(
        types
            .as_array()
            .unwrap()
            .iter()
            .any(|found| found["name"] == "GovernedField")
    );
}
