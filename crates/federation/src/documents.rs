//! Documents that providers and clients publish about themselves, kept for a while. Strangers cause the requests for them, so a
//! document is asked for by one request at a time, a failure is remembered, and an old document may serve while there is none.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use kernel::{Clock, Timestamp};

use crate::FederationError;

/// How long the answers of one kind count, and how many are kept.
#[derive(Debug, Clone, Copy)]
pub struct Lifetimes {
    /// A document is fetched again after this time.
    pub max_age: Duration,
    /// One that does not do fetches it again, but not more often than this.
    pub min_age: Duration,
    /// So long it serves while there is no newer one.
    pub max_stale_age: Duration,
    /// So long a failure is the answer.
    pub failure_age: Duration,
    /// The number of documents.
    pub capacity: usize,
}

/// Documents by the address that they are about.
#[derive(Debug)]
pub(crate) struct DocumentCache<V> {
    documents: Mutex<HashMap<String, Arc<Document<V>>>>,
    lifetimes: Lifetimes,
}

#[derive(Debug)]
struct Document<V> {
    lifetimes: Lifetimes,
    known: Mutex<Known<V>>,
    /// Held by who asks the provider.
    asking: tokio::sync::Mutex<()>,
}

#[derive(Debug)]
struct Known<V> {
    newest: Option<(Timestamp, V)>,
    failure: Option<(Timestamp, FederationError)>,
}

/// How new an answer must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Freshness {
    /// What was said a while ago, or that nothing was said.
    Kept,
    /// The provider is asked: by whoever sets it up.
    Asked,
}

impl<V: Clone> DocumentCache<V> {
    pub fn new(lifetimes: Lifetimes) -> Self {
        Self { documents: Mutex::default(), lifetimes }
    }

    /// The document at `address`, by `fetch` if it is not known, is old, or does not do.
    pub async fn get(
        &self,
        clock: &Clock,
        address: &str,
        freshness: Freshness,
        does: &(dyn Fn(&V) -> bool + Sync),
        fetch: impl Future<Output = Result<V, FederationError>>,
    ) -> Result<V, FederationError> {
        let document = self.document(address);
        let is_kept = freshness == Freshness::Kept;
        if is_kept && let Some(answer) = document.answer(clock.now(), does) {
            return answer;
        }
        if is_kept
            && document.asking.try_lock().is_err()
            && let Some(stale) = document.stale(clock.now(), does)
        {
            // Who need not wait does not.
            return Ok(stale);
        }
        let _asking = document.asking.lock().await;
        if is_kept && let Some(answer) = document.answer(clock.now(), does) {
            return answer;
        }
        let fetched = fetch.await;
        let now = clock.now();
        match fetched {
            Ok(newest) => {
                *document.known() = Known { newest: Some((now, newest.clone())), failure: None };
                Ok(newest)
            }
            Err(error) => {
                document.known().failure = Some((now, error.clone()));
                document.stale(now, does).filter(|_| is_kept).ok_or(error)
            }
        }
    }

    fn document(&self, address: &str) -> Arc<Document<V>> {
        let mut documents = self.documents.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(document) = documents.get(address) {
            return Arc::clone(document);
        }
        if documents.len() >= self.lifetimes.capacity
            && let Some(other) = documents.keys().next().cloned()
        {
            documents.remove(&other);
        }
        let document = Arc::new(Document {
            lifetimes: self.lifetimes,
            known: Mutex::new(Known { newest: None, failure: None }),
            asking: tokio::sync::Mutex::default(),
        });
        documents.insert(address.to_owned(), Arc::clone(&document));
        document
    }
}

impl<V: Clone> Document<V> {
    fn known(&self) -> MutexGuard<'_, Known<V>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is known well enough not to ask.
    fn answer(&self, now: Timestamp, does: &(dyn Fn(&V) -> bool + Sync)) -> Option<Result<V, FederationError>> {
        let known = self.known();
        if let Some((fetched, newest)) = &known.newest {
            let limit = if does(newest) { self.lifetimes.max_age } else { self.lifetimes.min_age };
            if is_within(now, *fetched, limit) {
                return Some(Ok(newest.clone()));
            }
        }
        let failure = known.failure.clone().filter(|(failed, _)| is_within(now, *failed, self.lifetimes.failure_age));
        drop(known);
        let (_, error) = failure?;
        Some(self.stale(now, does).ok_or(error))
    }

    /// An old document that does.
    fn stale(&self, now: Timestamp, does: &(dyn Fn(&V) -> bool + Sync)) -> Option<V> {
        let newest = self.known().newest.clone();
        let limit = self.lifetimes.max_stale_age;
        let is_usable = |(fetched, newest): &(Timestamp, V)| is_within(now, *fetched, limit) && does(newest);
        newest.filter(is_usable).map(|(_, newest)| newest)
    }
}

/// A clock that was set back must not keep old documents alive.
fn is_within(now: Timestamp, since: Timestamp, limit: Duration) -> bool {
    since <= now && now < since.plus(limit)
}
