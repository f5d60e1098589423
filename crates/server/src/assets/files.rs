//! Where the files are: a directory or a bucket.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use axum::body::Bytes;
use tokio::sync::Semaphore;

use super::directory::Directory;
use super::picture::Picture;
use super::s3::S3;

/// Files that are read at the same time; further ones wait.
const MAX_READS: usize = 16;
/// Files that are kept in memory: a picture on a busy page is read once.
const MAX_CACHED_BYTES: usize = 32 << 20;

/// The storage, with what was read from it last.
pub(crate) struct Files {
    place: Place,
    reads: Semaphore,
    cache: Mutex<Cache>,
    /// Where others can read the bucket, without a slash at its end.
    public_url: Option<String>,
}

pub(crate) enum Place {
    Directory(Directory),
    S3(S3),
}

#[derive(Default)]
struct Cache {
    files: HashMap<String, Bytes>,
    bytes: usize,
}

impl Files {
    pub fn new(place: Place, public_url: Option<String>) -> Self {
        Self { place, reads: Semaphore::new(MAX_READS), cache: Mutex::default(), public_url }
    }

    /// The address of a file: in the bucket, if others can read that, or of our own route.
    pub fn url(&self, endpoint: &str, key: &str) -> String {
        match &self.public_url {
            Some(base) => format!("{base}/{key}"),
            None => format!("{endpoint}{}/{key}", super::serving::PATH),
        }
    }

    /// Stores a file. It is there, completely, once this returns.
    ///
    /// # Errors
    /// Why it was not stored, for the log.
    pub async fn write(&self, key: &str, picture: &Picture) -> Result<(), String> {
        match &self.place {
            Place::Directory(directory) => {
                let (key, bytes) = (key.to_owned(), picture.bytes.clone());
                in_directory(directory, move |directory| directory.write(&key, &bytes)).await
            }
            Place::S3(bucket) => bucket.write(key, picture.bytes.clone(), picture.format).await,
        }
    }

    /// Reads a file; none if there is none.
    ///
    /// # Errors
    /// Why it was not read, for the log.
    pub async fn read(&self, key: &str) -> Result<Option<Bytes>, String> {
        if let Some(known) = self.cached(key) {
            return Ok(Some(known));
        }
        let _turn = self.reads.acquire().await.map_err(|error| error.to_string())?;
        if let Some(known) = self.cached(key) {
            return Ok(Some(known));
        }
        let found = match &self.place {
            Place::Directory(directory) => {
                let key = key.to_owned();
                in_directory(directory, move |directory| directory.read(&key)).await?.map(Bytes::from)
            }
            Place::S3(bucket) => bucket.read(key).await?,
        };
        if let Some(bytes) = &found {
            self.lock().insert(key, bytes);
        }
        Ok(found)
    }

    /// Removes a file, if there is one.
    ///
    /// # Errors
    /// Why it was not removed, for the log.
    pub async fn remove(&self, key: &str) -> Result<(), String> {
        self.lock().remove(key);
        match &self.place {
            Place::Directory(directory) => {
                let key = key.to_owned();
                in_directory(directory, move |directory| directory.remove(&key)).await
            }
            Place::S3(bucket) => bucket.remove(key).await,
        }
    }

    fn cached(&self, key: &str) -> Option<Bytes> {
        self.lock().files.get(key).cloned()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Cache> {
        self.cache.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Cache {
    fn insert(&mut self, key: &str, bytes: &Bytes) {
        if self.bytes + bytes.len() > MAX_CACHED_BYTES {
            *self = Self::default();
        }
        self.bytes += bytes.len();
        if let Some(old) = self.files.insert(key.to_owned(), bytes.clone()) {
            self.bytes -= old.len();
        }
    }

    fn remove(&mut self, key: &str) {
        if let Some(old) = self.files.remove(key) {
            self.bytes -= old.len();
        }
    }
}

async fn in_directory<T: Send + 'static>(
    directory: &Directory,
    work: impl FnOnce(&Directory) -> std::io::Result<T> + Send + 'static,
) -> Result<T, String> {
    let directory = directory.clone();
    let done = tokio::task::spawn_blocking(move || work(&directory)).await;
    done.map_err(|error| error.to_string())?.map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn g1_the_memory_of_what_was_read_is_bounded() {
        let mut cache = Cache::default();
        let file = Bytes::from(vec![0; 1 << 20]);
        for n in 0..100 {
            cache.insert(&n.to_string(), &file);
            cache.insert(&n.to_string(), &file);
            assert!(cache.bytes <= MAX_CACHED_BYTES && cache.bytes == cache.files.len() << 20, "{n}");
        }
        cache.remove("99");
        assert!(!cache.files.contains_key("99") && cache.bytes == cache.files.len() << 20);
    }
}
