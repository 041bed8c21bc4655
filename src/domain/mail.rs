//! Mails: of what they are, how long is tried to have one go, and why one does not.

use chrono::TimeDelta;

use super::notice::NoticeKind;

/// How often a mail is tried at most: the last time some two days after the first.
pub const MOST_ATTEMPTS: i32 = 12;
/// How long mails that are not tried any more are kept, for the operator.
pub const DEAD_FOR: TimeDelta = TimeDelta::days(90);
/// How long somebody who tries may take until another does.
pub const LEASE: TimeDelta = TimeDelta::minutes(5);
const FIRST_PAUSE: TimeDelta = TimeDelta::minutes(1);
const LONGEST_PAUSE: TimeDelta = TimeDelta::hours(8);

/// How long to wait after so many attempts that failed: twice as long each time, and up to as much again by chance, of
/// which `part` is from 0 to 255, so that mails that failed together are not tried together.
pub fn pause(attempts: i32, part: u8) -> TimeDelta {
    let doublings = u32::try_from(attempts.clamp(1, MOST_ATTEMPTS) - 1).unwrap_or(0);
    let pause = (FIRST_PAUSE * 2_i32.pow(doublings)).min(LONGEST_PAUSE);
    pause + pause * i32::from(part) / 256
}

/// What a link in a mail is good for, once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LinkKind {
    /// To say that the account's address is the member's.
    ConfirmAddress,
    /// To choose another password.
    ResetPassword,
    /// To have another address, at which the link was read.
    ChangeAddress,
}

impl LinkKind {
    /// All of them.
    pub const ALL: [LinkKind; 3] = [
        LinkKind::ConfirmAddress,
        LinkKind::ResetPassword,
        LinkKind::ChangeAddress,
    ];

    /// As the database keeps it.
    pub const fn code(self) -> i16 {
        match self {
            LinkKind::ConfirmAddress => 1,
            LinkKind::ResetPassword => 2,
            LinkKind::ChangeAddress => 3,
        }
    }

    /// From the database; nothing for what is none of them.
    pub fn from_code(code: i16) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.code() == code)
    }

    /// How long it is good: what opens an account, no longer than one needs to look into one's mail (OWASP forgot password
    /// cheat sheet).
    pub const fn lasts(self) -> TimeDelta {
        match self {
            LinkKind::ConfirmAddress => TimeDelta::days(7),
            LinkKind::ResetPassword => TimeDelta::hours(1),
            LinkKind::ChangeAddress => TimeDelta::hours(24),
        }
    }

    /// Where it leads, but for the link itself.
    pub const fn path(self) -> &'static str {
        match self {
            LinkKind::ConfirmAddress | LinkKind::ChangeAddress => "/mail/confirm/",
            LinkKind::ResetPassword => "/mail/reset/",
        }
    }
}

/// What a mail tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MailKind {
    /// What a notice tells as well.
    Told(NoticeKind),
    /// A link that was asked for.
    Link(LinkKind),
    /// That somebody wants an address for an account which has one.
    AddressInUse,
    /// What others did.
    News,
}

/// How long after something that others did a mail tells of it, and of all that came meanwhile.
pub const NEWS_AFTER: TimeDelta = TimeDelta::minutes(15);
/// How long after such a mail there is another one at the earliest.
pub const NEWS_PAUSE: TimeDelta = TimeDelta::hours(4);

/// Where links that refuse mails lead, but for the link itself.
pub const REFUSING_PATH: &str = "/mail/refuse/";

/// What links count from, beyond every notice.
const LINKS: i16 = 1_000;
const IN_USE: i16 = 2_000;
const NEWS: i16 = 3_000;

impl MailKind {
    /// As the database keeps it.
    pub const fn code(self) -> i16 {
        match self {
            MailKind::Told(kind) => kind.code(),
            MailKind::Link(kind) => LINKS + kind.code(),
            MailKind::AddressInUse => IN_USE,
            MailKind::News => NEWS,
        }
    }

    /// From the database; nothing for what is none of them.
    pub fn from_code(code: i16) -> Option<Self> {
        match code {
            IN_USE => Some(MailKind::AddressInUse),
            NEWS => Some(MailKind::News),
            LINKS.. => LinkKind::from_code(code - LINKS).map(MailKind::Link),
            _ => NoticeKind::from_code(code).map(MailKind::Told),
        }
    }

    /// For the operator.
    pub fn name(self) -> String {
        match self {
            MailKind::Told(kind) => format!("{kind:?}"),
            MailKind::Link(kind) => format!("{kind:?}"),
            MailKind::AddressInUse | MailKind::News => format!("{self:?}"),
        }
    }
}

/// Why a mail is not tried any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dead {
    /// Whoever should have taken it refuses it for good.
    Refused,
    /// It was tried [`MOST_ATTEMPTS`] times.
    TriedTooOften,
    /// It cannot be written: its address does not open, or its kind is not known.
    Unwritable,
}

impl Dead {
    /// All of them.
    pub const ALL: [Dead; 3] = [Dead::Refused, Dead::TriedTooOften, Dead::Unwritable];

    /// As the database keeps it.
    pub const fn code(self) -> i16 {
        match self {
            Dead::Refused => 1,
            Dead::TriedTooOften => 2,
            Dead::Unwritable => 3,
        }
    }

    /// From the database; nothing for what is none of them.
    pub fn from_code(code: i16) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.code() == code)
    }

    /// For the operator.
    pub const fn name(self) -> &'static str {
        match self {
            Dead::Refused => "refused",
            Dead::TriedTooOften => "tried too often",
            Dead::Unwritable => "cannot be written",
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn pauses_grow_to_a_bound_and_differ_by_chance() {
        assert_eq!(pause(1, 0), TimeDelta::minutes(1));
        assert_eq!(pause(4, 0), TimeDelta::minutes(8));
        assert_eq!(pause(4, 128), TimeDelta::minutes(12));
        assert_eq!(pause(MOST_ATTEMPTS, 0), LONGEST_PAUSE);
        for attempts in [i32::MIN, 0, MOST_ATTEMPTS + 1, i32::MAX] {
            assert!(pause(attempts, 255) < LONGEST_PAUSE * 2);
        }
        let all: TimeDelta = (1..MOST_ATTEMPTS).map(|nth| pause(nth, 0)).sum();
        assert!(
            all > TimeDelta::hours(20) && all < TimeDelta::days(3),
            "{all}"
        );
    }

    #[test]
    fn each_kind_has_a_code_of_its_own() {
        let told = NoticeKind::ALL.map(MailKind::Told);
        let links = LinkKind::ALL.map(MailKind::Link);
        let all = || {
            told.into_iter()
                .chain(links)
                .chain([MailKind::AddressInUse, MailKind::News])
        };
        let codes: BTreeSet<i16> = all().map(MailKind::code).collect();
        assert_eq!(codes.len(), told.len() + links.len() + 2);
        for kind in all() {
            assert_eq!(MailKind::from_code(kind.code()), Some(kind));
        }
        for code in [i16::MIN, 0, LINKS, i16::MAX] {
            assert_eq!(MailKind::from_code(code), None);
        }
    }

    #[test]
    fn why_it_is_dead_is_read_as_it_was_written() {
        for dead in Dead::ALL {
            assert_eq!(Dead::from_code(dead.code()), Some(dead));
        }
        assert_eq!(Dead::from_code(0), None);
    }
}
