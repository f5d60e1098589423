//! `GET /api/status`: checks that the server can read the database (inventory A059, M309).

use axum::extract::State;
use axum::http::StatusCode;
use db::sql;

use crate::errors::ApiError;
use crate::routes::{Access, Routes};
use crate::{App, Tenant};

pub(crate) fn routes() -> Routes {
    Routes::new().old_get("/api/status", Access::Public, get_status)
}

async fn get_status(State(app): State<App>, _tenant: Tenant) -> Result<StatusCode, ApiError> {
    let _one: i64 = app.db.read(|r| r.query_one(sql!("select cast(1 as bigint)"), &[])).await?;
    Ok(StatusCode::NO_CONTENT)
}
