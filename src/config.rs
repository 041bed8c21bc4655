//! Flags, `LETTERLOCK_*` environment variables and a file in TOML, parsed once into typed values.
//!
//! A flag wins over its environment variable, and that over the file. Secrets are held in `secrecy`'s strings, which show
//! nothing of themselves, and no message repeats them or an address that may hold a password.

mod database;
mod file;
mod flags;
mod keys;
mod mail;
mod passwords;
mod photos;
mod print;
mod secret;

use std::{
    ffi::OsString,
    net::SocketAddr,
    path::{Path, PathBuf},
};

use clap::{ArgMatches, CommandFactory, FromArgMatches, parser::ValueSource};
use ipnet::IpNet;
use tracing_subscriber::EnvFilter;

pub use database::{DatabaseUrl, TlsMode};
pub use flags::SchemaName;
pub use keys::{KeysError, KeysSource};
pub use mail::{Mail, MailBy};
pub use passwords::Passwords;
pub use photos::PhotosAt;
pub use secret::{SecretError, SecretSource};

use crate::http::{Explain, Settings, origin::Origin};
use flags::{Cli, DatabaseFlags, KeysFlags, SeedFlags, ServeFlags, Sub};

/// What the operator asked for.
#[derive(Debug)]
pub struct Config {
    /// What is logged: a filter in the language of `tracing-subscriber`, checked.
    pub log: String,
    /// What is to be done.
    pub command: Command,
}

/// A sub-command with its values.
#[derive(Debug)]
pub enum Command {
    /// Serve until told to stop.
    Serve(Box<Serve>),
    /// Bring the database's schema up to date.
    Migrate(Database),
    /// Seal with the newest of the keys what older ones sealed.
    Reseal(Database),
    /// Tell all members something.
    Announce(Database),
    /// Lists the mails that are not tried any more, or has them tried again.
    Mails(Database, bool),
    /// Fills an empty database with a fictional world.
    Seed(Seed),
    /// Print a schema in GraphQL's schema definition language.
    Schema(SchemaName),
    /// Print this: the settings in force, as TOML.
    Settings(String),
}

/// The values of `serve`.
#[derive(Debug)]
pub struct Serve {
    /// Where to listen. Default 127.0.0.1:8000.
    pub listen: SocketAddr,
    /// Whether to serve the fictional world.
    pub demo: bool,
    /// The database.
    pub database: Database,
    /// The server's secret, which seals cursors and screening tokens.
    pub secret: SecretSource,
    /// What concerns HTTP; `demo` is repeated in it.
    pub http: Settings,
    /// Where photos are kept. Default: a folder beside the database.
    pub photos: PhotosAt,
    /// Where mails go, and from whom they are. Default: a folder beside the database.
    pub mail: Mail,
    /// Whether the schema answers introspection. Default true.
    pub introspection: bool,
    /// The cost of passwords.
    pub passwords: Passwords,
}

/// A database and how many connections to it are kept.
#[derive(Debug)]
pub struct Database {
    /// Which database.
    pub url: DatabaseUrl,
    /// Connections at a time, 1 to 1,000. Default 8.
    pub connections: usize,
    /// The keys that seal what is in it.
    pub keys: KeysSource,
}

/// A fictional world to make.
#[derive(Debug)]
pub struct Seed {
    /// An empty one.
    pub database: Database,
    /// How many live in it: 5 to 10,000,000.
    pub members: usize,
    /// What chance begins with: the same gives the same world, on the same day.
    pub seed: u64,
    /// How many of them can sign in, the first ones.
    pub sign_ins: usize,
}

/// The command line or the environment is not what it should be.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// A flag or sub-command that does not exist or lacks its value, or a request for help.
    #[error(transparent)]
    Usage(#[from] clap::Error),
    /// The file of settings cannot be used.
    #[error(transparent)]
    File(#[from] file::Fault),
    /// A value that cannot be used.
    #[error("{origin}{given}: {expected}")]
    Value {
        /// The flag or environment variable that it came from.
        origin: String,
        /// The value, quoted, where it may be shown.
        given: String,
        /// What would be right.
        expected: String,
    },
}

impl Fault {
    /// Returns the status to exit with: 2 for misuse, 0 for a request for help.
    pub fn exit_code(&self) -> u8 {
        match self {
            Fault::Usage(error) if !error.use_stderr() => 0,
            Fault::Usage(_) | Fault::File(_) | Fault::Value { .. } => 2,
        }
    }
}

impl Config {
    /// Parses a command line, the program's name first, with the process's environment.
    ///
    /// # Errors
    ///
    /// [`Fault`], whose text says what is wrong, where it came from, and what would be right.
    pub fn parse(
        arguments: impl IntoIterator<Item = impl Into<OsString> + Clone>,
    ) -> Result<Self, Fault> {
        let arguments: Vec<OsString> = arguments.into_iter().map(Into::into).collect();
        let file = file::Settings::find(&arguments)?;
        let matches = file
            .beneath(Cli::command())
            .try_get_matches_from(arguments)?;
        let cli = Cli::from_arg_matches(&matches)?;
        let values = Values {
            matches: matches.subcommand().map(|(_, matches)| matches),
            file: &file,
        };
        let (log, command) = match &cli.command {
            Sub::Serve(flags) => {
                let serve = values.serve(flags)?;
                (&flags.log.log, Command::Serve(Box::new(serve)))
            }
            Sub::Migrate(flags) => (
                &flags.log.log,
                Command::Migrate(values.database(&flags.database, &flags.keys)?),
            ),
            Sub::Reseal(flags) => (
                &flags.log.log,
                Command::Reseal(values.database(&flags.database, &flags.keys)?),
            ),
            Sub::Announce(flags) => (
                &flags.log.log,
                Command::Announce(values.database(&flags.database, &flags.keys)?),
            ),
            Sub::Mails(flags) => (
                &flags.usual.log.log,
                Command::Mails(
                    values.database(&flags.usual.database, &flags.usual.keys)?,
                    flags.retry,
                ),
            ),
            Sub::Seed(flags) => (&flags.log.log, Command::Seed(values.seed(flags)?)),
            Sub::Config(flags) => {
                // What cannot be used is said here as it would be when serving.
                values.serve(flags)?;
                (&flags.log.log, Command::Settings(values.print()))
            }
            Sub::Schema(flags) => (&flags.log.log, Command::Schema(flags.name)),
        };
        let log = values.value(
            "log",
            log,
            "it must be a log filter, such as info or letterlock=debug",
            |text| EnvFilter::try_new(text).is_ok().then(|| text.to_owned()),
        )?;
        Ok(Self { log, command })
    }
}

/// Turns texts into values, and knows where each text came from.
struct Values<'a> {
    matches: Option<&'a ArgMatches>,
    file: &'a file::Settings,
}

impl Values<'_> {
    /// Names the flag or environment variable that gave the value of `id`.
    fn origin(&self, id: &str) -> String {
        let source = self.matches.and_then(|matches| matches.value_source(id));
        if source == Some(ValueSource::EnvVariable) {
            let name = id.to_uppercase();
            format!("the environment variable LETTERLOCK_{name}")
        } else if source == Some(ValueSource::DefaultValue) && self.file.has(id) {
            format!("{id} in {}", self.file.path().display())
        } else {
            format!("--{}", id.replace('_', "-"))
        }
    }

    fn fault(&self, id: &str, shown: Option<&str>, expected: impl Into<String>) -> Fault {
        Fault::Value {
            origin: self.origin(id),
            given: shown.map_or_else(String::new, |text| format!(" is {text:?}")),
            expected: expected.into(),
        }
    }

    fn value<T>(
        &self,
        id: &str,
        text: &str,
        expected: &str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Result<T, Fault> {
        parse(text).ok_or_else(|| self.fault(id, Some(text), expected))
    }

    fn number(&self, id: &str, text: &str, least: u32, most: u32) -> Result<u32, Fault> {
        let expected = format!("it must be a whole number from {least} to {most}");
        self.value(id, text, &expected, |text| {
            text.parse().ok().filter(|it| (least..=most).contains(it))
        })
    }

    fn yes_or_no(&self, id: &str, text: &str) -> Result<bool, Fault> {
        self.value(id, text, "it must be true or false", |text| {
            text.parse().ok()
        })
    }

    fn origin_of_pages(&self, id: &str, text: &str) -> Result<Origin, Fault> {
        let expected = "it must be http:// or https:// and a host, perhaps a port, and no path, \
            such as https://letterlock.example";
        self.value(id, text, expected, |text| text.parse().ok())
    }

    fn database(&self, flags: &DatabaseFlags, keys: &KeysFlags) -> Result<Database, Fault> {
        let url = database::parse(&flags.database_url)
            // The address may hold a password.
            .map_err(|expected| self.fault("database_url", None, expected))?;
        let connections = self.number(
            "database_connections",
            &flags.database_connections,
            1,
            1_000,
        )?;
        Ok(Database {
            keys: self.keys(keys, &url)?,
            url,
            connections: usize::try_from(connections).unwrap_or(1),
        })
    }

    fn keys(&self, flags: &KeysFlags, url: &DatabaseUrl) -> Result<KeysSource, Fault> {
        match (&flags.sealing_keys, &flags.sealing_keys_file, url) {
            (Some(_), Some(_), _) => Err(self.fault(
                "sealing_keys_file",
                None,
                "keys are given besides: give either the keys or their file",
            )),
            (Some(keys), None, _) => KeysSource::given(keys)
                .map_err(|error| self.fault("sealing_keys", None, error.to_string())),
            (None, Some(path), _) if path.as_os_str().is_empty() => {
                Err(self.fault("sealing_keys_file", None, "it must be the path of a file"))
            }
            (None, Some(path), _) => Ok(KeysSource::Kept(path.clone())),
            (None, None, DatabaseUrl::Sqlite(path)) => Ok(KeysSource::Made(beside(path, ".keys"))),
            (None, None, DatabaseUrl::Postgres { .. }) => Err(self.fault(
                "sealing_keys_file",
                None,
                "on PostgreSQL keys are required, the same for every program that uses one \
                 database: set LETTERLOCK_SEALING_KEYS to 1: and what `openssl rand -hex 32` gives, \
                 or name a file that holds it",
            )),
        }
    }

    fn seed(&self, flags: &SeedFlags) -> Result<Seed, Fault> {
        let count = |id, text: &str, least| {
            let number = self.number(id, text, least, 10_000_000)?;
            Ok::<_, Fault>(usize::try_from(number).unwrap_or(usize::MAX))
        };
        Ok(Seed {
            database: self.database(&flags.database, &flags.keys)?,
            members: count("members", &flags.members, 5)?,
            seed: self.value("seed", &flags.seed, "it must be a whole number", |text| {
                text.parse().ok()
            })?,
            sign_ins: count("sign_ins", &flags.sign_ins, 0)?,
        })
    }

    fn secret(&self, flags: &ServeFlags, url: &DatabaseUrl) -> Result<SecretSource, Fault> {
        match (&flags.secret, &flags.secret_file, url) {
            (Some(_), Some(_), _) => Err(self.fault(
                "secret_file",
                None,
                "a secret is given besides: give either the secret or its file",
            )),
            (Some(secret), None, _) => SecretSource::given(secret)
                .map_err(|error| self.fault("secret", None, error.to_string())),
            (None, Some(path), _) if path.as_os_str().is_empty() => {
                Err(self.fault("secret_file", None, "it must be the path of a file"))
            }
            (None, Some(path), _) => Ok(SecretSource::Kept(path.clone())),
            (None, None, DatabaseUrl::Sqlite(path)) => {
                Ok(SecretSource::Made(beside(path, ".secret")))
            }
            (None, None, DatabaseUrl::Postgres { .. }) => Err(self.fault(
                "secret_file",
                None,
                "on PostgreSQL a secret is required, the same for every server of one database: \
                 set LETTERLOCK_SECRET to at least 32 characters, or name a file that holds them",
            )),
        }
    }

    fn serve(&self, flags: &ServeFlags) -> Result<Serve, Fault> {
        let listen = self.value(
            "listen",
            &flags.listen,
            "it must be an address and a port, such as 127.0.0.1:8000 or [::]:8000",
            |text| text.parse().ok(),
        )?;
        let database = self.database(&flags.database, &flags.keys)?;
        let secret = self.secret(flags, &database.url)?;
        let photos = photos::parse(self, flags.photos.as_deref(), &database.url)?;
        let mail = mail::parse(self, flags, &database.url)?;
        let public_url = flags
            .public_url
            .as_deref()
            .map(|text| self.origin_of_pages("public_url", text))
            .transpose()?;
        let cors_origins = flags
            .cors_origin
            .iter()
            .map(|text| self.origin_of_pages("cors_origin", text))
            .collect::<Result<_, _>>()?;
        let trusted_proxies = flags
            .trusted_proxy
            .iter()
            .map(|text| {
                let expected = "it must be an address or a network, such as 10.0.0.7 or 10.0.0.0/8";
                self.value("trusted_proxy", text, expected, network)
            })
            .collect::<Result<_, _>>()?;
        let explain = match flags.explain.as_deref() {
            Some(text) => self.yes_or_no("explain", text)?,
            None => flags.demo,
        };
        let connections = self.number("connections", &flags.connections, 16, 1_000_000)?;
        let http = Settings {
            connections: usize::try_from(connections).unwrap_or(usize::MAX),
            explain: match (explain, flags.demo) {
                (false, _) => Explain::Nothing,
                (true, false) => Explain::Own,
                // `serve` makes sure that a demo's database is the demo's.
                (true, true) => Explain::Everything,
            },
            public_url,
            cors_origins,
            trusted_proxies,
            graphiql: self.yes_or_no("graphiql", &flags.graphiql)?,
            demo: flags.demo,
            ..Settings::default()
        };
        Ok(Serve {
            listen,
            demo: flags.demo,
            database,
            secret,
            http,
            photos,
            mail,
            introspection: self.yes_or_no("introspection", &flags.introspection)?,
            passwords: passwords::parse(self, flags)?,
        })
    }
}

/// A file beside that of an embedded database.
fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut beside = path.as_os_str().to_owned();
    beside.push(ending);
    beside.into()
}

fn network(text: &str) -> Option<IpNet> {
    text.parse().ok().or_else(|| {
        text.parse()
            .ok()
            .map(|address: std::net::IpAddr| address.into())
    })
}

#[cfg(test)]
mod tests;
