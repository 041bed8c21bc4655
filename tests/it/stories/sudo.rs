//! The password asked again after a while, for what changes who holds the account (policy clause C19).

use libtest_mimic::Trial;
use serde_json::json;

use crate::support::{
    app::TestApp,
    backend::Backends,
    client::{Client, PASSWORD, Reply},
    trials,
};

pub(crate) fn trials(backends: &Backends) -> Vec<Trial> {
    trials!(
        backends;
        a_quarter_of_an_hour_after_signing_in_the_password_is_asked_again_and_nothing_is_written,
        given_again_it_counts_in_this_session_alone,
        a_wrong_password_opens_nothing,
        guesses_are_limited_and_do_not_lock_signing_in,
        it_ends_with_the_session,
        a_visitor_has_none,
        a_hash_of_other_parameters_is_made_anew_at_sign_in,
    )
}

const NONE: [&str; 0] = [];
const FRESH: &str = "nine-storks-above-tartu";

async fn give(client: &Client, password: &str) -> Reply {
    client
        .ask(
            "mutation($p: String!) { reauthenticate(input: {password: $p}) {
                reauthenticatedUntil userErrors { field code } } }",
            json!({ "p": password }),
        )
        .await
}

/// What asks for the password, as documents; each changes something where it is allowed.
fn acts(other_session: &str) -> [String; 5] {
    [
        r#"mutation { changeEmail(input: {email: "new@example.org"}) { userErrors { code } } }"#
            .to_owned(),
        format!(
            r#"mutation {{ changePassword(input: {{newPassword: "{FRESH}"}}) {{ userErrors {{ code }} }} }}"#
        ),
        r#"mutation { correctBirthDate(input: {birthDate: "1989-12-31"}) { userErrors { code } } }"#
            .to_owned(),
        format!(
            r#"mutation {{ revokeSession(id: "{other_session}") {{ revoked userErrors {{ code }} }} }}"#
        ),
        "mutation { revokeOtherSessions { revoked userErrors { code } } }".to_owned(),
    ]
}

async fn sessions(client: &Client) -> Vec<(String, bool)> {
    let all = client
        .query("{ me { sessions { id current } } }")
        .await
        .at("/me/sessions");
    let read = |one: &serde_json::Value| {
        (
            one["id"].as_str().unwrap().to_owned(),
            one["current"] == true,
        )
    };
    all.as_array().unwrap().iter().map(read).collect()
}

async fn a_quarter_of_an_hour_after_signing_in_the_password_is_asked_again_and_nothing_is_written(
    app: TestApp,
) {
    let (ana, phone) = (app.visitor(), app.visitor());
    ana.sign_up("Ana", "1990-01-01").await;
    phone.sign_in("ana@example.org", PASSWORD).await;
    let all = sessions(&ana).await;
    let (other, _) = all.iter().find(|(_, current)| !current).unwrap();
    app.clock.advance(chrono::TimeDelta::minutes(15));
    // The note of presence is written before what is looked at here.
    assert!(ana.whoami().await.is_some());
    let before = app.db_dump().await;
    for act in acts(other) {
        let reply = ana.query(&act).await;
        assert_eq!(reply.codes(), ["REAUTH_REQUIRED"], "{act}");
        app.assert_nothing_stored(&before, &act).await;
    }
    assert!(phone.whoami().await.is_some());
    assert_eq!(
        ana.query("{ me { reauthenticatedUntil } }")
            .await
            .at("/me/reauthenticatedUntil"),
        json!(null)
    );
    // Ending the own session needs nothing, like signing out.
    let (own, _) = all.iter().find(|(_, current)| *current).unwrap();
    let ended = ana
        .query(&format!(
            r#"mutation {{ revokeSession(id: "{own}") {{ revoked userErrors {{ code }} }} }}"#
        ))
        .await;
    assert_eq!(ended.at("/revokeSession/revoked"), 1);
}

async fn given_again_it_counts_in_this_session_alone(app: TestApp) {
    let (ana, phone) = (app.visitor(), app.visitor());
    ana.sign_up("Ana", "1990-01-01").await;
    phone.sign_in("ana@example.org", PASSWORD).await;
    app.clock.advance(chrono::TimeDelta::minutes(20));
    let given = give(&ana, PASSWORD).await;
    assert_eq!(given.user_errors(), NONE);
    let until = given.at("/reauthenticate/reauthenticatedUntil");
    assert_eq!(
        ana.query("{ me { reauthenticatedUntil } }")
            .await
            .at("/me/reauthenticatedUntil"),
        until
    );
    let change =
        r#"mutation { changeEmail(input: {email: "new@example.org"}) { userErrors { code } } }"#;
    assert_eq!(phone.query(change).await.codes(), ["REAUTH_REQUIRED"]);
    app.clock.advance(chrono::TimeDelta::minutes(14));
    assert_eq!(ana.query(change).await.user_errors(), NONE);
    app.clock.advance(chrono::TimeDelta::minutes(1));
    assert_eq!(ana.query(change).await.codes(), ["REAUTH_REQUIRED"]);
}

async fn a_wrong_password_opens_nothing(app: TestApp) {
    let ana = app.visitor();
    ana.sign_up("Ana", "1990-01-01").await;
    app.clock.advance(chrono::TimeDelta::minutes(20));
    assert!(ana.whoami().await.is_some());
    let before = app.db_dump().await;
    for wrong in ["not-her-password", "", &"x".repeat(10_000)] {
        let reply = give(&ana, wrong).await;
        assert_eq!(reply.user_errors(), ["WRONG_PASSWORD"]);
        assert_eq!(
            reply.at("/reauthenticate/reauthenticatedUntil"),
            json!(null)
        );
    }
    for act in acts("x") {
        let codes = ana.query(&act).await;
        let missing = act.contains("revokeSession");
        assert!(missing || codes.codes() == ["REAUTH_REQUIRED"], "{act}");
    }
    app.assert_nothing_stored(&before, "wrong passwords").await;
}

async fn guesses_are_limited_and_do_not_lock_signing_in(app: TestApp) {
    let ana = app.visitor();
    ana.sign_up("Ana", "1990-01-01").await;
    app.clock.advance(chrono::TimeDelta::minutes(20));
    for _ in 0..10 {
        assert_eq!(
            give(&ana, "not-hers").await.user_errors(),
            ["WRONG_PASSWORD"]
        );
    }
    let reply = give(&ana, PASSWORD).await;
    assert_eq!(reply.codes(), ["RATE_LIMITED"]);
    assert_eq!(reply.status, 429);
    assert!(reply.headers.contains_key("retry-after"));
    // The limit is the member's, whatever the session or network; and signing in goes on.
    let phone = app.visitor_at(3);
    let signed_in = phone.sign_in("ana@example.org", PASSWORD).await;
    assert_eq!(signed_in.user_errors(), NONE);
    assert_eq!(give(&phone, PASSWORD).await.codes(), ["RATE_LIMITED"]);
    let change =
        r#"mutation { changeEmail(input: {email: "new@example.org"}) { userErrors { code } } }"#;
    assert_eq!(phone.query(change).await.user_errors(), NONE);
}

async fn it_ends_with_the_session(app: TestApp) {
    let ana = app.visitor();
    ana.sign_up("Ana", "1990-01-01").await;
    let (bearer, _) = app.visitor().sign_in_for_bearer("ana@example.org").await;
    app.clock.advance(chrono::TimeDelta::minutes(20));
    assert_eq!(give(&bearer, PASSWORD).await.user_errors(), NONE);
    bearer.query("mutation { signOut { signedOut } }").await;
    assert_eq!(give(&bearer, PASSWORD).await.codes(), ["UNAUTHENTICATED"]);
    let change =
        r#"mutation { changeEmail(input: {email: "new@example.org"}) { userErrors { code } } }"#;
    assert_eq!(ana.query(change).await.codes(), ["REAUTH_REQUIRED"]);
}

async fn a_visitor_has_none(app: TestApp) {
    app.visitor().sign_up("Ana", "1990-01-01").await;
    let visitor = app.visitor();
    assert_eq!(give(&visitor, PASSWORD).await.codes(), ["UNAUTHENTICATED"]);
    for act in acts("x") {
        assert_eq!(visitor.query(&act).await.codes(), ["UNAUTHENTICATED"]);
    }
}

async fn a_hash_of_other_parameters_is_made_anew_at_sign_in(app: TestApp) {
    use letterlock::viewer::passwords::{Params, Passwords};
    let ana = app.visitor();
    ana.sign_up("Ana", "1990-01-01").await;
    let earlier = Params {
        memory_kib: 16,
        iterations: 2,
        lanes: 1,
    };
    let passwords = Passwords::new(earlier, 1).unwrap();
    let password = passwords.check_new(PASSWORD.into(), &[]).await.unwrap();
    let earlier = passwords.hash(&password.unwrap()).await.unwrap();
    assert!(app.services.passwords.outdated(&earlier));
    app.db_sql(&format!("UPDATE accounts SET password_hash = '{earlier}'"))
        .await;
    let held = "SELECT count(*) AS n FROM accounts WHERE password_hash LIKE '$argon2id$v=19$m=8,t=1,p=1$%'";
    // A wrong password changes nothing.
    let wrong = app.visitor().sign_in("ana@example.org", "not-hers").await;
    assert_eq!(wrong.user_errors(), ["SIGN_IN_FAILED"]);
    assert_eq!(app.db_sql(held).await, Some(0));
    for _ in 0..2 {
        let right = app.visitor().sign_in("ana@example.org", PASSWORD).await;
        assert_eq!(right.user_errors(), NONE);
        assert_eq!(app.db_sql(held).await, Some(1));
    }
    // And so it is when the password is given again.
    app.db_sql(&format!("UPDATE accounts SET password_hash = '{earlier}'"))
        .await;
    assert_eq!(give(&ana, PASSWORD).await.user_errors(), NONE);
    assert_eq!(app.db_sql(held).await, Some(1));
}
