//! Nouns and invariants: pure, without I/O, knowing nothing of any other room.

pub mod age;
pub mod clock;
pub mod email;
pub mod handle;
pub mod language;
pub mod place;
pub mod text;
