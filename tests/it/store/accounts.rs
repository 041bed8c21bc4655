//! Accounts and sessions: made whole or not at all, and bounded.

use letterlock::{
    domain::{
        age::{AgeClass, BirthDate, Today},
        audience::Audience,
        email::Email,
        findable::Findable,
        handle::{Handle, Stem},
        id::{LinkId, MemberId, NoticeId, SessionId},
        mail::LinkKind,
        profile::Audiences,
    },
    privacy::{Permit, facts::Facts, wishes::KeepOwn},
    store::{
        Conflict, Error,
        accounts::Newcomer,
        links::NewLink,
        notices::Told,
        second_factor::{Factor, Verified},
        sessions::{MOST_DEVICES, MOST_SESSIONS, NewSession},
    },
    viewer::{
        links::{self, Link},
        who::Viewer,
    },
};
use libtest_mimic::Trial;

use crate::support::{
    app::TestApp,
    backend::Backends,
    client::PASSWORD,
    trials,
    world::{Person, Plan},
};

/// What opens the accounts of the tests' worlds.
const OPEN: Verified<'_> = Verified {
    password_hash: "!",
    factor: Factor::None,
};

pub(crate) fn trials(backends: &Backends) -> Vec<Trial> {
    trials!(backends;
        a_newcomer_is_admitted_whole,
        a_conflict_on_any_of_them_leaves_nothing,
        an_address_of_another_account_is_refused,
        sessions_are_bounded_and_the_least_used_goes,
        the_session_that_begins_is_never_the_one_that_goes,
        devices_are_bounded_and_the_least_used_goes,
    )
}

/// Leave for a person of the database to keep their own account, as the facts stand now.
pub(super) async fn own_permit(app: &TestApp, person: &Person) -> Permit<KeepOwn> {
    let facts = app.services.store.facts_on(Today::at(app.clock.now()));
    let cases = facts
        .cases(Viewer::Member(person.id), &[person.id])
        .await
        .unwrap();
    Permit::ask(&cases[0]).unwrap()
}

/// Gives somebody of the database the password of everybody in the tests.
pub(super) async fn give_password(app: &TestApp, person: &Person) {
    let passwords = &app.services.passwords;
    let password = passwords
        .check_new(PASSWORD.into(), &[])
        .await
        .unwrap()
        .unwrap();
    let hash = passwords.hash(&password).await.unwrap();
    let id = person.id.key();
    let sql = format!("UPDATE accounts SET password_hash = '{hash}' WHERE member_id = {id}");
    app.db_sql(&sql).await;
}

/// Somebody with a screening token, an address and handles of their own.
pub(super) fn newcomer(app: &TestApp, name: &str) -> Newcomer {
    let mut rng = rand::rng();
    let now = app.clock.now();
    Newcomer {
        id: MemberId::random(&mut rng),
        handles: vec![Handle::mint(&Stem::parse("somebody").unwrap(), &mut rng)],
        display_name: name.to_owned(),
        email: Email::parse(&format!("{name}@example.org")).unwrap(),
        password_hash: "!".to_owned(),
        birth: BirthDate::parse_iso("1990-03-04", now).unwrap(),
        audiences: Audiences::defaults(AgeClass::Adult),
        findable: Findable::defaults(AgeClass::Adult),
        contact: letterlock::domain::contact::ContactRules::unchosen(),
        screening: rand::random(),
        screening_expires_at: now.timestamp_millis() + 900_000,
        confirmation: link(),
        now: now.timestamp_millis(),
    }
}

/// How many rows an admission makes in each table that it writes to.
pub(super) async fn rows(app: &TestApp) -> [i64; 7] {
    let mut counts = [0; 7];
    for (count, table) in counts.iter_mut().zip([
        "used_screenings",
        "handles",
        "members",
        "accounts",
        "standings",
        "profiles",
        "presences",
    ]) {
        *count = app
            .db_sql(&format!("SELECT count(*) AS n FROM {table}"))
            .await
            .unwrap();
    }
    counts
}

async fn a_newcomer_is_admitted_whole(app: TestApp) {
    let store = &app.services.store;
    store.admit(&newcomer(&app, "ana")).await.unwrap();
    assert_eq!(rows(&app).await, [1; 7]);
    // A handle that is taken is passed over for the next one.
    let mut ben = newcomer(&app, "ben");
    let taken = newcomer(&app, "cleo");
    store.admit(&taken).await.unwrap();
    ben.handles.insert(0, taken.handles[0].clone());
    store.admit(&ben).await.unwrap();
    assert_eq!(rows(&app).await, [3; 7]);
    assert_eq!(
        store.holder_of(&taken.handles[0]).await.unwrap(),
        Some(taken.id)
    );
    assert_eq!(
        store.holder_of(&ben.handles[1]).await.unwrap(),
        Some(ben.id)
    );
}

async fn a_conflict_on_any_of_them_leaves_nothing(app: TestApp) {
    let store = &app.services.store;
    let ana = newcomer(&app, "ana");
    store.admit(&ana).await.unwrap();
    let mut by_email = newcomer(&app, "ben");
    by_email.email = Email::parse("ANA@example.org").unwrap();
    let mut by_screening = newcomer(&app, "ben");
    by_screening.screening = ana.screening;
    let mut by_handle = newcomer(&app, "ben");
    by_handle.handles = vec![ana.handles[0].clone(); 3];
    for (newcomer, conflict) in [
        (by_email, Conflict::Email),
        (by_screening, Conflict::Screening),
        (by_handle, Conflict::Handle),
    ] {
        let outcome = store.admit(&newcomer).await;
        assert!(
            matches!(outcome, Err(Error::Conflict(found)) if found == conflict),
            "{outcome:?}"
        );
        assert_eq!(rows(&app).await, [1; 7], "{conflict:?}");
    }
    // A screening token of a try that failed otherwise is not used up.
    let mut ben = newcomer(&app, "ben");
    let refused = Newcomer {
        email: ana.email.clone(),
        handles: ben.handles.clone(),
        ..newcomer(&app, "ben")
    };
    ben.screening = refused.screening;
    store.admit(&refused).await.unwrap_err();
    store.admit(&ben).await.unwrap();
    assert_eq!(rows(&app).await, [2; 7]);
}

/// Asks for another address and follows the link; says whether it was good.
pub(super) async fn moves(app: &TestApp, permit: &Permit<KeepOwn>, email: &Email) -> bool {
    let store = &app.services.store;
    let now = app.clock.now().timestamp_millis();
    let new = NewLink { id: link(), now };
    store.send_change(permit, email, new).await.unwrap();
    let sealer = &app.services.sealer;
    let text = links::text(sealer, LinkKind::ChangeAddress, new.id);
    let link = Link::open(sealer, &text).unwrap();
    store.confirm_address(&link, told()).await.unwrap()
}

async fn an_address_of_another_account_is_refused(app: TestApp) {
    let plans = ["Ana", "Ben"].map(|name| Plan::adult(name, Audience::Members));
    let people = app.db_world(&plans, &[], &[]).await;
    let store = &app.services.store;
    let permit = own_permit(&app, &people[0]).await;
    let taken = Email::parse("Ben@EXAMPLE.org").unwrap();
    assert!(!moves(&app, &permit, &taken).await);
    let holder = async |email: &str| {
        let email = Email::parse(email).unwrap();
        store
            .credentials_by_email(&email, [0; 32])
            .await
            .unwrap()
            .map(|found| found.member)
    };
    assert_eq!(holder("ana@example.org").await, Some(people[0].id));
    assert_eq!(holder("ben@example.org").await, Some(people[1].id));
    // One's own in another spelling is one's own.
    let own = Email::parse("ANA@example.org").unwrap();
    assert!(moves(&app, &permit, &own).await);
    let new = Email::parse("anna@example.org").unwrap();
    assert!(moves(&app, &permit, &new).await);
    assert_eq!(holder("anna@example.org").await, Some(people[0].id));
    assert_eq!(holder("ana@example.org").await, None);
}

/// A link that is to go.
pub(super) fn link() -> LinkId {
    LinkId::random(&mut rand::rng())
}

/// By which notice somebody is told of a change.
pub(super) fn told() -> Told {
    Told {
        id: NoticeId::random(&mut rand::rng()),
        now: 1,
    }
}

fn session(person: &Person, now: i64, bearer: bool) -> NewSession {
    NewSession {
        id: SessionId::random(&mut rand::rng()),
        member: person.id,
        digest: rand::random(),
        bearer,
        now,
        expires_at: now + 30 * 86_400_000,
        notice: None,
    }
}

/// Ana and Ben, with one session of Ben's, which no bound of Ana's may touch.
async fn two(app: &TestApp) -> (Person, i64) {
    let plans = ["Ana", "Ben"].map(|name| Plan::adult(name, Audience::Members));
    let people = app.db_world(&plans, &[], &[]).await;
    let now = app.clock.now().timestamp_millis();
    let bens = session(&people[1], now - 1_000_000, true);
    app.services
        .store
        .begin_session(&bens, OPEN, None, Some([0; 32]))
        .await
        .unwrap();
    (people[0].clone(), now)
}

async fn standing(app: &TestApp, session: &NewSession) -> bool {
    let now = app.clock.now();
    app.services
        .store
        .session(&session.digest, now.timestamp_millis(), 0, Today::at(now))
        .await
        .unwrap()
        .is_some()
}

async fn sessions_are_bounded_and_the_least_used_goes(app: TestApp) {
    let (ana, now) = two(&app).await;
    let mut all = Vec::new();
    for nth in 0..MOST_SESSIONS + 7 {
        let session = session(&ana, now - 100_000 + nth, nth % 2 == 0);
        app.services
            .store
            .begin_session(&session, OPEN, None, None)
            .await
            .unwrap();
        // The first of all stays in use, and so stays.
        app.services
            .store
            .touch_session(all.first().unwrap_or(&session).id, now + nth)
            .await
            .unwrap();
        all.push(session);
    }
    let count = app.db_sql("SELECT count(*) AS n FROM sessions").await;
    assert_eq!(count, Some(MOST_SESSIONS + 1));
    assert!(standing(&app, &all[0]).await);
    for (nth, session) in all.iter().enumerate().skip(1) {
        assert_eq!(standing(&app, session).await, nth > 7, "session {nth}");
    }
    // One that takes the place of another takes no other's.
    let last = all.last().unwrap().digest;
    let replacing = session(&ana, now + 500, false);
    app.services
        .store
        .begin_session(&replacing, OPEN, Some(last), None)
        .await
        .unwrap();
    assert_eq!(
        app.db_sql("SELECT count(*) AS n FROM sessions").await,
        count
    );
    assert!(!standing(&app, all.last().unwrap()).await);
    assert!(standing(&app, &replacing).await && standing(&app, &all[8]).await);
}

async fn the_session_that_begins_is_never_the_one_that_goes(app: TestApp) {
    let (ana, now) = two(&app).await;
    // All at the same millisecond, or noted by a machine whose clock is ahead.
    for ahead in [0, 5] {
        for _ in 0..MOST_SESSIONS + 9 {
            let session = session(&ana, now, true);
            app.services
                .store
                .begin_session(&session, OPEN, None, None)
                .await
                .unwrap();
            assert!(
                standing(&app, &session).await,
                "signed in and out again at once"
            );
        }
        let sql = format!("UPDATE sessions SET last_used_at = {}", now + ahead + 5);
        app.db_sql(&sql).await;
    }
}

async fn devices_are_bounded_and_the_least_used_goes(app: TestApp) {
    let (ana, now) = two(&app).await;
    let store = &app.services.store;
    let email = Email::parse("ana@example.org").unwrap();
    let knows = async |device: [u8; 32]| {
        let found = store.credentials_by_email(&email, device).await.unwrap();
        found.unwrap().known_device
    };
    let device = |nth: i64| [u8::try_from(nth + 1).unwrap(); 32];
    for nth in 0..MOST_DEVICES + 5 {
        for (device, at) in [(device(nth), now + nth), (device(0), now + nth)] {
            let session = session(&ana, at, false);
            store
                .begin_session(&session, OPEN, None, Some(device))
                .await
                .unwrap();
        }
    }
    let count = app.db_sql("SELECT count(*) AS n FROM devices").await;
    assert_eq!(count, Some(MOST_DEVICES + 1));
    assert!(knows(device(0)).await);
    for nth in 1..MOST_DEVICES + 5 {
        let known = knows(device(nth)).await;
        assert_eq!(known, nth > 5, "device {nth}");
    }
    // Ben's device is Ben's.
    assert!(!knows([0; 32]).await);
}
