//! Load: a number of connections, each with one request at a time, for a time.

use std::time::{Duration, Instant};

use crate::Failure;

/// What a load measured.
#[derive(Debug, Clone, Copy)]
pub struct Measured {
    /// Finished units per second.
    pub rate: f64,
    /// Milliseconds.
    pub p50: f64,
    /// Milliseconds.
    pub p99: f64,
}

/// Runs `worker` on each connection until the deadline it is given; it returns the duration of each unit.
pub async fn run<F, W>(connections: usize, seconds: f64, worker: W) -> Result<Measured, Failure>
where
    W: Fn(usize, Instant) -> F,
    F: Future<Output = Result<Vec<Duration>, Failure>> + Send + 'static,
{
    let start = Instant::now();
    let deadline = start + Duration::from_secs_f64(seconds);
    let workers: Vec<_> = (0..connections).map(|n| tokio::spawn(worker(n, deadline))).collect();
    let mut times = Vec::new();
    for worker in workers {
        times.extend(worker.await??);
    }
    let elapsed = start.elapsed().as_secs_f64();
    if times.is_empty() {
        return Err("the load finished no unit".into());
    }
    times.sort();
    let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize].as_secs_f64() * 1000.0;
    Ok(Measured { rate: times.len() as f64 / elapsed, p50: at(0.5), p99: at(0.99) })
}

/// The median by rate of several rounds, and the spread of their rates in percent.
pub fn median(mut rounds: Vec<Measured>) -> Option<(Measured, f64)> {
    rounds.sort_by(|a, b| a.rate.total_cmp(&b.rate));
    let (low, high) = (rounds.first()?.rate, rounds.last()?.rate);
    let middle = *rounds.get(rounds.len() / 2)?;
    Some((middle, (high - low) / middle.rate * 100.0))
}
