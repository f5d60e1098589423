//! Recent requests and their statistics, from the log (inventory M265, M270, H018).

use ::api::hooks::{ExecutionStats, HookLog};
use axum::extract::Path;
use axum::response::Response;
use db::DbError;
use kernel::Timestamp;

use crate::audit::{self, LogRow};
use crate::callers::ManagementCaller;
use crate::errors::ApiError;
use crate::http::validate::invalid_member;
use crate::http::{Paging, QueryParams};
use crate::search::Where;
use crate::work::View;

const WINDOW_SECONDS: i64 = 24 * 3600;

impl From<LogRow> for HookLog {
    fn from(row: LogRow) -> Self {
        Self { id: row.id, key: row.key, payload: row.payload, created_at: row.created_at.millis() }
    }
}

pub(super) async fn list(
    caller: ManagementCaller,
    Path(id): Path<String>,
    paging: Paging,
    query: QueryParams,
) -> Result<Response, ApiError> {
    let mut condition = Where::new("tenant_id = {} and hook_id = {}", [caller.tenant_id(), &id]);
    if let Some(key) = query.get("logKey") {
        condition = condition.and("key = {}", [key]);
    }
    if let Some(result) = query.get("result") {
        let is_taken = match result {
            "Success" => true,
            "Error" => false,
            _ => return Err(invalid_member(&["result"], "expected `Success` or `Error`")),
        };
        condition = condition.and("hook_succeeded = {}", [is_taken]);
    }
    condition = audit::within_window(condition, &query)?;
    if query.get("start_time").is_none() && query.get("end_time").is_none() {
        condition = condition.and("created_at >= {}", [since(caller.now).0]);
    }
    audit::list::<HookLog>(&caller, &paging, &query, condition).await
}

/// What became of the requests of the last 24 hours.
///
/// # Errors
/// A failure of the database.
pub(super) fn stats(view: &View<'_>, id: &str) -> Result<ExecutionStats, DbError> {
    let (request_count, success_count) = audit::count_hook_requests(view, id, since(view.now()))?;
    Ok(ExecutionStats { success_count, request_count })
}

fn since(now: Timestamp) -> Timestamp {
    now.plus_seconds(-WINDOW_SECONDS)
}
