//! Photos: sent to `/photos/upload/TICKET`, and given out at `/photos/ADDRESS/SIZE`.
//!
//! Who may look at one is decided at each request, by the wire. Nothing of an answer can be kept or compared: it has no
//! validators, and its address is another for each viewer.

use std::{sync::Arc, time::Duration};

use ipnet::IpNet;
use poem::{
    Endpoint, Request, Response,
    http::{HeaderValue, Method, StatusCode, header},
};
use serde_json::json;

use super::{
    Settings, Wire, body, endpoint,
    media::Media,
    network,
    origin::{self, Gate},
    refusal::Refusal,
};
use crate::graphql::{
    arrival::Explain,
    error::{Code, Error},
    photos::{LONGEST, Refused},
};
use crate::pictures::{MEDIA_TYPE, Size, rewriting::Fault};

/// Which of the two addresses an endpoint is at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// Where photos are sent to.
    In,
    /// Where they are looked at.
    Out,
}

impl Way {
    const fn methods(self) -> &'static str {
        match self {
            Way::In => "PUT, OPTIONS",
            Way::Out => "GET, HEAD, OPTIONS",
        }
    }
}

/// The endpoint at one of the two addresses.
pub(super) struct Photos<W> {
    wire: Arc<W>,
    way: Way,
    gate: Gate,
    proxies: Vec<IpNet>,
    patience: Duration,
}

impl<W: Wire> Photos<W> {
    pub(super) fn new(wire: Arc<W>, way: Way, settings: &Settings) -> Self {
        Self {
            wire,
            way,
            gate: Gate {
                own: settings.public_url.clone(),
                listed: settings.cors_origins.clone(),
            },
            proxies: settings.trusted_proxies.clone(),
            patience: settings.photo_patience,
        }
    }

    /// Other sites are refused first of all: their pages could make a browser send, or show, with the member's cookie.
    async fn respond(&self, mut request: Request) -> Response {
        let behind_proxy = network::trusts(&self.proxies, network::peer(&request));
        let passage = match self.gate.admit(&request, behind_proxy) {
            Ok(passage) => passage,
            Err(refusal) => return with_vary(refusal.into_response(Media::Json)),
        };
        let answered = match (self.way, request.method()) {
            (_, &Method::OPTIONS) => Ok(origin::preflight(&passage, self.way.methods())),
            (Way::In, &Method::PUT) => self.take(&mut request).await,
            (Way::Out, &Method::GET | &Method::HEAD) => self.show(&request).await,
            _ => Err(self.not_so()),
        };
        let mut response = answered.unwrap_or_else(|refusal| refusal.into_response(Media::Json));
        origin::permit_reading(response.headers_mut(), &passage);
        with_vary(response)
    }

    fn not_so(&self) -> Refusal {
        let message = match self.way {
            Way::In => "A photo is sent by PUT.",
            Way::Out => "A photo is looked at by GET.",
        };
        Refusal::new(StatusCode::METHOD_NOT_ALLOWED, Code::BadUserInput, message)
            .with(header::ALLOW, self.way.methods())
    }

    async fn take(&self, request: &mut Request) -> Result<Response, Refusal> {
        // What is known to be too long costs no ticket.
        body::check_announced(request, LONGEST)?;
        let arrival = endpoint::arrival(request, &self.proxies, Explain::Nothing)?;
        let ticket = request.raw_path_param("ticket").unwrap_or_default();
        let admitted = self.wire.admit(ticket.into(), arrival).await;
        // Of a body that nobody reads, the rest is not waited for.
        let admitted =
            admitted.map_err(|refused| refusal(refused).with(header::CONNECTION, "close"))?;
        let bytes = body::read(request, LONGEST, self.patience).await?;
        let photo = admitted.keep(bytes).await.map_err(refusal)?;
        Ok(Response::builder()
            .status(StatusCode::CREATED)
            .content_type("application/json")
            .body(json!({ "photo": photo }).to_string()))
    }

    async fn show(&self, request: &Request) -> Result<Response, Refusal> {
        let arrival = endpoint::arrival(request, &self.proxies, Explain::Nothing)?;
        let address = request.raw_path_param("address").unwrap_or_default();
        let size = request.raw_path_param("size").and_then(Size::of_name);
        let size = size.ok_or_else(|| refusal(Refused::NotFound))?;
        let shown = self.wire.show(address.to_owned(), size, arrival).await;
        let bytes = shown.map_err(refusal)?;
        Ok(Response::builder()
            .content_type(MEDIA_TYPE)
            .header(header::CACHE_CONTROL, "no-store")
            .header(
                header::CONTENT_DISPOSITION,
                "inline; filename=\"photo.jpg\"",
            )
            .body(bytes))
    }
}

/// What is said to whoever was refused.
fn refusal(refused: Refused) -> Refusal {
    let (status, code, message) = match refused {
        Refused::Sender(error) => return of_sender(&error),
        Refused::NoTicket => (
            StatusCode::NOT_FOUND,
            Code::BadUserInput,
            "There is no such ticket: it may have been used, or have expired. Ask for another.",
        ),
        Refused::NotFound => (
            StatusCode::NOT_FOUND,
            Code::BadUserInput,
            "There is no such photo.",
        ),
        Refused::Busy => {
            return busy("Another photo is on its way. Try again when it is there.");
        }
        Refused::Full => (
            StatusCode::CONFLICT,
            Code::LimitExceeded,
            "You have as many photos as there can be.",
        ),
        Refused::Picture(fault) => return of_picture(fault),
        Refused::Place(reference) => {
            return Refusal::new(
                StatusCode::SERVICE_UNAVAILABLE,
                Code::InternalServerError,
                "The place for photos does not work at the moment. Try again later.",
            )
            .referring(reference);
        }
    };
    Refusal::new(status, code, message)
}

fn of_sender(error: &Error) -> Refusal {
    let (status, code, message) = match error {
        Error::Failed(failure) => {
            return Refusal::new(
                StatusCode::INTERNAL_SERVER_ERROR,
                Code::InternalServerError,
                "Something went wrong here. It is not your doing.",
            )
            .referring(failure.note("photos"));
        }
        Error::NotServed => (
            StatusCode::FORBIDDEN,
            Code::Forbidden,
            "This account cannot be used.",
        ),
        _ => (
            StatusCode::UNAUTHORIZED,
            Code::Unauthenticated,
            "Sign in first.",
        ),
    };
    Refusal::new(status, code, message)
}

fn of_picture(fault: Fault) -> Refusal {
    let (status, code, message) = match fault {
        Fault::NotAPicture | Fault::Unsupported => (
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Code::BadUserInput,
            "A photo must be a JPEG, a PNG or a WebP.",
        ),
        Fault::TooManyPixels => (
            StatusCode::PAYLOAD_TOO_LARGE,
            Code::LimitExceeded,
            "The photo has too many pixels.",
        ),
        Fault::Truncated => (
            StatusCode::UNPROCESSABLE_ENTITY,
            Code::BadUserInput,
            "The photo breaks off before its end.",
        ),
        Fault::Damaged => (
            StatusCode::UNPROCESSABLE_ENTITY,
            Code::BadUserInput,
            "The photo is damaged.",
        ),
        Fault::Busy => return busy("No photo can be taken now. Try again soon."),
    };
    Refusal::new(status, code, message)
}

fn busy(message: &'static str) -> Refusal {
    Refusal::new(StatusCode::SERVICE_UNAVAILABLE, Code::RateLimited, message)
        .with(header::RETRY_AFTER, "5")
}

fn with_vary(mut response: Response) -> Response {
    response.headers_mut().insert(
        header::VARY,
        HeaderValue::from_static("origin, sec-fetch-site, cookie, authorization"),
    );
    response
}

impl<W: Wire> Endpoint for Photos<W> {
    type Output = Response;

    async fn call(&self, request: Request) -> poem::Result<Response> {
        Ok(self.respond(request).await)
    }
}
