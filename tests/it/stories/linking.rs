//! Links in mails: that an address is one's own, and another password.

use std::fs;

use chrono::TimeDelta;
use letterlock::{
    domain::{id::LinkId, mail::LinkKind},
    mail::carrier::Carrier,
    viewer::links,
};
use libtest_mimic::Trial;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::{
    mailing::{carry, post},
    second_factor,
};
use crate::store::recorded;
use crate::support::{
    app::TestApp,
    backend::Backends,
    client::{Client, PASSWORD, Reply},
    trials,
};

pub(crate) fn trials(backends: &Backends) -> Vec<Trial> {
    trials!(
        backends;
        an_address_is_confirmed_once_by_the_link_that_went_there,
        another_address_is_ones_own_once_its_link_was_followed,
        whoever_asks_for_somebody_s_address_learns_nothing_and_they_do,
        a_change_that_waits_ends_with_what_ends_every_link,
        a_forgotten_password_is_replaced_by_a_link,
        asking_tells_nothing_of_whether_there_is_an_account,
        a_link_ends_with_its_time_a_later_one_and_whatever_changes_the_account,
        whoever_is_frozen_gets_no_link_and_none_is_good,
        a_second_factor_is_asked_for_still,
        two_at_once_choose_one_password,
        a_mailbox_gets_no_more_than_a_few,
        the_pages_do_as_the_api_does,
    )
}

const NONE: [&str; 0] = [];
const OTHER: &str = "eight-owls-over-coimbra";

/// The mails that go now, each to whom and with which link.
async fn mails(app: &TestApp) -> Vec<(String, String)> {
    let place = tempfile::tempdir().unwrap();
    let post = post(Carrier::folder(place.path()).unwrap());
    carry(app, &post).await;
    let mut mails = Vec::new();
    for entry in fs::read_dir(place.path().join("new")).unwrap() {
        let text = fs::read_to_string(entry.unwrap().path()).unwrap();
        // The plain form may be broken into lines.
        let whole = text.replace("=\r\n", "").replace("=3D", "=");
        let to = whole.lines().find_map(|line| line.strip_prefix("To: "));
        let link = whole
            .lines()
            .find_map(|line| line.strip_prefix("https://letterlock.example/mail/"))
            .unwrap_or_default();
        mails.push((to.unwrap().to_owned(), link.to_owned()));
    }
    mails.sort();
    mails
}

/// Follows every link that brings another address, as whoever reads mail there; whether its mail has gone does not matter.
pub(crate) async fn follow_changes(app: &TestApp) {
    let ids = "SELECT CAST(id AS TEXT) AS t FROM links WHERE kind = 3";
    for id in app.db_texts(ids).await {
        let id = LinkId::from_key(id.parse().unwrap());
        let token = links::text(&app.services.sealer, LinkKind::ChangeAddress, id);
        assert_eq!(confirm(&app.visitor(), &token).await, NONE);
    }
}

/// The one link that goes now.
async fn link(app: &TestApp, path: &str) -> String {
    let mails = mails(app).await;
    let links: Vec<&str> = mails
        .iter()
        .filter_map(|(_, link)| link.strip_prefix(path))
        .collect();
    assert_eq!(links.len(), 1, "{mails:?}");
    links[0].to_owned()
}

async fn forgot(client: &Client, email: &str) -> Reply {
    client
        .ask(
            "mutation($email: String!) { requestPasswordReset(input: {email: $email}) { userErrors { field code message } } }",
            json!({"email": email}),
        )
        .await
}

async fn reset(client: &Client, token: &str, password: &str) -> Vec<String> {
    client
        .ask(
            "mutation($token: String!, $word: String!) { resetPassword(input: {token: $token, newPassword: $word}) \
             { userErrors { field code } } }",
            json!({"token": token, "word": password}),
        )
        .await
        .user_errors()
}

async fn confirm(client: &Client, token: &str) -> Vec<String> {
    client
        .ask(
            "mutation($token: String!) { confirmEmail(input: {token: $token}) { userErrors { field code } } }",
            json!({"token": token}),
        )
        .await
        .user_errors()
}

async fn again(client: &Client) -> Reply {
    client
        .query(
            "mutation { requestEmailConfirmation { me { emailConfirmed } userErrors { code } } }",
        )
        .await
}

async fn confirmed(client: &Client) -> Value {
    client
        .query("{ me { emailConfirmed } }")
        .await
        .at("/me/emailConfirmed")
}

async fn signs_in(app: &TestApp, password: &str) -> Vec<String> {
    app.visitor()
        .sign_in("ana@example.org", password)
        .await
        .user_errors()
}

/// Ana, whose link to confirm her address has gone.
async fn ana(app: &TestApp) -> (Client, String) {
    let ana = app.visitor();
    ana.sign_up("Ana", "1990-01-01").await;
    let link = link(app, "confirm/").await;
    (ana, link)
}

/// A link to choose another password for Ana.
async fn asked(app: &TestApp) -> String {
    assert_eq!(
        forgot(&app.visitor(), "ANA@example.org")
            .await
            .user_errors(),
        NONE
    );
    link(app, "reset/").await
}

async fn an_address_is_confirmed_once_by_the_link_that_went_there(app: TestApp) {
    let (ana, link) = ana(&app).await;
    assert_eq!(confirmed(&ana).await, false);
    for wrong in ["", "x", &link[1..], &format!("{link}A")] {
        assert_eq!(confirm(&ana, wrong).await, ["LINK_INVALID"]);
    }
    assert_eq!(
        reset(&ana, &link, OTHER).await,
        ["LINK_INVALID"],
        "it is for another thing"
    );
    // On whatever device she reads her mail.
    assert_eq!(confirm(&app.visitor(), &link).await, NONE);
    assert_eq!(confirmed(&ana).await, true);
    assert_eq!(confirm(&ana, &link).await, ["LINK_INVALID"]);
    assert_eq!(again(&ana).await.user_errors(), ["NOT_POSSIBLE"]);
    assert!(mails(&app).await.is_empty());
    assert_eq!(again(&app.visitor()).await.codes(), ["UNAUTHENTICATED"]);
}

async fn change(client: &Client, email: &str) -> Reply {
    client
        .ask(
            "mutation($email: String!) { changeEmail(input: {email: $email}) \
             { me { emailConfirmed member { profile { email } } } userErrors { field code message } } }",
            json!({"email": email}),
        )
        .await
}

async fn address(client: &Client) -> Value {
    let me = client
        .query("{ me { member { profile { email } } } }")
        .await;
    me.at("/me/member/profile/email")
}

async fn another_address_is_ones_own_once_its_link_was_followed(app: TestApp) {
    let (ana, _) = ana(&app).await;
    let changed = change(&ana, "New@Example.org").await;
    assert_eq!(changed.user_errors(), NONE);
    // Nothing has changed, and nobody is told.
    assert_eq!(address(&ana).await, "ana@example.org");
    let asked = mails(&app).await;
    assert_eq!(asked.len(), 1);
    assert_eq!(asked[0].0, "New@example.org");
    let token = asked[0].1.strip_prefix("confirm/").unwrap();
    assert_eq!(reset(&ana, token, OTHER).await, ["LINK_INVALID"]);
    assert_eq!(confirm(&app.visitor(), token).await, NONE);
    assert_eq!(address(&ana).await, "New@example.org");
    assert_eq!(confirmed(&ana).await, true);
    assert_eq!(confirm(&ana, token).await, ["LINK_INVALID"]);
    // The old one is told, without the new one.
    assert_eq!(
        mails(&app).await,
        [("ana@example.org".to_owned(), String::new())]
    );
    assert_eq!(signs_in(&app, PASSWORD).await, ["SIGN_IN_FAILED"]);
    let entered = app.visitor().sign_in("new@example.org", PASSWORD).await;
    assert_eq!(entered.user_errors(), NONE);
}

async fn whoever_asks_for_somebody_s_address_learns_nothing_and_they_do(app: TestApp) {
    let (ana, _) = ana(&app).await;
    app.visitor().sign_up("Ben", "1990-01-01").await;
    mails(&app).await;
    let ask = async |email: &str| {
        app.recorder.clear();
        let reply = change(&ana, email).await;
        (reply.status, reply.text, recorded::texts(&app))
    };
    let taken = ask("BEN@example.org").await;
    let told = mails(&app).await;
    // At the address as he wrote it.
    assert_eq!(told, [("ben@example.org".to_owned(), String::new())]);
    let free = ask("nobody@example.org").await;
    assert!(free.2.len() > 5, "{:?}", free.2);
    assert_eq!(taken, free);
    // Of the two the later one is good, unless somebody else was there first.
    let token = link(&app, "confirm/").await;
    let cleo = app.visitor();
    let screened = cleo.screening_token("1990-01-01").await;
    let input = json!({"screeningToken": screened, "displayName": "Cleo", "email": "nobody@example.org", "password": PASSWORD});
    assert_eq!(cleo.sign_up_with(input).await.user_errors(), NONE);
    assert_eq!(confirm(&ana, &token).await, ["LINK_INVALID"]);
    assert_eq!(address(&ana).await, "ana@example.org");
}

async fn a_change_that_waits_ends_with_what_ends_every_link(app: TestApp) {
    let (ana, _) = ana(&app).await;
    let waiting = async |email: &str| {
        change(&ana, email).await;
        link(&app, "confirm/").await
    };
    let first = waiting("first@example.org").await;
    let second = waiting("second@example.org").await;
    assert_eq!(
        confirm(&ana, &first).await,
        ["LINK_INVALID"],
        "there is a later one"
    );
    app.clock.advance(TimeDelta::hours(24));
    assert_eq!(confirm(&ana, &second).await, ["LINK_INVALID"]);
    // A thief who has the session asks for an address of theirs; she changes her password in time.
    ana.sign_in("ana@example.org", PASSWORD).await;
    let thiefs = waiting("thief@example.org").await;
    let password = format!(
        "mutation {{ changePassword(input: {{newPassword: \"{OTHER}\"}}) {{ userErrors {{ code }} }} }}"
    );
    assert_eq!(ana.query(&password).await.user_errors(), NONE);
    assert_eq!(confirm(&app.visitor(), &thiefs).await, ["LINK_INVALID"]);
    assert_eq!(address(&ana).await, "ana@example.org");
    // Nor does a name come to show it meanwhile.
    mails(&app).await;
    let shown = waiting("shown@example.org").await;
    let named = ana
        .update_profile(json!({"displayName": "Shown@Example.org"}))
        .await;
    assert_eq!(named.user_errors(), NONE);
    assert_eq!(confirm(&ana, &shown).await, ["LINK_INVALID"]);
    assert_eq!(address(&ana).await, "ana@example.org");
}

async fn a_forgotten_password_is_replaced_by_a_link(app: TestApp) {
    let (ana, _) = ana(&app).await;
    let token = asked(&app).await;
    let visitor = app.visitor();
    assert_eq!(
        confirm(&visitor, &token).await,
        ["LINK_INVALID"],
        "it is for another thing"
    );
    for (weak, expected) in [
        ("short", "TOO_SHORT"),
        ("password123", "WEAK_PASSWORD"),
        ("ana@example.org", "WEAK_PASSWORD"),
    ] {
        assert_eq!(reset(&visitor, &token, weak).await, [expected]);
    }
    assert_eq!(reset(&visitor, &token, OTHER).await, NONE);
    // Nobody is signed in by it, and everybody who was is out.
    assert!(visitor.whoami().await.is_none());
    assert!(ana.whoami().await.is_none());
    assert_eq!(signs_in(&app, PASSWORD).await, ["SIGN_IN_FAILED"]);
    assert_eq!(
        reset(&visitor, &token, "nine-owls-over-coimbra").await,
        ["LINK_INVALID"]
    );
    let told = mails(&app).await;
    assert_eq!(told, [("ana@example.org".to_owned(), String::new())]);
    ana.sign_in("ana@example.org", OTHER).await;
    // Whoever had the link reads mail there.
    assert_eq!(confirmed(&ana).await, true);
    let notices = ana
        .query("{ me { notices(first: 5) { edges { node { kind } } } } }")
        .await;
    let newest = notices.at("/me/notices/edges/1/node/kind");
    assert_eq!(newest, "PASSWORD_CHANGED", "{}", notices.text);
}

async fn asking_tells_nothing_of_whether_there_is_an_account(app: TestApp) {
    ana(&app).await;
    let visitor = app.visitor();
    let ask = async |email: &str| {
        app.recorder.clear();
        let reply = forgot(&visitor, email).await;
        let statements = recorded::texts(&app);
        (reply.status, reply.text, statements)
    };
    let known = ask("ana@example.org").await;
    let unknown = ask("nobody@example.org").await;
    assert!(known.2.len() > 3, "{:?}", known.2);
    assert_eq!(known, unknown);
    // One mail came of both.
    link(&app, "reset/").await;
    assert_eq!(ask("no address").await.0, StatusCode::OK);
    assert_eq!(
        forgot(&visitor, "no address").await.user_errors(),
        ["MALFORMED"]
    );
    let left = "SELECT count(*) AS n FROM outbox";
    assert_eq!(app.db_sql(left).await, Some(0));
}

async fn a_link_ends_with_its_time_a_later_one_and_whatever_changes_the_account(app: TestApp) {
    let (ana, _) = ana(&app).await;
    let visitor = app.visitor();
    let late = asked(&app).await;
    app.clock.advance(TimeDelta::hours(1));
    assert_eq!(reset(&visitor, &late, OTHER).await, ["LINK_INVALID"]);
    let earlier = asked(&app).await;
    app.clock.advance(TimeDelta::minutes(30));
    let later = asked(&app).await;
    assert_eq!(reset(&visitor, &earlier, OTHER).await, ["LINK_INVALID"]);
    // Two that were asked for before either went are one mail.
    app.clock.advance(TimeDelta::minutes(30));
    forgot(&visitor, "ana@example.org").await;
    app.clock.advance(TimeDelta::minutes(30));
    let one = asked(&app).await;
    assert_eq!(reset(&visitor, &later, OTHER).await, ["LINK_INVALID"]);
    // Whoever has the mailbox for a moment, and asks, does not come in after she has changed her password or her address.
    ana.sign_in("ana@example.org", PASSWORD).await;
    let password = format!(
        "mutation {{ changePassword(input: {{newPassword: \"{OTHER}\"}}) {{ userErrors {{ code }} }} }}"
    );
    assert_eq!(ana.query(&password).await.user_errors(), NONE);
    assert_eq!(reset(&visitor, &one, PASSWORD).await, ["LINK_INVALID"]);
    app.clock.advance(TimeDelta::hours(1));
    mails(&app).await;
    let another = asked(&app).await;
    ana.sign_in("ana@example.org", OTHER).await;
    assert_eq!(change(&ana, "new@example.org").await.user_errors(), NONE);
    let confirmation = link(&app, "confirm/").await;
    assert_eq!(confirm(&ana, &confirmation).await, NONE);
    assert_eq!(reset(&visitor, &another, PASSWORD).await, ["LINK_INVALID"]);
    // What has expired is forgotten.
    app.clock.advance(TimeDelta::days(8));
    letterlock::jobs::forget(&app.services).await.unwrap();
    assert_eq!(app.db_sql("SELECT count(*) AS n FROM links").await, Some(0));
}

async fn whoever_is_frozen_gets_no_link_and_none_is_good(app: TestApp) {
    let (ana, confirmation) = ana(&app).await;
    let token = asked(&app).await;
    // And mails that wait: word of a new device, and another link.
    signs_in(&app, PASSWORD).await;
    forgot(&app.visitor(), "ana@example.org").await;
    let child = "mutation { correctBirthDate(input: {birthDate: \"2020-01-01\"}) { __typename } }";
    ana.query(child).await;
    let visitor = app.visitor();
    assert_eq!(reset(&visitor, &token, OTHER).await, ["LINK_INVALID"]);
    assert_eq!(confirm(&visitor, &confirmation).await, ["LINK_INVALID"]);
    assert!(mails(&app).await.is_empty());
    // Nothing goes of what is asked for now, or of what somebody else brings about.
    app.clock.advance(TimeDelta::hours(2));
    let ben = app.visitor();
    ben.sign_up("Ben", "1990-01-01").await;
    assert_eq!(mails(&app).await.len(), 1, "his own link");
    assert_eq!(
        forgot(&visitor, "ana@example.org").await.user_errors(),
        NONE
    );
    assert_eq!(change(&ben, "ana@example.org").await.user_errors(), NONE);
    assert!(mails(&app).await.is_empty());
    let left = "SELECT count(*) AS n FROM links WHERE kind <> 1";
    assert_eq!(app.db_sql(left).await, Some(0));
}

async fn a_second_factor_is_asked_for_still(app: TestApp) {
    let (_, _, codes) = second_factor::ana(&app).await;
    mails(&app).await;
    let token = asked(&app).await;
    assert_eq!(reset(&app.visitor(), &token, OTHER).await, NONE);
    assert_eq!(signs_in(&app, OTHER).await, ["SECOND_FACTOR_REQUIRED"]);
    let entered = second_factor::sign_in(&app.visitor(), OTHER, Some(&codes[0])).await;
    assert_eq!(entered.user_errors(), NONE);
}

async fn two_at_once_choose_one_password(app: TestApp) {
    ana(&app).await;
    let token = asked(&app).await;
    let (one, other) = (app.visitor(), app.visitor());
    let words = [OTHER, "nine-owls-over-coimbra"];
    let (first, second) = tokio::join!(
        reset(&one, &token, words[0]),
        reset(&other, &token, words[1])
    );
    let good: Vec<bool> = [first, second].iter().map(Vec::is_empty).collect();
    assert_eq!(good.iter().filter(|good| **good).count(), 1, "{good:?}");
    for (word, good) in words.iter().zip(good) {
        assert_eq!(signs_in(&app, word).await.is_empty(), good);
    }
}

async fn a_mailbox_gets_no_more_than_a_few(app: TestApp) {
    ana(&app).await;
    let mut texts = Vec::new();
    let mut went = 0;
    for network in 0..6 {
        let visitor = app.visitor_at(network);
        texts.push(forgot(&visitor, "ana@example.org").await.text);
        went += mails(&app).await.len();
    }
    // Whoever asks is not told that it was too often.
    texts.dedup();
    assert_eq!((texts.len(), went), (1, 3));
}

async fn the_pages_do_as_the_api_does(app: TestApp) {
    let (ana, confirmation) = ana(&app).await;
    let visitor = app.visitor();
    let go = async |method: Method, path: String, form: &'static str| {
        let request = visitor
            .request(method, &path)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(form);
        visitor.send(request).await
    };
    let page = go(Method::GET, format!("/mail/confirm/{confirmation}"), "").await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.text.contains("<button>"), "{}", page.text);
    assert_eq!(confirmed(&ana).await, false, "looking does nothing");
    let done = go(Method::POST, format!("/mail/confirm/{confirmation}"), "").await;
    assert_eq!(done.status, StatusCode::OK);
    assert_eq!(confirmed(&ana).await, true);
    let gone = go(Method::POST, format!("/mail/confirm/{confirmation}"), "").await;
    assert_eq!(gone.status, StatusCode::GONE);

    let token = asked(&app).await;
    let path = format!("/mail/reset/{token}");
    let weak = go(Method::POST, path.clone(), "password=password123").await;
    assert_eq!(weak.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(weak.text.contains("too easy to guess"), "{}", weak.text);
    let done = go(
        Method::POST,
        path.clone(),
        "password=eight-owls-over-coimbra",
    )
    .await;
    assert_eq!(done.status, StatusCode::OK, "{}", done.text);
    assert_eq!(signs_in(&app, OTHER).await, NONE);
    let gone = go(Method::POST, path, "password=nine-owls-over-coimbra").await;
    assert_eq!(gone.status, StatusCode::GONE);
    let other = go(Method::GET, format!("/mail/confirm/{token}"), "").await;
    assert_eq!(other.status, StatusCode::NOT_FOUND);
}
