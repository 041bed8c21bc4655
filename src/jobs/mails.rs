//! Mails on their way.

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, TimeDelta};

use super::Job;
use crate::domain::mail::{Dead, MOST_ATTEMPTS, pause};
use crate::graphql::services::Services;
use crate::mail::{
    carrier::{Carrier, Failure},
    letters::{self, Occasion, Sender},
};
use crate::store::{
    Error,
    outbox::{Mail, Next},
};
use crate::viewer::entropy;

/// How often it is looked whether one is due.
const EVERY: Duration = Duration::from_secs(2);

/// Who takes mails away, and from whom they are.
#[derive(Clone, Debug)]
pub struct Post {
    /// Who takes them away.
    pub carrier: Carrier,
    /// From whom they are.
    pub sender: Sender,
}

/// Begins to have mails go. Several servers may: each mail is tried by one at a time.
pub fn carry(services: Arc<Services>, post: Post) -> Job {
    Job(tokio::spawn(async move {
        loop {
            if let Err(error) = carry_due(&services, &post).await {
                tracing::warn!(%error, "mails wait for a moment");
            }
            tokio::time::sleep(EVERY).await;
        }
    }))
}

/// Tries, once, every mail that is due; gives back how many went.
pub async fn carry_due(services: &Services, post: &Post) -> Result<usize, Error> {
    let mut went = 0;
    loop {
        let now = services.clock.now().timestamp_millis();
        match services.store.next_mail(now).await? {
            None => return Ok(went),
            Some(Next::Mail(mail)) => went += usize::from(carry_one(services, post, &mail).await?),
            Some(Next::Unwritable(id)) => {
                tracing::error!(mail = id, "a mail cannot be written");
            }
        }
    }
}

async fn carry_one(services: &Services, post: &Post, mail: &Mail) -> Result<bool, Error> {
    let store = &services.store;
    let occasion = Occasion {
        id: mail.id,
        kind: mail.kind,
        at: DateTime::from_timestamp_millis(mail.made_at).unwrap_or_default(),
        to: &mail.to,
    };
    let message = match letters::write(&post.sender, &occasion) {
        Ok(message) => message,
        Err(fault) => {
            tracing::error!(mail = mail.id, %fault, "a mail cannot be written");
            store.bury_mail(mail.id, Dead::Unwritable).await?;
            return Ok(false);
        }
    };
    match post.carrier.carry(mail.id, &message).await {
        Ok(()) => {
            store.mail_went(mail.id).await?;
            return Ok(true);
        }
        Err(Failure::ForGood) => {
            tracing::warn!(mail = mail.id, "a mail was refused for good");
            store.bury_mail(mail.id, Dead::Refused).await?;
        }
        Err(Failure::ForNow(why)) if mail.attempts >= MOST_ATTEMPTS => {
            tracing::warn!(mail = mail.id, why, "a mail was tried too often");
            store.bury_mail(mail.id, Dead::TriedTooOften).await?;
        }
        Err(Failure::ForNow(why)) => {
            tracing::info!(mail = mail.id, why, "a mail waits");
            // Where there is no chance to be had, all wait as long.
            let [part] = entropy::bytes::<1>().unwrap_or_default();
            let wait: TimeDelta = pause(mail.attempts, part);
            let due = services.clock.now() + wait;
            store.mail_waits(mail.id, due.timestamp_millis()).await?;
        }
    }
    Ok(false)
}
