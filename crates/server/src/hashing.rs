//! Password hashing in a thread pool with a bounded queue, so that many sign-ins don't slow down other requests (attack
//! C23, logto#7091). The queue is shared fairly by client network; a full one is an error.

mod digest;
mod fair_queue;
mod imported;
mod phc;
#[cfg(test)]
mod work;

use std::sync::Arc;

use ::api::users::PasswordAlgorithm;
use argon2::Block;
use flow::PasswordDigest;
use flow::unicode::password_forms;
use kernel::{Rng, Secret};
use tokio::sync::oneshot;

use crate::fair_share::ClientNetwork;
use crate::settings::HashSettings;

use digest::Digest;
use fair_queue::{JobQueue, JobSender, QueueFull};
use phc::Argon2Digest;

pub use digest::{DigestError, StoredPassword};
pub use phc::{Argon2Parameters, MAX_MEMORY_KIB, MAX_PASSES};

/// Longer passwords are rejected before they are hashed: only an attacker sends them.
pub const MAX_PASSWORD_BYTES: usize = 4096;

/// Queue capacity per thread: about two seconds of work with the default parameters.
const QUEUE_PER_THREAD: usize = 64;

/// Why a password could not be hashed or verified.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HashingError {
    /// The queue is full, or the job gave way to one of another network; respond 503 with `Retry-After`.
    #[error("the password hashing queue is full")]
    Busy,
    /// More than [`MAX_PASSWORD_BYTES`].
    #[error("the password is longer than {MAX_PASSWORD_BYTES} bytes")]
    TooLong,
    /// The parameters are out of range for Argon2, or no thread could be started.
    #[error("password hashing failed: {0}")]
    Failed(String),
}

/// The result of verifying a password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verification {
    Mismatch,
    /// The password matches, and the digest has the current parameters.
    Matches,
    /// The password matches a digest with another algorithm or other parameters. Store this new digest instead (H117).
    MatchesNeedsRehash(PasswordDigest),
}

impl Verification {
    /// Whether the password matches.
    pub fn is_match(&self) -> bool {
        *self != Self::Mismatch
    }
}

/// A handle to the pool. Cheap to clone; the threads end when the last handle is dropped.
#[derive(Clone)]
pub struct Hasher {
    jobs: Arc<JobSender<HashJob>>,
    /// Whose turn its jobs wait for.
    network: ClientNetwork,
    rng: Rng,
    parameters: Argon2Parameters,
    /// Used when no digest is stored, so that an unknown user takes the same time (C11, C12).
    dummy_hash: Arc<Digest>,
}

impl std::fmt::Debug for Hasher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Hasher({:?})", self.parameters)
    }
}

enum HashJob {
    Hash { password: Secret<String>, salt: [u8; 16], answer: oneshot::Sender<Result<PasswordDigest, HashingError>> },
    Verify { request: Box<VerifyRequest>, answer: oneshot::Sender<Result<Verification, HashingError>> },
}

struct VerifyRequest {
    password: Secret<String>,
    stored: Option<StoredPassword>,
    dummy_hash: Arc<Digest>,
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
        parameters.check()?;
        let dummy_hash = Digest::Argon2(Argon2Digest::dummy(parameters, &rng)?);
        let (jobs, waiting) = JobQueue::new(queue);
        for number in 0..settings.threads.max(1) {
            let waiting = Arc::clone(&waiting);
            std::thread::Builder::new()
                .name(format!("hashing-{number}"))
                .spawn(move || worker_loop(parameters, &waiting))
                .map_err(|error| HashingError::Failed(error.to_string()))?;
        }
        let network = ClientNetwork::default();
        Ok(Self { jobs: Arc::new(jobs), network, rng, parameters, dummy_hash: Arc::new(dummy_hash) })
    }

    /// A handle whose jobs wait for the turn of `network`.
    pub fn for_network(&self, network: ClientNetwork) -> Self {
        Self { network, ..self.clone() }
    }

    /// Hashes a new password with the current parameters and a fresh salt.
    ///
    /// # Errors
    /// See [`HashingError`].
    pub async fn hash(&self, password: &str) -> Result<PasswordDigest, HashingError> {
        let password = require_max_bytes(password)?;
        let (answer, result) = oneshot::channel();
        self.enqueue(HashJob::Hash { password, salt: self.rng.bytes(), answer })?;
        result.await.map_err(|_| HashingError::Busy)?
    }

    /// Verifies a password. Without a stored digest it does the same work and returns `Mismatch`.
    ///
    /// # Errors
    /// See [`HashingError`].
    pub async fn verify(&self, password: &str, stored: Option<StoredPassword>) -> Result<Verification, HashingError> {
        let password = require_max_bytes(password)?;
        let (answer, result) = oneshot::channel();
        let dummy_hash = Arc::clone(&self.dummy_hash);
        let request = Box::new(VerifyRequest { password, stored, dummy_hash, new_salt: self.rng.bytes() });
        self.enqueue(HashJob::Verify { request, answer })?;
        result.await.map_err(|_| HashingError::Busy)?
    }

    fn enqueue(&self, job: HashJob) -> Result<(), HashingError> {
        self.jobs.send(self.network, job).map_err(|QueueFull| HashingError::Busy)
    }
}

fn require_max_bytes(password: &str) -> Result<Secret<String>, HashingError> {
    if password.len() > MAX_PASSWORD_BYTES {
        return Err(HashingError::TooLong);
    }
    Ok(Secret::new(password.to_owned()))
}

fn worker_loop(parameters: Argon2Parameters, waiting: &JobQueue<HashJob>) {
    // Reused for all hashes: allocating 19 MiB and touching every page takes a tenth of the time of a hash.
    let mut memory: Vec<Block> = Vec::new();
    while let Some(job) = waiting.next() {
        match job {
            // The caller stopped waiting.
            HashJob::Hash { answer, .. } if answer.is_closed() => {}
            HashJob::Verify { answer, .. } if answer.is_closed() => {}
            HashJob::Hash { password, salt, answer } => {
                answer.send(phc::hash(parameters, password.expose(), salt, &mut memory)).ok();
            }
            HashJob::Verify { request, answer } => {
                answer.send(verify(parameters, &request, &mut memory)).ok();
            }
        }
        // An imported digest may need much more memory than ours; release it.
        let own = usize::try_from(parameters.memory_kib).unwrap_or(usize::MAX);
        if memory.len() > own {
            memory.truncate(own);
            memory.shrink_to_fit();
        }
    }
}

fn verify(
    parameters: Argon2Parameters,
    request: &VerifyRequest,
    memory: &mut Vec<Block>,
) -> Result<Verification, HashingError> {
    // One keyboard sends `ä` as one character, another as two. A wrong password costs the hash of every form, for an
    // unknown user too.
    for password in password_forms(request.password.expose()).into_iter().map(Secret::new) {
        let result = verify_form(parameters, request, password.expose(), memory)?;
        if result.is_match() {
            return Ok(result);
        }
    }
    Ok(Verification::Mismatch)
}

fn verify_form(
    parameters: Argon2Parameters,
    request: &VerifyRequest,
    password: &str,
    memory: &mut Vec<Block>,
) -> Result<Verification, HashingError> {
    let stored = request.stored.as_ref().and_then(|stored| stored.parse().ok());
    // No digest, one that cannot be read, or a fast hash would reveal by its time which users exist and which were imported.
    if !stored.as_ref().is_some_and(Digest::is_argon2) {
        request.dummy_hash.matches(password, memory)?;
    }
    let Some(stored) = stored else { return Ok(Verification::Mismatch) };
    if !stored.matches(password, memory)? {
        return Ok(Verification::Mismatch);
    }
    // A digest of `Legacy` may be Argon2id too; it is replaced as all imported ones are.
    let algorithm = request.stored.as_ref().and_then(|stored| stored.algorithm);
    if stored.is_current(parameters) && algorithm == Some(PasswordAlgorithm::Argon2id) {
        return Ok(Verification::Matches);
    }
    Ok(Verification::MatchesNeedsRehash(phc::hash(parameters, password, request.new_salt, memory)?))
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
        assert_eq!(hasher.verify("correct horse", stored(digest.clone())).await, Ok(Verification::Matches));
        assert_eq!(hasher.verify("correct horsE", stored(digest)).await, Ok(Verification::Mismatch));
        assert_eq!(hasher.verify("", None).await, Ok(Verification::Mismatch), "not even the dummy hash's own password");
    }

    #[tokio::test]
    async fn a_password_matches_composed_and_decomposed() {
        let hasher = hasher(64, 1);
        let (composed, decomposed) = ("gr\u{fc}n \u{1ec7}", "gru\u{308}n e\u{323}\u{302}");
        for (set, typed) in [(composed, decomposed), (decomposed, composed), (composed, composed)] {
            let digest = hasher.hash(set).await.unwrap();
            assert_eq!(hasher.verify(typed, stored(digest)).await, Ok(Verification::Matches), "{set:?} {typed:?}");
        }
        let mixed = "gr\u{fc}n e\u{323}\u{302}";
        let digest = hasher.hash(mixed).await.unwrap();
        assert_eq!(hasher.verify(mixed, stored(digest.clone())).await, Ok(Verification::Matches), "as given first");
        assert_eq!(hasher.verify("grun e", stored(digest)).await, Ok(Verification::Mismatch));
    }

    #[tokio::test]
    async fn an_outdated_digest_is_replaced_on_success_only() {
        let hasher = hasher(64, 1);
        let other = Argon2Parameters { memory_kib: 32, passes: 2, lanes: 1 };
        let old = phc::hash(other, "secret", [7; 16], &mut Vec::new()).unwrap();
        assert_eq!(hasher.verify("wrong", stored(old.clone())).await, Ok(Verification::Mismatch));
        let Ok(Verification::MatchesNeedsRehash(new)) = hasher.verify("secret", stored(old)).await else {
            panic!("not replaced")
        };
        assert!(new.password_encrypted.starts_with("$argon2id$v=19$m=64,t=1,p=1$"), "{}", new.password_encrypted);
        assert_eq!(hasher.verify("secret", stored(new)).await, Ok(Verification::Matches));
    }

    #[test]
    fn parameters_whose_digests_would_not_be_read_again_are_refused() {
        let start = |memory, passes| Hasher::start(&HashSettings { memory, passes, threads: 1 }, Rng::seeded(1)).err();
        assert_eq!(start(MAX_MEMORY_KIB, MAX_PASSES), None);
        assert!(matches!(start(MAX_MEMORY_KIB + 1, 1), Some(HashingError::Failed(why)) if why.contains("262144 KiB")));
        assert!(matches!(start(64, MAX_PASSES + 1), Some(HashingError::Failed(why)) if why.contains("64 passes")));
    }

    #[tokio::test]
    async fn c23_a_huge_password_is_refused_before_any_work() {
        let hasher = hasher(64, 1);
        let huge = "a".repeat(1 << 20);
        assert_eq!(hasher.verify(&huge, None).await, Err(HashingError::TooLong));
        assert_eq!(hasher.hash(&huge).await, Err(HashingError::TooLong));
    }

    #[tokio::test]
    async fn c23_a_full_queue_refuses_instead_of_growing() {
        let hasher = hasher(4096, 4);
        let all: Vec<_> = (0..40)
            .map(|_| {
                let hasher = hasher.clone();
                tokio::spawn(async move { hasher.verify("x", None).await })
            })
            .collect();
        let mut busy = 0;
        for one in all {
            busy += i32::from(one.await.unwrap() == Err(HashingError::Busy));
        }
        assert!(busy > 0, "forty comparisons fit into a queue of two");
        assert_eq!(hasher.verify("x", None).await, Ok(Verification::Mismatch), "and afterwards it works again");
    }

    #[test]
    fn c11_c12_an_unknown_user_costs_the_same_work() {
        let parameters = Argon2Parameters { memory_kib: 4096, passes: 2, lanes: 1 };
        let mut memory = Vec::new();
        let known: StoredPassword = phc::hash(parameters, "secret", [7; 16], &mut memory).unwrap().into();
        let fast = StoredPassword { algorithm: Some(PasswordAlgorithm::SHA256), digest: "00".repeat(32) };
        let dummy_hash = Arc::new(Digest::Argon2(Argon2Digest::dummy(parameters, &Rng::seeded(1)).unwrap()));
        work::taken();
        let unreadable = StoredPassword { algorithm: Some(PasswordAlgorithm::Argon2id), digest: "x".to_owned() };
        for stored in [Some(known), None, Some(fast), Some(unreadable)] {
            let request = VerifyRequest {
                password: Secret::new("wrong".into()),
                stored,
                dummy_hash: Arc::clone(&dummy_hash),
                new_salt: [3; 16],
            };
            assert_eq!(verify(parameters, &request, &mut memory), Ok(Verification::Mismatch));
            assert_eq!(work::taken(), 4096 * 2, "{:?}", request.stored);
        }
    }
}
