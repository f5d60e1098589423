//! Deliveries of events: rows written in the transaction that caused them, and delivered afterwards at least once, also when
//! this process ends in between. Several nodes share the work: a row is leased to one of them at a time.

mod delivery;
mod runner;

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use tokio::sync::Notify;

pub use delivery::Delivery;
pub(crate) use delivery::{insert, insert_row};
pub use runner::deliver_due;
pub(crate) use runner::run;

use crate::App;
use crate::assets::removal;
use crate::events::EventKind;
use crate::oidc::backchannel_logout;

/// How long one delivery may take.
pub const DELIVERY_TIMEOUT: Duration = Duration::from_secs(30);
/// Tries of one delivery, about a day; after them it is given up with a warning in the log.
pub const MAX_ATTEMPTS: i64 = 12;

/// One attempt.
pub type DeliveryFuture = Pin<Box<dyn Future<Output = Result<(), String>> + Send>>;

/// Delivers to one subscriber; an `Err` with the reason makes it be tried again.
pub type Deliver = Arc<dyn Fn(Delivery) -> DeliveryFuture + Send + Sync>;

/// Where events go. A subscriber is registered under a stable name, because its deliveries outlive the process.
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

    /// The names of the subscribers of a kind.
    pub(crate) fn subscribers_of(&self, kind: EventKind) -> Vec<&'static str> {
        let subscribers = self.subscribers.read().unwrap_or_else(PoisonError::into_inner);
        subscribers.iter().filter(|(_, subscriber)| subscriber.kinds.contains(&kind)).map(|(name, _)| *name).collect()
    }

    /// One attempt; `None` for an unknown subscriber.
    fn deliver_to(&self, app: &App, delivery: &Delivery) -> Option<DeliveryFuture> {
        if delivery.subscriber.starts_with(backchannel_logout::SUBSCRIBER) {
            return Some(Box::pin(backchannel_logout::deliver(app.clone(), delivery.clone())));
        }
        if delivery.subscriber == removal::SUBSCRIBER {
            return Some(Box::pin(removal::deliver(app.clone(), delivery.clone())));
        }
        let subscribers = self.subscribers.read().unwrap_or_else(PoisonError::into_inner);
        let subscriber = subscribers.get(delivery.subscriber.as_str())?;
        Some((subscriber.deliver)(delivery.clone()))
    }

    /// Wakes the runner: a unit with deliveries was committed.
    pub(crate) fn wake(&self) {
        self.committed.notify_one();
    }
}
