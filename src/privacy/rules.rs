//! The rules: each is one sentence, and says one thing or nothing.

use super::{Known, Verdict, ViewerFacts, Wish};
use crate::domain::{age::AgeClass, audience::Audience, photo, standing::Standing};

/// What a rule says of a wish, given what is known, or nothing.
pub(super) type Says = fn(Wish, &Known) -> Option<Verdict>;

fn may_take_part(age: AgeClass, standing: Standing) -> bool {
    standing == Standing::Active && matches!(age, AgeClass::Teen | AgeClass::Adult)
}

const fn deny_when(holds: bool, sentence: &'static str) -> Option<Verdict> {
    if holds {
        Some(Verdict::Deny(sentence))
    } else {
        None
    }
}

const fn allow_when(holds: bool, sentence: &'static str) -> Option<Verdict> {
    if holds {
        Some(Verdict::Allow(sentence))
    } else {
        None
    }
}

/// Clauses C28, C29.
pub(super) fn deny_an_account_that_is_not_served(_: Wish, known: &Known) -> Option<Verdict> {
    let served = match known.viewer {
        ViewerFacts::Visitor => true,
        ViewerFacts::Member { age, standing } => {
            standing.served() && matches!(age, AgeClass::Teen | AgeClass::Adult)
        }
    };
    deny_when(
        !served,
        "a frozen account, a child's or one of unknown age is served nothing",
    )
}

/// Clause C82.
pub(super) fn allow_oneself(_: Wish, known: &Known) -> Option<Verdict> {
    let member = known.viewer != ViewerFacts::Visitor;
    allow_when(member && known.pair.same, "members see all of themselves")
}

pub(super) fn deny_others_to_who_is_in_doubt(_: Wish, known: &Known) -> Option<Verdict> {
    let in_doubt = matches!(
        known.viewer,
        ViewerFacts::Member {
            standing: Standing::InDoubt,
            ..
        }
    );
    deny_when(
        in_doubt,
        "for an adult who has said to be a teen, nobody else exists until staff has looked",
    )
}

/// Clause C28.
pub(super) fn deny_who_takes_no_part(_: Wish, known: &Known) -> Option<Verdict> {
    deny_when(
        !may_take_part(known.owner.age, known.owner.standing),
        "who is frozen, in doubt, a child or of unknown age does not exist for others",
    )
}

pub(super) fn deny_the_blocked(_: Wish, known: &Known) -> Option<Verdict> {
    deny_when(
        known.pair.blocked,
        "where either has blocked, neither exists for the other",
    )
}

pub(super) fn deny_across_the_age_line(_: Wish, known: &Known) -> Option<Verdict> {
    deny_when(
        across_the_age_line(known) && !known.pair.penpals,
        "adults and teens who are not penpals do not exist for each other",
    )
}

pub(super) fn deny_new_bonds_across_the_age_line(_: Wish, known: &Known) -> Option<Verdict> {
    deny_when(
        across_the_age_line(known),
        "adults and teens cannot become penpals",
    )
}

fn across_the_age_line(known: &Known) -> bool {
    match known.viewer {
        ViewerFacts::Visitor => false,
        ViewerFacts::Member { age, .. } => age != known.owner.age,
    }
}

/// Clause C17: without an account one gets what is public.
pub(super) fn deny_visitors_all_but_public_adults(_: Wish, known: &Known) -> Option<Verdict> {
    let public = known.owner.age == AgeClass::Adult
        && known.owner.audiences.reach(known.owner.age) == Audience::Public;
    deny_when(
        known.viewer == ViewerFacts::Visitor && !public,
        "for a visitor, only an adult who shows something to the public exists",
    )
}

/// Clause C45.
pub(super) fn allow_to_meet_who_exists(wish: Wish, _: &Known) -> Option<Verdict> {
    allow_when(
        wish == Wish::Meet,
        "where a member exists, the handle and display name are seen",
    )
}

/// Clause C46: the exception goes before the audience.
pub(super) fn deny_the_excepted(wish: Wish, known: &Known) -> Option<Verdict> {
    let Wish::See(field) = wish else { return None };
    deny_when(
        known.pair.excepted.contains(field),
        "the owner has excepted the viewer from the field's audience",
    )
}

/// Clauses C43, C46.
pub(super) fn allow_the_audience(wish: Wish, known: &Known) -> Option<Verdict> {
    let (audience, listed, sentence) = match wish {
        Wish::See(field) => (
            known.audience(field),
            known.pair.listed.contains(field),
            "the field's audience includes the viewer",
        ),
        // A photo names no list.
        Wish::Look(chosen) => (
            chosen.min(photo::widest(known.owner.age)),
            false,
            "the photo's audience includes the viewer",
        ),
        Wish::Meet | Wish::Find(_) | Wish::Do(_) => return None,
    };
    let member = known.viewer != ViewerFacts::Visitor;
    let within = match audience {
        Audience::OnlyMe => false,
        // Who is no penpal any more stands on a list in vain.
        Audience::Lists => member && known.pair.penpals && listed,
        Audience::Penpals => member && known.pair.penpals,
        Audience::Members => member,
        Audience::Public => true,
    };
    allow_when(within, sentence)
}

/// Clause C44: being found is another thing than being seen.
pub(super) fn allow_who_may_find(wish: Wish, known: &Known) -> Option<Verdict> {
    let Wish::Find(way) = wish else { return None };
    let member = known.viewer != ViewerFacts::Visitor;
    let within = match known.finders(way) {
        Audience::OnlyMe | Audience::Lists => false,
        Audience::Penpals => member && known.pair.penpals,
        Audience::Members => member,
        Audience::Public => true,
    };
    allow_when(within, "the owner lets the viewer find them in this way")
}

pub(super) fn deny_visitors(_: Wish, known: &Known) -> Option<Verdict> {
    deny_when(known.viewer == ViewerFacts::Visitor, "acts are for members")
}

pub(super) fn deny_to_oneself(_: Wish, known: &Known) -> Option<Verdict> {
    deny_when(known.pair.same, "nobody does this to themselves")
}

pub(super) fn deny_penpals(_: Wish, known: &Known) -> Option<Verdict> {
    deny_when(
        known.pair.penpals,
        "who is a penpal already cannot become one",
    )
}

pub(super) fn deny_unless_penpals(_: Wish, known: &Known) -> Option<Verdict> {
    deny_when(!known.pair.penpals, "the two are no penpals")
}

pub(super) fn deny_unless_asked_me(_: Wish, known: &Known) -> Option<Verdict> {
    deny_when(!known.pair.asked_me, "nothing was asked")
}

pub(super) fn deny_unless_asked(_: Wish, known: &Known) -> Option<Verdict> {
    deny_when(!known.pair.asked, "nothing was asked")
}

pub(super) fn allow_the_act(_: Wish, _: &Known) -> Option<Verdict> {
    Some(Verdict::Allow("nothing stands against the act"))
}

/// Clause C30: what no rule allows is refused.
pub(super) fn deny_the_rest(_: Wish, _: &Known) -> Option<Verdict> {
    Some(Verdict::Deny("no rule allows it"))
}
