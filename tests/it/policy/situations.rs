//! Every situation that a decision can meet, one after another.

use letterlock::{
    domain::{
        age::AgeClass,
        audience::Audience,
        profile::{Audiences, Field},
        standing::Standing,
    },
    privacy::{Act, Known, OwnerFacts, PairFacts, ViewerFacts, Wish},
};

/// Every kind of viewer.
pub(super) fn viewers() -> Vec<ViewerFacts> {
    let members = AgeClass::ALL.into_iter().flat_map(|age| {
        Standing::ALL
            .into_iter()
            .map(move |standing| ViewerFacts::Member { age, standing })
    });
    std::iter::once(ViewerFacts::Visitor)
        .chain(members)
        .collect()
}

/// Every kind of owner, all of whose audiences are `audiences`.
fn owners(audiences: Audiences) -> Vec<OwnerFacts> {
    let owner = |age| {
        Standing::ALL.into_iter().map(move |standing| OwnerFacts {
            age,
            standing,
            audiences,
        })
    };
    AgeClass::ALL.into_iter().flat_map(owner).collect()
}

/// Every combination of what can stand between two.
fn pairs() -> Vec<PairFacts> {
    (0..32)
        .map(|bits| PairFacts {
            same: bits & 1 != 0,
            penpals: bits & 2 != 0,
            blocked: bits & 4 != 0,
            asked: bits & 8 != 0,
            asked_me: bits & 16 != 0,
        })
        .collect()
}

/// Whether facts can be true together: a visitor stands in no relation, and oneself is one's equal.
pub(super) fn possible(known: &Known) -> bool {
    let Known {
        viewer,
        owner,
        pair,
    } = *known;
    let member = ViewerFacts::Member {
        age: owner.age,
        standing: owner.standing,
    };
    let alone = PairFacts {
        same: pair.same,
        ..PairFacts::default()
    };
    match viewer {
        ViewerFacts::Visitor => pair == PairFacts::default(),
        ViewerFacts::Member { .. } => !pair.same || (viewer == member && pair == alone),
    }
}

fn situations(audiences: Audiences) -> impl Iterator<Item = Known> {
    viewers().into_iter().flat_map(move |viewer| {
        owners(audiences).into_iter().flat_map(move |owner| {
            pairs().into_iter().map(move |pair| Known {
                viewer,
                owner,
                pair,
            })
        })
    })
}

/// One field at one audience, the others at another: 52 × 4 ways to choose audiences.
pub(super) fn choices(field: Field) -> impl Iterator<Item = Audiences> {
    Audience::ALL.into_iter().flat_map(move |others| {
        Audience::ALL
            .into_iter()
            .map(move |audience| Audiences::all(others).with(field, audience))
    })
}

/// Every wish.
pub(super) fn wishes() -> Vec<Wish> {
    let mut wishes = vec![Wish::Meet];
    wishes.extend(Field::ALL.map(Wish::See));
    wishes.extend(Act::ALL.map(Wish::Do));
    wishes
}

/// Every situation in which `wish` can be wished, contradictory ones too. For a field: the field at every
/// audience and the others at every audience. For the rest: any one field at every audience, so that the
/// widest of all, which decides about visitors, comes about in every way.
pub(super) fn every(wish: Wish) -> Box<dyn Iterator<Item = Known>> {
    match wish {
        Wish::See(field) => Box::new(choices(field).flat_map(situations)),
        Wish::Meet => Box::new(
            Field::ALL
                .into_iter()
                .flat_map(choices)
                .flat_map(situations),
        ),
        Wish::Do(_) => Box::new(
            Audience::ALL
                .into_iter()
                .map(Audiences::all)
                .flat_map(situations),
        ),
    }
}
