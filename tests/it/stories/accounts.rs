//! Accounts that are not served, birth dates that move, and addresses that change.

use chrono::TimeDelta;
use libtest_mimic::Trial;
use serde_json::{Value, json};

use crate::support::{
    app::TestApp,
    backend::Backends,
    client::{Client, PASSWORD, Reply},
    trials,
};

pub(crate) fn trials(backends: &Backends) -> Vec<Trial> {
    trials!(
        backends;
        an_account_of_unknown_age_or_a_childs_is_refused_before_any_content_statement,
        an_account_that_is_not_served_does_not_exist_for_anybody,
        who_says_they_are_under_thirteen_is_gone_from_every_read_path_at_once,
        a_frozen_account_is_erased_after_a_day_and_leaves_a_tombstone_alone,
        a_birth_date_that_makes_an_adult_a_teen_closes_both_worlds_at_once,
        no_chain_of_corrections_makes_a_teen_an_adult_sooner,
        a_birth_date_that_makes_a_teen_an_adult_waits_for_staff,
        a_birth_date_that_opens_nothing_counts_at_once,
        a_birth_date_that_is_none_changes_nothing,
        a_change_of_address_that_fails_stores_nothing,
    )
}

const NONE: [&str; 0] = [];

async fn correct(client: &Client, date: &str) -> Reply {
    client
        .ask(
            "mutation($date: Date!) { correctBirthDate(input: {birthDate: $date}) {
                me { pendingBirthDate member { profile { birthDate age } } } userErrors { field code } } }",
            json!({ "date": date }),
        )
        .await
}

async fn birth_date(client: &Client) -> Value {
    client
        .query("{ me { pendingBirthDate member { profile { birthDate } } } }")
        .await
        .at("/me")
}

/// SQL for the row of whoever has this name, in small letters.
fn row_of(name: &str) -> String {
    format!("WHERE member_id IN (SELECT id FROM members WHERE lower(display_name) = '{name}')")
}

/// Whether a statement names a table that holds content.
fn names_content(statement: &str) -> bool {
    [
        "profiles",
        "profile_languages",
        "profile_interests",
        "presences",
        "accounts",
    ]
    .iter()
    .any(|table| statement.contains(table))
}

const EVERYTHING: &str =
    "{ me { member { id handle displayName profile { email birthDate city access(field: CITY) }
    penpals(first: 5) { totalCount } } sessions { id } blocks(first: 5) { edges { cursor } } }
    myVisibility { field } members(first: 5) { edges { node { displayName profile { city } } } } }";

async fn an_account_of_unknown_age_or_a_childs_is_refused_before_any_content_statement(
    app: TestApp,
) {
    for (name, change) in [
        ("unknown", "turns_13_on = NULL, turns_18_on = NULL"),
        ("child", "turns_13_on = 20260616, turns_18_on = 20310616"),
        ("half", "turns_13_on = NULL, turns_18_on = 20080101"),
        ("frozen", "standing = 1, frozen_at = 0"),
    ] {
        let client = app.visitor();
        let id = client.sign_up(name, "1990-01-01").await;
        let (bearer, _) = app
            .visitor()
            .sign_in_for_bearer(&format!("{name}@example.org"))
            .await;
        app.recorder.clear();
        client.query(EVERYTHING).await.at("/me");
        let statements = app.recorder.statements();
        assert!(
            statements.iter().any(|text| names_content(text)),
            "the recorder sees content"
        );

        app.db_sql(&format!("UPDATE standings SET {change} {}", row_of(name)))
            .await;
        app.clock.advance(TimeDelta::minutes(2));
        let before = app.db_dump().await;
        app.recorder.clear();
        for (way, client) in [("cookie", &client), ("bearer", &bearer)] {
            for query in [
                EVERYTHING.to_owned(),
                "{ __typename }".to_owned(),
                r#"mutation { updateProfile(input: {city: "Porto"}) { userErrors { code } } }"#.to_owned(),
                "mutation { setVisibility(input: {entries: [{field: CITY, audience: PUBLIC}]}) { userErrors { code } } }".to_owned(),
                "mutation { signOut { signedOut } }".to_owned(),
                format!(r#"{{ member(id: "{id}") {{ displayName }} }}"#),
            ] {
                let reply = client.copy().query(&query).await;
                assert_eq!(reply.codes(), ["FORBIDDEN"], "{name} by {way}: {}", reply.text);
                assert!(reply.json().get("data").is_none(), "{}", reply.text);
                assert!(!reply.text.contains("old") && !reply.text.contains("13"), "{}", reply.text);
            }
        }
        for statement in app.recorder.statements() {
            assert!(!names_content(&statement), "{name}: {statement}");
        }
        // The browser is told to forget the cookie: from then on it is a visitor's.
        assert_eq!(client.query("{ __typename }").await.codes(), ["FORBIDDEN"]);
        assert_eq!(client.cookie("__Host-letterlock-session"), None);
        assert_eq!(client.query("{ __typename }").await.codes(), NONE);
        app.assert_nothing_stored(&before, name).await;
    }
}

async fn an_account_that_is_not_served_does_not_exist_for_anybody(app: TestApp) {
    let (ana, ben) = (app.visitor(), app.visitor());
    ana.sign_up("Ana", "1990-01-01").await;
    let id = ben.sign_up("Ben", "1990-01-01").await;
    let handle = ben.handle().await;
    ana.befriend(&ben).await;
    ben.set_audience("CITY", "PUBLIC").await;
    assert!(exists_for(&ana, &id, &handle).await);
    assert!(exists_for(&app.visitor(), &id, &handle).await);
    for change in [
        "turns_13_on = NULL, turns_18_on = NULL",
        "turns_13_on = 20270101, turns_18_on = 20320101",
        "turns_13_on = 20030101, turns_18_on = 20080101, standing = 1",
    ] {
        app.db_sql(&format!("UPDATE standings SET {change} {}", row_of("ben")))
            .await;
        assert!(!exists_for(&ana, &id, &handle).await, "{change}");
        assert!(!exists_for(&app.visitor(), &id, &handle).await, "{change}");
        assert_eq!(ana.act("endPenpal", &id).await.user_errors(), ["NOT_FOUND"]);
        assert_eq!(ana.block(&id).await.user_errors(), ["NOT_FOUND"]);
    }
}

/// Whether every way of reading shows the member, or none; fails where they differ.
async fn exists_for(viewer: &Client, id: &str, handle: &str) -> bool {
    let reply = viewer
        .ask(
            "query($id: ID!, $handle: String!) { member(id: $id) { displayName } node(id: $id) { id }
                nodes(ids: [$id]) { id } memberByHandle(handle: $handle) { id }
                members(first: 100) { edges { node { id } } }
                me { member { penpals(first: 100) { edges { node { id } } totalCount } } } }",
            json!({ "id": id, "handle": handle }),
        )
        .await;
    let listed = |pointer: &str| reply.at(pointer).to_string().contains(id);
    let ways = [
        !reply.at("/member").is_null(),
        !reply.at("/node").is_null(),
        !reply.at("/nodes/0").is_null(),
        !reply.at("/memberByHandle").is_null(),
        listed("/members"),
    ];
    if !reply.at("/me").is_null() {
        assert!(ways[0] || !listed("/me/member/penpals"), "{}", reply.text);
        assert_eq!(
            reply.at("/me/member/penpals/totalCount"),
            i64::from(listed("/me/member/penpals"))
        );
    }
    assert!(
        ways.iter().all(|way| *way == ways[0]),
        "the ways differ: {ways:?} {}",
        reply.text
    );
    ways[0]
}

async fn who_says_they_are_under_thirteen_is_gone_from_every_read_path_at_once(app: TestApp) {
    let (ana, ben, cleo) = (app.visitor(), app.visitor(), app.visitor());
    ana.sign_up("Ana", "1990-01-01").await;
    let id = ben.sign_up("Ben", "1990-01-01").await;
    let cleo_id = cleo.sign_up("Cleo", "1990-01-01").await;
    let handle = ben.handle().await;
    ana.befriend(&ben).await;
    ben.set_audience("CITY", "PUBLIC").await;
    ben.act("askPenpal", &cleo_id)
        .await
        .at("/askPenpal/member/bond");
    let received = "{ me { requestsReceived(first: 5) { edges { node { id } } } } }";
    assert_ne!(
        cleo.query(received).await.at("/me/requestsReceived/edges"),
        json!([])
    );
    let (bearer, _) = app.visitor().sign_in_for_bearer("ben@example.org").await;
    let kept = ben.copy();
    assert!(exists_for(&ana, &id, &handle).await);

    let reply = correct(&ben, "2015-05-05").await;
    assert_eq!(reply.at("/correctBirthDate/me"), json!(null));
    assert_eq!(reply.user_errors(), NONE);
    assert_eq!(ben.cookie("__Host-letterlock-session"), None);
    assert!(!exists_for(&ana, &id, &handle).await);
    assert!(!exists_for(&app.visitor(), &id, &handle).await);
    assert_eq!(
        cleo.query(received).await.at("/me/requestsReceived/edges"),
        json!([])
    );
    assert_eq!(kept.whoami().await, None, "his session is dead");
    assert_eq!(
        bearer.query("{ __typename }").await.codes(),
        ["UNAUTHENTICATED"]
    );
    assert_eq!(
        app.visitor_at(3)
            .sign_in("ben@example.org", PASSWORD)
            .await
            .user_errors(),
        ["SIGN_IN_FAILED"]
    );
    let dump = app.db_text().await;
    assert!(
        !dump.contains("20150505") && !dump.contains("2015-05-05"),
        "the stated date is kept"
    );
    assert_eq!(app.db_count("birth_date_requests").await, 0);
    assert_eq!(app.db_count("sessions").await, 2);
}

async fn a_frozen_account_is_erased_after_a_day_and_leaves_a_tombstone_alone(app: TestApp) {
    let (ana, ben) = (app.visitor(), app.visitor());
    ana.sign_up("Ana", "1990-01-01").await;
    ben.sign_up("Ben", "1990-01-01").await;
    let handle = ben.handle().await;
    ben.update_profile(json!({ "fullName": "Benedikt Canary", "city": "Canarytown",
        "languages": [{"language": "pt", "fluency": "C1"}], "interests": [] }))
        .await;
    ana.befriend(&ben).await;
    correct(&ben, "2015-05-05").await;
    let key = app
        .db_sql("SELECT id AS n FROM members WHERE display_name = 'Ben'")
        .await
        .unwrap();

    app.clock
        .advance(TimeDelta::hours(24) - TimeDelta::seconds(1));
    letterlock::jobs::forget(&app.services).await.unwrap();
    assert_eq!(
        app.db_count("members").await,
        2,
        "not before the day is over"
    );
    app.clock.advance(TimeDelta::seconds(1));
    letterlock::jobs::forget(&app.services).await.unwrap();
    assert_eq!(app.db_count("members").await, 1);
    assert_eq!(app.db_count("tombstones").await, 1);
    let mut dump = app.db_dump().await;
    let handles = dump.remove("handles").unwrap();
    assert_eq!(
        handles.len(),
        2,
        "the handle is never given again, and not even it can be read"
    );
    assert!(!handles.iter().any(|row| row.contains(&handle)));
    let rest = dump
        .into_values()
        .flatten()
        .collect::<Vec<_>>()
        .join("\n")
        .to_lowercase();
    for canary in [
        "ben@example.org",
        "ben",
        "canary",
        &handle,
        &key.to_string(),
    ] {
        assert!(!rest.contains(canary), "{canary} is left");
    }
    assert_eq!(
        ana.query("{ me { member { penpals(first: 5) { totalCount } } } }")
            .await
            .at("/me/member/penpals/totalCount"),
        0
    );
    // The database itself refuses the handle to anybody else.
    letterlock::jobs::forget(&app.services).await.unwrap();
    assert_eq!(app.db_count("tombstones").await, 1);
    // The address is free again: nothing of the account remains.
    app.visitor_at(4).sign_up("Ben", "1990-01-01").await;
}

async fn a_birth_date_that_makes_an_adult_a_teen_closes_both_worlds_at_once(app: TestApp) {
    let (ana, ben, tim) = (app.visitor(), app.visitor(), app.visitor());
    let ana_id = ana.sign_up("Ana", "1990-01-01").await;
    let id = ben.sign_up("Ben", "1990-01-01").await;
    let tim_id = tim.sign_up("Tim", "2010-01-01").await;
    ana.befriend(&ben).await;
    ben.set_audience("CITY", "PUBLIC").await;
    let handle = ben.handle().await;
    assert!(exists_for(&app.visitor(), &id, &handle).await);
    assert!(exists_for(&ana, &id, &handle).await);
    let reply = correct(&ben, "2010-06-01").await;
    assert_eq!(reply.user_errors(), ["AWAITS_CONFIRMATION"]);
    assert_eq!(
        birth_date(&ben).await,
        json!({ "pendingBirthDate": "2010-06-01",
        "member": { "profile": { "birthDate": "1990-01-01" } } })
    );
    for (who, client) in [
        ("a visitor", &app.visitor()),
        ("a penpal", &ana),
        ("a teen", &tim),
    ] {
        assert!(!exists_for(client, &id, &handle).await, "{who}");
    }
    let member = "query($id: ID!) { member(id: $id) { id } }";
    for other in [&ana_id, &tim_id] {
        assert_eq!(
            ben.ask(member, json!({ "id": other })).await.at("/member"),
            json!(null)
        );
        assert_eq!(
            ben.act("askPenpal", other).await.user_errors(),
            ["NOT_FOUND"]
        );
    }
    assert_eq!(tim.act("askPenpal", &id).await.user_errors(), ["NOT_FOUND"]);
    // Nobody but themselves, who can still keep what is theirs, and sign in.
    let list = "{ members(first: 10) { edges { node { id } } } me { member { penpals(first: 9) { totalCount } } } }";
    let reply = ben.query(list).await;
    assert_eq!(
        reply.at("/members/edges"),
        json!([{ "node": { "id": id } }])
    );
    assert_eq!(reply.at("/me/member/penpals/totalCount"), 0);
    assert_eq!(
        ben.set_audience("CITY", "ONLY_ME").await.user_errors(),
        NONE
    );
    assert_eq!(
        app.visitor_at(5)
            .sign_in("ben@example.org", PASSWORD)
            .await
            .user_errors(),
        NONE
    );
    // And the way back waits for staff.
    assert_eq!(
        correct(&ben, "1990-01-01").await.user_errors(),
        ["AWAITS_CONFIRMATION"]
    );
    assert!(!exists_for(&ana, &id, &handle).await);
    assert!(!exists_for(&tim, &id, &handle).await);
}

async fn no_chain_of_corrections_makes_a_teen_an_adult_sooner(app: TestApp) {
    let tim = app.visitor();
    tim.sign_up("Tim", "2010-03-04").await;
    let eve = "2008-06-16";
    assert_eq!(
        correct(&tim, eve).await.user_errors(),
        ["AWAITS_CONFIRMATION"]
    );
    assert_eq!(
        correct(&tim, "2010-03-03").await.user_errors(),
        ["AWAITS_CONFIRMATION"]
    );
    assert_eq!(correct(&tim, "2011-01-01").await.user_errors(), NONE);
    assert_eq!(
        correct(&tim, "2010-03-04").await.user_errors(),
        ["AWAITS_CONFIRMATION"]
    );
    app.clock.advance(TimeDelta::days(2));
    assert_eq!(
        tim.set_audience("CITY", "PUBLIC").await.user_errors(),
        ["AUDIENCE_TOO_WIDE"]
    );
}

async fn a_birth_date_that_makes_a_teen_an_adult_waits_for_staff(app: TestApp) {
    let (adult, teen, friend) = (app.visitor(), app.visitor(), app.visitor());
    adult.sign_up("Ana", "1990-01-01").await;
    let id = teen.sign_up("Tim", "2010-03-04").await;
    let friend_id = friend.sign_up("Fay", "2010-03-04").await;
    let handle = teen.handle().await;
    let before = app.db_dump().await;
    let reply = correct(&teen, "2000-01-01").await;
    assert_eq!(reply.user_errors(), ["AWAITS_CONFIRMATION"]);
    assert_eq!(
        birth_date(&teen).await,
        json!({ "pendingBirthDate": "2000-01-01",
        "member": { "profile": { "birthDate": "2010-03-04" } } })
    );
    let mut after = app.db_dump().await;
    assert_eq!(after["birth_date_requests"].len(), 1);
    after.insert("birth_date_requests".to_owned(), Vec::new());
    assert_eq!(before, after, "something besides the request has changed");
    assert!(!exists_for(&adult, &id, &handle).await);
    assert!(exists_for(&friend, &id, &handle).await);
    assert_eq!(
        teen.set_audience("CITY", "PUBLIC").await.user_errors(),
        ["AUDIENCE_TOO_WIDE"]
    );
    // The latest one counts; and nobody else sees it.
    assert_eq!(
        correct(&teen, "2001-01-01").await.user_errors(),
        ["AWAITS_CONFIRMATION"]
    );
    assert_eq!(birth_date(&teen).await["pendingBirthDate"], "2001-01-01");
    assert_eq!(birth_date(&friend).await["pendingBirthDate"], json!(null));
    let seen = teen
        .ask(
            "query($id: ID!) { member(id: $id) { profile { birthDate } } }",
            json!({"id": friend_id}),
        )
        .await;
    assert_eq!(seen.at("/member/profile/birthDate"), json!(null));
}

async fn a_birth_date_that_opens_nothing_counts_at_once(app: TestApp) {
    for (name, from, to) in [
        ("Ana", "1990-01-01", "1989-12-31"),
        ("Ben", "1990-01-01", "2008-05-31"),
        ("Fay", "2010-03-04", "2013-06-15"),
    ] {
        let client = app.visitor();
        client.sign_up(name, from).await;
        let reply = correct(&client, to).await;
        assert_eq!(reply.user_errors(), NONE, "{name}");
        assert_eq!(
            reply.at("/correctBirthDate/me/member/profile/birthDate"),
            to
        );
        assert_eq!(birth_date(&client).await["pendingBirthDate"], json!(null));
    }
    // On the line itself: 18 today by the careful date is an adult, and that waits.
    let teen = app.visitor();
    teen.sign_up("Edge", "2010-03-04").await;
    assert_eq!(
        correct(&teen, "2008-06-15").await.user_errors(),
        ["AWAITS_CONFIRMATION"]
    );
}

async fn a_birth_date_that_is_none_changes_nothing(app: TestApp) {
    let ana = app.visitor();
    ana.sign_up("Ana", "1990-01-01").await;
    let before = app.db_dump().await;
    for date in ["1899-12-31", "2026-06-17", "3000-01-01"] {
        assert_eq!(
            correct(&ana, date).await.user_errors(),
            ["NOT_A_BIRTH_DATE"],
            "{date}"
        );
    }
    assert_eq!(
        correct(&app.visitor(), "2015-01-01").await.codes(),
        ["UNAUTHENTICATED"]
    );
    app.assert_nothing_stored(&before, "dates that are none")
        .await;
}

async fn change_email(client: &Client, email: &str) -> Reply {
    client
        .ask(
            "mutation($input: ChangeEmailInput!) { changeEmail(input: $input) {
                me { member { profile { email } } } userErrors { field code message } } }",
            json!({ "input": { "email": email } }),
        )
        .await
}

async fn a_change_of_address_that_fails_stores_nothing(app: TestApp) {
    let ana = app.visitor();
    ana.sign_up("Ana", "1990-01-01").await;
    let before = app.db_dump().await;
    assert_eq!(
        change_email(&ana, "no address").await.user_errors(),
        ["MALFORMED"]
    );
    assert_eq!(change_email(&ana, " ").await.user_errors(), ["BLANK"]);
    assert_eq!(
        change_email(&app.visitor(), "new@example.org")
            .await
            .codes(),
        ["UNAUTHENTICATED"]
    );
    app.assert_nothing_stored(&before, "changes of address that failed")
        .await;
}
