//! What people do, through GraphQL over HTTP only, named as sentences.

mod first;

use libtest_mimic::Trial;

use crate::support::backend::Backends;

pub(crate) fn trials(backends: &Backends) -> Vec<Trial> {
    let mut trials = Vec::new();
    trials.extend(first::trials(backends));
    trials
}
