//! How much is measured: what the command line says after `--`.

use std::time::Duration;

/// How much is done.
pub(crate) struct Plan {
    pub(crate) subscribers: usize,
    /// Messages a second.
    pub(crate) rate: usize,
    /// How long they are sent.
    pub(crate) within: Duration,
    /// How long nothing happens before.
    pub(crate) settling: Duration,
    database: Option<String>,
}

impl Plan {
    /// What the command line asks for; without `--bench`, very little.
    pub(crate) fn of(arguments: impl Iterator<Item = String>) -> Result<Self, String> {
        let arguments: Vec<String> = arguments.skip(1).collect();
        // Cargo says it after everything else.
        let full = arguments.iter().any(|argument| argument == "--bench");
        let much = |much, little| if full { much } else { little };
        let mut plan = Self {
            subscribers: much(2_000, 20),
            rate: much(200, 20),
            within: Duration::from_secs(if full { 20 } else { 1 }),
            settling: Duration::from_secs(if full { 5 } else { 1 }),
            database: None,
        };
        let mut arguments = arguments.into_iter();
        while let Some(argument) = arguments.next() {
            let mut value = || arguments.next().ok_or(format!("{argument} needs a value"));
            let number = |text: String, most: usize| match text.parse::<usize>() {
                Ok(number) if (1..=most).contains(&number) => Ok(number),
                _ => Err(format!("{text}: no number from 1 to {most}")),
            };
            match argument.as_str() {
                "--subscribers" => plan.subscribers = number(value()?, 10_000)?.max(8),
                "--rate" => plan.rate = number(value()?, 5_000)?,
                "--seconds" => plan.within = Duration::from_secs(number(value()?, 120)? as u64),
                "--database" => plan.database = Some(value()?),
                // What cargo's own test runner takes means nothing here.
                _ => {}
            }
        }
        // One member sends 120 a minute at most; half of that leaves room for chance.
        if plan.rate > plan.subscribers {
            return Err("so many messages a second need as many subscribers at least".to_owned());
        }
        Ok(plan)
    }

    /// Whether this database is to be measured.
    pub(crate) fn takes(&self, database: &str) -> bool {
        self.database.as_ref().is_none_or(|only| only == database)
    }
}
