//! The clock that everything in this module goes by, so that a test can move it with the clock of its server.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, LazyLock};

use kernel::Clock;
use pyo3::pyfunction;

static AHEAD: LazyLock<Arc<AtomicI64>> = LazyLock::new(Arc::default);

/// The machine's clock, unless a test has moved it.
pub(crate) fn module_clock() -> Clock {
    Clock::ahead(AHEAD.clone())
}

/// Lets this process go by a clock that is ahead of the machine's, for tests of what expires; 0 ends it.
#[pyfunction]
pub(crate) fn set_time_ahead(milliseconds: i64) {
    AHEAD.store(milliseconds, Ordering::SeqCst);
}
