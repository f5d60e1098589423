//! `GET /api/status`: checks that the server can read the database (inventory A059, M309).

use axum::http::StatusCode;
use db::sql;

use crate::callers::Anyone;
use crate::errors::ApiError;
use crate::routes::Routes;

pub(crate) fn routes() -> Routes {
    Routes::new().get("/api/status", get_status)
}

async fn get_status(anyone: Anyone) -> Result<StatusCode, ApiError> {
    let _one: i64 =
        anyone.read(|view| Ok::<_, ApiError>(view.query_one(sql!("select cast(1 as bigint)"), &[])?)).await?;
    Ok(StatusCode::NO_CONTENT)
}
