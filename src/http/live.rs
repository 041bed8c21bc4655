//! What both ways of going on have in common, over a WebSocket and by an event stream: how patient the service
//! is with those who stay, and how it takes its leave of them.

use std::{sync::Arc, time::Duration};

use tokio::sync::watch;

/// How patient the service is with those who stay.
#[derive(Clone, Debug)]
pub struct Patience {
    /// How long a socket may take until its `connection_init`. Default 10 seconds.
    pub introduction: Duration,
    /// After how long without a word from either side a socket is sent a `ping`. After two and a half times
    /// as long without a word from the client it is closed. Default 25 seconds, well below what a connection
    /// may go without giving the server anything to write.
    pub heartbeat: Duration,
    /// How long one message to a socket may take to be written. Default 10 seconds.
    pub writing: Duration,
    /// How often an event stream is sent a comment. Default 12 seconds.
    pub comment: Duration,
    /// Operations at a time on one socket. Default 32.
    pub operations: usize,
    /// How many operations may be begun on one socket within a minute. Default 60.
    pub subscribes: u32,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            introduction: Duration::from_secs(10),
            heartbeat: Duration::from_secs(25),
            writing: Duration::from_secs(10),
            comment: Duration::from_secs(12),
            operations: 32,
            subscribes: 60,
        }
    }
}

/// How those who stay hear that the server stops. Clones are one and the same.
///
/// A connection that has become a WebSocket is none of poem's any more, so that its own shutdown neither tells
/// it nor waits for it; and an event stream would hold that shutdown up to the end.
#[derive(Clone, Debug)]
pub struct Parting(Arc<watch::Sender<bool>>);

impl Default for Parting {
    fn default() -> Self {
        Self(Arc::new(watch::Sender::new(false)))
    }
}

impl Parting {
    /// Forgets that a server stopped before: the settings may outlive it.
    pub(super) fn begin(&self) {
        self.0.send_replace(false);
    }

    /// Tells all guests, those to come too.
    pub(super) fn tell(&self) {
        self.0.send_replace(true);
    }

    /// Is done when no guest is left.
    pub(super) async fn all_gone(&self) {
        self.0.closed().await;
    }

    /// Somebody who stays, until this is dropped.
    pub(super) fn guest(&self) -> Guest {
        Guest(self.0.subscribe())
    }
}

/// Somebody who stays.
pub(super) struct Guest(watch::Receiver<bool>);

impl Guest {
    /// Is done when the server stops, and at once if it has.
    pub(super) async fn told(&mut self) {
        if self.0.wait_for(|told| *told).await.is_err() {
            // Nobody is left who could tell.
            std::future::pending::<()>().await;
        }
    }
}
