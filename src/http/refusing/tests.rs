//! One click, and nothing but a click.

use std::sync::atomic::Ordering;

use poem::http::{Method, StatusCode};

use super::super::{
    Settings,
    tests::{Reply, Service, service},
};

async fn send(service: &Service, method: Method, link: &str, body: &str) -> Reply {
    let request = poem::Request::builder()
        .method(method)
        .uri(format!("/mail/refuse/{link}").parse().unwrap())
        .header("content-type", "application/x-www-form-urlencoded")
        // From whatever page, as a mail program without cookies does.
        .header("origin", "https://elsewhere.example")
        .header("sec-fetch-site", "cross-site")
        .body(body.to_owned());
    service.call(request).await
}

#[tokio::test]
async fn one_click_refuses_and_looking_does_not() {
    let service = service(&Settings::default());
    let refused = || service.probe.refused.load(Ordering::SeqCst);
    for method in [Method::GET, Method::HEAD] {
        let page = send(&service, method, "whole", "").await;
        assert_eq!((page.status, refused()), (StatusCode::OK, 0));
        assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
        assert_eq!(page.header("referrer-policy"), "no-referrer");
        assert_eq!(page.header("cache-control"), "no-store");
    }
    // As RFC 8058 has it, and as the page's button does it.
    let done = send(
        &service,
        Method::POST,
        "whole",
        "List-Unsubscribe=One-Click",
    )
    .await;
    assert_eq!((done.status, refused()), (StatusCode::OK, 1));
    assert_eq!(done.header("set-cookie"), "");
    let again = send(
        &service,
        Method::POST,
        "whole",
        "List-Unsubscribe=One-Click",
    )
    .await;
    assert_eq!((again.body, refused()), (done.body, 2));
}

#[tokio::test]
async fn a_link_that_is_not_whole_does_nothing_and_shows_nothing_of_itself() {
    let service = service(&Settings::default());
    for link in ["broken", "who%3Cscript%3E", "%00", &"x".repeat(3_000)] {
        for method in [Method::GET, Method::POST] {
            let page = send(&service, method, link, "List-Unsubscribe=One-Click").await;
            assert_eq!(page.status, StatusCode::NOT_FOUND);
            assert!(!page.body.contains("script") && !page.body.contains("xxx"));
        }
    }
    for method in [Method::PUT, Method::DELETE, Method::OPTIONS] {
        let refused = send(&service, method, "whole", "").await;
        assert_eq!(refused.status, StatusCode::METHOD_NOT_ALLOWED);
    }
    assert_eq!(service.probe.refused.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn no_other_page_can_show_the_button_or_have_it_clicked() {
    let service = service(&Settings::default());
    let page = send(&service, Method::GET, "whole", "").await;
    assert_eq!(page.header("x-frame-options"), "DENY");
    let policy = page.header("content-security-policy");
    assert!(policy.contains("frame-ancestors 'none'") && policy.contains("form-action 'self'"));
}
