//! `/api/logs` (inventory M273, M274): the audit log is only read here.

use ::api::ErrorCode;
use ::api::logs::{Log, LogPayload};
use axum::Json;
use axum::extract::Path;
use axum::http::HeaderValue;
use axum::response::Response;
use db::{DbError, FromRow, params, sql};
use kernel::Timestamp;
use serde::Serialize;

use super::changes;
use crate::callers::ManagementCaller;
use crate::errors::ApiError;
use crate::http::validate::invalid_member;
use crate::http::{Paging, QueryParams};
use crate::routes::Routes;
use crate::search::{ListQuery, Where};
use crate::work::View;

/// What `enableCap` counts at most: counting all entries of a busy tenant takes long.
const COUNT_CAP: i64 = 10_000;

const LIST_QUERY: ListQuery = ListQuery { columns: LogRow::COLUMNS, from: "logs", order: "created_at desc, id desc" };

/// A row of `logs`.
#[derive(FromRow)]
pub(crate) struct LogRow {
    tenant_id: String,
    pub(crate) id: String,
    pub(crate) key: String,
    #[row(json)]
    pub(crate) payload: LogPayload,
    pub(crate) created_at: Timestamp,
}

impl From<LogRow> for Log {
    fn from(row: LogRow) -> Self {
        let LogRow { tenant_id, id, key, payload, created_at } = row;
        Self { tenant_id, id, key, payload, created_at }
    }
}

pub(crate) fn routes() -> Routes {
    Routes::new().get("/api/logs", list_logs).get("/api/logs/{id}", get_log)
}

async fn list_logs(caller: ManagementCaller, paging: Paging, query: QueryParams) -> Result<Response, ApiError> {
    let condition = condition(caller.tenant_id(), &query)?;
    list::<Log>(&caller, &paging, &query, condition).await
}

/// A page of the entries that match, newest first.
///
/// # Errors
/// A failure of the database.
pub(crate) async fn list<T: From<LogRow> + Serialize + Send + 'static>(
    caller: &ManagementCaller,
    paging: &Paging,
    query: &QueryParams,
    condition: Where,
) -> Result<Response, ApiError> {
    let (page, is_capped) = (paging.page(), query.is_true("enableCap"));
    let read = move |view: &View<'_>| {
        let rows: Vec<LogRow> = LIST_QUERY.page(view, &condition, page)?;
        let total = match (page.known_total(rows.len()), is_capped) {
            (Some(total), _) => total,
            (None, true) => LIST_QUERY.count_up_to(view, &condition, COUNT_CAP + 1)?,
            (None, false) => LIST_QUERY.count(view, &condition)?,
        };
        Ok::<_, ApiError>((total, rows.into_iter().map(T::from).collect::<Vec<_>>()))
    };
    let (total, logs) = caller.read(read).await?;
    if !is_capped || total <= COUNT_CAP {
        return Ok(paging.response(total, &logs));
    }
    let mut response = paging.response(COUNT_CAP, &logs);
    response.headers_mut().insert("total-number-is-capped", HeaderValue::from_static("true"));
    Ok(response)
}

/// How many requests a webhook made since a time, and how many of them were taken.
///
/// # Errors
/// A failure of the database.
pub(crate) fn count_hook_requests(view: &View<'_>, hook_id: &str, since: Timestamp) -> Result<(i64, i64), DbError> {
    let text = sql!(
        "select count(*), coalesce(sum(case when hook_succeeded then 1 else 0 end), 0) from logs \
         where tenant_id = $1 and hook_id = $2 and created_at >= $3"
    );
    view.query_one(text, params![view.tenant_id(), hook_id, since])
}

/// The entries that a query asks for. Deliveries of webhooks and trusted devices have lists of their own.
fn condition(tenant_id: &str, query: &QueryParams) -> Result<Where, ApiError> {
    let hidden = "tenant_id = {} and key not like 'TriggerHook.%' and key not like 'TrustedDevice.%'";
    let mut condition = Where::new(hidden, [tenant_id]);
    condition = match query.get("logKey") {
        // Changes by administrators are shown to who asks for them: other readers know sign-ins and tokens alone.
        Some(key) if key == changes::FAMILY => condition.and("key like {}", [format!("{key}.%")]),
        Some(key) if key.starts_with(changes::FAMILY) && key.matches('.').count() == 1 && is_name(key) => {
            condition.and("key like {}", [format!("{key}.%")])
        }
        Some(key) => condition.and("key = {}", [key]),
        None => condition.and("key not like {}", [format!("{}.%", changes::FAMILY)]),
    };
    for (name, filter) in [("userId", "user_id = {}"), ("applicationId", "application_id = {}")] {
        if let Some(value) = query.get(name) {
            condition = condition.and(filter, [value]);
        }
    }
    within_window(condition, query)
}

/// The entries of the time that a query names.
///
/// # Errors
/// 400 for what is no time, and `log.invalid_time_window`.
pub(crate) fn within_window(mut condition: Where, query: &QueryParams) -> Result<Where, ApiError> {
    let (start, end) = (time(query, "start_time")?, time(query, "end_time")?);
    if start.zip(end).is_some_and(|(start, end)| start > end) {
        return Err(ApiError::bad_request(ErrorCode::LogInvalidTimeWindow));
    }
    for (value, filter) in [(start, "created_at >= {}"), (end, "created_at <= {}")] {
        if let Some(value) = value {
            condition = condition.and(filter, [value]);
        }
    }
    Ok(condition)
}

/// Whether a text has no character that means something in a pattern.
fn is_name(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'.')
}

/// A time of the query in Unix milliseconds.
fn time(query: &QueryParams, name: &str) -> Result<Option<i64>, ApiError> {
    let Some(text) = query.get(name) else { return Ok(None) };
    text.parse().map(Some).map_err(|_| invalid_member(&[name], "expected milliseconds since 1970"))
}

async fn get_log(caller: ManagementCaller, Path(id): Path<String>) -> Result<Json<Log>, ApiError> {
    let text = sql!("select tenant_id, id, key, payload, created_at from logs where tenant_id = $1 and id = $2");
    let read = move |view: &View<'_>| {
        let row: Option<LogRow> = view.query_opt(text, params![view.tenant_id(), &id])?;
        row.map(Log::from).ok_or_else(|| ApiError::not_found_by_id("logs", &id))
    };
    caller.read(read).await.map(Json)
}
