//! A request that is dropped in the midst of its work leaves no lock, no half of a write, and a pool that
//! goes on serving.

use std::time::{Duration, Instant};

use letterlock::{
    domain::{
        age::Today,
        audience::Audience,
        id::{BlockId, NoticeId, RequestId, SessionId},
        profile::Field,
    },
    privacy::{Permit, Wished, facts::Facts, wishes},
    store::{
        profiles::ProfileChanges,
        second_factor::{Factor, Verified},
        sessions::NewSession,
        settings::Choice,
    },
    viewer::who::Viewer,
};
use libtest_mimic::Trial;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha20Rng;
use serde_json::json;

use super::{
    accounts::{newcomer, own_permit, rows},
    concurrency::in_order,
};
use crate::support::{
    app::TestApp,
    backend::Backends,
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
        work_that_is_dropped_midway_leaves_nothing_behind,
        a_client_that_hangs_up_leaves_the_pool_whole,
    )
}

async fn permit<W: Wished>(app: &TestApp, viewer: &Person, subject: &Person) -> Option<Permit<W>> {
    let facts = app.services.store.facts_on(Today::at(app.clock.now()));
    let cases = facts
        .cases(Viewer::Member(viewer.id), &[subject.id])
        .await
        .unwrap();
    Permit::ask(&cases[0]).ok()
}

/// Does one thing of several through the store.
async fn work(app: &TestApp, people: &[Person], which: u32, nth: usize) {
    let store = &app.services.store;
    let mut rng = rand::rng();
    let now = app.clock.now().timestamp_millis();
    let (one, other) = (&people[nth % 3], &people[(nth + 1) % 3]);
    // Refusals are no concern of this test.
    match which {
        0 => {
            if let Some(permit) = permit::<wishes::Ask>(app, one, other).await {
                let _ = store
                    .ask(
                        &permit,
                        RequestId::random(&mut rng),
                        NoticeId::random(&mut rng),
                        now,
                    )
                    .await;
            }
        }
        1 => {
            if let Some(permit) = permit::<wishes::Accept>(app, other, one).await {
                let _ = store.accept(&permit, NoticeId::random(&mut rng), now).await;
            }
        }
        2 => {
            if let Some(permit) = permit::<wishes::End>(app, one, other).await {
                let _ = store.end(&permit).await;
            }
        }
        3 => {
            let permit = own_permit(app, one).await;
            let handle = letterlock::domain::handle::Handle::parse(&other.handle).unwrap();
            let _ = store
                .block_handle(&permit, &handle, BlockId::random(&mut rng), now)
                .await;
        }
        4 => {
            let _ = store.admit(&newcomer(app, &format!("newcomer{nth}"))).await;
        }
        5 => {
            let permit = own_permit(app, one).await;
            // Two tables at once: both say the same number, or the write is a half.
            let text = format!("version {nth}");
            let changes = ProfileChanges {
                display_name: Some(text.clone()),
                city: Some(Some(text)),
                languages: Some(Vec::new()),
                ..ProfileChanges::default()
            };
            let _ = store.update_profile(&permit, changes).await;
        }
        6 => {
            let session = NewSession {
                id: SessionId::random(&mut rng),
                member: one.id,
                digest: rand::random(),
                bearer: true,
                now,
                expires_at: now + 1,
                notice: Some(NoticeId::random(&mut rng)),
            };
            let _ = store
                .begin_session(&session, OPEN, None, Some(rand::random()))
                .await;
        }
        _ => {
            let permit = own_permit(app, one).await;
            let _ = store
                .set_audiences(
                    &permit,
                    &[Choice {
                        field: Field::City,
                        audience: Audience::Members,
                        lists: Vec::new(),
                        except: Vec::new(),
                    }],
                )
                .await;
        }
    }
}

async fn work_that_is_dropped_midway_leaves_nothing_behind(app: TestApp) {
    let plans = ["Ana", "Ben", "Cleo"].map(|name| Plan::adult(name, Audience::Members));
    let people = app.db_world(&plans, &[], &[]).await;
    let begun = rows(&app).await;
    let mut rng = ChaCha20Rng::seed_from_u64(11);
    let mut dropped = 0;
    for nth in 0..300 {
        let which = rng.random_range(0..8);
        let patience = Duration::from_micros(50 << rng.random_range(0..13));
        let work = tokio::task::unconstrained(work(&app, &people, which, nth));
        if tokio::time::timeout(patience, work).await.is_err() {
            dropped += 1;
        }
        if nth % 60 == 59 {
            app.db_sql("DELETE FROM blocks").await;
        }
    }
    assert!(
        dropped > 30 && dropped < 290,
        "{dropped} of 300 were dropped"
    );

    // No lock is left: everything can be written by somebody else, and soon.
    let since = Instant::now();
    for table in ["standings", "members", "accounts", "profiles"] {
        let column = if table == "members" {
            "id"
        } else {
            "member_id"
        };
        app.db_sql(&format!("UPDATE {table} SET {column} = {column}"))
            .await;
    }
    assert!(
        since.elapsed() < Duration::from_secs(5),
        "{:?}",
        since.elapsed()
    );

    // No half of a write is left.
    in_order(&app).await;
    let now = rows(&app).await;
    let made: Vec<i64> = now
        .iter()
        .zip(begun)
        .map(|(now, begun)| now - begun)
        .collect();
    assert!(
        made.iter().all(|count| *count == made[0]),
        "{now:?} {made:?}"
    );
    let halves = "SELECT count(*) AS n FROM members m JOIN profiles p ON p.member_id = m.id
        WHERE m.display_name LIKE 'version %' AND m.display_name <> p.city";
    assert_eq!(app.db_sql(halves).await, Some(0));
    let whole = "SELECT count(*) AS n FROM members m WHERE m.display_name LIKE 'version %'";
    assert_ne!(app.db_sql(whole).await, Some(0));

    // And the pool goes on, with all of its connections.
    let client = app.db_client(&people[0]).await;
    let asked = (0..40).map(|_| client.query("{ me { member { displayName profile { city } } } }"));
    for reply in futures_util::future::join_all(asked).await {
        assert_ne!(reply.at("/me/member/displayName"), json!(null));
    }
}

async fn a_client_that_hangs_up_leaves_the_pool_whole(app: TestApp) {
    let plans = ["Ana", "Ben", "Cleo"].map(|name| Plan::adult(name, Audience::Members));
    let people = app.db_world(&plans, &[], &[]).await;
    let clients = [
        app.db_client(&people[0]).await,
        app.db_client(&people[1]).await,
    ];
    let ids = [people[0].id.global(), people[1].id.global()];
    let mut rng = ChaCha20Rng::seed_from_u64(12);
    let mut hung_up = 0;
    for nth in 0..120 {
        let (client, other) = (&clients[nth % 2], &ids[(nth + 1) % 2]);
        let act = ["askPenpal", "acceptPenpal", "endPenpal"][rng.random_range(0..3)];
        let patience = Duration::from_micros(300 << rng.random_range(0..7));
        if tokio::time::timeout(patience, client.act(act, other))
            .await
            .is_err()
        {
            hung_up += 1;
        }
    }
    assert!(hung_up > 10, "{hung_up} of 120 hung up");
    let asked =
        (0..40).map(|_| clients[0].query("{ members(first: 9) { edges { node { handle } } } }"));
    for reply in futures_util::future::join_all(asked).await {
        assert_eq!(reply.at("/members/edges").as_array().unwrap().len(), 3);
    }
    in_order(&app).await;
}
