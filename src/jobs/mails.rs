//! Mails on their way.

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, TimeDelta};
use tokio::{
    sync::watch,
    time::{sleep, timeout},
};

use super::Job;
use crate::domain::{
    id::{LinkId, MemberId},
    mail::{Dead, MOST_ATTEMPTS, MailKind, pause},
    notice::Category,
};
use crate::graphql::{news::Newsroom, services::Services};
use crate::mail::{
    carrier::{Carrier, Failure},
    letters::{self, Occasion, Sender},
};
use crate::store::{
    Error,
    outbox::{Mail, Next},
};
use crate::viewer::{entropy, links, refusing};

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

/// Mails that are carried until it is dropped.
#[derive(Debug)]
pub struct Carrying {
    stop: watch::Sender<bool>,
    job: Job,
}

impl Carrying {
    /// Lets the mail that is just being tried come to its end, for as long as this at most, and tries no other: one that a
    /// server has taken is not sent to it again.
    pub async fn end(mut self, patience: Duration) {
        self.stop.send_replace(true);
        if timeout(patience, &mut self.job.0).await.is_err() {
            tracing::warn!("a mail was being tried when the server ended: it is tried again");
        }
    }
}

/// Begins to have mails go. Several servers may: each mail is tried by one at a time.
pub fn carry(services: Arc<Services>, newsroom: Newsroom, post: Post) -> Carrying {
    let (stop, stopped) = watch::channel(false);
    let post = Arc::new(post);
    let job = tokio::spawn(async move {
        let mut ended = stopped.clone();
        loop {
            let (newsroom, post, stopped) = (newsroom.clone(), post.clone(), stopped.clone());
            let services = services.clone();
            // By itself, so that what breaks with one mail does not end all carrying.
            let round =
                tokio::spawn(
                    async move { carry_until(&services, &newsroom, &post, &stopped).await },
                );
            match round.await {
                Ok(Ok(_)) => {}
                Ok(Err(error)) => tracing::warn!(%error, "mails wait for a moment"),
                Err(_) => tracing::error!("carrying mails broke off, and goes on"),
            }
            tokio::select! {
                _ = ended.wait_for(|ended| *ended) => return,
                () = sleep(EVERY) => {}
            }
        }
    });
    Carrying {
        stop,
        job: Job(job),
    }
}

/// Tries, once, every mail that is due; gives back how many went.
pub async fn carry_due(services: &Arc<Services>, post: &Post) -> Result<usize, Error> {
    let newsroom = Newsroom::new(services.clone());
    carry_until(services, &newsroom, post, &watch::channel(false).1).await
}

async fn carry_until(
    services: &Services,
    newsroom: &Newsroom,
    post: &Post,
    stopped: &watch::Receiver<bool>,
) -> Result<usize, Error> {
    let mut went = 0;
    if let Err(error) = announce_news(services, newsroom).await {
        // Other mails do not wait for it.
        tracing::warn!(%error, "news waits for a moment");
    }
    while !*stopped.borrow() {
        let now = services.clock.now().timestamp_millis();
        let domain = post.sender.from.email.domain();
        match services.store.next_mail(now, domain).await? {
            None => break,
            Some(Next::Mail(mail)) => {
                went += usize::from(carry_one(services, newsroom, post, &mail).await?);
            }
            Some(Next::Dead(id, why)) => {
                tracing::error!(mail = id, why = why.name(), "a mail is not tried any more");
            }
        }
    }
    Ok(went)
}

/// Has mails with news go for whom there is any by now.
async fn announce_news(services: &Services, newsroom: &Newsroom) -> Result<(), Error> {
    let store = &services.store;
    let now = services.clock.now().timestamp_millis();
    for due in store.due_news(now).await? {
        let Some(lines) = news(services, newsroom, due.member, due.since).await? else {
            // The next time.
            continue;
        };
        if lines.is_empty() {
            store.no_news(due).await?;
            continue;
        }
        match entropy::rng() {
            Ok(mut rng) => store.send_news(due, LinkId::random(&mut rng), now).await?,
            Err(error) => tracing::warn!(%error, "no random ids this time, for news"),
        }
    }
    Ok(())
}

/// What is new for a member, which is nothing for one who is to have none by mail; `None` where it cannot be told now.
async fn news(
    services: &Services,
    newsroom: &Newsroom,
    member: MemberId,
    since: i64,
) -> Result<Option<Vec<String>>, Error> {
    if !services.store.wants_news(member).await? {
        return Ok(Some(Vec::new()));
    }
    match newsroom.since(member, since).await {
        Ok(lines) => Ok(Some(lines)),
        Err(failure) => {
            failure.note("news by mail");
            Ok(None)
        }
    }
}

async fn carry_one(
    services: &Services,
    newsroom: &Newsroom,
    post: &Post,
    mail: &Mail,
) -> Result<bool, Error> {
    let store = &services.store;
    let mut at = DateTime::from_timestamp_millis(mail.made_at).unwrap_or_default();
    let mut lines = Vec::new();
    // Made anew each time: the same, by the same secret.
    let link = match (mail.kind, mail.member) {
        (MailKind::Link(kind), _) => links::text(&services.sealer, kind, LinkId::from_key(mail.id)),
        (MailKind::News, Some(member)) => {
            // Now, since what was there when it was due may be there no more.
            let Some(told) = news(services, newsroom, member, mail.made_at).await? else {
                // As if nobody had tried: once the lease is over, it is tried again.
                return Ok(false);
            };
            lines = told;
            at = services.clock.now();
            refusing::link(&services.sealer, member, Category::Social).unwrap_or_default()
        }
        (MailKind::Told(_) | MailKind::AddressInUse | MailKind::News, _) => String::new(),
    };
    if mail.kind == MailKind::News && lines.is_empty() {
        store.mail_went(mail.id).await?;
        return Ok(false);
    }
    let occasion = Occasion {
        id: mail.id,
        kind: mail.kind,
        link: &link,
        news: &lines,
        at,
        to: &mail.to,
        message_domain: &mail.message_domain,
    };
    let bury = |why| store.bury_mail(mail.id, mail.leased_until, why);
    let message = match letters::write(&post.sender, &occasion) {
        Ok(message) => message,
        Err(fault) => {
            tracing::error!(mail = mail.id, %fault, "a mail cannot be written");
            bury(Dead::Unwritable).await?;
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
            bury(Dead::Refused).await?;
        }
        Err(Failure::ForNow(why)) if mail.attempts >= MOST_ATTEMPTS => {
            tracing::warn!(mail = mail.id, why, "a mail was tried too often");
            bury(Dead::TriedTooOften).await?;
        }
        Err(Failure::ForNow(why)) => {
            tracing::info!(mail = mail.id, why, "a mail waits");
            // Where there is no chance to be had, all wait as long.
            let [part] = entropy::bytes::<1>().unwrap_or_default();
            let wait: TimeDelta = pause(mail.attempts, part);
            let due = (services.clock.now() + wait).timestamp_millis();
            store.mail_waits(mail.id, mail.leased_until, due).await?;
        }
    }
    Ok(false)
}
