//! Counts failed verifications per identifier and locks the identifier for a while (the contract's sentinel, E083).
//!
//! An attempt is counted before its answer is compared, in its own transaction. So parallel attempts cannot bypass
//! the counter (C3), and a rejected sign-in does not undo its count (C4). A right answer refunds the attempt. The
//! counter belongs to the normalized identifier, whether or not the account exists (C6, C11).

use aws_lc_rs::digest;
use db::{DbError, FromRow, params, sql};
use flow::Identifier;
use flow::experience::SentinelPolicy;
use kernel::{Timestamp, hex};

use crate::work::Work;

/// Older failures do not count.
const WINDOW_SECONDS: i64 = 60 * 60;

/// Passwords, codes and one-time tokens share one counter; each second factor has its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AttemptKind {
    Identifier,
    MfaTotp,
    MfaBackupCode,
    MfaVerificationCode,
    WebAuthn,
    /// The own password at the account API.
    OwnPassword,
}

impl AttemptKind {
    fn as_str(self) -> &'static str {
        match self {
            Self::Identifier => "Identifier",
            Self::MfaTotp => "MfaTotp",
            Self::MfaBackupCode => "MfaBackupCode",
            Self::MfaVerificationCode => "MfaVerificationCode",
            Self::WebAuthn => "WebAuthn",
            Self::OwnPassword => "OwnPassword",
        }
    }
}

/// The counter of one identifier and kind of attempt, with the policy that applies.
#[derive(Debug, Clone)]
pub struct LimitKey {
    /// Whom the attempts are about, as it was typed, if anything was.
    pub identifier: Option<Identifier>,
    pub hash: String,
    pub action: AttemptKind,
    pub policy: SentinelPolicy,
}

impl LimitKey {
    /// The counter of an identifier.
    pub fn for_identifier(identifier: Identifier, policy: SentinelPolicy) -> Self {
        let hash = hash_identifier(&identifier.canonical());
        Self { hash, identifier: Some(identifier), action: AttemptKind::Identifier, policy }
    }

    /// The counter of a second factor of a user. The factors count apart from each other and from the password, so that who
    /// guesses at one locks none of the others (C1).
    pub fn for_factor(user_id: &str, action: AttemptKind, policy: SentinelPolicy) -> Self {
        let user = Identifier::new(flow::IdentifierType::Username, user_id);
        Self { hash: hash_identifier(&user.canonical()), identifier: None, action, policy }
    }
}

/// A row of `sentinel_counters`. `failures` includes attempts whose answer is still being compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, FromRow)]
struct AttemptCounter {
    failures: i64,
    window_started_at: Timestamp,
    blocked_until: Option<Timestamp>,
}

impl AttemptCounter {
    /// Adds one attempt. `None` means that the attempt is not allowed.
    fn with_attempt(self, policy: &SentinelPolicy, now: Timestamp) -> Option<Self> {
        if self.is_blocked(now) {
            return None;
        }
        let in_window = now < self.window_started_at.plus_seconds(WINDOW_SECONDS);
        let failures = match (in_window, self.blocked_until) {
            (false, _) => 0,
            // After a lock one attempt is left. If it fails, the next lock begins.
            (true, Some(_)) => self.failures.min(policy.max_attempts() - 1),
            (true, None) => self.failures,
        };
        if failures >= policy.max_attempts() {
            return None;
        }
        let window_started_at = if in_window { self.window_started_at } else { now };
        Some(Self { failures: failures + 1, window_started_at, blocked_until: None })
    }

    /// A time beyond the longest lock was written before the clock was set back. Such a time is reduced; otherwise a
    /// lock of a minute would last until the clock has caught up.
    fn clamp_to_now(self, policy: &SentinelPolicy, now: Timestamp) -> Self {
        let latest = now.plus_seconds(policy.lockout_seconds());
        Self {
            window_started_at: self.window_started_at.min(now),
            blocked_until: self.blocked_until.map(|until| until.min(latest)),
            ..self
        }
    }

    fn is_blocked(self, now: Timestamp) -> bool {
        self.blocked_until.is_some_and(|until| now < until)
    }
}

/// Counts an attempt before its answer is compared. `false` means that the answer must not be compared.
pub(super) fn count_attempt(work: &Work<'_>, key: &LimitKey) -> Result<bool, DbError> {
    let counter = lock_counter(work, key)?;
    match counter.with_attempt(&key.policy, work.now()) {
        Some(counted) => save_counter(work, key, counted).map(|()| true),
        None => Ok(false),
    }
}

/// Refunds the attempt after a right answer. `false` means that the identifier was locked meanwhile and the answer must be
/// rejected.
pub(super) fn refund_attempt(work: &Work<'_>, key: &LimitKey) -> Result<bool, DbError> {
    let counter = lock_counter(work, key)?;
    if counter.is_blocked(work.now()) {
        return Ok(false);
    }
    let refund =
        sql!("update sentinel_counters set failures = $4 where tenant_id = $1 and target_hash = $2 and action = $3");
    work.exec_one(refund, params![work.tenant_id(), &key.hash, key.action.as_str(), (counter.failures - 1).max(0)])?;
    Ok(true)
}

/// Keeps the attempt after a wrong answer. `true` means that the identifier is locked now.
pub(super) fn record_failure(work: &Work<'_>, key: &LimitKey) -> Result<bool, DbError> {
    let counter = lock_counter(work, key)?;
    if counter.is_blocked(work.now()) {
        return Ok(true);
    }
    if counter.failures < key.policy.max_attempts() {
        return Ok(false);
    }
    let until = work.now().plus_seconds(key.policy.lockout_seconds());
    save_counter(work, key, AttemptCounter { blocked_until: Some(until), ..counter })?;
    Ok(true)
}

/// Unlocks identifiers of every type by their values, and second factors by the ids of their users.
///
/// # Errors
/// Database errors.
pub fn unlock(work: &Work<'_>, values: &[String]) -> Result<(), DbError> {
    let delete = sql!("delete from sentinel_counters where tenant_id = $1 and target_hash = $2");
    for value in values {
        let phone = Identifier::new(flow::IdentifierType::Phone, value.as_str());
        let text = Identifier::new(flow::IdentifierType::Username, value.as_str());
        for identifier in [text, phone] {
            work.exec(delete, params![work.tenant_id(), hash_identifier(&identifier.canonical())])?;
        }
    }
    Ok(())
}

/// Reads the counter and locks its row until the end of the transaction. A missing row is inserted.
fn lock_counter(work: &Work<'_>, key: &LimitKey) -> Result<AttemptCounter, DbError> {
    let stored: AttemptCounter = work.query_one(
        sql!(
            "insert into sentinel_counters (tenant_id, target_hash, action, failures, window_started_at) \
             values ($1, $2, $3, 0, $4) \
             on conflict (tenant_id, target_hash, action) do update set failures = sentinel_counters.failures \
             returning failures, window_started_at, blocked_until"
        ),
        params![work.tenant_id(), &key.hash, key.action.as_str(), work.now()],
    )?;
    let counter = stored.clamp_to_now(&key.policy, work.now());
    if counter != stored {
        save_counter(work, key, counter)?;
    }
    Ok(counter)
}

fn save_counter(work: &Work<'_>, key: &LimitKey, counter: AttemptCounter) -> Result<(), DbError> {
    work.exec_one(
        sql!(
            "update sentinel_counters set failures = $4, window_started_at = $5, blocked_until = $6 \
             where tenant_id = $1 and target_hash = $2 and action = $3"
        ),
        params![
            work.tenant_id(),
            &key.hash,
            key.action.as_str(),
            counter.failures,
            counter.window_started_at,
            counter.blocked_until
        ],
    )
}

pub(super) fn hash_identifier(canonical: &str) -> String {
    hex::encode(digest::digest(&digest::SHA256, canonical.as_bytes()).as_ref())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(max: i64) -> SentinelPolicy {
        SentinelPolicy { max_attempts: Some(max), lockout_duration: Some(5) }
    }

    fn counter(failures: i64) -> AttemptCounter {
        AttemptCounter { failures, window_started_at: Timestamp(0), blocked_until: None }
    }

    #[test]
    fn c5_the_threshold_is_exact_for_every_limit() {
        for max in 1..200 {
            let admitted = (0..).take_while(|n| counter(*n).with_attempt(&policy(max), Timestamp(1)).is_some()).count();
            assert_eq!(i64::try_from(admitted).unwrap(), max);
        }
    }

    #[test]
    fn a_clock_that_was_set_back_prolongs_no_lock() {
        let (now, ahead) = (Timestamp(7_200_000), Timestamp(10_800_000));
        let written = AttemptCounter { failures: 3, window_started_at: ahead, blocked_until: Some(ahead) };
        let corrected = written.clamp_to_now(&policy(3), now);
        let until = now.plus_seconds(policy(3).lockout_seconds());
        assert_eq!((corrected.window_started_at, corrected.blocked_until), (now, Some(until)));
        assert_eq!(corrected.clamp_to_now(&policy(3), until), corrected, "the end does not move on");
    }

    #[test]
    fn failures_are_forgotten_after_an_hour_and_a_lock_leaves_one_try() {
        let hour = Timestamp(0).plus_seconds(WINDOW_SECONDS);
        assert_eq!(counter(3).with_attempt(&policy(3), Timestamp(hour.0 - 1)), None);
        let fresh = AttemptCounter { failures: 1, window_started_at: hour, blocked_until: None };
        assert_eq!(counter(3).with_attempt(&policy(3), hour), Some(fresh));
        let locked = AttemptCounter { blocked_until: Some(Timestamp(1000)), ..counter(3) };
        assert_eq!(locked.with_attempt(&policy(3), Timestamp(999)), None);
        assert_eq!(locked.with_attempt(&policy(3), Timestamp(1000)), Some(counter(3)));
    }
}
