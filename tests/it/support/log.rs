//! The log, kept in memory: which lines came from which test's own runtime.

use std::{
    io,
    sync::{Mutex, Once},
};

static LINES: Mutex<Vec<(String, String)>> = Mutex::new(Vec::new());

/// Takes one event, on the thread that it happened on.
struct Sink;

impl io::Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let thread = std::thread::current().name().unwrap_or_default().to_owned();
        let line = String::from_utf8_lossy(bytes).into_owned();
        LINES.lock().unwrap().push((thread, line));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Keeps everything that the service, and what it stands on, logs at any level.
pub(crate) fn install() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        tracing_subscriber::fmt()
            .with_ansi(false)
            .with_env_filter("off,letterlock=trace,poem=trace,async_graphql=trace,diesel=trace")
            .with_writer(|| Sink)
            .init();
    });
}

/// What was logged on the threads of the runtime that asks.
pub(crate) async fn lines() -> Vec<String> {
    let own = tokio::task::spawn_blocking(|| {
        std::thread::current().name().unwrap_or_default().to_owned()
    })
    .await
    .unwrap();
    let lines = LINES.lock().unwrap();
    lines
        .iter()
        .filter(|(thread, _)| *thread == own)
        .map(|(_, line)| line.clone())
        .collect()
}
