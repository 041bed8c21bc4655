//! What runs later: forgetting what has expired.

use std::{sync::Arc, time::Duration};

use chrono::TimeDelta;
use tokio::{task::JoinHandle, time::MissedTickBehavior};

use crate::graphql::services::Services;
use crate::store::Error;
use crate::viewer::entropy;

/// How often it runs.
const EVERY: Duration = Duration::from_secs(15 * 60);
/// How long a device that signed in is remembered without use.
const DEVICES_FOR: TimeDelta = TimeDelta::days(400);
/// The set time after which a frozen child's account is erased (policy clause C28 d).
pub const FROZEN_FOR: TimeDelta = TimeDelta::hours(24);

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
            if let Err(error) = forget(&services).await {
                tracing::warn!(%error, "what has expired could not be forgotten this time");
            }
        }
    }))
}

/// Forgets, once, all that has expired.
pub async fn forget(services: &Services) -> Result<(), Error> {
    let now = services.clock.now();
    let millis = now.timestamp_millis();
    services
        .store
        .forget_expired(
            millis,
            (now - services.sessions.idle).timestamp_millis(),
            (now - DEVICES_FOR).timestamp_millis(),
        )
        .await?;
    match entropy::rng() {
        Ok(mut rng) => {
            services
                .store
                .erase_frozen((now - FROZEN_FOR).timestamp_millis(), millis, &mut rng)
                .await?;
        }
        Err(error) => tracing::warn!(%error, "no random ids for tombstones this time"),
    }
    services.throttles.tidy();
    Ok(())
}
