//! A server of a bench's own, on loopback.

use std::sync::Arc;

use letterlock::{
    domain::clock::Clock,
    graphql::{
        MemberApi,
        listeners::Listeners,
        services::{Services, SessionLife, Throttles},
    },
    http,
    pictures::{
        Pictures,
        shelf::{Shelf, choose_cryptography},
    },
    store::{Address, Keyring, Store, Tap},
    viewer::{
        passwords::{Params, Passwords},
        seal::Sealer,
    },
};
use tokio::{net::TcpListener, sync::oneshot};

/// The keys of a bench's databases: those of the environment, where a database is full already.
pub(crate) fn keys() -> String {
    let given = std::env::var("LETTERLOCK_SEALING_KEYS");
    given.unwrap_or_else(|_| "1:a-key-of-the-bench-that-is-long-enough".to_owned())
}

/// A server.
pub(crate) struct Running {
    pub(crate) services: Arc<Services>,
    pub(crate) base: String,
    _stop: oneshot::Sender<()>,
}

impl Running {
    /// Serves the database, with these costs of a password and these limits.
    pub(crate) async fn start(
        address: &Address,
        tap: Option<Tap>,
        params: Params,
        throttles: Throttles,
    ) -> Result<Self, String> {
        choose_cryptography();
        let said = |error: &dyn std::fmt::Display| error.to_string();
        let clock = Clock::system();
        let keys = Keyring::parse(&keys().into()).map_err(|error| said(&error))?;
        let store =
            Store::new(address, crate::CONNECTIONS, keys, tap).map_err(|error| said(&error))?;
        let services = Arc::new(Services {
            store: store.clone(),
            passwords: Passwords::new(params, 2).map_err(|error| said(&error))?,
            sealer: Sealer::from_secret(b"a secret of the bench, long enough")
                .map_err(|error| said(&error))?,
            throttles,
            sessions: SessionLife::default(),
            listeners: Listeners::default(),
            pictures: Pictures::kept_on(Shelf::in_memory()),
            clock,
        });
        let settings = http::Settings::default();
        let api = Arc::new(MemberApi::new(services.clone(), true));
        let routes = http::routes(&settings, api, Arc::new(store));
        let listener = TcpListener::bind("127.0.0.1:0")
            .await
            .map_err(|error| said(&error))?;
        let port = listener.local_addr().map_err(|error| said(&error))?.port();
        let (stop, stopped) = oneshot::channel::<()>();
        tokio::spawn(async move {
            let stopped = async {
                let _ = stopped.await;
            };
            http::serve(listener, routes, &settings, stopped).await
        });
        Ok(Self {
            services,
            base: format!("http://127.0.0.1:{port}"),
            _stop: stop,
        })
    }
}
