//! What must hold of the decision whatever the facts are, also where no database would hold them together.

use proptest::prelude::*;

use super::*;
use crate::domain::{
    age::AgeClass,
    audience::Audience,
    findable::{Findable, WAYS, Way},
    id::MemberId,
    profile::{Audiences, FIELDS, Field, FieldSet},
    standing::Standing,
};
use crate::viewer::who::Viewer;

/// Most of the facts that matter let a rule further down be reached, so those are drawn more often.
fn any_age() -> impl Strategy<Value = AgeClass> {
    prop_oneof![
        4 => Just(AgeClass::Adult),
        4 => Just(AgeClass::Teen),
        1 => Just(AgeClass::Child),
        1 => Just(AgeClass::Unknown),
    ]
}

fn any_standing() -> impl Strategy<Value = Standing> {
    prop_oneof![
        8 => Just(Standing::Active),
        1 => Just(Standing::InDoubt),
        1 => Just(Standing::Frozen),
    ]
}

fn any_viewer() -> impl Strategy<Value = ViewerFacts> {
    prop_oneof![
        1 => Just(ViewerFacts::Visitor),
        4 => (any_age(), any_standing())
            .prop_map(|(age, standing)| ViewerFacts::Member { age, standing }),
    ]
}

fn any_fields() -> impl Strategy<Value = FieldSet> {
    any::<u32>().prop_map(FieldSet::from_bits)
}

fn any_audiences() -> impl Strategy<Value = Audiences> {
    let one = || prop::sample::select(Audience::ALL.as_slice());
    prop_oneof![
        3 => prop::array::uniform::<_, FIELDS>(one()).prop_map(Audiences::from_array),
        // Little or nothing beside one field, so that what hangs on that one alone is met too.
        1 => (one(), any_field(), one()).prop_map(|(rest, field, audience)| {
            Audiences::all(rest).with(field, audience)
        }),
    ]
}

fn any_field() -> impl Strategy<Value = Field> {
    prop::sample::select(Field::ALL.as_slice())
}

prop_compose! {
    fn any_pair()(
        same in prop::bool::weighted(0.1),
        penpals: bool,
        blocked in prop::bool::weighted(0.2),
        asked: bool,
        asked_me: bool,
        listed in any_fields(),
        excepted in prop_oneof![Just(FieldSet::NONE), any_fields()],
    ) -> PairFacts {
        PairFacts { same, penpals, blocked, asked, asked_me, listed, excepted }
    }
}

fn any_findable() -> impl Strategy<Value = Findable> {
    prop::collection::vec(prop::sample::select(Audience::ALL.to_vec()), WAYS).prop_map(|chosen| {
        Way::ALL.into_iter().zip(chosen).fold(
            Findable::all(Audience::OnlyMe),
            |findable, (way, audience)| findable.with(way, audience),
        )
    })
}

prop_compose! {
    fn any_known()(
        viewer in any_viewer(),
        age in any_age(),
        standing in any_standing(),
        audiences in any_audiences(),
        findable in any_findable(),
        pair in any_pair(),
    ) -> Known {
        Known { viewer, owner: OwnerFacts { age, standing, audiences, findable }, pair }
    }
}

fn reads() -> impl Iterator<Item = Wish> {
    std::iter::once(Wish::Meet).chain(Field::ALL.map(Wish::See))
}

fn acts() -> impl Iterator<Item = Wish> {
    Act::ALL.into_iter().map(Wish::Do)
}

fn finds() -> impl Iterator<Item = Wish> {
    Way::ALL.into_iter().map(Wish::Find)
}

fn every_wish() -> impl Iterator<Item = Wish> {
    reads().chain(finds()).chain(looks()).chain(acts())
}

fn looks() -> impl Iterator<Item = Wish> {
    Audience::ALL.into_iter().map(Wish::Look)
}

fn allows(wish: Wish, known: &Known) -> bool {
    decide(wish, known).allows()
}

/// What could be known of a member that is worse than what is.
fn worse(age: AgeClass, standing: Standing) -> Vec<(AgeClass, Standing)> {
    let mut all = vec![
        (AgeClass::Unknown, standing),
        (AgeClass::Child, standing),
        (age, Standing::Frozen),
    ];
    // From frozen to in doubt is no step down: who is in doubt is served.
    if standing == Standing::Active {
        all.push((age, Standing::InDoubt));
    }
    all
}

/// The facts as known, but for one that is worse: of the viewer, of the owner, or between the two.
fn harmed(known: &Known) -> Vec<Known> {
    let mut all = Vec::new();
    if let ViewerFacts::Member { age, standing } = known.viewer {
        for (age, standing) in worse(age, standing) {
            let viewer = ViewerFacts::Member { age, standing };
            all.push(Known { viewer, ..*known });
        }
    }
    for (age, standing) in worse(known.owner.age, known.owner.standing) {
        let owner = OwnerFacts {
            age,
            standing,
            ..known.owner
        };
        all.push(Known { owner, ..*known });
    }
    let blocked = PairFacts {
        blocked: true,
        ..known.pair
    };
    all.push(Known {
        pair: blocked,
        ..*known
    });
    all
}

fn with_pair(known: &Known, change: impl FnOnce(&mut PairFacts)) -> Known {
    let mut changed = *known;
    change(&mut changed.pair);
    changed
}

fn without(fields: FieldSet, field: Field) -> FieldSet {
    FieldSet::from_bits(fields.bits() & !FieldSet::NONE.with(field).bits())
}

/// One step toward fewer people; `OnlyMe` stays.
fn tightened(known: &Known, field: Field) -> Known {
    let chosen = known.owner.audiences.chosen(field);
    let tighter = Audience::ALL
        .into_iter()
        .rfind(|audience| *audience < chosen)
        .unwrap_or(Audience::OnlyMe);
    let mut changed = *known;
    changed.owner.audiences = known.owner.audiences.with(field, tighter);
    changed
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn every_wish_is_decided_by_a_rule(known in any_known()) {
        for wish in every_wish() {
            prop_assert_ne!(decide(wish, &known).sentence(), "undecided", "{:?}", wish);
        }
    }

    /// A block, a freeze, a doubt, or an age that is unknown or under 13, on either side, opens nothing: no
    /// read and no act.
    #[test]
    fn no_harm_opens_anything(known in any_known()) {
        for changed in harmed(&known) {
            for wish in every_wish() {
                prop_assert!(
                    allows(wish, &known) || !allows(wish, &changed),
                    "{:?} is opened by {:?}", wish, changed
                );
            }
        }
    }

    /// An exception, a tighter audience and a list that the viewer is taken off open no field, and bear on
    /// no act at all.
    #[test]
    fn nothing_hidden_is_opened_by_an_exception_a_tighter_audience_or_a_list(
        known in any_known(),
        field in any_field(),
    ) {
        for changed in [
            with_pair(&known, |pair| pair.excepted = pair.excepted.with(field)),
            with_pair(&known, |pair| pair.listed = without(pair.listed, field)),
            tightened(&known, field),
        ] {
            for wish in reads() {
                prop_assert!(allows(wish, &known) || !allows(wish, &changed), "{:?}", wish);
                // To members, one field's audience says nothing of another. A visitor may thereby lose the
                // member, of whom nothing else was public.
                if wish != Wish::See(field) && known.viewer != ViewerFacts::Visitor {
                    prop_assert_eq!(decide(wish, &known), decide(wish, &changed), "{:?}", wish);
                }
            }
            for wish in acts() {
                prop_assert_eq!(decide(wish, &known), decide(wish, &changed), "{:?}", wish);
            }
        }
    }

    /// A bond that ends opens no read, and of the acts those two alone that make a new one, where none is
    /// barred by age. A request that is gone opens nothing.
    #[test]
    fn the_end_of_a_bond_or_of_a_request_opens_no_more_than_a_new_bond(known in any_known()) {
        let alone = with_pair(&known, |pair| pair.penpals = false);
        for wish in every_wish() {
            if allows(wish, &alone) && !allows(wish, &known) {
                prop_assert!(matches!(wish, Wish::Do(Act::Ask | Act::Accept)), "{:?}", wish);
                let ViewerFacts::Member { age, .. } = known.viewer else {
                    return Err(TestCaseError::fail("a visitor acts"));
                };
                prop_assert_eq!(age, known.owner.age);
            }
        }
        for quiet in [
            with_pair(&known, |pair| pair.asked = false),
            with_pair(&known, |pair| pair.asked_me = false),
        ] {
            for wish in reads() {
                prop_assert_eq!(decide(wish, &known), decide(wish, &quiet), "{:?}", wish);
            }
            for wish in acts() {
                prop_assert!(allows(wish, &known) || !allows(wish, &quiet), "{:?}", wish);
            }
        }
    }

    /// Who is frozen, in doubt, a child or of unknown age is alone: whichever side it is, nothing passes between
    /// the two, whatever bound them before.
    #[test]
    fn who_takes_no_part_is_alone(known in any_known()) {
        let known = with_pair(&known, |pair| pair.same = false);
        let part = |age, standing| {
            standing == Standing::Active && matches!(age, AgeClass::Teen | AgeClass::Adult)
        };
        let viewer = match known.viewer {
            ViewerFacts::Visitor => true,
            ViewerFacts::Member { age, standing } => part(age, standing),
        };
        if !viewer || !part(known.owner.age, known.owner.standing) {
            prop_assert!(!every_wish().any(|wish| allows(wish, &known)));
        }
    }

    /// Whoever is served sees all of themselves and keeps their account, whatever they have chosen for
    /// others; and does nothing to themselves.
    #[test]
    fn nobody_is_hidden_from_themselves(
        known in any_known(),
        age in any_age(),
        standing in any_standing(),
    ) {
        let mut known = with_pair(&known, |pair| pair.same = true);
        known.viewer = ViewerFacts::Member { age, standing };
        known.owner.age = age;
        known.owner.standing = standing;
        let served = standing != Standing::Frozen && matches!(age, AgeClass::Teen | AgeClass::Adult);
        for wish in every_wish() {
            let reserved = matches!(wish, Wish::Do(act) if act != Act::KeepOwn);
            prop_assert_eq!(allows(wish, &known), served && !reserved, "{:?}", wish);
        }
    }

    /// The fact of a block has no direction, so neither of the two can do or see anything of the other.
    #[test]
    fn a_block_shuts_both_ways(known in any_known(), back in any_known()) {
        let mut known = with_pair(&known, |pair| {
            pair.blocked = true;
            pair.same = false;
        });
        let (here, there) = match known.viewer {
            ViewerFacts::Visitor => return Ok(()),
            ViewerFacts::Member { age, standing } => ((age, standing), (known.owner.age, known.owner.standing)),
        };
        for _ in 0..2 {
            for wish in every_wish() {
                prop_assert!(!allows(wish, &known), "{:?}", wish);
            }
            // The other side: what each knows of lists and requests is its own, the block and the bond are shared.
            known = Known {
                viewer: ViewerFacts::Member { age: there.0, standing: there.1 },
                owner: OwnerFacts { age: here.0, standing: here.1, audiences: back.owner.audiences, findable: back.owner.findable },
                pair: PairFacts { penpals: known.pair.penpals, blocked: true, same: false, ..back.pair },
            };
        }
    }

    /// Signing in takes nothing from an adult who is not excepted.
    #[test]
    fn an_adult_sees_what_a_visitor_sees(known in any_known(), field in any_field()) {
        let visitor = Known { viewer: ViewerFacts::Visitor, pair: PairFacts::default(), ..known };
        let adult = Known {
            viewer: ViewerFacts::Member { age: AgeClass::Adult, standing: Standing::Active },
            ..visitor
        };
        for wish in reads().chain(finds()) {
            prop_assert!(!allows(wish, &visitor) || allows(wish, &adult), "{:?}", wish);
        }
        let excepted = with_pair(&adult, |pair| pair.excepted = pair.excepted.with(field));
        prop_assert!(!allows(Wish::See(field), &excepted));
    }

    /// Visitors meet adults who show them something, see nothing that is not public, and can do nothing.
    #[test]
    fn a_visitor_gets_what_adults_show_to_all(known in any_known()) {
        let known = Known { viewer: ViewerFacts::Visitor, ..known };
        prop_assert!(!acts().any(|act| allows(act, &known)));
        let known = Known { pair: PairFacts::default(), ..known };
        let active_adult = known.owner.age == AgeClass::Adult && known.owner.standing == Standing::Active;
        let mut something = false;
        for field in Field::ALL {
            let public = known.owner.audiences.chosen(field) == Audience::Public;
            let seen = allows(Wish::See(field), &known);
            prop_assert!(!seen || (active_adult && public), "{:?}", field);
            something |= seen;
        }
        prop_assert_eq!(allows(Wish::Meet, &known), something);
        for way in Way::ALL {
            let public = known.owner.findable.chosen(way) == Audience::Public;
            prop_assert!(!allows(Wish::Find(way), &known) || (something && public && way != Way::Email));
        }
    }

    /// Who is found exists, and who can be found is the owner's choice, drawn in to what the age allows.
    #[test]
    fn nobody_is_found_who_does_not_exist_or_has_not_chosen_it(known in any_known()) {
        for way in Way::ALL {
            let found = allows(Wish::Find(way), &known);
            prop_assert!(!found || allows(Wish::Meet, &known));
            let mut hidden = known;
            hidden.owner.findable = known.owner.findable.with(way, Audience::OnlyMe);
            let oneself = known.pair.same && known.viewer != ViewerFacts::Visitor;
            prop_assert!(!allows(Wish::Find(way), &hidden) || oneself);
            // Who can find has no bearing on who can see.
            for wish in reads().chain(acts()) {
                prop_assert_eq!(decide(wish, &hidden), decide(wish, &known));
            }
        }
    }

    /// Teens and adults who are not penpals do not exist for each other; those who are make no new bond.
    #[test]
    fn across_the_age_line_there_is_nothing_but_an_old_bond(known in any_known(), teen_looks: bool) {
        let (viewer, owner) = if teen_looks {
            (AgeClass::Teen, AgeClass::Adult)
        } else {
            (AgeClass::Adult, AgeClass::Teen)
        };
        let mut known = with_pair(&known, |pair| pair.same = false);
        known.owner.age = owner;
        let standing = match known.viewer {
            ViewerFacts::Visitor => Standing::Active,
            ViewerFacts::Member { standing, .. } => standing,
        };
        known.viewer = ViewerFacts::Member { age: viewer, standing };
        for wish in every_wish() {
            let new_bond = matches!(wish, Wish::Do(Act::Ask | Act::Accept));
            prop_assert!(!allows(wish, &known) || (known.pair.penpals && !new_bond), "{:?}", wish);
        }
    }

    /// A field is never seen by more people than its owner's age allows, whatever the database holds.
    #[test]
    fn no_choice_is_wider_than_the_owners_age_allows(known in any_known()) {
        let mut known = known;
        known.pair.same = false;
        let drawn_in = Known {
            owner: OwnerFacts {
                audiences: known.owner.audiences.drawn_in(known.owner.age),
                ..known.owner
            },
            ..known
        };
        for wish in every_wish() {
            prop_assert_eq!(decide(wish, &known), decide(wish, &drawn_in), "{:?}", wish);
        }
    }

    /// Grants hold what was wanted and allowed, each of it and nothing else.
    #[test]
    fn grants_are_the_decisions_on_what_was_wanted(
        known in any_known(),
        wanted in any_fields(),
        meet: bool,
    ) {
        let versions = Versions { owner: 1, viewer: 1 };
        let case = Case::new(Viewer::Visitor, MemberId::from_key(1), versions, Depth::Seeing, known);
        let wanted = reads()
            .filter(|wish| match wish {
                Wish::Meet => meet,
                Wish::See(field) => wanted.contains(*field),
                Wish::Find(_) | Wish::Look(_) | Wish::Do(_) => false,
            })
            .fold(Wanted::NOTHING, Wanted::with);
        let grants = Grants::ask(&case, wanted);
        for wish in every_wish() {
            let granted = wanted.contains(wish) && allows(wish, &known);
            prop_assert_eq!(grants.grant(wish), granted, "{:?}", wish);
        }
        let seen = wanted.fields().iter().filter(|field| allows(Wish::See(*field), &known));
        prop_assert_eq!(grants.fields(), seen.fold(FieldSet::NONE, FieldSet::with));
        prop_assert_eq!(grants.identity(), meet && allows(Wish::Meet, &known));
        let age = grants.fields().contains(Field::Age);
        prop_assert_eq!(grants.to_the_day(), age && allows(Wish::See(Field::BirthDate), &known));
        let nothing = !reads().any(|wish| wanted.contains(wish) && allows(wish, &known));
        prop_assert_eq!(grants.is_empty(), nothing);
    }
}
