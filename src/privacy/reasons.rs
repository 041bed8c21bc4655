//! On what a decision rested: the facts with which it stands or falls.

use super::{Case, Known, PairFacts, ViewerFacts, Wish, decide};
use crate::domain::{
    age::AgeClass,
    audience::Audience,
    profile::{Audiences, Field, FieldSet},
    standing::Standing,
};

/// A fact about the one who is looked at, the one who looks, or the two together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Fact {
    /// The account of the one who is looked at does not stand as usual.
    Standing(Standing),
    /// The one who looks has not signed in.
    Visitor,
    /// The one who is looked at is no adult.
    NoAdult,
    /// Nothing else is shown to the public.
    NothingElsePublic,
    /// The two are an adult and a teen.
    AcrossTheAgeLine,
    /// Whether the two are penpals.
    Penpals(bool),
    /// The one who looks stands on a list that is excepted from the field's audience.
    Excepted,
    /// The audience of the field, as it is in force.
    Audience(Audience),
    /// Whether the one who looks stands on a list to which the field is shown.
    Listed(bool),
}

const fn member(age: AgeClass) -> ViewerFacts {
    ViewerFacts::Member {
        age,
        standing: Standing::Active,
    }
}

fn toggled(set: FieldSet, field: Field) -> FieldSet {
    FieldSet::from_bits(set.bits() ^ FieldSet::NONE.with(field).bits())
}

impl Known {
    fn looked_at_by(self, viewer: ViewerFacts) -> Self {
        Self { viewer, ..self }
    }

    fn between(self, pair: PairFacts) -> Self {
        Self { pair, ..self }
    }

    fn shown(mut self, audiences: Audiences) -> Self {
        self.owner.audiences = audiences;
        self
    }

    /// With `field` as it is, and everything else shown to the public.
    fn all_else_public(self, field: Field) -> Self {
        let public = Audiences::all(Audience::Public);
        self.shown(public.with(field, self.owner.audiences.chosen(field)))
    }
}

impl Case {
    /// The facts of which each makes `field` seen or not by the rule that decides: were it otherwise, and all
    /// others as they are, another rule would decide.
    ///
    /// They are found by deciding again, so that no rule needs to say what it looks at. That nothing stands in
    /// the way is not among them; nor is whether either has blocked, and how the account of the one who looks
    /// stands.
    pub fn rests_on(&self, field: Field) -> Vec<Fact> {
        let known = self.known;
        let Known {
            viewer,
            owner,
            pair,
        } = known;
        let verdict = |known: &Known| decide(Wish::See(field), known);
        let matters = |otherwise: Known| verdict(&otherwise) != verdict(&known);
        let mut facts = Vec::new();
        let mut note = |fact, holds: bool| facts.extend(holds.then_some(fact));

        let mut usual = known;
        usual.owner.standing = Standing::Active;
        note(Fact::Standing(owner.standing), matters(usual));
        if let ViewerFacts::Member { age, .. } = viewer {
            note(
                Fact::AcrossTheAgeLine,
                age != owner.age && matters(known.looked_at_by(member(owner.age))),
            );
            let otherwise = PairFacts {
                penpals: !pair.penpals,
                ..pair
            };
            note(
                Fact::Penpals(pair.penpals),
                matters(known.between(otherwise)),
            );
        } else {
            note(
                Fact::Visitor,
                matters(known.looked_at_by(member(owner.age))),
            );
            let mut adult = known.all_else_public(field);
            adult.owner.age = AgeClass::Adult;
            note(
                Fact::NoAdult,
                owner.age != AgeClass::Adult && matters(adult),
            );
            note(
                Fact::NothingElsePublic,
                matters(known.all_else_public(field)),
            );
        }
        let otherwise = PairFacts {
            excepted: toggled(pair.excepted, field),
            ..pair
        };
        note(
            Fact::Excepted,
            pair.excepted.contains(field) && matters(known.between(otherwise)),
        );
        // An audience that leaves many out is a reason also where none that could be chosen would let this one
        // in: it is for one who does exist that it is asked, so another's look tells whether it counts.
        let near = known.looked_at_by(member(owner.age)).between(PairFacts {
            penpals: true,
            ..pair
        });
        let audiences = Audience::ALL.map(|audience| owner.audiences.with(field, audience));
        let exists = decide(Wish::Meet, &known).allows();
        let counts = |audiences| {
            matters(known.shown(audiences))
                || exists && verdict(&near.shown(audiences)) != verdict(&near)
        };
        note(
            Fact::Audience(known.audience(field)),
            audiences.into_iter().any(counts),
        );
        let otherwise = PairFacts {
            listed: toggled(pair.listed, field),
            ..pair
        };
        note(
            Fact::Listed(pair.listed.contains(field)),
            matters(known.between(otherwise)),
        );
        facts
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{findable::Findable, id::MemberId};
    use crate::privacy::{Depth, Onlooker, OwnerFacts, Versions};
    use crate::viewer::who::Viewer;

    #[test]
    fn every_decision_rests_on_something_and_on_nothing_that_is_not_so() {
        let mut onlookers = vec![Onlooker::Visitor];
        for excepted in [FieldSet::NONE, FieldSet::ALL] {
            for age in [AgeClass::Adult, AgeClass::Teen] {
                onlookers.push(Onlooker::Member { age, excepted });
            }
            for listed in [FieldSet::NONE, FieldSet::ALL] {
                onlookers.push(Onlooker::Penpal { listed, excepted });
            }
        }
        let mut seen = std::collections::HashSet::new();
        for age in [AgeClass::Adult, AgeClass::Teen] {
            for standing in [Standing::Active, Standing::InDoubt] {
                for audience in Audience::ALL {
                    let case = Case::new(
                        Viewer::Member(MemberId::from_key(1)),
                        MemberId::from_key(1),
                        Versions {
                            owner: 1,
                            viewer: 1,
                        },
                        Depth::Seeing,
                        Known {
                            viewer: ViewerFacts::Member { age, standing },
                            owner: OwnerFacts {
                                age,
                                standing,
                                audiences: Audiences::all(audience),
                                findable: Findable::all(audience),
                            },
                            pair: PairFacts {
                                same: true,
                                ..PairFacts::default()
                            },
                        },
                    );
                    for onlooker in &onlookers {
                        for field in Field::ALL {
                            let case = case.seen_by(*onlooker).unwrap();
                            let facts = case.rests_on(field);
                            assert!(!facts.is_empty(), "{case:?} {field:?}");
                            for fact in &facts {
                                match fact {
                                    Fact::Penpals(are) => assert_eq!(*are, case.known.pair.penpals),
                                    Fact::Audience(it) => {
                                        assert_eq!(*it, case.known.audience(field));
                                    }
                                    Fact::Listed(on) => {
                                        assert_eq!(*on, case.known.pair.listed.contains(field));
                                    }
                                    Fact::NoAdult => assert_eq!(age, AgeClass::Teen),
                                    Fact::Standing(it) => assert_eq!(*it, Standing::InDoubt),
                                    _ => {}
                                }
                            }
                            seen.extend(facts.iter().map(std::mem::discriminant));
                        }
                    }
                }
            }
        }
        assert_eq!(seen.len(), 9, "each kind of fact is a reason somewhere");
    }

    /// What the prose says: of who exists, the first thing that stands in the way with what would lift it; of a field
    /// of somebody who does exist, its audience and what makes the one who looks one of it, or not.
    fn prose(known: &Known, field: Field) -> Vec<Fact> {
        let Known {
            viewer,
            owner,
            pair,
        } = known;
        let audience = known.audience(field);
        if owner.standing != Standing::Active {
            return vec![Fact::Standing(owner.standing)];
        }
        let ViewerFacts::Member { age, .. } = *viewer else {
            if owner.age != AgeClass::Adult {
                return vec![Fact::Visitor, Fact::NoAdult];
            }
            let mut facts = Vec::new();
            let public = |field| known.audience(field) == Audience::Public;
            if !Field::ALL.into_iter().any(public) {
                facts.extend([Fact::Visitor, Fact::NothingElsePublic]);
                if field.spec().adult_widest == Audience::Public {
                    facts.push(Fact::Audience(audience));
                }
                return facts;
            }
            if audience == Audience::Members {
                facts.push(Fact::Visitor);
            }
            facts.push(Fact::Audience(audience));
            return facts;
        };
        let across = age != owner.age;
        if across && !pair.penpals {
            return vec![Fact::AcrossTheAgeLine, Fact::Penpals(false)];
        }
        let listed = pair.listed.contains(field);
        let excepted = pair.excepted.contains(field);
        let of_penpals = match audience {
            Audience::Penpals => true,
            Audience::Lists => listed,
            Audience::OnlyMe | Audience::Members | Audience::Public => false,
        };
        let mut facts = Vec::new();
        if across || of_penpals && !excepted {
            facts.push(Fact::Penpals(pair.penpals));
        }
        if excepted {
            facts.push(Fact::Excepted);
            return facts;
        }
        facts.push(Fact::Audience(audience));
        if audience == Audience::Lists && pair.penpals {
            facts.push(Fact::Listed(listed));
        }
        facts
    }

    /// Everything between two who are not one: penpals or not, on lists of one field, of all others, of all or none.
    fn pairs(field: Field) -> Vec<PairFacts> {
        let one = FieldSet::NONE.with(field);
        let sets = [
            FieldSet::NONE,
            one,
            toggled(FieldSet::ALL, field),
            FieldSet::ALL,
        ];
        let mut all = Vec::new();
        for penpals in [false, true] {
            for listed in sets {
                for excepted in sets {
                    all.push(PairFacts {
                        penpals,
                        listed,
                        excepted,
                        ..PairFacts::default()
                    });
                }
            }
        }
        all
    }

    #[test]
    fn every_decision_rests_on_what_the_prose_says() {
        let ages = [AgeClass::Adult, AgeClass::Teen];
        let owners = ages.into_iter().flat_map(|age| {
            let standings = [Standing::Active, Standing::InDoubt];
            standings.into_iter().flat_map(move |standing| {
                let rests = Audience::ALL.into_iter();
                rests.map(move |rest| OwnerFacts {
                    age,
                    standing,
                    audiences: Audiences::all(rest),
                    findable: Findable::all(Audience::OnlyMe),
                })
            })
        });
        for (owner, field) in owners.flat_map(|owner| Field::ALL.map(|field| (owner, field))) {
            let mut lookers = vec![(ViewerFacts::Visitor, PairFacts::default())];
            for age in ages {
                lookers.extend(pairs(field).into_iter().map(|pair| (member(age), pair)));
            }
            for audience in Audience::ALL {
                let audiences = owner.audiences.with(field, audience);
                let owner = OwnerFacts { audiences, ..owner };
                for (viewer, pair) in &lookers {
                    let known = Known {
                        viewer: *viewer,
                        owner,
                        pair: *pair,
                    };
                    let versions = Versions {
                        owner: 1,
                        viewer: 1,
                    };
                    let subject = MemberId::from_key(1);
                    let case = Case::new(Viewer::Visitor, subject, versions, Depth::Seeing, known);
                    let rests = case.rests_on(field);
                    assert_eq!(rests, prose(&known, field), "{field:?} {known:#?}");
                }
            }
        }
    }
}
