//! What a script's `fetch` asks its host for.

use std::sync::Arc;
use std::sync::mpsc::Sender;
use std::time::Instant;

use serde::{Deserialize, Serialize};

/// A request of a script. Nothing in it was checked.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct FetchRequest {
    pub url: String,
    pub method: String,
    pub headers: Vec<(String, String)>,
    pub body: Option<String>,
    /// When the run ends.
    #[serde(skip, default = "Instant::now")]
    pub deadline: Instant,
}

/// The answer that a script sees.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FetchResponse {
    pub status: u16,
    /// Where it came from.
    pub url: String,
    pub headers: Vec<(String, String)>,
    pub body: String,
}

/// Begins a request and answers it later, on any thread.
pub type Fetch = Arc<dyn Fn(FetchRequest, FetchAnswer) + Send + Sync>;

/// The number of a request in its run, with its outcome.
pub(crate) type Settled = (u32, Result<FetchResponse, String>);

/// Where the answer of one request goes. Dropped, the script waits until its time is over.
#[derive(Debug)]
pub struct FetchAnswer {
    pub(crate) number: u32,
    pub(crate) settled: Sender<Settled>,
}

impl FetchAnswer {
    /// Gives the script a response, or the text of an error.
    pub fn send(self, outcome: Result<FetchResponse, String>) {
        // A run that has ended needs none.
        let _ = self.settled.send((self.number, outcome));
    }
}
