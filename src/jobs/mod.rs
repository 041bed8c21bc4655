//! What runs beside: forgetting what has expired, and hearing other servers.

pub mod mails;

use std::{sync::Arc, time::Duration};

use chrono::TimeDelta;
use tokio::{
    task::JoinHandle,
    time::{Instant, MissedTickBehavior},
};

use crate::domain::{mail, notice};
use crate::graphql::services::Services;
use crate::store::Error;
use crate::viewer::entropy;

/// How often it runs.
const EVERY: Duration = Duration::from_secs(15 * 60);
/// How long a device that signed in is remembered without use.
const DEVICES_FOR: TimeDelta = TimeDelta::days(400);
/// The set time after which a frozen child's account is erased (policy clause C28 d).
pub const FROZEN_FOR: TimeDelta = TimeDelta::hours(24);

/// How long the upload of a photo may take: files without a photo are left alone for so long.
const UPLOADS_FOR: TimeDelta = TimeDelta::minutes(10);

/// A job that goes on until it is dropped.
#[derive(Debug)]
pub struct Job(JoinHandle<()>);

impl Drop for Job {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Begins to forget what has expired, now and again.
pub fn start(services: Arc<Services>) -> Job {
    Job(tokio::spawn(async move {
        let mut ticks = tokio::time::interval(EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            // It has been logged.
            let _ = forget(&services).await;
        }
    }))
}

/// The longest pause before it is listened again.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// Begins to hear what other servers announce; where the connection is lost, it is made anew.
pub fn hear(services: Arc<Services>) -> Job {
    Job(tokio::spawn(async move {
        let mut pause = Duration::from_millis(200);
        loop {
            let begun = Instant::now();
            if let Err(error) = services.store.hear().await {
                tracing::warn!(%error, "other servers are not heard for a moment");
            }
            // A connection that lasted is made anew at once.
            if begun.elapsed() > LONGEST_PAUSE {
                pause = Duration::from_millis(200);
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }))
}

/// Forgets, once, all that has expired. What cannot be forgotten now keeps nothing else from being forgotten; what failed first
/// is told.
pub async fn forget(services: &Services) -> Result<(), Error> {
    let now = services.clock.now();
    let millis = now.timestamp_millis();
    let before = |time: TimeDelta| (now - time).timestamp_millis();
    let store = &services.store;
    let mut outcome = Ok(());
    let mut note = |done: Result<(), Error>| {
        if let Err(error) = &done {
            tracing::warn!(%error, "something that has expired could not be forgotten this time");
        }
        if outcome.is_ok() {
            outcome = done;
        }
    };
    let idle = before(services.sessions.idle);
    let expired = store.forget_expired(millis, idle, before(DEVICES_FOR));
    note(expired.await.map(drop));
    note(store.forget_notices(before(notice::LASTS)).await.map(drop));
    match entropy::rng() {
        Ok(mut rng) => {
            let erased = store.erase_frozen(before(FROZEN_FOR), millis, &mut rng);
            note(erased.await.map(drop));
            // What was broken off goes on.
            note(store.spread_announcements(&mut rng).await.map(drop));
        }
        Err(error) => tracing::warn!(%error, "no random ids this time, for tombstones and notices"),
    }
    note(
        store
            .forget_dead_mails(before(mail::DEAD_FOR))
            .await
            .map(drop),
    );
    note(store.forget_photo_tickets(millis).await.map(drop));
    note(sweep_photos(services, before(UPLOADS_FOR)).await);
    services.throttles.tidy();
    outcome
}

/// Removes the files of photos that are gone, and of those that never came to be. Those that cannot be removed now are tried
/// again the next time.
async fn sweep_photos(services: &Services, begun_before: i64) -> Result<(), Error> {
    let mut after = None;
    loop {
        let names = services
            .store
            .photo_files_left(begun_before, after.as_ref())
            .await?;
        let Some(last) = names.last().cloned() else {
            return Ok(());
        };
        for name in &names {
            if !services.give_up_photo(name).await {
                tracing::warn!("files of a photo that is gone could not be removed this time");
            }
        }
        after = Some(last);
    }
}
