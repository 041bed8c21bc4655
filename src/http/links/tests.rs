//! Looking does nothing, and the button does it.

use poem::http::{Method, StatusCode};

use super::super::{
    Settings,
    tests::{Reply, Service, service},
};

const CONFIRM: &str = "confirm/whole-confirm";
const RESET: &str = "reset/whole-reset";

async fn send(service: &Service, method: Method, link: &str, body: &str) -> Reply {
    let request = poem::Request::builder()
        .method(method)
        .uri(format!("/mail/{link}").parse().unwrap())
        .header("content-type", "application/x-www-form-urlencoded")
        .header("origin", "https://elsewhere.example")
        .header("sec-fetch-site", "cross-site")
        .body(body.to_owned());
    service.call(request).await
}

fn followed(service: &Service) -> Vec<String> {
    service.probe.followed.lock().unwrap().clone()
}

#[tokio::test]
async fn looking_follows_nothing_and_the_button_does() {
    let service = service(&Settings::default());
    for link in [CONFIRM, RESET] {
        for method in [Method::GET, Method::HEAD] {
            let page = send(&service, method, link, "password=x").await;
            assert_eq!(page.status, StatusCode::OK);
            assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
            assert_eq!(page.header("referrer-policy"), "no-referrer");
            assert_eq!(page.header("cache-control"), "no-store");
            assert_eq!(page.header("set-cookie"), "");
        }
    }
    assert!(followed(&service).is_empty());
    for (link, body) in [
        (CONFIRM, ""),
        (
            RESET,
            "other=1&password=eight+owls%2C+%26+%C3%A9&password=second",
        ),
        (RESET, ""),
    ] {
        let done = send(&service, Method::POST, link, body).await;
        assert_eq!(done.status, StatusCode::OK);
        assert!(done.body.contains("Done"), "{}", done.body);
    }
    assert_eq!(followed(&service), ["", "eight owls, & \u{e9}", ""]);
}

#[tokio::test]
async fn what_came_of_it_is_said_and_the_password_is_not() {
    let service = service(&Settings::default());
    for (password, status, words) in [
        ("used", StatusCode::GONE, "not good any more"),
        (
            "short",
            StatusCode::UNPROCESSABLE_ENTITY,
            "at least 8 characters",
        ),
        ("busy", StatusCode::SERVICE_UNAVAILABLE, "try again"),
        ("broken", StatusCode::SERVICE_UNAVAILABLE, "try again"),
    ] {
        let page = send(
            &service,
            Method::POST,
            RESET,
            &format!("password={password}"),
        )
        .await;
        assert_eq!(page.status, status);
        assert!(page.body.contains(words), "{}", page.body);
        assert!(
            !page.body.contains(&format!("{password}\"")),
            "{}",
            page.body
        );
    }
    let long = format!("password={}", "x".repeat(9_000));
    let page = send(&service, Method::POST, RESET, &long).await;
    assert_eq!(page.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(followed(&service).len(), 4);
    let page = send(&service, Method::PUT, RESET, "").await;
    assert_eq!(page.status, StatusCode::METHOD_NOT_ALLOWED);
}

#[tokio::test]
async fn a_link_of_another_kind_or_none_does_nothing_and_shows_nothing_of_itself() {
    let service = service(&Settings::default());
    for link in [
        "confirm/whole-reset",
        "reset/whole-confirm",
        "reset/who%3Cscript%3E",
        "reset/%00",
    ] {
        for method in [Method::GET, Method::POST] {
            let page = send(&service, method, link, "password=x").await;
            assert_eq!(page.status, StatusCode::NOT_FOUND, "{link}");
            assert!(!page.body.contains("script"), "{}", page.body);
        }
    }
    assert!(followed(&service).is_empty());
}
