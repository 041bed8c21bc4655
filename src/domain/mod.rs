//! Nouns and invariants: pure, without I/O, knowing nothing of any other room.

pub mod age;
pub mod audience;
pub mod audiences;
pub mod clock;
pub mod email;
pub mod handle;
pub mod id;
pub mod interest;
pub mod language;
pub mod phone;
pub mod place;
pub mod profile;
pub mod spoken;
pub mod standing;
pub mod text;
pub mod web_handle;
