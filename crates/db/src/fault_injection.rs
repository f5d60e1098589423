//! Injects failures, for tests: after a given number of statements every further one fails, as if the process had been
//! killed there (attack G7).

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use crate::DbError;

const UNLIMITED: i64 = i64::MAX;

/// Counts the statements of a [`crate::Db`] that was opened with it. Production opens none with one.
#[derive(Debug, Clone)]
pub struct FaultInjector(Arc<AtomicI64>);

impl Default for FaultInjector {
    fn default() -> Self {
        Self(Arc::new(AtomicI64::new(UNLIMITED)))
    }
}

impl FaultInjector {
    /// Allows `statements` more statements to run; those after them fail until [`FaultInjector::repair`].
    pub fn break_after(&self, statements: u32) {
        self.0.store(statements.into(), Ordering::SeqCst);
    }

    /// Allows all statements again. Returns whether any had failed.
    pub fn repair(&self) -> bool {
        self.0.swap(UNLIMITED, Ordering::SeqCst) < 0
    }

    /// How many more statements may run; negative once some have failed.
    pub fn left(&self) -> i64 {
        self.0.load(Ordering::SeqCst)
    }

    pub(crate) fn pass(&self) -> Result<(), DbError> {
        match self.0.fetch_sub(1, Ordering::SeqCst) {
            left if left > 0 => Ok(()),
            _ => Err(DbError::Unavailable("failed on purpose, by the fault injector".into())),
        }
    }
}
