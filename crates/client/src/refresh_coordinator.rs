//! Each refresh is made once. Parallel requests of one user often hold copies of the same stored
//! session (a cookie), so a refresh is known by the refresh token it used: whoever arrives with that token while it runs
//! waits for its outcome, and whoever arrives a little later with the outdated token gets its response, or goes on with the
//! token that followed.

use std::collections::HashMap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use kernel::{Clock, Timestamp, id};

use crate::{Deadline, Error, TokenResponse};

/// How long an outdated refresh token still leads to its successor, in milliseconds.
const MEMORY: i64 = 30 * 1000;
/// No more than this many refresh tokens are remembered at once; the oldest go first.
const MAX_TOKENS: usize = 4096;
/// What waiters name when their time is over.
const WAITED_FOR: &str = "the token endpoint";

/// The result of a refresh.
#[derive(Debug, Clone)]
pub(crate) struct Renewal {
    pub response: TokenResponse,
    /// When the response came: lifetimes in it count from here.
    pub at: Timestamp,
    /// Why the response's ID token could not be verified and was left out: the keys could not be fetched.
    pub id_token_error: Option<Error>,
}

#[derive(Clone)]
struct Outcome {
    /// Which refresh of its family it was.
    number: u64,
    at: Timestamp,
    result: Result<Renewal, Error>,
}

impl Outcome {
    fn is_remembered(&self, now: Timestamp) -> bool {
        now.millis() - self.at.millis() < MEMORY
    }
}

struct FamilyState {
    /// The newest refresh token.
    current: String,
    /// The last outcome per key.
    outcomes: HashMap<String, Outcome>,
    /// The last refresh that the provider did not answer.
    unanswered: Option<(u64, Error)>,
    /// Counts the refreshes that are over.
    finished: u64,
    running: bool,
}

/// The refresh tokens that followed one another; one refresh at a time.
struct TokenFamily {
    state: Mutex<FamilyState>,
    finished: Condvar,
}

struct TrackedToken {
    family: Arc<TokenFamily>,
    used_at: Timestamp,
}

/// The refreshes of one client. Tokens are found by their digests.
pub(crate) struct RefreshCoordinator {
    clock: Clock,
    tokens: Mutex<HashMap<String, TrackedToken>>,
}

impl RefreshCoordinator {
    pub fn new(clock: Clock) -> Self {
        Self { clock, tokens: Mutex::default() }
    }

    /// The renewal for `key` from `fetch(refresh token)`, or from another's refresh that makes this one unnecessary.
    ///
    /// # Errors
    /// That of the refresh; a provider that does not answer one refresh of a family fails all that waited behind it.
    pub fn refresh_once(
        &self,
        refresh_token: &str,
        key: &str,
        deadline: Deadline,
        fetch: impl FnOnce(&str) -> Result<Renewal, Error>,
    ) -> Result<Renewal, Error> {
        let family = self.family(refresh_token);
        let mut state = family.lock();
        let seen = state.finished;
        loop {
            if let Some((_, error)) = state.unanswered.as_ref().filter(|(number, _)| *number > seen) {
                return Err(error.clone());
            }
            if let Some(outcome) = state.usable(refresh_token, key, seen, self.clock.now()) {
                return state.with_current_token(outcome);
            }
            if !state.running {
                break;
            }
            state = family.wait(state, deadline)?;
        }
        state.running = true;
        let current = state.current.clone();
        drop(state);
        let running = RunningRefresh(&family);
        let result = fetch(&current);
        if let Some(next) = running.finish(key, &result, self.clock.now()) {
            self.track(&next, &family);
        }
        result
    }

    /// The newest refresh token of this one's family, after a refresh under way; by the deadline whatever is known.
    pub fn newest(&self, refresh_token: &str, deadline: Deadline) -> String {
        let family = self.family(refresh_token);
        let waiting = |state: &mut FamilyState| state.running;
        let waited = family.finished.wait_timeout_while(family.lock(), deadline.remaining(), waiting);
        waited.unwrap_or_else(PoisonError::into_inner).0.current.clone()
    }

    /// Whether two refresh tokens are the same, or one is known to have followed the other.
    pub fn are_related(&self, one: &str, other: &str) -> bool {
        let tokens = self.lock();
        let family = |token: &str| tokens.get(&id::token_digest(token)).map(|tracked| &tracked.family);
        one == other || family(one).zip(family(other)).is_some_and(|(one, other)| Arc::ptr_eq(one, other))
    }

    fn family(&self, refresh_token: &str) -> Arc<TokenFamily> {
        let mut tokens = self.lock();
        let now = self.clock.now();
        make_room(&mut tokens, now);
        let tracked = tokens.entry(id::token_digest(refresh_token)).or_insert_with(|| {
            let state = FamilyState {
                current: refresh_token.to_owned(),
                outcomes: HashMap::new(),
                unanswered: None,
                finished: 0,
                running: false,
            };
            let family = TokenFamily { state: Mutex::new(state), finished: Condvar::new() };
            TrackedToken { family: Arc::new(family), used_at: now }
        });
        tracked.used_at = now;
        tracked.family.clone()
    }

    fn track(&self, refresh_token: &str, family: &Arc<TokenFamily>) {
        let mut tokens = self.lock();
        let now = self.clock.now();
        make_room(&mut tokens, now);
        tokens.insert(id::token_digest(refresh_token), TrackedToken { family: family.clone(), used_at: now });
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, TrackedToken>> {
        self.tokens.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn make_room(tokens: &mut HashMap<String, TrackedToken>, now: Timestamp) {
    tokens.retain(|_, tracked| now.millis() - tracked.used_at.millis() < MEMORY);
    if tokens.len() >= MAX_TOKENS {
        let oldest = tokens.iter().min_by_key(|(_, tracked)| tracked.used_at).map(|(digest, _)| digest.clone());
        oldest.and_then(|digest| tokens.remove(&digest));
    }
}

impl TokenFamily {
    fn lock(&self) -> MutexGuard<'_, FamilyState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for the refresh under way.
    fn wait<'a>(
        &self,
        state: MutexGuard<'a, FamilyState>,
        deadline: Deadline,
    ) -> Result<MutexGuard<'a, FamilyState>, Error> {
        let before = state.finished;
        let waiting = |state: &mut FamilyState| state.running && state.finished == before;
        let waited = self.finished.wait_timeout_while(state, deadline.remaining(), waiting);
        let (state, limit) = waited.unwrap_or_else(PoisonError::into_inner);
        if limit.timed_out() { Err(Error::timed_out(WAITED_FOR)) } else { Ok(state) }
    }
}

impl FamilyState {
    /// An outcome that came while the caller waited, or one for which the caller's token is outdated.
    fn usable(&self, refresh_token: &str, key: &str, seen: u64, now: Timestamp) -> Option<Outcome> {
        let outdated = self.current != refresh_token;
        let usable = |outcome: &&Outcome| {
            outcome.number > seen || (outdated && outcome.result.is_ok() && outcome.is_remembered(now))
        };
        self.outcomes.get(key).filter(usable).cloned()
    }

    /// A refresh for another key may have replaced the refresh token since this response was given.
    fn with_current_token(&self, outcome: Outcome) -> Result<Renewal, Error> {
        let mut renewal = outcome.result?;
        renewal.response.refresh_token = renewal.response.refresh_token.map(|_| self.current.clone());
        Ok(renewal)
    }
}

/// A refresh under way. Whoever waits is woken also when it panics.
struct RunningRefresh<'a>(&'a TokenFamily);

impl RunningRefresh<'_> {
    /// Records the outcome; gives a refresh token that is new.
    fn finish(&self, key: &str, result: &Result<Renewal, Error>, at: Timestamp) -> Option<String> {
        let mut state = self.0.lock();
        let number = state.finished + 1;
        let next = result.as_ref().ok().and_then(|renewal| renewal.response.refresh_token.clone());
        if let Some(token) = &next {
            state.current.clone_from(token);
        }
        if let Err(error @ Error::Network { .. }) = result {
            state.unanswered = Some((number, error.clone()));
        }
        state.outcomes.retain(|_, outcome| outcome.is_remembered(at));
        state.outcomes.insert(key.to_owned(), Outcome { number, at, result: result.clone() });
        next
    }
}

impl Drop for RunningRefresh<'_> {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        state.running = false;
        state.finished += 1;
        drop(state);
        self.0.finished.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    use super::*;

    fn coordinator() -> RefreshCoordinator {
        RefreshCoordinator::new(Clock::system())
    }

    fn soon() -> Deadline {
        Deadline::after(Duration::from_secs(5))
    }

    fn renewal(number: usize) -> Renewal {
        let response = TokenResponse {
            access_token: format!("a{number}"),
            token_type: "Bearer".into(),
            expires_in: 3600,
            refresh_token: Some(format!("r{number}")),
            id_token: None,
        };
        Renewal { response, at: Timestamp(0), id_token_error: None }
    }

    #[test]
    fn concurrent_refreshes_with_one_token_are_one_request_and_one_answer() {
        let (coordinator, calls) = (coordinator(), AtomicUsize::new(0));
        let start = Barrier::new(8);
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    start.wait();
                    let got = coordinator
                        .refresh_once("r0", "", soon(), |used| {
                            assert_eq!(used, "r0");
                            std::thread::sleep(Duration::from_millis(50));
                            Ok(renewal(calls.fetch_add(1, Ordering::SeqCst) + 1))
                        })
                        .unwrap();
                    assert_eq!(got.response.access_token, "a1");
                });
            }
        });
        assert_eq!(calls.load(Ordering::SeqCst), 1);
    }

    #[test]
    fn an_outdated_token_goes_on_with_its_successor() {
        let coordinator = coordinator();
        coordinator.refresh_once("r0", "x", soon(), |_| Ok(renewal(1))).unwrap();
        let other = coordinator
            .refresh_once("r0", "y", soon(), |used| {
                assert_eq!(used, "r1");
                Ok(renewal(2))
            })
            .unwrap();
        assert_eq!(other.response.refresh_token.as_deref(), Some("r2"));
        let again = coordinator.refresh_once("r0", "x", soon(), |_| unreachable!()).unwrap();
        assert_eq!((again.response.access_token.as_str(), again.response.refresh_token.as_deref()), ("a1", Some("r2")));
    }

    #[test]
    fn the_current_token_really_refreshes_and_failures_are_not_kept() {
        let coordinator = coordinator();
        assert!(coordinator.refresh_once("r0", "", soon(), |_| Err(Error::NoIdToken)).is_err());
        assert!(coordinator.refresh_once("r0", "", soon(), |_| Ok(renewal(1))).is_ok());
        let second = coordinator
            .refresh_once("r1", "", soon(), |used| {
                assert_eq!(used, "r1");
                Ok(renewal(2))
            })
            .unwrap();
        assert_eq!(second.response.access_token, "a2");
    }

    #[test]
    fn tokens_are_forgotten_after_a_while() {
        let clock = Clock::frozen(Timestamp(0));
        let coordinator = RefreshCoordinator::new(clock.clone());
        coordinator.refresh_once("r0", "", soon(), |_| Ok(renewal(1))).unwrap();
        clock.advance(Duration::from_secs(31));
        coordinator.refresh_once("r5", "", soon(), |_| Ok(renewal(6))).unwrap();
        assert_eq!(coordinator.lock().len(), 2);
    }

    #[test]
    fn a_provider_that_hangs_costs_all_who_wait_one_time_out() {
        let (coordinator, calls) = (coordinator(), AtomicUsize::new(0));
        let (start, began) = (Barrier::new(6), std::time::Instant::now());
        std::thread::scope(|scope| {
            for key in ["a", "b", "c", "d", "e", "f"] {
                let (coordinator, calls, start) = (&coordinator, &calls, &start);
                scope.spawn(move || {
                    start.wait();
                    let error = coordinator
                        .refresh_once("r0", key, soon(), |_| {
                            calls.fetch_add(1, Ordering::SeqCst);
                            std::thread::sleep(Duration::from_millis(300));
                            Err(Error::timed_out("https://p/token"))
                        })
                        .unwrap_err();
                    assert_eq!(error.code(), "network.timeout");
                });
            }
        });
        assert_eq!(calls.load(Ordering::SeqCst), 1);
        assert!(began.elapsed() < Duration::from_millis(900), "{:?}", began.elapsed());
    }

    #[test]
    fn nobody_waits_past_the_deadline() {
        let coordinator = coordinator();
        let (running, entered) = (Barrier::new(2), std::time::Instant::now());
        std::thread::scope(|scope| {
            scope.spawn(|| {
                coordinator.refresh_once("r0", "", soon(), |_| {
                    running.wait();
                    std::thread::sleep(Duration::from_millis(500));
                    Ok(renewal(1))
                })
            });
            running.wait();
            let short = Deadline::after(Duration::from_millis(50));
            let error = coordinator.refresh_once("r0", "", short, |_| unreachable!()).unwrap_err();
            assert_eq!(error.code(), "network.timeout");
            assert!(entered.elapsed() < Duration::from_millis(400), "{:?}", entered.elapsed());
            assert_eq!(coordinator.newest("r0", soon()), "r1", "the refresh under way is waited for");
        });
    }

    #[test]
    fn tokens_that_followed_one_another_are_related_and_others_are_not() {
        let coordinator = coordinator();
        coordinator.refresh_once("r0", "", soon(), |_| Ok(renewal(1))).unwrap();
        assert!(coordinator.are_related("r0", "r1") && coordinator.are_related("x", "x"));
        assert!(!coordinator.are_related("r1", "x") && !coordinator.are_related("x", "y"));
    }

    #[test]
    fn tokens_and_outcomes_are_bounded() {
        let coordinator = coordinator();
        for number in 0..MAX_TOKENS + 10 {
            coordinator.track(&number.to_string(), &coordinator.family("r"));
        }
        assert!(coordinator.lock().len() <= MAX_TOKENS);
        let clock = Clock::frozen(Timestamp(0));
        let coordinator = RefreshCoordinator::new(clock.clone());
        for number in 0..100 {
            clock.advance(Duration::from_secs(1));
            coordinator.refresh_once("r", &number.to_string(), soon(), |_| Err(Error::NoIdToken)).unwrap_err();
        }
        assert!(coordinator.family("r").lock().outcomes.len() <= 30);
    }
}
