//! Photos made for the tests, sent and looked at.

use std::{io::Cursor, path::Path};

use bytes::Bytes;
use image::{DynamicImage, ImageFormat, Rgb, RgbImage};
use reqwest::{Method, StatusCode, header::HeaderMap};
use serde_json::{Value, json};

use super::client::{Client, Reply};

/// A picture of one colour.
pub(crate) fn picture(width: u32, height: u32, format: ImageFormat) -> Vec<u8> {
    let image = RgbImage::from_pixel(width, height, Rgb([200, 30, 40]));
    let mut file = Cursor::new(Vec::new());
    DynamicImage::from(image)
        .write_to(&mut file, format)
        .unwrap();
    file.into_inner()
}

/// A small JPEG.
pub(crate) fn jpeg() -> Vec<u8> {
    picture(60, 40, ImageFormat::Jpeg)
}

/// Asks for a ticket; the path to send a photo to.
pub(crate) async fn ticket(client: &Client) -> String {
    let reply = client
        .query("mutation { requestPhotoUpload { upload { path expiresAt longest } userErrors { code } } }")
        .await;
    let path = reply.at("/requestPhotoUpload/upload/path");
    path.as_str()
        .unwrap_or_else(|| panic!("{}", reply.text))
        .to_owned()
}

/// Sends a body to a path.
pub(crate) async fn put(client: &Client, path: &str, body: impl Into<reqwest::Body>) -> Reply {
    let request = client.request(Method::PUT, path).body(body);
    client.send(request).await
}

/// Sends a photo; its id.
pub(crate) async fn send(client: &Client, bytes: Vec<u8>) -> String {
    let path = ticket(client).await;
    let reply = put(client, &path, bytes).await;
    assert_eq!(reply.status, StatusCode::CREATED, "{}", reply.text);
    reply.json()["photo"].as_str().unwrap().to_owned()
}

/// Changes a photo; what is wrong with it.
pub(crate) async fn change(client: &Client, input: Value) -> Vec<String> {
    let document = "mutation($input: UpdatePhotoInput!) { updatePhoto(input: $input) {
        photo { id caption audience album } userErrors { field message code } } }";
    client
        .ask(document, json!({ "input": input }))
        .await
        .user_errors()
}

/// Sends a photo and shows it to an audience; its id.
pub(crate) async fn shown(client: &Client, audience: &str) -> String {
    let photo = send(client, jpeg()).await;
    let wrong = change(client, json!({"photo": photo, "audience": audience})).await;
    assert!(wrong.is_empty(), "{wrong:?}");
    photo
}

/// Makes an album; its id.
pub(crate) async fn album(client: &Client, title: &str, audience: &str) -> String {
    let document = "mutation($input: CreateAlbumInput!) { createAlbum(input: $input) {
        album { id } userErrors { code } } }";
    let input = json!({"title": title, "audience": audience});
    let reply = client.ask(document, json!({ "input": input })).await;
    reply
        .at("/createAlbum/album/id")
        .as_str()
        .unwrap()
        .to_owned()
}

/// The ids of the photos of a member that the viewer is told of, and where each is.
pub(crate) async fn seen(client: &Client, member: &str) -> Vec<(String, String)> {
    let document = "query($id: ID!) { member(id: $id) { photos(first: 20) {
        edges { node { id address(size: LARGE) } } } } }";
    let reply = client.ask(document, json!({ "id": member })).await;
    let member = reply.at("/member");
    let edges = member
        .pointer("/photos/edges")
        .cloned()
        .unwrap_or(json!([]));
    edges
        .as_array()
        .unwrap()
        .iter()
        .map(|edge| {
            let text = |name: &str| edge["node"][name].as_str().unwrap().to_owned();
            (text("id"), text("address"))
        })
        .collect()
}

/// What is at an address.
#[derive(Debug)]
pub(crate) struct Look {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) bytes: Bytes,
}

impl Look {
    /// All of it that somebody could compare with another answer: but for the time of day.
    pub(crate) fn all(mut self) -> (StatusCode, String, Bytes) {
        self.headers.remove("date");
        (self.status, format!("{:?}", self.headers), self.bytes)
    }
}

/// Looks at an address.
pub(crate) async fn look(client: &Client, path: &str) -> Look {
    let response = client.request(Method::GET, path).send().await.unwrap();
    Look {
        status: response.status(),
        headers: response.headers().clone(),
        bytes: response.bytes().await.unwrap(),
    }
}

/// How many files lie in a folder and those in it.
pub(crate) fn files(folder: &Path) -> usize {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .map(|entry| match entry.file_type() {
            Ok(kind) if kind.is_dir() => files(&entry.path()),
            _ => 1,
        })
        .sum()
}
