use std::collections::{BTreeMap, BTreeSet};

use chrono::Datelike;
use data_encoding::HEXLOWER;
use proptest::prelude::*;
use sha2::{Digest, Sha256};

use super::*;
use crate::domain::interest::Interest;

pub(super) fn day() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 11, 23).unwrap()
}

pub(super) fn large() -> World {
    World::generate(1000, 1, day())
}

pub(super) fn age(person: &Person, today: NaiveDate) -> u32 {
    today.years_since(person.birth).unwrap()
}

pub(super) fn pair(one: usize, other: usize) -> (usize, usize) {
    (one.min(other), one.max(other))
}

pub(super) fn bonds(world: &World) -> impl Iterator<Item = (usize, usize)> + '_ {
    world.bonds.iter().map(|bond| (bond.asker, bond.accepter))
}

fn penpals(world: &World) -> BTreeMap<usize, usize> {
    let mut degrees: BTreeMap<_, _> = (0..world.people.len()).map(|at| (at, 0)).collect();
    for (one, other) in bonds(world) {
        *degrees.get_mut(&one).unwrap() += 1;
        *degrees.get_mut(&other).unwrap() += 1;
    }
    degrees
}

#[test]
fn the_same_seed_and_day_give_the_same_world_everywhere() {
    let digest = Sha256::digest(format!("{:?}", large()));
    assert_eq!(
        HEXLOWER.encode(&digest),
        "d7d355c739d4b60689b7af74c373053eae18d0370cb6956a494f048b63fd9345"
    );
    assert_eq!(large(), large());
}

#[test]
fn another_seed_size_or_day_gives_another_world() {
    let world = World::generate(60, 1, day());
    assert_ne!(world, World::generate(60, 2, day()));
    assert_ne!(world.people, World::generate(61, 1, day()).people);
    assert_ne!(world, World::generate(60, 1, day().succ_opt().unwrap()));
}

#[test]
fn a_thousand_members_are_of_every_age_and_mostly_young_adults() {
    let world = large();
    let ages: Vec<u32> = world.people.iter().map(|p| age(p, day())).collect();
    let present: BTreeSet<u32> = ages.iter().copied().collect();
    assert_eq!(present, (13..=90).collect());
    let share = |of: std::ops::RangeInclusive<u32>| {
        ages.iter().filter(|age| of.contains(age)).count() as f64 / 1000.0
    };
    assert!((0.55..0.75).contains(&share(18..=45)), "{}", share(18..=45));
    assert!((0.04..0.12).contains(&share(13..=17)), "{}", share(13..=17));
}

#[test]
fn a_thousand_members_have_about_eight_penpals_each() {
    let world = large();
    let degrees = penpals(&world);
    let mean = degrees.values().sum::<usize>() as f64 / 1000.0;
    assert!((7.0..9.0).contains(&mean), "{mean}");
    assert!(degrees.values().any(|degree| *degree >= 30));
    let alone = degrees.values().filter(|degree| **degree == 0).count();
    assert!((50..300).contains(&alone), "{alone}");
    let sharing = bonds(&world).filter(|(one, other)| {
        let (one, other) = (&world.people[*one], &world.people[*other]);
        let codes = |p: &Person| p.languages.iter().map(|l| l.code).collect::<BTreeSet<_>>();
        one.interests
            .iter()
            .any(|slug| other.interests.contains(slug))
            || !codes(one).is_disjoint(&codes(other))
    });
    assert!(sharing.count() * 100 >= world.bonds.len() * 90);
    assert!((200..400).contains(&world.requests.len()));
    assert!(
        (45..75).contains(&world.blocks.len()),
        "{}",
        world.blocks.len()
    );
}

#[test]
fn a_thousand_profiles_are_filled_in_plausibly() {
    let world = large();
    let share = |given: fn(&Person) -> bool| {
        world.people.iter().filter(|person| given(person)).count() / 10
    };
    for (given, between) in [
        (share(|p| p.full_name.is_some()), 55..75),
        (share(|p| p.gender.is_some()), 65..85),
        (share(|p| p.country.is_some()), 88..98),
        (share(|p| p.city.is_some()), 55..80),
        (share(|p| !p.languages.is_empty()), 90..99),
        (share(|p| p.occupation.is_some()), 65..90),
        (share(|p| !p.interests.is_empty()), 90..99),
        (share(|p| p.about_me.is_some()), 60..80),
    ] {
        assert!(between.contains(&given), "{given} in {between:?}");
    }
    let texts: BTreeSet<_> = world
        .people
        .iter()
        .filter_map(|p| p.about_me.as_ref())
        .collect();
    let written = world.people.iter().filter(|p| p.about_me.is_some()).count();
    assert!(
        texts.len() * 100 >= written * 95,
        "{} of {written}",
        texts.len()
    );
    for reach in [Reach::OnlyMe, Reach::Penpals, Reach::Members, Reach::Public] {
        for field in Field::ALL {
            let chosen = |p: &&Person| p.audiences.of(field) == Some(reach);
            let count = world.people.iter().filter(chosen).count();
            let barred = match field {
                Field::Email => reach > Reach::Penpals,
                Field::FullName | Field::BirthDate => reach > Reach::Members,
                _ => false,
            };
            assert_eq!(count == 0, barred, "{field:?} {reach:?}: {count}");
        }
    }
}

#[test]
fn the_five_differ_in_standing() {
    for members in [5, 50, 1000] {
        let world = World::generate(members, 1, day());
        for (at, sign_in) in world.sign_ins.iter().enumerate() {
            assert_eq!(sign_in.person, at);
            assert_eq!(world.people[at].email, sign_in.email);
        }
    }
    let world = large();
    let [ada, noor, tim, boris, vera] = [0, 1, 2, 3, 4];
    let degrees = penpals(&world);
    assert!((10..=14).contains(&degrees[&ada]), "{}", degrees[&ada]);
    assert_eq!(degrees[&noor], 0);
    assert_eq!(world.people[noor].joined_days_ago, 1);
    assert!((2..=6).contains(&degrees[&tim]), "{}", degrees[&tim]);
    assert_eq!(age(&world.people[tim], day()), 15);
    assert!((2..=9).contains(&degrees[&boris]));
    let block = |b: &Block| (b.blocker, b.blocked) == (ada, boris);
    assert!(world.blocks.iter().any(block));
    let hidden = |(_, reach)| reach == Some(Reach::OnlyMe);
    assert!(world.people[vera].audiences.iter().all(hidden));
    let of_ada: BTreeSet<_> = world.people[ada].audiences.iter().map(|(_, r)| r).collect();
    assert_eq!(of_ada.len(), 4);
}

#[test]
fn a_small_world_gives_the_teen_somebody_to_write_to() {
    for seed in 0..20 {
        let world = World::generate(50, seed, day());
        assert!(penpals(&world)[&2] >= 1, "seed {seed}");
    }
}

fn check_person(person: &Person, today: NaiveDate) -> Result<(), TestCaseError> {
    let years = age(person, today);
    prop_assert!((13..=90).contains(&years));
    let shown = person.display_name.chars().count();
    prop_assert!((2..=30).contains(&shown) && person.display_name.trim().len() >= 2);
    prop_assert!(!person.display_name.contains('@'));
    let stem = &person.handle_stem;
    prop_assert!((3..=20).contains(&stem.len()), "{stem}");
    prop_assert!(stem.starts_with(|c: char| c.is_ascii_lowercase()));
    prop_assert!(
        stem.chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
    );
    prop_assert!(person.email.ends_with("@letterlock.example"));
    prop_assert!(email_address::EmailAddress::is_valid(&person.email));
    prop_assert!(person.city.is_none() || person.country.is_some());
    prop_assert!(person.languages.len() <= 6 && person.interests.len() <= 12);
    let codes: BTreeSet<_> = person.languages.iter().map(|l| l.code).collect();
    prop_assert_eq!(codes.len(), person.languages.len());
    for spoken in &person.languages {
        prop_assert_eq!(spoken.native, spoken.level.is_none());
        prop_assert!(spoken.level.is_none_or(|level| (1..=6).contains(&level)));
    }
    let slugs: BTreeSet<_> = person.interests.iter().collect();
    prop_assert_eq!(slugs.len(), person.interests.len());
    prop_assert!(slugs.iter().all(|slug| Interest::by_slug(slug).is_some()));
    if let Some(text) = &person.about_me {
        prop_assert!(!text.contains(['{', '}', '\n', '\t']), "{text}");
        prop_assert!(!text.contains("  ") && text.len() <= 600, "{text}");
        prop_assert!(text.ends_with(['.', '!', '?']), "{text}");
        prop_assert!(codes.is_empty() || codes.contains("en"), "{text}");
        let hides_city = !person.audiences.may_mention(Field::City, years);
        if let Some(city) = person.city.as_ref().filter(|_| hides_city) {
            // Romania is no mention of Roma.
            let mut after = text.split(city.as_str()).skip(1);
            let named = after.any(|rest| !rest.starts_with(char::is_alphabetic));
            prop_assert!(!named, "{city}: {text}");
        }
    }
    let joined = today - chrono::Days::new(person.joined_days_ago.into());
    prop_assert!(person.joined_days_ago >= 1);
    prop_assert!(
        joined
            .years_since(person.birth)
            .is_some_and(|age| age >= 13)
    );
    prop_assert!(person.last_seen_minutes_ago <= u32::from(person.joined_days_ago) * 1440);
    prop_assert!(person.audiences.of(Field::Email) <= Some(Reach::Penpals));
    if years < 18 {
        prop_assert!(
            person
                .audiences
                .iter()
                .all(|(_, r)| r < Some(Reach::Public))
        );
    }
    Ok(())
}

fn check_ties(world: &World, today: NaiveDate) -> Result<(), TestCaseError> {
    let teen = |at: usize| age(&world.people[at], today) < 18;
    let bonds = world
        .bonds
        .iter()
        .map(|b| (b.asker, b.accepter, b.days_ago));
    let requests = world.requests.iter().map(|r| (r.from, r.to, r.days_ago));
    let blocks = world
        .blocks
        .iter()
        .map(|b| (b.blocker, b.blocked, b.days_ago));
    let mut pairs = BTreeSet::new();
    for (one, other, days_ago) in bonds.chain(requests).chain(blocks) {
        prop_assert_ne!(one, other);
        prop_assert_eq!(teen(one), teen(other));
        prop_assert!(pairs.insert(pair(one, other)), "{one} and {other} twice");
        for end in [one, other] {
            prop_assert!(days_ago <= world.people[end].joined_days_ago);
        }
    }
    prop_assert!(penpals(world).values().all(|degree| *degree <= 40));
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn every_world_is_in_order(seed: u64, members in 50usize..1500, days in 0u64..3000) {
        let today = day() + chrono::Days::new(days);
        prop_assume!(today.year() < 2040);
        let world = World::generate(members, seed, today);
        prop_assert_eq!(world.people.len(), members);
        let addresses: BTreeSet<_> = world.people.iter().map(|p| &p.email).collect();
        prop_assert_eq!(addresses.len(), members);
        for person in &world.people {
            check_person(person, today)?;
        }
        check_ties(&world, today)?;
    }
}

/// All that a crowd is.
#[derive(Debug, PartialEq)]
struct Whole {
    people: Vec<Person>,
    bonds: Vec<Bond>,
    blocks: Vec<Block>,
    requests: Vec<Request>,
    lists: BTreeMap<usize, Friends>,
}

fn crowd(members: usize, seed: u64) -> Whole {
    let mut crowd = Crowd::new(members, seed, day());
    let people: Vec<Person> = crowd.by_ref().collect();
    let mut whole = Whole {
        bonds: Vec::new(),
        blocks: Vec::new(),
        requests: Vec::new(),
        lists: BTreeMap::new(),
        people,
    };
    for one in 0..whole.people.len() {
        let (bonds, request, block) = crowd.ties(one);
        whole.bonds.extend(bonds);
        whole.requests.extend(request);
        whole.blocks.extend(block);
        whole.lists.extend(crowd.list(one).map(|list| (one, list)));
    }
    whole
}

#[test]
fn a_crowd_is_the_same_for_the_same_seed() {
    assert_eq!(crowd(300, 1), crowd(300, 1));
    assert_ne!(crowd(300, 1).people, crowd(300, 2).people);
    assert_ne!(crowd(300, 1).bonds, crowd(300, 2).bonds);
    // The five do not depend on how many there are, nor does any member on those after them.
    assert_eq!(crowd(5, 1).people, World::generate(5, 1, day()).people);
    assert_eq!(crowd(300, 1).people[..100], crowd(100, 1).people[..100]);
}

#[test]
fn each_of_a_crowd_has_twenty_penpals_of_their_kind_and_five_interests() {
    let Whole {
        people,
        bonds,
        blocks,
        requests,
        ..
    } = crowd(1000, 3);
    assert_eq!(people.len(), 1000);
    let mut degrees = BTreeMap::new();
    let mut pairs = BTreeSet::new();
    let teen = |at: usize| age(&people[at], day()) < 18;
    let ties = bonds.iter().map(|b| (b.asker, b.accepter, b.days_ago));
    let others = requests.iter().map(|r| (r.from, r.to, r.days_ago));
    let blocked = blocks.iter().map(|b| (b.blocker, b.blocked, b.days_ago));
    for (one, other, days_ago) in ties.clone().chain(others).chain(blocked) {
        assert_ne!(one, other);
        assert_eq!(teen(one), teen(other), "{one} {other}");
        assert!(
            pairs.insert((one.min(other), one.max(other))),
            "{one} {other}"
        );
        for end in [one, other] {
            assert!(days_ago <= people[end].joined_days_ago, "{one} {other}");
        }
    }
    for (one, other, _) in ties {
        *degrees.entry(one).or_insert(0) += 1;
        *degrees.entry(other).or_insert(0) += 1;
    }
    for (at, person) in people.iter().enumerate() {
        // The newcomer among the five has no penpals.
        let expected = if at == 1 { None } else { Some(&20) };
        assert_eq!(degrees.get(&at), expected, "{at}");
        if at >= 5 {
            assert_eq!(person.interests.len(), 5, "{at}");
            assert_ne!(age(person, day()), 18, "{at}");
            assert_eq!(person.email, Crowd::address(at));
        }
    }
    let teens = (0..1000).filter(|at| teen(*at)).count();
    assert!((60..65).contains(&teens), "{teens}");
    assert!(requests.len() > 250 && blocks.len() > 50);
    assert!(blocks.iter().any(|b| (b.blocker, b.blocked) == (0, 3)));
    assert!(
        requests.iter().all(|r| r.from > 4)
            && blocks.iter().all(|b| b.blocker == 0 || b.blocked > 4)
    );
}

#[test]
fn each_of_a_crowd_has_three_conversations_of_five_letters_with_penpals() {
    let Whole { people, bonds, .. } = crowd(1000, 3);
    let bonds: BTreeSet<_> = bonds
        .iter()
        .map(|bond| pair(bond.asker, bond.accepter))
        .collect();
    let mut crowd = Crowd::new(1000, 3, day());
    assert_eq!(crowd.by_ref().count(), 1000);
    let mut sides = BTreeMap::new();
    let mut pairs = BTreeSet::new();
    let mut unread = 0;
    for it in (0..1000).flat_map(|one| crowd.conversations(one)) {
        let [one, other] = [0, 1].map(|which: usize| it.sides[which].person);
        assert!(bonds.contains(&pair(one, other)) && pairs.insert(pair(one, other)));
        for end in [one, other] {
            *sides.entry(end).or_insert(0) += 1;
            let joined = u32::from(people[end].joined_days_ago) * 1440;
            assert!(it.letters.iter().all(|it| it.minutes_ago <= joined));
        }
        assert_eq!(it.letters.len(), 5);
        unread += it.sides.iter().filter(|it| it.read < 5).count();
    }
    let three = sides.values().filter(|count| **count == 3).count();
    // But for the newcomer, and those between the ends of a circle.
    assert!(sides.len() == 999 && three >= 970, "{three}");
    assert!((300..700).contains(&unread), "{unread}");
}

#[test]
fn lists_of_a_crowd_hold_penpals_and_are_used() {
    let Whole {
        people,
        bonds,
        lists,
        ..
    } = crowd(400, 3);
    assert!(lists.len() > 40);
    for (one, friends) in lists {
        assert_eq!(people[one].audiences.of(friends.shown), Some(Reach::Lists));
        assert!(!friends.members.is_empty());
        for member in friends.members {
            let mut bonds = bonds.iter();
            assert!(
                bonds.any(|b| (b.asker, b.accepter) == (one, member)),
                "{one} {member}"
            );
        }
    }
}

#[test]
fn a_tiny_crowd_is_as_sociable_as_it_can_be() {
    for members in 0..60 {
        let Whole { people, bonds, .. } = crowd(members, 9);
        assert_eq!(people.len(), members.max(5));
        let pairs: BTreeSet<_> = bonds
            .iter()
            .map(|b| (b.asker.min(b.accepter), b.asker.max(b.accepter)))
            .collect();
        assert_eq!(pairs.len(), bonds.len(), "{members}");
    }
}

#[test]
fn photos_are_of_few_and_who_shows_nothing_shows_none() {
    let world = large();
    let (albums, photos) = world.gallery(1, day());
    assert_eq!(world.gallery(1, day()), (albums.clone(), photos.clone()));
    let owners: BTreeSet<usize> = photos.iter().map(|photo| photo.owner).collect();
    assert!(owners.len() > 30 && photos.len() > 60 && albums.len() > 10);
    let [ada, noor, _, _, vera] = [0, 1, 2, 3, 4];
    assert!(owners.contains(&ada) && !owners.contains(&noor));
    for owner in owners {
        let mine: Vec<_> = photos.iter().filter(|it| it.owner == owner).collect();
        assert_eq!(mine.iter().filter(|it| it.portrait).count(), 1);
        let person = &world.people[owner];
        for photo in mine {
            assert!(photo.days_ago <= person.joined_days_ago.into());
            assert!(photo.album.is_none_or(|at| albums[at].owner == owner));
            let widest = match owner {
                _ if owner == vera => Reach::OnlyMe,
                _ if age(person, day()) < 18 => Reach::Penpals,
                _ => Reach::Public,
            };
            assert!(photo.audience <= widest);
        }
    }
    for audience in [Reach::OnlyMe, Reach::Penpals, Reach::Members, Reach::Public] {
        assert!(photos.iter().any(|photo| photo.audience == audience));
    }
}
