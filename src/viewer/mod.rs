//! Who is asking: passwords, tokens, sealing, look-up by keyed hash, and throttling. No SQL, no GraphQL.

pub mod entropy;
pub mod links;
pub mod look_up;
pub mod passwords;
pub mod refusing;
pub mod screening;
pub mod seal;
pub mod second_factor;
pub mod throttle;
pub mod tokens;
pub mod who;
