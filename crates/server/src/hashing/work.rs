//! Counts the work of this thread, so that tests can compare it without measuring time.

use std::cell::Cell;

thread_local!(static DONE: Cell<u64> = const { Cell::new(0) });

/// Adds KiB times passes.
pub fn count(amount: u64) {
    DONE.set(DONE.get() + amount);
}

/// The work since the last call.
pub fn taken() -> u64 {
    DONE.replace(0)
}
