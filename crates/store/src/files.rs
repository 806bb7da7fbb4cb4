//! Files (photos, papers) through `object_store`: a folder by default, S3 when it grows. Written before the row that names
//! them: a crash leaves an unused file, never a row without its file.

use crate::Error;
use futures_util::TryStreamExt;
use object_store::{ObjectStore, ObjectStoreExt, PutPayload, local::LocalFileSystem, path::Path as Key};
use std::{path::Path, sync::Arc};

#[derive(Clone)]
pub struct Files {
    inner: Arc<dyn ObjectStore>,
}

impl Files {
    /// A folder, made when missing. Every file is on disk (fsync) before `put` answers.
    pub fn folder(path: &Path) -> Result<Self, Error> {
        std::fs::create_dir_all(path).map_err(|e| Error::Other(format!("cannot make the folder for files: {e}")))?;
        let fs = LocalFileSystem::new_with_prefix(path)?.with_fsync(true);
        Ok(Self { inner: Arc::new(fs) })
    }

    /// Kept in memory; for tests.
    pub fn memory() -> Self {
        Self { inner: Arc::new(object_store::memory::InMemory::new()) }
    }

    /// `key` is made by us (`reports/<id>/<photo>-1600.jpg`), never from input.
    pub async fn put(&self, key: &str, bytes: Vec<u8>) -> Result<(), Error> {
        self.inner.put(&Key::from(key), PutPayload::from(bytes)).await?;
        Ok(())
    }

    /// `None` when there is no such file.
    pub async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, Error> {
        match self.inner.get(&Key::from(key)).await {
            Ok(found) => Ok(Some(found.bytes().await?.to_vec())),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(e) => Err(e.into()),
        }
    }

    /// Deleting what is not there is no error.
    pub async fn delete(&self, key: &str) -> Result<(), Error> {
        match self.inner.delete(&Key::from(key)).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(e) => Err(e.into()),
        }
    }

    /// Deletes the files of a folder that nobody has written since `before` (UTC milliseconds): what a crash left behind.
    pub async fn sweep(&self, folder: &str, before: i64) -> Result<(), Error> {
        let mut listed = self.inner.list(Some(&Key::from(folder)));
        while let Some(file) = listed.try_next().await? {
            if file.last_modified.timestamp_millis() < before {
                self.delete(file.location.as_ref()).await?;
            }
        }
        Ok(())
    }
}
