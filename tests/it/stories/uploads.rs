//! Photos on their way in: tickets, bodies that are not what they should be, and places that fail.

use std::time::Duration;

use chrono::TimeDelta;
use image::ImageFormat;
use letterlock::{http, store::photos::MOST_PHOTOS};
use libtest_mimic::Trial;
use reqwest::{Method, StatusCode};
use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::support::{
    app::TestApp,
    backend::Backends,
    client::Client,
    penpals::people,
    photos::{files, jpeg, look, picture, put, seen, send, ticket},
    trials,
};

pub(crate) fn trials(backends: &Backends) -> Vec<Trial> {
    trials!(
        backends;
        a_ticket_is_used_once_whatever_comes_of_it,
        a_ticket_is_its_members_alone_and_for_ten_minutes,
        what_is_no_photo_is_refused_and_leaves_nothing,
        a_body_is_as_long_as_it_may_be_and_not_a_byte_longer,
        a_body_that_breaks_off_or_lies_about_its_length_leaves_nothing,
        a_body_that_does_not_come_is_not_waited_for,
        where_photos_cannot_be_kept_nothing_is_half_kept,
        files_of_which_no_photo_knows_are_removed_after_a_while,
        what_a_camera_says_beside_the_picture_is_not_kept,
        pages_of_other_sites_neither_send_nor_show,
        there_is_an_end_to_how_many_one_has,
        another_photo_waits_until_the_first_is_there,
    )
}

async fn nothing_is_kept(app: &TestApp) {
    assert_eq!(app.db_count("photos").await, 0);
    assert_eq!(app.db_count("photo_files").await, 0);
    assert_eq!(files(app.photos.path()), 0);
}

async fn a_ticket_is_used_once_whatever_comes_of_it(app: TestApp) {
    let ([ana], _) = people(&app).await;
    let path = ticket(&ana).await;
    assert_eq!(put(&ana, &path, jpeg()).await.status, StatusCode::CREATED);
    let again = put(&ana, &path, jpeg()).await;
    assert_eq!(again.status, StatusCode::NOT_FOUND);
    assert_eq!(again.codes(), ["BAD_USER_INPUT"]);
    assert_eq!(app.db_count("photos").await, 1);
    let path = ticket(&ana).await;
    let refused = put(&ana, &path, "no picture").await;
    assert_eq!(refused.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    assert_eq!(put(&ana, &path, jpeg()).await.text, again.text);
    // Of two at once, one has it; the other finds a photo on its way, or the ticket gone.
    let path = ticket(&ana).await;
    let (one, two) = tokio::join!(put(&ana, &path, jpeg()), put(&ana, &path, jpeg()));
    let kept = [one, two].map(|it| it.status == StatusCode::CREATED);
    assert_eq!(kept.into_iter().filter(|it| *it).count(), 1);
    assert_eq!(app.db_count("photos").await, 2);
    // The database does not hold what opens the door.
    let path = ticket(&ana).await;
    let secret = path.rsplit('/').next().unwrap();
    assert!(!app.db_text().await.contains(secret));
}

async fn a_ticket_is_its_members_alone_and_for_ten_minutes(app: TestApp) {
    let ([ana, ben], _) = people(&app).await;
    let path = ticket(&ana).await;
    let not_theirs = put(&ben, &path, jpeg()).await;
    let never = put(
        &ben,
        "/photos/upload/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        jpeg(),
    )
    .await;
    assert_eq!(not_theirs.status, StatusCode::NOT_FOUND);
    assert_eq!(not_theirs.text, never.text);
    assert_eq!(put(&ben, "/photos/upload/x", jpeg()).await.text, never.text);
    let nobody = put(&app.visitor(), &path, jpeg()).await;
    assert_eq!(nobody.status, StatusCode::UNAUTHORIZED);
    assert_eq!(nobody.codes(), ["UNAUTHENTICATED"]);
    let stale = put(&app.visitor().with_bearer("stale"), &path, jpeg()).await;
    assert_eq!(stale.status, StatusCode::UNAUTHORIZED);
    // None of which used it.
    app.clock.advance(TimeDelta::minutes(9));
    assert_eq!(put(&ana, &path, jpeg()).await.status, StatusCode::CREATED);
    let late = ticket(&ana).await;
    app.clock.advance(TimeDelta::minutes(10));
    assert_eq!(put(&ana, &late, jpeg()).await.text, never.text);
    letterlock::jobs::forget(&app.services).await.unwrap();
    assert_eq!(app.db_count("photo_tickets").await, 0);
}

async fn what_is_no_photo_is_refused_and_leaves_nothing(app: TestApp) {
    let ([ana], _) = people(&app).await;
    let whole = jpeg();
    let svg = b"<svg xmlns=\"http://www.w3.org/2000/svg\" onload=\"alert(1)\"/>".to_vec();
    let mut bomb = picture(8, 8, ImageFormat::Png);
    // What the header says of its width and height; its checksum is not looked at before.
    bomb[16..24].copy_from_slice(&[0, 0, 0xea, 0x60, 0, 0, 0xea, 0x60]);
    let unsupported = StatusCode::UNSUPPORTED_MEDIA_TYPE;
    for (body, status) in [
        (Vec::new(), unsupported),
        (svg, unsupported),
        (
            b"<!doctype html><script>alert(1)</script>".to_vec(),
            unsupported,
        ),
        (b"GIF89a\x01\0\x01\0\0\0\0;".to_vec(), unsupported),
        (
            whole[..whole.len() - 2].to_vec(),
            StatusCode::UNPROCESSABLE_ENTITY,
        ),
        (whole[..40].to_vec(), StatusCode::UNPROCESSABLE_ENTITY),
    ] {
        let path = ticket(&ana).await;
        let request = ana
            .request(Method::PUT, &path)
            .header("content-type", "image/jpeg");
        let reply = ana.send(request.body(body)).await;
        assert_eq!(reply.status, status, "{}", reply.text);
        assert_eq!(reply.codes(), ["BAD_USER_INPUT"]);
    }
    let path = ticket(&ana).await;
    let reply = put(&ana, &path, bomb).await;
    assert!(reply.status.is_client_error(), "{}", reply.text);
    nothing_is_kept(&app).await;
    // What is announced decides nothing, either way.
    let path = ticket(&ana).await;
    let request = ana
        .request(Method::PUT, &path)
        .header("content-type", "text/html");
    let reply = ana
        .send(request.body(picture(9, 9, ImageFormat::WebP)))
        .await;
    assert_eq!(reply.status, StatusCode::CREATED, "{}", reply.text);
}

/// The server may hang up before the client is done, which is then told nothing.
async fn refused(request: reqwest::RequestBuilder) {
    if let Ok(response) = request.send().await {
        assert_eq!(response.status(), StatusCode::PAYLOAD_TOO_LARGE);
        assert!(response.text().await.unwrap().contains("LIMIT_EXCEEDED"));
    }
}

async fn a_body_is_as_long_as_it_may_be_and_not_a_byte_longer(app: TestApp) {
    let ([ana], _) = people(&app).await;
    const LONGEST: usize = 10 << 20;
    let mut long = jpeg();
    long.resize(LONGEST + 1, 0);
    let path = ticket(&ana).await;
    refused(ana.request(Method::PUT, &path).body(long.clone())).await;
    nothing_is_kept(&app).await;
    // It was refused for its announcement, and cost nothing.
    long.truncate(LONGEST);
    let kept = put(&ana, &path, long.clone()).await;
    assert_eq!(kept.status, StatusCode::CREATED, "{}", kept.text);
    // What is not announced is counted as it comes.
    long.push(0);
    let path = ticket(&ana).await;
    let pieces: Vec<_> = long.chunks(1 << 16).map(<[u8]>::to_vec).collect();
    let stream = futures_util::stream::iter(pieces.into_iter().map(Ok::<_, std::io::Error>));
    let request = ana
        .request(Method::PUT, &path)
        .body(reqwest::Body::wrap_stream(stream));
    refused(request).await;
    assert_eq!(app.db_count("photos").await, 1);
}

/// Sends the head of a request and a body by hand, and hears what is said, if anything.
async fn by_hand(
    app: &TestApp,
    client: &Client,
    path: &str,
    announced: usize,
    body: &[u8],
    hang_up: bool,
) -> String {
    let host = app.base.strip_prefix("http://").unwrap();
    let cookie = client.cookie("__Host-letterlock-session").unwrap();
    let mut stream = TcpStream::connect(host).await.unwrap();
    let head = format!(
        "PUT {path} HTTP/1.1\r\nHost: {host}\r\nCookie: __Host-letterlock-session={cookie}\r\n\
         Content-Length: {announced}\r\nConnection: close\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(body).await.unwrap();
    if hang_up {
        stream.shutdown().await.unwrap();
    }
    let mut said = Vec::new();
    let hearing = stream.read_to_end(&mut said);
    let _ = tokio::time::timeout(Duration::from_secs(20), hearing).await;
    String::from_utf8_lossy(&said).into_owned()
}

async fn a_body_that_breaks_off_or_lies_about_its_length_leaves_nothing(app: TestApp) {
    let ([ana], _) = people(&app).await;
    let body = jpeg();
    let path = ticket(&ana).await;
    let said = by_hand(&app, &ana, &path, body.len() + 1, &body, true).await;
    assert!(!said.contains(" 201 "), "{said}");
    let path = ticket(&ana).await;
    let said = by_hand(&app, &ana, &path, body.len() - 10, &body, true).await;
    assert!(said.starts_with("HTTP/1.1 422 "), "{said}");
    let path = ticket(&ana).await;
    let said = by_hand(&app, &ana, &path, usize::MAX, &body, true).await;
    assert!(!said.contains(" 201 "), "{said}");
    nothing_is_kept(&app).await;
    // Nor is its sender kept from sending another.
    send(&ana, jpeg()).await;
}

async fn a_body_that_does_not_come_is_not_waited_for(app: TestApp) {
    let settings = http::Settings {
        photo_patience: Duration::from_millis(300),
        ..http::Settings::default()
    };
    let hasty = TestApp::start_with(app.backend, app.address.clone(), settings).await;
    let ([ana], _) = people(&hasty).await;
    let path = ticket(&ana).await;
    let body = jpeg();
    let said = by_hand(&hasty, &ana, &path, body.len(), &body[..100], false).await;
    assert!(said.starts_with("HTTP/1.1 408 "), "{said}");
    nothing_is_kept(&hasty).await;
    send(&ana, jpeg()).await;
}

async fn where_photos_cannot_be_kept_nothing_is_half_kept(app: TestApp) {
    let ([ana], [ana_id]) = people(&app).await;
    let photo = send(&ana, jpeg()).await;
    let (_, address) = seen(&ana, &ana_id).await.remove(0);
    // A file in the place of the folder: nothing can be put there, as on a full disk.
    let (folder, aside) = (
        app.photos.path().to_owned(),
        app.photos.path().with_extension("aside"),
    );
    std::fs::rename(&folder, &aside).unwrap();
    std::fs::write(&folder, b"").unwrap();
    let path = ticket(&ana).await;
    let reply = put(&ana, &path, jpeg()).await;
    assert_eq!(
        reply.status,
        StatusCode::SERVICE_UNAVAILABLE,
        "{}",
        reply.text
    );
    assert_eq!(reply.codes(), ["INTERNAL_SERVER_ERROR"]);
    let json = reply.json();
    assert!(json["errors"][0]["extensions"]["reference"].is_string());
    let said = reply.text.to_lowercase();
    assert!(
        !said.contains("directory") && !said.contains("/tmp"),
        "{said}"
    );
    assert_eq!(app.db_count("photos").await, 1);
    // What is there already cannot be shown, and is not said to be gone.
    let looked = look(&ana, &address).await;
    assert!(matches!(
        looked.status,
        StatusCode::SERVICE_UNAVAILABLE | StatusCode::NOT_FOUND
    ));
    // A photo that is deleted meanwhile is gone for everybody; its files go when they can.
    let delete = "mutation($id: ID!) { deletePhoto(input: {photo: $id}) { deleted } }";
    let reply = ana.ask(delete, json!({ "id": photo })).await;
    assert_eq!(reply.at("/deletePhoto/deleted"), json!(photo));
    std::fs::remove_file(&folder).unwrap();
    std::fs::rename(&aside, &folder).unwrap();
    assert_eq!(look(&ana, &address).await.status, StatusCode::NOT_FOUND);
    app.clock.advance(TimeDelta::minutes(11));
    letterlock::jobs::forget(&app.services).await.unwrap();
    nothing_is_kept(&app).await;
    send(&ana, jpeg()).await;
}

async fn files_of_which_no_photo_knows_are_removed_after_a_while(app: TestApp) {
    let ([ana], _) = people(&app).await;
    send(&ana, jpeg()).await;
    // As a server leaves it that dies between the files and the row.
    app.db_sql("UPDATE photo_files SET photo_id = NULL").await;
    app.db_sql("DELETE FROM photos").await;
    app.clock.advance(TimeDelta::minutes(9));
    letterlock::jobs::forget(&app.services).await.unwrap();
    assert_eq!(files(app.photos.path()), 3, "it may be under way still");
    let photo = send(&ana, jpeg()).await;
    app.clock.advance(TimeDelta::minutes(1));
    letterlock::jobs::forget(&app.services).await.unwrap();
    assert_eq!(files(app.photos.path()), 3);
    assert_eq!(app.db_count("photo_files").await, 1);
    let me = ana.whoami().await.unwrap();
    let (id, address) = seen(&ana, &me).await.remove(0);
    assert_eq!(id, photo);
    assert_eq!(look(&ana, &address).await.status, StatusCode::OK);
}

/// From the camera to whoever looks, through every size that is kept.
async fn what_a_camera_says_beside_the_picture_is_not_kept(app: TestApp) {
    const CANARY: &[u8] = b"52.3731N 4.8922E";
    let ([ana], [ana_id]) = people(&app).await;
    let plain = jpeg();
    let said = [b"Exif\0\0", CANARY].concat();
    let length = u16::try_from(said.len() + 2).unwrap().to_be_bytes();
    let told = [
        &plain[..2],
        &[0xff, 0xe1],
        &length,
        &said,
        &plain[2..],
        CANARY,
    ]
    .concat();
    send(&ana, told).await;
    let holds = |bytes: &[u8]| bytes.windows(CANARY.len()).any(|part| part == CANARY);
    let (_, large) = seen(&ana, &ana_id).await.remove(0);
    for size in ["small", "medium", "large"] {
        let looked = look(&ana, &large.replace("large", size)).await;
        assert_eq!(looked.status, StatusCode::OK);
        assert!(!holds(&looked.bytes), "{size}");
    }
    let mut kept = 0;
    let mut folders = vec![app.photos.path().to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                kept += 1;
                assert!(!holds(&std::fs::read(path).unwrap()));
            }
        }
    }
    assert_eq!(kept, 3);
}

async fn pages_of_other_sites_neither_send_nor_show(app: TestApp) {
    let ([ana], [ana_id]) = people(&app).await;
    send(&ana, jpeg()).await;
    let (_, address) = seen(&ana, &ana_id).await.remove(0);
    let path = ticket(&ana).await;
    for (name, value) in [
        ("origin", "https://elsewhere.example"),
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
        ("origin", "null"),
    ] {
        let sending = ana
            .request(Method::PUT, &path)
            .header(name, value)
            .body(jpeg());
        let showing = ana.request(Method::GET, &address).header(name, value);
        for request in [sending, showing] {
            let reply = ana.send(request).await;
            assert_eq!(reply.status, StatusCode::FORBIDDEN, "{name}: {value}");
            assert_eq!(reply.codes(), ["FORBIDDEN"]);
        }
    }
    // As a page of one's own does it.
    let request = ana
        .request(Method::GET, &address)
        .header("sec-fetch-site", "same-origin");
    let own = request.send().await.unwrap();
    assert_eq!(own.status(), StatusCode::OK);
    // And nothing else is done there.
    for (method, at, allowed) in [
        (Method::GET, &path, "PUT, OPTIONS"),
        (Method::POST, &path, "PUT, OPTIONS"),
        (Method::PUT, &address, "GET, HEAD, OPTIONS"),
        (Method::DELETE, &address, "GET, HEAD, OPTIONS"),
    ] {
        let reply = ana.send(ana.request(method, at)).await;
        assert_eq!(reply.status, StatusCode::METHOD_NOT_ALLOWED);
        assert_eq!(reply.headers["allow"], allowed);
    }
    assert_eq!(put(&ana, &path, jpeg()).await.status, StatusCode::CREATED);
}

async fn there_is_an_end_to_how_many_one_has(app: TestApp) {
    let ([ana], _) = people(&app).await;
    let path = ticket(&ana).await;
    let rows: Vec<String> = (1..=MOST_PHOTOS)
        .map(|nth| format!("({nth}, (SELECT min(id) FROM members), NULL, 0, NULL, 1, 1, 0)"))
        .collect();
    app.db_sql(&format!(
        "INSERT INTO photos (id, owner_id, album_id, audience, caption, width, height, created_at) VALUES {}",
        rows.join(", ")
    ))
    .await;
    let reply = put(&ana, &path, jpeg()).await;
    assert_eq!(reply.status, StatusCode::CONFLICT, "{}", reply.text);
    assert_eq!(reply.codes(), ["LIMIT_EXCEEDED"]);
    assert_eq!(files(app.photos.path()), 0);
    assert_eq!(app.db_count("photo_files").await, 0);
    let reply = ana
        .query("mutation { requestPhotoUpload { upload { path } userErrors { code } } }")
        .await;
    assert_eq!(reply.user_errors(), ["TOO_MANY"]);
}

async fn another_photo_waits_until_the_first_is_there(app: TestApp) {
    let ([ana], _) = people(&app).await;
    let (slow, next) = (ticket(&ana).await, ticket(&ana).await);
    let host = app.base.strip_prefix("http://").unwrap();
    let cookie = ana.cookie("__Host-letterlock-session").unwrap();
    let mut stream = TcpStream::connect(host).await.unwrap();
    let head = format!(
        "PUT {slow} HTTP/1.1\r\nHost: {host}\r\nCookie: __Host-letterlock-session={cookie}\r\nContent-Length: 900\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    // Its ticket is taken once the server has begun to read.
    while app.db_count("photo_tickets").await == 2 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let reply = put(&ana, &next, jpeg()).await;
    assert_eq!(
        reply.status,
        StatusCode::SERVICE_UNAVAILABLE,
        "{}",
        reply.text
    );
    assert_eq!(reply.codes(), ["RATE_LIMITED"]);
    assert_eq!(reply.headers["retry-after"], "5");
    drop(stream);
    // The ticket of the second was not used for that.
    for _ in 0..200 {
        let reply = put(&ana, &next, jpeg()).await;
        if reply.status == StatusCode::CREATED {
            return;
        }
        assert_eq!(
            reply.status,
            StatusCode::SERVICE_UNAVAILABLE,
            "{}",
            reply.text
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("the seat was never free again");
}
