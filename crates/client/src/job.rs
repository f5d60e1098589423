//! An operation cut where threads may change: see the crate's documentation.

use crate::{Error, Storage};

type Save<T> = Box<dyn FnOnce(&dyn Storage) -> Result<T, Error> + Send>;

/// The last part: writes the storage on the caller's thread and gives the result.
pub struct Finish<T>(Save<T>);

/// The middle part: network and cryptography without storage; may run on any thread.
pub struct Job<T> {
    run: Box<dyn FnOnce() -> Finish<T> + Send>,
    instant: bool,
}

impl<T: Send + 'static> Finish<T> {
    pub(crate) fn new(save: impl FnOnce(&dyn Storage) -> Result<T, Error> + Send + 'static) -> Self {
        Self(Box::new(save))
    }

    /// Writes what is to be stored; errors of the middle part come out here too.
    pub fn save(self, storage: &dyn Storage) -> Result<T, Error> {
        (self.0)(storage)
    }

    fn map<U: Send + 'static>(self, change: impl FnOnce(T) -> U + Send + 'static) -> Finish<U> {
        Finish::new(move |storage| self.save(storage).map(change))
    }
}

impl<T: Send + 'static> Job<T> {
    pub(crate) fn new(run: impl FnOnce() -> Finish<T> + Send + 'static) -> Self {
        Self { run: Box::new(run), instant: false }
    }

    /// A job that stores nothing.
    pub(crate) fn reading(run: impl FnOnce() -> Result<T, Error> + Send + 'static) -> Self {
        Self::new(move || {
            let result = run();
            Finish::new(move |_| result)
        })
    }

    /// A job that is already done.
    pub(crate) fn done(value: T) -> Self {
        Self { instant: true, ..Self::reading(move || Ok(value)) }
    }

    /// Whether [`Self::run`] does no network, so that it need not be moved to another thread.
    pub fn is_instant(&self) -> bool {
        self.instant
    }

    /// Does the part that may block.
    pub fn run(self) -> Finish<T> {
        (self.run)()
    }

    /// Runs and saves at once.
    pub fn complete(self, storage: &dyn Storage) -> Result<T, Error> {
        self.run().save(storage)
    }

    /// Changes the result.
    #[must_use]
    pub fn map<U: Send + 'static>(self, change: impl FnOnce(T) -> U + Send + 'static) -> Job<U> {
        Job { instant: self.instant, ..Job::new(move || self.run().map(change)) }
    }
}
