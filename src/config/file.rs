//! The file of settings: TOML, whose keys are the flags with underscores.
//!
//! What it says becomes the defaults of the command line, beneath the environment and the flags.

use std::{
    collections::BTreeMap,
    ffi::OsString,
    fs, io,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use clap::{Arg, Command, CommandFactory};
use toml::{Table, Value};

use super::flags::Cli;

/// The file that is read when none is named.
pub(super) const USUAL: &str = "letterlock.toml";

/// Flags that are no settings: what to do, not how.
const NO_SETTINGS: [&str; 4] = ["demo", "config", "help", "version"];

/// The file cannot be used. No message holds a value, which may be a secret.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// It cannot be read.
    #[error("the file of settings {} cannot be read: {}", .0.display(), .1)]
    Unreadable(PathBuf, io::Error),
    /// It is not TOML.
    #[error("{} is not TOML: line {}: {}", .0.display(), .1, .2)]
    Malformed(PathBuf, usize, String),
    /// A key that is none of the settings.
    #[error("{}: there is no setting {:?}; the settings are {}", .0.display(), .1, .2)]
    Unknown(PathBuf, String, String),
    /// A value of another type.
    #[error("{}: {} must be {}", .0.display(), .1, .2)]
    Type(PathBuf, String, &'static str),
    /// Others can read what is secret in it.
    #[error("{} holds {} and may be read by others: make the file's mode 0600", .0.display(), .1)]
    Exposed(PathBuf, &'static str),
}

/// What the file says, as the texts that a flag would have given.
#[derive(Debug, Default)]
pub(super) struct Settings {
    path: PathBuf,
    texts: BTreeMap<String, Vec<String>>,
}

/// The settings that there are, by their keys, from the command line itself.
pub(super) fn keys(command: &Command) -> impl Iterator<Item = &Arg> {
    let serve = command.find_subcommand("serve");
    let arguments = serve.into_iter().flat_map(Command::get_arguments);
    arguments.filter(|argument| !NO_SETTINGS.contains(&argument.get_id().as_str()))
}

impl Settings {
    /// Reads the file that the command line or the environment names, else the usual one where it is.
    pub(super) fn find(arguments: &[OsString]) -> Result<Self, Fault> {
        // Whatever else is wrong with the command line is said when it is parsed in earnest.
        let named = Cli::command()
            .ignore_errors(true)
            .try_get_matches_from(arguments)
            .ok()
            .and_then(|matches| matches.get_one::<PathBuf>("config").cloned());
        let (path, named) = match named {
            Some(path) => (path, true),
            None => (PathBuf::from(USUAL), false),
        };
        match fs::read_to_string(&path) {
            Ok(text) => Self::read(path, &text),
            Err(error) if !named && error.kind() == io::ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(Fault::Unreadable(path, error)),
        }
    }

    fn read(path: PathBuf, text: &str) -> Result<Self, Fault> {
        let table: Table = toml::from_str(text).map_err(|error| {
            let before = error.span().map_or(0, |span| span.start);
            let line = text.get(..before).unwrap_or_default().matches('\n').count() + 1;
            // The whole message would quote the line.
            Fault::Malformed(path.clone(), line, error.message().to_owned())
        })?;
        let command = Cli::command();
        let mut texts = BTreeMap::new();
        for (key, value) in table {
            let Some(argument) = keys(&command).find(|it| it.get_id() == key.as_str()) else {
                let known: Vec<&str> = keys(&command).map(|it| it.get_id().as_str()).collect();
                return Err(Fault::Unknown(path, key, known.join(", ")));
            };
            let kind = Kind::of(argument);
            let Some(text) = kind.text(&value) else {
                return Err(Fault::Type(path, key, kind.name()));
            };
            texts.insert(key, text);
        }
        let settings = Self { path, texts };
        settings.check_mode()?;
        Ok(settings)
    }

    fn check_mode(&self) -> Result<(), Fault> {
        let secret = if self.has("secret") {
            "the secret"
        } else if self.has("sealing_keys") {
            "the sealing keys"
        } else if ["database_url", "mail"]
            .iter()
            .filter_map(|key| self.texts.get(*key))
            .flatten()
            .any(|url| super::print::masked(url) != *url)
        {
            "a password"
        } else {
            return Ok(());
        };
        let mode = fs::metadata(&self.path).map(|file| file.permissions().mode());
        match mode {
            Ok(mode) if mode & 0o077 == 0 => Ok(()),
            _ => Err(Fault::Exposed(self.path.clone(), secret)),
        }
    }

    /// Whether the file says anything of this setting.
    pub(super) fn has(&self, key: &str) -> bool {
        self.texts.contains_key(key)
    }

    /// Where the file is.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// The command line with what the file says as its defaults.
    pub(super) fn beneath(&self, mut command: Command) -> Command {
        for name in [
            "serve", "config", "migrate", "reseal", "announce", "mails", "seed", "schema",
        ] {
            command = command.mut_subcommand(name, |mut sub| {
                for (key, texts) in &self.texts {
                    if sub.get_arguments().any(|it| it.get_id() == key.as_str()) {
                        let texts = texts.clone();
                        // Not in the help: it may be a secret.
                        sub = sub
                            .mut_arg(key, |it| it.default_values(texts).hide_default_value(true));
                    }
                }
                sub
            });
        }
        command
    }
}

/// What a setting's value is in TOML.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Number,
    YesOrNo,
    Texts,
}

impl Kind {
    pub(super) fn of(argument: &Arg) -> Self {
        let names = argument.get_value_names().unwrap_or_default();
        match names.first().map(|name| name.as_str()) {
            _ if argument.get_value_delimiter().is_some() => Kind::Texts,
            Some("NUMBER" | "KIB") => Kind::Number,
            Some("true|false") => Kind::YesOrNo,
            _ => Kind::Text,
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Kind::Text => "a text in quotes",
            Kind::Number => "a whole number",
            Kind::YesOrNo => "true or false",
            Kind::Texts => "a list of texts",
        }
    }

    fn text(self, value: &Value) -> Option<Vec<String>> {
        match (self, value) {
            (Kind::Text, Value::String(text)) => Some(vec![text.clone()]),
            (Kind::Number, Value::Integer(number)) => Some(vec![number.to_string()]),
            (Kind::YesOrNo, Value::Boolean(yes)) => Some(vec![yes.to_string()]),
            (Kind::Texts, Value::Array(values)) => values
                .iter()
                .map(|value| value.as_str().map(str::to_owned))
                .collect(),
            _ => None,
        }
    }
}
