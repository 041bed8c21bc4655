//! Photos and albums, as the test knows them, and who looks at them: written from the prose of docs/policy.md, as `prose`
//! is.

use std::{collections::BTreeMap, fmt::Write};

use letterlock::domain::{audience::Audience, photo::AUDIENCES};
use rand::{RngExt, seq::IndexedRandom};
use rand_chacha::ChaCha8Rng;

use super::{
    prose::{Age, age, exists},
    vocabulary::{perhaps, phrase},
    world::{PLACES, Viewer, World},
};

/// For how many photos a member has room, and for how many albums.
pub(super) const SLOTS: usize = 3;

/// A member's. Ids and times are those of the place.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Gallery {
    pub(super) albums: BTreeMap<usize, Album>,
    pub(super) photos: BTreeMap<usize, Photo>,
    /// The photo that stands for the member.
    pub(super) portrait: Option<usize>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Album {
    pub(super) title: String,
    pub(super) audience: Audience,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Photo {
    pub(super) caption: Option<String>,
    pub(super) audience: Audience,
    pub(super) album: Option<usize>,
    pub(super) pixels: (i32, i32),
}

impl Gallery {
    pub(super) fn draw(rng: &mut ChaCha8Rng) -> Self {
        let mut gallery = Self::default();
        for slot in 0..SLOTS {
            if rng.random_bool(0.5) {
                gallery.albums.insert(slot, album(rng));
            }
            if rng.random_bool(0.7) {
                gallery.photos.insert(slot, photo(rng));
            }
        }
        gallery.portrait = perhaps(rng, |rng| rng.random_range(0..SLOTS));
        gallery.tidy();
        gallery
    }

    /// Changes something about one of the photos, whether it is there, or which one stands for the member.
    pub(super) fn change_photo(&mut self, rng: &mut ChaCha8Rng) {
        let slot = rng.random_range(0..SLOTS);
        let drawn = photo(rng);
        match (self.photos.get_mut(&slot), rng.random_range(0..6)) {
            (_, 0) => self.portrait = perhaps(rng, |rng| rng.random_range(0..SLOTS)),
            (None, _) => drop(self.photos.insert(slot, drawn)),
            (Some(_), 1) => drop(self.photos.remove(&slot)),
            (Some(photo), 2) => photo.caption = drawn.caption,
            (Some(photo), 3) => photo.album = drawn.album,
            (Some(photo), 4) => photo.pixels = drawn.pixels,
            (Some(photo), _) => photo.audience = drawn.audience,
        }
        self.tidy();
    }

    /// Changes something about one of the albums, or whether it is there.
    pub(super) fn change_album(&mut self, rng: &mut ChaCha8Rng) {
        let slot = rng.random_range(0..SLOTS);
        let drawn = album(rng);
        match (self.albums.get_mut(&slot), rng.random_range(0..4)) {
            (None, _) => drop(self.albums.insert(slot, drawn)),
            (Some(_), 0) => drop(self.albums.remove(&slot)),
            (Some(album), 1) => album.title = drawn.title,
            (Some(album), _) => album.audience = drawn.audience,
        }
        self.tidy();
    }

    /// Takes out what cannot be.
    fn tidy(&mut self) {
        for photo in self.photos.values_mut() {
            photo.album = photo.album.filter(|at| self.albums.contains_key(at));
        }
        self.portrait = self.portrait.filter(|at| self.photos.contains_key(at));
    }
}

fn album(rng: &mut ChaCha8Rng) -> Album {
    Album {
        title: phrase(rng),
        audience: *AUDIENCES.choose(rng).unwrap(),
    }
}

fn photo(rng: &mut ChaCha8Rng) -> Photo {
    Photo {
        caption: perhaps(rng, phrase),
        audience: *AUDIENCES.choose(rng).unwrap(),
        album: perhaps(rng, |rng| rng.random_range(0..SLOTS)),
        pixels: *[(1600, 1200), (1200, 1600), (300, 200)]
            .choose(rng)
            .unwrap(),
    }
}

/// "By those whom its own audience names, where its owner exists for them; a teen's by penpals at most."
fn named(world: &World, viewer: Viewer, owner: usize, chosen: Audience) -> bool {
    let bound = viewer.is_some_and(|me| world.bonded(me, owner));
    let teen = age(world, owner) == Age::Teen;
    viewer == Some(owner)
        || match chosen {
            Audience::OnlyMe | Audience::Lists => false,
            Audience::Penpals => bound,
            Audience::Members => bound || !teen && viewer.is_some(),
            Audience::Public => bound || !teen,
        }
}

/// Whether the viewer looks at an album of somebody's.
pub(super) fn opens(world: &World, viewer: Viewer, owner: usize, slot: usize) -> bool {
    let album = world.members[owner].gallery.albums.get(&slot);
    exists(world, viewer, owner) && album.is_some_and(|it| named(world, viewer, owner, it.audience))
}

/// Whether the viewer looks at a photo of somebody's: "what lies in an album is seen by those whom both audiences name".
pub(super) fn looks(world: &World, viewer: Viewer, owner: usize, slot: usize) -> bool {
    let photo = world.members[owner].gallery.photos.get(&slot);
    exists(world, viewer, owner)
        && photo.is_some_and(|it| {
            named(world, viewer, owner, it.audience)
                && it
                    .album
                    .is_none_or(|album| opens(world, viewer, owner, album))
        })
}

/// All that the viewer looks at, a line a thing.
pub(super) fn sight(world: &World, viewer: Viewer, all: &mut String) {
    for owner in 0..PLACES {
        let gallery = &world.members[owner].gallery;
        let mine = viewer == Some(owner);
        for (&slot, album) in &gallery.albums {
            if opens(world, viewer, owner, slot) {
                let own = mine.then_some(album.audience);
                let _ = writeln!(all, "album {owner} {slot} {:?} {own:?}", album.title);
            }
        }
        for (&slot, photo) in &gallery.photos {
            if looks(world, viewer, owner, slot) {
                let own = mine.then_some(photo.audience);
                let portrait = gallery.portrait == Some(slot);
                let _ = writeln!(
                    all,
                    "photo {owner} {slot} {:?} {:?} in {:?} portrait {portrait} {own:?}",
                    photo.caption, photo.pixels, photo.album
                );
            }
        }
    }
}
