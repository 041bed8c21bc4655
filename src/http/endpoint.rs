//! The GraphQL endpoint: our own and thin, because the library's stock one runs mutations by GET and
//! by forms, and takes bodies and batches of any length.
//!
//! Source: GraphQL over HTTP, Stage 2 draft; the `graphql-http` audit suite.

use std::{sync::Arc, time::Duration};

use async_graphql::parser::types::OperationType;
use ipnet::IpNet;
use poem::{
    Endpoint, Request, Response,
    http::{HeaderValue, Method, StatusCode, header},
};

use super::{
    Settings, Wire, answer, cookies,
    events::{self, Channel},
    inquiry,
    intake::Intake,
    live::{Parting, Patience},
    media::{Accepted, Events, Media},
    network,
    origin::{self, Gate},
    refusal::Refusal,
    socket,
};
use crate::graphql::{
    arrival::{Arrival, Explain},
    error::Code,
};

/// The endpoint at `/graphql`.
pub(super) struct Api<W> {
    intake: Arc<Intake<W>>,
    gate: Gate,
    proxies: Vec<IpNet>,
    longest_body: usize,
    body_patience: Duration,
    explain: Explain,
    patience: Patience,
    parting: Parting,
}

/// Asks that the answer tell how it came about.
const EXPLAIN: &str = "letterlock-explain";

impl<W: Wire> Api<W> {
    pub(super) fn new(wire: Arc<W>, settings: &Settings) -> Self {
        Self {
            intake: Arc::new(Intake::new(wire, settings)),
            gate: Gate {
                own: settings.public_url.clone(),
                listed: settings.cors_origins.clone(),
            },
            proxies: settings.trusted_proxies.clone(),
            longest_body: settings.longest_body,
            body_patience: settings.body_patience,
            explain: settings.explain,
            patience: settings.patience.clone(),
            parting: settings.parting.clone(),
        }
    }

    /// Everything that can be refused by the headers alone comes first, and other sites first of all.
    async fn respond(&self, mut request: Request) -> Response {
        let accepted = Accepted::negotiate(request.headers());
        let media = accepted.media.unwrap_or(Media::Json);
        let behind_proxy = network::trusts(&self.proxies, network::peer(&request));
        let passage = match self.gate.admit(&request, behind_proxy) {
            Ok(passage) => passage,
            Err(refusal) => return with_vary(refusal.into_response(media)),
        };
        let mut response = if request.method() == Method::OPTIONS {
            origin::preflight(&passage, "GET, POST, OPTIONS")
        } else if socket::wanted(&request) {
            self.open_socket(request)
                .await
                .unwrap_or_else(|refusal| refusal.into_response(media))
        } else if accepted.media.is_none() && accepted.events == Events::No {
            Refusal::new(
                StatusCode::NOT_ACCEPTABLE,
                Code::BadUserInput,
                "Answers come as application/graphql-response+json, application/json or text/event-stream.",
            )
            .into_response(media)
        } else {
            self.ask(&mut request, media, accepted.events)
                .await
                .unwrap_or_else(|refusal| refusal.into_response(media))
        };
        origin::permit_reading(response.headers_mut(), &passage);
        with_vary(response)
    }

    async fn ask(
        &self,
        request: &mut Request,
        media: Media,
        events: Events,
    ) -> Result<Response, Refusal> {
        origin::check_forgery(request)?;
        let arrival = arrival(request, &self.proxies, self.explain)?;
        let by_get = request.method() == Method::GET;
        let inquiry = match *request.method() {
            Method::GET => inquiry::from_address(request)?,
            Method::POST => {
                inquiry::from_body(request, self.longest_body, self.body_patience).await?
            }
            _ => {
                return Err(Refusal::new(
                    StatusCode::METHOD_NOT_ALLOWED,
                    Code::BadUserInput,
                    "The API is served to GET and POST.",
                )
                .with(header::ALLOW, "GET, POST, OPTIONS"));
            }
        };
        let refuse = |objection| match events {
            Events::Rather => Ok(events::refuse(&objection)),
            Events::No | Events::Also => Err(Refusal::request_error(objection, media)),
        };
        let examined = match self.intake.examine(inquiry) {
            Ok(examined) => examined,
            Err(objection) => return refuse(objection),
        };
        let by_events = match examined.kind {
            OperationType::Subscription => events != Events::No,
            OperationType::Query | OperationType::Mutation => events == Events::Rather,
        };
        match examined.kind {
            OperationType::Mutation if by_get => Err(inquiry::not_by_get()),
            OperationType::Subscription if by_get && !by_events => Err(inquiry::not_by_get()),
            OperationType::Subscription if !by_events => refuse(inquiry::no_subscriptions()),
            OperationType::Mutation if by_events => refuse(inquiry::no_mutations()),
            _ if by_events => {
                let answers = self.intake.answers(examined, arrival);
                Ok(Channel::new(answers, self.parting.guest(), &self.patience).into_response())
            }
            _ => match self.intake.ask(examined, arrival).await {
                Ok(answer) => Ok(answer::write(answer, media)),
                Err(objection) => refuse(objection),
            },
        }
    }

    /// Opens a WebSocket. That no other site's page opens it with the member's cookie is the gate's doing: a
    /// browser says by `Origin` who wants one, and a page cannot add a header to it.
    async fn open_socket(&self, request: Request) -> Result<Response, Refusal> {
        let arrival = arrival(&request, &self.proxies, self.explain)?;
        let terms = socket::Terms {
            intake: self.intake.clone(),
            arrival,
            patience: self.patience.clone(),
            guest: self.parting.guest(),
        };
        socket::open(request, self.longest_body, terms).await
    }
}

/// What came with a request besides the inquiry.
pub(super) fn arrival(
    request: &Request,
    proxies: &[IpNet],
    explain: Explain,
) -> Result<Arrival, Refusal> {
    let headers = request.headers();
    let address = network::client(headers, network::peer(request), proxies);
    Ok(Arrival {
        credential: cookies::credential(headers)?,
        device: cookies::device(headers),
        screened_out: cookies::screened_out(headers),
        explain: match headers.get(EXPLAIN) {
            Some(value) if value == "1" => explain,
            _ => Explain::Nothing,
        },
        network: crate::viewer::throttle::network_of(address),
    })
}

fn with_vary(mut response: Response) -> Response {
    response.headers_mut().insert(
        header::VARY,
        HeaderValue::from_static("accept, origin, sec-fetch-site, cookie, authorization"),
    );
    response
}

impl<W: Wire> Endpoint for Api<W> {
    type Output = Response;

    async fn call(&self, request: Request) -> poem::Result<Response> {
        Ok(self.respond(request).await)
    }
}

#[cfg(test)]
mod tests;
