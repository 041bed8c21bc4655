//! The decision, written a second time from the prose of `privacy` alone, and compared with the first
//! over every situation.

use letterlock::{
    domain::{
        age::AgeClass, audience::Audience, findable::Way, profile::Field, standing::Standing,
    },
    privacy::{Act, Known, ViewerFacts, Wish, decide},
};
use libtest_mimic::Trial;

use super::situations::{every, possible, wishes};
use crate::support::plain;

pub(super) fn trials() -> Vec<Trial> {
    plain!(
        the_decision_is_what_the_prose_says_in_every_situation,
        facts_that_contradict_each_other_open_nothing_that_the_prose_does_not,
    )
}

fn served(age: AgeClass, standing: Standing) -> bool {
    standing != Standing::Frozen && age != AgeClass::Child && age != AgeClass::Unknown
}

fn takes_part(age: AgeClass, standing: Standing) -> bool {
    served(age, standing) && standing != Standing::InDoubt
}

/// Contact details: penpals at most, whoever owns them. What is in common with a visitor is nothing. The
/// rest: a teen's is never public.
pub(super) fn widest(field: Field, age: AgeClass) -> Audience {
    match (field, age) {
        (Field::Email | Field::Phone | Field::PostalAddress, _) => Audience::Penpals,
        (Field::MutualPenpals, _) => Audience::Members,
        (_, AgeClass::Adult) => Audience::Public,
        (Field::WebHandles, _) => Audience::Penpals,
        _ => Audience::Members,
    }
}

fn in_force(known: &Known, field: Field) -> Audience {
    let chosen = known.owner.audiences.chosen(field);
    let widest = widest(field, known.owner.age);
    if chosen as u8 > widest as u8 {
        widest
    } else {
        chosen
    }
}

/// The rules of the prose, by number.
pub(super) fn prose(wish: Wish, known: &Known) -> bool {
    let (owner, pair) = (&known.owner, known.pair);
    let age = match known.viewer {
        ViewerFacts::Visitor => None,
        // 1
        ViewerFacts::Member { age, standing } if !served(age, standing) => return false,
        // 3
        ViewerFacts::Member {
            standing: Standing::InDoubt,
            ..
        } => {
            let own = matches!(
                wish,
                Wish::Meet | Wish::Find(_) | Wish::See(_) | Wish::Look(_) | Wish::Do(Act::KeepOwn)
            );
            return own && pair.same;
        }
        ViewerFacts::Member { age, .. } => Some(age),
    };
    let myself = age.is_some() && pair.same;
    let bound = age.is_some() && pair.penpals;
    let same_side = age.is_none_or(|age| age == owner.age);
    // 3, 4, 5
    let exists_for_others =
        takes_part(owner.age, owner.standing) && !pair.blocked && (same_side || bound);
    // 6
    let shown = age.is_some()
        || owner.age == AgeClass::Adult
            && Field::ALL
                .iter()
                .any(|&field| in_force(known, field) == Audience::Public);
    let exists = exists_for_others && shown;
    match wish {
        // 2, 7
        Wish::Meet => myself || exists,
        // 2, 8
        Wish::See(field) => {
            let named = match in_force(known, field) {
                Audience::OnlyMe => false,
                Audience::Lists => bound && pair.listed.contains(field),
                Audience::Penpals => bound,
                Audience::Members => age.is_some(),
                Audience::Public => true,
            };
            myself || exists && named && !pair.excepted.contains(field)
        }
        // 2, 9. Visitors find no teen, and nobody by e-mail address.
        Wish::Find(way) => {
            let chosen = known.owner.findable.chosen(way);
            let named = match chosen {
                Audience::OnlyMe | Audience::Lists => false,
                Audience::Penpals => bound,
                Audience::Members => age.is_some(),
                Audience::Public => {
                    age.is_some() || owner.age == AgeClass::Adult && way != Way::Email
                }
            };
            myself || exists && named
        }
        // 2, 10. A teen's are for penpals at most, and no list is named.
        Wish::Look(chosen) => {
            let widest = match owner.age {
                AgeClass::Adult => Audience::Public,
                AgeClass::Teen => Audience::Penpals,
                AgeClass::Child | AgeClass::Unknown => Audience::OnlyMe,
            };
            let named = match if chosen as u8 > widest as u8 {
                widest
            } else {
                chosen
            } {
                Audience::OnlyMe | Audience::Lists => false,
                Audience::Penpals => bound,
                Audience::Members => age.is_some(),
                Audience::Public => true,
            };
            myself || exists && named
        }
        // The acts.
        Wish::Do(Act::KeepOwn) => myself,
        Wish::Do(act) => {
            age.is_some()
                && !pair.same
                && exists
                && match act {
                    Act::KeepOwn => false,
                    Act::Ask => !bound && same_side,
                    Act::Accept => !bound && same_side && pair.asked_me,
                    Act::Decline => pair.asked_me,
                    Act::Withdraw => pair.asked,
                    Act::End | Act::Enlist | Act::Post | Act::Comment => bound,
                    Act::Block | Act::Write | Act::Report => true,
                }
        }
    }
}

fn compare(which: impl Fn(&Known) -> bool, says: impl Fn(bool, bool) -> bool) -> usize {
    let mut compared = 0;
    for wish in wishes() {
        for known in every(wish).filter(|known| which(known)) {
            let verdict = decide(wish, &known);
            assert!(
                says(verdict.allows(), prose(wish, &known)),
                "{wish:?}: `decide` says {verdict:?}, the prose says {}, of {known:#?}",
                prose(wish, &known),
            );
            compared += 1;
        }
    }
    compared
}

fn the_decision_is_what_the_prose_says_in_every_situation() {
    let compared = compare(possible, |decided, prose| decided == prose);
    assert!(compared > 400_000, "{compared}");
}

fn facts_that_contradict_each_other_open_nothing_that_the_prose_does_not() {
    let compared = compare(|known| !possible(known), |decided, prose| !decided || prose);
    assert!(compared > 100_000, "{compared}");
}
