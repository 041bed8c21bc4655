//! A text, looked at for what it tells of its author before many read it.

use letterlock::domain::id::MemberId;
use libtest_mimic::Trial;
use serde_json::{Value, json};

use crate::support::{
    app::TestApp,
    backend::Backends,
    client::{Client, Reply},
    log, trials,
};

pub(crate) fn trials(backends: &Backends) -> Vec<Trial> {
    trials!(
        backends;
        what_a_text_tells_is_pointed_out_where_it_stands,
        ones_own_is_found_whoever_sees_it_and_nobody_elses,
        what_was_changed_counts_at_once,
        nothing_is_written_and_two_statements_are_made,
        nothing_of_it_is_in_the_log,
        how_much_is_looked_at_is_limited,
        it_is_for_members_who_are_served,
    )
}

const DOCUMENT: &str = "query($text: String!) { checkText(text: $text) {
    findings { kind start end } userErrors { field code message } } }";

async fn check(client: &Client, text: &str) -> Reply {
    client.ask(DOCUMENT, json!({ "text": text })).await
}

/// What is found, each with its kind, as a browser would cut it out.
async fn found(client: &Client, text: &str) -> Vec<(String, String)> {
    let reply = check(client, text).await;
    let checked = reply.at("/checkText");
    assert_eq!(checked["userErrors"], json!([]), "{}", reply.text);
    let units: Vec<u16> = text.encode_utf16().collect();
    let findings = checked["findings"].as_array().unwrap().iter();
    findings
        .map(|it| {
            let at = |end: &str| usize::try_from(it[end].as_u64().unwrap()).unwrap();
            let piece = &units[at("start")..at("end")];
            let kind = it["kind"].as_str().unwrap().to_owned();
            (kind, String::from_utf16(piece).unwrap())
        })
        .collect()
}

fn pairs(of: &[(&str, &str)]) -> Vec<(String, String)> {
    let owned = |(kind, piece): &(&str, &str)| ((*kind).to_owned(), (*piece).to_owned());
    of.iter().map(owned).collect()
}

/// Ana, who shows what she has told to nobody, and Ben.
async fn people(app: &TestApp) -> (Client, Client) {
    let (ana, ben) = (app.visitor_at(1), app.visitor_at(2));
    ana.sign_up("Ana", "1990-01-01").await;
    ben.sign_up("Ben", "1990-01-01").await;
    let told = ana
        .update_profile(json!({
            "fullName": "Ana Maria da Silva",
            "phone": "+351 21 000 0000",
            "postalAddress": "Quinta da Boa Vista 7\nMonte Alto",
            "country": "PT",
        }))
        .await;
    assert!(told.user_errors().is_empty(), "{}", told.text);
    for field in ["FULL_NAME", "PHONE", "POSTAL_ADDRESS", "EMAIL", "COUNTRY"] {
        assert!(
            ana.set_audience(field, "ONLY_ME")
                .await
                .user_errors()
                .is_empty()
        );
    }
    (ana, ben)
}

async fn what_a_text_tells_is_pointed_out_where_it_stands(app: TestApp) {
    let (ana, _) = people(&app).await;
    let text = "🐈‍⬛ Olá! I am Ana Silva, ana@example.net (or ana (at) example dot net).\r\n\
        I live in Rua do Ouro, 25 — call 912 000 111, or +44 20 7946 0018. 𝄞 Since 2010.";
    assert_eq!(
        found(&ana, text).await,
        pairs(&[
            ("FULL_NAME", "Ana Silva"),
            ("EMAIL_ADDRESS", "ana@example.net"),
            ("EMAIL_ADDRESS", "ana (at) example dot net"),
            ("POSTAL_ADDRESS", "Rua do Ouro, 25"),
            ("PHONE_NUMBER", "912 000 111"),
            ("PHONE_NUMBER", "+44 20 7946 0018"),
        ])
    );
    for innocent in [
        "",
        " ",
        "\u{0}",
        "Dear Ben, I read 3 books in 2010; ISBN 978-3-16-148410-0.",
        "🐈",
    ] {
        assert_eq!(found(&ana, innocent).await, [], "{innocent:?}");
    }
    // As a literal in the document it is the same text.
    let reply = ana
        .query(r#"{ checkText(text: "\u00e9: ana@example.net") { findings { kind start end } } }"#)
        .await;
    assert_eq!(
        reply.at("/checkText/findings"),
        json!([{"kind": "EMAIL_ADDRESS", "start": 3, "end": 18}])
    );
}

async fn ones_own_is_found_whoever_sees_it_and_nobody_elses(app: TestApp) {
    let (ana, ben) = people(&app).await;
    ana.befriend(&ben).await;
    let cases = [
        ("yours, silva, ana", pairs(&[("FULL_NAME", "silva, ana")])),
        (
            "in quinta da boa vista 7",
            pairs(&[("POSTAL_ADDRESS", "quinta da boa vista 7")]),
        ),
        (
            "210 000 000, my number",
            pairs(&[("PHONE_NUMBER", "210 000 000")]),
        ),
        (
            "ana at example.org",
            pairs(&[("EMAIL_ADDRESS", "ana at example.org")]),
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(found(&ana, text).await, expected, "{text}");
        // Whoever tries cannot find out what Ana has told: to Ben, and to a visitor who came later, it is words.
        for audience in ["ONLY_ME", "PENPALS"] {
            for field in ["FULL_NAME", "PHONE", "POSTAL_ADDRESS", "EMAIL"] {
                assert!(
                    ana.set_audience(field, audience)
                        .await
                        .user_errors()
                        .is_empty()
                );
            }
            assert_eq!(found(&ben, text).await, [], "{text} {audience}");
        }
    }
    // The same answer to Ben for who is there and who is not.
    let (there, not) = (
        check(&ben, "Ana Maria da Silva").await,
        check(&ben, "Eva Maria da Silva").await,
    );
    assert_eq!(there.json(), not.json());
    ana.block(&ben.whoami().await.unwrap()).await;
    assert_eq!(found(&ben, "Ana Maria da Silva, 210 000 000").await, []);
}

async fn what_was_changed_counts_at_once(app: TestApp) {
    let (ana, _) = people(&app).await;
    let text = "Ana Maria da Silva or Eva Moreira";
    assert_eq!(
        found(&ana, text).await,
        pairs(&[("FULL_NAME", "Ana Maria da Silva")])
    );
    ana.update_profile(json!({"fullName": "Eva Moreira"})).await;
    assert_eq!(
        found(&ana, text).await,
        pairs(&[("FULL_NAME", "Eva Moreira")])
    );
    ana.update_profile(json!({"fullName": null})).await;
    assert_eq!(found(&ana, text).await, []);
}

async fn nothing_is_written_and_two_statements_are_made(app: TestApp) {
    let (ana, _) = people(&app).await;
    check(&ana, "").await;
    let before = app.db_dump().await;
    let mut counts = Vec::new();
    let long = "Ana Silva, canary@example.org. ".repeat(600);
    for text in ["canary", &long] {
        app.recorder.clear();
        assert_eq!(check(&ana, text).await.codes(), Vec::<String>::new());
        let statements = app.recorder.statements();
        for statement in &statements {
            let first = statement.split_whitespace().next().unwrap().to_uppercase();
            assert!(["SELECT", "WITH"].contains(&first.as_str()), "{statement}");
            assert!(!statement.contains("canary"), "{statement}");
        }
        counts.push(statements.len());
    }
    // Who is asking, the facts, and what is the author's own.
    assert_eq!(counts, [3, 3]);
    // Too long a text is not even looked at.
    app.recorder.clear();
    let reply = check(&ana, &"x".repeat(20_001)).await;
    assert_eq!(reply.user_errors(), ["TOO_LONG"]);
    assert_eq!(app.recorder.statements().len(), 2);
    app.assert_nothing_stored(&before, "checkText").await;
}

async fn nothing_of_it_is_in_the_log(app: TestApp) {
    let (ana, ben) = people(&app).await;
    let own = app.limited().await;
    let text = "zanzibar@example.org, Ana Maria da Silva, +351 912 000 111, Rua Zanzibar 5";
    let long = format!("{text} {}", "zanzibar ".repeat(3_000));
    for client in [&ana, &ben, &app.visitor(), &ana.at(&own.base)] {
        for text in [text, &long] {
            check(client, text).await;
        }
        client
            .ask(
                "query($text: String!) { checkText(text: $text) { nothing } }",
                json!({ "text": text }),
            )
            .await;
        client
            .ask(
                "query($text: Int!) { checkText(text: $text) { findings { kind } } }",
                json!({ "text": text }),
            )
            .await;
    }
    // What libraries write about a text goes to another crate's logger, and there is none as long as nothing joins the two.
    assert!(!include_str!("../../../Cargo.lock").contains("\"tracing-log\""));
    // A statement that fails has an entry in the log, and the text is not in it.
    app.db_sql("ALTER TABLE profiles RENAME TO profiles_gone")
        .await;
    let failed = check(&ana, text).await;
    assert_eq!(failed.codes(), ["INTERNAL_SERVER_ERROR"], "{}", failed.text);
    assert!(!failed.text.contains("zanzibar"));
    let lines = log::lines().await;
    assert!(
        lines.iter().any(|line| line.contains("a field failed")),
        "the log is kept"
    );
    for line in lines {
        for canary in ["anzibar", "Silva", "912 000 111", "+351"] {
            assert!(!line.contains(canary), "{line}");
        }
    }
}

async fn how_much_is_looked_at_is_limited(app: TestApp) {
    let (ana, ben) = people(&app).await;
    let most = "é".repeat(20_000);
    assert_eq!(found(&ana, &most).await, []);
    let astral = "👋".repeat(19_000) + " ana@example.net";
    assert_eq!(
        found(&ana, &astral).await,
        pairs(&[("EMAIL_ADDRESS", "ana@example.net")])
    );
    let reply = check(&ana, &format!("{most}e")).await;
    let error = json!([{"field": ["text"], "code": "TOO_LONG", "message": "Give at most 20000 characters."}]);
    assert_eq!(reply.at("/checkText/userErrors"), error);
    assert_eq!(reply.at("/checkText/findings"), json!([]));
    let many: String = (0..30)
        .map(|nth| format!("c{nth}: checkText(text: \"x\") {{ findings {{ kind }} }} "))
        .collect();
    assert_eq!(
        ana.query(&format!("{{ {many} }}")).await.codes(),
        ["LIMIT_EXCEEDED"]
    );

    let app = app.limited().await;
    let (ana, ben) = (ana.at(&app.base), ben.at(&app.base));
    for _ in 0..60 {
        assert_eq!(check(&ana, "x").await.codes(), Vec::<String>::new());
    }
    let refused = check(&ana, "x").await;
    assert_eq!(refused.codes(), ["RATE_LIMITED"]);
    assert_eq!(refused.json()["errors"][0]["extensions"]["retryAfter"], 1);
    // Those that are too long count too, and another member has tries of their own.
    let long = "x".repeat(20_001);
    for _ in 0..60 {
        assert_eq!(check(&ben, &long).await.user_errors(), ["TOO_LONG"]);
    }
    assert_eq!(check(&ben, &long).await.codes(), ["RATE_LIMITED"]);
    app.clock.advance(chrono::TimeDelta::seconds(1));
    assert_eq!(check(&ana, "x").await.codes(), Vec::<String>::new());
}

async fn it_is_for_members_who_are_served(app: TestApp) {
    let (ana, _) = people(&app).await;
    let visitor = check(&app.visitor(), "ana@example.net").await;
    assert_eq!(visitor.codes(), ["UNAUTHENTICATED"]);
    assert_eq!(visitor.json()["data"]["checkText"], Value::Null);
    // A teen is.
    let tom = app.visitor_at(9);
    tom.sign_up("Tom", "2010-05-06").await;
    tom.update_profile(json!({"fullName": "Tom Moreira"})).await;
    assert_eq!(
        found(&tom, "I am Tom Moreira").await,
        pairs(&[("FULL_NAME", "Tom Moreira")])
    );
    for (nth, change) in [
        "turns_13_on = NULL, turns_18_on = NULL",
        "turns_13_on = 20300101, turns_18_on = 20350101",
        "standing = 1, frozen_at = 0",
    ]
    .into_iter()
    .enumerate()
    {
        let (somebody, name) = (
            app.visitor_at(20 + u8::try_from(nth).unwrap()),
            format!("Somebody{nth}"),
        );
        let id = somebody.sign_up(&name, "1990-01-01").await;
        let key = MemberId::from_global(&id).unwrap().key();
        let whose = format!("WHERE member_id = {key}");
        app.db_sql(&format!(
            "UPDATE standings SET {change}, privacy_version = privacy_version + 1 {whose}"
        ))
        .await;
        app.recorder.clear();
        assert_eq!(
            check(&somebody, "ana@example.net").await.codes(),
            ["FORBIDDEN"],
            "{change}"
        );
        let statements = app.recorder.statements();
        assert!(
            !statements.iter().any(|it| it.contains("profiles")),
            "{statements:?}"
        );
    }
    assert_eq!(found(&ana, "ana@example.net").await.len(), 1);
}
