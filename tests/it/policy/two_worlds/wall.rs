//! What stands on walls, as the test knows it, and who reads it: written from the prose of docs/policy.md, as `prose` is.

use std::{collections::BTreeMap, fmt::Write};

use letterlock::domain::wall::WallAudience;
use rand::{RngExt, seq::IndexedRandom};
use rand_chacha::ChaCha8Rng;

use super::{
    prose::{exists, since},
    vocabulary::phrase,
    world::{NOW, PLACES, Viewer, World},
};

/// For how many posts a wall has room, and a post for how many comments.
pub(super) const SLOTS: usize = 3;

/// Something on a wall. Ids and times of writing are those of the place.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Posted {
    pub(super) author: usize,
    pub(super) text: String,
    pub(super) audience: WallAudience,
    /// When its audience was chosen: before all bonds of the world, among them, or after them.
    pub(super) chosen: usize,
    /// What it said before.
    pub(super) before: Option<String>,
    /// By the order in which they were written; of posts alone.
    pub(super) comments: BTreeMap<usize, Posted>,
}

impl Posted {
    /// In milliseconds since the Unix epoch.
    pub(super) fn chosen_at(&self) -> i64 {
        // The bonds of a world began from two days to one day before now.
        NOW - [50, 36, 1][self.chosen] * 3_600_000
    }

    pub(super) fn draw(rng: &mut ChaCha8Rng, wall: usize) -> Self {
        let mut posted = one(rng, wall);
        for slot in 0..SLOTS {
            if rng.random_bool(0.4) {
                posted.comments.insert(slot, one(rng, wall));
            }
        }
        posted
    }

    /// Changes something about it, or about one of its comments.
    pub(super) fn change(&mut self, rng: &mut ChaCha8Rng, wall: usize) {
        let drawn = one(rng, wall);
        match rng.random_range(0..5) {
            0 => self.author = drawn.author,
            1 => self.text = drawn.text,
            2 => self.audience = drawn.audience,
            3 => self.chosen = drawn.chosen,
            _ => self.before = drawn.before,
        }
    }
}

fn one(rng: &mut ChaCha8Rng, wall: usize) -> Posted {
    Posted {
        author: if rng.random_bool(0.5) {
            wall
        } else {
            rng.random_range(0..PLACES)
        },
        text: phrase(rng),
        audience: *WallAudience::ALL.choose(rng).unwrap(),
        chosen: rng.random_range(0..3),
        before: rng.random_bool(0.2).then(|| phrase(rng)),
        comments: BTreeMap::new(),
    }
}

/// Takes out what belongs to somebody who is not there.
pub(super) fn tidy(world: &mut World) {
    let there: Vec<bool> = world.members.iter().map(|member| member.present).collect();
    world
        .walls
        .retain(|&(wall, _), post| there[wall] && there[post.author]);
    for post in world.walls.values_mut() {
        post.comments.retain(|_, comment| there[comment.author]);
    }
}

/// "Where either of the two has blocked the other".
fn severed(world: &World, wall: usize, author: usize) -> bool {
    world.blocks.contains(&(wall, author)) || world.blocks.contains(&(author, wall))
}

/// Whether the audience names the viewer, of whom the wall's owner exists.
fn named(world: &World, viewer: Viewer, wall: usize, posted: &Posted) -> bool {
    let bound = viewer.is_some_and(|me| world.bonded(me, wall));
    !severed(world, wall, posted.author)
        && (viewer == Some(wall)
            || match posted.audience {
                WallAudience::PenpalsNow => {
                    bound && viewer.is_some_and(|me| since(world, me, wall) <= posted.chosen_at())
                }
                WallAudience::Penpals => bound,
                WallAudience::Members => viewer.is_some(),
                WallAudience::Public => true,
            })
}

/// Whether a post is read.
fn reads(world: &World, viewer: Viewer, wall: usize, post: &Posted) -> bool {
    exists(world, viewer, post.author)
        && (viewer == Some(post.author)
            || exists(world, viewer, wall) && named(world, viewer, wall, post))
}

/// Whether a comment on it is.
fn reads_comment(
    world: &World,
    viewer: Viewer,
    wall: usize,
    post: &Posted,
    comment: &Posted,
) -> bool {
    let others = exists(world, viewer, wall)
        && reads(world, viewer, wall, post)
        && !severed(world, wall, comment.author)
        && (viewer == Some(post.author) || named(world, viewer, wall, comment));
    exists(world, viewer, comment.author) && (viewer == Some(comment.author) || others)
}

/// What the viewer reads: places of posts, each with the places of the comments on it that are read.
pub(super) fn read(world: &World, viewer: Viewer) -> BTreeMap<(usize, usize), Vec<usize>> {
    let mut all = BTreeMap::new();
    for (&(wall, slot), post) in &world.walls {
        if reads(world, viewer, wall, post) {
            let comments = post.comments.iter();
            let read = comments.filter(|(_, it)| reads_comment(world, viewer, wall, post, it));
            all.insert((wall, slot), read.map(|(&nth, _)| nth).collect());
        }
    }
    all
}

fn line(world: &World, viewer: Viewer, wall: usize, posted: &Posted) -> String {
    let mine = viewer == Some(posted.author);
    // Whose wall it is, is told where they exist; and to its author alone, for whom it is and what it said before.
    let wall = exists(world, viewer, wall).then_some(wall);
    let own = mine.then_some((posted.audience, &posted.before));
    let edited = posted.before.is_some();
    format!(
        "on {wall:?} by {} {:?} edited {edited} {own:?}",
        posted.author, posted.text
    )
}

/// All that the viewer reads on walls, a line a thing.
pub(super) fn sight(world: &World, viewer: Viewer, all: &mut String) {
    for (&(wall, slot), post) in &world.walls {
        if reads(world, viewer, wall, post) {
            let told = line(world, viewer, wall, post);
            let _ = writeln!(all, "post {wall} {slot} {told}");
        }
        for (nth, comment) in &post.comments {
            if reads_comment(world, viewer, wall, post, comment) {
                let told = line(world, viewer, wall, comment);
                let _ = writeln!(all, "comment {wall} {slot} {nth} {told}");
            }
        }
    }
}
