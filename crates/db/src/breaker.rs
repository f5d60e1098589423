//! Failing on purpose, for tests: after a number of statements every further one fails, as if the process had been
//! killed there (attack G7).

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use crate::DbError;

const WHOLE: i64 = i64::MAX;

/// Counts the statements of a [`crate::Db`] that was opened with it. In production there is none.
#[derive(Debug, Clone)]
pub struct Breaker(Arc<AtomicI64>);

impl Default for Breaker {
    fn default() -> Self {
        Self(Arc::new(AtomicI64::new(WHOLE)))
    }
}

impl Breaker {
    /// Lets `statements` more run, and none after them until [`Breaker::mend`].
    pub fn break_after(&self, statements: u32) {
        self.0.store(statements.into(), Ordering::SeqCst);
    }

    /// Lets all run again; tells whether any was refused.
    pub fn mend(&self) -> bool {
        self.0.swap(WHOLE, Ordering::SeqCst) < 0
    }

    /// How many more may run.
    pub fn left(&self) -> i64 {
        self.0.load(Ordering::SeqCst)
    }

    pub(crate) fn pass(&self) -> Result<(), DbError> {
        match self.0.fetch_sub(1, Ordering::SeqCst) {
            left if left > 0 => Ok(()),
            _ => Err(DbError::Unavailable("broken on purpose".into())),
        }
    }
}
