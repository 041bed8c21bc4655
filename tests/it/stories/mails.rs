//! Which mails somebody wants: chosen in settings, or by one click without signing in.

use letterlock::{
    domain::{id::MemberId, mail::REFUSING_PATH, notice::Category},
    viewer::refusing::link,
};
use libtest_mimic::Trial;
use reqwest::{Method, StatusCode};
use serde_json::Value;

use crate::support::{
    app::TestApp,
    backend::Backends,
    client::{Client, Reply},
    log, trials,
};

pub(crate) fn trials(backends: &Backends) -> Vec<Trial> {
    trials!(
        backends;
        mails_are_chosen_by_category_and_some_cannot_be_refused,
        one_click_refuses_one_category_of_one_member_without_signing_in,
        a_link_tells_nothing_of_whose_it_is,
    )
}

async fn preferences(client: &Client) -> Value {
    let query = "{ me { mailPreferences { category wanted refusable } } }";
    client.query(query).await.at("/me/mailPreferences")
}

/// Those that are wanted.
async fn wanted(client: &Client) -> Vec<String> {
    let all = preferences(client).await;
    let wanted = all
        .as_array()
        .unwrap()
        .iter()
        .filter(|it| it["wanted"] == true);
    wanted
        .map(|it| it["category"].as_str().unwrap().to_owned())
        .collect()
}

async fn set(client: &Client, category: &str, wanted: bool) -> Reply {
    client
        .query(&format!(
            "mutation {{ setMailPreference(input: {{category: {category}, wanted: {wanted}}}) {{ \
             mailPreferences {{ category wanted }} userErrors {{ field code message }} }} }}"
        ))
        .await
}

async fn click(client: &Client, method: Method, link: &str) -> Reply {
    let request = client
        .request(method, &format!("{REFUSING_PATH}{link}"))
        .header("content-type", "application/x-www-form-urlencoded")
        .body("List-Unsubscribe=One-Click");
    client.send(request).await
}

async fn mails_are_chosen_by_category_and_some_cannot_be_refused(app: TestApp) {
    let ana = app.visitor_at(1);
    ana.sign_up("Ana", "1990-01-01").await;
    let ben = app.visitor_at(2);
    ben.sign_up("Ben", "1990-01-01").await;
    // Offers are for those who have asked for them.
    assert_eq!(wanted(&ana).await, ["SOCIAL", "SECURITY", "SERVICE"]);
    assert!(set(&ana, "MARKETING", true).await.user_errors().is_empty());
    assert!(set(&ana, "SOCIAL", false).await.user_errors().is_empty());
    assert_eq!(wanted(&ana).await, ["SECURITY", "SERVICE", "MARKETING"]);
    for category in ["SECURITY", "SERVICE"] {
        let refused = set(&ana, category, false).await.at("/setMailPreference");
        assert_eq!(refused["mailPreferences"], Value::Null);
        let error = &refused["userErrors"][0];
        assert_eq!(error["code"], "NOT_POSSIBLE");
        // And says why.
        assert!(
            error["message"]
                .as_str()
                .unwrap()
                .contains("cannot be refused: ")
        );
        assert!(set(&ana, category, true).await.user_errors().is_empty());
    }
    assert_eq!(wanted(&ana).await, ["SECURITY", "SERVICE", "MARKETING"]);
    assert_eq!(wanted(&ben).await, ["SOCIAL", "SECURITY", "SERVICE"]);
    let visitor = set(&app.visitor(), "SOCIAL", false).await;
    assert_eq!(visitor.codes(), ["UNAUTHENTICATED"]);
}

async fn one_click_refuses_one_category_of_one_member_without_signing_in(app: TestApp) {
    let ana = app.visitor_at(1);
    let ana_id = MemberId::from_global(&ana.sign_up("Ana", "1990-01-01").await).unwrap();
    let ben = app.visitor_at(2);
    ben.sign_up("Ben", "1990-01-01").await;
    set(&ana, "MARKETING", true).await;
    let social = link(&app.services.sealer, ana_id, Category::Social).unwrap();
    let nobody = app.visitor_at(3);
    // A scanner that opens each link of a mail changes nothing.
    for method in [Method::GET, Method::HEAD] {
        assert_eq!(click(&nobody, method, &social).await.status, StatusCode::OK);
    }
    assert_eq!(
        wanted(&ana).await,
        ["SOCIAL", "SECURITY", "SERVICE", "MARKETING"]
    );
    // Whoever's browser it is that clicks, the link says whose mails.
    let done = click(&ben, Method::POST, &social).await;
    assert_eq!(done.status, StatusCode::OK);
    assert_eq!(wanted(&ana).await, ["SECURITY", "SERVICE", "MARKETING"]);
    assert_eq!(wanted(&ben).await, ["SOCIAL", "SECURITY", "SERVICE"]);
    // Years later it works still, and again and again.
    set(&ana, "SOCIAL", true).await;
    app.clock.advance(chrono::TimeDelta::days(3 * 365));
    assert_eq!(click(&nobody, Method::POST, &social).await.text, done.text);
    ana.sign_in("ana@example.org", crate::support::client::PASSWORD)
        .await;
    assert_eq!(wanted(&ana).await, ["SECURITY", "SERVICE", "MARKETING"]);
    // The link is in no log, whatever becomes of it.
    app.db_sql("DROP TABLE mail_preferences").await;
    let failed = click(&nobody, Method::POST, &social).await;
    assert_eq!(failed.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(!log::lines().await.iter().any(|line| line.contains(&social)));
}

/// What a link does is the same whether its member is there, is gone, or never was; and what is no link shows no difference
/// either.
async fn a_link_tells_nothing_of_whose_it_is(app: TestApp) {
    let ana = app.visitor_at(1);
    let ana_id = MemberId::from_global(&ana.sign_up("Ana", "1990-01-01").await).unwrap();
    let of = |id| link(&app.services.sealer, id, Category::Social).unwrap();
    let nobody = app.visitor_at(3);
    let (there, never) = (of(ana_id), of(MemberId::from_key(77)));
    for method in [Method::GET, Method::POST] {
        let one = click(&nobody, method.clone(), &there).await;
        let other = click(&nobody, method, &never).await;
        assert_eq!((one.status, one.text), (other.status, other.text));
    }
    app.db_sql("DELETE FROM members").await;
    assert_eq!(
        click(&nobody, Method::POST, &there).await.status,
        StatusCode::OK
    );
    assert_eq!(app.db_count("mail_preferences").await, 0);
    // It opens nothing else: no session, no cursor.
    let bearer = nobody.with_bearer(&there);
    let refused = bearer.query("{ me { member { id } } }").await;
    assert_eq!(refused.codes(), ["UNAUTHENTICATED"]);
    for link in [&there[1..], "x", &there.to_uppercase()] {
        let refused = click(&nobody, Method::POST, link).await;
        assert_eq!(refused.status, StatusCode::NOT_FOUND);
        assert!(!refused.text.contains(link) || link == "x");
    }
}
