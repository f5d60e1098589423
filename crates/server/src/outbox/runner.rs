//! Delivers what is due, until the server stops.

use std::collections::{BTreeMap, HashMap};
use std::future::Future;
use std::time::Duration;

use db::DbError;
use tokio::task::{Id, JoinError, JoinSet};

use super::delivery::{self, Delivery};
use super::{DELIVERY_TIMEOUT, MAX_ATTEMPTS};
use crate::App;

/// How often the outbox is looked at for rows of other nodes and for further attempts.
const POLL_INTERVAL: Duration = Duration::from_secs(5);
/// Attempts that run at the same time.
const MAX_RUNNING: usize = 64;
/// Those of them for one subscriber: one that is slow or dead delays no other.
const MAX_PER_SUBSCRIBER: usize = 4;

/// Runs until `stop` completes; then no further delivery begins, and those under way end.
pub(crate) async fn run(app: App, stop: impl Future<Output = ()>) {
    tokio::pin!(stop);
    let mut runner = Runner::new(app.clone());
    loop {
        if let Err(error) = runner.start_all_due().await {
            tracing::warn!(%error, "the outbox can't be read; it is tried again");
        }
        let wait = async {
            let _ = tokio::time::timeout(POLL_INTERVAL, app.outbox.committed.notified()).await;
        };
        tokio::select! {
            biased;
            () = &mut stop => break,
            () = runner.attempt_ends() => {}
            () = wait => {}
        }
    }
    // What is under way has its own time limit.
    while !runner.attempts.is_empty() {
        runner.attempt_ends().await;
    }
}

/// Attempts for all that is due, and waits for them. Returns how many there were.
///
/// # Errors
/// A failure of the database before anything was attempted.
pub async fn deliver_due(app: &App) -> Result<usize, DbError> {
    let mut runner = Runner::new(app.clone());
    let mut count = 0;
    loop {
        count += runner.start_all_due().await?;
        if runner.attempts.is_empty() {
            return Ok(count);
        }
        runner.attempt_ends().await;
    }
}

/// The attempts of one process that are under way.
struct Runner {
    app: App,
    attempts: JoinSet<()>,
    /// By task: the subscriber it delivers to.
    subscribers: HashMap<Id, String>,
}

impl Runner {
    fn new(app: App) -> Self {
        Self { app, attempts: JoinSet::new(), subscribers: HashMap::new() }
    }

    /// Begins attempts until nothing is due that there is room for. Returns how many.
    async fn start_all_due(&mut self) -> Result<usize, DbError> {
        let mut count = 0;
        loop {
            match self.start_due().await? {
                0 => return Ok(count),
                started => count += started,
            }
        }
    }

    async fn start_due(&mut self) -> Result<usize, DbError> {
        let mut running: BTreeMap<String, usize> = BTreeMap::new();
        for subscriber in self.subscribers.values() {
            *running.entry(subscriber.clone()).or_default() += 1;
        }
        let room = MAX_RUNNING.saturating_sub(self.attempts.len());
        if room == 0 {
            return Ok(0);
        }
        let busy: Vec<String> =
            running.iter().filter(|(_, count)| **count >= MAX_PER_SUBSCRIBER).map(|(name, _)| name.clone()).collect();
        let mut chosen = Vec::new();
        for due in delivery::find_due(&self.app.db, self.app.clock.now(), busy).await? {
            let count = running.entry(due.subscriber).or_default();
            if *count < MAX_PER_SUBSCRIBER && chosen.len() < room {
                *count += 1;
                chosen.push(due.id);
            }
        }
        if chosen.is_empty() {
            return Ok(0);
        }
        let leased = delivery::lease(&self.app.db, self.app.clock.now(), chosen).await?;
        let count = leased.len();
        for delivery in leased {
            let subscriber = delivery.subscriber.clone();
            let task = self.attempts.spawn(attempt(self.app.clone(), delivery));
            self.subscribers.insert(task.id(), subscriber);
        }
        Ok(count)
    }

    /// Waits until one attempt has ended; for ever if there is none.
    async fn attempt_ends(&mut self) {
        let ended = match self.attempts.join_next_with_id().await {
            Some(ended) => ended.map_or_else(|error: JoinError| error.id(), |(id, ())| id),
            None => std::future::pending().await,
        };
        self.subscribers.remove(&ended);
    }
}

async fn attempt(app: App, delivery: Delivery) {
    let settled = match app.outbox.deliver_to(&app, &delivery) {
        // Another node, newer or older than this one, may know the subscriber.
        None => delivery.retry(&app.db, app.clock.now(), &app.rng).await.map(drop),
        Some(attempted) => match deliver_once(attempted).await {
            Ok(()) => delivery.delete(&app.db).await,
            Err(reason) => fail(&app, &delivery, &reason).await,
        },
    };
    if let Err(error) = settled {
        // The lease runs out, and the delivery is made again.
        tracing::warn!(%error, id = delivery.id, "the outcome of a delivery could not be stored");
    }
}

async fn deliver_once(delivery: impl Future<Output = Result<(), String>> + Send + 'static) -> Result<(), String> {
    // A task of its own: a panic in a subscriber must not end the runner.
    let task = tokio::spawn(tokio::time::timeout(DELIVERY_TIMEOUT, delivery));
    match task.await {
        Ok(Ok(outcome)) => outcome,
        Ok(Err(_)) => Err(format!("not done within {} s", DELIVERY_TIMEOUT.as_secs())),
        Err(_) => Err("the subscriber failed unexpectedly".into()),
    }
}

async fn fail(app: &App, delivery: &Delivery, reason: &str) -> Result<(), DbError> {
    let again = delivery.retry(&app.db, app.clock.now(), &app.rng).await?;
    let Delivery { id, event, subscriber, attempt, .. } = delivery;
    match again {
        true => tracing::info!(id, event, subscriber, attempt, reason, "a delivery failed and will be tried again"),
        false => tracing::warn!(id, event, subscriber, reason, "a delivery was given up after {MAX_ATTEMPTS} attempts"),
    }
    Ok(())
}
