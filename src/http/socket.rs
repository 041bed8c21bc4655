//! The API over WebSocket: the sub-protocol `graphql-transport-ws`. The framing is tungstenite's.
//!
//! A socket is one task. What its operations have to say is fetched when the last message is written, and waits
//! with them until then (a few answers each); there is no other queue that a slow reader could fill.
//!
//! Source: the protocol's text beside the library `graphql-ws`; RFC 6455; ASVS 4.4.

mod message;
mod operations;
mod talk;

use std::sync::Arc;

use poem::{
    FromRequest, IntoResponse, Request, Response,
    http::{HeaderValue, Method, StatusCode, header},
    web::websocket::{WebSocket, WebSocketConfig},
};

use super::{
    Wire,
    intake::Intake,
    live::{Guest, Patience},
    refusal::Refusal,
};
use crate::graphql::{arrival::Arrival, error::Code};

/// The one sub-protocol that is spoken. Its forerunner, whose name is `graphql-ws`, is not.
const PROTOCOL: &str = "graphql-transport-ws";

/// What is read from a socket at a time, in bytes. Every socket holds as much.
const READ_AT_ONCE: usize = 4 * 1024;

/// On what terms a socket is opened.
pub(super) struct Terms<W> {
    pub intake: Arc<Intake<W>>,
    /// What came with the request for it.
    pub arrival: Arrival,
    pub patience: Patience,
    pub guest: Guest,
}

/// Whether a request asks to become a WebSocket.
pub(super) fn wanted(request: &Request) -> bool {
    request.method() == Method::GET
        && tokens(request, &header::UPGRADE).any(|token| token.eq_ignore_ascii_case("websocket"))
}

fn tokens<'a>(request: &'a Request, name: &header::HeaderName) -> impl Iterator<Item = &'a str> {
    request
        .headers()
        .get_all(name)
        .iter()
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(','))
        .map(str::trim)
}

/// Opens a socket on which a message may be `longest` bytes long.
///
/// # Errors
///
/// 400 for a request that does not offer the sub-protocol, or is no request for a WebSocket.
pub(super) async fn open<W: Wire>(
    mut request: Request,
    longest: usize,
    terms: Terms<W>,
) -> Result<Response, Refusal> {
    if !tokens(&request, &header::SEC_WEBSOCKET_PROTOCOL).any(|offered| offered == PROTOCOL) {
        return Err(bad(
            "A WebSocket must offer the sub-protocol graphql-transport-ws.",
        ));
    }
    // poem looks at one line of several.
    request.headers_mut().insert(
        header::SEC_WEBSOCKET_PROTOCOL,
        HeaderValue::from_static(PROTOCOL),
    );
    let (request, mut body) = request.split();
    let socket = WebSocket::from_request(&request, &mut body)
        .await
        .map_err(|_| bad("This is no request for a WebSocket (RFC 6455)."))?;
    // What is longer is refused when its length is read, and not when it has come.
    let config = WebSocketConfig::default()
        .read_buffer_size(READ_AT_ONCE)
        .max_message_size(Some(longest))
        .max_frame_size(Some(longest));
    Ok(socket
        .protocols([PROTOCOL])
        .config(config)
        .on_upgrade(|stream| talk::talk(stream, terms))
        .into_response())
}

fn bad(message: &'static str) -> Refusal {
    Refusal::new(StatusCode::BAD_REQUEST, Code::BadUserInput, message)
}

#[cfg(test)]
mod tests;
