//! Which of a member's photos one may look at: by their audiences.

use super::{Case, Versions, Wish, decide};
use crate::domain::{
    audience::Audience,
    id::MemberId,
    photo::{self, AUDIENCES},
};
use crate::viewer::who::Viewer;

/// Leave to read those photos and albums of one member that have certain audiences, for one viewer, as the facts stood at
/// [`Gallery::versions`]: each audience that a decision allowed.
///
/// Like a permit, it comes from decisions alone:
///
/// ```compile_fail,E0451
/// use letterlock::domain::id::MemberId;
/// use letterlock::privacy::{Gallery, Versions};
/// use letterlock::viewer::who::Viewer;
/// let forged = Gallery {
///     viewer: Viewer::Visitor,
///     subject: MemberId::from_key(1),
///     versions: Versions { owner: 1, viewer: 0 },
///     audiences: 31,
/// };
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Gallery {
    viewer: Viewer,
    subject: MemberId,
    versions: Versions,
    audiences: i64,
}

impl Gallery {
    /// Decides on each audience; nothing where none is allowed.
    pub fn ask(case: &Case) -> Option<Self> {
        let audiences = AUDIENCES
            .into_iter()
            .filter(|audience| decide(Wish::Look(*audience), &case.known).allows())
            .fold(0, |audiences, audience| audiences | bit(audience));
        (audiences != 0).then_some(Self {
            viewer: case.viewer,
            subject: case.subject,
            versions: case.versions,
            audiences,
        })
    }

    /// On whose behalf.
    pub const fn viewer(&self) -> Viewer {
        self.viewer
    }

    /// The member whose they are.
    pub const fn subject(&self) -> MemberId {
        self.subject
    }

    /// The settings versions that the decisions saw.
    pub const fn versions(&self) -> Versions {
        self.versions
    }

    /// Whether what has this audience may be looked at.
    pub const fn shows(&self, audience: Audience) -> bool {
        self.audiences & bit(audience) != 0
    }

    /// A bit an audience, by its number.
    pub const fn audiences(&self) -> i64 {
        self.audiences
    }
}

const fn bit(audience: Audience) -> i64 {
    1 << photo::code(audience)
}
