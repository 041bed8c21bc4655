//! A small wire to test against, and the tests of the routes as a whole.

use std::sync::{
    Mutex,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};

use async_graphql::{Object, Schema, ServerError, Subscription};
use futures_util::{Stream, StreamExt, stream};
use poem::{
    RequestBuilder,
    http::{Method, StatusCode},
};
use secrecy::ExposeSecret;

use super::*;
use crate::graphql::{
    arrival::{Credential, Effect},
    links::Followed,
};
use crate::viewer::passwords::Weakness;

struct Query;

#[Object]
impl Query {
    async fn ping(&self) -> &str {
        "pong"
    }
    async fn echo(&self, text: String) -> String {
        text
    }
    async fn leak(&self) -> Option<async_graphql::Result<i32>> {
        Some(Err("no such table: members".into()))
    }
    async fn forever(&self) -> i32 {
        tokio::time::sleep(Duration::from_secs(3600)).await;
        1
    }
    async fn short(&self) -> i32 {
        tokio::time::sleep(Duration::from_millis(300)).await;
        1
    }
    async fn bug(&self) -> i32 {
        let divisor = "0".parse::<i32>().expect("a number");
        assert!(divisor != 0, "secret of the bug");
        divisor
    }
}

struct Mutation(Arc<AtomicBool>);

#[Object]
impl Mutation {
    async fn flip(&self) -> bool {
        self.0.store(true, Ordering::SeqCst);
        true
    }
}

struct Going;

#[Subscription]
impl Going {
    /// So many numbers, and the end.
    async fn count(&self, to: i32) -> impl Stream<Item = i32> {
        stream::iter(1..=to)
    }
    /// One number, and nothing more.
    async fn wait(&self) -> impl Stream<Item = i32> {
        stream::iter([1]).chain(stream::pending())
    }
    /// As much as is taken.
    async fn flood(&self) -> impl Stream<Item = String> {
        stream::repeat_with(|| "x".repeat(50_000))
    }
    async fn leaks(&self) -> impl Stream<Item = async_graphql::Result<i32>> {
        stream::iter([Ok(1), Err("no such table: members".into())])
    }
}

/// A wire over a schema of its own that remembers what reached it.
pub(super) struct Probe {
    schema: Schema<Query, Mutation, Going>,
    /// How many operations go on, and how many ended since nobody listened any more.
    pub(super) going: Arc<AtomicUsize>,
    pub(super) left: Arc<AtomicUsize>,
    pub(super) flipped: Arc<AtomicBool>,
    pub(super) asked: AtomicUsize,
    /// How many links were carried out.
    pub(super) refused: AtomicUsize,
    pub(super) followed: Mutex<Vec<String>>,
    pub(super) arrived: std::sync::Mutex<String>,
}

impl Probe {
    pub(super) fn new() -> Arc<Self> {
        let flipped = Arc::new(AtomicBool::new(false));
        Arc::new(Self {
            schema: Schema::new(Query, Mutation(flipped.clone()), Going),
            going: Arc::default(),
            left: Arc::default(),
            flipped,
            asked: AtomicUsize::new(0),
            refused: AtomicUsize::new(0),
            followed: Mutex::default(),
            arrived: std::sync::Mutex::default(),
        })
    }
}

impl Probe {
    /// Notes what arrived, and says who.
    fn note(&self, arrival: &Arrival) -> String {
        self.asked.fetch_add(1, Ordering::SeqCst);
        let who = match &arrival.credential {
            Credential::None => "none".to_owned(),
            Credential::Cookie(token) => format!("cookie {}", token.expose_secret()),
            Credential::Bearer(token) => format!("bearer {}", token.expose_secret()),
        };
        *self.arrived.lock().unwrap() = format!(
            "{who} {} {} {}",
            arrival.device.is_some(),
            arrival.screened_out,
            arrival.network
        );
        who
    }

    /// Waits until as many operations have ended since nobody listened.
    pub(super) async fn have_left(&self, count: usize) {
        eventually(|| self.left.load(Ordering::SeqCst) == count).await;
    }
}

/// A client of HTTP.
pub(super) fn client() -> reqwest::Client {
    crate::pictures::shelf::choose_cryptography();
    reqwest::Client::new()
}

/// Waits, for a while.
pub(super) async fn eventually(done: impl Fn() -> bool) {
    for _ in 0..2_000 {
        if done() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("it never came about");
}

impl Wire for Probe {
    async fn ask(&self, question: Question, arrival: Arrival) -> Answer {
        let who = self.note(&arrival);
        let mut effects = Vec::new();
        let mut retry_after = None;
        let mut response = self.schema.execute(asked(question)).await;
        match who.as_str() {
            "bearer stale" => response = refuse("UNAUTHENTICATED"),
            "bearer frozen" => response = refuse("FORBIDDEN"),
            "bearer hasty" => {
                response = refuse("RATE_LIMITED");
                retry_after = Some(17);
            }
            "bearer new" => {
                effects.push(Effect::SetSession {
                    token: "t".into(),
                    expires_at: chrono::DateTime::UNIX_EPOCH,
                });
                effects.push(Effect::SetDevice { token: "d".into() });
            }
            _ => {}
        }
        Answer {
            response,
            effects,
            retry_after,
        }
    }

    async fn subscribe(&self, question: Question, arrival: Arrival) -> Live {
        let stale = self.note(&arrival) == "bearer stale";
        let mut responses = self.schema.execute_stream(asked(question));
        if stale {
            responses = stream::iter([refuse("UNAUTHENTICATED")]).boxed();
        }
        let (sender, answers) = tokio::sync::mpsc::channel(1);
        let (going, left) = (self.going.clone(), self.left.clone());
        going.fetch_add(1, Ordering::SeqCst);
        tokio::spawn(async move {
            let gone = loop {
                tokio::select! {
                    next = responses.next() => match next {
                        Some(response) => if sender.send(response).await.is_err() { break true },
                        None => break false,
                    },
                    () = sender.closed() => break true,
                }
            };
            going.fetch_sub(1, Ordering::SeqCst);
            left.fetch_add(usize::from(gone), Ordering::SeqCst);
        });
        Live { answers }
    }

    async fn admit(&self, _: SecretString, _: Arrival) -> Result<Admitted, Refused> {
        Err(Refused::NoTicket)
    }

    async fn show(&self, _: String, _: Size, _: Arrival) -> Result<Bytes, Refused> {
        Err(Refused::NotFound)
    }
}

fn asked(question: Question) -> async_graphql::Request {
    let mut request = async_graphql::Request::new("").variables(question.variables);
    request.set_parsed_query(question.document.parsed().clone());
    request.operation_name = question.operation_name;
    request
}

fn refuse(code: &str) -> async_graphql::Response {
    let mut error = ServerError::new("Fixed sentence.", None);
    error.extensions.get_or_insert_default().set("code", code);
    async_graphql::Response::from_errors(vec![error])
}

/// Ready or not.
pub(super) struct Sign(pub(super) bool);

impl Refusing for Probe {
    fn of(&self, link: &str) -> Option<&'static str> {
        (link == "whole").then_some("what <others> do")
    }

    async fn refuse(&self, _: &str) -> Result<(), ()> {
        self.refused.fetch_add(1, Ordering::SeqCst);
        Ok(())
    }
}

impl Linked for Probe {
    fn whole(&self, kind: LinkKind, link: &str) -> bool {
        link == kind.path().trim_matches('/').replace("mail/", "whole-")
    }

    async fn follow(&self, _: LinkKind, _: &str, password: SecretString) -> Result<Followed, ()> {
        let mut followed = self.followed.lock().unwrap();
        followed.push(password.expose_secret().to_owned());
        match password.expose_secret() {
            "used" => Ok(Followed::NotGood),
            "short" => Ok(Followed::Weak(Weakness::TooShort)),
            "busy" => Ok(Followed::Busy),
            "broken" => Err(()),
            _ => Ok(Followed::Done),
        }
    }
}

impl Ready for Sign {
    async fn ready(&self) -> Result<(), &'static str> {
        self.0
            .then_some(())
            .ok_or("the database at 10.1.2.3 is away")
    }
}

/// The service over a [`Probe`], called in process.
pub(super) struct Service {
    pub(super) probe: Arc<Probe>,
    pub(super) routes: Box<dyn poem::endpoint::DynEndpoint<Output = Response>>,
}

/// What came back.
pub(super) struct Reply {
    pub(super) status: StatusCode,
    pub(super) headers: poem::http::HeaderMap,
    pub(super) body: String,
}

impl Reply {
    pub(super) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |it| it.to_str().unwrap())
    }
    pub(super) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("not JSON: {}", self.body))
    }
    pub(super) fn code(&self) -> String {
        self.json()["errors"][0]["extensions"]["code"]
            .as_str()
            .unwrap_or("")
            .to_owned()
    }
}

pub(super) fn service(settings: &Settings) -> Service {
    let probe = Probe::new();
    let routes = routes(settings, probe.clone(), Arc::new(Sign(true)));
    Service {
        probe,
        routes: Box::new(poem::endpoint::ToDynEndpoint(routes)),
    }
}

pub(super) fn post(body: impl Into<poem::Body>) -> Request {
    Request::builder()
        .method(Method::POST)
        .uri_str("/graphql")
        .content_type("application/json")
        .body(body)
}

pub(super) fn get_request(path: &str) -> RequestBuilder {
    Request::builder().method(Method::GET).uri_str(path)
}

impl Service {
    pub(super) async fn call(&self, request: Request) -> Reply {
        let response = self.routes.get_response(request).await;
        let (parts, body) = response.into_parts();
        Reply {
            status: parts.status,
            headers: parts.headers,
            body: body.into_string().await.unwrap(),
        }
    }

    /// Posts a document and returns the reply.
    pub(super) async fn ask(&self, document: &str, headers: &[(&'static str, &str)]) -> Reply {
        let mut request = post(serde_json::json!({ "query": document }).to_string());
        for (name, value) in headers {
            request.headers_mut().append(*name, value.parse().unwrap());
        }
        self.call(request).await
    }

    pub(super) fn untouched(&self) -> bool {
        self.probe.asked.load(Ordering::SeqCst) == 0 && !self.probe.flipped.load(Ordering::SeqCst)
    }
}

#[tokio::test]
async fn every_response_is_hardened() {
    let service = service(&Settings {
        public_url: Some("https://letterlock.example".parse().unwrap()),
        ..Settings::default()
    });
    for path in [
        "/",
        "/graphql",
        "/graphql?query={ping}",
        "/graphql?query={bug}",
        "/health/live",
        "/health/ready",
        "/graphiql",
        "/graphiql/graphiql.js",
        "/graphiql/../../etc/passwd",
        "/nowhere",
        "/graphql/",
        "/%ff",
    ] {
        let path = path.replace('{', "%7B").replace('}', "%7D");
        let reply = service.call(get_request(&path).finish()).await;
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "no-referrer"),
            ("strict-transport-security", "max-age=31536000"),
            ("x-frame-options", "DENY"),
        ] {
            assert_eq!(reply.header(name), value, "{path} {name}");
        }
        let policy = reply.header("content-security-policy");
        assert!(policy.starts_with("default-src 'none'"), "{path}: {policy}");
        assert!(
            policy.contains("frame-ancestors 'none'"),
            "{path}: {policy}"
        );
        let caching = reply.header("cache-control");
        assert!(
            matches!(caching, "no-store" | "no-cache"),
            "{path}: {caching}"
        );
        if path.starts_with("/graphql") {
            assert_eq!(caching, "no-store", "{path}");
        }
    }
    let plain = super::tests::service(&Settings::default());
    let reply = plain.call(get_request("/").finish()).await;
    assert_eq!(reply.header("strict-transport-security"), "");
}

#[tokio::test]
async fn unknown_addresses_and_methods_are_answered_in_json() {
    let service = service(&Settings::default());
    let reply = service.call(get_request("/nowhere").finish()).await;
    assert_eq!(reply.status, StatusCode::NOT_FOUND);
    assert_eq!(reply.code(), "BAD_USER_INPUT");
    let request = Request::builder()
        .method(Method::POST)
        .uri_str("/health/live")
        .finish();
    let reply = service.call(request).await;
    assert_eq!(reply.status, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(reply.header("allow"), "GET, HEAD");
    let off = super::tests::service(&Settings {
        graphiql: false,
        ..Settings::default()
    });
    let reply = off.call(get_request("/graphiql").finish()).await;
    assert_eq!(reply.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_panic_is_a_masked_500_and_the_server_goes_on() {
    let service = service(&Settings::default());
    let reply = service.ask("{ bug }", &[]).await;
    assert_eq!(reply.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(reply.code(), "INTERNAL_SERVER_ERROR");
    assert!(reply.json()["errors"][0]["extensions"]["reference"].is_string());
    assert!(!reply.body.contains("secret"), "{}", reply.body);
    assert_eq!(service.ask("{ ping }", &[]).await.status, StatusCode::OK);
}

#[tokio::test]
async fn health_says_nothing_but_well_or_not() {
    let service = service(&Settings::default());
    for path in ["/health/live", "/health/ready"] {
        let reply = service.call(get_request(path).finish()).await;
        assert_eq!(
            (reply.status, reply.body.as_str()),
            (StatusCode::OK, r#"{"status":"ok"}"#)
        );
    }
    let probe = Probe::new();
    let away = Service {
        probe: probe.clone(),
        routes: Box::new(poem::endpoint::ToDynEndpoint(routes(
            &Settings::default(),
            probe,
            Arc::new(Sign(false)),
        ))),
    };
    let reply = away.call(get_request("/health/ready").finish()).await;
    assert_eq!(reply.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(!reply.body.contains("10.1.2.3"));
    let reply = away.call(get_request("/health/live").finish()).await;
    assert_eq!(reply.status, StatusCode::OK);
}

/// A server behind a real socket: its address, what stops it, and its end.
pub(super) type Serving = (
    String,
    tokio::sync::oneshot::Sender<()>,
    tokio::task::JoinHandle<io::Result<()>>,
);

async fn serving(settings: Settings) -> Serving {
    serving_to(Probe::new(), settings).await
}

pub(super) async fn serving_to(probe: Arc<Probe>, settings: Settings) -> Serving {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let (stop, stopped) = tokio::sync::oneshot::channel();
    let routes = routes(&settings, probe, Arc::new(Sign(true)));
    let server = tokio::spawn(async move {
        let stopped = async {
            let _ = stopped.await;
        };
        serve(listener, routes, &settings, stopped).await
    });
    (address, stop, server)
}

#[tokio::test]
async fn requests_under_way_finish_when_the_server_stops() {
    let (address, stop, server) = serving(Settings::default()).await;
    let request = tokio::spawn(
        client()
            .post(format!("http://{address}/graphql"))
            .json(&serde_json::json!({ "query": "{ short }" }))
            .send(),
    );
    tokio::time::sleep(Duration::from_millis(100)).await;
    stop.send(()).unwrap();
    let reply = request.await.unwrap().unwrap();
    assert_eq!(reply.text().await.unwrap(), r#"{"data":{"short":1}}"#);
    server.await.unwrap().unwrap();
    assert!(tokio::net::TcpStream::connect(&address).await.is_err());
}

#[tokio::test]
async fn a_request_that_never_ends_does_not_keep_the_server() {
    let (address, stop, server) = serving(Settings {
        farewell: Duration::from_millis(100),
        run_time: Duration::from_secs(600),
        ..Settings::default()
    })
    .await;
    let _request = tokio::spawn(
        client()
            .post(format!("http://{address}/graphql"))
            .json(&serde_json::json!({ "query": "{ forever }" }))
            .send(),
    );
    tokio::time::sleep(Duration::from_millis(100)).await;
    stop.send(()).unwrap();
    let over = tokio::time::timeout(Duration::from_secs(20), server).await;
    over.expect("the server stopped").unwrap().unwrap();
}

#[tokio::test]
async fn a_client_that_drips_is_cut_and_frees_its_place() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let (address, _stop, _server) = serving(Settings {
        connections: 1,
        connection_patience: Duration::from_millis(400),
        ..Settings::default()
    })
    .await;
    let mut dripping = tokio::net::TcpStream::connect(&address).await.unwrap();
    let (mut from, mut to) = dripping.split();
    let mut end = Vec::new();
    let drip = async {
        loop {
            if to.write_all(b"G").await.is_err() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    let cut = async {
        let _ = from.read_to_end(&mut end).await;
    };
    tokio::time::timeout(Duration::from_secs(20), async {
        tokio::select! { () = drip => {}, () = cut => {} }
    })
    .await
    .expect("the connection was cut although bytes kept coming");
    let reply = reqwest::get(format!("http://{address}/health/live"))
        .await
        .unwrap();
    assert_eq!(reply.status(), 200);
}

#[tokio::test]
async fn a_forwarded_address_counts_behind_a_trusted_proxy_only() {
    for (trusted, expected) in [(true, "203.0.113.0/24"), (false, "127.0.0.0/24")] {
        let probe = Probe::new();
        let trusted_proxies = if trusted {
            vec!["127.0.0.0/8".parse().unwrap()]
        } else {
            vec![]
        };
        let settings = Settings {
            trusted_proxies,
            ..Settings::default()
        };
        let (address, _stop, _server) = serving_to(probe.clone(), settings).await;
        client()
            .post(format!("http://{address}/graphql"))
            .header("x-forwarded-for", "198.51.100.4, 203.0.113.9")
            .json(&serde_json::json!({ "query": "{ ping }" }))
            .send()
            .await
            .unwrap();
        assert_eq!(
            *probe.arrived.lock().unwrap(),
            format!("none false false {expected}")
        );
    }
}
