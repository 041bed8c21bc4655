//! Which databases the tests run on, and how a test gets an empty one of its own.

use std::{
    any::Any,
    panic::{AssertUnwindSafe, catch_unwind},
    path::PathBuf,
    pin::Pin,
    sync::{Arc, Mutex, OnceLock},
};

use letterlock::store::{Address, Store, TlsMode};
use libtest_mimic::{Arguments, Failed, Trial};
use tempfile::TempDir;

use super::{
    app::{TestApp, keys},
    postgres::Server,
};

/// A kind of database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Backend {
    Sqlite,
    Postgres,
}

impl Backend {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Backend::Sqlite => "sqlite",
            Backend::Postgres => "postgres",
        }
    }
}

/// The databases that there are.
#[derive(Clone)]
pub(crate) struct Backends(Arc<Inner>);

struct Inner {
    folder: Mutex<Option<TempDir>>,
    sqlite_template: OnceLock<PathBuf>,
    postgres: Result<Postgres, String>,
}

struct Postgres {
    /// `postgres://user@host:port`, without a database.
    base: String,
    server: Mutex<Option<Server>>,
    template: OnceLock<String>,
}

type TestFuture = Pin<Box<dyn Future<Output = ()>>>;

impl Backends {
    /// Finds out what there is, and starts a PostgreSQL where that is to be done.
    pub(crate) fn find(arguments: &Arguments) -> Self {
        let folder = TempDir::new().unwrap();
        let postgres = if arguments.list {
            Err("only listing".to_owned())
        } else if let Ok(url) = std::env::var("LETTERLOCK_TEST_POSTGRES_URL") {
            let base = url.rsplit_once('/').map(|(base, _)| base.to_owned());
            base.ok_or("LETTERLOCK_TEST_POSTGRES_URL is not postgres://…/database".to_owned())
                .map(|base| Postgres::new(base, None))
        } else {
            Server::start().map(|server| Postgres::new(server.base(), Some(server)))
        };
        Self(Arc::new(Inner {
            folder: Mutex::new(Some(folder)),
            sqlite_template: OnceLock::new(),
            postgres,
        }))
    }

    /// Says loudly which databases the tests run on.
    pub(crate) fn announce(&self) {
        eprintln!("==> SQLite: the tests RUN on it");
        match &self.0.postgres {
            Ok(postgres) if postgres.server.lock().unwrap().is_some() => {
                eprintln!("==> PostgreSQL: the tests RUN on a server of their own");
            }
            Ok(_) => eprintln!("==> PostgreSQL: the tests RUN on LETTERLOCK_TEST_POSTGRES_URL"),
            Err(why) => eprintln!("==> PostgreSQL: NOT TESTED ({why}); its tests are ignored"),
        }
    }

    /// Ends what was started.
    pub(crate) fn stop(&self) {
        if let Ok(postgres) = &self.0.postgres {
            drop(postgres.server.lock().unwrap().take());
        }
        drop(self.0.folder.lock().unwrap().take());
    }

    /// The trials of one test.
    pub(crate) fn trials(
        &self,
        name: &str,
        test: impl Fn(TestApp) -> TestFuture + Clone + Send + 'static,
    ) -> Vec<Trial> {
        [Backend::Sqlite, Backend::Postgres]
            .into_iter()
            .map(|backend| {
                let (backends, test) = (self.clone(), test.clone());
                let name = name.trim_start_matches("it::");
                Trial::test(format!("{name}::{}", backend.name()), move || {
                    caught(|| runtime().block_on(backends.run(backend, &test)))
                })
                .with_ignored_flag(backend == Backend::Postgres && self.0.postgres.is_err())
            })
            .collect()
    }

    /// The trials of one test of two services at once, each on a database of its own. All of both runs on one
    /// thread, so that what is set for the thread holds for them and for nobody else.
    pub(crate) fn twins(
        &self,
        name: &str,
        test: impl Fn(TestApp, TestApp) -> TestFuture + Clone + Send + 'static,
    ) -> Vec<Trial> {
        [Backend::Sqlite, Backend::Postgres]
            .into_iter()
            .map(|backend| {
                let (backends, test) = (self.clone(), test.clone());
                let name = name.trim_start_matches("it::");
                Trial::test(format!("{name}::{}", backend.name()), move || {
                    // A thread of its own: the next test on this one must find nothing set.
                    let alone = move || caught(|| backends.run_twins(backend, &test));
                    std::thread::spawn(alone).join().unwrap()
                })
                .with_ignored_flag(backend == Backend::Postgres && self.0.postgres.is_err())
            })
            .collect()
    }

    fn run_twins(&self, backend: Backend, test: &impl Fn(TestApp, TestApp) -> TestFuture) {
        let one_thread = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        one_thread.block_on(async {
            let fresh = [self.fresh(backend).await, self.fresh(backend).await];
            let first = TestApp::start_in_line(backend, fresh[0].0.clone()).await;
            let second = TestApp::start_in_line(backend, fresh[1].0.clone()).await;
            let stores = [&first, &second].map(|app| app.services.store.clone());
            test(first, second).await;
            stores.iter().for_each(Store::close);
            for name in fresh.into_iter().filter_map(|(_, name)| name) {
                self.admin(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
                    .await;
            }
        });
    }

    async fn run(&self, backend: Backend, test: &impl Fn(TestApp) -> TestFuture) {
        let (address, name) = self.fresh(backend).await;
        let app = TestApp::start(backend, address).await;
        let store = app.services.store.clone();
        test(app).await;
        store.close();
        if let Some(name) = name {
            self.admin(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
                .await;
        }
    }

    /// An empty, migrated database.
    async fn fresh(&self, backend: Backend) -> (Address, Option<String>) {
        let unique = format!("t{:016x}", rand::random::<u64>());
        match backend {
            Backend::Sqlite => {
                let template = self.sqlite_template().await;
                let path = template.with_file_name(format!("{unique}.db"));
                std::fs::copy(&template, &path).unwrap();
                (Address::Sqlite(path), None)
            }
            Backend::Postgres => {
                let template = self.postgres_template().await;
                self.admin(&format!("CREATE DATABASE {unique} TEMPLATE {template}"))
                    .await;
                (self.postgres_address(&unique), Some(unique))
            }
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0
            .folder
            .lock()
            .unwrap()
            .as_ref()
            .unwrap()
            .path()
            .join(name)
    }

    async fn sqlite_template(&self) -> PathBuf {
        static MAKING: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());
        let _making = MAKING.lock().await;
        if let Some(path) = self.0.sqlite_template.get() {
            return path.clone();
        }
        let path = self.path("template.db");
        let store = Store::new(&Address::Sqlite(path.clone()), 1, keys(), None).unwrap();
        store.migrate().await.unwrap();
        store.close();
        self.0.sqlite_template.get_or_init(|| path).clone()
    }

    async fn postgres_template(&self) -> String {
        static MAKING: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());
        let _making = MAKING.lock().await;
        let postgres = self.0.postgres.as_ref().unwrap();
        if let Some(name) = postgres.template.get() {
            return name.clone();
        }
        let name = format!("template_{:016x}", rand::random::<u64>());
        self.admin(&format!("CREATE DATABASE {name}")).await;
        let store = Store::new(&self.postgres_address(&name), 1, keys(), None).unwrap();
        store.migrate().await.unwrap();
        store.close();
        postgres.template.get_or_init(|| name).clone()
    }

    fn postgres_address(&self, name: &str) -> Address {
        let base = &self.0.postgres.as_ref().unwrap().base;
        Address::Postgres {
            url: format!("{base}/{name}").into(),
            tls: TlsMode::Disable,
            root_certificate: None,
        }
    }

    async fn admin(&self, sql: &str) {
        let base = &self.0.postgres.as_ref().unwrap().base;
        let url = format!("{base}/postgres");
        // A template that somebody is still leaving cannot be copied for a moment.
        for attempt in 0.. {
            let done = match tokio_postgres::connect(&url, tokio_postgres::NoTls).await {
                Ok((client, connection)) => {
                    let driver = tokio::spawn(connection);
                    let done = client.batch_execute(sql).await;
                    drop(client);
                    let _ = driver.await;
                    done
                }
                // A server that listens may still be starting up.
                Err(error) => Err(error),
            };
            match done {
                Ok(()) => return,
                Err(error) if attempt == 50 => panic!("{sql}: {error:?}"),
                Err(_) => tokio::time::sleep(std::time::Duration::from_millis(100)).await,
            }
        }
    }
}

impl Postgres {
    fn new(base: String, server: Option<Server>) -> Self {
        Self {
            base,
            server: Mutex::new(server),
            template: OnceLock::new(),
        }
    }
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        // By its threads' name a test finds its own lines of the log.
        .thread_name(format!("t{:016x}", rand::random::<u64>()))
        .enable_all()
        .build()
        .unwrap()
}

fn caught(test: impl FnOnce()) -> Result<(), Failed> {
    catch_unwind(AssertUnwindSafe(test)).map_err(|panic| Failed::from(words(panic.as_ref())))
}

fn words(panic: &(dyn Any + Send)) -> String {
    panic
        .downcast_ref::<String>()
        .cloned()
        .or_else(|| panic.downcast_ref::<&str>().map(|&text| text.to_owned()))
        .unwrap_or_else(|| "a panic without words".to_owned())
}

/// A trial that needs no backend.
pub(crate) fn plain(name: &str, test: fn()) -> Trial {
    let name = name.trim_start_matches("it::").to_owned();
    Trial::test(name, move || caught(test))
}
