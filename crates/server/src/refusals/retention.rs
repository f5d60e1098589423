//! How long and how many refusals are kept.

use db::{DbError, params, sql};
use kernel::Timestamp;

use crate::App;
use crate::jobs::sweep::{MAX_BATCH_ROWS, repeat};

/// A week: whoever was refused asks soon.
const MAX_AGE_SECONDS: i64 = 7 * 24 * 3600;
/// Of each tenant.
const MAX_ROWS: i64 = 20_000;

/// Deletes what is too old, and the oldest of a tenant that has too many. Returns the number of rows.
///
/// # Errors
/// A failure of the database; earlier batches stay committed.
pub async fn trim(app: App) -> Result<u64, DbError> {
    let old = app.clock.now().plus_seconds(-MAX_AGE_SECONDS);
    let delete_old = sql!(
        "delete from refusals where (tenant_id, request_id) in \
         (select tenant_id, request_id from refusals where created_at < $1 order by created_at limit $2)"
    );
    let mut removed = repeat(&app.db, delete_old, params![old, MAX_BATCH_ROWS].to_vec()).await?;
    let tenants: Vec<String> = app.db.read(|r| r.query_all(sql!("select id from tenants"), params![])).await?;
    for tenant in tenants {
        let of = tenant.clone();
        let newest_beyond: Option<Timestamp> = app
            .db
            .read(move |r| {
                let text = sql!(
                    "select created_at from refusals where tenant_id = $1 order by created_at desc limit 1 offset $2"
                );
                r.query_opt(text, params![of, MAX_ROWS])
            })
            .await?;
        let Some(before) = newest_beyond.map(|at| Timestamp(at.0 + 1)) else { continue };
        let delete = sql!(
            "delete from refusals where (tenant_id, request_id) in \
             (select tenant_id, request_id from refusals where tenant_id = $3 and created_at < $1 \
             order by created_at limit $2)"
        );
        removed += repeat(&app.db, delete, params![before, MAX_BATCH_ROWS, tenant].to_vec()).await?;
    }
    Ok(removed)
}
