//! Documents that providers publish about themselves, kept for a while. Strangers cause the requests for them, so a document is asked
//! for by one request at a time, a failure is remembered, and an old document serves while its provider has none.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use kernel::{Clock, Timestamp};

use crate::FederationError;

/// A document is fetched again after this time.
const MAX_AGE: Duration = Duration::from_secs(600);
/// One that does not do fetches it again, but not more often than this.
const MIN_AGE: Duration = Duration::from_secs(30);
/// So long it serves while there is no newer one.
const MAX_STALE_AGE: Duration = Duration::from_secs(3600);
/// So long a failure is the answer.
const FAILURE_AGE: Duration = Duration::from_secs(15);
/// Documents that are kept; connectors are few.
const CAPACITY: usize = 64;

/// Documents by the address that they are about.
#[derive(Debug)]
pub(crate) struct DocumentCache<V>(Mutex<HashMap<String, Arc<Document<V>>>>);

impl<V> Default for DocumentCache<V> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

#[derive(Debug)]
struct Document<V> {
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
        let mut documents = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(document) = documents.get(address) {
            return Arc::clone(document);
        }
        if documents.len() >= CAPACITY
            && let Some(other) = documents.keys().next().cloned()
        {
            documents.remove(&other);
        }
        let unknown = Document { known: Mutex::new(Known { newest: None, failure: None }), asking: Default::default() };
        let document = Arc::new(unknown);
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
            let limit = if does(newest) { MAX_AGE } else { MIN_AGE };
            if now < fetched.plus(limit) {
                return Some(Ok(newest.clone()));
            }
        }
        let failure = known.failure.clone().filter(|(failed, _)| now < failed.plus(FAILURE_AGE));
        drop(known);
        let (_, error) = failure?;
        Some(self.stale(now, does).ok_or(error))
    }

    /// An old document that does.
    fn stale(&self, now: Timestamp, does: &(dyn Fn(&V) -> bool + Sync)) -> Option<V> {
        let newest = self.known().newest.clone();
        let is_usable = |(fetched, newest): &(Timestamp, V)| now < fetched.plus(MAX_STALE_AGE) && does(newest);
        newest.filter(is_usable).map(|(_, newest)| newest)
    }
}
