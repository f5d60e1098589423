//! `GET /api/status`: alive and able to read (inventory A059, M309).

use axum::extract::State;
use axum::http::StatusCode;
use db::sql;

use crate::errors::ApiError;
use crate::routing::{Access, Routes};
use crate::{App, Tenant};

pub(crate) fn routes() -> Routes {
    Routes::new().get("/api/status", Access::Public, status)
}

async fn status(State(app): State<App>, _tenant: Tenant) -> Result<StatusCode, ApiError> {
    let _one: i64 = app.db.read(|r| r.query_one(sql!("select cast(1 as bigint)"), &[])).await?;
    Ok(StatusCode::NO_CONTENT)
}
