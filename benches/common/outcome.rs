//! How a bench that asks a service runs, and what it says where it cannot.

use std::process::ExitCode;

/// Runs it to its end, on all cores.
pub(crate) fn outcome(run: impl Future<Output = Result<(), String>>) -> ExitCode {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build();
    let outcome = runtime
        .map_err(|error| error.to_string())
        .and_then(|runtime| runtime.block_on(run));
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("the bench could not run: {why}");
            ExitCode::FAILURE
        }
    }
}
