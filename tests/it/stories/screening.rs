//! The age screen: who passes, who is refused, and what a refusal leaves behind, which is nothing.

use chrono::{DateTime, Utc};
use libtest_mimic::Trial;
use serde_json::json;

use crate::support::{app::TestApp, backend::Backends, client::Reply, log, trials};

pub(crate) fn trials(backends: &Backends) -> Vec<Trial> {
    trials!(
        backends;
        who_is_thirteen_by_the_careful_date_passes_and_who_is_a_day_younger_does_not,
        thirteen_begins_where_the_day_begins_last,
        who_was_born_on_a_leap_day_turns_thirteen_on_the_first_of_march,
        a_date_that_cannot_be_a_birth_date_is_an_input_error_and_no_refusal,
        what_is_no_date_is_bad_input_and_no_refusal,
        every_refusal_is_the_same_to_the_last_byte,
        a_browser_that_was_refused_is_refused_again_with_any_date,
        a_browser_that_was_refused_cannot_sign_up_with_a_token_from_before,
        a_refused_screening_leaves_no_row_and_no_line_in_the_log,
        the_age_screen_is_throttled_by_network,
    )
}

const SCREEN: &str = "__Host-letterlock-screen";

fn refused(reply: &Reply) -> bool {
    reply.at("/screenAge/screeningToken").is_null() && reply.user_errors() == ["SIGN_UP_REFUSED"]
}

fn passed(reply: &Reply) -> bool {
    let token = reply.at("/screenAge/screeningToken");
    token.as_str().is_some_and(|token| token.len() > 20) && reply.user_errors().is_empty()
}

fn at(time: &str) -> DateTime<Utc> {
    time.parse().unwrap()
}

async fn who_is_thirteen_by_the_careful_date_passes_and_who_is_a_day_younger_does_not(
    app: TestApp,
) {
    for date in [
        "2013-06-15",
        "2013-06-14",
        "2008-06-15",
        "1990-01-01",
        "1900-01-01",
    ] {
        assert!(passed(&app.visitor().screen(date).await), "{date}");
    }
    for date in [
        "2013-06-16",
        "2014-01-01",
        "2020-02-29",
        "2026-06-15",
        "2026-06-16",
    ] {
        assert!(refused(&app.visitor().screen(date).await), "{date}");
    }
}

async fn thirteen_begins_where_the_day_begins_last(app: TestApp) {
    // UTC-12 begins its 15 June at noon of UTC.
    for (now, date, passes) in [
        ("2026-06-15T11:59:59Z", "2013-06-15", false),
        ("2026-06-15T11:59:59Z", "2013-06-14", true),
        ("2026-06-15T12:00:00Z", "2013-06-15", true),
        ("2026-06-15T23:59:59Z", "2013-06-16", false),
        ("2026-06-16T11:59:59Z", "2013-06-16", false),
        ("2026-06-16T12:00:00Z", "2013-06-16", true),
        ("2027-01-01T11:59:59Z", "2014-01-01", false),
        ("2027-01-01T12:00:00Z", "2014-01-01", true),
    ] {
        app.clock.set(at(now));
        let reply = app.visitor().screen(date).await;
        assert_eq!(passed(&reply), passes, "{date} at {now}: {}", reply.text);
        assert_eq!(refused(&reply), !passes, "{date} at {now}");
    }
}

async fn who_was_born_on_a_leap_day_turns_thirteen_on_the_first_of_march(app: TestApp) {
    for (now, date, passes) in [
        ("2029-02-28T12:00:00Z", "2016-02-28", true),
        ("2029-02-28T23:00:00Z", "2016-02-29", false),
        ("2029-03-01T11:59:59Z", "2016-02-29", false),
        ("2029-03-01T12:00:00Z", "2016-02-29", true),
        ("2029-03-01T12:00:00Z", "2016-03-01", true),
        ("2029-03-01T12:00:00Z", "2016-03-02", false),
    ] {
        app.clock.set(at(now));
        let reply = app.visitor().screen(date).await;
        assert_eq!(passed(&reply), passes, "{date} at {now}: {}", reply.text);
    }
}

async fn a_date_that_cannot_be_a_birth_date_is_an_input_error_and_no_refusal(app: TestApp) {
    let browser = app.visitor();
    let before = app.db_dump().await;
    // It is 16 June already where the day begins first.
    for date in [
        "1899-12-31",
        "1000-01-01",
        "0001-01-01",
        "2026-06-17",
        "2027-01-01",
        "9999-12-31",
    ] {
        let reply = browser.screen(date).await;
        assert_eq!(reply.user_errors(), ["NOT_A_BIRTH_DATE"], "{date}");
        assert_eq!(reply.at("/screenAge/screeningToken"), json!(null));
        assert_eq!(
            reply.at("/screenAge/userErrors/0/field"),
            json!(["input", "birthDate"])
        );
        assert!(
            reply.headers.get("set-cookie").is_none(),
            "{date} marks the browser"
        );
    }
    app.assert_nothing_stored(&before, "dates that are none")
        .await;
    assert!(
        passed(&browser.screen("1990-01-01").await),
        "a slip of the keyboard bars nobody"
    );
}

async fn what_is_no_date_is_bad_input_and_no_refusal(app: TestApp) {
    let browser = app.visitor();
    for date in [
        json!("2013-02-30"),
        json!("2013-13-01"),
        json!("2013-00-10"),
        json!("2013-6-1"),
        json!("13-06-01"),
        json!("2013-06-15T00:00:00Z"),
        json!(" 2013-06-15"),
        json!("+2013-06-15"),
        json!("15.06.2013"),
        json!(""),
        json!("today"),
        json!(20_130_615),
        json!(2013.5),
        json!(true),
        json!(["2013-06-15", "2013-06-14"]),
        json!({"year": 2013}),
        json!(null),
    ] {
        let reply = browser
            .ask("mutation($date: Date!) { screenAge(input: {birthDate: $date}) { screeningToken } }",
                json!({ "date": date }))
            .await;
        let codes = reply.codes();
        let typed = |code: &String| {
            ["BAD_USER_INPUT", "GRAPHQL_VALIDATION_FAILED"].contains(&code.as_str())
        };
        assert!(
            !codes.is_empty() && codes.iter().all(typed),
            "{}",
            reply.text
        );
        assert!(
            reply.headers.get("set-cookie").is_none(),
            "{date} marks the browser"
        );
    }
    assert!(passed(&browser.screen("1990-01-01").await));
}

async fn every_refusal_is_the_same_to_the_last_byte(app: TestApp) {
    let mut replies = Vec::new();
    for date in ["2013-06-16", "2014-12-24", "2026-06-15"] {
        replies.push(app.visitor().screen(date).await);
    }
    let again = app.visitor();
    again.screen("2020-01-01").await;
    replies.push(again.screen("1990-01-01").await);
    let first = &replies[0];
    for reply in &replies {
        assert_eq!(reply.status, first.status);
        assert_eq!(reply.text, first.text);
        let (mut headers, mut expected) = (reply.headers.clone(), first.headers.clone());
        headers.remove("date");
        expected.remove("date");
        assert_eq!(headers, expected);
    }
    let cookies: Vec<_> = first.headers.get_all("set-cookie").iter().collect();
    assert_eq!(cookies.len(), 1);
    let mut parts: Vec<&str> = cookies[0].to_str().unwrap().split("; ").collect();
    assert_eq!(parts.remove(0), "__Host-letterlock-screen=done");
    parts.sort_unstable();
    assert_eq!(
        parts,
        [
            "HttpOnly",
            "Max-Age=2592000",
            "Path=/",
            "SameSite=Lax",
            "Secure"
        ]
    );
    // Neutral: neither the rule nor the number is told.
    for word in ["13", "age", "old", "young", "child", "birth"] {
        assert!(
            !first
                .at("/screenAge/userErrors/0/message")
                .as_str()
                .unwrap()
                .contains(word)
        );
    }
    assert_eq!(first.at("/screenAge/userErrors/0/field"), json!(null));
}

async fn a_browser_that_was_refused_is_refused_again_with_any_date(app: TestApp) {
    let browser = app.visitor();
    assert!(refused(&browser.screen("2015-01-01").await));
    assert_eq!(browser.cookie(SCREEN).as_deref(), Some("done"));
    assert!(refused(&browser.screen("1980-01-01").await));
    assert!(refused(&browser.screen("2000-02-29").await));
    // From another network, it is the browser that counts; and another browser is not concerned.
    assert!(refused(
        &browser.at_network("203.0.113.9").screen("1980-01-01").await
    ));
    assert!(passed(&app.visitor().screen("1980-01-01").await));
    // Two tries in one document are refused as a document.
    let both = app
        .visitor()
        .query(
            r#"mutation { a: screenAge(input: {birthDate: "2015-01-01"}) { screeningToken }
            b: screenAge(input: {birthDate: "1980-01-01"}) { screeningToken } }"#,
        )
        .await;
    assert_eq!(both.codes(), ["LIMIT_EXCEEDED"], "{}", both.text);
    assert!(both.json().get("data").is_none());
}

async fn a_browser_that_was_refused_cannot_sign_up_with_a_token_from_before(app: TestApp) {
    let browser = app.visitor();
    let token = browser.screening_token("1980-01-01").await;
    assert!(refused(&browser.screen("2015-01-01").await));
    let before = app.db_dump().await;
    let input = json!({ "screeningToken": token, "displayName": "Nobody", "email": "nobody@example.org",
        "password": "seven-kites-over-lisbon" });
    let reply = browser.sign_up_with(input.clone()).await;
    assert_eq!(reply.user_errors(), ["SIGN_UP_REFUSED"]);
    assert_eq!(reply.at("/signUp/me"), json!(null));
    assert_eq!(reply.at("/signUp/token"), json!(null));
    app.assert_nothing_stored(&before, "signing up after a refusal")
        .await;
    // The token itself was good: from a browser that was not refused it is.
    assert_eq!(
        app.visitor().sign_up_with(input).await.user_errors(),
        Vec::<String>::new()
    );
}

async fn a_refused_screening_leaves_no_row_and_no_line_in_the_log(app: TestApp) {
    // Something must be in the log first, or its silence would prove nothing.
    app.db_sql("DROP TABLE birth_date_requests").await;
    let ana = app.visitor_at(1);
    ana.sign_up("Ana", "1990-01-01").await;
    let broken = ana.query("{ me { pendingBirthDate } }").await;
    assert_eq!(broken.codes(), ["INTERNAL_SERVER_ERROR"]);
    let lines = log::lines().await;
    assert!(
        lines.iter().any(|line| line.contains("a field failed")),
        "{lines:?}"
    );

    let before = app.db_dump().await;
    app.recorder.clear();
    let browser = app.visitor();
    for date in ["2013-06-16", "2019-07-31", "1980-01-01"] {
        assert!(refused(&browser.screen(date).await));
    }
    app.assert_nothing_stored(&before, "a refused screening")
        .await;
    assert_eq!(
        app.recorder.statements(),
        Vec::<String>::new(),
        "a refusal asks the database nothing"
    );
    assert_eq!(log::lines().await, lines, "a refusal is in the log");
}

async fn the_age_screen_is_throttled_by_network(app: TestApp) {
    for nth in 0..60 {
        let reply = app.visitor().screen("2020-01-01").await;
        assert!(refused(&reply), "the {nth}th: {}", reply.text);
    }
    let reply = app.visitor().screen("2020-01-01").await;
    assert_eq!(reply.codes(), ["RATE_LIMITED"]);
    assert_eq!(reply.status, 429, "{}", reply.text);
    let wait: i64 = reply.headers["retry-after"]
        .to_str()
        .unwrap()
        .parse()
        .unwrap();
    assert!((1..=60).contains(&wait), "{wait}");
    // The neighbour in the same /24 waits as well; somebody elsewhere does not.
    assert_eq!(
        app.visitor()
            .at_network("192.0.2.200")
            .screen("1990-01-01")
            .await
            .status,
        429
    );
    assert!(passed(&app.visitor_at(2).screen("1990-01-01").await));
    app.clock.advance(chrono::TimeDelta::seconds(wait));
    assert!(passed(&app.visitor().screen("1990-01-01").await));
}
