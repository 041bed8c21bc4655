//! The second world: the first, changed in many places, of which none may show to the viewer.

use std::collections::BTreeMap;

use letterlock::domain::{
    findable::Way,
    profile::{FIELDS, Field},
};
use rand::{RngExt, SeedableRng, seq::IndexedRandom};
use rand_chacha::ChaCha8Rng;

use super::{
    gallery::Gallery,
    mail::USED_UP,
    note::{self, Note},
    prose::{IN_DOUBT, sight, verdicts},
    talk::{Talk, random_rules},
    wall::{Posted, SLOTS},
    world::{
        List, MINUTE, NOW, PLACES, Viewer, World, email, member, profile, random_audience,
        random_birth, random_finders, random_request, random_standing,
    },
};

/// How many changes are tried; those that would show are taken back.
const TRIED: usize = 120;

/// What a change is about.
pub(super) const KINDS: [&str; 25] = [
    "a value of a profile",
    "an audience",
    "who can find somebody",
    "a standing",
    "a birth date",
    "that somebody is there",
    "a bond",
    "a request",
    "a block",
    "who stands on a list",
    "what a list is named for",
    "a list",
    "when somebody joined",
    "when somebody was here",
    "a name or address",
    "who may write to somebody",
    "a conversation",
    "a side of a conversation",
    "a message",
    "a post",
    "what a post says, or for whom",
    "a comment",
    "a photo",
    "an album",
    "a notice",
];

/// Changes something, of the kind.
pub(super) fn change(world: &mut World, kind: usize, rng: &mut ChaCha8Rng) {
    let one = rng.random_range(0..PLACES);
    let other = (one + rng.random_range(1..PLACES)) % PLACES;
    let field = Field::ALL[rng.random_range(0..FIELDS)];
    let changed = &mut world.members[one];
    match KINDS[kind] {
        "a value of a profile" => one_value(&mut changed.profile, rng),
        "an audience" => {
            changed.audiences = changed.audiences.with(field, random_audience(rng, field));
        }
        "who can find somebody" => {
            let way = *Way::ALL.choose(rng).unwrap();
            changed.findable = changed.findable.with(way, random_finders(rng, way));
        }
        "a standing" => changed.standing = random_standing(rng),
        "a birth date" => {
            changed.birth = if rng.random_bool(0.5) {
                // Another day of the same month shows least.
                changed.birth / 100 * 100 + rng.random_range(1..29)
            } else {
                random_birth(rng)
            };
            changed.ageless = rng.random_bool(0.05);
        }
        "that somebody is there" => {
            let present = changed.present;
            *changed = member(rng, one);
            changed.gallery = Gallery::draw(rng);
            changed.present = !present;
        }
        "a bond" => {
            if world.bonded(one, other) {
                world.part(one, other);
            } else {
                world.bond(one, other);
            }
        }
        "a request" => {
            if world.requests.remove(&(one, other)).is_none() {
                world.ask(one, other, random_request(rng));
            }
        }
        "a block" => {
            if !world.blocks.remove(&(one, other)) {
                world.block(one, other);
            }
        }
        "who stands on a list" => {
            if let Some(list) = any_list(world, one, rng)
                && !list.members.remove(&other)
            {
                list.members.insert(other);
            }
        }
        "what a list is named for" => {
            let except = rng.random_bool(0.5);
            if let Some(list) = any_list(world, one, rng) {
                list.shown.remove(&field.index());
                let named = if except {
                    &mut list.excepted
                } else {
                    &mut list.shown
                };
                if !named.remove(&field.index()) {
                    named.insert(field.index());
                }
            }
        }
        "a list" => {
            let place = (one, rng.random_range(0..4));
            if world.lists.remove(&place).is_none() {
                let members = (0..PLACES).filter(|&it| it != one && rng.random_bool(0.5));
                let list = List {
                    members: members.collect(),
                    ..List::default()
                };
                world.lists.insert(place, list);
            }
        }
        "when somebody joined" => {
            changed.joined_at = NOW - rng.random_range(1..400) * 86_400_000;
        }
        "when somebody was here" => {
            changed.last_seen_at = NOW - rng.random_range(1..4_000) * MINUTE;
        }
        "a name or address" => {
            if rng.random_bool(0.5) {
                changed.email = email(rng, one);
            } else {
                changed.name = member(rng, one).name;
            }
        }
        "who may write to somebody" => changed.contact = random_rules(rng),
        "a conversation" => {
            let pair = (one.min(other), one.max(other));
            if world.talks.remove(&pair).is_none() {
                world.talks.insert(pair, Talk::draw(rng));
            }
        }
        "a side of a conversation" => {
            if let Some(talk) = any_talk(world, rng) {
                talk.change_side(rng);
            }
        }
        "a message" => {
            if let Some(talk) = any_talk(world, rng) {
                talk.change_letter(rng);
            }
        }
        "a post" => {
            let place = (one, rng.random_range(0..SLOTS));
            if world.walls.remove(&place).is_none() {
                let mut drawn = Posted::draw(rng, one);
                // By chance alone hardly ever by somebody who is kept off that wall.
                let apart = world
                    .blocks
                    .iter()
                    .find(|(from, to)| one == *from || one == *to);
                if let (Some((from, to)), true) = (apart, drawn.chosen == 0) {
                    drawn.author = if one == *from { *to } else { *from };
                }
                world.walls.insert(place, drawn);
            }
        }
        "what a post says, or for whom" => {
            let many = world.walls.len();
            let nth = rng.random_range(0..many.max(1));
            if let Some((&(wall, _), post)) = world.walls.iter_mut().nth(nth) {
                post.change(rng, wall);
            }
        }
        "a comment" => {
            let many = world.walls.len();
            let nth = rng.random_range(0..many.max(1));
            if let Some((&(wall, _), post)) = world.walls.iter_mut().nth(nth) {
                let slot = rng.random_range(0..SLOTS);
                match post.comments.get_mut(&slot) {
                    Some(comment) if rng.random_bool(0.6) => comment.change(rng, wall),
                    Some(_) => drop(post.comments.remove(&slot)),
                    None => {
                        let mut drawn = Posted::draw(rng, wall);
                        drawn.comments.clear();
                        post.comments.insert(slot, drawn);
                    }
                }
            }
        }
        "a photo" => changed.gallery.change_photo(rng),
        "an album" => changed.gallery.change_album(rng),
        "a notice" => {
            let place = (one, rng.random_range(0..note::SLOTS));
            match world.notes.get_mut(&place) {
                Some(note) if rng.random_bool(0.3) => note.unread = !note.unread,
                Some(_) => drop(world.notes.remove(&place)),
                None => {
                    if let Some(note) = Note::draw(rng, world, one) {
                        world.notes.insert(place, note);
                    }
                }
            }
        }
        other => unreachable!("{other}"),
    }
    world.tidy();
}

fn any_list<'a>(world: &'a mut World, owner: usize, rng: &mut ChaCha8Rng) -> Option<&'a mut List> {
    world.lists.get_mut(&(owner, rng.random_range(0..4)))
}

fn any_talk<'a>(world: &'a mut World, rng: &mut ChaCha8Rng) -> Option<&'a mut Talk> {
    let many = world.talks.len();
    world
        .talks
        .values_mut()
        .nth(rng.random_range(0..many.max(1)))
}

fn one_value(profile_: &mut super::world::Profile, rng: &mut ChaCha8Rng) {
    let drawn = profile(rng);
    match rng.random_range(0..14) {
        0 => profile_.full_name = drawn.full_name,
        1 => profile_.gender = drawn.gender,
        2 => profile_.country = drawn.country,
        3 => profile_.city = drawn.city,
        4 => profile_.occupation = drawn.occupation,
        5 => profile_.about_me = drawn.about_me,
        6 => profile_.phone = drawn.phone,
        7 => profile_.postal_address = drawn.postal_address,
        8 => profile_.education = drawn.education,
        9 => profile_.relationship = drawn.relationship,
        10 => profile_.looking_for = drawn.looking_for,
        11 => profile_.web_handles = drawn.web_handles,
        12 => profile_.languages = drawn.languages,
        _ => profile_.interests = drawn.interests,
    }
}

/// A kind; the more often those of what is between members, of what each has many of, and of what seldom goes unseen.
fn any_kind(rng: &mut ChaCha8Rng) -> usize {
    let (values, ties, talks, walls) = (0, 6..10, 16..19, 19..22);
    let (photos, notices) = (22..24, 24);
    match rng.random_range(0..30) {
        0..3 => values,
        3..7 => rng.random_range(ties),
        7..11 => rng.random_range(talks),
        11..15 => rng.random_range(walls),
        15..18 => rng.random_range(photos),
        18..20 => notices,
        _ => rng.random_range(0..KINDS.len()),
    }
}

/// How often each kind of change was made without its showing.
pub(super) type Made = BTreeMap<&'static str, usize>;

/// A world like the first one for this viewer. Where `strictly`, every decision comes out the same as well.
pub(super) fn second(
    first: &World,
    viewer: Viewer,
    seed: u64,
    strictly: bool,
    made: &mut Made,
) -> World {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let (seen, decided) = (sight(first, viewer), verdicts(first, viewer));
    let mut world = first.clone();
    for _ in 0..TRIED {
        let kind = any_kind(&mut rng);
        let mut next = world.clone();
        change(&mut next, kind, &mut rng);
        // The viewer is somebody, and stays there.
        let there = viewer.is_none_or(|me| next.members[me].present);
        if next != world
            && there
            && sight(&next, viewer) == seen
            && (!strictly || verdicts(&next, viewer) == decided)
        {
            *made.entry(KINDS[kind]).or_default() += 1;
            world = next;
        }
    }
    world
}

/// Changes something that the viewer sees; nothing where no change that was tried did.
pub(super) fn shown(first: &World, viewer: Viewer, seed: u64) -> Option<World> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let seen = |world: &World| -> Vec<String> {
        let all = sight(world, viewer);
        let told = all
            .lines()
            .filter(|line| !line.starts_with(IN_DOUBT) && !line.starts_with(USED_UP));
        told.map(str::to_owned).collect()
    };
    let before = seen(first);
    (0..TRIED).find_map(|_| {
        let mut next = first.clone();
        change(&mut next, rng.random_range(0..KINDS.len()), &mut rng);
        let there = viewer.is_none_or(|me| next.members[me].present);
        (there && seen(&next) != before).then_some(next)
    })
}
