//! HTTP: routes, the GraphQL endpoint and its document guard, cookies, cross-site checks, GraphiQL and
//! health.
//!
//! | address | what |
//! |---|---|
//! | `/graphql` | the API (`endpoint`), over WebSocket (`socket`) and by event stream (`events`) too |
//! | `/graphiql` | GraphiQL, if it is switched on (`graphiql`) |
//! | `/photos/upload/TICKET`, `/photos/ADDRESS/SIZE` | photos, in and out (`photos`) |
//! | `/mail/confirm/…`, `/mail/reset/…` | links in mails that are good once ([`links`]) |
//! | `/mail/refuse/…` | one click refuses more mails of a kind (`refusing`) |
//! | `/health/live`, `/health/ready` | for supervisors ([`health`]) |

mod answer;
mod body;
mod connection;
pub mod cookies;
pub mod document;
mod endpoint;
mod events;
mod graphiql;
mod hardening;
pub mod health;
mod inquiry;
mod intake;
pub mod links;
pub mod live;
pub mod media;
mod network;
pub mod origin;
mod page;
mod photos;
pub mod refusal;
mod refusing;
mod socket;

use std::{
    future::Future,
    io,
    sync::{Arc, OnceLock},
    time::Duration,
};

use bytes::Bytes;
use ipnet::IpNet;
use poem::{
    Endpoint, EndpointExt, Request, Response, Route, Server, get, http::header,
    middleware::CatchPanic,
};
use secrecy::SecretString;
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
    time::Instant,
};

use crate::domain::mail::{LinkKind, REFUSING_PATH};
pub use crate::graphql::arrival::Explain;
use crate::graphql::{
    arrival::{Answer, Arrival, Live, Question},
    photos::{Admitted, Refused},
};
use crate::pictures::Size;
use health::Ready;
use links::Linked;
use live::{Parting, Patience};
use media::Media;
use origin::Origin;
use photos::{Photos, Way};

/// The wire, as `http` knows it: it answers questions that are parsed and within limits.
pub trait Wire: Send + Sync + 'static {
    /// Answers one operation. Whoever waits may stop waiting, when it takes too long or its client leaves;
    /// what must not be cut short goes on by itself.
    fn ask(&self, question: Question, arrival: Arrival) -> impl Future<Output = Answer> + Send;

    /// Answers a subscription as long as it goes on, or a query once; never a mutation. Whoever drops the answers
    /// ends the operation.
    fn subscribe(&self, question: Question, arrival: Arrival) -> impl Future<Output = Live> + Send;

    /// Takes a ticket to send a photo: it is used from now on.
    ///
    /// # Errors
    ///
    /// [`Refused`].
    fn admit(
        &self,
        ticket: SecretString,
        arrival: Arrival,
    ) -> impl Future<Output = Result<Admitted, Refused>> + Send;

    /// Gives out the bytes of a photo, where it may be looked at now.
    ///
    /// # Errors
    ///
    /// [`Refused`].
    fn show(
        &self,
        address: String,
        size: Size,
        arrival: Arrival,
    ) -> impl Future<Output = Result<Bytes, Refused>> + Send;
}

/// What of the configuration concerns HTTP.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The origin at which people reach the service. Without it, the `Host` of a request is believed.
    pub public_url: Option<Origin>,
    /// Origins of other sites whose pages may use the API, with credentials. Default none.
    pub cors_origins: Vec<Origin>,
    /// Networks of proxies whose `X-Forwarded-For` and `X-Forwarded-Host` are believed. Default none.
    pub trusted_proxies: Vec<IpNet>,
    /// Whether `/graphiql` is served. Default true.
    pub graphiql: bool,
    /// Whether GraphiQL shows the demo's example tabs. Default false.
    pub demo: bool,
    /// What is told of how an answer came about, to whoever asks for it by `Letterlock-Explain: 1`. Default
    /// nothing, and then the header is not looked at.
    pub explain: Explain,
    /// Bounds of a document.
    pub limits: Limits,
    /// The longest body, in bytes. Default 64 KiB.
    pub longest_body: usize,
    /// How long a body may take to arrive. Default 10 seconds.
    pub body_patience: Duration,
    /// How long a photo may take to arrive. Default 60 seconds.
    pub photo_patience: Duration,
    /// How long an operation may run. Default 10 seconds.
    pub run_time: Duration,
    /// Connections at a time; more wait to be accepted. Default 1,024.
    pub connections: usize,
    /// How long a connection may go without giving the server anything to write. Default 75 seconds.
    pub connection_patience: Duration,
    /// How long requests under way may take to finish once the server stops. Default 30 seconds.
    pub farewell: Duration,
    /// How patient the service is with those who stay: over a WebSocket, or by an event stream.
    pub patience: Patience,
    /// By what those who stay hear that the server stops: [`serve`] tells those whom [`routes`] let in with the
    /// same settings, or a clone of them.
    pub parting: Parting,
}

pub use document::Limits;
pub use refusing::Refusing;

impl Default for Settings {
    fn default() -> Self {
        Self {
            public_url: None,
            cors_origins: Vec::new(),
            trusted_proxies: Vec::new(),
            graphiql: true,
            demo: false,
            explain: Explain::Nothing,
            limits: Limits::default(),
            longest_body: 256 * 1024,
            body_patience: Duration::from_secs(10),
            // Shorter than a connection may go without an answer.
            photo_patience: Duration::from_secs(60),
            run_time: Duration::from_secs(10),
            connections: 1_024,
            connection_patience: Duration::from_secs(75),
            farewell: Duration::from_secs(30),
            patience: Patience::default(),
            parting: Parting::default(),
        }
    }
}

/// Builds everything that the service answers to over HTTP. It never fails: errors are responses.
pub fn routes<W: Wire + Refusing + Linked, R: Ready>(
    settings: &Settings,
    wire: Arc<W>,
    ready: Arc<R>,
) -> impl Endpoint<Output = Response> + 'static {
    let mut routes = Route::new()
        .at("/", get(Welcome(settings.graphiql)))
        .at(
            "/photos/upload/:ticket",
            Photos::new(wire.clone(), Way::In, settings),
        )
        .at(
            "/photos/:address/:size",
            Photos::new(wire.clone(), Way::Out, settings),
        )
        .at(
            format!("{REFUSING_PATH}:link"),
            refusing::Refuse(wire.clone()),
        )
        .at(
            format!("{}:link", LinkKind::ConfirmAddress.path()),
            links::Page::new(wire.clone(), LinkKind::ConfirmAddress, settings),
        )
        .at(
            format!("{}:link", LinkKind::ResetPassword.path()),
            links::Page::new(wire.clone(), LinkKind::ResetPassword, settings),
        )
        .at("/graphql", endpoint::Api::new(wire, settings))
        .at("/health/live", get(health::Live))
        .at("/health/ready", get(health::Readiness(ready)));
    if settings.graphiql {
        let find: graphiql::Find = graphiql::embedded;
        let demo = settings.demo;
        routes = routes
            .at("/graphiql", get(graphiql::Page { demo, find }))
            .at("/graphiql/:name", get(graphiql::Files { find }));
    }
    let caught = routes.with(
        CatchPanic::new().with_handler(|_| answer::broken("a handler panicked", Media::Json)),
    );
    let secure = settings.public_url.as_ref().is_some_and(Origin::secure);
    hardening::Hardened::new(caught, secure)
}

/// Serves until `shutdown` is done, and then until the requests under way are done or
/// [`Settings::farewell`] is over. WebSockets are closed with 1001, and event streams end, as soon as
/// `shutdown` is done.
///
/// # Errors
///
/// When the listener has no address.
pub async fn serve(
    listener: TcpListener,
    routes: impl Endpoint<Output = Response> + 'static,
    settings: &Settings,
    shutdown: impl Future<Output = ()>,
) -> io::Result<()> {
    let acceptor = connection::Bounded::new(
        listener,
        settings.connections,
        settings.connection_patience,
        &settings.trusted_proxies,
    )?;
    settings.parting.begin();
    let stopping = OnceLock::new();
    let shutdown = async {
        shutdown.await;
        stopping.get_or_init(Instant::now);
        settings.parting.tell();
    };
    Server::new_with_acceptor(acceptor)
        .run_with_graceful_shutdown(routes, shutdown, Some(settings.farewell))
        .await?;
    // Sockets are not among the connections that the server waited for. They get what is left of its time.
    let since = stopping.get().copied().unwrap_or_else(Instant::now);
    let _ = tokio::time::timeout_at(since + settings.farewell, settings.parting.all_gone()).await;
    Ok(())
}

/// Returns a future that is done when the process is asked to stop, by SIGTERM or SIGINT.
///
/// # Errors
///
/// When the signals cannot be watched.
pub fn stop_signal() -> io::Result<impl Future<Output = ()>> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

/// The page at `/`: where things are.
struct Welcome(bool);

impl Endpoint for Welcome {
    type Output = Response;

    async fn call(&self, _: Request) -> poem::Result<Response> {
        let mut text = "Letterlock, a GraphQL service for a penpal network.\n\n\
            /graphql        the API (POST application/json; subscriptions by WebSocket or event stream)\n"
            .to_owned();
        if self.0 {
            text.push_str("/graphiql       GraphiQL, to try it in a browser\n");
        }
        text.push_str("/health/live    the process runs\n/health/ready   it can answer\n");
        Ok(Response::builder()
            .content_type("text/plain; charset=utf-8")
            .header(header::CACHE_CONTROL, "no-cache")
            .body(text))
    }
}

#[cfg(test)]
mod tests;
