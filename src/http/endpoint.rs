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
    document::{self, Documents, Limits, Objection, Read},
    inquiry::{self, Inquiry},
    media::Media,
    network,
    origin::{self, Gate},
    refusal::Refusal,
};
use crate::graphql::{
    arrival::{Arrival, Explain, Question},
    error::Code,
};

/// The endpoint at `/graphql`.
pub(super) struct Api<W> {
    wire: Arc<W>,
    gate: Gate,
    proxies: Vec<IpNet>,
    limits: Limits,
    documents: Documents,
    longest_body: usize,
    body_patience: Duration,
    run_time: Duration,
    explain: Explain,
}

/// Asks that the answer tell how it came about.
const EXPLAIN: &str = "letterlock-explain";

impl<W: Wire> Api<W> {
    pub(super) fn new(wire: Arc<W>, settings: &Settings) -> Self {
        Self {
            wire,
            gate: Gate {
                own: settings.public_url.clone(),
                listed: settings.cors_origins.clone(),
            },
            proxies: settings.trusted_proxies.clone(),
            limits: settings.limits.clone(),
            documents: Documents::new(settings.limits.clone()),
            longest_body: settings.longest_body,
            body_patience: settings.body_patience,
            run_time: settings.run_time,
            explain: settings.explain,
        }
    }

    /// Everything that can be refused by the headers alone comes first, and other sites first of all.
    async fn respond(&self, mut request: Request) -> Response {
        let preferred = Media::negotiate(request.headers());
        let media = preferred.unwrap_or(Media::Json);
        let behind_proxy = network::trusts(&self.proxies, network::peer(&request));
        let passage = match self.gate.admit(&request, behind_proxy) {
            Ok(passage) => passage,
            Err(refusal) => return with_vary(refusal.into_response(media)),
        };
        let mut response = if request.method() == Method::OPTIONS {
            origin::preflight(&passage)
        } else if preferred.is_none() {
            Refusal::new(
                StatusCode::NOT_ACCEPTABLE,
                Code::BadUserInput,
                "Answers come as application/graphql-response+json or application/json.",
            )
            .into_response(media)
        } else {
            self.ask(&mut request, media)
                .await
                .unwrap_or_else(|refusal| refusal.into_response(media))
        };
        origin::permit_reading(response.headers_mut(), &passage);
        with_vary(response)
    }

    async fn ask(&self, request: &mut Request, media: Media) -> Result<Response, Refusal> {
        origin::check_forgery(request)?;
        let credential = cookies::credential(request.headers())?;
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
        let request_error = |objection| Refusal::request_error(objection, media);
        let (question, kind, read) = self.examine(inquiry).map_err(request_error)?;
        if by_get && kind != OperationType::Query {
            return Err(inquiry::not_by_get());
        }
        if kind == OperationType::Subscription {
            return Err(request_error(inquiry::no_subscriptions()));
        }
        let headers = request.headers();
        let address = network::client(headers, network::peer(request), &self.proxies);
        let arrival = Arrival {
            credential,
            device: cookies::device(headers),
            screened_out: cookies::screened_out(headers),
            explain: match headers.get(EXPLAIN) {
                Some(value) if value == "1" => self.explain,
                _ => Explain::Nothing,
            },
            network: crate::viewer::throttle::network_of(address),
        };
        // The batch loaders count on one poll reaching every field of a level. Tokio's budget for a task
        // would stop that poll somewhere in a long list, and one statement would become several.
        let work = tokio::task::unconstrained(self.wire.ask(question, arrival));
        match tokio::time::timeout(self.run_time, work).await {
            Ok(answer) => {
                self.documents.keep(read);
                Ok(answer::write(answer, media))
            }
            Err(_) => {
                tracing::warn!("an operation took too long and was given up");
                Err(request_error(Objection {
                    code: Code::LimitExceeded,
                    message: "The operation took too long.",
                    at: None,
                }))
            }
        }
    }

    /// The document guard, and which operation is to run.
    fn examine(&self, mut inquiry: Inquiry) -> Result<(Question, OperationType, Read), Objection> {
        document::check_variables(&inquiry.variables, &self.limits)?;
        let read = self.documents.read(&inquiry.query)?;
        let document = read.document.clone();
        let kind =
            document::chosen_operation(document.parsed(), inquiry.operation_name.as_deref())?;
        let variables = inquiry.take_variables();
        let question = Question {
            document,
            operation_name: inquiry.operation_name,
            variables,
        };
        Ok((question, kind, read))
    }
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
