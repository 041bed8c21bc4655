//! How a browser, or another client, carries what the wire calls credentials and effects.
//!
//! Every cookie is `__Host-` (this host alone, over TLS alone), `HttpOnly` and `SameSite=Lax`
//! (ASVS 3.3.1 to 3.3.4). Browsers treat `localhost` as trustworthy enough for `Secure`.

use std::time::Duration;

use poem::{
    http::{HeaderMap, HeaderValue, StatusCode, header},
    web::cookie::{Cookie, SameSite},
};
use secrecy::{ExposeSecret, SecretString};

use super::refusal::Refusal;
use crate::graphql::{
    arrival::{Credential, Effect},
    error::Code,
};

/// The cookie that holds a session token.
pub const SESSION: &str = "__Host-letterlock-session";
/// The cookie that marks a device as one that has signed in before.
pub const DEVICE: &str = "__Host-letterlock-device";
/// The cookie that remembers that the age screen refused this browser.
pub const SCREEN: &str = "__Host-letterlock-screen";

/// The only value of [`SCREEN`]: it must identify nobody.
const SCREENED_OUT: &str = "done";

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// 400 days, the most that browsers keep a cookie (RFC 6265bis, 5.5).
const DEVICE_AGE: Duration = Duration::from_secs(400 * DAY.as_secs());
/// 30 days. Longer would outlast the birthday that makes a second, honest try right.
const SCREEN_AGE: Duration = Duration::from_secs(30 * DAY.as_secs());

/// No token of ours is longer, in characters; what is longer is not looked up.
const LONGEST_TOKEN: usize = 512;

/// Works out how the sender says who they are. `Authorization` wins over the cookie.
///
/// # Errors
///
/// 401 for an `Authorization` that is not one well-formed bearer token (RFC 6750, 2.1): a client that
/// meant to sign in must not be served as a visitor.
pub fn credential(headers: &HeaderMap) -> Result<Credential, Refusal> {
    let mut authorizations = headers.get_all(header::AUTHORIZATION).iter();
    if let Some(value) = authorizations.next() {
        let token = value.to_str().ok().and_then(bearer);
        return match (token, authorizations.next()) {
            (Some(token), None) => Ok(Credential::Bearer(token.into())),
            _ => Err(Refusal::new(
                StatusCode::UNAUTHORIZED,
                Code::Unauthenticated,
                "The Authorization header must be: Bearer, a space, a session token.",
            )),
        };
    }
    Ok(secret(headers, SESSION).map_or(Credential::None, Credential::Cookie))
}

/// Returns the token of `Bearer <token>` if it is one token of the characters of RFC 6750.
pub(super) fn bearer(value: &str) -> Option<&str> {
    let (scheme, token) = value.split_once(' ')?;
    let token = token.trim();
    let letters = token.trim_end_matches('=');
    (scheme.eq_ignore_ascii_case("bearer")
        && !letters.is_empty()
        && token.len() <= LONGEST_TOKEN
        && letters
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-._~+/".contains(&byte)))
    .then_some(token)
}

/// Returns the mark of a device that signed in before.
pub fn device(headers: &HeaderMap) -> Option<SecretString> {
    secret(headers, DEVICE)
}

/// Says whether this browser was refused by the age screen before.
pub fn screened_out(headers: &HeaderMap) -> bool {
    values(headers, SCREEN).any(|value| value == SCREENED_OUT)
}

/// Says whether a browser may have attached a session of its own accord, usable or not.
pub fn carries_session(headers: &HeaderMap) -> bool {
    values(headers, SESSION).next().is_some()
}

/// Returns the cookie's value if it is there exactly once: of two, one was planted by somebody else.
fn secret(headers: &HeaderMap, name: &'static str) -> Option<SecretString> {
    let mut values = values(headers, name);
    match (values.next(), values.next()) {
        (Some(value), None) if !value.is_empty() && value.len() <= LONGEST_TOKEN => {
            Some(value.into())
        }
        _ => None,
    }
}

fn values<'a>(headers: &'a HeaderMap, name: &'static str) -> impl Iterator<Item = &'a str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .filter(move |(found, _)| *found == name)
        .map(|(_, value)| value)
}

/// Writes the `Set-Cookie` of an effect. Tokens must consist of characters that a cookie carries
/// unchanged, as base64url and hexadecimal do.
pub fn set_cookie(effect: &Effect) -> Option<HeaderValue> {
    let mut cookie = match effect {
        Effect::SetSession { token, expires_at } => {
            let mut cookie = Cookie::new_with_str(SESSION, token.expose_secret());
            cookie.set_expires(*expires_at);
            cookie
        }
        Effect::ClearSession => {
            let mut cookie = Cookie::named(SESSION);
            cookie.make_removal();
            cookie
        }
        Effect::SetDevice { token } => {
            let mut cookie = Cookie::new_with_str(DEVICE, token.expose_secret());
            cookie.set_max_age(DEVICE_AGE);
            cookie
        }
        Effect::MarkScreenedOut => {
            let mut cookie = Cookie::new_with_str(SCREEN, SCREENED_OUT);
            cookie.set_max_age(SCREEN_AGE);
            cookie
        }
    };
    cookie.set_secure(true);
    cookie.set_http_only(true);
    cookie.set_same_site(SameSite::Lax);
    cookie.set_path("/");
    let mut value = HeaderValue::from_str(&cookie.to_string()).ok()?;
    value.set_sensitive(true);
    Some(value)
}

#[cfg(test)]
mod tests {
    use chrono::{TimeZone, Utc};

    use super::*;

    fn headers(lines: &[(&'static str, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(*name, value.parse().unwrap());
        }
        headers
    }

    fn kind(lines: &[(&'static str, &str)]) -> String {
        match credential(&headers(lines)) {
            Ok(Credential::None) => "none".to_owned(),
            Ok(Credential::Cookie(token)) => format!("cookie {}", token.expose_secret()),
            Ok(Credential::Bearer(token)) => format!("bearer {}", token.expose_secret()),
            Err(_) => "refused".to_owned(),
        }
    }

    #[test]
    fn credentials_are_read_strictly() {
        let cookie = "__Host-letterlock-session=abc";
        let long = format!("Bearer {}", "a".repeat(513));
        for (lines, expected) in [
            (vec![], "none"),
            (vec![("cookie", cookie)], "cookie abc"),
            (
                vec![("cookie", "x=1; __Host-letterlock-session=abc; y=2")],
                "cookie abc",
            ),
            (vec![("cookie", "x=1"), ("cookie", cookie)], "cookie abc"),
            (vec![("cookie", "__Host-letterlock-session=")], "none"),
            (vec![("cookie", "__host-letterlock-session=abc")], "none"),
            (vec![("cookie", "letterlock-session=abc")], "none"),
            (vec![("cookie", "__Host-letterlock-session")], "none"),
            (
                vec![(
                    "cookie",
                    "__Host-letterlock-session=abc; __Host-letterlock-session=abd",
                )],
                "none",
            ),
            (vec![("cookie", cookie), ("cookie", cookie)], "none"),
            (
                vec![("authorization", "Bearer xyz"), ("cookie", cookie)],
                "bearer xyz",
            ),
            (
                vec![("authorization", "bearer x-._~+/9==")],
                "bearer x-._~+/9==",
            ),
            (vec![("authorization", "Bearer")], "refused"),
            (vec![("authorization", "Bearer ")], "refused"),
            (vec![("authorization", "Bearer a b")], "refused"),
            (vec![("authorization", "Bearer a\"b")], "refused"),
            (vec![("authorization", "Bearer ==")], "refused"),
            (vec![("authorization", &long)], "refused"),
            (
                vec![("authorization", "Basic YTpi"), ("cookie", cookie)],
                "refused",
            ),
            (
                vec![("authorization", "Bearer a"), ("authorization", "Bearer b")],
                "refused",
            ),
        ] {
            assert_eq!(kind(&lines), expected, "{lines:?}");
        }
    }

    #[test]
    fn the_screen_mark_counts_wherever_it_stands() {
        assert!(!screened_out(&headers(&[])));
        assert!(!screened_out(&headers(&[(
            "cookie",
            "__Host-letterlock-screen=no"
        )])));
        assert!(screened_out(&headers(&[(
            "cookie",
            "__Host-letterlock-screen=done"
        )])));
        assert!(screened_out(&headers(&[(
            "cookie",
            "__Host-letterlock-screen=no; __Host-letterlock-screen=done"
        )])));
    }

    #[test]
    fn an_ambiguous_session_still_counts_as_carried() {
        let twice = "__Host-letterlock-session=a; __Host-letterlock-session=b";
        assert!(carries_session(&headers(&[("cookie", twice)])));
        assert!(!carries_session(&headers(&[("cookie", "session=a")])));
    }

    #[test]
    fn every_cookie_is_host_bound_and_closed_to_scripts() {
        let text = |effect| set_cookie(&effect).unwrap().to_str().unwrap().to_owned();
        let expires_at = Utc.with_ymd_and_hms(2030, 1, 2, 3, 4, 5).unwrap();
        let session = text(Effect::SetSession {
            token: "abc_-9".into(),
            expires_at,
        });
        assert!(
            session.starts_with("__Host-letterlock-session=abc_-9;"),
            "{session}"
        );
        assert!(
            session.contains("Expires=Wed, 02 Jan 2030 03:04:05 GMT"),
            "{session}"
        );
        let device = text(Effect::SetDevice { token: "d".into() });
        assert!(device.contains("__Host-letterlock-device=d;"), "{device}");
        assert!(device.contains("Max-Age=34560000"), "{device}");
        let screen = text(Effect::MarkScreenedOut);
        assert!(
            screen.contains("__Host-letterlock-screen=done;"),
            "{screen}"
        );
        assert!(screen.contains("Max-Age=2592000"), "{screen}");
        let cleared = text(Effect::ClearSession);
        assert!(
            cleared.starts_with("__Host-letterlock-session=;"),
            "{cleared}"
        );
        assert!(cleared.contains("Max-Age=0"), "{cleared}");
        for cookie in [session, device, screen, cleared] {
            for attribute in ["; Secure", "; HttpOnly", "; SameSite=Lax", "; Path=/"] {
                assert!(cookie.contains(attribute), "{cookie} lacks {attribute}");
            }
            assert!(!cookie.contains("Domain"), "{cookie}");
        }
    }
}
