//! Where pictures are kept: a folder, or a store that speaks S3.

use std::{path::Path as Folder, sync::Arc, time::Duration};

use bytes::Bytes;
use object_store::{
    Error, ObjectStore, ObjectStoreExt, PutPayload, aws::AmazonS3Builder, local::LocalFileSystem,
    memory::InMemory, path::Path, prefix::PrefixStore,
};

use super::{Rewritten, Size};
use crate::domain::photo::FileName;

/// How long a file may take to be put, got or removed.
const PATIENCE: Duration = Duration::from_secs(20);

/// Why the shelf could not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// It cannot be set up.
    #[error("the place for photos cannot be used")]
    Unusable(#[source] Error),
    /// A file could not be kept, read or removed. What lies beneath names files by chance names alone.
    #[error("the place for photos failed")]
    Failed(#[source] Error),
    /// It takes too long.
    #[error("the place for photos does not answer")]
    Silent,
}

/// Where a file lies, in folders by the first two digits: some file systems are slow with many in one.
fn path(name: &FileName, size: Size) -> Path {
    let (folder, rest) = name.as_str().split_at(2);
    Path::from(format!("{folder}/{rest}-{}.jpg", size.name()))
}

/// The place. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Shelf(Arc<dyn ObjectStore>);

impl Shelf {
    /// A folder, which is made, for its owner's eyes alone, where it is not there.
    ///
    /// # Errors
    ///
    /// [`Failure::Unusable`].
    pub fn folder(path: &Folder) -> Result<Self, Failure> {
        use std::os::unix::fs::DirBuilderExt;
        let unusable = |source: std::io::Error| {
            Failure::Unusable(Error::Generic {
                store: "folder",
                source: source.into(),
            })
        };
        std::fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(path)
            .map_err(unusable)?;
        let folder = LocalFileSystem::new_with_prefix(path).map_err(Failure::Unusable)?;
        // A photo that its owner was told is kept survives a crash.
        Ok(Self(Arc::new(folder.with_fsync(true))))
    }

    /// What is gone with the process: for tests and for measuring.
    pub fn in_memory() -> Self {
        Self(Arc::new(InMemory::new()))
    }

    /// A bucket, and what the names in it begin with. Keys, region and endpoint come from the environment, as AWS's own
    /// programs read them: `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_REGION`, `AWS_ENDPOINT`, `AWS_ALLOW_HTTP`.
    ///
    /// # Errors
    ///
    /// [`Failure::Unusable`].
    pub fn bucket(name: &str, prefix: &str) -> Result<Self, Failure> {
        Self::in_bucket(AmazonS3Builder::from_env(), name, prefix)
    }

    /// [`Shelf::bucket`], with what else the client is to know.
    pub(super) fn in_bucket(
        client: AmazonS3Builder,
        name: &str,
        prefix: &str,
    ) -> Result<Self, Failure> {
        choose_cryptography();
        let bucket = client
            .with_bucket_name(name)
            // One by one: not every store that speaks S3 removes many at once.
            .with_disable_bulk_delete(true)
            .build()
            .map_err(Failure::Unusable)?;
        Ok(if prefix.is_empty() {
            Self(Arc::new(bucket))
        } else {
            Self(Arc::new(PrefixStore::new(bucket, prefix)))
        })
    }

    /// Keeps all files of a picture, or fails; what was kept before it failed is removed where that is possible, and may
    /// be left behind where it is not.
    ///
    /// # Errors
    ///
    /// [`Failure::Failed`], [`Failure::Silent`].
    pub async fn put(&self, name: &FileName, picture: &Rewritten) -> Result<(), Failure> {
        for size in Size::ALL {
            let file = PutPayload::from(picture.file(size).to_vec());
            let at = path(name, size);
            let kept = patiently(self.0.put(&at, file)).await;
            if let Err(failure) = kept {
                // The failure that is told is the first.
                let _ = self.remove(name).await;
                return Err(failure);
            }
        }
        Ok(())
    }

    /// The file of one size; nothing where there is none.
    ///
    /// # Errors
    ///
    /// [`Failure::Failed`], [`Failure::Silent`].
    pub async fn get(&self, name: &FileName, size: Size) -> Result<Option<Bytes>, Failure> {
        let at = path(name, size);
        let reading = async { self.0.get(&at).await?.bytes().await };
        match patiently(reading).await {
            Ok(bytes) => Ok(Some(bytes)),
            Err(Failure::Failed(Error::NotFound { .. })) => Ok(None),
            Err(failure) => Err(failure),
        }
    }

    /// Removes all files of a picture, those that are there.
    ///
    /// # Errors
    ///
    /// [`Failure::Failed`], [`Failure::Silent`]: some may still be there.
    pub async fn remove(&self, name: &FileName) -> Result<(), Failure> {
        let mut outcome = Ok(());
        for size in Size::ALL {
            match patiently(self.0.delete(&path(name, size))).await {
                Ok(()) | Err(Failure::Failed(Error::NotFound { .. })) => {}
                Err(failure) => outcome = Err(failure),
            }
        }
        outcome
    }
}

/// Chooses `ring` for the whole process, which the client of HTTP asks for before it does anything, even without TLS.
pub fn choose_cryptography() {
    // What was chosen before is this one too.
    let _ = rustls::crypto::ring::default_provider().install_default();
}

async fn patiently<T>(work: impl Future<Output = Result<T, Error>>) -> Result<T, Failure> {
    match tokio::time::timeout(PATIENCE, work).await {
        Ok(done) => done.map_err(Failure::Failed),
        Err(_) => Err(Failure::Silent),
    }
}
