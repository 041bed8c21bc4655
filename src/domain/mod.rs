//! Nouns and invariants: pure, without I/O, knowing nothing of any other room.

pub mod clock;
pub mod interest;
