//! The parts put together.

mod mails;
mod seed;
mod world;

use std::{
    io::{ErrorKind, Read, Write},
    path::{Path, PathBuf},
    sync::Arc,
};

use bytes::Bytes;
use secrecy::{ExposeSecret, SecretString};
use tokio::net::TcpListener;

use crate::config::{
    Command, Config, Database, DatabaseUrl, KeysError, PhotosAt, SchemaName, SecretError, Seed,
    Serve,
};
use crate::domain::{
    clock::Clock,
    mail::LinkKind,
    notice::{self, AnnouncementText},
};
use crate::graphql::{
    MemberApi,
    arrival::{Answer, Arrival, Live, Question},
    links::Followed,
    listeners::Listeners,
    news::Newsroom,
    photos::{Admitted, Refused},
    services::{Services, SessionLife, Throttles},
};
use crate::http;
use crate::jobs;
use crate::mail::carrier;
use crate::pictures::{
    Pictures, Size,
    shelf::{self, Shelf},
};
use crate::store::{self, Store, world::Purpose};
use crate::viewer::{
    entropy::{self, NoEntropy},
    passwords::{self, Params, Passwords},
    seal::{Sealer, SecretTooShort},
};

pub use world::{demo_handle, demo_password_hash, settle_demo};

/// Why a sub-command ended early.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The database.
    #[error("the database cannot be used")]
    Database(#[from] store::Error),
    /// Somebody else lives in the database.
    #[error("the database holds tables that are not Letterlock's: name another by --database-url")]
    Foreign,
    /// What is to be told.
    #[error("what is to be told comes on standard input: 1 to 5,000 characters")]
    Announcement,
    /// A demo wants a database of its own.
    #[error(
        "the database holds members: --demo wants an empty one or its own, \
         such as --database-url sqlite:data/demo.db"
    )]
    NotADemo,
    /// A demo's sign-ins are known to everybody.
    #[error(
        "the database holds the demo's world, whose passwords everybody knows: \
         start with --demo, or name another by --database-url"
    )]
    Demo,
    /// A world in which some are missing.
    #[error(
        "the database holds a fictional world that was not finished: empty it, or name another by \
         --database-url"
    )]
    Unfinished,
    /// A new world wants an empty database.
    #[error(
        "the database is not empty: name another by --database-url, such as sqlite:data/seed.db"
    )]
    NotEmpty,
    /// The schema is behind.
    #[error("the database's schema is not current: run `letterlock migrate` first")]
    Unmigrated,
    /// The server's secret.
    #[error("the secret cannot be used")]
    Secret(#[from] SecretError),
    /// The keys that seal what is kept.
    #[error("the sealing keys cannot be used")]
    Keys(#[from] KeysError),
    /// What is sealed is of no use without them.
    #[error(
        "the database was sealed before, and {} is not there: bring back the file of its keys, or name \
         another by --sealing-keys-file", .0.display()
    )]
    KeysLost(PathBuf),
    /// Sealed by nobody's keys.
    #[error("{0} values could not be opened with any of the keys, and stay as they are")]
    Unopened(usize),
    /// The server's secret is too short.
    #[error("the secret cannot be used")]
    SecretTooShort(#[from] SecretTooShort),
    /// Passwords.
    #[error("passwords cannot be hashed")]
    Passwords(#[from] passwords::Failure),
    /// The operating system has no randomness.
    #[error("nothing random can be made")]
    Entropy(#[from] NoEntropy),
    /// The place for photos.
    #[error("photos cannot be kept: name another place by --photos")]
    Photos(#[from] shelf::Failure),
    /// The address to listen on.
    #[error("cannot listen on {0}")]
    Listen(std::net::SocketAddr, #[source] std::io::Error),
    /// The file of the database.
    #[error("the file {0} cannot be made")]
    File(String, #[source] std::io::Error),
    /// The way of mails.
    #[error("mails cannot go: name another place by --mail")]
    Mail(#[from] carrier::Unusable),
    /// Anything else of the operating system's.
    #[error("the operating system refused")]
    System(#[from] std::io::Error),
    /// The demo's own people do not fit the rules of the house.
    #[error("the demo's world has a person who does not fit: {0}")]
    World(&'static str),
}

impl http::Wire for MemberApi {
    async fn ask(&self, question: Question, arrival: Arrival) -> Answer {
        Self::ask(self, question, arrival).await
    }

    async fn subscribe(&self, question: Question, arrival: Arrival) -> Live {
        Self::subscribe(self, question, arrival).await
    }

    async fn admit(&self, ticket: SecretString, arrival: Arrival) -> Result<Admitted, Refused> {
        self.admit_photo(ticket, arrival).await
    }

    async fn show(&self, address: String, size: Size, arrival: Arrival) -> Result<Bytes, Refused> {
        self.show_photo(address, size, arrival).await
    }
}

impl http::Refusing for MemberApi {
    fn of(&self, link: &str) -> Option<&'static str> {
        self.refusal_in_words(link)
    }

    async fn refuse(&self, link: &str) -> Result<(), ()> {
        self.refuse_mail(link).await
    }
}

impl http::links::Linked for MemberApi {
    fn whole(&self, kind: LinkKind, link: &str) -> bool {
        self.link_is_whole(kind, link)
    }

    async fn follow(
        &self,
        kind: LinkKind,
        link: &str,
        password: SecretString,
    ) -> Result<Followed, ()> {
        self.follow_link(kind, link, password).await
    }
}

impl http::health::Ready for Store {
    async fn ready(&self) -> Result<(), &'static str> {
        match self.current().await {
            Ok(true) => Ok(()),
            Ok(false) => Err("the schema is not current"),
            Err(_) => Err("the database cannot be reached"),
        }
    }
}

/// Does what the operator asked for.
pub async fn run(config: Config) -> Result<(), Failure> {
    match config.command {
        Command::Serve(serve) => run_serve(*serve).await,
        Command::Migrate(database) => migrate(&database).await,
        Command::Reseal(database) => reseal(&database).await,
        Command::Announce(database) => announce(&database).await,
        Command::Mails(database, retry) => mails::list(&database, retry).await,
        Command::Seed(seed) => run_seed(&seed).await,
        Command::Schema(SchemaName::Member) => Ok(say(&MemberApi::sdl())?),
        Command::Settings(text) => Ok(say(&text)?),
    }
}

/// Prints to standard output; a reader that went away is no failure of ours.
fn say(text: &str) -> Result<(), std::io::Error> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        done => done,
    }
}

async fn migrate(database: &Database) -> Result<(), Failure> {
    let store = open(database).await?;
    if store.foreign().await? {
        return Err(Failure::Foreign);
    }
    let names = store.migrate().await?;
    if names.is_empty() {
        say("The schema is current.\n")?;
    }
    for name in names {
        say(&format!("Ran {name}\n"))?;
    }
    Ok(())
}

async fn reseal(database: &Database) -> Result<(), Failure> {
    let store = open_current(database).await?;
    let done = store.reseal().await?;
    say(&format!(
        "Sealed {} values anew, with version {} of the keys.\n",
        done.values, done.version
    ))?;
    for version in done.retired {
        say(&format!(
            "Nothing is sealed with version {version} any more.\n"
        ))?;
    }
    match done.unopened {
        0 => Ok(()),
        unopened => Err(Failure::Unopened(unopened)),
    }
}

/// Reads what is to be told from standard input, and tells it.
async fn announce(database: &Database) -> Result<(), Failure> {
    let mut text = String::new();
    // As much as there can be, and one more that tells of too much: four bytes a character.
    let most = 4 * u64::from(notice::LONGEST) + 1;
    match std::io::stdin().take(most).read_to_string(&mut text) {
        // No text, or one that is cut off within a character: it is too long.
        Err(error) if error.kind() == ErrorKind::InvalidData => return Err(Failure::Announcement),
        read => read?,
    };
    let text = AnnouncementText::parse(text.trim()).map_err(|_| Failure::Announcement)?;
    let store = open_current(database).await?;
    let mut rng = entropy::rng()?;
    let now = Clock::system().now().timestamp_millis();
    store.announce(&text, now, &mut rng).await?;
    let told = store.spread_announcements(&mut rng).await?;
    say(&format!("Told {told} members.\n"))?;
    Ok(())
}

async fn run_seed(seed: &Seed) -> Result<(), Failure> {
    let store = open(&seed.database).await?;
    if store.foreign().await? {
        return Err(Failure::Foreign);
    }
    store.migrate().await?;
    seed::seed(&store, seed).await
}

/// Opens the database; makes the file of an embedded one, for its owner's eyes alone.
async fn open(database: &Database) -> Result<Store, Failure> {
    if let DatabaseUrl::Sqlite(path) = &database.url {
        make_file(path).map_err(|error| Failure::File(path.display().to_string(), error))?;
    }
    if let Some(file) = database.keys.missing()
        && store::sealed_before(&database.url).await?
    {
        // A new one would open nothing.
        return Err(Failure::KeysLost(file.to_owned()));
    }
    let keys = database.keys.load()?;
    Ok(Store::new(&database.url, database.connections, keys, None)?)
}

/// Opens a database that is ours and up to date, with the keys that seal it.
async fn open_current(database: &Database) -> Result<Store, Failure> {
    let store = open(database).await?;
    if store.foreign().await? {
        return Err(Failure::Foreign);
    }
    if !store.current().await? {
        return Err(Failure::Unmigrated);
    }
    store.unlock().await?;
    Ok(store)
}

fn make_file(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::OpenOptionsExt;
    if let Some(folder) = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
    {
        std::fs::create_dir_all(folder)?;
    }
    std::fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(path)
        .map(drop)
}

async fn run_serve(serve: Serve) -> Result<(), Failure> {
    // First of all the address: whoever finds it taken should not have filled a database in vain.
    let listener = TcpListener::bind(serve.listen)
        .await
        .map_err(|error| Failure::Listen(serve.listen, error))?;
    let store = open(&serve.database).await?;
    prepare(&serve, &store).await?;
    let services = Arc::new(services(&serve, store)?);
    let address = listener.local_addr()?;
    let post = mails::post(&serve, address)?;
    if serve.demo && services.store.purpose().await? == Purpose::Empty {
        say("Filling the database with a thousand fictional members …\n")?;
        settle_demo(&services, world::MEMBERS).await?;
    }
    if serve.demo {
        let sign_ins = world::sign_ins(&services.store).await?;
        say(&world::welcome(address, &serve.http, &sign_ins))?;
    } else {
        say(&format!("Letterlock listens on http://{address}\n"))?;
    }
    let api = Arc::new(MemberApi::new(services.clone(), serve.introspection));
    let newsroom = Newsroom::of(MemberApi::clone(&api));
    let routes = http::routes(&serve.http, api, Arc::new(services.store.clone()));
    let stop = http::stop_signal()?;
    let _forgetting = jobs::start(services.clone());
    let _hearing = jobs::hear(services.clone());
    let carrying = jobs::mails::carry(services.clone(), newsroom, post);
    http::serve(listener, routes, &serve.http, stop).await?;
    carrying.end(serve.http.farewell).await;
    tracing::info!("stopped");
    Ok(())
}

/// The parts that every request may use.
fn services(serve: &Serve, store: Store) -> Result<Services, Failure> {
    let clock = Clock::system();
    let secret = serve.secret.load()?;
    Ok(Services {
        store,
        passwords: Passwords::new(
            Params {
                memory_kib: serve.passwords.memory_kib,
                iterations: serve.passwords.iterations,
                lanes: serve.passwords.lanes,
            },
            serve.passwords.parallel.get(),
        )?,
        sealer: Sealer::from_secret(secret.expose_secret().as_bytes())?,
        throttles: Throttles::new(&clock),
        sessions: SessionLife::default(),
        listeners: Listeners::default(),
        pictures: Pictures::kept_on(match &serve.photos {
            PhotosAt::Folder(path) => Shelf::folder(path)?,
            PhotosAt::Bucket { name, prefix } => Shelf::bucket(name, prefix)?,
        }),
        clock,
    })
}

/// Brings the schema up to date, or says that somebody must, and makes sure that the database is for what
/// it is about to be used for.
async fn prepare(serve: &Serve, store: &Store) -> Result<(), Failure> {
    if store.foreign().await? {
        return Err(Failure::Foreign);
    }
    let embedded = matches!(serve.database.url, DatabaseUrl::Sqlite(_));
    if embedded || serve.demo {
        store.migrate().await?;
    } else if !store.current().await? {
        // Several servers may share this one: migrating is for the operator to time.
        return Err(Failure::Unmigrated);
    } else {
        store.unlock().await?;
        // A migration that was broken off may have left some.
        store.index_missing().await?;
    }
    match (serve.demo, store.purpose().await?) {
        (true, Purpose::Members) => Err(Failure::NotADemo),
        (false, Purpose::Demo) => Err(Failure::Demo),
        (_, Purpose::Unfinished) => Err(Failure::Unfinished),
        (true, Purpose::Empty | Purpose::Demo) | (false, Purpose::Empty | Purpose::Members) => {
            Ok(())
        }
    }
}
