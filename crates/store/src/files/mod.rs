//! Files (photos, papers) through `object_store`: a folder by default, S3 when it grows. Written before the row that names
//! them: a crash leaves an unused file, never a row without its file.

mod bucket;

pub use bucket::Bucket;

use crate::Error;
use futures_util::{Stream, TryStreamExt};
use object_store::{
    GetOptions, GetRange, ObjectStore, ObjectStoreExt, PutPayload, local::LocalFileSystem, path::Path as Key,
};
use std::{ops::Range, path::Path, pin::Pin, sync::Arc};

/// A file as it is read, piece by piece.
pub type Pieces = Pin<Box<dyn Stream<Item = Result<Vec<u8>, Error>> + Send>>;

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

    /// A bucket of an S3 service, for several nodes (X1). Asks nothing yet: [`Self::probe`] does. Errors: an address that is none.
    pub fn bucket(bucket: &Bucket) -> Result<Self, Error> {
        Ok(Self { inner: bucket.open()? })
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

    /// A part of a file, piece by piece: for what is too large to be held in memory. `None` when there is no such file.
    pub async fn part(&self, key: &str, part: Range<u64>) -> Result<Option<Pieces>, Error> {
        let asked = GetOptions { range: Some(GetRange::Bounded(part)), ..GetOptions::default() };
        match self.inner.get_opts(&Key::from(key), asked).await {
            Ok(found) => Ok(Some(Box::pin(found.into_stream().map_ok(|piece| piece.to_vec()).map_err(Error::from)))),
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

    /// Writes, reads and deletes a file: what keeps them is there and lets us. Errors: what does not work.
    pub async fn probe(&self, name: &str) -> Result<(), Error> {
        let (key, bytes) = (format!("probe/{name}"), name.as_bytes().to_vec());
        self.put(&key, bytes.clone()).await?;
        let read = self.get(&key).await;
        self.delete(&key).await?;
        if read? == Some(bytes) { Ok(()) } else { Err(Error::Other("what was written is not what is read".into())) }
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;
    use std::time::{Duration, UNIX_EPOCH};

    #[tokio::test]
    async fn r1_a_part_of_a_file_is_read_alone() {
        let folder = tempfile::tempdir().unwrap();
        for files in [Files::folder(folder.path()).unwrap(), Files::memory()] {
            files.put("videos/a", (0..100).collect()).await.unwrap();
            let part: Vec<Vec<u8>> =
                files.part("videos/a", 10..20).await.unwrap().unwrap().try_collect().await.unwrap();
            assert_eq!(part.concat(), (10..20).collect::<Vec<u8>>());
            assert!(files.part("videos/b", 0..1).await.unwrap().is_none());
        }
    }

    #[tokio::test]
    async fn x17_a_sweep_takes_the_old_of_its_folder_alone() {
        let folder = tempfile::tempdir().unwrap();
        let files = Files::folder(folder.path()).unwrap();
        let all = ["uploads/old", "uploads/a/old", "uploads/new", "uploads-too/old", "reports/old"];
        for key in all {
            files.put(key, vec![1]).await.unwrap();
            let hour = if key.ends_with("new") { 2 } else { 1 };
            let file = std::fs::File::options().write(true).open(folder.path().join(key)).unwrap();
            file.set_modified(UNIX_EPOCH + Duration::from_secs(hour * 3_600)).unwrap();
        }
        files.sweep("uploads", 2 * 3_600_000).await.unwrap();
        let mut left = Vec::new();
        for key in all {
            if files.get(key).await.unwrap().is_some() {
                left.push(key);
            }
        }
        assert_eq!(left, ["uploads/new", "uploads-too/old", "reports/old"]);
    }
}
