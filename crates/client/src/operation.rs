//! Operations in parts that may run on different threads: see the crate's documentation.

use kernel::id;

use crate::{Error, Storage};

type SaveFn<T> = Box<dyn FnOnce(&dyn Storage) -> Result<T, Error> + Send>;

/// The last part of an operation: writes the storage on the caller's thread and returns the result.
pub struct PendingSave<T>(SaveFn<T>);

/// An operation whose storage has been read. What follows, network and cryptography, may run on any thread.
pub struct Operation<T> {
    run: Box<dyn FnOnce() -> PendingSave<T> + Send>,
    needs_no_io: bool,
    lock_key: Option<String>,
}

impl<T: Send + 'static> PendingSave<T> {
    pub(crate) fn new(save: impl FnOnce(&dyn Storage) -> Result<T, Error> + Send + 'static) -> Self {
        Self(Box::new(save))
    }

    /// Writes what is to be stored; errors of the middle part come out here too.
    pub fn save(self, storage: &dyn Storage) -> Result<T, Error> {
        (self.0)(storage)
    }

    fn map<U: Send + 'static>(self, change: impl FnOnce(T) -> U + Send + 'static) -> PendingSave<U> {
        PendingSave::new(move |storage| self.save(storage).map(change))
    }
}

impl<T: Send + 'static> Operation<T> {
    pub(crate) fn new(run: impl FnOnce() -> PendingSave<T> + Send + 'static) -> Self {
        Self { run: Box::new(run), needs_no_io: false, lock_key: None }
    }

    /// An operation that stores nothing.
    pub(crate) fn reading(run: impl FnOnce() -> Result<T, Error> + Send + 'static) -> Self {
        Self::new(move || {
            let result = run();
            PendingSave::new(move |_| result)
        })
    }

    /// An operation that is already done.
    pub(crate) fn ready(value: T) -> Self {
        Self { needs_no_io: true, ..Self::reading(move || Ok(value)) }
    }

    /// Whether [`Self::run`] does no network, so that it need not be moved to another thread.
    pub fn needs_no_io(&self) -> bool {
        self.needs_no_io
    }

    /// Processes that share the storage should let only one run at a time of the operations with one key, from the reading of
    /// the storage to its writing. It is made of the refresh token that the operation may use up; `None` when it uses none.
    pub fn lock_key(&self) -> Option<&str> {
        self.lock_key.as_deref()
    }

    /// Names the refresh token that this operation may use up.
    pub(crate) fn using(self, refresh_token: Option<&str>) -> Self {
        Self { lock_key: refresh_token.map(id::token_digest), ..self }
    }

    /// Does the part that may block.
    pub fn run(self) -> PendingSave<T> {
        (self.run)()
    }

    /// Runs and saves at once.
    pub fn run_blocking(self, storage: &dyn Storage) -> Result<T, Error> {
        self.run().save(storage)
    }

    /// Changes the result.
    #[must_use]
    pub fn map<U: Send + 'static>(self, change: impl FnOnce(T) -> U + Send + 'static) -> Operation<U> {
        let (needs_no_io, lock_key) = (self.needs_no_io, self.lock_key.clone());
        Operation { needs_no_io, lock_key, ..Operation::new(move || self.run().map(change)) }
    }
}
