//! Deliveries of events: rows written in the transaction that caused them, and delivered afterwards at least once, also when
//! this process ends in between. Several nodes share the work: a row is leased to one of them at a time. What is for one
//! subscriber is a lane of its own, so that one that is slow or dead delays no other (docs/adr/0014-outbox-lanes.md).

mod delivery;
mod lane;
mod lease;
mod runner;

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use tokio::sync::Notify;

pub use delivery::Delivery;
pub(crate) use delivery::{insert, insert_row};
pub(crate) use lease::{drop_waiting, trim_lanes};
pub use runner::deliver_due;
pub(crate) use runner::run;

use crate::App;
use crate::assets::removal;
use crate::credential_changes;
use crate::events::EventKind;
use crate::hooks;
use crate::oidc::backchannel_logout;

/// How long one delivery may take.
pub const DELIVERY_TIMEOUT: Duration = Duration::from_secs(30);
/// Tries of one delivery, within some hours; after them it is given up with a warning in the log.
pub const MAX_ATTEMPTS: i64 = 12;

/// Attempts that run at the same time in one process.
pub(crate) const MAX_RUNNING: usize = 256;
/// Those of them for one subscriber, unless it is a webhook.
const MAX_RUNNING_OF_SUBSCRIBER: usize = 4;

/// One attempt by a subscriber that was registered.
pub type DeliveryFuture = Pin<Box<dyn Future<Output = Result<(), String>> + Send>>;

/// Delivers to one subscriber; an `Err` with the reason makes it be tried again.
pub type Deliver = Arc<dyn Fn(Delivery) -> DeliveryFuture + Send + Sync>;

/// How an attempt ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outcome {
    Done,
    /// It is tried again later, unless it was tried often enough.
    Again(Failure),
    /// It is not tried again.
    GivenUp(Failure),
}

/// Why an attempt failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Failure {
    pub reason: String,
    /// Nothing answered, or too slowly: the next attempt would fare the same.
    pub is_down: bool,
}

/// Where events go. A subscriber is registered under a stable name, because its deliveries outlive the process. Webhooks are
/// subscribers by configuration ([`crate::hooks`]).
#[derive(Default)]
pub struct Outbox {
    subscribers: RwLock<BTreeMap<&'static str, Subscriber>>,
    /// Signals that a committed unit has deliveries.
    committed: Notify,
}

#[derive(Clone)]
struct Subscriber {
    kinds: &'static [EventKind],
    deliver: Deliver,
}

impl Outbox {
    /// Registers a subscriber of `kinds`. Events that are emitted from now on reach it.
    pub fn subscribe(&self, name: &'static str, kinds: &'static [EventKind], deliver: Deliver) {
        let mut subscribers = self.subscribers.write().unwrap_or_else(PoisonError::into_inner);
        subscribers.insert(name, Subscriber { kinds, deliver });
    }

    /// The names of the registered subscribers of a kind.
    pub(crate) fn subscribers_of(&self, kind: EventKind) -> Vec<&'static str> {
        let subscribers = self.subscribers.read().unwrap_or_else(PoisonError::into_inner);
        subscribers.iter().filter(|(_, subscriber)| subscriber.kinds.contains(&kind)).map(|(name, _)| *name).collect()
    }

    /// Wakes the runner: a unit with deliveries was committed.
    pub(crate) fn wake(&self) {
        self.committed.notify_one();
    }

    fn registered(&self, name: &str) -> Option<Deliver> {
        let subscribers = self.subscribers.read().unwrap_or_else(PoisonError::into_inner);
        subscribers.get(name).map(|subscriber| Arc::clone(&subscriber.deliver))
    }
}

/// Attempts for one subscriber that run at the same time.
fn most_running(subscriber: &str) -> usize {
    if hooks::owns(subscriber) { hooks::MAX_REQUESTS } else { MAX_RUNNING_OF_SUBSCRIBER }
}

/// One attempt.
async fn deliver(app: App, delivery: Arc<Delivery>) -> Outcome {
    if hooks::owns(&delivery.subscriber) {
        return hooks::deliver(&app, &delivery).await;
    }
    let attempted = if delivery.subscriber.starts_with(backchannel_logout::SUBSCRIBER) {
        backchannel_logout::deliver(app, Delivery::clone(&delivery)).await
    } else if delivery.subscriber.starts_with(credential_changes::SUBSCRIBER) {
        credential_changes::deliver(app, Delivery::clone(&delivery)).await
    } else if delivery.subscriber == removal::SUBSCRIBER {
        removal::deliver(app, Delivery::clone(&delivery)).await
    } else if let Some(deliver) = app.outbox.registered(&delivery.subscriber) {
        deliver(Delivery::clone(&delivery)).await
    } else {
        Err("another node, newer or older than this one, may know the subscriber".into())
    };
    match attempted {
        Ok(()) => Outcome::Done,
        Err(reason) => Outcome::Again(Failure { reason, is_down: false }),
    }
}
