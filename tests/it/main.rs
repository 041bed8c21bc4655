//! The one integration binary: every test runs on SQLite, and on PostgreSQL where there is one.
//!
//! `cargo test --test it` takes libtest's usual arguments. PostgreSQL is used at
//! `LETTERLOCK_TEST_POSTGRES_URL` where that is set, and otherwise from a server that the binary starts
//! for itself where the programs are found; a test that did not run is reported as ignored.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stderr,
    reason = "a test that cannot go on fails, and which databases were tested must be seen"
)]

mod architecture;
mod policy;
mod store;
mod stories;
mod support;
mod wire;

use std::process::ExitCode;

use libtest_mimic::{Arguments, Trial};
use support::backend::Backends;

fn main() -> ExitCode {
    letterlock::pictures::shelf::choose_cryptography();
    let arguments = Arguments::from_args();
    let backends = Backends::find(&arguments);
    backends.announce();
    let mut trials: Vec<Trial> = Vec::new();
    trials.extend(architecture::trials());
    trials.extend(policy::trials(&backends));
    trials.extend(store::trials(&backends));
    trials.extend(stories::trials(&backends));
    trials.extend(wire::trials(&backends));
    let conclusion = libtest_mimic::run(&arguments, trials);
    backends.announce();
    backends.stop();
    conclusion.exit_code()
}
