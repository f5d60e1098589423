//! The sentinel: counts failed proofs per identifier and locks it for a while (E083).
//!
//! An attempt is counted before its password is looked at, and in a transaction of its own. So parallel attempts cannot
//! outrun the counter (C3), and a refused login does not take its count back (C4). Knowing the right password gives the
//! attempt back. The count is per spelling-independent identifier and the same for existing and unknown ones (C6, C11).

use aws_lc_rs::digest;
use db::{DbError, FromRow, Row, Tx, params, sql};
use flow::Identifier;
use flow::experience::SentinelPolicy;
use flow::identifier::phone_digits;
use kernel::Timestamp;

/// Failures older than this no longer count, in seconds.
const WINDOW: i64 = 60 * 60;

/// What is counted together: passwords, codes and one-time tokens share one count; each second factor has its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    Identifier,
    MfaTotp,
    MfaBackupCode,
    WebAuthn,
}

impl Action {
    fn as_str(self) -> &'static str {
        match self {
            Self::Identifier => "Identifier",
            Self::MfaTotp => "MfaTotp",
            Self::MfaBackupCode => "MfaBackupCode",
            Self::WebAuthn => "WebAuthn",
        }
    }
}

/// Whose attempts, of which kind, under which rules.
#[derive(Debug, Clone)]
pub struct Target {
    pub tenant: &'static str,
    pub hash: String,
    pub action: Action,
    pub policy: SentinelPolicy,
}

impl Target {
    /// The count of an identifier.
    pub fn identifier(tenant: &'static str, identifier: &Identifier, policy: SentinelPolicy) -> Self {
        Self { tenant, hash: hash(&identifier.canonical()), action: Action::Identifier, policy }
    }
}

/// A row of `sentinel_counters`. `failures` includes attempts that are still being judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Counter {
    failures: i64,
    window_started_at: Timestamp,
    blocked_until: Option<Timestamp>,
}

impl FromRow for Counter {
    fn from_row(row: &Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            failures: row.get("failures")?,
            window_started_at: row.get("window_started_at")?,
            blocked_until: row.get("blocked_until")?,
        })
    }
}

impl Counter {
    /// Counts one attempt; none means that it may not be made.
    fn attempt(self, policy: &SentinelPolicy, now: Timestamp) -> Option<Self> {
        if self.is_blocked(now) {
            return None;
        }
        let in_window = now < self.window_started_at.plus_seconds(WINDOW);
        let failures = match (in_window, self.blocked_until) {
            (false, _) => 0,
            // After a lock one try is left; if it fails, the next lock begins.
            (true, Some(_)) => self.failures.min(policy.max_attempts() - 1),
            (true, None) => self.failures,
        };
        if failures >= policy.max_attempts() {
            return None;
        }
        let window_started_at = if in_window { self.window_started_at } else { now };
        Some(Self { failures: failures + 1, window_started_at, blocked_until: None })
    }

    /// Times that lie further ahead than the rules can put them were written before the clock was set back: they count
    /// from now, or a lock of a minute would last until the clock has caught up.
    fn corrected(self, policy: &SentinelPolicy, now: Timestamp) -> Self {
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

/// Counts an attempt before it is judged. `false` means that it must not be judged.
///
/// # Errors
/// A failure of the database.
pub fn begin(tx: &Tx<'_>, target: &Target, now: Timestamp) -> Result<bool, DbError> {
    let counter = lock(tx, target, now)?;
    match counter.attempt(&target.policy, now) {
        Some(counted) => store(tx, target, counted).map(|()| true),
        None => Ok(false),
    }
}

/// Gives back the attempt of somebody who was right. `false` means that the identifier was locked meanwhile: then being
/// right does not help.
///
/// # Errors
/// A failure of the database.
pub fn succeeded(tx: &Tx<'_>, target: &Target, now: Timestamp) -> Result<bool, DbError> {
    let counter = lock(tx, target, now)?;
    if counter.is_blocked(now) {
        return Ok(false);
    }
    let give_back =
        sql!("update sentinel_counters set failures = $4 where tenant_id = $1 and target_hash = $2 and action = $3");
    tx.exec_one(
        give_back,
        params![target.tenant, &target.hash, target.action.as_str(), (counter.failures - 1).max(0)],
    )?;
    Ok(true)
}

/// Keeps the attempt of somebody who was wrong. `true` means that the identifier is locked now.
///
/// # Errors
/// A failure of the database.
pub fn failed(tx: &Tx<'_>, target: &Target, now: Timestamp) -> Result<bool, DbError> {
    let counter = lock(tx, target, now)?;
    if counter.is_blocked(now) {
        return Ok(true);
    }
    if counter.failures < target.policy.max_attempts() {
        return Ok(false);
    }
    let until = now.plus_seconds(target.policy.lockout_seconds());
    store(tx, target, Counter { blocked_until: Some(until), ..counter })?;
    Ok(true)
}

/// Unlocks identifiers by their values, whatever kind they are of.
///
/// # Errors
/// A failure of the database.
pub fn unlock(tx: &Tx<'_>, tenant: &str, values: &[String]) -> Result<(), DbError> {
    let delete = sql!("delete from sentinel_counters where tenant_id = $1 and target_hash = $2");
    for value in values {
        let phone = Identifier::new(flow::IdentifierType::Phone, phone_digits(value));
        let text = Identifier::new(flow::IdentifierType::Username, value.as_str());
        for identifier in [text, phone] {
            tx.exec(delete, params![tenant, hash(&identifier.canonical())])?;
        }
    }
    Ok(())
}

/// The counter, with its row locked until the end of the transaction; made if it is not there.
fn lock(tx: &Tx<'_>, target: &Target, now: Timestamp) -> Result<Counter, DbError> {
    let stored: Counter = tx.query_one(
        sql!(
            "insert into sentinel_counters (tenant_id, target_hash, action, failures, window_started_at) \
             values ($1, $2, $3, 0, $4) \
             on conflict (tenant_id, target_hash, action) do update set failures = sentinel_counters.failures \
             returning failures, window_started_at, blocked_until"
        ),
        params![target.tenant, &target.hash, target.action.as_str(), now],
    )?;
    let counter = stored.corrected(&target.policy, now);
    if counter != stored {
        store(tx, target, counter)?;
    }
    Ok(counter)
}

fn store(tx: &Tx<'_>, target: &Target, counter: Counter) -> Result<(), DbError> {
    tx.exec_one(
        sql!(
            "update sentinel_counters set failures = $4, window_started_at = $5, blocked_until = $6 \
             where tenant_id = $1 and target_hash = $2 and action = $3"
        ),
        params![
            target.tenant,
            &target.hash,
            target.action.as_str(),
            counter.failures,
            counter.window_started_at,
            counter.blocked_until
        ],
    )
}

fn hash(canonical: &str) -> String {
    let digest = digest::digest(&digest::SHA256, canonical.as_bytes());
    digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(max: i64) -> SentinelPolicy {
        SentinelPolicy { max_attempts: Some(max), lockout_duration: Some(5) }
    }

    fn counter(failures: i64) -> Counter {
        Counter { failures, window_started_at: Timestamp(0), blocked_until: None }
    }

    #[test]
    fn c5_the_threshold_is_exact_for_every_limit() {
        for max in 1..200 {
            let admitted = (0..).take_while(|n| counter(*n).attempt(&policy(max), Timestamp(1)).is_some()).count();
            assert_eq!(i64::try_from(admitted).unwrap(), max);
        }
    }

    #[test]
    fn a_clock_that_was_set_back_prolongs_no_lock() {
        let (now, ahead) = (Timestamp(7_200_000), Timestamp(10_800_000));
        let written = Counter { failures: 3, window_started_at: ahead, blocked_until: Some(ahead) };
        let corrected = written.corrected(&policy(3), now);
        let until = now.plus_seconds(policy(3).lockout_seconds());
        assert_eq!((corrected.window_started_at, corrected.blocked_until), (now, Some(until)));
        assert_eq!(corrected.corrected(&policy(3), until), corrected, "the end does not move on");
    }

    #[test]
    fn failures_are_forgotten_after_an_hour_and_a_lock_leaves_one_try() {
        let hour = Timestamp(0).plus_seconds(WINDOW);
        assert_eq!(counter(3).attempt(&policy(3), Timestamp(hour.0 - 1)), None);
        let fresh = Counter { failures: 1, window_started_at: hour, blocked_until: None };
        assert_eq!(counter(3).attempt(&policy(3), hour), Some(fresh));
        let locked = Counter { blocked_until: Some(Timestamp(1000)), ..counter(3) };
        assert_eq!(locked.attempt(&policy(3), Timestamp(999)), None);
        assert_eq!(locked.attempt(&policy(3), Timestamp(1000)), Some(counter(3)));
    }
}
