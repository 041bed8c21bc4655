//! The program `letterlock`: reads its configuration, starts the log, and hands over to the library.

use std::{error::Error, process::ExitCode};

use letterlock::{
    app,
    config::{Config, Fault},
};
use tracing_subscriber::EnvFilter;

/// A request makes thousands of small things on one thread, and many are given back on another.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let config = match Config::parse(std::env::args_os()) {
        Ok(config) => config,
        Err(fault) => return misuse(&fault),
    };
    tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new(&config.log))
        // Standard output belongs to what a sub-command prints.
        .with_writer(std::io::stderr)
        .with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr()))
        .init();
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => return failure(&error),
    };
    match runtime.block_on(app::run(config)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => failure(&error),
    }
}

#[expect(
    clippy::print_stderr,
    reason = "the log is not there before the configuration is"
)]
fn misuse(fault: &Fault) -> ExitCode {
    match fault {
        // clap knows that help goes to standard output and complaints to standard error.
        Fault::Usage(error) => {
            let _ = error.print();
        }
        Fault::File(_) | Fault::Value { .. } => eprintln!("error: {fault}"),
    }
    ExitCode::from(fault.exit_code())
}

#[expect(
    clippy::print_stderr,
    reason = "the reason for ending must be seen whatever the log filter is"
)]
fn failure(error: &dyn Error) -> ExitCode {
    eprintln!("error: {error}");
    let mut source = error.source();
    while let Some(cause) = source {
        eprintln!("  caused by: {cause}");
        source = cause.source();
    }
    ExitCode::FAILURE
}
