//! Handing messages over: how many at the same time, and how long it seems to take.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use kernel::Rng;
use tokio::time::{Instant, sleep};

use super::channel::{Channel, with_template};
use super::message::{Message, Recipient};
use super::send::{self, DEADLINE, SendError};
use crate::App;
use crate::errors::ApiError;
use crate::fair_share::{ClientNetwork, Places};

/// Messages of one tenant and kind that are handed over at the same time. Connections outwards are shared by all tenants: one
/// whose service never answers must not take them all, and one network not all of its tenant.
const MAX_AT_ONCE: usize = 24;
const MAX_AT_ONCE_OF_NETWORK: usize = 8;
/// What is remembered of a way.
const MAX_RECENT: usize = 8;
/// How long a message takes before one was sent.
const FIRST_MILLIS: u64 = 200;
/// Answers come at multiples of this: the rest of a time tells how busy a service was, and so whether it was asked.
const STEP_MILLIS: u64 = 250;

/// The messages that are being handed over, and the last ones, by tenant and kind.
#[derive(Debug)]
pub struct Deliveries {
    places: Places<Way>,
    recent: Mutex<HashMap<Way, VecDeque<Attempt>>>,
}

/// The connectors that a message can take.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Way {
    tenant_id: &'static str,
    is_sms: bool,
}

/// A message that was handed over, or not.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Attempt {
    millis: u64,
    outcome: Result<(), SendError>,
}

impl Default for Deliveries {
    fn default() -> Self {
        Self { places: Places::new(MAX_AT_ONCE, MAX_AT_ONCE_OF_NETWORK), recent: Mutex::default() }
    }
}

impl Deliveries {
    /// One of the last attempts by chance, as another would go now.
    fn typical(&self, way: Way, rng: &Rng) -> Attempt {
        let recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        let known = recent.get(&way).filter(|known| !known.is_empty());
        let chosen = known.and_then(|known| known.get(usize::from(rng.bytes::<1>()[0]) % known.len()));
        chosen.cloned().unwrap_or(Attempt { millis: FIRST_MILLIS, outcome: Ok(()) })
    }

    fn remember(&self, way: Way, attempt: Attempt) {
        let mut recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        let known = recent.entry(way).or_default();
        known.push_back(attempt);
        if known.len() > MAX_RECENT {
            known.pop_front();
        }
    }
}

/// The moment at which an answer comes that was ready after `millis`.
fn shown_after(millis: u64) -> Duration {
    let longest = u64::try_from(DEADLINE.as_millis()).unwrap_or(u64::MAX);
    Duration::from_millis(millis.min(longest).max(1).next_multiple_of(STEP_MILLIS))
}

/// Sends a message. Without a channel nobody gets it, but the answer is one that the tenant's last messages got, after the time
/// that one of them took: who waits must learn neither from the time nor from a failing service whether there is an account
/// (attack C11).
///
/// # Errors
/// The code of the connector, without details; 429 `connector.rate_limit_exceeded` while too many of the tenant's messages, or of
/// those that `network` causes, are on their way.
pub async fn deliver(
    app: &App,
    tenant_id: &'static str,
    network: ClientNetwork,
    channel: Option<Channel>,
    message: &Message,
) -> Result<(), ApiError> {
    // Whether or not anybody gets it, so that the time tells nothing.
    let message = &with_template(app, tenant_id, message).await?;
    if let Some(Channel::Inbox) = channel {
        app.inbox.keep(tenant_id, message, app.clock.now());
        return Ok(());
    }
    let way = Way { tenant_id, is_sms: matches!(message.to, Recipient::Phone(_)) };
    let Some(_place) = app.deliveries.places.take(&way, network) else {
        return Err(ApiError::from(&SendError::RateLimited("too many messages are on their way".to_owned())));
    };
    let begun = Instant::now();
    let attempt = match channel {
        Some(Channel::Service(settings)) => {
            let outcome = send::send(app, &settings, message).await;
            let millis = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
            let attempt = Attempt { millis, outcome };
            app.deliveries.remember(way, attempt.clone());
            attempt
        }
        _ => app.deliveries.typical(way, &app.rng),
    };
    sleep(shown_after(attempt.millis).saturating_sub(begun.elapsed())).await;
    attempt.outcome.map_err(|error| ApiError::from(&error))
}

#[cfg(test)]
mod tests {
    use super::*;

    const EMAIL: Way = Way { tenant_id: "one", is_sms: false };

    #[test]
    fn c11_what_a_message_seems_to_take_is_what_those_of_its_own_tenant_and_kind_took() {
        let (deliveries, rng) = (Deliveries::default(), Rng::seeded(1));
        let failed = Attempt { millis: 2_000, outcome: Err(SendError::Failed("no answer".to_owned())) };
        let first = Attempt { millis: FIRST_MILLIS, outcome: Ok(()) };
        assert_eq!(deliveries.typical(EMAIL, &rng), first);
        for _ in 0..MAX_RECENT {
            deliveries.remember(EMAIL, failed.clone());
        }
        assert_eq!(deliveries.typical(EMAIL, &rng), failed);
        assert_eq!(deliveries.typical(Way { is_sms: true, ..EMAIL }, &rng), first);
        assert_eq!(deliveries.typical(Way { tenant_id: "other", ..EMAIL }, &rng), first);
        for _ in 0..MAX_RECENT {
            deliveries.remember(EMAIL, first.clone());
        }
        assert_eq!(deliveries.typical(EMAIL, &rng), first, "what was long ago is forgotten");
    }

    #[test]
    fn c11_times_are_shown_in_steps() {
        for (millis, shown) in [(0, 250), (1, 250), (250, 250), (251, 500), (1_999, 2_000), (u64::MAX, 10_000)] {
            assert_eq!(shown_after(millis), Duration::from_millis(shown), "{millis}");
        }
    }
}
