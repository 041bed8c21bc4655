//! Codes of an authenticator and recovery codes besides the password (policy clause C19).

use libtest_mimic::Trial;
use serde_json::{Value, json};
use totp_rs::{Builder, Secret};

use crate::support::{
    app::TestApp,
    backend::Backends,
    client::{Client, PASSWORD, Reply},
    trials,
};

pub(crate) fn trials(backends: &Backends) -> Vec<Trial> {
    trials!(
        backends;
        once_it_is_on_signing_in_asks_for_a_code_that_counts_once,
        a_key_that_was_prepared_does_nothing_before_a_code_of_it,
        a_recovery_code_opens_once_and_new_ones_replace_the_old,
        the_password_alone_is_given_lately_in_no_session_any_more,
        whoever_gave_both_switches_it_off,
        guesses_are_limited_and_do_not_lock_out_a_known_device,
        it_changes_for_nobody_who_did_not_give_the_password_lately,
        two_at_once_with_one_code_are_one_who_comes_in,
        the_database_holds_nothing_that_opens,
        a_server_with_another_secret_opens_by_recovery_code,
    )
}

const NONE: [&str; 0] = [];
const EMAIL: &str = "ana@example.org";

/// An authenticator that has learnt a key.
pub(super) struct Authenticator(totp_rs::Totp);

impl Authenticator {
    fn learn(key: &str) -> Self {
        let secret = Secret::try_from_base32(key).unwrap();
        Self(Builder::new().with_secret(secret).build().unwrap())
    }

    fn code(&self, app: &TestApp) -> String {
        let now = u64::try_from(app.clock.now().timestamp()).unwrap();
        self.0.generate(now).to_string()
    }

    /// A code that is right at no time near now.
    fn wrong(&self, app: &TestApp) -> String {
        let now = u64::try_from(app.clock.now().timestamp()).unwrap();
        let near: Vec<String> = (0..5)
            .map(|step| self.0.generate(now + 30 * step - 60).to_string())
            .collect();
        let mut wrong = (0..).map(|number: u32| format!("{number:06}"));
        wrong.find(|code| !near.contains(code)).unwrap()
    }
}

async fn prepare(client: &Client) -> Reply {
    client
        .query("mutation { prepareSecondFactor { key uri userErrors { field code } } }")
        .await
}

async fn enable(client: &Client, code: &str) -> Reply {
    client
        .ask(
            "mutation($c: String!) { enableSecondFactor(input: {code: $c}) {
                recoveryCodes me { secondFactor { recoveryCodesLeft } } userErrors { field code } } }",
            json!({ "c": code }),
        )
        .await
}

pub(super) async fn sign_in(client: &Client, password: &str, code: Option<&str>) -> Reply {
    client
        .ask(
            "mutation($e: String!, $p: String!, $c: String) {
                signIn(input: {email: $e, password: $p, code: $c}) {
                    me { member { id } } userErrors { field code } } }",
            json!({ "e": EMAIL, "p": password, "c": code }),
        )
        .await
}

async fn give(client: &Client, code: Option<&str>) -> Reply {
    client
        .ask(
            "mutation($p: String!, $c: String) { reauthenticate(input: {password: $p, code: $c}) {
                reauthenticatedUntil userErrors { field code } } }",
            json!({ "p": PASSWORD, "c": code }),
        )
        .await
}

fn texts(value: &Value) -> Vec<String> {
    let texts = value.as_array().unwrap().iter();
    texts.map(|it| it.as_str().unwrap().to_owned()).collect()
}

/// Ana with a second factor, her authenticator, and her recovery codes.
pub(super) async fn ana(app: &TestApp) -> (Client, Authenticator, Vec<String>) {
    let ana = app.visitor();
    ana.sign_up("Ana", "1990-01-01").await;
    let prepared = prepare(&ana).await;
    let key = prepared.at("/prepareSecondFactor/key");
    let authenticator = Authenticator::learn(key.as_str().unwrap());
    let enabled = enable(&ana, &authenticator.code(app)).await;
    assert_eq!(enabled.user_errors(), NONE);
    let codes = texts(&enabled.at("/enableSecondFactor/recoveryCodes"));
    (ana, authenticator, codes)
}

async fn once_it_is_on_signing_in_asks_for_a_code_that_counts_once(app: TestApp) {
    let (ana, authenticator, codes) = ana(&app).await;
    assert_eq!(codes.len(), 10);
    let left = ana
        .query("{ me { secondFactor { enabledAt recoveryCodesLeft } } }")
        .await;
    assert_eq!(left.at("/me/secondFactor/recoveryCodesLeft"), 10);

    let phone = app.visitor();
    for (password, code, expected) in [
        (PASSWORD, None, "SECOND_FACTOR_REQUIRED"),
        ("not-her-password-at-all", None, "SIGN_IN_FAILED"),
        (
            "not-her-password-at-all",
            Some(authenticator.code(&app)),
            "SIGN_IN_FAILED",
        ),
        (PASSWORD, Some(authenticator.wrong(&app)), "WRONG_CODE"),
        (PASSWORD, Some("nonsense".to_owned()), "WRONG_CODE"),
        // The one by which it was switched on.
        (PASSWORD, Some(authenticator.code(&app)), "WRONG_CODE"),
    ] {
        let reply = sign_in(&phone, password, code.as_deref()).await;
        assert_eq!(reply.user_errors(), [expected], "{code:?}");
        assert_eq!(reply.at("/signIn/me"), json!(null));
        assert!(phone.whoami().await.is_none(), "{expected}");
    }
    app.clock.advance(chrono::TimeDelta::seconds(30));
    let code = authenticator.code(&app);
    assert_eq!(
        sign_in(&phone, PASSWORD, Some(&code)).await.user_errors(),
        NONE
    );
    assert!(phone.whoami().await.is_some());
    let other = app.visitor();
    let again = sign_in(&other, PASSWORD, Some(&code)).await;
    assert_eq!(again.user_errors(), ["WRONG_CODE"]);
    assert!(other.whoami().await.is_none());
}

async fn a_key_that_was_prepared_does_nothing_before_a_code_of_it(app: TestApp) {
    let (ana, phone) = (app.visitor(), app.visitor());
    ana.sign_up("Ana", "1990-01-01").await;
    let nothing = enable(&ana, "123456").await;
    assert_eq!(nothing.user_errors(), ["NOT_POSSIBLE"]);
    let first = prepare(&ana).await.at("/prepareSecondFactor/key");
    let reply = prepare(&ana).await;
    let second = reply.at("/prepareSecondFactor/key");
    assert_ne!(first, second);
    let uri = reply.at("/prepareSecondFactor/uri");
    let uri = uri.as_str().unwrap();
    assert!(
        uri.starts_with("otpauth://totp/Letterlock:ana%40example.org?")
            && uri.contains(second.as_str().unwrap()),
        "{uri}"
    );
    // The key that was replaced opens nothing, nor does a recovery code that nobody has been given.
    let old = Authenticator::learn(first.as_str().unwrap());
    for code in [old.code(&app), "0000-0000-0000-0000".to_owned()] {
        let refused = enable(&ana, &code).await;
        assert_eq!(refused.user_errors(), ["WRONG_CODE"]);
        assert_eq!(refused.at("/enableSecondFactor/recoveryCodes"), json!(null));
    }
    let me = ana.query("{ me { secondFactor { enabledAt } } }").await;
    assert_eq!(me.at("/me/secondFactor"), json!(null));
    assert_eq!(sign_in(&phone, PASSWORD, None).await.user_errors(), NONE);

    let authenticator = Authenticator::learn(second.as_str().unwrap());
    assert_eq!(
        enable(&ana, &authenticator.code(&app)).await.user_errors(),
        NONE
    );
    // A second one would take the first one's place unasked.
    assert_eq!(prepare(&ana).await.user_errors(), ["NOT_POSSIBLE"]);
    let again = enable(&ana, &authenticator.code(&app)).await;
    assert_eq!(again.user_errors(), ["NOT_POSSIBLE"]);
}

async fn a_recovery_code_opens_once_and_new_ones_replace_the_old(app: TestApp) {
    let (ana, _, codes) = ana(&app).await;
    let phone = app.visitor();
    let typed = codes[0].to_uppercase().replace('-', " ");
    assert_eq!(
        sign_in(&phone, PASSWORD, Some(&typed)).await.user_errors(),
        NONE
    );
    let other = app.visitor();
    let again = sign_in(&other, PASSWORD, Some(&codes[0])).await;
    assert_eq!(again.user_errors(), ["WRONG_CODE"]);
    let left = ana
        .query("{ me { secondFactor { recoveryCodesLeft } } }")
        .await;
    assert_eq!(left.at("/me/secondFactor/recoveryCodesLeft"), 9);

    let renewed = ana
        .query("mutation { renewRecoveryCodes { recoveryCodes userErrors { code } } }")
        .await;
    let fresh = texts(&renewed.at("/renewRecoveryCodes/recoveryCodes"));
    assert_eq!(fresh.len(), 10);
    assert!(fresh.iter().all(|code| !codes.contains(code)));
    let old = sign_in(&other, PASSWORD, Some(&codes[1])).await;
    assert_eq!(old.user_errors(), ["WRONG_CODE"]);
    let new = sign_in(&other, PASSWORD, Some(&fresh[1])).await;
    assert_eq!(new.user_errors(), NONE);
    // Another member's code is none of mine.
    let ben = app.visitor();
    ben.sign_up("Ben", "1990-01-01").await;
    let none = ben
        .query("mutation { renewRecoveryCodes { recoveryCodes userErrors { code } } }")
        .await;
    assert_eq!(none.user_errors(), ["NOT_POSSIBLE"]);
}

async fn the_password_alone_is_given_lately_in_no_session_any_more(app: TestApp) {
    let phone = app.visitor();
    let first = app.visitor();
    first.sign_up("Ana", "1990-01-01").await;
    phone.sign_in(EMAIL, PASSWORD).await;
    let key = prepare(&first).await.at("/prepareSecondFactor/key");
    let authenticator = Authenticator::learn(key.as_str().unwrap());
    enable(&first, &authenticator.code(&app)).await;
    // The other session was opened a moment ago, with the password alone.
    let off = "mutation { disableSecondFactor { userErrors { code } } }";
    assert_eq!(phone.query(off).await.codes(), ["REAUTH_REQUIRED"]);
    for code in [None, Some(authenticator.wrong(&app))] {
        let refused = give(&phone, code.as_deref()).await;
        assert_eq!(refused.user_errors().len(), 1, "{code:?}");
        assert_eq!(
            refused.at("/reauthenticate/reauthenticatedUntil"),
            json!(null)
        );
        assert_eq!(phone.query(off).await.codes(), ["REAUTH_REQUIRED"]);
    }
    app.clock.advance(chrono::TimeDelta::seconds(30));
    let code = authenticator.code(&app);
    assert_eq!(give(&phone, Some(&code)).await.user_errors(), NONE);
    // And once given, it opens nothing else.
    assert_eq!(
        give(&first, Some(&code)).await.user_errors(),
        ["WRONG_CODE"]
    );
    assert_eq!(phone.query(off).await.user_errors(), NONE);
}

async fn whoever_gave_both_switches_it_off(app: TestApp) {
    let (ana, authenticator, codes) = ana(&app).await;
    let off = "mutation { disableSecondFactor { me { secondFactor { enabledAt } } userErrors { code } } }";
    let done = ana.query(off).await;
    assert_eq!(done.at("/disableSecondFactor/me/secondFactor"), json!(null));
    let phone = app.visitor();
    assert_eq!(sign_in(&phone, PASSWORD, None).await.user_errors(), NONE);
    // A code too many does no harm.
    let other = app.visitor();
    let code = authenticator.code(&app);
    assert_eq!(
        sign_in(&other, PASSWORD, Some(&code)).await.user_errors(),
        NONE
    );
    // Switched on again, neither the old key nor the old codes count.
    let key = prepare(&ana).await.at("/prepareSecondFactor/key");
    let fresh = Authenticator::learn(key.as_str().unwrap());
    enable(&ana, &fresh.code(&app)).await;
    app.clock.advance(chrono::TimeDelta::seconds(30));
    for code in [authenticator.code(&app), codes[0].clone()] {
        let refused = sign_in(&app.visitor(), PASSWORD, Some(&code)).await;
        assert_eq!(refused.user_errors(), ["WRONG_CODE"]);
    }
}

async fn guesses_are_limited_and_do_not_lock_out_a_known_device(app: TestApp) {
    let (ana, authenticator, codes) = ana(&app).await;
    ana.query("mutation { signOut { signedOut } }").await;
    let thief = app.visitor().at_network("203.0.113.7");
    let wrong = authenticator.wrong(&app);
    for _ in 0..5 {
        let refused = sign_in(&thief, PASSWORD, Some(&wrong)).await;
        assert_eq!(refused.user_errors(), ["WRONG_CODE"]);
    }
    app.clock.advance(chrono::TimeDelta::seconds(30));
    // From elsewhere as well, and though the code is right: neither kind is worth more guesses.
    let elsewhere = app.visitor().at_network("198.51.100.7");
    for (client, code) in [
        (&thief, authenticator.code(&app)),
        (&elsewhere, authenticator.code(&app)),
        (&elsewhere, codes[0].clone()),
    ] {
        let refused = sign_in(client, PASSWORD, Some(&code)).await;
        assert_eq!(refused.codes(), ["RATE_LIMITED"]);
        assert!(client.whoami().await.is_none());
    }
    let code = authenticator.code(&app);
    assert_eq!(
        sign_in(&ana, PASSWORD, Some(&code)).await.user_errors(),
        NONE
    );
}

async fn it_changes_for_nobody_who_did_not_give_the_password_lately(app: TestApp) {
    let (ana, authenticator, _) = ana(&app).await;
    let ben = app.visitor();
    ben.sign_up("Ben", "1990-01-01").await;
    app.clock.advance(chrono::TimeDelta::minutes(20));
    assert!(ana.whoami().await.is_some() && ben.whoami().await.is_some());
    let before = app.db_dump().await;
    let code = authenticator.code(&app);
    let acts = [
        "mutation { prepareSecondFactor { key } }".to_owned(),
        format!(
            r#"mutation {{ enableSecondFactor(input: {{code: "{code}"}}) {{ recoveryCodes }} }}"#
        ),
        "mutation { renewRecoveryCodes { recoveryCodes } }".to_owned(),
        "mutation { disableSecondFactor { me { member { id } } } }".to_owned(),
    ];
    for act in acts {
        for (client, expected) in [
            (&ana, "REAUTH_REQUIRED"),
            (&ben, "REAUTH_REQUIRED"),
            (&app.visitor(), "UNAUTHENTICATED"),
        ] {
            let reply = client.query(&act).await;
            assert_eq!(reply.codes(), [expected], "{act}");
            app.assert_nothing_stored(&before, &act).await;
        }
    }
}

async fn two_at_once_with_one_code_are_one_who_comes_in(app: TestApp) {
    let (_, authenticator, codes) = ana(&app).await;
    app.clock.advance(chrono::TimeDelta::seconds(30));
    for code in [authenticator.code(&app), codes[3].clone()] {
        let (one, other) = (app.visitor(), app.visitor());
        let (first, second) = tokio::join!(
            sign_in(&one, PASSWORD, Some(&code)),
            sign_in(&other, PASSWORD, Some(&code))
        );
        let mut errors = first.user_errors();
        errors.extend(second.user_errors());
        assert_eq!(errors, ["WRONG_CODE"]);
    }
}

async fn the_database_holds_nothing_that_opens(app: TestApp) {
    let ana = app.visitor();
    ana.sign_up("Ana", "1990-01-01").await;
    let key = prepare(&ana).await.at("/prepareSecondFactor/key");
    let key = key.as_str().unwrap().to_owned();
    let authenticator = Authenticator::learn(&key);
    let enabled = enable(&ana, &authenticator.code(&app)).await;
    let codes = texts(&enabled.at("/enableSecondFactor/recoveryCodes"));
    let dump = format!("{:?}", app.db_dump().await);
    assert!(dump.contains("recovery_codes"), "{dump}");
    let bytes = data_encoding::BASE32_NOPAD.decode(key.as_bytes()).unwrap();
    let hex = data_encoding::HEXLOWER.encode(&bytes);
    let plain: Vec<String> = codes.iter().map(|code| code.replace('-', "")).collect();
    for secret in codes.iter().chain(&plain).chain([&key, &hex]) {
        assert!(!dump.to_lowercase().contains(&secret.to_lowercase()));
    }
}

async fn a_server_with_another_secret_opens_by_recovery_code(app: TestApp) {
    let (_, authenticator, codes) = ana(&app).await;
    app.db_sql("UPDATE second_factors SET sealed_key = 'AAAA'")
        .await;
    app.clock.advance(chrono::TimeDelta::seconds(30));
    let phone = app.visitor();
    let refused = sign_in(&phone, PASSWORD, Some(&authenticator.code(&app))).await;
    assert_eq!(refused.user_errors(), ["WRONG_CODE"]);
    assert_eq!(
        sign_in(&phone, PASSWORD, Some(&codes[9]))
            .await
            .user_errors(),
        NONE
    );
}
