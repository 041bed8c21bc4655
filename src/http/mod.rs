//! poem.
pub mod document;
