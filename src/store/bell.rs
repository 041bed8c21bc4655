//! Who is to look again: a bell for each member who listens. It carries nothing but that something may have come; what has,
//! each reads for themselves, and it is decided then.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use diesel::sql_types::Text;
use diesel_async::{RunQueryDsl, pooled_connection::deadpool::Object};
use futures_util::StreamExt;
use tokio::sync::watch;

use super::{
    Error, Store,
    conn::{Conn, Link, on},
    error::Cause,
    statement::{Dialect, Statement},
};
use crate::domain::id::MemberId;

/// What a bell rings for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Topic {
    /// Something may have come for a member.
    Mailbox(MemberId),
    /// One of a member's sessions has ended.
    Sessions(MemberId),
    /// A member was here.
    Presence(MemberId),
    /// A member may have been told of something.
    Notices(MemberId),
}

impl Topic {
    /// As it is announced to other servers, by the one of this number.
    fn payload(self, server: u64) -> String {
        let topic = match self {
            Topic::Mailbox(member) => format!("m{}", member.key()),
            Topic::Sessions(member) => format!("s{}", member.key()),
            Topic::Presence(member) => format!("p{}", member.key()),
            Topic::Notices(member) => format!("n{}", member.key()),
        };
        format!("{topic} {server:x}")
    }

    /// What another server than the one of this number has announced: here, the bell rang as soon as it was durable.
    fn read(payload: &str, server: u64) -> Option<Self> {
        let (topic, by) = payload.split_once(' ')?;
        if u64::from_str_radix(by, 16) == Ok(server) {
            return None;
        }
        let (kind, key) = topic.split_at_checked(1)?;
        let member = MemberId::from_key(key.parse().ok()?);
        match kind {
            "m" => Some(Topic::Mailbox(member)),
            "s" => Some(Topic::Sessions(member)),
            "p" => Some(Topic::Presence(member)),
            "n" => Some(Topic::Notices(member)),
            _ => None,
        }
    }
}

/// The bells of those who listen on this server.
#[derive(Clone, Debug)]
pub(super) struct Bell {
    topics: Arc<Mutex<HashMap<Topic, watch::Sender<()>>>>,
    /// By which other servers' announcements are told from this one's.
    server: u64,
}

impl Default for Bell {
    fn default() -> Self {
        Self {
            topics: Arc::default(),
            server: rand::random(),
        }
    }
}

/// Whether the bell has rung since it was last looked at.
#[derive(Debug)]
pub struct Rung {
    /// There until it is dropped.
    receiver: Option<watch::Receiver<()>>,
    bell: Bell,
    topic: Topic,
}

impl Rung {
    /// Waits until it rings; it has, where it rang since the last time.
    pub async fn changed(&mut self) {
        match &mut self.receiver {
            // The sender is there as long as somebody listens.
            Some(receiver) => drop(receiver.changed().await),
            None => std::future::pending().await,
        }
    }
}

impl Drop for Rung {
    fn drop(&mut self) {
        let mut bells = self
            .bell
            .topics
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        // The last who listens takes it down: nobody else may ever ring for it. Two who go at one time go one by one.
        drop(self.receiver.take());
        if bells
            .get(&self.topic)
            .is_some_and(|bell| bell.receiver_count() == 0)
        {
            bells.remove(&self.topic);
        }
    }
}

impl Bell {
    /// The number by which this server announces.
    pub(super) const fn server(&self) -> u64 {
        self.server
    }

    fn listen(&self, topic: Topic) -> Rung {
        let mut bells = self.topics.lock().unwrap_or_else(PoisonError::into_inner);
        let bell = bells.entry(topic).or_insert_with(|| watch::channel(()).0);
        Rung {
            receiver: Some(bell.subscribe()),
            bell: self.clone(),
            topic,
        }
    }

    /// Rings for these, whose mailboxes may have changed.
    pub(super) fn ring(&self, members: &[MemberId]) {
        for member in members {
            self.ring_for(Topic::Mailbox(*member));
        }
    }

    pub(super) fn ring_for(&self, topic: Topic) {
        let bells = self.topics.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(bell) = bells.get(&topic) {
            bell.send_replace(());
        }
    }

    fn ring_all(&self) {
        let bells = self.topics.lock().unwrap_or_else(PoisonError::into_inner);
        for bell in bells.values() {
            bell.send_replace(());
        }
    }
}

/// Tells the other servers, once the transaction is durable: ids alone. One statement.
pub(super) async fn announce(conn: &Conn, topics: &[Topic]) -> Result<(), Error> {
    if conn.dialect() == Dialect::Sqlite {
        return Ok(());
    }
    let payloads = topics.iter().map(|topic| topic.payload(conn.server));
    let payloads: serde_json::Value = payloads.collect();
    let mut statement = Statement::<Text>::new(conn.dialect());
    statement
        .sql("SELECT CAST(pg_notify('letterlock', topic) AS text) FROM json_array_elements_text(CAST(")
        .text(payloads.to_string())
        .sql(" AS json)) AS topic");
    on!(conn, c => statement.execute(c).await)?;
    Ok(())
}

impl Store {
    /// A bell that rings for a topic, whichever server it is about.
    pub fn bell(&self, topic: Topic) -> Rung {
        self.bell.listen(topic)
    }

    /// Hears what other servers announce, on PostgreSQL, as long as the connection lasts. On SQLite there is no other
    /// server, and this goes on for ever.
    ///
    /// # Errors
    ///
    /// When the connection is lost.
    pub async fn hear(&self) -> Result<(), Error> {
        if self.dialect() == Dialect::Sqlite {
            return std::future::pending().await;
        }
        let mut conn = self.conn().await?;
        let Link::Postgres(postgres) = &mut conn.link else {
            return Err(Error::Broken(Cause::new(
                "this is no connection of PostgreSQL's",
            )));
        };
        let Some(postgres) = postgres.take() else {
            return Err(Error::Broken(Cause::new(
                "a connection was used after its end",
            )));
        };
        // A connection of its own: the pool makes another in its place.
        let mut postgres = Object::take(*postgres);
        diesel::sql_query("LISTEN letterlock")
            .execute(&mut postgres)
            .await?;
        // What was announced meanwhile was not heard.
        self.bell.ring_all();
        let mut heard = std::pin::pin!(postgres.notifications_stream());
        while let Some(notice) = heard.next().await {
            match notice {
                Ok(notice) => {
                    if let Some(topic) = Topic::read(&notice.payload, self.bell.server) {
                        self.bell.ring_for(topic);
                    }
                }
                Err(error) => return Err(error.into()),
            }
        }
        Err(Error::Busy(Cause::new("the connection ended")))
    }
}
