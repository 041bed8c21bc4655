//! Oneself as others would be given one: facts that might be, decided by the same rules.

use super::{Case, Depth, Known, PairFacts, Verdict, ViewerFacts, Wish, decide};
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
    /// What is decided on these facts.
    pub fn verdict(&self, wish: Wish) -> Verdict {
        decide(wish, &self.known)
    }

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        audience::Audience,
        findable::Findable,
        id::MemberId,
        profile::{Audiences, Field},
    };
    use crate::privacy::{Act, OwnerFacts, Permit, Versions, wishes};
    use crate::viewer::who::Viewer;

    const ONLOOKERS: [Onlooker; 4] = [
        Onlooker::Visitor,
        Onlooker::Member(AgeClass::Adult),
        Onlooker::Member(AgeClass::Teen),
        Onlooker::Penpal {
            listed: FieldSet::ALL,
            excepted: FieldSet::NONE,
        },
    ];

    fn case(same: bool, age: AgeClass) -> Case {
        let standing = Standing::Active;
        Case::new(
            Viewer::Member(MemberId::from_key(1)),
            MemberId::from_key(if same { 1 } else { 2 }),
            Versions {
                owner: 1,
                viewer: 1,
            },
            Depth::Acting,
            Known {
                viewer: ViewerFacts::Member { age, standing },
                owner: OwnerFacts {
                    age,
                    standing,
                    audiences: Audiences::all(Audience::Public),
                    findable: Findable::all(Audience::Public),
                },
                pair: PairFacts {
                    same,
                    penpals: !same,
                    ..PairFacts::default()
                },
            },
        )
    }

    #[test]
    fn nobody_looks_at_another_with_others_eyes() {
        for onlooker in ONLOOKERS {
            assert_eq!(case(false, AgeClass::Adult).seen_by(onlooker), None);
        }
    }

    #[test]
    fn what_might_be_grants_no_act_and_no_more_than_ones_own() {
        for age in [AgeClass::Adult, AgeClass::Teen] {
            let own = case(true, age);
            for onlooker in ONLOOKERS {
                let seen = own.seen_by(onlooker).unwrap();
                assert_eq!(
                    (seen.viewer, seen.subject, seen.versions),
                    (own.viewer, own.subject, own.versions)
                );
                assert!(
                    Permit::<wishes::KeepOwn>::ask(&seen).is_err(),
                    "{onlooker:?}"
                );
                assert!(Permit::<wishes::Block>::ask(&seen).is_err(), "{onlooker:?}");
                assert!(!decide(Wish::Do(Act::KeepOwn), seen.known()).allows());
                for field in Field::ALL {
                    assert!(decide(Wish::See(field), own.known()).allows());
                }
            }
            // And one who looks at the mirror's image looks no further.
            let seen = own.seen_by(Onlooker::Visitor).unwrap();
            assert_eq!(seen.seen_by(Onlooker::Visitor), None);
        }
    }
}
