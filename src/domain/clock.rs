//! Time, passed in.
//!
//! Nothing in the service asks the operating system or the database for the time; it asks a [`Clock`],
//! so that a test can stand at the eve of a birthday.

use std::{
    sync::{
        Arc, OnceLock,
        atomic::{AtomicI64, Ordering},
    },
    time::Instant,
};

use chrono::{DateTime, TimeDelta, Utc};

/// Where the time comes from. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Clock(Source);

#[derive(Clone, Debug)]
enum Source {
    System,
    /// Milliseconds since the Unix epoch.
    Manual(Arc<AtomicI64>),
}

impl Clock {
    /// The machine's own clock.
    pub fn system() -> Self {
        Self(Source::System)
    }

    /// A clock that moves only when [`Clock::advance`] or [`Clock::set`] moves it, at `start` to begin with.
    pub fn manual(start: DateTime<Utc>) -> Self {
        Self(Source::Manual(Arc::new(AtomicI64::new(
            start.timestamp_millis(),
        ))))
    }

    /// Now, in UTC, to the millisecond.
    pub fn now(&self) -> DateTime<Utc> {
        match &self.0 {
            Source::System => from_millis(Utc::now().timestamp_millis()),
            Source::Manual(at) => from_millis(at.load(Ordering::SeqCst)),
        }
    }

    /// Milliseconds that pass as they do, whatever the machine's clock is set to; they begin anywhere. A
    /// manual clock's are its time.
    pub fn ticks(&self) -> u64 {
        static BEGUN: OnceLock<Instant> = OnceLock::new();
        match &self.0 {
            Source::System => {
                let since = BEGUN.get_or_init(Instant::now).elapsed();
                u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
            }
            Source::Manual(at) => u64::try_from(at.load(Ordering::SeqCst)).unwrap_or_default(),
        }
    }

    /// Moves a manual clock forward; a system clock stays where the world is.
    pub fn advance(&self, by: TimeDelta) {
        if let Source::Manual(at) = &self.0 {
            at.fetch_add(by.num_milliseconds(), Ordering::SeqCst);
        }
    }

    /// Puts a manual clock to `to`; a system clock stays where the world is.
    pub fn set(&self, to: DateTime<Utc>) {
        if let Source::Manual(at) = &self.0 {
            at.store(to.timestamp_millis(), Ordering::SeqCst);
        }
    }
}

/// The instant that is `millis` milliseconds after the Unix epoch; the epoch itself when out of range.
pub fn from_millis(millis: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(millis).unwrap_or_default()
}
