//! The defence against other sites: whose pages may talk to the API.
//!
//! Source: OWASP cross-site request forgery cheat sheet, "Fetch Metadata" with Origin as its fall-back,
//! and custom request headers; ASVS 3.5.1 to 3.5.3.

use std::{fmt, str::FromStr};

use poem::{
    Request, Response,
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header},
};

use super::{cookies, refusal::Refusal};
use crate::graphql::error::Code;

/// Headers that no page can add to a request to another site without asking first. Apollo's and
/// GraphQL Yoga's names.
const PREFLIGHT_HEADERS: [&str; 3] = [
    "graphql-require-preflight",
    "apollo-require-preflight",
    "x-apollo-operation-name",
];

/// The origin of a web page: scheme, host and port (RFC 6454), `http` or `https`, normalised.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Origin {
    scheme: &'static str,
    host: String,
    port: u16,
}

/// The text is not an origin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "not an origin: it must be http:// or https://, a host, and perhaps a port, and nothing else"
)]
pub struct NotAnOrigin;

impl Origin {
    /// Says whether pages of this origin come over TLS.
    pub fn secure(&self) -> bool {
        self.scheme == "https"
    }
}

impl FromStr for Origin {
    type Err = NotAnOrigin;

    fn from_str(text: &str) -> Result<Self, NotAnOrigin> {
        let uri: Uri = text.parse().map_err(|_| NotAnOrigin)?;
        let scheme = match uri.scheme_str() {
            Some(scheme) if scheme.eq_ignore_ascii_case("http") => "http",
            Some(scheme) if scheme.eq_ignore_ascii_case("https") => "https",
            _ => return Err(NotAnOrigin),
        };
        let authority = uri.authority().ok_or(NotAnOrigin)?;
        let host = authority.host().to_ascii_lowercase();
        let bare = matches!(uri.path(), "" | "/") && uri.query().is_none() && !text.contains('#');
        if !bare || host.is_empty() || authority.as_str().contains('@') {
            return Err(NotAnOrigin);
        }
        let port = match (authority.port_u16(), authority.as_str().len() > host.len()) {
            (Some(port), _) => port,
            // Something follows the host that is no port number.
            (None, true) => return Err(NotAnOrigin),
            (None, false) if scheme == "https" => 443,
            (None, false) => 80,
        };
        Ok(Self { scheme, host, port })
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let standard = if self.secure() { 443 } else { 80 };
        write!(f, "{}://{}", self.scheme, self.host)?;
        if self.port != standard {
            write!(f, ":{}", self.port)?;
        }
        Ok(())
    }
}

/// Who may talk to the API from a browser.
#[derive(Clone, Debug)]
pub(super) struct Gate {
    /// The service's own origin, where the operator has said which it is.
    pub own: Option<Origin>,
    /// Other origins whose pages may talk to it.
    pub listed: Vec<Origin>,
}

/// A request that was let in.
#[derive(Clone, Debug)]
pub(super) enum Passage {
    /// From the service's own pages, or from no page at all.
    Own,
    /// From a page of a listed origin: the response must name it, or the browser withholds it.
    Listed(HeaderValue),
}

impl Gate {
    /// Lets a request in, or refuses it before anything of it is parsed.
    ///
    /// `behind_proxy` says that `X-Forwarded-Host` was written by a trusted proxy.
    ///
    /// # Errors
    ///
    /// 403 `FORBIDDEN`.
    pub(super) fn admit(&self, request: &Request, behind_proxy: bool) -> Result<Passage, Refusal> {
        let headers = request.headers();
        let mut origins = headers.get_all(header::ORIGIN).iter();
        let same_site = headers
            .get_all("sec-fetch-site")
            .iter()
            .all(|value| value == "same-origin" || value == "none");
        let passage = match (origins.next(), origins.next()) {
            (None, _) => same_site.then_some(Passage::Own),
            (Some(value), None) => value
                .to_str()
                .ok()
                .and_then(|text| text.parse::<Origin>().ok())
                .and_then(|origin| {
                    if self.listed.contains(&origin) {
                        Some(Passage::Listed(value.clone()))
                    } else {
                        (same_site && self.owns(&origin, request, behind_proxy))
                            .then_some(Passage::Own)
                    }
                }),
            (Some(_), Some(_)) => None,
        };
        passage.ok_or_else(|| {
            Refusal::new(
                StatusCode::FORBIDDEN,
                Code::Forbidden,
                "Pages of other sites may not use this service.",
            )
        })
    }

    fn owns(&self, origin: &Origin, request: &Request, behind_proxy: bool) -> bool {
        if let Some(own) = &self.own {
            return own == origin;
        }
        // Without a public address in the configuration, the service does not know whether a proxy in
        // front of it speaks TLS: either scheme is its own.
        host(request, behind_proxy)
            .and_then(|host| format!("{}://{host}", origin.scheme).parse::<Origin>().ok())
            .is_some_and(|own| own == *origin)
    }
}

/// Returns the host that the client asked for. Of a forwarded list, the right-most entry is the one
/// that the trusted proxy itself saw.
fn host(request: &Request, behind_proxy: bool) -> Option<&str> {
    let headers = request.headers();
    let forwarded = headers
        .get_all("x-forwarded-host")
        .iter()
        .next_back()
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.rsplit(',').next())
        .map(str::trim);
    match forwarded {
        Some(forwarded) if behind_proxy => Some(forwarded),
        _ => headers
            .get(header::HOST)
            .and_then(|value| value.to_str().ok())
            // HTTP/2 has the host in the request line.
            .or_else(|| {
                request
                    .uri()
                    .authority()
                    .map(|authority| authority.as_str())
            }),
    }
}

/// Refuses a GET that a page elsewhere could have made a browser send with the member's cookie.
///
/// POST needs no such header: it is taken with `Content-Type: application/json` alone, which a page
/// elsewhere cannot send without asking first.
///
/// # Errors
///
/// 403 `FORBIDDEN`.
pub(super) fn check_forgery(request: &Request) -> Result<(), Refusal> {
    let headers = request.headers();
    let attached =
        cookies::carries_session(headers) && !headers.contains_key(header::AUTHORIZATION);
    let asked_first = PREFLIGHT_HEADERS
        .iter()
        .any(|name| headers.contains_key(*name));
    if request.method() == Method::GET && attached && !asked_first {
        return Err(Refusal::new(
            StatusCode::FORBIDDEN,
            Code::Forbidden,
            "A GET with a session cookie must carry the header GraphQL-Require-Preflight: 1.",
        ));
    }
    Ok(())
}

/// Adds what lets a listed origin's page read the response. `*` is never said.
pub(super) fn permit_reading(headers: &mut HeaderMap, passage: &Passage) {
    if let Passage::Listed(origin) = passage {
        for (name, value) in [
            (header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone()),
            (
                header::ACCESS_CONTROL_ALLOW_CREDENTIALS,
                HeaderValue::from_static("true"),
            ),
            (
                header::ACCESS_CONTROL_EXPOSE_HEADERS,
                HeaderValue::from_static("retry-after"),
            ),
        ] {
            headers.insert(name, value);
        }
    }
}

/// Answers `OPTIONS`: to a listed origin's page, what it may send, and by which methods.
pub(super) fn preflight(passage: &Passage, methods: &'static str) -> Response {
    let mut response = Response::builder()
        .status(StatusCode::NO_CONTENT)
        .header(header::ALLOW, methods)
        .finish();
    if matches!(passage, Passage::Listed(_)) {
        let permitted: [(HeaderName, &'static str); 3] = [
            (header::ACCESS_CONTROL_ALLOW_METHODS, methods),
            (
                header::ACCESS_CONTROL_ALLOW_HEADERS,
                "accept, authorization, content-type, graphql-require-preflight, \
                 apollo-require-preflight, x-apollo-operation-name",
            ),
            (header::ACCESS_CONTROL_MAX_AGE, "600"),
        ];
        for (name, value) in permitted {
            response
                .headers_mut()
                .insert(name, HeaderValue::from_static(value));
        }
    }
    response
}

#[cfg(test)]
mod tests;
