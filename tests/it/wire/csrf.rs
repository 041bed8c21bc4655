//! Other sites: what a page elsewhere can make a browser send, and what comes of it.

use libtest_mimic::Trial;
use reqwest::{Method, RequestBuilder};
use serde_json::json;

use crate::support::{app::TestApp, backend::Backends, client::Client, trials};

pub(crate) fn trials(backends: &Backends) -> Vec<Trial> {
    trials!(
        backends;
        a_mutation_takes_effect_from_the_own_origin_alone,
        a_query_with_a_cookie_by_get_needs_a_header_that_no_page_elsewhere_sends,
        a_preflight_of_a_foreign_page_is_told_nothing,
        no_answer_lets_another_site_read_it,
    )
}

const MUTATION: &str = "mutation { setVisibility(input: {entries: [{field: CITY, audience: PUBLIC}]}) { userErrors { code } } }";
const BACK: &str = "mutation { setVisibility(input: {entries: [{field: CITY, audience: PENPALS}]}) { userErrors { code } } }";

fn mutation(client: &Client) -> RequestBuilder {
    client
        .request(Method::POST, "/graphql")
        .json(&json!({ "query": MUTATION }))
}

async fn a_mutation_takes_effect_from_the_own_origin_alone(app: TestApp) {
    let ana = app.visitor();
    ana.sign_up("Ana", "1990-01-01").await;
    let own = app.base.clone();
    let port = own.rsplit(':').next().unwrap().to_owned();
    let (https, other_port, localhost, within, longer) = (
        format!("https://127.0.0.1:{port}"),
        "http://127.0.0.1:1".to_owned(),
        format!("http://localhost:{port}"),
        format!("http://evil.example/{own}"),
        format!("{own}.evil.example"),
    );
    let matrix: Vec<(Option<&str>, Option<&str>, bool)> = vec![
        (None, None, true),
        (Some(&own), None, true),
        (Some(&own), Some("same-origin"), true),
        (None, Some("none"), true),
        (None, Some("same-origin"), true),
        // Without a public address the scheme is not known: a proxy may speak TLS.
        (Some(&https), Some("same-origin"), true),
        (Some(&own), Some("cross-site"), false),
        (Some(&own), Some("same-site"), false),
        (None, Some("cross-site"), false),
        (None, Some("same-site"), false),
        (None, Some("nonsense"), false),
        (Some("null"), None, false),
        (Some("null"), Some("same-origin"), false),
        (Some(""), None, false),
        (Some("https://evil.example"), None, false),
        (Some("https://evil.example"), Some("cross-site"), false),
        (Some("https://evil.example"), Some("same-origin"), false),
        (Some("https://evil.example"), Some("none"), false),
        (Some(&other_port), None, false),
        (Some(&localhost), None, false),
        (Some(&within), None, false),
        (Some(&longer), None, false),
    ];
    let public = "SELECT COUNT(*) AS n FROM standings WHERE substr(audiences, 7, 1) = '4'";
    for (origin, site, allowed) in matrix {
        assert_eq!(app.db_sql(public).await, Some(0));
        let mut request = mutation(&ana);
        if let Some(origin) = origin {
            request = request.header("origin", origin);
        }
        if let Some(site) = site {
            request = request.header("sec-fetch-site", site);
        }
        let reply = ana.send(request).await;
        let done = app.db_sql(public).await == Some(1);
        assert_eq!(
            done, allowed,
            "Origin {origin:?}, Sec-Fetch-Site {site:?}: {}",
            reply.text
        );
        assert_eq!(
            reply.status,
            if allowed { 200 } else { 403 },
            "{origin:?} {site:?}"
        );
        if !allowed {
            assert_eq!(reply.codes(), ["FORBIDDEN"]);
            assert!(!reply.headers.contains_key("set-cookie"));
        }
        ana.query(BACK).await;
    }
    // Two headers where one belongs are no way around.
    let twice = mutation(&ana)
        .header("origin", &own)
        .header("origin", "https://evil.example");
    assert_eq!(ana.send(twice).await.status, 403);
    let hidden = mutation(&ana)
        .header("origin", "https://evil.example")
        .header("x-forwarded-host", "evil.example")
        .header("authorization", "");
    assert_ne!(ana.send(hidden).await.status, 500);
}

async fn a_query_with_a_cookie_by_get_needs_a_header_that_no_page_elsewhere_sends(app: TestApp) {
    let ana = app.visitor();
    ana.sign_up("Ana", "1990-01-01").await;
    let address = "/graphql?query=%7Bme%7Bmember%7BdisplayName%7D%7D%7D";
    let bare = ana.send(ana.request(Method::GET, address)).await;
    assert_eq!(
        (bare.status.as_u16(), bare.codes()),
        (403, vec!["FORBIDDEN".to_owned()])
    );
    for header in [
        "graphql-require-preflight",
        "apollo-require-preflight",
        "x-apollo-operation-name",
    ] {
        let reply = ana
            .send(ana.request(Method::GET, address).header(header, "1"))
            .await;
        assert_eq!(reply.at("/me/member/displayName"), "Ana", "{header}");
    }
    let visitor = app.visitor();
    let reply = visitor.send(visitor.request(Method::GET, address)).await;
    assert_eq!(reply.at("/me"), json!(null));
    let (bearer, _) = app.visitor().sign_in_for_bearer("ana@example.org").await;
    let reply = bearer.send(bearer.request(Method::GET, address)).await;
    assert_eq!(
        reply.at("/me/member/displayName"),
        "Ana",
        "a bearer token is sent by no browser of itself"
    );
}

async fn a_preflight_of_a_foreign_page_is_told_nothing(app: TestApp) {
    let visitor = app.visitor();
    let request = visitor
        .request(Method::OPTIONS, "/graphql")
        .header("origin", "https://evil.example")
        .header("access-control-request-method", "POST")
        .header("access-control-request-headers", "content-type");
    let reply = visitor.send(request).await;
    for name in reply.headers.keys() {
        assert!(!name.as_str().starts_with("access-control-"), "{name}");
    }
}

async fn no_answer_lets_another_site_read_it(app: TestApp) {
    let visitor = app.visitor();
    for origin in ["https://evil.example", "null", app.base.as_str()] {
        for path in ["/graphql", "/graphiql", "/health/live", "/"] {
            let request = visitor.request(Method::GET, path).header("origin", origin);
            let reply = visitor.send(request).await;
            assert!(
                !reply.headers.contains_key("access-control-allow-origin"),
                "{path} to {origin}"
            );
            assert!(
                !reply
                    .headers
                    .contains_key("access-control-allow-credentials"),
                "{path} to {origin}"
            );
        }
    }
}
