//! A document of the provider (metadata, keys) that all threads share. One request serves everybody who needs it; a stale
//! document is served at once while a thread fetches the next one.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use kernel::{Clock, Timestamp};

use crate::{Deadline, Error};

/// A document older than this is fetched again, in milliseconds.
const FRESH: i64 = 60 * 60 * 1000;
/// A document older than this is no longer served: withdrawn keys must end, in milliseconds.
const MAX_AGE: i64 = 24 * 60 * 60 * 1000;
/// While a document is served, it is not asked for again within this time: tokens with invented key ids cause no load, and a
/// provider that is away is not pressed, in milliseconds.
const MIN_REFETCH_INTERVAL: i64 = 30 * 1000;
/// The same after a fetch that failed, in milliseconds.
const RETRY_INTERVAL: i64 = 5 * 1000;

/// The cached document at `url`.
pub(crate) struct FetchCache<T>(Arc<Shared<T>>);

struct Shared<T> {
    url: String,
    clock: Clock,
    state: Mutex<State<T>>,
    finished: Condvar,
}

struct State<T> {
    value: Option<(T, Timestamp)>,
    /// Counts the fetches started.
    fetches: u64,
    running: bool,
    /// When a document that was there was last asked for again.
    refetched_at: Option<Timestamp>,
    /// Why the last finished fetch failed, if it did.
    error: Option<Error>,
}

impl<T: Clone + Send + 'static> FetchCache<T> {
    pub fn new(url: String, clock: Clock) -> Self {
        let state = State { value: None, fetches: 0, running: false, refetched_at: None, error: None };
        Self(Arc::new(Shared { url, clock, state: Mutex::new(state), finished: Condvar::new() }))
    }

    /// The document, if `accepts` takes it; else what a new fetch brings, be it accepted or not.
    ///
    /// `fetch` runs on a thread of its own and gets the document it is to replace.
    ///
    /// # Errors
    /// That of the fetch, or a time-out of `Network` when it is not done by the deadline; it then goes on for others.
    pub fn get(
        &self,
        deadline: Deadline,
        accepts: impl Fn(&T) -> bool,
        fetch: impl FnOnce(Option<T>) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let mut state = self.0.lock();
        let now = self.0.clock.now();
        let interval = if state.error.is_some() { RETRY_INTERVAL } else { MIN_REFETCH_INTERVAL };
        let asked_lately = state.refetched_at.is_some_and(|at| age(now, at) < interval);
        if let Some((value, fetched_at)) = state.value.clone().filter(|(_, at)| age(now, *at) < MAX_AGE) {
            if accepts(&value) {
                if age(now, fetched_at) >= FRESH && !state.running && !asked_lately {
                    self.start(&mut state, now, fetch);
                }
                return Ok(value);
            }
            if !state.running && asked_lately {
                return state.error.clone().map_or(Ok(value), Err);
            }
        }
        if !state.running {
            self.start(&mut state, now, fetch);
        }
        self.wait(state, deadline)
    }

    fn wait(&self, state: MutexGuard<'_, State<T>>, deadline: Deadline) -> Result<T, Error> {
        let awaited = state.fetches;
        let waiting = |state: &mut State<T>| state.running && state.fetches == awaited;
        let waited = self.0.finished.wait_timeout_while(state, deadline.remaining(), waiting);
        let (state, limit) = waited.unwrap_or_else(PoisonError::into_inner);
        if limit.timed_out() {
            return Err(Error::timed_out(&self.0.url));
        }
        match (&state.error, &state.value) {
            (None, Some((value, _))) => Ok(value.clone()),
            (error, _) => Err(error.clone().unwrap_or_else(|| Error::timed_out(&self.0.url))),
        }
    }

    fn start(
        &self,
        state: &mut State<T>,
        now: Timestamp,
        fetch: impl FnOnce(Option<T>) -> Result<T, Error> + Send + 'static,
    ) {
        let old = state.value.as_ref().map(|(value, _)| value.clone());
        let shared = self.0.clone();
        (state.running, state.fetches) = (true, state.fetches + 1);
        state.refetched_at = old.is_some().then_some(now);
        let spawned = std::thread::Builder::new().name("loggia-fetch".to_owned()).spawn(move || {
            let running = Running(shared, now);
            let outcome = fetch(old);
            running.finish(outcome);
        });
        if let Err(error) = spawned {
            state.running = false;
            state.error = Some(Error::unreachable(&self.0.url, &format!("no thread can be started: {error}")));
        }
    }
}

impl<T> Shared<T> {
    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A fetch under way. Whoever waits is woken also when it panics.
struct Running<T>(Arc<Shared<T>>, Timestamp);

impl<T> Running<T> {
    fn finish(&self, outcome: Result<T, Error>) {
        let mut state = self.0.lock();
        match outcome {
            Ok(value) => (state.value, state.error) = (Some((value, self.1)), None),
            Err(error) => state.error = Some(error),
        }
    }
}

impl<T> Drop for Running<T> {
    fn drop(&mut self) {
        self.0.lock().running = false;
        self.0.finished.notify_all();
    }
}

fn age(now: Timestamp, then: Timestamp) -> i64 {
    now.millis() - then.millis()
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::time::{Duration, Instant};

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn cache() -> (FetchCache<u32>, Clock) {
        let clock = Clock::frozen(Timestamp(0));
        (FetchCache::new("https://p/jwks".to_owned(), clock.clone()), clock)
    }

    fn unreachable() -> Error {
        Error::unreachable("https://p/jwks", "away")
    }

    #[test]
    fn all_who_wait_share_one_fetch_and_its_failure() {
        let (cache, _) = cache();
        let started = Instant::now();
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    let fetch = |_| {
                        std::thread::sleep(Duration::from_millis(300));
                        Err(unreachable())
                    };
                    assert!(cache.get(Deadline::after(SECOND), |_| true, fetch).is_err());
                });
            }
        });
        assert!(started.elapsed() < Duration::from_millis(900), "{:?}", started.elapsed());
        assert_eq!(cache.0.lock().fetches, 1);
        assert_eq!(cache.get(Deadline::after(SECOND), |_| true, |_| Ok(1)).unwrap(), 1, "a failure is not kept");
    }

    #[test]
    fn nobody_waits_past_the_deadline_and_the_late_answer_is_kept() {
        let (cache, _) = cache();
        let (release, held) = mpsc::channel::<()>();
        let fetch = move |_| {
            held.recv().unwrap();
            Ok(7)
        };
        let error = cache.get(Deadline::after(Duration::from_millis(50)), |_| true, fetch).unwrap_err();
        assert_eq!(error.code(), "network.timeout");
        release.send(()).unwrap();
        assert_eq!(cache.get(Deadline::after(SECOND), |_| true, |_| Err(unreachable())).unwrap(), 7);
    }

    #[test]
    fn a_stale_document_is_served_at_once_while_the_next_one_is_fetched() {
        let (cache, clock) = cache();
        cache.get(Deadline::after(SECOND), |_| true, |_| Ok(1)).unwrap();
        clock.advance(Duration::from_secs(3601));
        let (release, held) = mpsc::channel::<()>();
        let fetch = move |old| {
            assert_eq!(old, Some(1));
            held.recv().unwrap();
            Ok(2)
        };
        assert_eq!(cache.get(Deadline::after(Duration::ZERO), |_| true, fetch).unwrap(), 1);
        assert_eq!(cache.get(Deadline::after(Duration::ZERO), |_| true, |_| Ok(3)).unwrap(), 1);
        release.send(()).unwrap();
        while cache.0.lock().running {
            std::thread::sleep(Duration::from_millis(5));
        }
        assert_eq!(cache.get(Deadline::after(Duration::ZERO), |_| true, |_| Ok(3)).unwrap(), 2);
    }

    #[test]
    fn a_document_of_yesterday_is_no_longer_served() {
        let (cache, clock) = cache();
        cache.get(Deadline::after(SECOND), |_| true, |_| Ok(1)).unwrap();
        clock.advance(Duration::from_secs(24 * 3600));
        assert!(cache.get(Deadline::after(SECOND), |_| true, |_| Err(unreachable())).is_err());
        assert_eq!(cache.get(Deadline::after(SECOND), |_| true, |_| Ok(2)).unwrap(), 2);
    }

    #[test]
    fn what_is_not_accepted_is_fetched_once_in_a_while_and_a_failure_is_said() {
        let (cache, clock) = cache();
        let (limit, wanted) = (Deadline::after(SECOND), |value: &u32| *value == 2);
        cache.get(limit, |_| true, |_| Ok(1)).unwrap();
        assert_eq!(cache.get(limit, wanted, |_| Ok(1)).unwrap(), 1);
        assert_eq!(cache.get(limit, wanted, |_| Ok(2)).unwrap(), 1, "asked again a moment ago");
        clock.advance(Duration::from_secs(30));
        assert!(cache.get(limit, wanted, |_| Err(unreachable())).is_err());
        assert!(cache.get(limit, wanted, |_| Ok(2)).is_err(), "unknown because the fetch failed, not for good");
        assert_eq!(cache.get(limit, |_| true, |_| Ok(2)).unwrap(), 1);
        clock.advance(Duration::from_secs(5));
        assert_eq!(cache.get(limit, wanted, |_| Ok(2)).unwrap(), 2);
    }

    #[test]
    fn a_fetch_that_panics_leaves_nobody_waiting() {
        let (cache, _) = cache();
        let started = Instant::now();
        let panicking = |_| -> Result<u32, Error> { std::panic::panic_any("a test panics on purpose") };
        assert!(cache.get(Deadline::after(SECOND * 5), |_| true, panicking).is_err());
        assert!(started.elapsed() < SECOND);
    }
}
