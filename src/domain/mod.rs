//! Nouns and invariants: pure, without I/O, knowing nothing of any other room.

pub mod age;
pub mod audience;
pub mod audiences;
pub mod clock;
pub mod contact;
pub mod email;
pub mod findable;
pub mod handle;
pub mod id;
pub mod interest;
pub mod language;
pub mod message;
pub mod notice;
pub mod personal;
pub mod phone;
pub mod place;
pub mod profile;
pub mod region;
pub mod search;
pub mod spoken;
pub mod standing;
pub mod suggest;
pub mod text;
pub mod wall;
pub mod web_handle;
pub mod words;
