//! What is kept, and what is not when keeping fails.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
};

use object_store::aws::AmazonS3Builder;
use poem::{
    Endpoint, Request, Response, Server,
    http::StatusCode,
    listener::{Acceptor, Listener, TcpListener},
};

use super::made::{jpeg, rewritten};
use super::red;
use crate::domain::photo::FileName;
use crate::pictures::{
    Size,
    shelf::{Failure, Shelf},
};

fn name(of: u8) -> FileName {
    FileName::from_bytes([of; 16])
}

fn files(folder: &std::path::Path) -> usize {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .map(|entry| match entry.file_type() {
            Ok(kind) if kind.is_dir() => files(&entry.path()),
            _ => 1,
        })
        .sum()
}

#[tokio::test]
async fn what_is_put_is_got_until_it_is_removed() {
    let folder = tempfile::tempdir().unwrap();
    let shelf = Shelf::folder(&folder.path().join("a/b")).unwrap();
    let picture = rewritten(jpeg(&red(300, 200))).await.unwrap();
    shelf.put(&name(1), &picture).await.unwrap();
    shelf.put(&name(2), &picture).await.unwrap();
    for size in Size::ALL {
        let file = shelf.get(&name(1), size).await.unwrap().unwrap();
        assert_eq!(file, picture.file(size));
        assert!(shelf.get(&name(3), size).await.unwrap().is_none());
    }
    shelf.remove(&name(1)).await.unwrap();
    for size in Size::ALL {
        assert!(shelf.get(&name(1), size).await.unwrap().is_none());
        assert!(shelf.get(&name(2), size).await.unwrap().is_some());
    }
    assert_eq!(files(folder.path()), 3);
    // Once more is no failure.
    shelf.remove(&name(1)).await.unwrap();
}

#[tokio::test]
async fn the_folder_is_for_its_owners_eyes() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("photos");
    Shelf::folder(&path).unwrap();
    let mode = std::fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o700);
}

#[tokio::test]
async fn what_cannot_be_kept_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let shelf = Shelf::folder(folder.path()).unwrap();
    let picture = rewritten(jpeg(&red(300, 200))).await.unwrap();
    // A folder in the place of the last of the three files.
    let in_the_way = folder
        .path()
        .join("01")
        .join(format!("{}-large.jpg", "01".repeat(15)));
    std::fs::create_dir_all(in_the_way.join("x")).unwrap();
    let failure = shelf.put(&name(1), &picture).await.unwrap_err();
    assert!(matches!(failure, Failure::Failed(_)));
    assert_eq!(files(folder.path()), 0);
    // No folder at all, where there can be none.
    let file = folder.path().join("file");
    std::fs::write(&file, b"").unwrap();
    assert!(matches!(
        Shelf::folder(&file.join("photos")),
        Err(Failure::Unusable(_))
    ));
}

/// As much of S3 as is spoken: objects are put, got and removed by path, and what is refused is refused.
#[derive(Clone, Default)]
struct Bucket {
    objects: Arc<Mutex<HashMap<String, Vec<u8>>>>,
    full: Arc<AtomicBool>,
}

impl Endpoint for Bucket {
    type Output = Response;

    async fn call(&self, mut request: Request) -> poem::Result<Response> {
        let path = request.uri().path().to_owned();
        let signed = request
            .header("authorization")
            .unwrap_or_default()
            .to_owned();
        assert!(
            signed.starts_with("AWS4-HMAC-SHA256 Credential=key/"),
            "{signed}"
        );
        let body = request.take_body().into_vec().await?;
        let mut objects = self.objects.lock().unwrap();
        let answer = |status: u16, body: Vec<u8>| {
            let status = StatusCode::from_u16(status).unwrap();
            Response::builder()
                .status(status)
                .header("etag", "\"x\"")
                .header("last-modified", "Mon, 15 Jun 2026 12:00:00 GMT")
                .body(body)
        };
        Ok(match request.method().as_str() {
            "PUT" if self.full.load(Ordering::SeqCst) && path.ends_with("large.jpg") => {
                answer(403, b"<Error><Code>QuotaExceeded</Code></Error>".to_vec())
            }
            "PUT" => {
                objects.insert(path, body);
                answer(200, Vec::new())
            }
            "GET" => match objects.get(&path) {
                Some(object) => answer(200, object.clone()),
                None => answer(404, b"<Error><Code>NoSuchKey</Code></Error>".to_vec()),
            },
            "DELETE" => {
                objects.remove(&path);
                answer(204, Vec::new())
            }
            other => panic!("{other}"),
        })
    }
}

#[tokio::test]
async fn a_store_that_speaks_s3_keeps_what_a_folder_keeps() {
    let bucket = Bucket::default();
    let listener = TcpListener::bind("127.0.0.1:0");
    let acceptor = listener.into_acceptor().await.unwrap();
    let address = acceptor.local_addr().remove(0);
    let port = address.as_socket_addr().unwrap().port();
    tokio::spawn(Server::new_with_acceptor(acceptor).run(bucket.clone()));
    let client = AmazonS3Builder::new()
        .with_endpoint(format!("http://127.0.0.1:{port}"))
        .with_allow_http(true)
        .with_region("somewhere")
        .with_access_key_id("key")
        .with_secret_access_key("secret");
    let shelf = Shelf::in_bucket(client, "letters", "live/photos").unwrap();
    let picture = rewritten(jpeg(&red(300, 200))).await.unwrap();
    shelf.put(&name(1), &picture).await.unwrap();
    for size in Size::ALL {
        let file = shelf.get(&name(1), size).await.unwrap().unwrap();
        assert_eq!(file, picture.file(size));
        assert!(shelf.get(&name(2), size).await.unwrap().is_none());
    }
    let names: Vec<String> = bucket.objects.lock().unwrap().keys().cloned().collect();
    assert_eq!(names.len(), 3);
    let all_within = |name: &String| name.starts_with("/letters/live/photos/01/");
    assert!(names.iter().all(all_within), "{names:?}");
    // What it does not take as a whole, it keeps nothing of.
    bucket.full.store(true, Ordering::SeqCst);
    let failure = shelf.put(&name(2), &picture).await.unwrap_err();
    assert!(matches!(failure, Failure::Failed(_)));
    assert_eq!(bucket.objects.lock().unwrap().len(), 3);
    shelf.remove(&name(1)).await.unwrap();
    shelf.remove(&name(1)).await.unwrap();
    assert!(bucket.objects.lock().unwrap().is_empty());
}
