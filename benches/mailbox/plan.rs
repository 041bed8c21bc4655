//! How much is measured, and of what: what the command line says after `--`.

use std::time::Duration;

/// How much is done.
pub(crate) struct Plan {
    /// How many live in the world.
    pub(crate) members: usize,
    /// How long each line is measured.
    pub(crate) each: Duration,
    /// On how many connections at once.
    pub(crate) connections: Vec<usize>,
    database: Option<String>,
    only: Vec<String>,
}

impl Plan {
    /// What the command line asks for; without `--bench`, a little of everything.
    pub(crate) fn of(arguments: impl Iterator<Item = String>) -> Result<Self, String> {
        let arguments: Vec<String> = arguments.skip(1).collect();
        // Cargo says it after everything else.
        let full = arguments.iter().any(|argument| argument == "--bench");
        let mut plan = Self {
            members: if full { 300 } else { 40 },
            each: Duration::from_millis(if full { 3_000 } else { 50 }),
            connections: if full { vec![1, 16] } else { vec![1, 4] },
            database: None,
            only: Vec::new(),
        };
        let mut arguments = arguments.into_iter();
        while let Some(argument) = arguments.next() {
            let mut value = || arguments.next().ok_or(format!("{argument} needs a value"));
            match argument.as_str() {
                "--seconds" => {
                    let seconds: f64 = value()?.parse().map_err(|_| "--seconds: no number")?;
                    plan.each = Duration::try_from_secs_f64(seconds)
                        .map_err(|error| format!("--seconds: {error}"))?;
                }
                "--connections" => {
                    let number: usize = value()?.parse().map_err(|_| "--connections: no number")?;
                    plan.connections = vec![number.min(64)];
                }
                "--database" => plan.database = Some(value()?),
                "--only" => plan.only.push(value()?),
                // What cargo's own test runner takes means nothing here.
                _ => {}
            }
        }
        Ok(plan)
    }

    /// Whether this request is to be measured.
    pub(crate) fn asks(&self, name: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|only| only == name)
    }

    /// Whether this database is to be measured.
    pub(crate) fn takes(&self, database: &str) -> bool {
        self.database.as_ref().is_none_or(|only| only == database)
    }
}
