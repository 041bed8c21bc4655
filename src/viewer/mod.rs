//! Who is asking: passwords, tokens, sealing and throttling. No SQL, no GraphQL.

pub mod entropy;
pub mod passwords;
pub mod screening;
pub mod seal;
pub mod second_factor;
pub mod throttle;
pub mod tokens;
pub mod who;
