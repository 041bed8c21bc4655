//! The program as it is shipped, in a process of its own: what it holds of memory.

use std::{
    net::TcpListener,
    process::{Child, Command, Stdio},
    time::Duration,
};

use letterlock::store::Address;
use secrecy::ExposeSecret;

use crate::crowd::Asking;

/// A running server, ended when this is dropped.
pub(crate) struct Alone {
    child: Child,
    pub(crate) base: String,
}

/// What a process holds, and has used.
pub(crate) struct Spent {
    pub(crate) memory_kib: u64,
    /// In seconds.
    pub(crate) processor: f64,
}

/// Linux counts the processor's time in hundredths of a second for those who ask.
const TICKS: f64 = 100.0;

impl Alone {
    /// Serves the database, and waits until it does.
    pub(crate) async fn start(
        address: &Address,
        http: &reqwest::Client,
        settings: &[(&str, &str)],
    ) -> Result<Self, String> {
        let url = match address {
            Address::Postgres { url, .. } => url.expose_secret().to_owned(),
            Address::Sqlite(path) => format!("sqlite:{}", path.display()),
        };
        let port = TcpListener::bind("127.0.0.1:0")
            .and_then(|listener| listener.local_addr())
            .map_err(|error| error.to_string())?
            .port();
        let child = Command::new(env!("CARGO_BIN_EXE_letterlock"))
            .args(["serve", "--demo", "--listen"])
            .arg(format!("127.0.0.1:{port}"))
            .env("LETTERLOCK_DATABASE_URL", url)
            .env(
                "LETTERLOCK_DATABASE_CONNECTIONS",
                crate::CONNECTIONS.to_string(),
            )
            .env("LETTERLOCK_SECRET", "a secret of the bench, long enough")
            .env("LETTERLOCK_SEALING_KEYS", crate::running::keys())
            .env("LETTERLOCK_LOG", "warn")
            .envs(settings.iter().copied())
            .stdout(Stdio::null())
            .spawn()
            .map_err(|error| error.to_string())?;
        let alone = Self {
            child,
            base: format!("http://127.0.0.1:{port}"),
        };
        for _ in 0..200 {
            if Asking::Health.once(http, &alone.base, "").await.is_ok() {
                return Ok(alone);
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Err("the program did not begin to serve".to_owned())
    }

    /// The most memory that it has held, as Linux tells it.
    pub(crate) fn memory(&self) -> Option<String> {
        self.status("VmHWM:")
    }

    /// What it holds and has used up to now, as Linux tells it; elsewhere, nothing.
    pub(crate) fn now(&self) -> Spent {
        let memory = self.status("VmRSS:");
        let memory_kib = memory.and_then(|text| text.trim_end_matches(" kB").parse().ok());
        let ticks = || {
            let told = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id())).ok()?;
            // Behind the name, which is in brackets; the 14th and 15th of all.
            let (_, rest) = told.rsplit_once(") ")?;
            let parts: Vec<i64> = rest.split(' ').filter_map(|it| it.parse().ok()).collect();
            Some(parts.get(10)? + parts.get(11)?)
        };
        Spent {
            memory_kib: memory_kib.unwrap_or_default(),
            processor: ticks().unwrap_or_default() as f64 / TICKS,
        }
    }

    fn status(&self, name: &str) -> Option<String> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).ok()?;
        let line = status.lines().find(|line| line.starts_with(name))?;
        Some(line.trim_start_matches(name).trim().to_owned())
    }
}

impl Drop for Alone {
    fn drop(&mut self) {
        // It may have ended by itself; it is gone in either case.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
