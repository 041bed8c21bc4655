//! Seeds in whose worlds something was found once, by name.
//!
//! A seed draws other operations when the schema or the generator changes; so what was found has a test of its own
//! besides, where it was the service's fault.

pub(super) const SEEDS: [(&str, u64); 5] = [
    // `stories::signing_in::an_account_that_no_password_opens_looks_like_none`
    ("signing in tells of an account that has no password", 4),
    // `store::sameness::blocking_again_tells_not_that_the_blocked_is_gone`
    ("blocking again takes longer where the blocked is gone", 138),
    // The instrument's own: fields that do not wait for one another.
    ("several errors come in no certain order", 1),
    ("reads of lists under several parents go together or not", 0),
    ("reads of several fields at the root go together or not", 3),
];
