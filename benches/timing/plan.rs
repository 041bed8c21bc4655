//! How much is measured, and of what: what the command line says after `--`.

/// How much is done.
pub(crate) struct Plan {
    /// Whether the figures are meant to mean something.
    pub(crate) full: bool,
    /// How many live in the demo's world.
    pub(crate) members: usize,
    /// How many of each kind are asked about.
    pub(crate) targets: usize,
    /// How many times so many asks as an attacker repeats, of each class.
    pub(crate) rounds: usize,
    /// The same of signing in, where each takes long.
    pub(crate) sign_ins: usize,
    /// How often labels are shuffled.
    pub(crate) shuffles: usize,
    /// Of the databases, only this.
    pub(crate) database: Option<String>,
    /// Of the questions, only these.
    pub(crate) only: Vec<String>,
}

impl Plan {
    /// What the command line asks for; without `--bench`, a handful.
    pub(crate) fn of(arguments: impl Iterator<Item = String>) -> Result<Self, String> {
        let arguments: Vec<String> = arguments.skip(1).collect();
        // Cargo says it after everything else.
        let full = arguments.iter().any(|argument| argument == "--bench");
        let much = |much, little| if full { much } else { little };
        let mut plan = Self {
            full,
            members: much(1_000, 60),
            targets: much(6, 2),
            rounds: much(400, 2),
            sign_ins: much(40, 1),
            shuffles: much(200, 5),
            database: None,
            only: Vec::new(),
        };
        let mut arguments = arguments.into_iter();
        while let Some(argument) = arguments.next() {
            let mut value = || arguments.next().ok_or(format!("{argument} needs a value"));
            let number = |text: String| text.parse().map_err(|_| format!("{text}: no number"));
            match argument.as_str() {
                "--rounds" => plan.rounds = number(value()?)?,
                "--sign-ins" => plan.sign_ins = number(value()?)?,
                "--database" => plan.database = Some(value()?),
                "--only" => plan.only.push(value()?),
                // What cargo's own test runner takes means nothing here.
                _ => {}
            }
        }
        Ok(plan)
    }

    /// Whether this question is to be asked.
    pub(crate) fn asks(&self, name: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|only| only == name)
    }

    /// Whether this database is to be measured.
    pub(crate) fn takes(&self, database: &str) -> bool {
        self.database.as_ref().is_none_or(|only| only == database)
    }
}
