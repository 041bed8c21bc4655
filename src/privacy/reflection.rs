//! Oneself as others would be given one: facts that might be, decided by the same rules.

use super::{Case, Depth, Known, PairFacts, ViewerFacts};
use crate::domain::{age::AgeClass, profile::FieldSet, standing::Standing};

/// Somebody who might look.
///
/// What is known of them is what the one who is looked at knows: not whether they have blocked, frozen their
/// account, or left.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Onlooker {
    /// Somebody without an account.
    Visitor,
    /// A member of this age, and no penpal.
    Member(AgeClass),
    /// A penpal, who stands on lists that the one who is looked at names for these fields.
    Penpal {
        /// The fields that are shown to a list on which the penpal stands.
        listed: FieldSet,
        /// The fields from whose audience such a list is excepted.
        excepted: FieldSet,
    },
}

impl Case {
    /// The case as it would be, did `onlooker` look at the one who asks; nothing where this case is of
    /// anybody but the one who asks.
    ///
    /// Whatever is granted on it is granted to them by themselves, who may see all of it anyway.
    pub fn seen_by(&self, onlooker: Onlooker) -> Option<Self> {
        let owner = self.known.owner;
        let member = |age| ViewerFacts::Member {
            age,
            standing: Standing::Active,
        };
        let (viewer, pair) = match onlooker {
            Onlooker::Visitor => (ViewerFacts::Visitor, PairFacts::default()),
            Onlooker::Member(age) => (member(age), PairFacts::default()),
            // On which side of the age line a penpal is makes no difference to what is seen.
            Onlooker::Penpal { listed, excepted } => (
                member(owner.age),
                PairFacts {
                    penpals: true,
                    listed,
                    excepted,
                    ..PairFacts::default()
                },
            ),
        };
        self.known.pair.same.then_some(Self {
            // No act is ever decided on what might be.
            depth: Depth::Seeing,
            known: Known {
                viewer,
                owner,
                pair,
            },
            ..*self
        })
    }
}
