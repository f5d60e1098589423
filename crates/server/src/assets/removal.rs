//! Removing files: a delivery of the outbox, so that no request waits for a storage, and none is forgotten while it is away.

use db::DbError;
use serde_json::{Map, Value};

use super::store;
use crate::outbox::Delivery;
use crate::work::{Actor, Work};
use crate::{App, Tenant};

/// The name under which deliveries are stored.
pub(crate) const SUBSCRIBER: &str = "asset_removal";
/// Its event in the outbox.
const EVENT: &str = "AssetRemoval";
/// Files per transaction of the sweep.
const MAX_BATCH_ROWS: i64 = 200;

/// Removes a file: its address leads nowhere from the commit on, and the file itself follows.
pub(super) fn remove(work: &Work<'_>, key: &str) -> Result<(), DbError> {
    // Whoever deletes the row orders the removal.
    if !store::delete(work, key)? {
        return Ok(());
    }
    work.enqueue(SUBSCRIBER, EVENT, Map::from_iter([("key".to_owned(), Value::from(key))]))
}

/// One attempt.
pub(crate) async fn deliver(app: App, delivery: Delivery) -> Result<(), String> {
    let Some(key) = delivery.payload.get("key").and_then(Value::as_str) else { return Ok(()) };
    let files = app.assets.files().map_err(|_| "no storage of files is set".to_owned())?;
    files.remove(key).await
}

/// Removes what nobody took: of registrations that came to nothing, of uploads that were never used or not completed. Returns the number
/// of files.
///
/// # Errors
/// A failure of the database; earlier batches stay committed.
pub async fn sweep(app: App) -> Result<u64, DbError> {
    let mut removed = 0;
    app.tenants.refresh(&app).await?;
    for id in app.tenants.ids() {
        loop {
            let sweep = |work: &Work<'_>| {
                let expired = store::find_expired(work, MAX_BATCH_ROWS)?;
                expired.iter().try_for_each(|key| remove(work, key))?;
                Ok::<_, DbError>(expired.len() as u64)
            };
            let batch = Tenant::new(id, &app).write(&Actor::Server, sweep).await?;
            removed += batch;
            if batch < MAX_BATCH_ROWS.unsigned_abs() {
                break;
            }
        }
    }
    Ok(removed)
}
