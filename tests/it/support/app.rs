//! The service as a test meets it: a real server on a loopback port, with a clock that stands still.

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use letterlock::{
    domain::clock::Clock,
    graphql::{
        MemberApi,
        listeners::Listeners,
        services::{Services, SessionLife, Throttles},
    },
    http,
    pictures::{Pictures, shelf::Shelf},
    store::{Address, Keyring, Store},
    viewer::{
        passwords::{Params, Passwords},
        seal::Sealer,
        throttle::{Limit, Throttle},
    },
};
use tokio::{net::TcpListener, sync::oneshot};

use super::{backend::Backend, client::Client, recorder::Recorder};

/// A running service on an empty database.
pub(crate) struct TestApp {
    pub(crate) backend: Backend,
    pub(crate) address: Address,
    pub(crate) services: Arc<Services>,
    pub(crate) clock: Clock,
    pub(crate) recorder: Recorder,
    pub(crate) base: String,
    pub(crate) http: reqwest::Client,
    /// The folder where photos are kept.
    pub(crate) photos: tempfile::TempDir,
    _stop: oneshot::Sender<()>,
}

/// The keys of the tests' databases.
pub(crate) const KEYS: &str = "1:the-first-key-of-the-tests-which-is-long-enough";

/// The same, for a store.
pub(crate) fn keys() -> Keyring {
    Keyring::parse(&KEYS.into()).unwrap()
}

/// When the tests take place.
pub(crate) fn noon() -> DateTime<Utc> {
    "2026-06-15T12:00:00Z".parse().unwrap()
}

impl TestApp {
    /// Starts a service on the database at `address`.
    pub(crate) async fn start(backend: Backend, address: Address) -> Self {
        Self::start_with(backend, address, http::Settings::default()).await
    }

    /// The same with one connection to the database, so that statements go over it one after another.
    pub(crate) async fn start_in_line(backend: Backend, address: Address) -> Self {
        let settings = http::Settings::default();
        Self::start_over(backend, address, settings, 1, false, keys()).await
    }

    /// The same with other settings; the loopback network always counts as a trusted proxy, so that
    /// clients can come from anywhere.
    pub(crate) async fn start_with(
        backend: Backend,
        address: Address,
        settings: http::Settings,
    ) -> Self {
        Self::start_over(backend, address, settings, 8, false, keys()).await
    }

    /// Another service on the same database, in which searches are limited as they are for everybody.
    pub(crate) async fn limited(&self) -> Self {
        let settings = http::Settings::default();
        let address = self.address.clone();
        Self::start_over(self.backend, address, settings, 8, true, keys()).await
    }

    /// Another service on the same database, with other keys.
    pub(crate) async fn with_keys(&self, keys: Keyring) -> Self {
        let settings = http::Settings::default();
        let address = self.address.clone();
        Self::start_over(self.backend, address, settings, 8, false, keys).await
    }

    async fn start_over(
        backend: Backend,
        address: Address,
        mut settings: http::Settings,
        connections: usize,
        limited: bool,
        keys: Keyring,
    ) -> Self {
        super::log::install();
        settings
            .trusted_proxies
            .push("127.0.0.0/8".parse().unwrap());
        let clock = Clock::manual(noon());
        let recorder = Recorder::default();
        let store = Store::new(&address, connections, keys, Some(recorder.tap())).unwrap();
        // The least that Argon2 allows: the tests are about what happens around it.
        let params = Params {
            memory_kib: 8,
            iterations: 1,
            lanes: 1,
        };
        let mut throttles = Throttles::new(&clock);
        if !limited {
            // The clock stands still, so that no try ever comes back; and tests search more than people do.
            let many = Limit::new(1_000_000, Duration::from_secs(60));
            throttles.searches = Throttle::new(many, clock.clone());
            throttles.checks = Throttle::new(many, clock.clone());
            throttles.by_email = Throttle::new(many, clock.clone());
            throttles.asks = Throttle::new(many, clock.clone());
            throttles.messages = Throttle::new(many, clock.clone());
            throttles.messages_a_day = Throttle::new(many, clock.clone());
            throttles.posts = Throttle::new(many, clock.clone());
            throttles.strangers = Throttle::new(many, clock.clone());
            throttles.newcomers = Throttle::new(many, clock.clone());
            throttles.photos = Throttle::new(many, clock.clone());
            throttles.reports = Throttle::new(many, clock.clone());
            throttles.resets = Throttle::new(many, clock.clone());
            throttles.confirmations = Throttle::new(many, clock.clone());
        }
        let photos = tempfile::tempdir().unwrap();
        let services = Arc::new(Services {
            store: store.clone(),
            passwords: Passwords::new(params, 2).unwrap(),
            sealer: Sealer::from_secret(b"a secret of the tests, long enough").unwrap(),
            throttles,
            sessions: SessionLife {
                // A busy machine is to note that somebody was here, too.
                note_patience: Duration::from_secs(20),
                ..SessionLife::default()
            },
            listeners: Listeners::default(),
            pictures: Pictures::kept_on(Shelf::folder(photos.path()).unwrap()),
            clock: clock.clone(),
        });
        let api = Arc::new(MemberApi::new(services.clone(), true));
        let routes = http::routes(&settings, api, Arc::new(store));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let (stop, stopped) = oneshot::channel::<()>();
        tokio::spawn(async move {
            let stopped = async {
                let _ = stopped.await;
            };
            http::serve(listener, routes, &settings, stopped)
                .await
                .unwrap();
        });
        Self {
            backend,
            address,
            services,
            clock,
            recorder,
            base,
            http: reqwest::Client::new(),
            photos,
            _stop: stop,
        }
    }

    /// Somebody without an account, in a network of their own.
    pub(crate) fn visitor_at(&self, network: u8) -> Client {
        self.visitor().at_network(&format!("198.51.{network}.7"))
    }

    /// Somebody without an account.
    pub(crate) fn visitor(&self) -> Client {
        Client::new(self.http.clone(), self.base.clone())
    }
}
