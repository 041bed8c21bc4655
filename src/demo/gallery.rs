//! Photos of the people of a world: of nobody, for there is nobody to be seen.

use super::draw::Draw;
use crate::domain::audience::Audience;

/// An album.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Album {
    /// Whose it is, as an index into the people.
    pub owner: usize,
    /// Its title, in English.
    pub title: &'static str,
    /// For whom.
    pub audience: Audience,
    /// When it was made, in days before the moment of filling the database.
    pub days_ago: u32,
}

/// A photo.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Photo {
    /// Whose it is, as an index into the people.
    pub owner: usize,
    /// The album in which it lies, as an index into the albums.
    pub album: Option<usize>,
    /// What its owner says of it, in English.
    pub caption: &'static str,
    /// For whom.
    pub audience: Audience,
    /// Whether it stands for its owner.
    pub portrait: bool,
    /// When it came, in days before the moment of filling the database.
    pub days_ago: u32,
    /// What it shows: the same for the same number.
    pub number: u64,
}

/// How many pictures there are: to paint one takes long.
const VIEWS: usize = 12;
const TITLES: [&str; 4] = [
    "Where I write",
    "Stamps and covers",
    "Weekends",
    "The way to the post office",
];
const CAPTIONS: [&str; 8] = [
    "The view from my desk",
    "On the way to the post office",
    "An evening in June",
    "Taken from the night train",
    "The hill behind our house",
    "As on the stamp that I sent you",
    "Early, before the rain",
    "The last day of the holidays",
];

/// An album and photos of one of the people, here for so many days; nothing for more than the `widest` audience.
pub(super) fn hang(
    draw: &mut Draw,
    one: usize,
    widest: Audience,
    days: u32,
    albums: &mut Vec<Album>,
    photos: &mut Vec<Photo>,
) {
    let audience = |draw: &mut Draw| {
        let drawn = match draw.below(6) {
            0 => Audience::OnlyMe,
            1 | 2 => Audience::Penpals,
            3 | 4 => Audience::Members,
            _ => Audience::Public,
        };
        drawn.min(widest)
    };
    let album = draw.chance(50).then_some(albums.len());
    if album.is_some() {
        albums.push(Album {
            owner: one,
            title: draw.pick(&TITLES).copied().unwrap_or_default(),
            audience: audience(draw),
            days_ago: days,
        });
    }
    for nth in 0..draw.between(1, 3) {
        let portrait = nth == 0;
        photos.push(Photo {
            owner: one,
            album: album.filter(|_| !portrait),
            caption: draw.pick(&CAPTIONS).copied().unwrap_or_default(),
            // What stands for somebody is for many.
            audience: if portrait {
                Audience::Members.min(widest)
            } else {
                audience(draw)
            },
            portrait,
            days_ago: draw.between(0, days),
            number: draw.below(VIEWS) as u64,
        });
    }
}
