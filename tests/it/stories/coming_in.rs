//! Signing up: what the screening token is good for, and what the input must be.

use chrono::TimeDelta;
use libtest_mimic::Trial;
use serde_json::{Value, json};

use crate::support::{app::TestApp, backend::Backends, client::PASSWORD, trials};

pub(crate) fn trials(backends: &Backends) -> Vec<Trial> {
    trials!(
        backends;
        the_required_four_are_enough,
        the_birth_date_of_the_screen_is_the_members_own,
        a_token_is_good_for_a_quarter_of_an_hour_and_no_longer,
        a_token_makes_one_account_and_no_second_one,
        one_token_used_twice_at_the_same_time_makes_one_account,
        a_failed_sign_up_does_not_use_the_token_up,
        a_token_that_is_forged_or_cut_or_of_another_kind_is_not_valid,
        every_token_differs_and_none_tells_the_date,
        a_display_name_that_is_the_email_address_is_refused,
        a_handle_that_echoes_the_email_address_is_refused,
        a_handle_is_never_given_twice_and_taken_says_nothing,
        an_email_address_that_is_taken_is_unavailable_in_any_case,
        an_easy_password_is_refused,
        everything_that_is_wrong_is_said_at_once_and_nothing_is_stored,
        signing_up_is_throttled_by_network,
    )
}

fn input(token: &str, name: &str) -> Value {
    json!({
        "screeningToken": token,
        "displayName": name,
        "email": format!("{}@example.org", name.to_lowercase()),
        "password": PASSWORD,
    })
}

fn with(mut input: Value, field: &str, value: &str) -> Value {
    input[field] = json!(value);
    input
}

const NONE: [&str; 0] = [];

async fn the_required_four_are_enough(app: TestApp) {
    let ana = app.visitor();
    let token = ana.screening_token("1990-01-01").await;
    let reply = ana.sign_up_with(input(&token, "Ana")).await;
    assert_eq!(reply.user_errors(), NONE);
    assert_eq!(reply.at("/signUp/me/member/displayName"), "Ana");
    assert_eq!(
        reply.at("/signUp/token"),
        json!(null),
        "the cookie carries it"
    );
    let handle = reply.at("/signUp/me/member/handle");
    assert!(
        handle.as_str().unwrap().matches('-').count() >= 2,
        "one is made up: {handle}"
    );
    assert!(ana.whoami().await.is_some(), "she is signed in");
    // Nothing else was given, so nothing else is there.
    let profile = ana
        .query(
            "{ me { member { profile { fullName gender country { code } city languages { fluency }
            occupation interests { slug } aboutMe birthDate email age } } } }",
        )
        .await
        .at("/me/member/profile");
    assert_eq!(profile["email"], "ana@example.org");
    assert_eq!(profile["birthDate"], "1990-01-01");
    assert_eq!(profile["age"], 36);
    for field in [
        "fullName",
        "gender",
        "country",
        "city",
        "occupation",
        "aboutMe",
    ] {
        assert_eq!(profile[field], json!(null), "{field}");
    }
    for field in ["languages", "interests"] {
        assert!(
            profile[field].is_null() || profile[field] == json!([]),
            "{field}"
        );
    }
}

async fn the_birth_date_of_the_screen_is_the_members_own(app: TestApp) {
    let teen = app.visitor();
    teen.sign_up("Tim", "2010-03-04").await;
    let reply = teen
        .query("{ me { member { profile { birthDate age } } visibility { field widest } } }")
        .await;
    assert_eq!(reply.at("/me/member/profile/birthDate"), "2010-03-04");
    let visibility = reply.at("/me/visibility");
    assert!(
        visibility
            .as_array()
            .unwrap()
            .iter()
            .all(|entry| entry["widest"] != "PUBLIC")
    );
}

async fn a_token_is_good_for_a_quarter_of_an_hour_and_no_longer(app: TestApp) {
    let (soon, late) = (app.visitor(), app.visitor());
    let tokens = [
        soon.screening_token("1990-01-01").await,
        late.screening_token("1990-01-01").await,
    ];
    app.clock
        .advance(TimeDelta::minutes(15) - TimeDelta::seconds(1));
    assert_eq!(
        soon.sign_up_with(input(&tokens[0], "Soon"))
            .await
            .user_errors(),
        NONE
    );
    app.clock.advance(TimeDelta::seconds(1));
    let before = app.db_dump().await;
    let reply = late.sign_up_with(input(&tokens[1], "Late")).await;
    assert_eq!(reply.user_errors(), ["SCREENING_TOKEN_INVALID"]);
    app.assert_nothing_stored(&before, "an expired token").await;
}

async fn a_token_makes_one_account_and_no_second_one(app: TestApp) {
    let ana = app.visitor();
    let token = ana.screening_token("1990-01-01").await;
    assert_eq!(
        ana.sign_up_with(input(&token, "Ana")).await.user_errors(),
        NONE
    );
    let before = app.db_dump().await;
    let again = app.visitor().sign_up_with(input(&token, "Again")).await;
    assert_eq!(again.user_errors(), ["SCREENING_TOKEN_INVALID"]);
    assert!(again.headers.get("set-cookie").is_none());
    app.assert_nothing_stored(&before, "a used token").await;
    // Also once the note of its use may be forgotten: by then it has expired.
    app.clock.advance(TimeDelta::minutes(16));
    letterlock::jobs::forget(&app.services).await.unwrap();
    assert_eq!(app.db_count("used_screenings").await, 0);
    let again = app.visitor().sign_up_with(input(&token, "Again")).await;
    assert_eq!(again.user_errors(), ["SCREENING_TOKEN_INVALID"]);
}

async fn one_token_used_twice_at_the_same_time_makes_one_account(app: TestApp) {
    for round in 0..4 {
        let token = app.visitor().screening_token("1990-01-01").await;
        let tries = (0..4).map(|nth| {
            let (client, token) = (app.visitor_at(round * 4 + nth), token.clone());
            tokio::spawn(async move {
                client
                    .sign_up_with(input(&token, &format!("Twin{round}x{nth}")))
                    .await
                    .user_errors()
            })
        });
        let tries: Vec<_> = tries.collect();
        let mut outcomes = Vec::new();
        for attempt in tries {
            outcomes.push(attempt.await.unwrap());
        }
        let made = outcomes.iter().filter(|errors| errors.is_empty()).count();
        assert_eq!(made, 1, "{outcomes:?}");
        let refused = outcomes
            .iter()
            .filter(|errors| *errors == &["SCREENING_TOKEN_INVALID"])
            .count();
        assert_eq!(refused, 3, "{outcomes:?}");
        for table in ["members", "accounts", "handles", "sessions"] {
            assert_eq!(app.db_count(table).await, i64::from(round) + 1, "{table}");
        }
    }
}

async fn a_failed_sign_up_does_not_use_the_token_up(app: TestApp) {
    let ana = app.visitor();
    let token = ana.screening_token("1990-01-01").await;
    let reply = ana
        .sign_up_with(with(input(&token, "Ana"), "password", "1234"))
        .await;
    assert_eq!(reply.user_errors(), ["TOO_SHORT"]);
    assert_eq!(
        ana.sign_up_with(input(&token, "Ana")).await.user_errors(),
        NONE
    );
}

async fn a_token_that_is_forged_or_cut_or_of_another_kind_is_not_valid(app: TestApp) {
    let ana = app.visitor();
    ana.sign_up("Ana", "1990-01-01").await;
    app.visitor_at(1).sign_up("Ben", "1990-01-01").await;
    let members = ana
        .query("{ members(first: 1) { pageInfo { endCursor } } }")
        .await;
    let cursor = members
        .at("/members/pageInfo/endCursor")
        .as_str()
        .unwrap()
        .to_owned();
    let good = app.visitor().screening_token("1990-01-01").await;
    let mut flipped = good.clone().into_bytes();
    flipped[good.len() / 2] = if flipped[good.len() / 2] == b'A' {
        b'B'
    } else {
        b'A'
    };
    let session = ana.cookie("__Host-letterlock-session").unwrap();
    let foreign = {
        use letterlock::{
            domain::age::BirthDate,
            viewer::{screening::ScreeningToken, seal::Sealer},
        };
        let sealer = Sealer::from_secret(b"the secret of another service altogether").unwrap();
        let birth = BirthDate::parse_iso("1990-01-01", app.clock.now()).unwrap();
        ScreeningToken::issue(&sealer, birth, app.clock.now()).unwrap()
    };
    let before = app.db_dump().await;
    for (what, token) in [
        ("empty", String::new()),
        ("cut at the end", good[..good.len() - 1].to_owned()),
        ("cut at the beginning", good[1..].to_owned()),
        ("half", good[..good.len() / 2].to_owned()),
        ("flipped", String::from_utf8(flipped).unwrap()),
        ("longer", format!("{good}A")),
        ("padded", format!("{good}=")),
        ("a cursor", cursor),
        ("a session", session),
        ("of another service", foreign),
        ("long", "A".repeat(10_000)),
        ("not ASCII", "žluťoučký kůň".to_owned()),
        ("a NUL", "\0".to_owned()),
    ] {
        let client = app.visitor_at(9);
        let reply = client.sign_up_with(input(&token, "Forger")).await;
        assert_eq!(
            reply.user_errors(),
            ["SCREENING_TOKEN_INVALID"],
            "{what}: {}",
            reply.text
        );
        assert!(
            token.is_empty() || !reply.text.contains(&token),
            "{what} is echoed"
        );
    }
    app.assert_nothing_stored(&before, "forged tokens").await;
    // Personal input that comes with an invalid token is not even looked at.
    let reply = app
        .visitor_at(10)
        .sign_up_with(
            json!({ "screeningToken": "x", "displayName": "", "email": "",
        "password": "" }),
        )
        .await;
    assert_eq!(reply.user_errors(), ["SCREENING_TOKEN_INVALID"]);
}

async fn every_token_differs_and_none_tells_the_date(app: TestApp) {
    let mut seen = std::collections::HashSet::new();
    for _ in 0..5 {
        let token = app.visitor().screening_token("1990-01-01").await;
        for secret in ["1990", "19900101"] {
            assert!(!token.contains(secret));
        }
        let plain = data_encoding::BASE64URL_NOPAD
            .decode(token.as_bytes())
            .unwrap();
        assert!(
            !plain
                .windows(4)
                .any(|bytes| bytes == 19_900_101_i32.to_be_bytes())
        );
        assert!(
            !plain
                .windows(4)
                .any(|bytes| bytes == 19_900_101_i32.to_le_bytes())
        );
        assert!(seen.insert(token));
    }
}

async fn a_display_name_that_is_the_email_address_is_refused(app: TestApp) {
    let token = app.visitor().screening_token("1990-01-01").await;
    let before = app.db_dump().await;
    for name in [
        "ana@example.org",
        "ANA@Example.org",
        " ana@example.org ",
        "I am ana@example.org!",
    ] {
        let reply = app
            .visitor()
            .sign_up_with(with(input(&token, "Ana"), "displayName", name))
            .await;
        assert_eq!(reply.user_errors(), ["ECHOES_EMAIL"], "{name}");
        assert_eq!(
            reply.at("/signUp/userErrors/0/field"),
            json!(["input", "displayName"])
        );
    }
    app.assert_nothing_stored(&before, "a name that is the address")
        .await;
    // Later neither the name nor the address becomes the other.
    let ana = app.visitor();
    ana.sign_up("Ana", "1990-01-01").await;
    let reply = ana
        .update_profile(json!({ "displayName": "Ana@example.org" }))
        .await;
    assert_eq!(reply.user_errors(), ["ECHOES_EMAIL"]);
    let reply = ana
        .update_profile(json!({ "displayName": "other@example.org" }))
        .await;
    assert_eq!(reply.user_errors(), NONE);
    let changed = ana
        .ask("mutation($input: ChangeEmailInput!) { changeEmail(input: $input) { userErrors { code } } }",
            json!({ "input": { "email": "OTHER@example.org" } }))
        .await;
    assert_eq!(changed.user_errors(), ["ECHOES_EMAIL"]);
}

async fn a_handle_that_echoes_the_email_address_is_refused(app: TestApp) {
    let token = app.visitor().screening_token("1990-01-01").await;
    let email = "maria.lopes@example.org";
    for (stem, code) in [
        ("maria-lopes", "ECHOES_EMAIL"),
        ("MariaLopes", "ECHOES_EMAIL"),
    ] {
        let given = with(with(input(&token, "Mia"), "email", email), "handle", stem);
        let reply = app.visitor().sign_up_with(given).await;
        assert_eq!(reply.user_errors(), [code], "{stem}");
        assert_eq!(
            reply.at("/signUp/userErrors/0/field"),
            json!(["input", "handle"])
        );
    }
    let given = with(
        with(input(&token, "Mia"), "email", email),
        "handle",
        "Night-Owl",
    );
    let reply = app.visitor().sign_up_with(given).await;
    assert_eq!(reply.user_errors(), NONE);
    let handle = reply.at("/signUp/me/member/handle");
    assert!(
        handle.as_str().unwrap().starts_with("night-owl-"),
        "{handle}"
    );
}

async fn a_handle_is_never_given_twice_and_taken_says_nothing(app: TestApp) {
    let mut handles = std::collections::HashSet::new();
    for nth in 0..12 {
        let client = app.visitor_at(nth);
        let token = client.screening_token("1990-01-01").await;
        let given = with(input(&token, &format!("Owl{nth}")), "handle", "wise-bird");
        let reply = client.sign_up_with(given).await;
        assert_eq!(reply.user_errors(), NONE);
        let handle = reply
            .at("/signUp/me/member/handle")
            .as_str()
            .unwrap()
            .to_owned();
        assert!(handle.starts_with("wise-bird-"));
        assert!(handles.insert(handle));
    }
}

async fn an_email_address_that_is_taken_is_unavailable_in_any_case(app: TestApp) {
    app.visitor().sign_up("Ana", "1990-01-01").await;
    let before = app.db_dump().await;
    for email in ["ana@example.org", "ANA@EXAMPLE.ORG", " Ana@example.org "] {
        let client = app.visitor();
        let token = client.screening_token("1990-01-01").await;
        let reply = client
            .sign_up_with(with(input(&token, "Thief"), "email", email))
            .await;
        assert_eq!(reply.user_errors(), ["EMAIL_UNAVAILABLE"], "{email}");
        assert_eq!(
            reply.at("/signUp/userErrors/0/field"),
            json!(["input", "email"])
        );
        assert!(reply.headers.get("set-cookie").is_none());
    }
    app.assert_nothing_stored(&before, "a taken address").await;
}

async fn an_easy_password_is_refused(app: TestApp) {
    let token = app.visitor().screening_token("1990-01-01").await;
    let before = app.db_dump().await;
    for (password, code) in [
        ("short-7".to_owned(), "TOO_SHORT"),
        ("password1".to_owned(), "WEAK_PASSWORD"),
        ("aaaaaaaaaaaaaaaa".to_owned(), "WEAK_PASSWORD"),
        ("Qwertyuiop123".to_owned(), "WEAK_PASSWORD"),
        ("benedict@example.org".to_owned(), "WEAK_PASSWORD"),
        (format!("{PASSWORD}\u{7}"), "CONTROL_CHARACTERS"),
        ("kite!lisbon9".repeat(11), "TOO_LONG"),
    ] {
        let client = app.visitor();
        let reply = client
            .sign_up_with(with(input(&token, "Benedict"), "password", &password))
            .await;
        assert_eq!(reply.user_errors(), [code], "{password}");
        assert_eq!(
            reply.at("/signUp/userErrors/0/field"),
            json!(["input", "password"])
        );
        assert!(!reply.text.contains(&password), "echoed");
    }
    app.assert_nothing_stored(&before, "easy passwords").await;
}

async fn everything_that_is_wrong_is_said_at_once_and_nothing_is_stored(app: TestApp) {
    let client = app.visitor();
    let token = client.screening_token("1990-01-01").await;
    let before = app.db_dump().await;
    let reply = client
        .sign_up_with(
            json!({ "screeningToken": token, "displayName": " ", "email": "no address",
            "password": "short", "handle": "no_good" }),
        )
        .await;
    let errors = reply.at("/signUp/userErrors");
    let mut told: Vec<(String, String)> = errors
        .as_array()
        .unwrap()
        .iter()
        .map(|error| {
            (
                error["field"][1].as_str().unwrap().into(),
                error["code"].as_str().unwrap().into(),
            )
        })
        .collect();
    told.sort();
    let expected = [
        ("displayName", "BLANK"),
        ("email", "MALFORMED"),
        ("handle", "MALFORMED"),
        ("password", "TOO_SHORT"),
    ];
    let expected: Vec<(String, String)> = expected
        .iter()
        .map(|(field, code)| ((*field).into(), (*code).into()))
        .collect();
    assert_eq!(told, expected);
    app.assert_nothing_stored(&before, "an input full of mistakes")
        .await;
}

async fn signing_up_is_throttled_by_network(app: TestApp) {
    for _ in 0..20 {
        let reply = app.visitor().sign_up_with(input("x", "Flood")).await;
        assert_eq!(reply.user_errors(), ["SCREENING_TOKEN_INVALID"]);
    }
    let token = app.visitor().screening_token("1990-01-01").await;
    let reply = app.visitor().sign_up_with(input(&token, "Late")).await;
    assert_eq!(reply.codes(), ["RATE_LIMITED"]);
    assert_eq!(reply.status, 429, "{}", reply.text);
    let wait: i64 = reply.headers["retry-after"]
        .to_str()
        .unwrap()
        .parse()
        .unwrap();
    assert!((1..=180).contains(&wait), "{wait}");
    assert_eq!(
        app.visitor_at(1)
            .sign_up_with(input(&token, "Elsewhere"))
            .await
            .user_errors(),
        NONE
    );
    app.clock.advance(TimeDelta::seconds(wait));
    let token = app.visitor().screening_token("1990-01-01").await;
    assert_eq!(
        app.visitor()
            .sign_up_with(input(&token, "Late"))
            .await
            .user_errors(),
        NONE
    );
}
