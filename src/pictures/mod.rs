//! Pictures: from what somebody sends, whatever it is, to three small files that show what it showed and say nothing else.
//!
//! [`form`] tells by the content what it is, [`rewriting`] decodes it within bounds and writes it anew, [`shelf`] keeps
//! what was written, [`seats`] counts who is sending. None of them knows whose a picture is, or who may see it.

pub mod form;
mod painting;
pub mod rewriting;
pub mod seats;
pub mod shelf;

#[cfg(test)]
mod tests;

use rewriting::Darkroom;
use seats::Seats;
use shelf::Shelf;

/// All that photos go through.
#[derive(Clone, Debug)]
pub struct Pictures {
    /// Where they are written anew.
    pub darkroom: Darkroom,
    /// Where they are kept.
    pub shelf: Shelf,
    /// Who is sending one.
    pub seats: Seats,
}

impl Pictures {
    /// With a place where they are kept.
    pub fn kept_on(shelf: Shelf) -> Self {
        Self {
            darkroom: Darkroom::default(),
            shelf,
            seats: Seats::default(),
        }
    }
}

/// The sizes in which a picture is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Size {
    /// For a list.
    Small,
    /// For a page.
    Medium,
    /// To look at.
    Large,
}

impl Size {
    /// Every size, from the smallest.
    pub const ALL: [Size; 3] = [Size::Small, Size::Medium, Size::Large];

    /// The most pixels on the longer side; a picture that has fewer keeps them.
    pub const fn longest(self) -> u32 {
        match self {
            Size::Small => 160,
            Size::Medium => 640,
            Size::Large => 1600,
        }
    }

    /// Its name, in addresses and in the names of files.
    pub const fn name(self) -> &'static str {
        match self {
            Size::Small => "small",
            Size::Medium => "medium",
            Size::Large => "large",
        }
    }

    /// The size of that name.
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|size| size.name() == name)
    }
}

/// What every picture is kept as, and served as.
pub const MEDIA_TYPE: &str = "image/jpeg";

/// A picture written anew: a JPEG of each size.
#[derive(Clone)]
pub struct Rewritten {
    files: [Vec<u8>; 3],
    width: u32,
    height: u32,
}

impl std::fmt::Debug for Rewritten {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Rewritten({} x {})", self.width, self.height)
    }
}

impl Rewritten {
    /// The file of one size.
    pub fn file(&self, size: Size) -> &[u8] {
        &self.files[size as usize]
    }

    /// Pixels from side to side of the large one.
    pub const fn width(&self) -> u32 {
        self.width
    }

    /// Pixels from top to bottom of the large one.
    pub const fn height(&self) -> u32 {
        self.height
    }
}
