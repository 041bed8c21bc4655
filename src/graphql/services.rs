//! What the wire needs of the rest of the house.

use std::time::Duration;

use chrono::TimeDelta;

use super::listeners::Listeners;
use crate::domain::clock::Clock;
use crate::pictures::Pictures;
use crate::store::Store;
use crate::viewer::{
    passwords::Passwords,
    seal::Sealer,
    throttle::{Limit, SignInLimits, SignInThrottle, Throttle},
};

/// The parts that every request may use.
#[derive(Debug)]
pub struct Services {
    /// The way to the database.
    pub store: Store,
    /// Where the time comes from.
    pub clock: Clock,
    /// Argon2id, bounded.
    pub passwords: Passwords,
    /// Seals cursors and screening tokens.
    pub sealer: Sealer,
    /// Counts tries.
    pub throttles: Throttles,
    /// How long sessions last.
    pub sessions: SessionLife,
    /// The subscriptions of each member.
    pub listeners: Listeners,
    /// What photos go through.
    pub pictures: Pictures,
}

/// How long sessions last.
#[derive(Clone, Copy, Debug)]
pub struct SessionLife {
    /// From sign-in to the end, whatever happens.
    pub absolute: TimeDelta,
    /// Without use.
    pub idle: TimeDelta,
    /// How long a password counts as given lately.
    pub lately: TimeDelta,
    /// How long a request waits for the note of its own arrival to be written.
    pub note_patience: Duration,
}

impl Default for SessionLife {
    /// Thirty days; two weeks without use; a quarter of an hour; half a second.
    fn default() -> Self {
        Self {
            absolute: TimeDelta::days(30),
            idle: TimeDelta::days(14),
            lately: TimeDelta::minutes(15),
            note_patience: Duration::from_millis(500),
        }
    }
}

/// The limits on tries.
#[derive(Debug)]
pub struct Throttles {
    /// Signing in.
    pub sign_in: SignInThrottle,
    /// Signing up, by network: 20 an hour.
    pub sign_up: Throttle,
    /// The age screen, by network: 60 an hour.
    pub screening: Throttle,
    /// Acts that touch another member's settings version, by member: 240 a minute.
    pub acts: Throttle,
    /// Asking one member to become penpals, by member: 5 a day.
    pub asks: Throttle,
    /// Messages that are sent, by member: 120 a minute.
    pub messages: Throttle,
    /// The same: 2,000 a day, so that nobody fills the disk.
    pub messages_a_day: Throttle,
    /// Posts and comments, written or edited, by member.
    pub posts: Throttle,
    /// Members who are no penpals, written to for the first time, by member: 20 a day.
    pub strangers: Throttle,
    /// The same, for those who joined less than a week ago: 5 a day.
    pub newcomers: Throttle,
    /// What is reported to moderation, by member: 20 a day.
    pub reports: Throttle,
    /// Searches, their counts and their facets, by member, and of visitors by network: 300 a minute.
    pub searches: Throttle,
    /// Texts that are checked for what they tell, by member: 60 a minute.
    pub checks: Throttle,
    /// Looking for somebody by e-mail address, by member: 30 an hour.
    pub by_email: Throttle,
    /// Links to change one's e-mail address, by member: 10 an hour.
    pub change_email: Throttle,
    /// Links to choose another password, by network: 20 an hour.
    pub resets: Throttle,
    /// Mails that anybody asks for, by the address that they go to: 3 an hour.
    pub mailboxes: Throttle,
    /// Links to confirm one's address, by member: 5 an hour.
    pub confirmations: Throttle,
    /// Codes of a second factor, by member and known device: 5 an hour.
    pub code: Throttle,
    /// Photos that are sent, by member: 60 an hour.
    pub photos: Throttle,
    /// Passwords asked again of somebody who is signed in, by member: 10 in a quarter of an hour.
    pub password: Throttle,
}

impl Throttles {
    /// The limits as documented.
    pub fn new(clock: &Clock) -> Self {
        let hour = Duration::from_secs(60 * 60);
        let throttle = |times, within| Throttle::new(Limit::new(times, within), clock.clone());
        Self {
            sign_in: SignInThrottle::new(SignInLimits::default(), clock),
            sign_up: throttle(20, hour),
            screening: throttle(60, hour),
            acts: throttle(240, hour / 60),
            asks: throttle(5, hour * 24),
            messages: throttle(120, hour / 60),
            messages_a_day: throttle(2_000, hour * 24),
            posts: throttle(300, hour * 24),
            strangers: throttle(20, hour * 24),
            newcomers: throttle(5, hour * 24),
            reports: throttle(20, hour * 24),
            searches: throttle(300, hour / 60),
            checks: throttle(60, hour / 60),
            by_email: throttle(30, hour),
            change_email: throttle(10, hour),
            resets: throttle(20, hour),
            mailboxes: throttle(3, hour),
            confirmations: throttle(5, hour),
            code: throttle(5, hour),
            photos: throttle(60, hour),
            password: throttle(10, hour / 4),
        }
    }

    /// Forgets keys that no longer limit anybody.
    pub fn tidy(&self) {
        self.sign_in.tidy();
        self.sign_up.tidy();
        self.screening.tidy();
        self.acts.tidy();
        self.asks.tidy();
        self.messages.tidy();
        self.messages_a_day.tidy();
        self.posts.tidy();
        self.strangers.tidy();
        self.newcomers.tidy();
        self.reports.tidy();
        self.searches.tidy();
        self.checks.tidy();
        self.by_email.tidy();
        self.change_email.tidy();
        self.resets.tidy();
        self.mailboxes.tidy();
        self.confirmations.tidy();
        self.code.tidy();
        self.photos.tidy();
        self.password.tidy();
    }
}
