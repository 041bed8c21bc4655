//! Who is asking: passwords, tokens, sealing and throttling. No SQL, no GraphQL.

pub mod who;
