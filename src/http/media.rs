//! The media types of GraphQL over HTTP, and which of them a client wants.

use poem::http::{HeaderMap, header};

/// A media type that the API answers in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Media {
    /// `application/graphql-response+json`: the status says whether the request succeeded.
    GraphqlResponse,
    /// `application/json`: a well-formed request is answered with 200.
    Json,
}

impl Media {
    /// As it stands in `Content-Type`.
    pub const fn content_type(self) -> &'static str {
        match self {
            Media::GraphqlResponse => "application/graphql-response+json; charset=utf-8",
            Media::Json => "application/json; charset=utf-8",
        }
    }

    /// Chooses by `Accept` and its weights; `None` if neither is acceptable (RFC 9110, 12.5.1).
    ///
    /// Only a client that names the newer type gets it, so that older clients, which send `*/*` or
    /// nothing, keep the meaning of the status that they know.
    pub fn negotiate(headers: &HeaderMap) -> Option<Media> {
        Accepted::negotiate(headers).media
    }
}

/// How an event stream stands with a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Events {
    /// It takes none, or did not say so. `*/*` does not mean one: nobody expects it who has not asked for it.
    No,
    /// It takes one where there is no other way: for a subscription.
    Also,
    /// It would rather have one than anything else.
    Rather,
}

/// What a client takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// For one answer; nothing if it takes neither type.
    pub media: Option<Media>,
    /// `text/event-stream`.
    pub events: Events,
}

impl Accepted {
    /// Reads `Accept`.
    pub fn negotiate(headers: &HeaderMap) -> Self {
        let mut asked = false;
        let mut newer = 0.0_f32;
        let mut events = 0.0_f32;
        // The most specific range that covers application/json decides its weight.
        let mut json = (0_u8, 0.0_f32);
        for value in headers.get_all(header::ACCEPT) {
            let Ok(text) = value.to_str() else {
                return Self {
                    media: None,
                    events: Events::No,
                };
            };
            for range in text
                .split(',')
                .map(str::trim)
                .filter(|range| !range.is_empty())
            {
                asked = true;
                let (name, weight) = weighted(range);
                let rank = match name.to_ascii_lowercase().as_str() {
                    "application/graphql-response+json" => {
                        newer = newer.max(weight);
                        continue;
                    }
                    "text/event-stream" => {
                        events = events.max(weight);
                        continue;
                    }
                    "application/json" => 3,
                    "application/*" => 2,
                    "*/*" => 1,
                    _ => continue,
                };
                if rank > json.0 || (rank == json.0 && weight > json.1) {
                    json = (rank, weight);
                }
            }
        }
        let (rank, json) = json;
        let media = if !asked {
            Some(Media::Json)
        } else if newer > 0.0 && (newer >= json || rank < 3) {
            Some(Media::GraphqlResponse)
        } else if json > 0.0 {
            Some(Media::Json)
        } else {
            None
        };
        let events = if events <= 0.0 {
            Events::No
        } else if media.is_none() || events > newer.max(json) {
            Events::Rather
        } else {
            Events::Also
        };
        Self { media, events }
    }
}

/// Splits a range or coding from its weight, which is 1 if none is given.
pub(super) fn weighted(range: &str) -> (&str, f32) {
    let mut parts = range.split(';').map(str::trim);
    let name = parts.next().unwrap_or_default();
    let weight = parts
        .filter_map(|parameter| parameter.split_once('='))
        .find(|(name, _)| name.trim().eq_ignore_ascii_case("q"))
        .map_or(1.0, |(_, weight)| weight.trim().parse().unwrap_or(0.0));
    (name, weight)
}

/// Says whether a `Content-Type` is JSON in UTF-8, the only one that a cross-site form cannot send.
pub(super) fn is_json(content_type: Option<&str>) -> bool {
    let mut parts = content_type.unwrap_or_default().split(';').map(str::trim);
    parts
        .next()
        .is_some_and(|name| name.eq_ignore_ascii_case("application/json"))
        && parts
            .filter_map(|parameter| parameter.split_once('='))
            .all(|(name, value)| {
                !name.trim().eq_ignore_ascii_case("charset")
                    || value.trim().trim_matches('"').eq_ignore_ascii_case("utf-8")
            })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn negotiate(accept: Option<&str>) -> Option<Media> {
        let mut headers = HeaderMap::new();
        if let Some(accept) = accept {
            headers.insert(header::ACCEPT, accept.parse().unwrap());
        }
        Media::negotiate(&headers)
    }

    #[test]
    fn the_newer_type_is_for_those_who_name_it() {
        let newer = Some(Media::GraphqlResponse);
        let json = Some(Media::Json);
        for (accept, expected) in [
            (None, json),
            (Some(""), json),
            (Some("*/*"), json),
            (Some("application/*"), json),
            (Some("application/json"), json),
            (Some("application/json; charset=utf-8"), json),
            (Some("application/graphql-response+json"), newer),
            (
                Some("Application/GraphQL-Response+JSON; charset=utf-8"),
                newer,
            ),
            (
                Some("application/graphql-response+json, application/json;q=0.9"),
                newer,
            ),
            (
                Some("application/json, application/graphql-response+json"),
                newer,
            ),
            (
                Some("application/graphql-response+json;q=0.5, application/json"),
                json,
            ),
            (Some("application/graphql-response+json;q=0.5, */*"), newer),
            (
                Some("application/graphql-response+json;q=0, */*;q=0.1"),
                json,
            ),
            (Some("application/json;q=0, */*"), None),
            (Some("text/html, */*;q=0.1"), json),
            (Some("text/html"), None),
            (Some("application/json;q=0"), None),
            (Some("image/*"), None),
        ] {
            assert_eq!(negotiate(accept), expected, "{accept:?}");
        }
    }

    #[test]
    fn an_event_stream_is_for_those_who_name_it() {
        let newer = Some(Media::GraphqlResponse);
        let json = Some(Media::Json);
        for (accept, media, events) in [
            ("", json, Events::No),
            ("*/*", json, Events::No),
            ("text/*", None, Events::No),
            ("text/event-stream", None, Events::Rather),
            ("Text/Event-Stream; charset=utf-8", None, Events::Rather),
            ("text/event-stream;q=0", None, Events::No),
            ("text/event-stream, */*", json, Events::Also),
            ("text/event-stream, */*;q=0.1", json, Events::Rather),
            ("application/json, text/event-stream", json, Events::Also),
            (
                "application/json;q=0.9, text/event-stream",
                json,
                Events::Rather,
            ),
            (
                "application/graphql-response+json, application/json, text/event-stream, multipart/mixed",
                newer,
                Events::Also,
            ),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT, accept.parse().unwrap());
            assert_eq!(
                Accepted::negotiate(&headers),
                Accepted { media, events },
                "{accept}"
            );
        }
    }

    #[test]
    fn only_json_in_utf_8_is_json() {
        for content_type in [
            "application/json",
            "Application/JSON",
            "application/json; charset=utf-8",
            "application/json;charset=\"UTF-8\"",
        ] {
            assert!(is_json(Some(content_type)), "{content_type}");
        }
        for content_type in [
            "",
            "text/plain",
            "text/plain; application/json",
            "application/jsonp",
            "application/json; charset=latin1",
            "application/x-www-form-urlencoded",
            "multipart/form-data; boundary=x",
            "application/graphql",
        ] {
            assert!(!is_json(Some(content_type)), "{content_type}");
        }
        assert!(!is_json(None));
    }
}
