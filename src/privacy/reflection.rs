//! Oneself as others would be given one: facts that might be, decided by the same rules.

use super::{Case, Depth, Known, PairFacts, Verdict, ViewerFacts, Wish, decide};
use crate::domain::{
    age::AgeClass,
    profile::{Audiences, FieldSet},
    standing::Standing,
};

/// Somebody who might look.
///
/// What is known of them is what the one who is looked at knows: not whether they have blocked, frozen their
/// account, or left.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Onlooker {
    /// Somebody without an account.
    Visitor,
    /// A member, and no penpal.
    Member {
        /// Their age.
        age: AgeClass,
        /// The fields from whose audience a list is excepted on which they stand: who was a penpal stays there.
        excepted: FieldSet,
    },
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

    /// The member whom the case is about, as somebody who might look at the one who asks; nothing where they do
    /// not exist for the one who asks, and where the two are one.
    ///
    /// They stand on lists that the one who asks shows the one fields, and from which the other are excepted.
    pub fn onlooker(&self, listed: FieldSet, excepted: FieldSet) -> Option<Onlooker> {
        let ViewerFacts::Member { age, .. } = self.known.viewer else {
            return None;
        };
        let exists = !self.known.pair.same && self.verdict(Wish::Meet).allows();
        exists.then_some(if self.known.pair.penpals {
            Onlooker::Penpal { listed, excepted }
        } else {
            // Who is no penpal and on the other side of the age line does not exist.
            Onlooker::Member { age, excepted }
        })
    }

    /// The case as it would be, had the one who asks chosen these audiences; nothing where this case is of
    /// anybody but the one who asks.
    pub fn choosing(&self, audiences: Audiences) -> Option<Self> {
        let mut known = self.known;
        known.owner.audiences = audiences;
        known.pair.same.then_some(Self {
            depth: Depth::Seeing,
            known,
            ..*self
        })
    }

    /// The case as it would be, did `onlooker` look at the one who asks; nothing where this case is of
    /// anybody but the one who asks.
    ///
    /// Whatever is granted on it is granted to them by themselves, who may see all of it anyway.
    pub fn seen_by(&self, onlooker: Onlooker) -> Option<Self> {
        let owner = self.known.owner;
        let of_age = |age| ViewerFacts::Member {
            age,
            standing: Standing::Active,
        };
        let (viewer, pair) = match onlooker {
            Onlooker::Visitor => (ViewerFacts::Visitor, PairFacts::default()),
            Onlooker::Member { age, excepted } => (
                of_age(age),
                PairFacts {
                    excepted,
                    ..PairFacts::default()
                },
            ),
            // On which side of the age line a penpal is makes no difference to what is seen.
            Onlooker::Penpal { listed, excepted } => (
                of_age(owner.age),
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
    use crate::domain::{audience::Audience, findable::Findable, id::MemberId, profile::Field};
    use crate::privacy::{Act, OwnerFacts, Permit, Versions, wishes};
    use crate::viewer::who::Viewer;

    const ONLOOKERS: [Onlooker; 4] = [
        Onlooker::Visitor,
        Onlooker::Member {
            age: AgeClass::Adult,
            excepted: FieldSet::NONE,
        },
        Onlooker::Member {
            age: AgeClass::Teen,
            excepted: FieldSet::NONE,
        },
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
        let nothing = Audiences::all(Audience::OnlyMe);
        assert_eq!(case(false, AgeClass::Adult).choosing(nothing), None);
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

    #[test]
    fn who_might_look_is_another_who_exists() {
        let listed = FieldSet::NONE.with(Field::City);
        let excepted = FieldSet::NONE.with(Field::Email);
        let looks = |case: &Case| case.onlooker(listed, excepted);
        for age in [AgeClass::Adult, AgeClass::Teen] {
            let penpal = case(false, age);
            assert_eq!(looks(&penpal), Some(Onlooker::Penpal { listed, excepted }));
            let mut member = penpal;
            member.known.pair.penpals = false;
            assert_eq!(looks(&member), Some(Onlooker::Member { age, excepted }));
            let mut blocked = penpal;
            blocked.known.pair.blocked = true;
            assert_eq!(looks(&blocked), None);
            let mut visitor = penpal;
            visitor.known.viewer = ViewerFacts::Visitor;
            assert_eq!(looks(&visitor), None);
            assert_eq!(looks(&case(true, age)), None);
        }
    }

    #[test]
    fn what_might_be_is_what_is_but_for_what_was_asked() {
        let own = case(true, AgeClass::Teen);
        let nothing = Audiences::all(Audience::OnlyMe);
        let chosen = own.choosing(nothing).unwrap();
        let mut expected = own;
        expected.depth = Depth::Seeing;
        expected.known.owner.audiences = nothing;
        assert_eq!(chosen, expected);

        let listed = FieldSet::NONE.with(Field::City);
        let excepted = FieldSet::NONE.with(Field::Email);
        let of_age = |age| ViewerFacts::Member {
            age,
            standing: Standing::Active,
        };
        let nobody = PairFacts::default();
        let penpal = PairFacts {
            penpals: true,
            listed,
            excepted,
            ..nobody
        };
        for (onlooker, viewer, pair) in [
            (Onlooker::Visitor, ViewerFacts::Visitor, nobody),
            (
                Onlooker::Member {
                    age: AgeClass::Adult,
                    excepted,
                },
                of_age(AgeClass::Adult),
                PairFacts { excepted, ..nobody },
            ),
            (
                Onlooker::Penpal { listed, excepted },
                of_age(AgeClass::Teen),
                penpal,
            ),
        ] {
            let mut expected = own;
            expected.depth = Depth::Seeing;
            (expected.known.viewer, expected.known.pair) = (viewer, pair);
            assert_eq!(own.seen_by(onlooker), Some(expected));
        }
    }
}
