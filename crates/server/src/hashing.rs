//! Password hashing: a pool of its own threads behind a bounded queue, so that a flood of sign-ins slows down nothing
//! else (attack C23, logto#7091). When the queue is full the caller is told to come back.

mod digest;

use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};

use argon2::Block;
use flow::PasswordDigest;
use kernel::{Rng, Secret};
use tokio::sync::oneshot;

use crate::settings::HashSettings;

pub use digest::{Algorithm, Argon2Parameters, MOST_MEMORY_KIB, MOST_PASSES, StoredPassword};

/// Longer input is refused before it is hashed: nobody types it, and only an attacker sends it.
pub const LONGEST_PASSWORD_BYTES: usize = 4096;

/// Hashes that may wait per thread: about two seconds of work with the default parameters.
const QUEUE_PER_THREAD: usize = 64;

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HashingError {
    /// Too many wait already; answer 503 with `Retry-After`.
    #[error("the password hashing queue is full")]
    Busy,
    /// More than [`LONGEST_PASSWORD_BYTES`].
    #[error("the password is longer than {LONGEST_PASSWORD_BYTES} bytes")]
    TooLong,
    /// The parameters are out of Argon2's range, or no thread could be started.
    #[error("password hashing failed: {0}")]
    Failed(String),
}

/// The result of a comparison.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Comparison {
    Wrong,
    /// Right, and stored as it should be.
    Right,
    /// Right, but stored with another algorithm or other parameters: store this instead (H117).
    RightButOutdated(PasswordDigest),
}

impl Comparison {
    /// Whether the password was right.
    pub fn is_right(&self) -> bool {
        *self != Self::Wrong
    }
}

/// A handle on the pool. Cheap to clone; the threads end when the last one is gone.
#[derive(Clone)]
pub struct Hasher {
    jobs: SyncSender<Job>,
    rng: Rng,
    parameters: Argon2Parameters,
    /// Compared with when there is nothing to compare with, so that an unknown user costs the same time (C11, C12).
    decoy: Arc<StoredPassword>,
}

impl std::fmt::Debug for Hasher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Hasher({:?})", self.parameters)
    }
}

enum Job {
    Hash { password: Secret<String>, salt: [u8; 16], answer: oneshot::Sender<Result<PasswordDigest, HashingError>> },
    Compare { comparison: Box<Compare>, answer: oneshot::Sender<Result<Comparison, HashingError>> },
}

struct Compare {
    password: Secret<String>,
    stored: Option<StoredPassword>,
    decoy: Arc<StoredPassword>,
    new_salt: [u8; 16],
}

impl Hasher {
    /// Starts the threads.
    ///
    /// # Errors
    /// [`HashingError::Failed`] for parameters out of range, or when no thread can be started.
    pub fn start(settings: &HashSettings, rng: Rng) -> Result<Self, HashingError> {
        Self::start_with_queue(settings, settings.threads.max(1) * QUEUE_PER_THREAD, rng)
    }

    fn start_with_queue(settings: &HashSettings, queue: usize, rng: Rng) -> Result<Self, HashingError> {
        let parameters = Argon2Parameters { memory_kib: settings.memory, passes: settings.passes, lanes: 1 };
        digest::check(parameters)?;
        let decoy = StoredPassword::decoy(parameters, rng.bytes(), rng.bytes());
        let (jobs, waiting) = sync_channel(queue);
        let waiting = Arc::new(Mutex::new(waiting));
        for number in 0..settings.threads.max(1) {
            let waiting = Arc::clone(&waiting);
            std::thread::Builder::new()
                .name(format!("hashing-{number}"))
                .spawn(move || work(parameters, &waiting))
                .map_err(|error| HashingError::Failed(error.to_string()))?;
        }
        Ok(Self { jobs, rng, parameters, decoy: Arc::new(decoy) })
    }

    /// Hashes a new password with the current parameters and a fresh salt.
    ///
    /// # Errors
    /// See [`HashingError`].
    pub async fn hash(&self, password: &str) -> Result<PasswordDigest, HashingError> {
        let password = short_enough(password)?;
        let (answer, result) = oneshot::channel();
        self.send(Job::Hash { password, salt: self.rng.bytes(), answer })?;
        result.await.map_err(|_| HashingError::Busy)?
    }

    /// Compares a password with what is stored. With nothing stored it does the same work and answers `Wrong`.
    ///
    /// # Errors
    /// See [`HashingError`].
    pub async fn compare(&self, password: &str, stored: Option<StoredPassword>) -> Result<Comparison, HashingError> {
        let password = short_enough(password)?;
        let (answer, result) = oneshot::channel();
        let decoy = Arc::clone(&self.decoy);
        let comparison = Box::new(Compare { password, stored, decoy, new_salt: self.rng.bytes() });
        self.send(Job::Compare { comparison, answer })?;
        result.await.map_err(|_| HashingError::Busy)?
    }

    fn send(&self, job: Job) -> Result<(), HashingError> {
        self.jobs.try_send(job).map_err(|error| match error {
            TrySendError::Full(_) => HashingError::Busy,
            TrySendError::Disconnected(_) => HashingError::Failed("the hashing threads ended".to_owned()),
        })
    }
}

fn short_enough(password: &str) -> Result<Secret<String>, HashingError> {
    if password.len() > LONGEST_PASSWORD_BYTES {
        return Err(HashingError::TooLong);
    }
    Ok(Secret::new(password.to_owned()))
}

fn work(parameters: Argon2Parameters, waiting: &Mutex<Receiver<Job>>) {
    // Kept from hash to hash: asking the system for 19 MiB and touching every page costs as much as a tenth of a hash.
    let mut memory: Vec<Block> = Vec::new();
    loop {
        let job = waiting.lock().unwrap_or_else(PoisonError::into_inner).recv();
        match job {
            // Whoever gave up waiting does not need the work done; nobody else minds.
            Ok(Job::Hash { answer, .. }) if answer.is_closed() => {}
            Ok(Job::Compare { answer, .. }) if answer.is_closed() => {}
            Ok(Job::Hash { password, salt, answer }) => {
                answer.send(digest::hash(parameters, password.expose(), salt, &mut memory)).ok();
            }
            Ok(Job::Compare { comparison, answer }) => {
                answer.send(compare(parameters, &comparison, &mut memory)).ok();
            }
            Err(_) => return,
        }
        // An imported digest may want far more memory than ours; that is not kept.
        let own = usize::try_from(parameters.memory_kib).unwrap_or(usize::MAX);
        if memory.len() > own {
            memory.truncate(own);
            memory.shrink_to_fit();
        }
    }
}

fn compare(
    parameters: Argon2Parameters,
    comparison: &Compare,
    memory: &mut Vec<Block>,
) -> Result<Comparison, HashingError> {
    let password = comparison.password.expose();
    let Some(stored) = &comparison.stored else {
        digest::matches(&comparison.decoy, password, memory)?;
        return Ok(Comparison::Wrong);
    };
    if stored.algorithm.is_fast() {
        // An old digest compares in no time; without this, the time would tell imported users from others.
        digest::matches(&comparison.decoy, password, memory)?;
    }
    if !digest::matches(stored, password, memory)? {
        return Ok(Comparison::Wrong);
    }
    if stored.is_current(parameters) {
        return Ok(Comparison::Right);
    }
    Ok(Comparison::RightButOutdated(digest::hash(parameters, password, comparison.new_salt, memory)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hasher(memory: u32, passes: u32) -> Hasher {
        Hasher::start_with_queue(&HashSettings { memory, passes, threads: 1 }, 2, Rng::seeded(1)).unwrap()
    }

    fn stored(digest: PasswordDigest) -> Option<StoredPassword> {
        Some(digest.into())
    }

    #[tokio::test]
    async fn a_password_matches_its_own_digest_only() {
        let hasher = hasher(64, 1);
        let digest = hasher.hash("correct horse").await.unwrap();
        assert_eq!(digest.password_encryption_method, "Argon2id");
        assert_eq!(hasher.compare("correct horse", stored(digest.clone())).await, Ok(Comparison::Right));
        assert_eq!(hasher.compare("correct horsE", stored(digest)).await, Ok(Comparison::Wrong));
        assert_eq!(hasher.compare("", None).await, Ok(Comparison::Wrong), "not even the decoy's own password");
    }

    #[tokio::test]
    async fn an_outdated_digest_is_replaced_on_success_only() {
        let hasher = hasher(64, 1);
        let other = Argon2Parameters { memory_kib: 32, passes: 2, lanes: 1 };
        let old = digest::hash(other, "secret", [7; 16], &mut Vec::new()).unwrap();
        assert_eq!(hasher.compare("wrong", stored(old.clone())).await, Ok(Comparison::Wrong));
        let Ok(Comparison::RightButOutdated(new)) = hasher.compare("secret", stored(old)).await else {
            panic!("not replaced")
        };
        assert!(new.password_encrypted.starts_with("$argon2id$v=19$m=64,t=1,p=1$"), "{}", new.password_encrypted);
        assert_eq!(hasher.compare("secret", stored(new)).await, Ok(Comparison::Right));
    }

    #[test]
    fn parameters_whose_digests_would_not_be_read_again_are_refused() {
        let start = |memory, passes| Hasher::start(&HashSettings { memory, passes, threads: 1 }, Rng::seeded(1)).err();
        assert_eq!(start(MOST_MEMORY_KIB, MOST_PASSES), None);
        assert!(matches!(start(MOST_MEMORY_KIB + 1, 1), Some(HashingError::Failed(why)) if why.contains("262144 KiB")));
        assert!(matches!(start(64, MOST_PASSES + 1), Some(HashingError::Failed(why)) if why.contains("64 passes")));
    }

    #[tokio::test]
    async fn c23_a_huge_password_is_refused_before_any_work() {
        let hasher = hasher(64, 1);
        let huge = "a".repeat(1 << 20);
        assert_eq!(hasher.compare(&huge, None).await, Err(HashingError::TooLong));
        assert_eq!(hasher.hash(&huge).await, Err(HashingError::TooLong));
    }

    #[tokio::test]
    async fn c23_a_full_queue_refuses_instead_of_growing() {
        let hasher = hasher(4096, 4);
        let all: Vec<_> = (0..40)
            .map(|_| {
                let hasher = hasher.clone();
                tokio::spawn(async move { hasher.compare("x", None).await })
            })
            .collect();
        let mut busy = 0;
        for one in all {
            busy += i32::from(one.await.unwrap() == Err(HashingError::Busy));
        }
        assert!(busy > 0, "forty comparisons fit into a queue of two");
        assert_eq!(hasher.compare("x", None).await, Ok(Comparison::Wrong), "and afterwards it works again");
    }

    #[test]
    fn c11_c12_an_unknown_user_costs_the_same_work() {
        let parameters = Argon2Parameters { memory_kib: 4096, passes: 2, lanes: 1 };
        let mut memory = Vec::new();
        let known: StoredPassword = digest::hash(parameters, "secret", [7; 16], &mut memory).unwrap().into();
        let fast = StoredPassword { algorithm: Algorithm::Sha256, digest: "00".repeat(32) };
        let decoy = Arc::new(StoredPassword::decoy(parameters, [1; 16], [2; 32]));
        digest::work::taken();
        for stored in [Some(known), None, Some(fast)] {
            let comparison =
                Compare { password: Secret::new("wrong".into()), stored, decoy: Arc::clone(&decoy), new_salt: [3; 16] };
            assert_eq!(compare(parameters, &comparison, &mut memory), Ok(Comparison::Wrong));
            assert_eq!(digest::work::taken(), 4096 * 2, "{:?}", comparison.stored);
        }
    }
}
