//! Documents that providers and clients publish about themselves, kept for a while. Strangers cause the requests for them, so a
//! document is asked for by one request at a time, a failure is remembered, and an old document may serve while there is none.

use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, Ordering};
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
    asking: Arc<tokio::sync::Mutex<()>>,
    /// When somebody wanted it last, as a [`Timestamp`].
    wanted_at: AtomicI64,
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

impl<V: Clone + Send + Sync + 'static> DocumentCache<V> {
    pub fn new(lifetimes: Lifetimes) -> Self {
        Self { documents: Mutex::default(), lifetimes }
    }

    /// The document at `address`, by `fetch` if it is not known, is old, or does not do. Who goes away meanwhile does not undo that: a
    /// stranger who asks and hangs up causes no further requests.
    pub async fn get(
        &self,
        clock: &Clock,
        address: &str,
        freshness: Freshness,
        does: &(dyn Fn(&V) -> bool + Sync),
        fetch: impl Future<Output = Result<V, FederationError>> + Send + 'static,
    ) -> Result<V, FederationError> {
        let document = self.document(address, clock.now());
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
        let asking = Arc::clone(&document.asking).lock_owned().await;
        if is_kept && let Some(answer) = document.answer(clock.now(), does) {
            return answer;
        }
        let (asked, clock) = (Arc::clone(&document), clock.clone());
        let task = tokio::spawn(async move {
            let fetched = fetch.await;
            let now = clock.now();
            match &fetched {
                Ok(newest) => *asked.known() = Known { newest: Some((now, newest.clone())), failure: None },
                Err(error) => asked.known().failure = Some((now, error.clone())),
            }
            drop(asking);
            (now, fetched)
        });
        let (now, fetched) = task.await.map_err(|_| FederationError::Interrupted)?;
        fetched.or_else(|error| document.stale(now, does).filter(|_| is_kept).ok_or(error))
    }

    /// What is known well enough not to ask for the document at `address`.
    pub fn kept(
        &self,
        now: Timestamp,
        address: &str,
        does: &(dyn Fn(&V) -> bool + Sync),
    ) -> Option<Result<V, FederationError>> {
        let documents = self.documents.lock().unwrap_or_else(PoisonError::into_inner);
        let document = Arc::clone(documents.get(address)?);
        drop(documents);
        document.wanted_at.store(now.0, Ordering::Relaxed);
        document.answer(now, does)
    }

    /// The place of the document at `address`. There is room for it: the one that nobody wanted for the longest time leaves.
    fn document(&self, address: &str, now: Timestamp) -> Arc<Document<V>> {
        let mut documents = self.documents.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(document) = documents.get(address) {
            document.wanted_at.store(now.0, Ordering::Relaxed);
            return Arc::clone(document);
        }
        let wanted_at = |(_, document): &(&String, &Arc<Document<V>>)| document.wanted_at.load(Ordering::Relaxed);
        if documents.len() >= self.lifetimes.capacity
            && let Some(other) = documents.iter().min_by_key(wanted_at).map(|(address, _)| address.clone())
        {
            documents.remove(&other);
        }
        let document = Arc::new(Document {
            lifetimes: self.lifetimes,
            known: Mutex::new(Known { newest: None, failure: None }),
            asking: Arc::default(),
            wanted_at: AtomicI64::new(now.0),
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

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;

    use super::*;

    #[tokio::test]
    async fn g1_the_document_that_nobody_wants_any_more_leaves_first() {
        let age = Duration::from_secs(600);
        let lifetimes = Lifetimes { max_age: age, min_age: age, max_stale_age: age, failure_age: age, capacity: 3 };
        let cache = DocumentCache::new(lifetimes);
        let (clock, asked) = (Clock::frozen(Timestamp(0)), Arc::new(AtomicUsize::new(0)));
        let get = async |address: &str| {
            clock.advance(Duration::from_secs(1));
            let asked = Arc::clone(&asked);
            let fetch = async move { Ok(asked.fetch_add(1, Ordering::Relaxed)) };
            cache.get(&clock, address, Freshness::Kept, &|_| true, fetch).await.unwrap()
        };
        let wanted = get("wanted").await;
        for other in 0..50 {
            get(&format!("other {other}")).await;
            assert_eq!(get("wanted").await, wanted, "asked again");
        }
        assert_eq!(asked.load(Ordering::Relaxed), 51);
    }
}
