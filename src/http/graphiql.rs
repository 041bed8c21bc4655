//! GraphiQL at `/graphiql`, out of the binary: no request leaves for another host, and no script runs
//! that is not a file of this service.
//!
//! The bundle is built from npm packages by `tools/graphiql/build`; a binary built without it says so.

use std::borrow::Cow;

use poem::{
    Body, Endpoint, Request, Response, Result,
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
};
use rust_embed::RustEmbed;

use super::media::weighted;

/// Monaco, the editor, sets styles inline and offers no way around it; nothing else is let through but
/// this service's own files (ASVS 3.4.3).
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
    font-src 'self' data:; img-src 'self' data:; connect-src 'self'; worker-src 'self'; \
    base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

#[derive(RustEmbed)]
#[folder = "assets/graphiql"]
#[allow_missing = true]
struct Assets;

/// A file of the bundle.
pub(super) struct Asset {
    bytes: Cow<'static, [u8]>,
    digest: [u8; 32],
}

/// Where files of the bundle come from.
pub(super) type Find = fn(&str) -> Option<Asset>;

/// Finds a file among those that the binary embeds.
pub(super) fn embedded(name: &str) -> Option<Asset> {
    let file = Assets::get(name)?;
    Some(Asset {
        digest: file.metadata.sha256_hash(),
        bytes: file.data,
    })
}

/// The page at `/graphiql`.
pub(super) struct Page {
    /// Whether the page offers the demo's example tabs.
    pub demo: bool,
    pub find: Find,
}

impl Endpoint for Page {
    type Output = Response;

    async fn call(&self, _: Request) -> Result<Response> {
        let built = ["graphiql.js", "graphiql.js.gz"]
            .into_iter()
            .any(|name| (self.find)(name).is_some());
        let (status, body) = if built {
            (StatusCode::OK, page(self.demo))
        } else {
            (StatusCode::SERVICE_UNAVAILABLE, ABSENT.to_owned())
        };
        Ok(Response::builder()
            .status(status)
            .content_type("text/html; charset=utf-8")
            .header(header::CACHE_CONTROL, "no-cache")
            .header(header::CONTENT_SECURITY_POLICY, POLICY)
            .body(body))
    }
}

fn page(demo: bool) -> String {
    format!(
        r#"<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Letterlock GraphiQL</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/graphiql/graphiql.css">
</head>
<body>
<div id="graphiql" data-endpoint="/graphql" data-demo="{demo}">Loading GraphiQL …</div>
<noscript>GraphiQL needs JavaScript. The API itself is at /graphql.</noscript>
<script type="module" src="/graphiql/graphiql.js"></script>
</body>
</html>
"#
    )
}

const ABSENT: &str = r#"<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>GraphiQL is not in this binary</title></head>
<body>
<h1>GraphiQL is not in this binary</h1>
<p>The API itself works, at <code>/graphql</code>. The bundle of GraphiQL was not there when this binary
was built. Run one of these in the repository, and start again:</p>
<ul>
<li><code>scripts/serve --demo</code> builds the bundle if it is missing, builds the binary and starts it;</li>
<li><code>tools/graphiql/build</code> builds the bundle alone; then build the binary.</li>
</ul>
</body>
</html>
"#;

/// The files at `/graphiql/<name>`.
pub(super) struct Files {
    pub find: Find,
}

impl Endpoint for Files {
    type Output = Response;

    async fn call(&self, request: Request) -> Result<Response> {
        let name = request.raw_path_param("name").unwrap_or_default();
        Ok(self
            .serve(name, request.headers())
            .unwrap_or_else(|| super::answer::nowhere(StatusCode::NOT_FOUND)))
    }
}

impl Files {
    fn serve(&self, name: &str, headers: &HeaderMap) -> Option<Response> {
        let content_type = content_type(name)?;
        let plain = (self.find)(name);
        let compressed = (self.find)(&format!("{name}.gz"));
        let (asset, coding) = match (plain, compressed) {
            (_, Some(compressed)) if accepts_gzip(headers) => (compressed, Some("gzip")),
            (Some(plain), _) => (plain, None),
            // A client without gzip, and the bundle has nothing else: it gets what there is.
            (None, Some(compressed)) => (compressed, Some("gzip")),
            (None, None) => return None,
        };
        let tag = format!(
            "\"{}\"",
            data_encoding::HEXLOWER.encode(&asset.digest[..16])
        );
        let fresh = headers
            .get_all(header::IF_NONE_MATCH)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .any(|known| known.trim().trim_start_matches("W/") == tag);
        let caching = if hashed(name) {
            "public, max-age=31536000, immutable"
        } else {
            "no-cache"
        };
        let mut response = Response::builder().content_type(content_type).finish();
        let lines: [(HeaderName, &str); 4] = [
            (header::CACHE_CONTROL, caching),
            (header::CONTENT_SECURITY_POLICY, POLICY),
            (header::VARY, "accept-encoding"),
            (header::ETAG, &tag),
        ];
        for (name, value) in lines {
            response
                .headers_mut()
                .insert(name, HeaderValue::from_str(value).ok()?);
        }
        if fresh {
            response.set_status(StatusCode::NOT_MODIFIED);
            return Some(response);
        }
        if let Some(coding) = coding {
            response
                .headers_mut()
                .insert(header::CONTENT_ENCODING, HeaderValue::from_static(coding));
        }
        response.set_body(match asset.bytes {
            Cow::Borrowed(bytes) => Body::from(bytes),
            Cow::Owned(bytes) => Body::from(bytes),
        });
        Some(response)
    }
}

/// The kinds of file that the bundle may hold; nothing else is served from it.
fn content_type(name: &str) -> Option<&'static str> {
    Some(match name.rsplit_once('.')?.1 {
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "ttf" => "font/ttf",
        "txt" => "text/plain; charset=utf-8",
        _ => return None,
    })
}

/// Says whether the bundler put a hash of the content in the name, as in `codicon-37A3DWZT.ttf`.
fn hashed(name: &str) -> bool {
    name.rsplit_once('.')
        .and_then(|(stem, _)| stem.rsplit_once('-'))
        .is_some_and(|(_, hash)| {
            hash.len() == 8
                && hash
                    .bytes()
                    .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
        })
}

fn accepts_gzip(headers: &HeaderMap) -> bool {
    headers
        .get_all(header::ACCEPT_ENCODING)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(|coding| weighted(coding.trim()))
        .any(|(coding, weight)| weight > 0.0 && coding.eq_ignore_ascii_case("gzip"))
}

#[cfg(test)]
mod tests;
