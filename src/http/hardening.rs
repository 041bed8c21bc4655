//! The headers that every response carries, errors and unknown addresses included.
//!
//! Source: ASVS 3.4 and 14.3.2; OWASP HTTP headers cheat sheet.

use poem::{
    Endpoint, IntoResponse, Request, Response, Result,
    http::{HeaderName, HeaderValue, header},
};

use super::answer;

/// An endpoint whose every response is hardened, and which never fails.
pub(super) struct Hardened<E> {
    inner: E,
    /// Whether browsers are told to come over TLS from now on.
    secure: bool,
}

impl<E: Endpoint> Hardened<E> {
    pub(super) fn new(inner: E, secure: bool) -> Self {
        Self { inner, secure }
    }
}

/// What a response says unless it says otherwise itself.
const UNLESS_SAID: [(HeaderName, &str); 2] = [
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    ),
    (header::CACHE_CONTROL, "no-store"),
];

const ALWAYS: [(HeaderName, &str); 5] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin",
    ),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        "same-origin",
    ),
];

impl<E: Endpoint> Endpoint for Hardened<E> {
    type Output = Response;

    async fn call(&self, request: Request) -> Result<Response> {
        let mut response = match self.inner.call(request).await {
            Ok(response) => response.into_response(),
            // Its own text may name what is inside.
            Err(error) => answer::nowhere(error.status()),
        };
        let headers = response.headers_mut();
        for (name, value) in UNLESS_SAID {
            headers
                .entry(name)
                .or_insert(HeaderValue::from_static(value));
        }
        for (name, value) in ALWAYS {
            headers.insert(name, HeaderValue::from_static(value));
        }
        if self.secure {
            headers.insert(
                header::STRICT_TRANSPORT_SECURITY,
                HeaderValue::from_static("max-age=31536000"),
            );
        }
        Ok(response)
    }
}
