//! The wire: what any client may send, and what comes back.

mod binary;
mod configuration;
mod csrf;
mod durable;
mod errors;
mod health;
mod input;
mod regression;
mod sdl;
mod validity;

use libtest_mimic::Trial;

use crate::support::backend::Backends;

pub(crate) fn trials(backends: &Backends) -> Vec<Trial> {
    let mut trials = Vec::new();
    trials.extend(binary::trials(backends));
    trials.extend(configuration::trials());
    trials.extend(csrf::trials(backends));
    trials.extend(durable::trials(backends));
    trials.extend(errors::trials(backends));
    trials.extend(health::trials(backends));
    trials.extend(input::trials(backends));
    trials.extend(regression::trials(backends));
    trials.extend(sdl::trials());
    trials.extend(validity::trials(backends));
    trials
}
