//! The settings in force, printed as a file that could be used, with where each comes from.

use std::fmt::Write;

use clap::{CommandFactory, parser::ValueSource};
use toml::Value;

use super::{
    Values,
    file::{Kind, keys},
    flags::Cli,
};

/// What stands in the place of a secret.
const MASK: &str = "***";

/// An address without the password that may be in it.
pub(super) fn masked(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else {
        return url.to_owned();
    };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, tail) = rest.split_at(end);
    let authority = match authority.rsplit_once('@') {
        Some((user, host)) => match user.split_once(':') {
            Some((name, _)) => format!("{name}:{MASK}@{host}"),
            None => authority.to_owned(),
        },
        None => authority.to_owned(),
    };
    // A parameter can hold it as well (libpq's URI).
    let tail = match tail.split_once('?') {
        Some((path, query)) => {
            let pairs = query.split('&').map(|pair| match pair.split_once('=') {
                Some((name, _)) if name.to_lowercase().contains("pass") => format!("{name}={MASK}"),
                _ => pair.to_owned(),
            });
            format!("{path}?{}", pairs.collect::<Vec<_>>().join("&"))
        }
        None => tail.to_owned(),
    };
    format!("{scheme}://{authority}{tail}")
}

impl Values<'_> {
    /// Each setting on a line of its own, in the order of the help.
    pub(super) fn print(&self) -> String {
        let mut text = String::from("# The settings in force. Secrets are masked.\n");
        let command = Cli::command();
        for argument in keys(&command) {
            let id = argument.get_id().as_str();
            let given: Vec<String> = self
                .matches
                .and_then(|matches| matches.get_raw(id))
                .into_iter()
                .flatten()
                .map(|value| value.to_string_lossy().into_owned())
                .collect();
            let source = self.matches.and_then(|matches| matches.value_source(id));
            let from = match source {
                Some(ValueSource::CommandLine | ValueSource::EnvVariable) => self.origin(id),
                Some(_) if self.file.has(id) => self.file.path().display().to_string(),
                Some(_) => "default".to_owned(),
                None => "not set".to_owned(),
            };
            if given.is_empty() {
                let _ = writeln!(text, "# {id}: {from}");
                continue;
            }
            let shown = |value: &String| match id {
                "secret" | "sealing_keys" => MASK.to_owned(),
                "database_url" | "mail" => masked(value),
                _ => value.clone(),
            };
            let value = match Kind::of(argument) {
                Kind::Texts => {
                    Value::Array(given.iter().map(|it| Value::String(shown(it))).collect())
                }
                // Checked before: it is a number, or true or false.
                Kind::Number | Kind::YesOrNo => {
                    let _ = writeln!(text, "{id} = {}  # {from}", given.concat());
                    continue;
                }
                Kind::Text => Value::String(given.iter().map(shown).collect()),
            };
            let _ = writeln!(text, "{id} = {value}  # {from}");
        }
        text
    }
}
