//! What members are told of, as the test knows it, and what of it is there for whom: written from the prose of
//! docs/policy.md, as `prose` is.

use std::fmt::Write;

use letterlock::domain::notice::NoticeKind;
use rand::{RngExt, seq::IndexedRandom};
use rand_chacha::ChaCha8Rng;

use super::{
    prose::exists,
    wall,
    world::{MINUTE, NOW, PLACES, World},
};

/// For how many notices a member has room.
pub(super) const SLOTS: usize = 5;

/// Something that a member is told of. Its id, its number and its time are those of the place.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Note {
    pub(super) kind: NoticeKind,
    /// Who did it; nobody where it is about the account.
    pub(super) from: Option<usize>,
    /// By whose wall, and the number of the post.
    pub(super) post: Option<(usize, usize)>,
    /// The place below the post.
    pub(super) comment: Option<usize>,
    pub(super) unread: bool,
}

impl Note {
    /// Something that can be in this world; nothing where there is nothing to tell of.
    pub(super) fn draw(rng: &mut ChaCha8Rng, world: &World, me: usize) -> Option<Self> {
        let from = (me + rng.random_range(1..PLACES)) % PLACES;
        let unread = rng.random_bool(0.6);
        let note = |kind, from| Self {
            kind,
            from,
            post: None,
            comment: None,
            unread,
        };
        let mut note = match rng.random_range(0..10) {
            0 => return Some(note(NoticeKind::SignedIn, None)),
            1..3 => return Some(note(NoticeKind::PenpalRequest, Some(from))),
            3..5 => return Some(note(NoticeKind::RequestAccepted, Some(from))),
            5..7 => note(NoticeKind::WallPost, None),
            _ => note(NoticeKind::Comment, None),
        };
        // What others wrote on the member's wall, or below the member's posts; seldom what never comes of an act.
        let anything = rng.random_bool(0.2);
        let mut all = Vec::new();
        for (&(wall, slot), post) in &world.walls {
            let near = anything || wall == me || post.author == me;
            match note.kind {
                NoticeKind::WallPost if near && post.author != me => {
                    all.push((wall, slot, None, post.author));
                }
                NoticeKind::Comment if near => {
                    let comments = post.comments.iter().filter(|(_, it)| it.author != me);
                    all.extend(comments.map(|(&nth, it)| (wall, slot, Some(nth), it.author)));
                }
                _ => {}
            }
        }
        let &(wall, slot, comment, author) = all.choose(rng)?;
        (note.post, note.comment, note.from) = (Some((wall, slot)), comment, Some(author));
        Some(note)
    }
}

/// When the note in a place was made: in their order.
pub(super) fn made_at(slot: usize) -> i64 {
    NOW - (100 - slot as i64) * MINUTE
}

/// Takes out what tells of what is not there.
pub(super) fn tidy(world: &mut World) {
    let there: Vec<bool> = world.members.iter().map(|member| member.present).collect();
    let walls = world.walls.clone();
    world.notes.retain(|&(me, _), note| {
        let written = note.post.is_none_or(|place| {
            walls.get(&place).is_some_and(|post| {
                let by = match note.comment {
                    None => Some(post.author),
                    Some(nth) => post.comments.get(&nth).map(|comment| comment.author),
                };
                by.is_some() && by == note.from
            })
        });
        there[me] && note.from.is_none_or(|from| from != me && there[from]) && written
    });
}

/// "There as long as whoever did it exists for the viewer, and the viewer reads what they wrote."
pub(super) fn shows(world: &World, me: usize, note: &Note) -> bool {
    let known = note.from.is_none_or(|from| exists(world, Some(me), from));
    let read = note.post.is_none_or(|place| {
        let read = wall::read(world, Some(me));
        let comments = read.get(&place);
        comments.is_some_and(|read| note.comment.is_none_or(|nth| read.contains(&nth)))
    });
    known && read
}

/// Places of what is there for a member, in their order.
pub(super) fn there(world: &World, me: usize) -> Vec<usize> {
    let own = world.notes.range((me, 0)..(me + 1, 0));
    let there = own.filter(|(_, note)| shows(world, me, note));
    there.map(|(&(_, slot), _)| slot).collect()
}

/// All that the viewer is told of, a line a thing.
pub(super) fn own(world: &World, me: usize, all: &mut String) {
    for slot in there(world, me) {
        let note = &world.notes[&(me, slot)];
        let _ = writeln!(all, "told {slot} {note:?}");
    }
}
