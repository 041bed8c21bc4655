//! Sessions: how their tokens travel, how they end, and what of them is stored.

use chrono::TimeDelta;
use libtest_mimic::Trial;
use reqwest::header::HeaderMap;
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
        a_browsers_session_is_in_a_host_cookie_and_in_no_body,
        a_bearer_token_is_shown_once_and_sets_no_cookie,
        each_kind_of_token_has_its_own_way_in,
        signing_in_gives_a_new_session_and_ends_the_one_that_came_with_it,
        a_planted_cookie_is_not_taken_over,
        a_session_ends_two_weeks_after_its_last_use,
        a_session_ends_after_thirty_days_whatever_happens,
        signing_out_ends_the_session_on_the_server,
        a_member_lists_and_revokes_their_own_sessions_and_nobody_elses,
        a_member_revokes_all_other_sessions,
        a_change_of_password_ends_all_other_sessions,
        an_unknown_bearer_token_is_refused_and_an_unknown_cookie_makes_a_visitor,
        the_database_holds_no_token_that_opens_anything,
    )
}

const SESSION: &str = "__Host-letterlock-session";
const DEVICE: &str = "__Host-letterlock-device";
const NONE: [&str; 0] = [];

/// The attributes of the one `Set-Cookie` with this name, its value apart.
fn set_cookie(headers: &HeaderMap, name: &str) -> Option<(String, Vec<String>)> {
    let mut found = headers.get_all("set-cookie").iter().filter_map(|line| {
        let line = line.to_str().unwrap();
        let mut parts = line.split("; ").map(str::to_owned);
        let value = parts
            .next()
            .unwrap()
            .strip_prefix(&format!("{name}="))?
            .to_owned();
        let mut attributes: Vec<String> = parts.collect();
        attributes.sort();
        Some((value, attributes))
    });
    let first = found.next();
    assert!(found.next().is_none(), "{name} is set twice");
    first
}

fn unauthenticated(reply: &Reply) -> bool {
    reply.codes() == ["UNAUTHENTICATED"] && reply.status == 401
}

async fn sessions(client: &Client) -> Vec<Value> {
    let reply = client
        .query("{ me { sessions { id current transport createdAt lastUsedAt expiresAt } } }")
        .await;
    reply.at("/me/sessions").as_array().unwrap().clone()
}

async fn revoke(client: &Client, id: &Value) -> Reply {
    client
        .ask(
            "mutation($id: ID!) { revokeSession(id: $id) { revoked userErrors { field code } } }",
            json!({ "id": id }),
        )
        .await
}

async fn a_browsers_session_is_in_a_host_cookie_and_in_no_body(app: TestApp) {
    let ana = app.visitor();
    let token = ana.screening_token("1990-01-01").await;
    let signed_up = ana
        .sign_up_with(
            json!({ "screeningToken": token, "displayName": "Ana", "email": "ana@example.org",
            "password": PASSWORD }),
        )
        .await;
    let browser = app.visitor();
    let signed_in = browser.sign_in("ana@example.org", PASSWORD).await;
    for (reply, field) in [(&signed_up, "signUp"), (&signed_in, "signIn")] {
        let (value, attributes) = set_cookie(&reply.headers, SESSION).unwrap();
        // 256 bits as base64url.
        assert_eq!(
            data_encoding::BASE64URL_NOPAD
                .decode(value.as_bytes())
                .unwrap()
                .len(),
            32
        );
        assert_eq!(
            attributes,
            [
                "Expires=Wed, 15 Jul 2026 12:00:00 GMT",
                "HttpOnly",
                "Path=/",
                "SameSite=Lax",
                "Secure"
            ]
        );
        assert!(!reply.text.contains(&value), "the token is in the body");
        assert_eq!(reply.at(&format!("/{field}/token")), json!(null));
        let (device, attributes) = set_cookie(&reply.headers, DEVICE).unwrap();
        assert_eq!(
            attributes,
            [
                "HttpOnly",
                "Max-Age=34560000",
                "Path=/",
                "SameSite=Lax",
                "Secure"
            ]
        );
        assert_ne!(device, value);
        assert!(!reply.text.contains(&device));
    }
    assert_eq!(ana.whoami().await, browser.whoami().await);
    assert!(ana.whoami().await.is_some());
    // No other answer sets a cookie.
    let reply = ana.query("{ me { member { id } } }").await;
    assert!(reply.headers.get("set-cookie").is_none());
}

async fn a_bearer_token_is_shown_once_and_sets_no_cookie(app: TestApp) {
    let id = app.visitor().sign_up("Ana", "1990-01-01").await;
    let program = app.visitor();
    let (bearer, token) = program.sign_in_for_bearer("ana@example.org").await;
    assert_eq!(
        data_encoding::BASE64URL_NOPAD
            .decode(token.as_bytes())
            .unwrap()
            .len(),
        32
    );
    assert_eq!(program.cookie(SESSION), None);
    assert_eq!(program.cookie(DEVICE), None);
    assert_eq!(bearer.whoami().await, Some(id));
    let everything = bearer
        .query("{ me { sessions { id transport } member { id } visibility { field } } }")
        .await;
    assert!(
        !everything.text.contains(&token),
        "the token is shown again"
    );
    assert!(everything.headers.get("set-cookie").is_none());
    assert!(everything.at("/me/sessions").to_string().contains("BEARER"));
}

async fn each_kind_of_token_has_its_own_way_in(app: TestApp) {
    let ana = app.visitor();
    ana.sign_up("Ana", "1990-01-01").await;
    let cookie = ana.cookie(SESSION).unwrap();
    let (_, token) = app.visitor().sign_in_for_bearer("ana@example.org").await;

    let planted = app.visitor();
    planted.set_cookie(SESSION, Some(&token));
    assert_eq!(
        planted.whoami().await,
        None,
        "a bearer token opens as a cookie"
    );
    let reply = app
        .visitor()
        .with_bearer(&cookie)
        .query("{ me { member { id } } }")
        .await;
    assert!(
        unauthenticated(&reply),
        "a cookie opens as a bearer token: {}",
        reply.text
    );
    let device = app.visitor();
    device.set_cookie(SESSION, ana.cookie(DEVICE).as_deref());
    assert_eq!(
        device.whoami().await,
        None,
        "a device's mark opens a session"
    );
    // `Authorization` wins over a cookie, also where it is no good.
    let both = ana.with_bearer("AAAA");
    both.set_cookie(SESSION, Some(&cookie));
    assert!(unauthenticated(
        &both.query("{ me { member { id } } }").await
    ));
}

async fn signing_in_gives_a_new_session_and_ends_the_one_that_came_with_it(app: TestApp) {
    let ana = app.visitor();
    let id = ana.sign_up("Ana", "1990-01-01").await;
    let old = ana.copy();
    assert_eq!(
        ana.sign_in("ana@example.org", PASSWORD).await.user_errors(),
        NONE
    );
    assert_ne!(ana.cookie(SESSION), old.cookie(SESSION));
    assert_eq!(ana.whoami().await, Some(id));
    assert_eq!(old.whoami().await, None, "the old cookie still opens");
    assert_eq!(app.db_count("sessions").await, 1);
    assert!(ana.cookie(DEVICE).is_some());
}

async fn a_planted_cookie_is_not_taken_over(app: TestApp) {
    app.visitor().sign_up("Ana", "1990-01-01").await;
    let victim = app.visitor();
    let planted = "A".repeat(43);
    victim.set_cookie(SESSION, Some(&planted));
    assert_eq!(
        victim
            .sign_in("ana@example.org", PASSWORD)
            .await
            .user_errors(),
        NONE
    );
    assert_ne!(victim.cookie(SESSION).unwrap(), planted);
    let attacker = app.visitor();
    attacker.set_cookie(SESSION, Some(&planted));
    assert_eq!(attacker.whoami().await, None);
}

async fn a_session_ends_two_weeks_after_its_last_use(app: TestApp) {
    let ana = app.visitor();
    ana.sign_up("Ana", "1990-01-01").await;
    app.clock
        .advance(TimeDelta::days(14) - TimeDelta::minutes(1));
    assert!(ana.whoami().await.is_some(), "it was used in time");
    app.clock
        .advance(TimeDelta::days(14) - TimeDelta::minutes(1));
    assert!(ana.whoami().await.is_some(), "each use counts");
    let kept = ana.copy();
    app.clock.advance(TimeDelta::days(1));
    let other = app.visitor();
    other.sign_up("Ben", "1990-01-01").await;
    app.clock.advance(TimeDelta::days(14));
    assert_eq!(other.whoami().await, None, "it lay idle");
    assert_eq!(kept.whoami().await, None);
}

async fn a_session_ends_after_thirty_days_whatever_happens(app: TestApp) {
    let ana = app.visitor();
    ana.sign_up("Ana", "1990-01-01").await;
    let (bearer, _) = app.visitor().sign_in_for_bearer("ana@example.org").await;
    let forever = ana.copy();
    for _ in 0..29 {
        app.clock.advance(TimeDelta::days(1));
        assert!(ana.whoami().await.is_some());
        assert!(bearer.whoami().await.is_some());
    }
    app.clock
        .advance(TimeDelta::days(1) - TimeDelta::seconds(1));
    assert!(ana.whoami().await.is_some());
    app.clock.advance(TimeDelta::seconds(1));
    assert_eq!(ana.whoami().await, None);
    assert_eq!(
        ana.cookie(SESSION),
        None,
        "the browser is told to forget it"
    );
    assert_eq!(forever.whoami().await, None);
    assert!(unauthenticated(
        &bearer.query("{ me { member { id } } }").await
    ));
    letterlock::jobs::forget(&app.services).await.unwrap();
    assert_eq!(app.db_count("sessions").await, 0);
}

async fn signing_out_ends_the_session_on_the_server(app: TestApp) {
    let ana = app.visitor();
    ana.sign_up("Ana", "1990-01-01").await;
    let kept = ana.copy();
    let reply = ana
        .query("mutation { signOut { signedOut userErrors { code } } }")
        .await;
    assert_eq!(reply.at("/signOut/signedOut"), true);
    let (value, attributes) = set_cookie(&reply.headers, SESSION).unwrap();
    assert_eq!(value, "");
    assert!(
        attributes.contains(&"Max-Age=0".to_owned()),
        "{attributes:?}"
    );
    assert_eq!(kept.whoami().await, None, "the token still opens");
    assert_eq!(app.db_count("sessions").await, 0);
    let again = ana.query("mutation { signOut { signedOut } }").await;
    assert_eq!(again.at("/signOut/signedOut"), false);
}

async fn a_member_lists_and_revokes_their_own_sessions_and_nobody_elses(app: TestApp) {
    let (ana, ben) = (app.visitor(), app.visitor());
    ana.sign_up("Ana", "1990-01-01").await;
    ben.sign_up("Ben", "1990-01-01").await;
    let (bearer, _) = app.visitor().sign_in_for_bearer("ana@example.org").await;
    let list = sessions(&ana).await;
    assert_eq!(list.len(), 2);
    let (current, other): (Vec<Value>, Vec<Value>) = list
        .into_iter()
        .partition(|session| session["current"] == true);
    assert_eq!((current.len(), other.len()), (1, 1));
    assert_eq!(current[0]["transport"], "COOKIE");
    assert_eq!(other[0]["transport"], "BEARER");
    assert_eq!(current[0]["createdAt"], "2026-06-15T12:00:00+00:00");
    assert_eq!(current[0]["expiresAt"], "2026-07-15T12:00:00+00:00");

    // Ben cannot, nor learns whether there is one; a visitor must sign in first.
    let refused = revoke(&ben, &other[0]["id"]).await;
    assert_eq!(refused.user_errors(), ["NOT_FOUND"]);
    let never = revoke(
        &ben,
        &json!(letterlock::domain::id::SessionId::from_key(7).global()),
    )
    .await;
    assert_eq!(refused.text, never.text);
    for id in ["", "x", "AQAAAAAAAAAB", &"A".repeat(500)] {
        assert_eq!(revoke(&ben, &json!(id)).await.user_errors(), ["NOT_FOUND"]);
    }
    let visitor = revoke(&app.visitor(), &other[0]["id"]).await;
    assert_eq!(visitor.codes(), ["UNAUTHENTICATED"]);
    assert!(bearer.whoami().await.is_some());
    let node = "query($id: ID!) { node(id: $id) { __typename id } }";
    let seen = |client: Client, id: Value| async move {
        client.ask(node, json!({ "id": id })).await.at("/node")
    };
    assert_eq!(
        seen(ana.clone(), other[0]["id"].clone()).await["__typename"],
        "Session"
    );
    assert_eq!(seen(ben.clone(), other[0]["id"].clone()).await, json!(null));

    assert_eq!(
        revoke(&ana, &other[0]["id"])
            .await
            .at("/revokeSession/revoked"),
        1
    );
    assert!(unauthenticated(
        &bearer.query("{ me { member { id } } }").await
    ));
    assert_eq!(sessions(&ana).await.len(), 1);
    // Her own current one, too: that is signing out.
    let reply = revoke(&ana, &current[0]["id"]).await;
    assert_eq!(reply.at("/revokeSession/revoked"), 1);
    assert_eq!(ana.cookie(SESSION), None);
    assert!(ben.whoami().await.is_some());
}

async fn a_member_revokes_all_other_sessions(app: TestApp) {
    let (ana, ben) = (app.visitor(), app.visitor());
    ana.sign_up("Ana", "1990-01-01").await;
    ben.sign_up("Ben", "1990-01-01").await;
    let phone = app.visitor();
    phone.sign_in("ana@example.org", PASSWORD).await;
    let (bearer, _) = app.visitor().sign_in_for_bearer("ana@example.org").await;
    let reply = ana
        .query("mutation { revokeOtherSessions { revoked userErrors { code } } }")
        .await;
    assert_eq!(reply.at("/revokeOtherSessions/revoked"), 2);
    assert!(ana.whoami().await.is_some());
    assert_eq!(phone.whoami().await, None);
    assert!(unauthenticated(&bearer.query("{ __typename }").await));
    assert!(ben.whoami().await.is_some());
}

async fn a_change_of_password_ends_all_other_sessions(app: TestApp) {
    let (ana, ben) = (app.visitor(), app.visitor());
    ana.sign_up("Ana", "1990-01-01").await;
    ben.sign_up("Ben", "1990-01-01").await;
    let phone = app.visitor();
    phone.sign_in("ana@example.org", PASSWORD).await;
    let (bearer, _) = app.visitor().sign_in_for_bearer("ana@example.org").await;
    let change = |new: &'static str| {
        let ana = ana.clone();
        async move {
            ana.ask(
                "mutation($input: ChangePasswordInput!) { changePassword(input: $input) {
                    me { member { id } } userErrors { field code } } }",
                json!({ "input": { "newPassword": new } }),
            )
            .await
        }
    };
    let fresh = "nine-storks-above-tartu";
    let before = app.db_dump().await;
    assert_eq!(change("password1").await.user_errors(), ["WEAK_PASSWORD"]);
    assert_eq!(
        change("ana@example.org").await.user_errors(),
        ["WEAK_PASSWORD"]
    );
    app.assert_nothing_stored(&before, "a change of password that failed")
        .await;
    assert!(phone.whoami().await.is_some());

    assert_eq!(change(fresh).await.user_errors(), NONE);
    assert!(ana.whoami().await.is_some(), "her own goes on");
    assert_eq!(phone.whoami().await, None);
    assert!(unauthenticated(&bearer.query("{ __typename }").await));
    assert!(ben.whoami().await.is_some());
    assert_eq!(
        app.visitor()
            .sign_in("ana@example.org", PASSWORD)
            .await
            .user_errors(),
        ["SIGN_IN_FAILED"]
    );
    assert_eq!(
        app.visitor()
            .sign_in("ana@example.org", fresh)
            .await
            .user_errors(),
        NONE
    );
}

async fn an_unknown_bearer_token_is_refused_and_an_unknown_cookie_makes_a_visitor(app: TestApp) {
    let unknown = "A".repeat(43);
    for token in [unknown.as_str(), "x", "AAAA", "..."] {
        let reply = app
            .visitor()
            .with_bearer(token)
            .query("{ __typename }")
            .await;
        assert!(unauthenticated(&reply), "{token}: {}", reply.text);
        assert_eq!(reply.headers["www-authenticate"], "Bearer");
        assert!(reply.json().get("data").is_none());
    }
    for value in [unknown.as_str(), "x", "%00"] {
        let browser = app.visitor();
        browser.set_cookie(SESSION, Some(value));
        let reply = browser.query("{ __typename me { member { id } } }").await;
        assert_eq!(reply.at("/me"), json!(null), "{value}");
        let (value, attributes) = set_cookie(&reply.headers, SESSION).unwrap();
        assert_eq!(value, "");
        assert!(attributes.contains(&"Max-Age=0".to_owned()));
        assert_eq!(browser.cookie(SESSION), None);
    }
}

async fn the_database_holds_no_token_that_opens_anything(app: TestApp) {
    let ana = app.visitor();
    ana.sign_up("Ana", "1990-01-01").await;
    let screening = app.visitor().screening_token("1990-01-01").await;
    let (_, bearer) = app.visitor().sign_in_for_bearer("ana@example.org").await;
    let dump = app.db_text().await;
    let folded = dump.to_lowercase();
    assert!(
        dump.contains(&ana.handle().await),
        "the dump shows what is there"
    );
    for (what, token) in [
        ("the session's cookie", ana.cookie(SESSION).unwrap()),
        ("the device's mark", ana.cookie(DEVICE).unwrap()),
        ("the bearer token", bearer),
        ("the screening token", screening),
        ("the password", PASSWORD.to_owned()),
    ] {
        assert!(!dump.contains(&token), "{what} is stored");
        let hex = data_encoding::HEXLOWER.encode(token.as_bytes());
        assert!(!folded.contains(&hex), "{what} is stored as bytes");
        if let Ok(bytes) = data_encoding::BASE64URL_NOPAD.decode(token.as_bytes()) {
            let hex = data_encoding::HEXLOWER.encode(&bytes);
            assert!(!folded.contains(&hex), "{what} is stored decoded");
        }
    }
    // The password's hash is argon2id's.
    assert!(dump.contains("$argon2id$v=19$m=8,t=1,p=1$"));
}
