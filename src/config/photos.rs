//! Where photos are kept.

use std::path::PathBuf;

use super::{DatabaseUrl, Fault, Values, beside};

/// Where photos are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PhotosAt {
    /// In a folder.
    Folder(PathBuf),
    /// In a bucket of a store that speaks S3.
    Bucket {
        /// The bucket.
        name: String,
        /// What the names of files begin with; empty for nothing.
        prefix: String,
    },
}

pub(super) fn parse(
    values: &Values<'_>,
    text: Option<&str>,
    url: &DatabaseUrl,
) -> Result<PhotosAt, Fault> {
    let Some(text) = text else {
        return Ok(PhotosAt::Folder(match url {
            DatabaseUrl::Sqlite(path) => beside(path, ".photos"),
            DatabaseUrl::Postgres { .. } => PathBuf::from("data/photos"),
        }));
    };
    let expected = "it must be the path of a folder, or s3://BUCKET or s3://BUCKET/PREFIX";
    values.value("photos", text, expected, |text| {
        let Some(place) = text.strip_prefix("s3://") else {
            let folder = !text.is_empty() && !text.contains("://");
            return folder.then(|| PhotosAt::Folder(text.into()));
        };
        let (name, prefix) = place.split_once('/').unwrap_or((place, ""));
        (!name.is_empty()).then(|| PhotosAt::Bucket {
            name: name.to_owned(),
            prefix: prefix.trim_matches('/').to_owned(),
        })
    })
}
