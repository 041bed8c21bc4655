//! Notices: what somebody is told of that others did, or that was done with their account.

use chrono::TimeDelta;

use super::text::Prose;

/// How long a notice is there.
pub const LASTS: TimeDelta = TimeDelta::days(90);

/// How many of what others did are kept for one member: the numbers of the latest. What is hidden has its number, too, so
/// that it pushes nothing out that would tell of it.
pub const MOST_SOCIAL: i64 = 500;

/// How many of each other category are kept for one member: the latest. What others do pushes none of them out.
pub const MOST_OTHERS: i64 = 100;

/// What a notice is for, by which it can be refused or not (policy clause C76).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Category {
    /// What other members did.
    Social,
    /// What was done with the account.
    Security,
    /// What one must know to use the service.
    Service,
    /// What is offered.
    Marketing,
}

impl Category {
    /// Every category.
    pub const ALL: [Category; 4] = [
        Category::Social,
        Category::Security,
        Category::Service,
        Category::Marketing,
    ];

    /// As the database keeps it.
    pub const fn code(self) -> i16 {
        match self {
            Category::Social => 1,
            Category::Security => 2,
            Category::Service => 3,
            Category::Marketing => 4,
        }
    }

    /// From the database; nothing for what is none of them.
    pub fn from_code(code: i16) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.code() == code)
    }

    /// Whether mails of it can be refused.
    pub const fn refusable(self) -> bool {
        matches!(self, Category::Social | Category::Marketing)
    }

    /// Whether mails of it go to who has not chosen.
    pub const fn by_default(self) -> bool {
        !matches!(self, Category::Marketing)
    }
}

/// What a notice tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NoticeKind {
    /// Somebody asks to become penpals.
    PenpalRequest,
    /// Somebody has accepted what the member asked.
    RequestAccepted,
    /// Somebody wrote on the member's wall.
    WallPost,
    /// Somebody wrote a comment on a post of the member's, or on their wall.
    Comment,
    /// Somebody signed in, with a device that had not before.
    SignedIn,
    /// The password was replaced.
    PasswordChanged,
    /// The e-mail address was replaced.
    EmailChanged,
    /// The second factor was switched on.
    SecondFactorOn,
    /// The second factor was switched off.
    SecondFactorOff,
    /// The recovery codes were replaced.
    RecoveryCodesRenewed,
    /// Whoever runs the service tells something, such as a change of the policy.
    Announcement,
}

/// The most characters of an announcement.
pub const LONGEST: u16 = 5_000;

/// What an announcement says: 1 to 5,000 characters, line breaks kept.
pub type AnnouncementText = Prose<{ LONGEST as usize }>;

impl NoticeKind {
    /// Every kind.
    pub const ALL: [NoticeKind; 11] = [
        NoticeKind::PenpalRequest,
        NoticeKind::RequestAccepted,
        NoticeKind::WallPost,
        NoticeKind::Comment,
        NoticeKind::SignedIn,
        NoticeKind::PasswordChanged,
        NoticeKind::EmailChanged,
        NoticeKind::SecondFactorOn,
        NoticeKind::SecondFactorOff,
        NoticeKind::RecoveryCodesRenewed,
        NoticeKind::Announcement,
    ];

    /// As the database keeps it.
    pub const fn code(self) -> i16 {
        match self {
            NoticeKind::PenpalRequest => 1,
            NoticeKind::RequestAccepted => 2,
            NoticeKind::WallPost => 3,
            NoticeKind::Comment => 4,
            NoticeKind::SignedIn => 20,
            NoticeKind::PasswordChanged => 21,
            NoticeKind::EmailChanged => 22,
            NoticeKind::SecondFactorOn => 23,
            NoticeKind::SecondFactorOff => 24,
            NoticeKind::RecoveryCodesRenewed => 25,
            NoticeKind::Announcement => 40,
        }
    }

    /// From the database; nothing for what is none of them.
    pub fn from_code(code: i16) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }

    /// What it is for.
    pub const fn category(self) -> Category {
        match self {
            NoticeKind::PenpalRequest
            | NoticeKind::RequestAccepted
            | NoticeKind::WallPost
            | NoticeKind::Comment => Category::Social,
            NoticeKind::SignedIn
            | NoticeKind::PasswordChanged
            | NoticeKind::EmailChanged
            | NoticeKind::SecondFactorOn
            | NoticeKind::SecondFactorOff
            | NoticeKind::RecoveryCodesRenewed => Category::Security,
            NoticeKind::Announcement => Category::Service,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn each_has_a_code_of_its_own() {
        let codes: BTreeSet<i16> = NoticeKind::ALL.map(NoticeKind::code).into();
        assert_eq!(codes.len(), NoticeKind::ALL.len());
        for kind in NoticeKind::ALL {
            assert_eq!(NoticeKind::from_code(kind.code()), Some(kind));
        }
        assert_eq!(NoticeKind::from_code(0), None);
        let codes: BTreeSet<i16> = Category::ALL.map(Category::code).into();
        assert_eq!(codes, (1..=4).collect());
        for category in Category::ALL {
            assert_eq!(Category::from_code(category.code()), Some(category));
            // What cannot be refused goes to everybody.
            assert!(category.refusable() || category.by_default());
        }
    }
}
