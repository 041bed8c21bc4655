use poem::{EndpointExt, Route, get};

use super::*;

fn bundle(name: &str) -> Option<Asset> {
    let bytes: &'static [u8] = match name {
        "graphiql.js" => b"plain script",
        "graphiql.js.gz" => b"packed script",
        "graphiql.css" => b"style",
        "codicon-37A3DWZT.ttf" => b"font",
        "editor.worker.js.gz" => b"packed worker",
        "secret.json" => b"{}",
        _ => return None,
    };
    Some(Asset {
        bytes: Cow::Borrowed(bytes),
        digest: [bytes.len() as u8; 32],
    })
}

async fn fetch(
    find: Find,
    path: &str,
    headers: &[(&'static str, &str)],
) -> (u16, HeaderMap, String) {
    let routes = Route::new()
        .at("/graphiql", get(Page { demo: true, find }))
        .at("/graphiql/:name", get(Files { find }))
        .boxed();
    let mut request = Request::builder().uri_str(path).finish();
    for (name, value) in headers {
        request.headers_mut().append(*name, value.parse().unwrap());
    }
    let (parts, body) = routes.get_response(request).await.into_parts();
    (
        parts.status.as_u16(),
        parts.headers,
        body.into_string().await.unwrap(),
    )
}

#[tokio::test]
async fn the_page_holds_no_inline_script_and_names_no_other_host() {
    let (status, headers, body) = fetch(bundle, "/graphiql", &[]).await;
    assert_eq!(status, 200);
    assert!(body.contains(r#"data-endpoint="/graphql" data-demo="true""#));
    assert!(!body.contains("http:") && !body.contains("https:") && !body.contains("//"));
    assert_eq!(body.matches("<script").count(), 1);
    assert!(body.contains(r#"src="/graphiql/graphiql.js"></script>"#));
    let policy = headers["content-security-policy"].to_str().unwrap();
    assert!(policy.contains("script-src 'self';") && policy.contains("connect-src 'self';"));
}

#[tokio::test]
async fn without_the_bundle_the_page_says_which_command_brings_it() {
    let (status, _, body) = fetch(|_| None, "/graphiql", &[]).await;
    assert_eq!(status, 503);
    assert!(body.contains("scripts/serve --demo") && body.contains("tools/graphiql/build"));
}

#[tokio::test]
async fn files_are_compressed_for_those_who_take_it_and_cached_by_name() {
    let gzip = ("accept-encoding", "br, gzip;q=0.8");
    let (status, headers, body) = fetch(bundle, "/graphiql/graphiql.js", &[gzip]).await;
    assert_eq!((status, body.as_str()), (200, "packed script"));
    assert_eq!(headers["content-encoding"], "gzip");
    assert_eq!(headers["content-type"], "text/javascript; charset=utf-8");
    assert_eq!(headers["cache-control"], "no-cache");
    let tag = headers["etag"].to_str().unwrap().to_owned();
    for refused in ["identity", "gzip;q=0", ""] {
        let refused = ("accept-encoding", refused);
        let (_, headers, body) = fetch(bundle, "/graphiql/graphiql.js", &[refused]).await;
        assert_eq!(body, "plain script");
        assert!(!headers.contains_key("content-encoding"));
        assert_ne!(headers["etag"], tag.as_str(), "each coding has its own tag");
    }
    let known = format!("\"x\", W/{tag}");
    let (status, _, body) = fetch(
        bundle,
        "/graphiql/graphiql.js",
        &[gzip, ("if-none-match", &known)],
    )
    .await;
    assert_eq!((status, body.as_str()), (304, ""));
    let (_, headers, _) = fetch(bundle, "/graphiql/codicon-37A3DWZT.ttf", &[]).await;
    assert_eq!(
        headers["cache-control"],
        "public, max-age=31536000, immutable"
    );
    let (_, headers, body) = fetch(bundle, "/graphiql/editor.worker.js", &[]).await;
    assert_eq!(
        (body.as_str(), &headers["content-encoding"]),
        ("packed worker", &HeaderValue::from_static("gzip"))
    );
}

#[tokio::test]
async fn nothing_else_is_served_from_the_bundle() {
    for name in [
        "nothing.js",
        "graphiql.js.gz",
        "secret.json",
        "..%2F..%2Fetc%2Fpasswd",
        ".js",
        "%00.js",
    ] {
        let (status, _, _) = fetch(bundle, &format!("/graphiql/{name}"), &[]).await;
        assert_eq!(status, 404, "{name}");
    }
}
