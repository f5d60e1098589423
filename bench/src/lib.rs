//! Load and crash programs: what they share. `loggia-bench` prints the performance table, `loggia-crash` kills the server
//! under load and checks what is left.

pub mod flows;
pub mod http;
pub mod ledger;
pub mod load;
pub mod machine;
pub mod scenarios;
pub mod server;
pub mod table;

use std::time::{Duration, Instant};

/// Anything that stops a program.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Repeats `unit` until the deadline and returns how long each took.
///
/// # Errors
/// The first failure of `unit`.
pub async fn timed(
    deadline: Instant,
    mut unit: impl AsyncFnMut() -> Result<(), Failure>,
) -> Result<Vec<Duration>, Failure> {
    let mut times = Vec::new();
    while Instant::now() < deadline {
        let began = Instant::now();
        unit().await?;
        times.push(began.elapsed());
    }
    Ok(times)
}

/// What to measure.
pub struct Plan {
    pub binary: std::path::PathBuf,
    pub db_url: String,
    pub seconds: f64,
    pub rounds: usize,
    pub users: usize,
    pub port: u16,
    /// Measure only figures whose name contains one of these; empty means all.
    pub only: Vec<String>,
}

impl Plan {
    /// Whether a figure is to be measured.
    pub fn wants(&self, figure: &str) -> bool {
        let figure = figure.to_lowercase();
        self.only.is_empty() || self.only.iter().any(|word| figure.contains(word.as_str()))
    }
}
