//! The facts that a decision looks at, and the trait through which they come.

use crate::domain::{
    age::AgeClass, audience::Audience, findable::Findable, findable::Way, id::MemberId,
    profile::Audiences, profile::Field, profile::FieldSet, standing::Standing,
};
use crate::viewer::who::Viewer;

/// What is known of the one who asks, the one who is asked about, and the two together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Known {
    /// The one who asks.
    pub viewer: ViewerFacts,
    /// The one who is asked about.
    pub owner: OwnerFacts,
    /// The two together.
    pub pair: PairFacts,
}

/// What is known of the one who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ViewerFacts {
    /// Has no account, or has not signed in.
    Visitor,
    /// Has signed in to an account.
    Member {
        /// The account's age class.
        age: AgeClass,
        /// The account's standing.
        standing: Standing,
    },
}

/// What is known of the one who is asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OwnerFacts {
    /// Age class.
    pub age: AgeClass,
    /// Standing.
    pub standing: Standing,
    /// Audiences as chosen.
    pub audiences: Audiences,
    /// Who can find them, as chosen.
    pub findable: Findable,
}

/// What is known of the two together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct PairFacts {
    /// They are one and the same.
    pub same: bool,
    /// They are penpals.
    pub penpals: bool,
    /// Either has blocked the other.
    pub blocked: bool,
    /// The viewer has asked the owner, as far as the viewer knows: declined or not.
    pub asked: bool,
    /// The owner has asked the viewer, who has not declined.
    pub asked_me: bool,
    /// The fields that the owner shows to a list on which the viewer stands.
    pub listed: FieldSet,
    /// The fields from whose audience the owner has excepted a list on which the viewer stands.
    pub excepted: FieldSet,
}

impl Known {
    /// The audience in force for one of the owner's fields.
    pub fn audience(&self, field: Field) -> Audience {
        self.owner.audiences.in_force(field, self.owner.age)
    }

    /// Who can find the owner in one way, as in force.
    pub fn finders(&self, way: Way) -> Audience {
        self.owner.findable.in_force(way, self.owner.age)
    }
}

/// The settings versions that the facts saw. A version rises with every change of an audience, a bond,
/// a request or a block on that member's side, of the birth date, and of the standing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Versions {
    /// The owner's.
    pub owner: i64,
    /// The viewer's; 0 for a visitor.
    pub viewer: i64,
}

/// How far facts go.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Depth {
    /// As far as seeing is decided by: no request was looked at, and none counts as asked.
    #[default]
    Seeing,
    /// All of them, by which acts are decided as well.
    Acting,
}

/// The facts about one member, as seen by one viewer, at one moment.
///
/// Made by `store` from one statement and by tests; a permit comes from nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Case {
    pub(super) viewer: Viewer,
    pub(super) subject: MemberId,
    pub(super) versions: Versions,
    pub(super) depth: Depth,
    pub(super) known: Known,
}

impl Case {
    /// A case as the facts statement found it.
    pub const fn new(
        viewer: Viewer,
        subject: MemberId,
        versions: Versions,
        depth: Depth,
        known: Known,
    ) -> Self {
        Self {
            viewer,
            subject,
            versions,
            depth,
            known,
        }
    }

    /// The member whom the case is about.
    pub const fn subject(&self) -> MemberId {
        self.subject
    }

    /// The versions that the facts saw.
    pub const fn versions(&self) -> Versions {
        self.versions
    }

    /// How far the facts go.
    pub const fn depth(&self) -> Depth {
        self.depth
    }

    /// What is known.
    pub const fn known(&self) -> &Known {
        &self.known
    }
}

/// Where facts come from. `store` implements it over policy tables alone: no content column is read.
pub trait Facts: Send + Sync {
    /// Why facts could not be had.
    type Error: Send;

    /// The case of each of `subjects` that has a row at all, for `viewer`, in one statement, with all facts;
    /// in any order.
    fn cases(
        &self,
        viewer: Viewer,
        subjects: &[MemberId],
    ) -> impl Future<Output = Result<Vec<Case>, Self::Error>> + Send;
}
