//! The wire: the schema, the typed guard, the loaders, the errors.

pub mod arrival;
pub mod error;
