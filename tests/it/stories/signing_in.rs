//! Signing in: one failure for all causes, and limits that let nobody guess or lock another out.

use letterlock::domain::audience::Audience;
use libtest_mimic::Trial;
use serde_json::json;

use crate::support::{
    app::TestApp,
    backend::Backends,
    client::{Client, PASSWORD, Reply},
    trials,
    world::Plan,
};

pub(crate) fn trials(backends: &Backends) -> Vec<Trial> {
    trials!(
        backends;
        one_failure_for_every_cause_with_the_same_work,
        an_account_that_no_password_opens_looks_like_none,
        an_email_address_is_taken_in_any_case_and_a_password_in_any_normal_form,
        a_network_waits_after_ten_tries_and_other_networks_do_not,
        a_known_device_comes_in_whatever_strangers_do_in_its_own_network,
        a_known_device_has_a_limit_of_its_own,
        the_limits_are_the_same_where_there_is_no_account,
        many_accounts_from_one_network_are_limited_together,
        strangers_in_many_networks_are_limited_together_for_one_account,
        a_hundred_tries_in_one_document_are_none,
    )
}

const DEVICE: &str = "__Host-letterlock-device";
const NONE: [&str; 0] = [];
const WRONG: &str = "not-the-password-at-all";

fn limited(reply: &Reply) -> bool {
    reply.codes() == ["RATE_LIMITED"]
        && reply.status == 429
        && reply.headers.contains_key("retry-after")
}

fn failed(reply: &Reply) -> bool {
    reply.status == 200 && reply.user_errors() == ["SIGN_IN_FAILED"]
}

/// A stranger at an address.
fn stranger(app: &TestApp, address: &str) -> Client {
    app.visitor().at_network(address)
}

async fn an_account_that_no_password_opens_looks_like_none(app: TestApp) {
    // As most of those who live in a demo: their text is no hash at all.
    let plans = [Plan::adult("Olga", Audience::Members)];
    app.db_world(&plans, &[], &[]).await;
    let mut replies = Vec::new();
    for (network, email) in [(1, "olga@example.org"), (2, "nobody@example.org")] {
        replies.push(app.visitor_at(network).sign_in(email, WRONG).await);
    }
    assert!(replies.iter().all(failed), "{replies:?}");
    assert_eq!(replies[0].text, replies[1].text);
}

async fn one_failure_for_every_cause_with_the_same_work(app: TestApp) {
    app.visitor_at(1).sign_up("Ana", "1990-01-01").await;
    app.visitor_at(2).sign_up("Frozen", "1990-01-01").await;
    app.visitor_at(3).sign_up("Unknown", "1990-01-01").await;
    app.visitor_at(4).sign_up("Child", "1990-01-01").await;
    let of = |name| {
        format!("WHERE member_id IN (SELECT id FROM members WHERE lower(display_name) = '{name}')")
    };
    app.db_sql(&format!(
        "UPDATE standings SET standing = 1, frozen_at = 0 {}",
        of("frozen")
    ))
    .await;
    app.db_sql(&format!(
        "UPDATE standings SET turns_13_on = NULL, turns_18_on = NULL {}",
        of("unknown")
    ))
    .await;
    app.db_sql(&format!(
        "UPDATE standings SET turns_13_on = 20300101, turns_18_on = 20350101 {}",
        of("child")
    ))
    .await;
    let long = "x".repeat(5_000);
    let mut replies = Vec::new();
    for (nth, (what, email, password)) in [
        ("a wrong password", "ana@example.org", WRONG),
        ("nobody", "nobody@example.org", PASSWORD),
        ("no address at all", "not an address", PASSWORD),
        ("nothing", "", ""),
        ("a long password", "ana@example.org", long.as_str()),
        ("a long address", long.as_str(), PASSWORD),
        ("frozen", "frozen@example.org", PASSWORD),
        ("of unknown age", "unknown@example.org", PASSWORD),
        ("a child", "child@example.org", PASSWORD),
    ]
    .into_iter()
    .enumerate()
    {
        let before = app.services.passwords.hashes_done();
        let reply = app
            .visitor_at(100 + nth as u8)
            .sign_in(email, password)
            .await;
        let done = app.services.passwords.hashes_done() - before;
        assert_eq!(done, 1, "{what} costs {done} hashes");
        assert!(failed(&reply), "{what}: {} {}", reply.status, reply.text);
        replies.push((what, reply));
    }
    let first = &replies[0].1;
    assert_eq!(first.at("/signIn/userErrors/0/field"), json!(null));
    for (what, reply) in &replies {
        assert_eq!(reply.text, first.text, "{what}");
        let (mut headers, mut expected) = (reply.headers.clone(), first.headers.clone());
        headers.remove("date");
        expected.remove("date");
        assert_eq!(headers, expected, "{what}");
        assert!(!headers.contains_key("set-cookie"), "{what}");
    }
    // The right one costs the same.
    let before = app.services.passwords.hashes_done();
    assert_eq!(
        app.visitor_at(120)
            .sign_in("ana@example.org", PASSWORD)
            .await
            .user_errors(),
        NONE
    );
    assert_eq!(app.services.passwords.hashes_done() - before, 1);
}

async fn an_email_address_is_taken_in_any_case_and_a_password_in_any_normal_form(app: TestApp) {
    let ana = app.visitor();
    let token = ana.screening_token("1990-01-01").await;
    let composed = "sept-cerfs-volants-à-Orléans";
    let decomposed = "sept-cerfs-volants-a\u{300}-Orle\u{301}ans";
    let reply = ana
        .sign_up_with(
            json!({ "screeningToken": token, "displayName": "Ana", "email": "Ana@Example.org",
            "password": composed }),
        )
        .await;
    assert_eq!(reply.user_errors(), NONE);
    for email in ["ana@example.org", "ANA@EXAMPLE.ORG", " Ana@example.org "] {
        assert_eq!(
            app.visitor().sign_in(email, decomposed).await.user_errors(),
            NONE,
            "{email}"
        );
    }
    // Not one character is forgiven otherwise.
    for password in [
        &composed.to_uppercase(),
        &format!("{composed} "),
        &composed[..composed.len() - 1],
    ] {
        assert!(
            failed(&app.visitor().sign_in("ana@example.org", password).await),
            "{password}"
        );
    }
}

async fn a_network_waits_after_ten_tries_and_other_networks_do_not(app: TestApp) {
    app.visitor_at(1).sign_up("Ana", "1990-01-01").await;
    for nth in 0..10 {
        // The addresses of one /24 count as one.
        let reply = stranger(&app, &format!("203.0.113.{nth}"))
            .sign_in("ana@example.org", WRONG)
            .await;
        assert!(failed(&reply), "the {nth}th: {}", reply.text);
    }
    let before = app.services.passwords.hashes_done();
    let reply = stranger(&app, "203.0.113.77")
        .sign_in("ana@example.org", PASSWORD)
        .await;
    assert!(limited(&reply), "{} {}", reply.status, reply.text);
    assert_eq!(
        app.services.passwords.hashes_done(),
        before,
        "a refused try costs no hash"
    );
    assert_eq!(reply.json()["data"], json!({ "signIn": null }));
    let wait: i64 = reply.headers["retry-after"]
        .to_str()
        .unwrap()
        .parse()
        .unwrap();
    assert_eq!(reply.json()["errors"][0]["extensions"]["retryAfter"], wait);
    assert!((1..=90).contains(&wait), "{wait}");
    // Ana at home is not barred.
    assert_eq!(
        stranger(&app, "198.51.100.1")
            .sign_in("ana@example.org", PASSWORD)
            .await
            .user_errors(),
        NONE
    );
    // Nor is anybody else in that network.
    app.visitor_at(2).sign_up("Ben", "1990-01-01").await;
    assert_eq!(
        stranger(&app, "203.0.113.5")
            .sign_in("ben@example.org", PASSWORD)
            .await
            .user_errors(),
        NONE
    );
    app.clock.advance(chrono::TimeDelta::seconds(wait));
    assert_eq!(
        stranger(&app, "203.0.113.5")
            .sign_in("ana@example.org", PASSWORD)
            .await
            .user_errors(),
        NONE
    );
}

async fn a_known_device_comes_in_whatever_strangers_do_in_its_own_network(app: TestApp) {
    let home = app.visitor();
    home.sign_up("Ana", "1990-01-01").await;
    app.visitor_at(7).sign_up("Ben", "1990-01-01").await;
    for _ in 0..12 {
        app.visitor().sign_in("ana@example.org", WRONG).await;
    }
    assert!(limited(
        &app.visitor().sign_in("ana@example.org", PASSWORD).await
    ));
    // The device's mark is what counts; the session's cookie is gone.
    home.set_cookie("__Host-letterlock-session", None);
    assert_eq!(
        home.sign_in("ana@example.org", PASSWORD)
            .await
            .user_errors(),
        NONE
    );
    // A mark of somebody else's device, or a made-up one, exempts nobody.
    let ben = app.visitor_at(7);
    ben.sign_in("ben@example.org", PASSWORD).await;
    let thief = app.visitor();
    thief.set_cookie(DEVICE, ben.cookie(DEVICE).as_deref());
    assert!(limited(&thief.sign_in("ana@example.org", PASSWORD).await));
    thief.set_cookie(DEVICE, Some(&"A".repeat(43)));
    assert!(limited(&thief.sign_in("ana@example.org", PASSWORD).await));
}

async fn a_known_device_has_a_limit_of_its_own(app: TestApp) {
    let home = app.visitor();
    home.sign_up("Ana", "1990-01-01").await;
    for _ in 0..10 {
        assert!(failed(&home.sign_in("ana@example.org", WRONG).await));
    }
    assert!(limited(&home.sign_in("ana@example.org", PASSWORD).await));
    // A stolen device's guesses do not bar her elsewhere.
    assert_eq!(
        app.visitor_at(9)
            .sign_in("ana@example.org", PASSWORD)
            .await
            .user_errors(),
        NONE
    );
}

async fn the_limits_are_the_same_where_there_is_no_account(app: TestApp) {
    app.visitor_at(1).sign_up("Ana", "1990-01-01").await;
    let mut told = Vec::new();
    for (network, email) in [
        (10, "ana@example.org"),
        (20, "nobody@example.org"),
        (30, "no address"),
    ] {
        let mut texts = Vec::new();
        for _ in 0..12 {
            let reply = app.visitor_at(network).sign_in(email, WRONG).await;
            let retry = reply
                .headers
                .get("retry-after")
                .map(|value| value.to_str().unwrap().to_owned());
            texts.push((reply.status, reply.text, retry));
        }
        assert_eq!(texts[11].0, 429);
        told.push(texts);
    }
    assert_eq!(told[0], told[1]);
    assert_eq!(told[0], told[2]);
}

async fn many_accounts_from_one_network_are_limited_together(app: TestApp) {
    for nth in 0..100 {
        let reply = app
            .visitor()
            .sign_in(&format!("p{nth}@example.org"), WRONG)
            .await;
        assert!(failed(&reply), "the {nth}th: {}", reply.text);
    }
    assert!(limited(
        &app.visitor().sign_in("p101@example.org", WRONG).await
    ));
    assert!(failed(
        &app.visitor_at(5).sign_in("p101@example.org", WRONG).await
    ));
}

async fn strangers_in_many_networks_are_limited_together_for_one_account(app: TestApp) {
    let home = app.visitor_at(200);
    home.sign_up("Ana", "1990-01-01").await;
    for nth in 0..50 {
        let reply = app.visitor_at(nth).sign_in("ana@example.org", WRONG).await;
        assert!(failed(&reply), "the {nth}th: {}", reply.text);
    }
    assert!(limited(
        &app.visitor_at(60).sign_in("ana@example.org", WRONG).await
    ));
    assert_eq!(
        home.sign_in("ana@example.org", PASSWORD)
            .await
            .user_errors(),
        NONE,
        "she comes in"
    );
}

async fn a_hundred_tries_in_one_document_are_none(app: TestApp) {
    app.visitor_at(1).sign_up("Ana", "1990-01-01").await;
    let before = app.services.passwords.hashes_done();
    let fields: String = (0..20)
        .map(|nth| format!(r#"t{nth}: signIn(input: {{email: "ana@example.org", password: "{PASSWORD}"}}) {{ token }} "#))
        .collect();
    let spread = format!(
        r#"mutation {{ ...F a: signIn(input: {{email: "ana@example.org", password: "{PASSWORD}"}}) {{ token }} }}
        fragment F on Mutation {{ signIn(input: {{email: "ana@example.org", password: "{PASSWORD}"}}) {{ token }} }}"#
    );
    for document in [format!("mutation {{ {fields} }}"), spread] {
        let reply = app.visitor().query(&document).await;
        assert_eq!(reply.codes(), ["LIMIT_EXCEEDED"], "{}", reply.text);
        assert!(!reply.text.contains(PASSWORD));
    }
    assert_eq!(app.services.passwords.hashes_done(), before);
}
