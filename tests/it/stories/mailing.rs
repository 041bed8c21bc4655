//! Mails about one's account, and what becomes of them where nobody takes them.

use std::{fs, path::Path, time::Duration};

use chrono::TimeDelta;
use letterlock::{
    domain::mail::{Dead, LEASE, MOST_ATTEMPTS},
    graphql::news::Newsroom,
    jobs::mails::{self, Post, carry_due},
    mail::{carrier::Carrier, letters::Sender},
    store::outbox::{Mail, Next},
};
use libtest_mimic::Trial;

use super::{linking, second_factor};
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
        whoever_replaces_the_address_gets_no_mail_of_what_they_did_before,
        every_change_of_the_account_is_told_by_mail,
        a_server_that_is_away_gets_the_mail_later,
        a_server_that_does_not_take_ours_loses_none,
        a_server_that_dies_gets_the_same_mail_again,
        what_is_refused_for_good_or_too_often_is_tried_no_more_until_the_operator_says_so,
        whoever_dies_in_the_middle_loses_no_mail,
        whoever_comes_late_changes_nothing_but_that_it_went,
        a_mail_that_ends_whoever_tries_it_is_tried_no_more,
        a_server_that_ends_lets_the_mail_come_to_its_end,
        two_who_carry_try_each_mail_once,
        an_account_that_goes_takes_its_mails_along,
        what_is_dead_is_forgotten_in_time,
    )
}

const CHANGED: &str = "mutation { changePassword(input: {newPassword: \"eight-owls-over-coimbra\"}) \
    { userErrors { code } } }";

const MOVED: &str =
    "mutation { changeEmail(input: {email: \"new@example.org\"}) { userErrors { code } } }";

/// Another address, whose link was followed.
async fn moved(app: &TestApp, client: &Client) {
    done(&client.query(MOVED).await);
    linking::follow_changes(app).await;
}

fn done(reply: &Reply) {
    assert_eq!(reply.user_errors(), Vec::<String>::new(), "{}", reply.text);
}

pub(crate) fn post(carrier: Carrier) -> Post {
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
    forget_links(app).await;
    ana
}

/// Links that wait are not what these tests are about.
async fn forget_links(app: &TestApp) {
    app.db_sql("DELETE FROM outbox WHERE kind > 1000").await;
}

/// Somebody whose password was changed just now.
async fn changed(app: &TestApp) -> Client {
    let ana = ana(app).await;
    done(&ana.query(CHANGED).await);
    ana
}

pub(super) async fn carry(app: &TestApp, post: &Post) -> usize {
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
    moved(&app, &ana).await;
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
    let (ana, _, codes) = second_factor::ana(&app).await;
    done(
        &ana.query("mutation { renewRecoveryCodes { userErrors { code } } }")
            .await,
    );
    done(
        &ana.query("mutation { disableSecondFactor { userErrors { code } } }")
            .await,
    );
    // From a device that had not before.
    let elsewhere = app.visitor();
    done(&elsewhere.sign_in("ana@example.org", PASSWORD).await);
    forget_links(&app).await;
    assert_eq!(carry(&app, &post).await, 4);
    let mails = read(place.path());
    for subject in [
        "Your second factor was switched on",
        "Your recovery codes were renewed",
        "Your second factor was switched off",
        "A new device signed in to your account",
    ] {
        let subject = format!("Subject: {subject}");
        let of = |mail: &&String| mail.contains(&subject);
        assert_eq!(mails.iter().filter(of).count(), 1, "{subject}: {mails:?}");
    }
    assert!(
        codes
            .iter()
            .all(|code| !mails.concat().contains(code.as_str()))
    );
}

async fn a_server_that_is_away_gets_the_mail_later(app: TestApp) {
    // The port is nobody's once the server is gone.
    let server = MailServer::start(&[]).await;
    let away = to(&server);
    drop(server);
    changed(&app).await;
    assert_eq!(carry(&app, &away).await, 0);
    let server = MailServer::start(&[Then::Answered("RCPT", "450 later"), Then::Taken]).await;
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
    let mut post = to(&server);
    changed(&app).await;
    for expected in [0, 0, 1] {
        assert_eq!(carry(&app, &post).await, expected);
        // It is the same mail though it comes from another address by now.
        post.sender.from = "Letters <letters@elsewhere.example>".parse().unwrap();
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
    let server = MailServer::start(&[Then::Answered("RCPT", "550 nobody of that name")]).await;
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

    let server = MailServer::start(&[Then::Answered("RCPT", "450 later")]).await;
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
    taken(&app).await;
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

async fn what_is_dead_is_forgotten_in_time(app: TestApp) {
    let server = MailServer::start(&[Then::Answered("RCPT", "550 nobody of that name")]).await;
    changed(&app).await;
    carry(&app, &to(&server)).await;
    for (days, left) in [(89, 1), (2, 0)] {
        app.clock.advance(TimeDelta::days(days));
        letterlock::jobs::forget(&app.services).await.unwrap();
        assert_eq!(app.services.store.dead_mails().await.unwrap().len(), left);
    }
}

async fn whoever_replaces_the_address_gets_no_mail_of_what_they_did_before(app: TestApp) {
    let place = tempfile::tempdir().unwrap();
    let post = post(Carrier::folder(place.path()).unwrap());
    let thief = changed(&app).await;
    moved(&app, &thief).await;
    assert_eq!(carry(&app, &post).await, 2);
    for mail in read(place.path()) {
        assert!(mail.contains("To: ana@example.org"), "{mail}");
    }
}

async fn a_server_that_does_not_take_ours_loses_none(app: TestApp) {
    let server = MailServer::start(&[
        Then::Answered("", "554 no service for you"),
        Then::Answered("AUTH", "535 that is not the password"),
        Then::Answered("MAIL", "530 who are you"),
        Then::Answered("MAIL", "538 not in the clear"),
        Then::Answered("DATA", "554 too many of yours"),
        Then::Taken,
    ])
    .await;
    let url = server.url.replace("smtp://", "smtp://ana:word@");
    let post = post(Carrier::server(&url.into()).unwrap());
    changed(&app).await;
    for expected in [0, 0, 0, 0, 0, 1] {
        assert_eq!(carry(&app, &post).await, expected);
        assert!(app.services.store.dead_mails().await.unwrap().is_empty());
        app.clock.advance(TimeDelta::hours(17));
    }
}

async fn next(app: &TestApp) -> Next {
    let now = app.clock.now().timestamp_millis();
    let next = app.services.store.next_mail(now, "here.example").await;
    next.unwrap().unwrap()
}

async fn taken(app: &TestApp) -> Mail {
    match next(app).await {
        Next::Mail(mail) => mail,
        Next::Dead(_, why) => panic!("{why:?}"),
    }
}

async fn whoever_comes_late_changes_nothing_but_that_it_went(app: TestApp) {
    let store = &app.services.store;
    changed(&app).await;
    let late = taken(&app).await;
    app.clock.advance(LEASE);
    let held = taken(&app).await;
    assert_eq!((late.id, held.attempts), (held.id, 2));
    assert_eq!(held.message_domain, late.message_domain);
    let soon = app.clock.now().timestamp_millis();
    let dump = app.db_dump().await;
    store
        .mail_waits(late.id, late.leased_until, soon)
        .await
        .unwrap();
    store
        .bury_mail(late.id, late.leased_until, Dead::Refused)
        .await
        .unwrap();
    assert_eq!(app.db_dump().await, dump);
    // Whoever holds it may.
    store
        .mail_waits(held.id, held.leased_until, soon)
        .await
        .unwrap();
    let held = taken(&app).await;
    store
        .bury_mail(held.id, held.leased_until, Dead::Refused)
        .await
        .unwrap();
    assert_eq!(store.dead_mails().await.unwrap().len(), 1);
    // That it went is true whoever says so.
    store.mail_went(late.id).await.unwrap();
    assert!(store.dead_mails().await.unwrap().is_empty());
}

async fn a_mail_that_ends_whoever_tries_it_is_tried_no_more(app: TestApp) {
    changed(&app).await;
    for _ in 0..MOST_ATTEMPTS {
        taken(&app).await;
        app.clock.advance(LEASE);
    }
    assert!(matches!(
        next(&app).await,
        Next::Dead(_, Dead::TriedTooOften)
    ));
    let dead = app.services.store.dead_mails().await.unwrap();
    assert_eq!(dead[0].why, Some(Dead::TriedTooOften));
}

async fn a_server_that_ends_lets_the_mail_come_to_its_end(app: TestApp) {
    let server = MailServer::start(&[Then::TakenSlowly]).await;
    let ana = changed(&app).await;
    done(&ana.query(CHANGED).await);
    let newsroom = Newsroom::new(app.services.clone());
    let carrying = mails::carry(app.services.clone(), newsroom, to(&server));
    while server.mails().is_empty() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    carrying.end(Duration::from_secs(30)).await;
    // The first went and is known to have gone; the other was not begun with.
    assert_eq!(server.mails().len(), 1);
    let left = "SELECT count(*) AS n FROM outbox WHERE attempts = 0";
    assert_eq!(app.db_sql(left).await, Some(1));
    let all = "SELECT count(*) AS n FROM outbox";
    assert_eq!(app.db_sql(all).await, Some(1));
}
