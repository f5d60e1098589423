//! Pending sign-ins. The newest has the published format `{"redirectUri","codeVerifier","state"}` with a `nonce`; earlier
//! ones, from other tabs, are kept beside it under `earlier`, which other readers ignore.

use kernel::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{Error, PersistKey, Storage, storage};

/// At most this many sign-ins are pending per session, since sessions often live in a cookie of limited size.
const MAX_ATTEMPTS: usize = 4;
/// An abandoned attempt is forgotten after this many seconds.
const MAX_AGE: i64 = 3600;

/// What must be remembered between the start of a sign-in and its callback.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SignInAttempt {
    pub redirect_uri: String,
    pub code_verifier: String,
    pub state: String,
    /// Absent in sessions stored by packages that send none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nonce: Option<String>,
    /// Epoch seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started_at: Option<i64>,
}

#[derive(Serialize, Deserialize)]
struct Stored {
    #[serde(flatten)]
    newest: SignInAttempt,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    earlier: Vec<SignInAttempt>,
}

/// All pending attempts, newest first.
pub(crate) fn load(storage: &dyn Storage) -> Result<Vec<SignInAttempt>, Error> {
    let stored =
        storage::read(storage, PersistKey::SignInSession)?.and_then(|text| serde_json::from_str::<Stored>(&text).ok());
    Ok(stored.map(|stored| [vec![stored.newest], stored.earlier].concat()).unwrap_or_default())
}

/// Puts an attempt first; drops the ones that are too old or too many.
pub(crate) fn add(storage: &dyn Storage, attempt: SignInAttempt, now: Timestamp) -> Result<(), Error> {
    let mut attempts = load(storage)?;
    attempts.retain(|one| one.started_at.is_none_or(|at| at > now.seconds() - MAX_AGE));
    attempts.insert(0, attempt);
    attempts.truncate(MAX_ATTEMPTS);
    save(storage, attempts)
}

/// Forgets the attempt with this state: it is over.
pub(crate) fn take(storage: &dyn Storage, state: &str) -> Result<(), Error> {
    let mut attempts = load(storage)?;
    attempts.retain(|one| one.state != state);
    save(storage, attempts)
}

fn save(storage: &dyn Storage, mut attempts: Vec<SignInAttempt>) -> Result<(), Error> {
    if attempts.is_empty() {
        return storage::remove(storage, &[PersistKey::SignInSession]);
    }
    let earlier = attempts.split_off(1);
    let Some(newest) = attempts.pop() else { return Ok(()) };
    let text = serde_json::to_string(&Stored { newest, earlier }).unwrap_or_default();
    storage::write(storage, PersistKey::SignInSession, &text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::MemoryStorage;

    fn attempt(state: &str, at: i64) -> SignInAttempt {
        SignInAttempt {
            redirect_uri: "https://app/cb".into(),
            code_verifier: "v".into(),
            state: state.into(),
            nonce: Some("n".into()),
            started_at: Some(at),
        }
    }

    #[test]
    fn the_published_format_is_read_and_written_in_front() {
        let storage = MemoryStorage::default();
        let published = r#"{"redirectUri":"https://app/cb","codeVerifier":"v","state":"old"}"#;
        storage.set(PersistKey::SignInSession, published).unwrap();
        assert_eq!(load(&storage).unwrap()[0].state, "old");
        add(&storage, attempt("new", 10), Timestamp(10_000)).unwrap();
        let text = storage.get(PersistKey::SignInSession).unwrap().unwrap();
        assert!(text.starts_with(r#"{"redirectUri":"https://app/cb","codeVerifier":"v","state":"new""#), "{text}");
        assert_eq!(load(&storage).unwrap().len(), 2);
    }

    #[test]
    fn attempts_are_bounded_in_number_and_age_and_the_last_leaves_nothing_behind() {
        let storage = MemoryStorage::default();
        add(&storage, attempt("ancient", 0), Timestamp(0)).unwrap();
        for number in 0..10 {
            add(&storage, attempt(&number.to_string(), 4000), Timestamp(4_000_000)).unwrap();
        }
        let states: Vec<_> = load(&storage).unwrap().into_iter().map(|one| one.state).collect();
        assert_eq!(states, ["9", "8", "7", "6"]);
        for state in states {
            take(&storage, &state).unwrap();
        }
        assert_eq!(storage.get(PersistKey::SignInSession).unwrap(), None);
    }

    #[test]
    fn text_that_cannot_be_read_counts_as_no_attempt() {
        let storage = MemoryStorage::default();
        storage.set(PersistKey::SignInSession, "not an attempt").unwrap();
        assert!(load(&storage).unwrap().is_empty());
    }
}
