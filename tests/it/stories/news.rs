//! News by mail of what others did: after a while, together, and as they are there for whoever gets them.

use std::fs;

use chrono::TimeDelta;
use letterlock::{
    domain::mail::{NEWS_AFTER, NEWS_PAUSE},
    jobs::mails::carry_due,
    mail::carrier::Carrier,
};
use libtest_mimic::Trial;
use reqwest::{Method, StatusCode};

use super::mailing::post;
use crate::support::{
    app::TestApp,
    backend::Backends,
    client::{Client, PASSWORD},
    smtp::{MailServer, Then},
    trials,
};

pub(crate) fn trials(backends: &Backends) -> Vec<Trial> {
    trials!(
        backends;
        what_others_did_is_told_after_a_while_and_together,
        what_is_not_there_any_more_is_not_told,
        what_is_not_there_for_them_brings_no_mail,
        whoever_wants_none_or_has_not_confirmed_gets_none,
        what_was_read_is_not_told,
        news_are_asked_anew_each_time_that_the_mail_is_tried,
    )
}

struct Somebody {
    client: Client,
    id: String,
}

async fn somebody(app: &TestApp, name: &str, network: u8) -> Somebody {
    let client = app.visitor_at(network);
    let id = client.sign_up(name, "1990-01-01").await;
    app.db_sql("UPDATE accounts SET confirmed_at = 1").await;
    app.db_sql("DELETE FROM outbox").await;
    Somebody { client, id }
}

impl Somebody {
    async fn asks(&self, other: &Somebody) {
        let reply = self.client.act("askPenpal", &other.id).await;
        assert_eq!(reply.user_errors(), Vec::<String>::new(), "{}", reply.text);
    }

    async fn blocks(&self, other: &Somebody) {
        let reply = self.client.block(&other.id).await;
        assert_eq!(reply.user_errors(), Vec::<String>::new(), "{}", reply.text);
    }
}

/// The mails that go now, whole, with their lines put together.
async fn mails(app: &TestApp) -> Vec<String> {
    let place = tempfile::tempdir().unwrap();
    let post = post(Carrier::folder(place.path()).unwrap());
    carry_due(&app.services, &post).await.unwrap();
    let entries = fs::read_dir(place.path().join("new")).unwrap();
    entries
        .map(|entry| fs::read_to_string(entry.unwrap().path()).unwrap())
        .map(|text| {
            text.replace("=\r\n", "")
                .replace("=3D", "=")
                .replace("\r\n ", " ")
        })
        .collect()
}

async fn number(app: &TestApp, table: &str) -> i64 {
    let count = format!("SELECT count(*) AS n FROM {table}");
    app.db_sql(&count).await.unwrap()
}

async fn what_others_did_is_told_after_a_while_and_together(app: TestApp) {
    let ana = somebody(&app, "Ana", 1).await;
    let ben = somebody(&app, "Ben", 2).await;
    let cleo = somebody(&app, "Cleo", 3).await;
    let dan = somebody(&app, "Dan", 4).await;
    ben.asks(&ana).await;
    cleo.asks(&ana).await;
    assert!(mails(&app).await.is_empty());
    app.clock.advance(NEWS_AFTER);
    let told = mails(&app).await;
    assert_eq!(told.len(), 1);
    let mail = &told[0];
    for part in [
        "To: ana@example.org",
        "- Ben asks to become penpals.",
        "- Cleo asks to become penpals.",
        "List-Unsubscribe-Post: List-Unsubscribe=One-Click",
    ] {
        assert!(mail.contains(part), "{part}: {mail}");
    }
    assert!(!mail.contains("Dan"));
    // What comes next waits for a while, and what was told is not told again.
    app.clock.advance(TimeDelta::seconds(1));
    dan.asks(&ana).await;
    app.clock.advance(NEWS_AFTER);
    assert!(mails(&app).await.is_empty());
    app.clock.advance(NEWS_PAUSE);
    let told = mails(&app).await;
    assert_eq!(told.len(), 1);
    assert!(
        told[0].contains("- Dan asks") && !told[0].contains("Ben"),
        "{}",
        told[0]
    );
    app.clock.advance(NEWS_PAUSE);
    assert!(mails(&app).await.is_empty());
    assert_eq!(
        number(&app, "news").await,
        0,
        "there is nothing to remember"
    );
    // The link that it brings refuses more.
    let (_, rest) = told[0]
        .split_once("List-Unsubscribe: <https://letterlock.example")
        .unwrap();
    let (path, _) = rest.split_once('>').unwrap();
    let request = app.visitor().request(Method::POST, path);
    assert_eq!(app.visitor().send(request).await.status, StatusCode::OK);
    app.clock.advance(TimeDelta::days(1));
    cleo.client.act("withdrawPenpal", &ana.id).await;
    let eve = somebody(&app, "Eve", 5).await;
    eve.asks(&ana).await;
    app.clock.advance(NEWS_AFTER);
    assert!(mails(&app).await.is_empty());
}

async fn what_is_not_there_any_more_is_not_told(app: TestApp) {
    let ana = somebody(&app, "Ana", 1).await;
    let ben = somebody(&app, "Ben", 2).await;
    let cleo = somebody(&app, "Cleo", 3).await;
    ben.asks(&ana).await;
    cleo.asks(&ana).await;
    ben.blocks(&ana).await;
    app.clock.advance(NEWS_AFTER);
    let told = mails(&app).await;
    assert_eq!(told.len(), 1);
    assert!(
        told[0].contains("Cleo") && !told[0].contains("Ben"),
        "{}",
        told[0]
    );
}

async fn what_is_not_there_for_them_brings_no_mail(app: TestApp) {
    let ana = somebody(&app, "Ana", 1).await;
    let ben = somebody(&app, "Ben", 2).await;
    ben.asks(&ana).await;
    ana.blocks(&ben).await;
    app.clock.advance(NEWS_AFTER);
    assert!(mails(&app).await.is_empty());
    assert_eq!(
        (number(&app, "news").await, number(&app, "outbox").await),
        (0, 0)
    );
    // Nor whoever is served nothing.
    let cleo = somebody(&app, "Cleo", 3).await;
    cleo.asks(&ana).await;
    let child = "mutation { correctBirthDate(input: {birthDate: \"2020-01-01\"}) { __typename } }";
    ana.client.sign_in("ana@example.org", PASSWORD).await;
    let frozen = ana.client.query(child).await;
    assert_eq!(frozen.codes(), Vec::<String>::new(), "{}", frozen.text);
    app.clock.advance(NEWS_AFTER);
    assert!(mails(&app).await.is_empty());
}

async fn whoever_wants_none_or_has_not_confirmed_gets_none(app: TestApp) {
    let ana = somebody(&app, "Ana", 1).await;
    let ben = somebody(&app, "Ben", 2).await;
    let cleo = somebody(&app, "Cleo", 3).await;
    for (ready, mails_of) in [
        ("UPDATE accounts SET confirmed_at = NULL", 0),
        ("UPDATE accounts SET confirmed_at = 1", 1),
    ] {
        app.db_sql(ready).await;
        let asker = if mails_of == 0 { &ben } else { &cleo };
        asker.asks(&ana).await;
        app.clock.advance(NEWS_AFTER);
        assert_eq!(mails(&app).await.len(), mails_of);
    }
    let refuse = "mutation { setMailPreference(input: {category: SOCIAL, wanted: false}) { userErrors { code } } }";
    ana.client.query(refuse).await;
    let dan = somebody(&app, "Dan", 4).await;
    dan.asks(&ana).await;
    app.clock.advance(NEWS_PAUSE + NEWS_AFTER);
    assert!(mails(&app).await.is_empty());
}

async fn what_was_read_is_not_told(app: TestApp) {
    let ana = somebody(&app, "Ana", 1).await;
    let ben = somebody(&app, "Ben", 2).await;
    ben.asks(&ana).await;
    let mine = ana
        .client
        .query("{ me { notices(first: 1) { edges { node { id } } } } }")
        .await;
    let id = mine.at("/me/notices/edges/0/node/id");
    let read =
        format!("mutation {{ markNoticesRead(input: {{upTo: {id}}}) {{ unreadNoticeCount }} }}");
    assert_eq!(
        ana.client
            .query(&read)
            .await
            .at("/markNoticesRead/unreadNoticeCount"),
        0
    );
    app.clock.advance(NEWS_AFTER);
    assert!(mails(&app).await.is_empty());
}

async fn news_are_asked_anew_each_time_that_the_mail_is_tried(app: TestApp) {
    let ana = somebody(&app, "Ana", 1).await;
    let ben = somebody(&app, "Ben", 2).await;
    let server = MailServer::start(&[Then::Answered("RCPT", "450 later"), Then::Taken]).await;
    let post = post(Carrier::server(&server.url.clone().into()).unwrap());
    ben.asks(&ana).await;
    app.clock.advance(NEWS_AFTER);
    assert_eq!(carry_due(&app.services, &post).await.unwrap(), 0);
    assert_eq!(number(&app, "outbox").await, 1);
    // While it waits.
    ana.blocks(&ben).await;
    app.clock.advance(TimeDelta::hours(1));
    assert_eq!(carry_due(&app.services, &post).await.unwrap(), 0);
    assert!(server.mails().is_empty());
    assert_eq!(number(&app, "outbox").await, 0);
}
