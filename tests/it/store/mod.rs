//! Truths of the store, each on both databases: what is read, how often, and what stands afterwards.

mod accounts;
mod concurrency;
mod counts;
mod interleaving;
mod mailboxes;
mod migrations;
mod oracle;
mod pool;
pub(crate) mod recorded;
mod reflections;
mod sameness;
mod sealing;
mod search;
mod statements;
mod versions;

use libtest_mimic::Trial;

use crate::support::backend::Backends;

pub(crate) fn trials(backends: &Backends) -> Vec<Trial> {
    let mut trials = Vec::new();
    trials.extend(accounts::trials(backends));
    trials.extend(concurrency::trials(backends));
    trials.extend(counts::trials(backends));
    trials.extend(interleaving::trials(backends));
    trials.extend(mailboxes::trials(backends));
    trials.extend(migrations::trials(backends));
    trials.extend(pool::trials(backends));
    trials.extend(reflections::trials(backends));
    trials.extend(sameness::trials(backends));
    trials.extend(sealing::trials(backends));
    trials.extend(search::trials(backends));
    trials.extend(statements::trials(backends));
    trials.extend(versions::trials(backends));
    trials
}
