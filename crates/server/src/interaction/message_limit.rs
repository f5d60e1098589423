//! How many messages one address or number gets (E084): 10 in 10 minutes, whoever asks for them and however they spell it.

use db::{DbError, params, sql};
use flow::Identifier;
use kernel::Timestamp;

use super::attempt_limit::hash_identifier;
use crate::work::Work;

const MAX_MESSAGES: i64 = 10;
const WINDOW_SECONDS: i64 = 600;

/// The action of verification codes.
pub(super) const CODE_SEND: &str = "VerificationCodeSend";

/// Counts a message before it is sent. `false` means that the recipient has had enough.
pub(super) fn count_message(work: &Work<'_>, recipient: &Identifier) -> Result<bool, DbError> {
    let hash = hash_identifier(&recipient.canonical());
    let (sent, since): (i64, Timestamp) = work.query_one(
        sql!(
            "insert into sentinel_counters (tenant_id, target_hash, action, failures, window_started_at) \
             values ($1, $2, $3, 0, $4) \
             on conflict (tenant_id, target_hash, action) do update set failures = sentinel_counters.failures \
             returning failures, window_started_at"
        ),
        params![work.tenant_id(), &hash, CODE_SEND, work.now()],
    )?;
    // A window that begins later than now was written before the clock was set back.
    let is_over = work.now() >= since.plus_seconds(WINDOW_SECONDS) || since > work.now();
    let (sent, since) = if is_over { (0, work.now()) } else { (sent, since) };
    if sent >= MAX_MESSAGES {
        return Ok(false);
    }
    let count = sql!(
        "update sentinel_counters set failures = $4, window_started_at = $5 \
         where tenant_id = $1 and target_hash = $2 and action = $3"
    );
    work.exec_one(count, params![work.tenant_id(), &hash, CODE_SEND, sent + 1, since])?;
    Ok(true)
}
