//! poem.
pub mod cookies;
pub mod document;
pub mod media;
pub mod network;
pub mod origin;
pub mod refusal;
