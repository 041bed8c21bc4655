//! Every situation that a decision can meet, one after another.

use letterlock::{
    domain::{
        age::AgeClass,
        audience::Audience,
        findable::{Findable, Way},
        profile::{Audiences, Field, FieldSet},
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
fn owners(audiences: Audiences, findable: Findable) -> Vec<OwnerFacts> {
    let owner = |age| {
        Standing::ALL.into_iter().map(move |standing| OwnerFacts {
            age,
            standing,
            audiences,
            findable,
        })
    };
    AgeClass::ALL.into_iter().flat_map(owner).collect()
}

/// Every combination of what can stand between two, but for lists.
fn pairs() -> Vec<PairFacts> {
    (0..32)
        .map(|bits| PairFacts {
            same: bits & 1 != 0,
            penpals: bits & 2 != 0,
            blocked: bits & 4 != 0,
            asked: bits & 8 != 0,
            asked_me: bits & 16 != 0,
            ..PairFacts::default()
        })
        .collect()
}

/// Every combination of what matters to seeing `field`: the viewer stands on no list, on lists of this
/// field, or on lists of all others.
fn pairs_seeing(field: Field) -> Vec<PairFacts> {
    let this = FieldSet::NONE.with(field);
    let others = Field::ALL
        .into_iter()
        .filter(|other| *other != field)
        .fold(FieldSet::NONE, FieldSet::with);
    let lists = [
        (FieldSet::NONE, FieldSet::NONE),
        (others, others),
        (this, others),
        (others, this),
        (this, this),
    ];
    let asked = |pair: &PairFacts| pair.asked == pair.asked_me;
    let pairs = pairs().into_iter().filter(asked);
    pairs
        .flat_map(|pair| {
            lists.map(|(listed, excepted)| PairFacts {
                listed,
                excepted,
                ..pair
            })
        })
        .collect()
}

/// Of no bearing on anything but finding.
const NOT_FOUND: Findable = Findable::all(Audience::OnlyMe);

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

fn situations(audiences: Audiences, findable: Findable, pairs: &[PairFacts]) -> Vec<Known> {
    let all = viewers().into_iter().flat_map(|viewer| {
        owners(audiences, findable)
            .into_iter()
            .flat_map(move |owner| {
                pairs.iter().copied().map(move |pair| Known {
                    viewer,
                    owner,
                    pair,
                })
            })
    });
    all.collect()
}

/// One field at each audience, the others at the narrowest, one between, and the widest: what the others
/// are matters only to whether anything is public.
pub(super) fn choices(field: Field) -> impl Iterator<Item = Audiences> {
    let others = [Audience::OnlyMe, Audience::Members, Audience::Public];
    others.into_iter().flat_map(move |others| {
        Audience::ALL
            .into_iter()
            .map(move |audience| Audiences::all(others).with(field, audience))
    })
}

/// Every wish.
pub(super) fn wishes() -> Vec<Wish> {
    let mut wishes = vec![Wish::Meet];
    wishes.extend(Way::ALL.map(Wish::Find));
    wishes.extend(Field::ALL.map(Wish::See));
    wishes.extend(Audience::ALL.map(Wish::Look));
    wishes.extend(Act::ALL.map(Wish::Do));
    wishes
}

/// Every situation in which `wish` can be wished, contradictory ones too. For a field: the field at every
/// audience and on every kind of list. For the rest: any one field at every audience, so that the
/// widest of all, which decides about visitors, comes about in every way.
pub(super) fn every(wish: Wish) -> Box<dyn Iterator<Item = Known>> {
    match wish {
        Wish::See(field) => {
            let pairs = pairs_seeing(field);
            Box::new(
                choices(field).flat_map(move |audiences| situations(audiences, NOT_FOUND, &pairs)),
            )
        }
        Wish::Meet => Box::new(
            Field::ALL
                .into_iter()
                .flat_map(choices)
                .flat_map(|audiences| situations(audiences, NOT_FOUND, &pairs())),
        ),
        // What matters to a visitor besides is whether anything is public.
        Wish::Find(way) => Box::new([Audience::Members, Audience::Public].into_iter().flat_map(
            move |shown| {
                Audience::ALL.into_iter().flat_map(move |found| {
                    [Audience::OnlyMe, Audience::Public]
                        .into_iter()
                        .flat_map(move |otherwise| {
                            let findable = Findable::all(otherwise).with(way, found);
                            situations(Audiences::all(shown), findable, &pairs())
                        })
                })
            },
        )),
        Wish::Look(_) | Wish::Do(_) => Box::new(
            Audience::ALL
                .into_iter()
                .map(Audiences::all)
                .flat_map(|audiences| situations(audiences, NOT_FOUND, &pairs())),
        ),
    }
}
