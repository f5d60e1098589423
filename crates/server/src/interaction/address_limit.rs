//! How often one network may do something: an IPv4 address, or an IPv6 /64.

use db::{DbError, params, sql};
use kernel::Timestamp;

use super::attempt_limit::hash_identifier;
use crate::fair_share::ClientNetwork;
use crate::work::{View, Work};

/// A limit for each network, or for each of something else.
#[derive(Debug, Clone, Copy)]
pub struct AddressLimit {
    /// What is counted, as stored.
    pub action: &'static str,
    pub most: i64,
    pub window_seconds: i64,
}

impl AddressLimit {
    /// What counts in the window of a counter; one that begins later than now was written before the clock was set back.
    fn counted(&self, stored: Option<(i64, Timestamp)>, now: Timestamp) -> Option<(i64, Timestamp)> {
        stored.filter(|(_, since)| *since <= now && now < since.plus_seconds(self.window_seconds))
    }
}

/// Whether the network has done it as often as it may. Writes nothing.
///
/// # Errors
/// A failure of the database.
pub fn is_used_up(view: &View<'_>, limit: &AddressLimit, network: ClientNetwork) -> Result<bool, DbError> {
    let text = sql!(
        "select failures, window_started_at from sentinel_counters \
         where tenant_id = $1 and target_hash = $2 and action = $3"
    );
    let stored = view.query_opt(text, params![view.tenant_id(), hash_identifier(&network.text()), limit.action])?;
    Ok(limit.counted(stored, view.now()).is_some_and(|(count, _)| count >= limit.most))
}

/// Counts it once. `false` means that the network has done it as often as it may.
///
/// # Errors
/// A failure of the database.
pub fn count(work: &Work<'_>, limit: &AddressLimit, network: ClientNetwork) -> Result<bool, DbError> {
    count_text(work, limit, &network.text())
}

/// As [`count`], for something else than a network.
///
/// # Errors
/// A failure of the database.
pub fn count_text(work: &Work<'_>, limit: &AddressLimit, whose: &str) -> Result<bool, DbError> {
    let hash = hash_identifier(whose);
    // The row stays locked until the end of the transaction.
    let stored = work.query_one(
        sql!(
            "insert into sentinel_counters (tenant_id, target_hash, action, failures, window_started_at) \
             values ($1, $2, $3, 0, $4) \
             on conflict (tenant_id, target_hash, action) do update set failures = sentinel_counters.failures \
             returning failures, window_started_at"
        ),
        params![work.tenant_id(), &hash, limit.action, work.now()],
    )?;
    let (count, since) = limit.counted(Some(stored), work.now()).unwrap_or((0, work.now()));
    if count >= limit.most {
        return Ok(false);
    }
    let update = sql!(
        "update sentinel_counters set failures = $4, window_started_at = $5 \
         where tenant_id = $1 and target_hash = $2 and action = $3"
    );
    work.exec_one(update, params![work.tenant_id(), &hash, limit.action, count + 1, since])?;
    Ok(true)
}
