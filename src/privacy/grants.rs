//! What one decision after another granted of one member: permits to read, together.

use super::{Case, Versions, Wanted, Wish, decide};
use crate::domain::{
    id::MemberId,
    profile::{Field, FieldSet},
};
use crate::viewer::who::Viewer;

/// Leave to read some things of one member, for one viewer, as the facts stood at [`Grants::versions`]: of
/// what was wanted, what a decision each allowed. The content read is keyed by it.
///
/// Like a permit, it comes from decisions alone:
///
/// ```compile_fail,E0451
/// use letterlock::domain::{id::MemberId, profile::FieldSet};
/// use letterlock::privacy::{Grants, Versions};
/// use letterlock::viewer::who::Viewer;
/// let forged = Grants {
///     viewer: Viewer::Visitor,
///     subject: MemberId::from_key(1),
///     versions: Versions { owner: 1, viewer: 0 },
///     identity: true,
///     fields: FieldSet::ALL,
///     to_the_day: true,
/// };
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Grants {
    viewer: Viewer,
    subject: MemberId,
    versions: Versions,
    identity: bool,
    fields: FieldSet,
    to_the_day: bool,
}

impl Grants {
    /// Decides on each of what is wanted.
    pub fn ask(case: &Case, wanted: Wanted) -> Self {
        let allows = |wish| decide(wish, &case.known).allows();
        let fields = wanted
            .fields()
            .iter()
            .filter(|field| allows(Wish::See(*field)))
            .fold(FieldSet::NONE, FieldSet::with);
        Self {
            viewer: case.viewer,
            subject: case.subject,
            versions: case.versions,
            identity: wanted.identity() && allows(Wish::Meet),
            fields,
            to_the_day: fields.contains(Field::Age) && allows(Wish::See(Field::BirthDate)),
        }
    }

    /// On whose behalf.
    pub const fn viewer(&self) -> Viewer {
        self.viewer
    }

    /// The member whom they are about.
    pub const fn subject(&self) -> MemberId {
        self.subject
    }

    /// The settings versions that the decisions saw.
    pub const fn versions(&self) -> Versions {
        self.versions
    }

    /// Whether handle and display name may be read.
    pub const fn identity(&self) -> bool {
        self.identity
    }

    /// The governed fields that may be read.
    pub const fn fields(&self) -> FieldSet {
        self.fields
    }

    /// Whether an age may be told to the day: to those who may see the birth date.
    pub const fn to_the_day(&self) -> bool {
        self.to_the_day
    }

    /// Whether `wish` was wanted, and granted.
    pub const fn grant(&self, wish: Wish) -> bool {
        match wish {
            Wish::Meet => self.identity,
            Wish::See(field) => self.fields.contains(field),
            Wish::Find(_) | Wish::Look(_) | Wish::Do(_) => false,
        }
    }

    /// Whether nothing was granted.
    pub const fn is_empty(&self) -> bool {
        !self.identity && self.fields.is_empty()
    }
}
