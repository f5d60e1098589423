//! Runs JavaScript of tenants (docs/adr/0017-scripts.md): a function of a script is called with JSON and gives back JSON, or says why
//! not. It knows nothing of HTTP or a database.
//!
//! Every run has an engine of its own, with nothing in it but the language, `console`, which writes nowhere, and `fetch`, which the
//! host answers. Time, memory, stack, results and calls of `fetch` are bounded ([`Limits`]); so are the threads and those that wait
//! for one ([`Pool`]).

mod engine;
mod failure;
mod fetch;
mod pool;
mod realm;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

pub use failure::Failure;
pub use fetch::{Fetch, FetchAnswer, FetchRequest, FetchResponse};
pub use pool::{Pool, PoolSize};

/// What a run may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// From the call of [`Pool::run`] to its answer, the wait for a thread and every `fetch` included.
    pub wall_clock: Duration,
    /// Bytes of the engine with everything in it.
    pub memory: usize,
    /// Bytes of the stack of the engine.
    pub stack: usize,
    /// Bytes of JSON that a function may return.
    pub result: usize,
    /// Calls of `fetch`.
    pub fetches: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { wall_clock: Duration::from_secs(5), memory: 64 << 20, stack: 512 << 10, result: 50 << 10, fetches: 10 }
    }
}

/// A call of a function.
#[derive(Debug, Clone)]
pub struct Run {
    /// Whose script it is: nobody fills the queue alone.
    pub owner: &'static str,
    pub source: Arc<str>,
    /// The name of the function.
    pub function: &'static str,
    /// Its only argument.
    pub argument: Value,
    /// Whether the argument has a member `api` with a function `denyAccess`.
    pub can_deny: bool,
}
