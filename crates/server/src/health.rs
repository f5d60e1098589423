//! `GET /api/status`: checks that the server can read the database (inventory A059, M309).

use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use db::sql;
use kernel::id;

use crate::callers::Anyone;
use crate::errors::ApiError;
use crate::routes::Routes;

pub(crate) fn routes() -> Routes {
    Routes::new().get("/api/status", get_status)
}

/// Names the tenant for whoever has the key of the operators (inventory F029).
const KEY_HEADER: HeaderName = HeaderName::from_static("logto-status-api-key");
const TENANT_HEADER: HeaderName = HeaderName::from_static("logto-tenant-id");

async fn get_status(anyone: Anyone) -> Result<Response, ApiError> {
    let _one: i64 =
        anyone.read(|view| Ok::<_, ApiError>(view.query_one(sql!("select cast(1 as bigint)"), &[])?)).await?;
    let mut response = StatusCode::NO_CONTENT.into_response();
    let Anyone(request) = anyone;
    let known = request.app.settings.status_api_key.as_ref();
    if request.header(KEY_HEADER).zip(known).is_some_and(|(given, known)| id::constant_time_eq(given, known.expose()))
        && let Ok(tenant_id) = HeaderValue::from_str(request.tenant_id())
    {
        response.headers_mut().insert(TENANT_HEADER, tenant_id);
    }
    Ok(response)
}
