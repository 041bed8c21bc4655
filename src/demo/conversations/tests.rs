use std::collections::BTreeSet;

use chrono::NaiveDate;
use data_encoding::HEXLOWER;
use proptest::prelude::*;
use sha2::{Digest, Sha256};

use super::*;
use crate::demo::{
    Field, Reach,
    tests::{age, bonds, day, large, pair},
};

const SEED: u64 = 1;

fn written(world: &World) -> Vec<Conversation> {
    world.conversations(SEED, day())
}

fn of(conversations: &[Conversation], person: usize) -> Vec<(&Conversation, &Side, &Side)> {
    let all = conversations.iter();
    all.filter_map(|it| {
        let which = it.sides.iter().position(|side| side.person == person)?;
        Some((it, &it.sides[which], &it.sides[1 - which]))
    })
    .collect()
}

#[test]
fn the_same_seed_and_day_give_the_same_conversations_everywhere() {
    let world = large();
    let digest = Sha256::digest(format!("{:?}", written(&world)));
    assert_eq!(
        HEXLOWER.encode(&digest),
        "0b031b46c5ca79df84c96df64c8f1f9a94994f06d52e9d8834c9525af2e06856"
    );
    assert_ne!(written(&world), world.conversations(2, day()));
}

#[test]
fn penpals_write_to_each_other_and_some_strangers_do() {
    let world = large();
    let conversations = written(&world);
    assert!((500..1000).contains(&conversations.len()));
    let bonds: BTreeSet<_> = bonds(&world).map(|(one, other)| pair(one, other)).collect();
    let between =
        |it: &&Conversation| bonds.contains(&pair(it.sides[0].person, it.sides[1].person));
    let penpals = conversations.iter().filter(between).count();
    assert!((25..80).contains(&(conversations.len() - penpals)));
    for it in &conversations {
        let stage = it.sides.iter().map(|side| side.stage);
        let accepted = stage.filter(|it| *it == Stage::Accepted).count();
        assert!(accepted == 2 || !between(&it), "{it:?}");
        assert!((1..=12).contains(&it.letters.len()));
    }
    let lengths: BTreeSet<_> = conversations.iter().map(|it| it.letters.len()).collect();
    assert_eq!(lengths, (1..=12).collect());
    // Many letters are like no other.
    let texts = conversations.iter().flat_map(|it| &it.letters);
    let (all, different): (Vec<_>, BTreeSet<_>) = texts.map(|it| (&it.text, &it.text)).unzip();
    let share = different.len() * 100 / all.len();
    assert!(share > 40, "{share}");
}

#[test]
fn each_of_the_five_has_conversations_of_many_kinds() {
    let world = large();
    let conversations = written(&world);
    let [ada, noor, tim, boris, vera] = [0, 1, 2, 3, 4];
    for (person, least) in [(ada, 8), (noor, 3), (tim, 3), (boris, 6), (vera, 6)] {
        let mine = of(&conversations, person);
        assert!(mine.len() >= least, "{person}: {}", mine.len());
        let unread = |it: &(&Conversation, &Side, &Side)| it.1.read < it.0.letters.len();
        assert!(mine.iter().any(unread), "{person}");
        let request = mine.iter().any(|it| it.1.stage == Stage::Request);
        assert_eq!(request, person != tim, "{person}");
    }
    for person in [ada, boris, vera] {
        let mine = of(&conversations, person);
        assert!(mine.iter().any(|it| it.1.archived), "{person}");
        assert!(mine.iter().any(|it| it.1.muted), "{person}");
        assert!(mine.iter().any(|it| it.1.draft.is_some()), "{person}");
        let receipts = mine.iter().any(|(it, side, other)| {
            let last = it.letters.last().unwrap();
            it.sides[last.by].person == side.person
                && last.read_minutes_ago.is_some()
                && other.read == it.letters.len()
        });
        assert!(receipts, "{person}");
    }
    // What a stranger wrote to the teen did not arrive.
    let vain = |it: &(&Conversation, &Side, &Side)| it.1.stage == Stage::Nothing;
    assert_eq!(of(&conversations, tim).into_iter().filter(vain).count(), 1);
    // Somebody has blocked one of them, who has what they wrote before.
    let ended: Vec<_> = conversations
        .iter()
        .filter_map(|it| Some((it, it.ended?)))
        .collect();
    assert_eq!(ended.len(), 1);
    let (old, block) = ended[0];
    assert_eq!(block.blocked, vera);
    assert!(old.sides.iter().all(|it| it.stage == Stage::Accepted));
    let people = old.sides.iter().map(|it| it.person);
    assert!(people.eq([block.blocker, vera]));
    let since = u32::from(block.days_ago) * 1440;
    for letter in &old.letters {
        assert!(letter.minutes_ago > since);
        assert!(letter.read_minutes_ago.is_none_or(|at| at > since));
    }
}

#[test]
fn no_letter_names_an_interest_that_its_reader_does_not_see() {
    let world = large();
    let mut named = 0;
    for it in written(&world) {
        let strangers = it.sides[1].stage == Stage::Request;
        for letter in &it.letters {
            let writer = &world.people[it.sides[letter.by].person];
            assert!(!letter.text.contains(['{', '}']), "{}", letter.text);
            for phrase in &tables().phrases["topic"] {
                let (before, after) = phrase.text.split_once("{a}").unwrap();
                let Some((_, rest)) = letter.text.split_once(before) else {
                    continue;
                };
                named += 1;
                let hobby = writer.interests.iter();
                let mut hobby = hobby.map(|it| tables().hobbies[it].phrase);
                assert!(hobby.any(|it| rest.starts_with(&format!("{it}{after}"))));
                let reach = if strangers {
                    Reach::Members
                } else {
                    Reach::Penpals
                };
                let years = age(writer, day());
                assert!(writer.audiences.reaches(Field::Interests, reach, years));
            }
        }
    }
    assert!(named > 100, "{named}");
}

fn check(world: &World, seed: u64, today: NaiveDate) -> Result<(), TestCaseError> {
    let teen = |at: usize| age(&world.people[at], today) < 18;
    let mut pairs = BTreeSet::new();
    for it in world.conversations(seed, today) {
        let people = [it.sides[0].person, it.sides[1].person];
        prop_assert_ne!(people[0], people[1]);
        prop_assert_eq!(teen(people[0]), teen(people[1]));
        prop_assert!(pairs.insert(pair(people[0], people[1])), "{people:?} twice");
        for (which, side) in it.sides.iter().enumerate() {
            prop_assert!(side.read <= it.letters.len());
            prop_assert!(!side.archived || side.read == it.letters.len());
            let answered = it.letters.iter().rposition(|it| it.by == which);
            prop_assert!(side.stage != Stage::Request || answered.is_none());
            prop_assert!(answered.is_none_or(|at| side.read > at));
        }
        prop_assert!(
            it.letters
                .is_sorted_by_key(|it| std::cmp::Reverse(it.minutes_ago))
        );
        let mut last_read = [u32::MAX; 2];
        for (nth, letter) in it.letters.iter().enumerate() {
            let writer = &world.people[people[letter.by]];
            prop_assert!(letter.minutes_ago < u32::from(writer.joined_days_ago) * 1440);
            prop_assert!(letter.minutes_ago >= writer.last_seen_minutes_ago);
            prop_assert!(!letter.text.is_empty());
            let reader = 1 - letter.by;
            let read = nth < it.sides[reader].read && it.sides[reader].stage == Stage::Accepted;
            prop_assert_eq!(letter.read_minutes_ago.is_some(), read);
            if let Some(at) = letter.read_minutes_ago {
                prop_assert!(at <= letter.minutes_ago && at <= last_read[reader]);
                prop_assert!(at >= world.people[people[reader]].last_seen_minutes_ago);
                last_read[reader] = at;
            }
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn conversations_of_every_world_are_in_order(seed: u64, members in 5usize..800, days in 0u64..3000) {
        let today = day() + chrono::Days::new(days);
        check(&World::generate(members, seed, today), seed, today)?;
    }
}
