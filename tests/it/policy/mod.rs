//! The policy: what it says, that every door keeps to it, and that SQL says the same.

mod blocking;
mod bond;
mod canaries;
mod dealings;
mod documents;
mod doors;
mod every_field;
mod isolation;
mod library;
mod mutants;
mod oracle;
mod paths;
mod reach;
mod search_agrees;
mod situations;
mod sql_agrees;
mod table;
mod two_worlds;
mod validators;
mod visibility;
mod worlds;

use libtest_mimic::Trial;

use crate::support::backend::Backends;

pub(crate) fn trials(backends: &Backends) -> Vec<Trial> {
    let mut trials = Vec::new();
    trials.extend(validators::trials());
    trials.extend(visibility::trials());
    trials.extend(dealings::trials());
    trials.extend(oracle::trials());
    trials.extend(every_field::trials(backends));
    trials.extend(doors::trials(backends));
    trials.extend(blocking::trials(backends));
    trials.extend(bond::trials(backends));
    trials.extend(paths::trials(backends));
    trials.extend(search_agrees::trials(backends));
    trials.extend(sql_agrees::trials(backends));
    trials.extend(two_worlds::trials(backends));
    trials.extend(mutants::trials(backends));
    trials.extend(isolation::trials(backends));
    trials.extend(library::trials(backends));
    trials
}
