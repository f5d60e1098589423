//! Reads that may look at many rows, such as searches: few at the same time, and each for a limited time.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rusqlite::InterruptHandle;
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::timeout;

use crate::DbError;

/// Who may scan now.
pub(crate) struct ScanSlots {
    slots: Semaphore,
    wait: Duration,
}

impl ScanSlots {
    /// Half of the database's threads may scan, but no more than four; a caller waits for its turn for `wait` at most.
    pub(crate) fn new(threads: usize, wait: Duration) -> Self {
        Self { slots: Semaphore::new((threads / 2).clamp(1, 4)), wait }
    }

    /// # Errors
    /// [`DbError::Busy`] when others scan all the time.
    pub(crate) async fn acquire(&self) -> Result<SemaphorePermit<'_>, DbError> {
        match timeout(self.wait, self.slots.acquire()).await {
            Ok(Ok(permit)) => Ok(permit),
            Ok(Err(_)) | Err(_) => Err(DbError::Busy),
        }
    }
}

/// Interrupts what a connection to SQLite does too long.
pub(crate) struct ScanTimer {
    handle: InterruptHandle,
    ends_at: Mutex<Option<Instant>>,
}

impl ScanTimer {
    pub(crate) fn new(connection: &rusqlite::Connection) -> Self {
        Self { handle: connection.get_interrupt_handle(), ends_at: Mutex::new(None) }
    }

    /// Runs `work`. After `limit`, if there is one, its statement fails with [`DbError::Busy`].
    pub(crate) fn limit<T>(&self, limit: Option<Duration>, work: impl FnOnce() -> T) -> T {
        let Some(limit) = limit else { return work() };
        *self.lock() = Instant::now().checked_add(limit);
        let done = work();
        // Under the lock, so that the next unit is not interrupted in its place.
        *self.lock() = None;
        done
    }

    /// Interrupts the running statement if its time is over. Called again and again.
    pub(crate) fn check(&self) {
        let ends_at = self.lock();
        if ends_at.is_some_and(|ends_at| ends_at <= Instant::now()) {
            self.handle.interrupt();
        }
    }

    fn lock(&self) -> MutexGuard<'_, Option<Instant>> {
        self.ends_at.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
