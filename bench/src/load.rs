//! Load: concurrent clients with one request at a time each, for a duration.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use tokio::task::JoinHandle;

use crate::BoxError;
use crate::http::{Connection, Request};
use crate::process::Process;

static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// From now on, SIGINT fails the run after every client has finished its request, so that the created data can be removed.
pub fn fail_on_interrupt() {
    tokio::spawn(async {
        if tokio::signal::ctrl_c().await.is_ok() {
            INTERRUPTED.store(true, Ordering::Relaxed);
        }
    });
}

/// Fails after SIGINT.
///
/// # Errors
/// SIGINT was received.
pub fn check_interrupted() -> Result<(), BoxError> {
    if INTERRUPTED.load(Ordering::Relaxed) { Err("interrupted".into()) } else { Ok(()) }
}

/// Waits for all tasks, then returns the first error.
///
/// # Errors
/// The first failure.
pub async fn join<T>(tasks: Vec<JoinHandle<Result<T, BoxError>>>) -> Result<Vec<T>, BoxError> {
    let mut results = Vec::new();
    for task in tasks {
        results.push(task.await.map_err(BoxError::from).flatten());
    }
    results.into_iter().collect()
}

/// The amount of load, and the process whose CPU time is measured.
#[derive(Debug, Clone, Copy)]
pub struct Load {
    pub clients: usize,
    pub seconds: f64,
    pub process: Option<Process>,
}

/// The durations of a client's successful operations, and its number of 503 responses.
#[derive(Debug, Default)]
pub struct ClientResult {
    times: Vec<Duration>,
    refused: usize,
}

/// The result of a load.
#[derive(Debug, Clone, Copy)]
pub struct LoadResult {
    /// Successful operations per second.
    pub rate: f64,
    /// Milliseconds.
    pub p50: f64,
    /// Milliseconds.
    pub p99: f64,
    /// CPU microseconds of the process per successful operation.
    pub cpu: Option<f64>,
    /// Percent of 503 responses.
    pub refused: f64,
}

impl ClientResult {
    /// Records a successful operation.
    pub fn finished(&mut self, time: Duration) {
        self.times.push(time);
    }

    /// Repeats `unit` until the deadline; it returns true for success and false for 503.
    ///
    /// # Errors
    /// The first failure of `unit`.
    pub async fn until(
        deadline: Instant,
        mut unit: impl AsyncFnMut() -> Result<bool, BoxError>,
    ) -> Result<Self, BoxError> {
        let mut done = Self::default();
        while Instant::now() < deadline {
            check_interrupted()?;
            let began = Instant::now();
            if unit().await? {
                done.times.push(began.elapsed());
            } else {
                done.refused += 1;
                // A client waits after a 503.
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }
        Ok(done)
    }
}

/// Runs `worker` for each client until the deadline it is given.
///
/// # Errors
/// The first failure of a worker, or when nothing was finished.
pub async fn run<F, W>(load: Load, worker: W) -> Result<LoadResult, BoxError>
where
    W: Fn(usize, Instant) -> F,
    F: Future<Output = Result<ClientResult, BoxError>> + Send + 'static,
{
    let cpu = load.process.map(Process::cpu_seconds);
    let start = Instant::now();
    let deadline = start + Duration::from_secs_f64(load.seconds);
    let workers = (0..load.clients).map(|n| tokio::spawn(worker(n, deadline))).collect();
    let (mut times, mut refused) = (Vec::new(), 0);
    for done in join(workers).await? {
        times.extend(done.times);
        refused += done.refused;
    }
    let elapsed = start.elapsed().as_secs_f64();
    let cpu = load.process.zip(cpu).map(|(process, before)| process.cpu_seconds() - before);
    if times.is_empty() {
        return Err("the load finished no unit".into());
    }
    times.sort();
    let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize].as_secs_f64() * 1000.0;
    Ok(LoadResult {
        rate: times.len() as f64 / elapsed,
        p50: at(0.5),
        p99: at(0.99),
        cpu: cpu.map(|seconds| seconds * 1e6 / times.len() as f64),
        refused: refused as f64 * 100.0 / (refused + times.len()) as f64,
    })
}

/// Repeats one request, each client on its own connection.
///
/// # Errors
/// As [`run`].
pub async fn repeat(load: Load, authority: &str, request: &Arc<Request>) -> Result<LoadResult, BoxError> {
    let worker = |_, deadline| {
        let (authority, request) = (authority.to_owned(), Arc::clone(request));
        async move {
            let mut connection = Connection::open(&authority).await?;
            ClientResult::until(deadline, async move || connection.repeat(&request).await).await
        }
    };
    run(load, worker).await
}

/// The median of several rounds, and the difference between minimum and maximum in percent of it.
pub fn median(mut values: Vec<f64>) -> Option<(f64, f64)> {
    values.sort_by(f64::total_cmp);
    let (least, most) = (values.first()?, values.last()?);
    let median = *values.get(values.len() / 2)?;
    Some((median, if median == 0.0 { 0.0 } else { (most - least) / median * 100.0 }))
}
