//! Refreshing without two requests for one thing. Parallel requests of one user often hold copies of the same stored
//! session (a cookie), so a refresh is known by the refresh token it used: whoever arrives with that token while it runs
//! waits for its outcome, and whoever arrives a little later with the outdated token gets its response, or goes on with the
//! token that followed.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use kernel::{Clock, Timestamp, id};

use crate::{Error, TokenResponse};

/// How long an outdated refresh token still leads to its successor, in milliseconds.
const MEMORY: i64 = 30 * 1000;
/// No more than this many refresh tokens are remembered at once; the oldest go first.
const MAX_TOKENS: usize = 4096;

#[derive(Clone)]
struct Outcome {
    /// Counts the coordinator of a family.
    number: u64,
    at: Timestamp,
    response: Result<TokenResponse, Error>,
}

struct State {
    /// The newest refresh token.
    current: String,
    /// The last outcome per key.
    outcomes: HashMap<String, Outcome>,
}

/// The refresh tokens that followed one another; its lock is held during a refresh.
struct TokenFamily {
    finished: AtomicU64,
    state: Mutex<State>,
}

struct TrackedToken {
    family: Arc<TokenFamily>,
    used_at: Timestamp,
}

/// The coordinator of one client. Tokens are found by their digests.
#[derive(Default)]
pub(crate) struct RefreshCoordinator(Mutex<HashMap<String, TrackedToken>>);

impl RefreshCoordinator {
    /// The response for `key` from `fetch(refresh token)`, or from another's refresh that makes this one unnecessary; with
    /// the time from which its lifetime counts.
    pub(crate) fn refresh_once(
        &self,
        refresh_token: &str,
        key: &str,
        clock: &Clock,
        fetch: impl FnOnce(&str) -> Result<TokenResponse, Error>,
    ) -> Result<(TokenResponse, Timestamp), Error> {
        let family = self.family(refresh_token, clock.now());
        let seen = family.finished.load(Ordering::SeqCst);
        let mut state = family.state.lock().unwrap_or_else(PoisonError::into_inner);
        let now = clock.now();
        let outdated = state.current != refresh_token;
        let usable = |one: &&Outcome| {
            one.number > seen || (outdated && one.response.is_ok() && now.millis() - one.at.millis() < MEMORY)
        };
        let outcome = match state.outcomes.get(key).filter(usable) {
            Some(outcome) => outcome.clone(),
            None => {
                let response = fetch(&state.current);
                let number = family.finished.fetch_add(1, Ordering::SeqCst) + 1;
                let outcome = Outcome { number, at: clock.now(), response };
                if let Ok(TokenResponse { refresh_token: Some(next), .. }) = &outcome.response {
                    state.current.clone_from(next);
                    self.track(next, &family, outcome.at);
                }
                state.outcomes.insert(key.to_owned(), outcome.clone());
                outcome
            }
        };
        let mut response = outcome.response?;
        // A refresh for another key may have replaced the refresh token since this response was given.
        response.refresh_token = response.refresh_token.map(|_| state.current.clone());
        Ok((response, outcome.at))
    }

    fn family(&self, refresh_token: &str, now: Timestamp) -> Arc<TokenFamily> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|_, one| now.millis() - one.used_at.millis() < MEMORY);
        if all.len() >= MAX_TOKENS {
            let oldest = all.iter().min_by_key(|(_, one)| one.used_at).map(|(digest, _)| digest.clone());
            oldest.and_then(|digest| all.remove(&digest));
        }
        let known = all.entry(id::token_digest(refresh_token)).or_insert_with(|| {
            let state = State { current: refresh_token.to_owned(), outcomes: HashMap::new() };
            TrackedToken {
                family: Arc::new(TokenFamily { finished: AtomicU64::new(0), state: Mutex::new(state) }),
                used_at: now,
            }
        });
        known.used_at = now;
        known.family.clone()
    }

    fn track(&self, refresh_token: &str, family: &Arc<TokenFamily>, now: Timestamp) {
        let known = TrackedToken { family: family.clone(), used_at: now };
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(id::token_digest(refresh_token), known);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;
    use std::sync::atomic::AtomicUsize;
    use std::time::Duration;

    use super::*;

    fn response(number: usize) -> TokenResponse {
        TokenResponse {
            access_token: format!("a{number}"),
            token_type: "Bearer".into(),
            expires_in: 3600,
            refresh_token: Some(format!("r{number}")),
            id_token: None,
        }
    }

    #[test]
    fn concurrent_refreshes_with_one_token_are_one_request_and_one_answer() {
        let (coordinator, clock, calls) = (RefreshCoordinator::default(), Clock::system(), AtomicUsize::new(0));
        let start = Barrier::new(8);
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    start.wait();
                    let (got, _) = coordinator
                        .refresh_once("r0", "", &clock, |used| {
                            assert_eq!(used, "r0");
                            std::thread::sleep(Duration::from_millis(50));
                            Ok(response(calls.fetch_add(1, Ordering::SeqCst) + 1))
                        })
                        .unwrap();
                    assert_eq!(got.access_token, "a1");
                });
            }
        });
        assert_eq!(calls.load(Ordering::SeqCst), 1);
    }

    #[test]
    fn an_outdated_token_goes_on_with_its_successor() {
        let (coordinator, clock) = (RefreshCoordinator::default(), Clock::system());
        coordinator.refresh_once("r0", "x", &clock, |_| Ok(response(1))).unwrap();
        let (other, _) = coordinator
            .refresh_once("r0", "y", &clock, |used| {
                assert_eq!(used, "r1");
                Ok(response(2))
            })
            .unwrap();
        assert_eq!(other.refresh_token.as_deref(), Some("r2"));
        let (again, _) = coordinator.refresh_once("r0", "x", &clock, |_| unreachable!()).unwrap();
        assert_eq!((again.access_token.as_str(), again.refresh_token.as_deref()), ("a1", Some("r2")));
    }

    #[test]
    fn the_current_token_really_refreshes_and_failures_are_not_kept() {
        let (coordinator, clock) = (RefreshCoordinator::default(), Clock::system());
        assert!(coordinator.refresh_once("r0", "", &clock, |_| Err(Error::NoIdToken)).is_err());
        assert!(coordinator.refresh_once("r0", "", &clock, |_| Ok(response(1))).is_ok());
        let (second, _) = coordinator
            .refresh_once("r1", "", &clock, |used| {
                assert_eq!(used, "r1");
                Ok(response(2))
            })
            .unwrap();
        assert_eq!(second.access_token, "a2");
    }

    #[test]
    fn tokens_are_forgotten_after_a_while() {
        let (coordinator, clock) = (RefreshCoordinator::default(), Clock::frozen(Timestamp(0)));
        coordinator.refresh_once("r0", "", &clock, |_| Ok(response(1))).unwrap();
        clock.advance(Duration::from_secs(31));
        coordinator.refresh_once("r5", "", &clock, |_| Ok(response(6))).unwrap();
        assert_eq!(coordinator.0.lock().unwrap().len(), 2);
    }
}
