//! Mails about one's account, and what becomes of them where nobody takes them.

use std::{fs, path::Path};

use chrono::TimeDelta;
use letterlock::{
    domain::mail::{Dead, LEASE, MOST_ATTEMPTS},
    jobs::mails::{Post, carry_due},
    mail::{carrier::Carrier, letters::Sender},
    store::outbox::Next,
};
use libtest_mimic::Trial;

use crate::support::{
    app::TestApp,
    backend::Backends,
    client::{Client, PASSWORD, Reply},
    smtp::{MailServer, Then},
    trials,
};

pub(crate) fn trials(backends: &Backends) -> Vec<Trial> {
    trials!(
        backends;
        a_changed_password_is_told_by_mail_once,
        a_changed_address_is_told_to_the_old_one,
        every_change_of_the_account_is_told_by_mail,
        a_server_that_is_away_gets_the_mail_later,
        a_server_that_dies_gets_the_same_mail_again,
        what_is_refused_for_good_or_too_often_is_tried_no_more_until_the_operator_says_so,
        whoever_dies_in_the_middle_loses_no_mail,
        two_who_carry_try_each_mail_once,
        an_account_that_goes_takes_its_mails_along,
        what_waits_shows_no_address,
    )
}

const CHANGED: &str = "mutation { changePassword(input: {newPassword: \"eight-owls-over-coimbra\"}) \
    { userErrors { code } } }";

const MOVED: &str =
    "mutation { changeEmail(input: {email: \"new@example.org\"}) { userErrors { code } } }";

fn done(reply: &Reply) {
    assert_eq!(reply.user_errors(), Vec::<String>::new(), "{}", reply.text);
}

fn post(carrier: Carrier) -> Post {
    Post {
        carrier,
        sender: Sender {
            from: "Letterlock <letters@letterlock.example>".parse().unwrap(),
            site: "https://letterlock.example".to_owned(),
        },
    }
}

fn to(server: &MailServer) -> Post {
    post(Carrier::server(&server.url.clone().into()).unwrap())
}

async fn ana(app: &TestApp) -> Client {
    let ana = app.visitor();
    ana.sign_up("Ana", "1990-03-04").await;
    ana
}

/// Somebody whose password was changed just now.
async fn changed(app: &TestApp) -> Client {
    let ana = ana(app).await;
    done(&ana.query(CHANGED).await);
    ana
}

async fn carry(app: &TestApp, post: &Post) -> usize {
    carry_due(&app.services, post).await.unwrap()
}

fn read(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder.join("new")).unwrap();
    entries
        .map(|entry| fs::read_to_string(entry.unwrap().path()).unwrap())
        .collect()
}

fn message_id(mail: &str) -> &str {
    mail.lines()
        .find(|line| line.starts_with("Message-ID:"))
        .unwrap()
}

async fn a_changed_password_is_told_by_mail_once(app: TestApp) {
    let place = tempfile::tempdir().unwrap();
    let post = post(Carrier::folder(place.path()).unwrap());
    changed(&app).await;
    assert_eq!(carry(&app, &post).await, 1);
    let mails = read(place.path());
    assert_eq!(mails.len(), 1);
    assert!(mails[0].contains("To: ana@example.org"), "{}", mails[0]);
    assert!(mails[0].contains("Subject: Your password was changed"));
    assert!(!mails[0].contains("owls"));
    assert_eq!(carry(&app, &post).await, 0);
}

async fn a_changed_address_is_told_to_the_old_one(app: TestApp) {
    let place = tempfile::tempdir().unwrap();
    let post = post(Carrier::folder(place.path()).unwrap());
    let ana = ana(&app).await;
    done(&ana.query(MOVED).await);
    assert_eq!(carry(&app, &post).await, 1);
    let mails = read(place.path());
    assert!(mails[0].contains("To: ana@example.org"), "{}", mails[0]);
    // Whoever reads the old mailbox now does not learn the new address.
    assert!(!mails[0].contains("new@example.org"));
    // What comes after goes to the new one.
    done(&ana.query(CHANGED).await);
    assert_eq!(carry(&app, &post).await, 1);
    let mails = read(place.path());
    assert!(
        mails
            .iter()
            .any(|mail| mail.contains("To: new@example.org"))
    );
}

async fn every_change_of_the_account_is_told_by_mail(app: TestApp) {
    let place = tempfile::tempdir().unwrap();
    let post = post(Carrier::folder(place.path()).unwrap());
    ana(&app).await;
    // From a device that had not before.
    let elsewhere = app.visitor();
    done(&elsewhere.sign_in("ana@example.org", PASSWORD).await);
    assert_eq!(carry(&app, &post).await, 1);
    assert!(read(place.path())[0].contains("A new device signed in"));
}

async fn a_server_that_is_away_gets_the_mail_later(app: TestApp) {
    // The port is nobody's once the server is gone.
    let server = MailServer::start(&[]).await;
    let away = to(&server);
    drop(server);
    changed(&app).await;
    assert_eq!(carry(&app, &away).await, 0);
    let server = MailServer::start(&[Then::Answered("450 later"), Then::Taken]).await;
    let there = to(&server);
    // Not before its time.
    assert_eq!(carry(&app, &there).await, 0);
    assert_eq!(server.mails().len(), 0);
    app.clock.advance(TimeDelta::minutes(3));
    assert_eq!(carry(&app, &there).await, 0, "it wants it later");
    app.clock.advance(TimeDelta::minutes(5));
    assert_eq!(carry(&app, &there).await, 1);
    assert_eq!(server.mails().len(), 1);
}

async fn a_server_that_dies_gets_the_same_mail_again(app: TestApp) {
    let server = MailServer::start(&[Then::DiesWithin, Then::DiesAfter, Then::Taken]).await;
    let post = to(&server);
    changed(&app).await;
    for expected in [0, 0, 1] {
        assert_eq!(carry(&app, &post).await, expected);
        app.clock.advance(TimeDelta::hours(1));
    }
    let mails = server.mails();
    assert_eq!(mails.len(), 2, "it had it once without saying so");
    assert_eq!(message_id(&mails[0]), message_id(&mails[1]));
    assert_eq!(carry(&app, &post).await, 0);
}

async fn what_is_refused_for_good_or_too_often_is_tried_no_more_until_the_operator_says_so(
    app: TestApp,
) {
    let server = MailServer::start(&[Then::Answered("550 nobody of that name")]).await;
    let never = to(&server);
    let ana = changed(&app).await;
    carry(&app, &never).await;
    let store = &app.services.store;
    let why = |dead: &[letterlock::store::outbox::DeadMail]| -> Vec<Option<Dead>> {
        dead.iter().map(|mail| mail.why).collect()
    };
    let dead = store.dead_mails().await.unwrap();
    assert_eq!(why(&dead), [Some(Dead::Refused)]);
    assert_eq!(dead[0].attempts, 1);

    let server = MailServer::start(&[Then::Answered("450 later")]).await;
    let later = to(&server);
    app.clock.advance(TimeDelta::seconds(1));
    done(&ana.query(CHANGED).await);
    for _ in 0..MOST_ATTEMPTS {
        carry(&app, &later).await;
        app.clock.advance(TimeDelta::hours(17));
    }
    let dead = store.dead_mails().await.unwrap();
    assert_eq!(why(&dead), [Some(Dead::TriedTooOften), Some(Dead::Refused)]);
    assert_eq!(dead[0].attempts, MOST_ATTEMPTS);

    let server = MailServer::start(&[]).await;
    let there = to(&server);
    assert_eq!(carry(&app, &there).await, 0);
    let now = app.clock.now().timestamp_millis();
    assert_eq!(store.revive_mails(now).await.unwrap(), 2);
    assert_eq!(carry(&app, &there).await, 2);
    assert!(store.dead_mails().await.unwrap().is_empty());
}

async fn whoever_dies_in_the_middle_loses_no_mail(app: TestApp) {
    let place = tempfile::tempdir().unwrap();
    let post = post(Carrier::folder(place.path()).unwrap());
    changed(&app).await;
    // Another server takes it, and is never heard of again.
    let now = app.clock.now().timestamp_millis();
    let taken = app.services.store.next_mail(now).await.unwrap();
    assert!(matches!(taken, Some(Next::Mail(_))));
    assert_eq!(carry(&app, &post).await, 0);
    app.clock.advance(LEASE);
    assert_eq!(carry(&app, &post).await, 1);
}

async fn two_who_carry_try_each_mail_once(app: TestApp) {
    let server = MailServer::start(&[]).await;
    let post = to(&server);
    let ana = ana(&app).await;
    for _ in 0..5 {
        done(&ana.query(CHANGED).await);
    }
    let (one, other) = tokio::join!(carry(&app, &post), carry(&app, &post));
    assert_eq!(one + other, 5);
    let mails = server.mails();
    let mut ids: Vec<&str> = mails.iter().map(|mail| message_id(mail)).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!((mails.len(), ids.len()), (5, 5));
}

async fn an_account_that_goes_takes_its_mails_along(app: TestApp) {
    let place = tempfile::tempdir().unwrap();
    let post = post(Carrier::folder(place.path()).unwrap());
    let ana = changed(&app).await;
    ana.query("mutation { correctBirthDate(input: {birthDate: \"2020-01-01\"}) { __typename } }")
        .await;
    app.clock.advance(TimeDelta::days(2));
    letterlock::jobs::forget(&app.services).await.unwrap();
    assert_eq!(carry(&app, &post).await, 0);
    assert_eq!(
        app.db_sql("SELECT count(*) AS n FROM outbox").await,
        Some(0)
    );
}

async fn what_waits_shows_no_address(app: TestApp) {
    let ana = ana(&app).await;
    done(&ana.query(MOVED).await);
    let dump = format!("{:?}", app.db_dump().await);
    assert!(!dump.contains("ana@example.org") && !dump.contains("new@example.org"));
}
