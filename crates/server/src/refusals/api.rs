//! `/api/refusals`: what was refused, and what to change. Our own: the contract has nothing of the kind.

use ::api::refusals::Refusal;
use axum::Json;
use axum::extract::Path;
use axum::response::Response;

use super::store::{self, RefusalRow};
use crate::callers::ManagementCaller;
use crate::errors::ApiError;
use crate::http::{Paging, QueryParams};
use crate::routes::Routes;
use crate::search::Where;
use crate::work::View;

pub(crate) fn routes() -> Routes {
    Routes::new().get("/api/refusals", list_refusals).get("/api/refusals/{requestId}", get_refusal)
}

/// The members that a query may ask for, with their columns.
const FILTERS: [(&str, &str); 3] = [("clientId", "client_id = {}"), ("userId", "user_id = {}"), ("code", "code = {}")];

async fn list_refusals(caller: ManagementCaller, paging: Paging, query: QueryParams) -> Result<Response, ApiError> {
    let mut condition = Where::new("tenant_id = {}", [caller.tenant_id()]);
    for (name, filter) in FILTERS {
        if let Some(value) = query.get(name) {
            condition = condition.and(filter, [value]);
        }
    }
    let (page, locale) = (paging.page(), caller.locale);
    let read =
        move |view: &View<'_>| Ok::<_, ApiError>(store::LIST.rows::<RefusalRow>(view, &condition, Some(page))?);
    let (total, rows) = caller.read(read).await?;
    let shown: Vec<Refusal> = rows.into_iter().map(|row| row.shown(locale)).collect();
    Ok(paging.response(total, &shown))
}

async fn get_refusal(caller: ManagementCaller, Path(id): Path<String>) -> Result<Json<Refusal>, ApiError> {
    let locale = caller.locale;
    let read = move |view: &View<'_>| {
        let row = store::find(view, &id)?;
        row.ok_or_else(|| ApiError::not_found_by_id("refusals", &id))
    };
    caller.read_inline(read).await.map(|row| Json(row.shown(locale)))
}
