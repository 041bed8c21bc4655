//! The command line. Values stay texts here: what they mean, and what is said of a bad one, is one
//! room up.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

/// A GraphQL service for a penpal network in which every field of every member is folded shut.
#[derive(Debug, Parser)]
#[command(
    name = "letterlock",
    version,
    subcommand_required = true,
    arg_required_else_help = true
)]
pub(super) struct Cli {
    /// File of settings in TOML [default: letterlock.toml, where there is one]. A flag wins over the
    /// environment, and the environment over the file
    #[arg(long, env = "LETTERLOCK_CONFIG", value_name = "PATH", global = true)]
    pub config: Option<PathBuf>,

    #[command(subcommand)]
    pub command: Sub,
}

#[derive(Debug, Subcommand)]
pub(super) enum Sub {
    /// Serve the API, and GraphiQL at /graphiql, until SIGTERM or SIGINT
    Serve(Box<ServeFlags>),
    /// Bring the database's schema up to date, and end
    Migrate(MigrateFlags),
    /// Seal e-mail addresses, telephone numbers and postal addresses with the newest of the keys, and end
    Reseal(MigrateFlags),
    /// Tell all members something, such as a change of the policy: the text comes on standard input; and end
    Announce(MigrateFlags),
    /// List the mails that are not tried any more, or have them tried again; and end
    Mails(MailsFlags),
    /// Fill an empty database with a fictional world of any size, for `serve --demo`
    Seed(SeedFlags),
    /// Print the settings that are in force, and where each comes from; secrets are masked
    Config(Box<ServeFlags>),
    /// Print a GraphQL schema in its definition language, and end
    Schema(SchemaFlags),
}

#[derive(Debug, Args)]
pub(super) struct ServeFlags {
    /// Serve a fictional world, made the first time; refuses a database that holds anything else
    #[arg(long)]
    pub demo: bool,

    /// Address and port to listen at
    #[arg(
        long,
        env = "LETTERLOCK_LISTEN",
        value_name = "ADDRESS:PORT",
        default_value = "127.0.0.1:8000"
    )]
    pub listen: String,

    /// Connections of clients at a time; more wait. A WebSocket or an event stream is one for as long as it lasts
    #[arg(
        long,
        env = "LETTERLOCK_CONNECTIONS",
        value_name = "NUMBER",
        default_value = "1024"
    )]
    pub connections: String,

    #[command(flatten)]
    pub database: DatabaseFlags,

    /// Secret of at least 32 characters that seals cursors and tokens. Better in the environment than
    /// on the command line, which every user of the machine can read
    #[arg(
        long,
        env = "LETTERLOCK_SECRET",
        hide_env_values = true,
        value_name = "TEXT"
    )]
    pub secret: Option<String>,

    /// File that holds the secret. On SQLite, without either, a file is made beside the database
    #[arg(long, env = "LETTERLOCK_SECRET_FILE", value_name = "PATH")]
    pub secret_file: Option<PathBuf>,

    #[command(flatten)]
    pub keys: KeysFlags,

    /// Where photos are kept: a folder, or s3://BUCKET/PREFIX, with the keys in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY
    /// [default: a folder beside the database's file; on PostgreSQL data/photos]
    #[arg(long, env = "LETTERLOCK_PHOTOS", value_name = "PLACE")]
    pub photos: Option<String>,

    /// Where mails go: maildir:PATH, where nobody gets them, or smtp://HOST:PORT or smtps://USER:PASSWORD@HOST. Better in the
    /// environment than on the command line [default: a folder beside the database's file; on PostgreSQL data/mail]
    #[arg(
        long,
        env = "LETTERLOCK_MAIL",
        hide_env_values = true,
        value_name = "PLACE"
    )]
    pub mail: Option<String>,

    /// The address that mails come from
    #[arg(
        long,
        env = "LETTERLOCK_MAIL_FROM",
        value_name = "ADDRESS",
        default_value = "Letterlock <letterlock@localhost>"
    )]
    pub mail_from: String,

    /// Where people reach the service, such as https://letterlock.example: other pages are refused
    #[arg(
        long,
        env = "LETTERLOCK_PUBLIC_URL",
        value_name = "ORIGIN",
        help_heading = "Web"
    )]
    pub public_url: Option<String>,

    /// Origin of another site whose pages may use the API with credentials; may be repeated
    #[arg(
        long,
        env = "LETTERLOCK_CORS_ORIGIN",
        value_name = "ORIGIN",
        value_delimiter = ',',
        help_heading = "Web"
    )]
    pub cors_origin: Vec<String>,

    /// Network of a proxy whose X-Forwarded-For and -Host are believed; may be repeated
    #[arg(
        long,
        env = "LETTERLOCK_TRUSTED_PROXY",
        value_name = "NETWORK",
        value_delimiter = ',',
        help_heading = "Web"
    )]
    pub trusted_proxy: Vec<String>,

    /// Whether the schema answers introspection
    #[arg(
        long,
        env = "LETTERLOCK_INTROSPECTION",
        value_name = "true|false",
        default_value = "true",
        help_heading = "Web"
    )]
    pub introspection: String,

    /// Whether GraphiQL is served
    #[arg(
        long,
        env = "LETTERLOCK_GRAPHIQL",
        value_name = "true|false",
        default_value = "true",
        help_heading = "Web"
    )]
    pub graphiql: String,

    /// Whether an answer tells how it came about, to whoever sends Letterlock-Explain: 1; of the demo's world
    /// everything, of any other what was decided about one's own [default: true with --demo, else false]
    #[arg(
        long,
        env = "LETTERLOCK_EXPLAIN",
        value_name = "true|false",
        help_heading = "Web"
    )]
    pub explain: Option<String>,

    /// Memory of one password hash, in KiB
    #[arg(
        long,
        env = "LETTERLOCK_ARGON2_MEMORY_KIB",
        value_name = "KIB",
        default_value = "19456",
        help_heading = "Passwords"
    )]
    pub argon2_memory_kib: String,

    /// Passes of one password hash over its memory
    #[arg(
        long,
        env = "LETTERLOCK_ARGON2_ITERATIONS",
        value_name = "NUMBER",
        default_value = "2",
        help_heading = "Passwords"
    )]
    pub argon2_iterations: String,

    /// Lanes of one password hash
    #[arg(
        long,
        env = "LETTERLOCK_ARGON2_LANES",
        value_name = "NUMBER",
        default_value = "1",
        help_heading = "Passwords"
    )]
    pub argon2_lanes: String,

    /// Password hashes at a time [default: as many as there are processors, 16 at most]
    #[arg(
        long,
        env = "LETTERLOCK_PARALLEL_HASHES",
        value_name = "NUMBER",
        help_heading = "Passwords"
    )]
    pub parallel_hashes: Option<String>,

    #[command(flatten)]
    pub log: LogFlags,
}

#[derive(Debug, Args)]
pub(super) struct MigrateFlags {
    #[command(flatten)]
    pub database: DatabaseFlags,

    #[command(flatten)]
    pub keys: KeysFlags,

    #[command(flatten)]
    pub log: LogFlags,
}

#[derive(Debug, Args)]
pub(super) struct MailsFlags {
    /// Have them tried again, as if for the first time
    #[arg(long)]
    pub retry: bool,

    #[command(flatten)]
    pub usual: MigrateFlags,
}

#[derive(Debug, Args)]
pub(super) struct SeedFlags {
    /// How many live in the world, each with 20 penpals, 5 interests and 3 conversations of 5 messages; the first
    /// five are the demo's
    #[arg(long, value_name = "NUMBER", default_value = "1000")]
    pub members: String,

    /// What chance begins with: the same number gives the same world, on the same day
    #[arg(long, value_name = "NUMBER", default_value = "2010")]
    pub seed: String,

    /// How many of them, the first ones, can sign in, with the demo's password
    #[arg(long, value_name = "NUMBER", default_value = "5")]
    pub sign_ins: String,

    #[command(flatten)]
    pub database: DatabaseFlags,

    #[command(flatten)]
    pub keys: KeysFlags,

    #[command(flatten)]
    pub log: LogFlags,
}

#[derive(Debug, Args)]
pub(super) struct SchemaFlags {
    /// Whose schema
    #[arg(value_enum)]
    pub name: SchemaName,

    #[command(flatten)]
    pub log: LogFlags,
}

/// The schemas of the service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SchemaName {
    /// The members' schema.
    Member,
}

#[derive(Debug, Args)]
pub(super) struct DatabaseFlags {
    /// Database: sqlite:PATH, or postgres://USER:PASSWORD@HOST/NAME with sslmode=disable, prefer,
    /// require or verify-full (and sslrootcert=PATH)
    #[arg(
        long,
        env = "LETTERLOCK_DATABASE_URL",
        hide_env_values = true,
        value_name = "URL",
        default_value = "sqlite:data/letterlock.db"
    )]
    pub database_url: String,

    /// Connections to the database at a time
    #[arg(
        long,
        env = "LETTERLOCK_DATABASE_CONNECTIONS",
        value_name = "NUMBER",
        default_value = "8"
    )]
    pub database_connections: String,
}

#[derive(Debug, Args)]
pub(super) struct KeysFlags {
    /// Keys that seal e-mail addresses, telephone numbers and postal addresses, each as VERSION:SECRET; the newest
    /// seals, all open. Better in the environment than on the command line
    #[arg(
        long,
        env = "LETTERLOCK_SEALING_KEYS",
        hide_env_values = true,
        value_name = "TEXT"
    )]
    pub sealing_keys: Option<String>,

    /// File that holds the keys, a line each. On SQLite, without either, a file is made beside the database
    #[arg(long, env = "LETTERLOCK_SEALING_KEYS_FILE", value_name = "PATH")]
    pub sealing_keys_file: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(super) struct LogFlags {
    /// What is logged, to standard error: a level, or a filter such as info,letterlock=debug
    #[arg(
        long,
        env = "LETTERLOCK_LOG",
        value_name = "FILTER",
        default_value = "info"
    )]
    pub log: String,
}
