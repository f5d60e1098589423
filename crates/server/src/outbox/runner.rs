//! Delivers what is due, until the server stops.

use std::future::Future;
use std::time::Duration;

use db::DbError;
use tokio::task::JoinSet;

use super::delivery::{self, Delivery};
use super::{DELIVERY_TIMEOUT, MAX_ATTEMPTS};
use crate::App;

/// How often the outbox is looked at for rows of other nodes and for further attempts.
const POLL_INTERVAL: Duration = Duration::from_secs(5);

/// Runs until `stop` completes; then no further delivery begins, and those under way end.
pub(crate) async fn run(app: App, stop: impl Future<Output = ()>) {
    tokio::pin!(stop);
    loop {
        let wait = async {
            let _ = tokio::time::timeout(POLL_INTERVAL, app.outbox.committed.notified()).await;
        };
        tokio::select! {
            biased;
            () = &mut stop => return,
            () = wait => {}
        }
        loop {
            let round = deliver_due(&app);
            tokio::pin!(round);
            let mut stopping = false;
            let delivered = tokio::select! {
                biased;
                delivered = &mut round => delivered,
                // What is under way has its own time limit.
                () = &mut stop => { stopping = true; round.await }
            };
            match delivered {
                _ if stopping => return,
                Ok(0) => break,
                Ok(_) => {}
                Err(error) => {
                    tracing::warn!(%error, "the outbox can't be read; it is tried again");
                    break;
                }
            }
        }
    }
}

/// Makes one attempt for up to 16 due deliveries, all at the same time. Returns how many were due.
///
/// # Errors
/// A failure of the database before anything was attempted.
pub async fn deliver_due(app: &App) -> Result<usize, DbError> {
    let leased = delivery::lease(&app.db, app.clock.now()).await?;
    let count = leased.len();
    let mut attempts = JoinSet::new();
    for delivery in leased {
        attempts.spawn(attempt(app.clone(), delivery));
    }
    while attempts.join_next().await.is_some() {}
    Ok(count)
}

async fn attempt(app: App, delivery: Delivery) {
    let settled = match app.outbox.deliver_to(&delivery.subscriber) {
        // Another node, newer or older than this one, may know the subscriber.
        None => delivery.retry(&app.db, app.clock.now(), &app.rng).await.map(drop),
        Some(deliver) => match deliver_once(deliver(delivery.clone())).await {
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
