//! What endpoints by hand have in common: connections with prepared statements, who asks, and who exists for whom.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use letterlock::{
    domain::{age::Today, clock::Clock},
    graphql::services::SessionLife,
    viewer::tokens::Token,
};
use poem::{
    EndpointExt, IntoResponse, Request, Response, Route, Server,
    http::StatusCode,
    listener::{Acceptor, Listener, TcpListener},
};
use tokio_postgres::{Client, NoTls, Statement};

/// A connection, and its statements in the order in which they were given.
pub(crate) struct Connection {
    pub(crate) client: Client,
    pub(crate) statements: Vec<Statement>,
}

/// Connections, taken in turns.
pub(crate) struct Hand {
    connections: Vec<Connection>,
    next: AtomicUsize,
    clock: Clock,
}

/// Who asks, and when: the first four values of each statement.
pub(crate) struct Asked {
    pub(crate) digest: Vec<u8>,
    pub(crate) today: Today,
    pub(crate) now: i64,
    pub(crate) idle_since: i64,
}

/// The viewer `me` of a session, who is an `adult` or none.
pub(crate) const VIEWER: &str = "SELECT t.member_id AS me, w.turns_18_on <= $2 AS adult \
     FROM sessions t JOIN standings w ON w.member_id = t.member_id WHERE t.token_digest = $1 AND t.bearer \
     AND t.expires_at > $3 AND t.last_used_at > $4 AND w.standing = 0 AND w.turns_13_on <= $2";

/// Whether the member of the standing `s` exists for the viewer `v`.
pub(crate) const EXISTS: &str = "(s.member_id = v.me OR (s.standing = 0 AND s.turns_13_on <= $2 \
     AND NOT EXISTS (SELECT 1 FROM blocks y WHERE y.blocker_id = v.me AND y.blocked_id = s.member_id) \
     AND NOT EXISTS (SELECT 1 FROM blocks y WHERE y.blocked_id = v.me AND y.blocker_id = s.member_id) \
     AND ((s.turns_18_on <= $2) = v.adult OR EXISTS (SELECT 1 FROM bonds y WHERE y.member_id = v.me \
     AND y.penpal_id = s.member_id))))";

/// A refusal that says nothing.
pub(crate) fn refuse(status: StatusCode) -> poem::Error {
    poem::Error::from_status(status)
}

/// An answer.
pub(crate) fn json(text: String) -> Response {
    text.with_content_type("application/json").into_response()
}

/// A connection to the database with these statements.
pub(crate) async fn connect(url: &str, statements: &[String]) -> Result<Connection, String> {
    let said = |error: tokio_postgres::Error| error.to_string();
    let (client, driver) = tokio_postgres::connect(url, NoTls).await.map_err(said)?;
    tokio::spawn(driver);
    client
        .batch_execute(
            "SET jit = off; SET random_page_cost = 1.1; SET plan_cache_mode = force_generic_plan",
        )
        .await
        .map_err(said)?;
    let mut prepared = Vec::new();
    for statement in statements {
        let statement = client.prepare(statement).await;
        prepared.push(statement.map_err(|error| format!("{error:?}"))?);
    }
    Ok(Connection {
        client,
        statements: prepared,
    })
}

/// Serves these routes; gives back the address.
pub(crate) async fn serve(
    url: &str,
    connections: usize,
    statements: &[String],
    routes: Route,
) -> Result<String, String> {
    let said = |error: std::io::Error| error.to_string();
    let mut all = Vec::new();
    for _ in 0..connections {
        all.push(connect(url, statements).await?);
    }
    let hand = Arc::new(Hand {
        connections: all,
        next: AtomicUsize::new(0),
        clock: Clock::system(),
    });
    let acceptor = TcpListener::bind("127.0.0.1:0")
        .into_acceptor()
        .await
        .map_err(said)?;
    let port = acceptor
        .local_addr()
        .first()
        .and_then(|address| address.as_socket_addr().map(std::net::SocketAddr::port))
        .ok_or("no port")?;
    tokio::spawn(Server::new_with_acceptor(acceptor).run(routes.data(hand).map_to_response()));
    Ok(format!("http://127.0.0.1:{port}"))
}

impl Hand {
    /// The endpoint's own.
    pub(crate) fn of(request: &Request) -> poem::Result<&Arc<Self>> {
        let hand = request.data::<Arc<Hand>>();
        hand.ok_or_else(|| refuse(StatusCode::INTERNAL_SERVER_ERROR))
    }

    /// The next connection; several may be under way on it.
    pub(crate) fn connection(&self) -> &Connection {
        let place = self.next.fetch_add(1, Ordering::Relaxed) % self.connections.len();
        &self.connections[place]
    }

    /// Who asks.
    pub(crate) fn asked(&self, request: &Request) -> poem::Result<Asked> {
        let token = request
            .header("authorization")
            .and_then(|value| value.strip_prefix("Bearer "))
            .and_then(|text| Token::parse(&text.into()))
            .ok_or_else(|| refuse(StatusCode::UNAUTHORIZED))?;
        let now = self.clock.now();
        Ok(Asked {
            digest: token.digest().as_bytes().to_vec(),
            today: Today::at(now),
            now: now.timestamp_millis(),
            idle_since: (now - SessionLife::default().idle).timestamp_millis(),
        })
    }
}
