//! `GET /api/systems/application`: where protected applications live (inventory M300). They need a proxy at the edge, which this server
//! is not, so nothing is configured.

use ::api::ErrorCode;
use axum::http::StatusCode;

use crate::callers::ManagementCaller;
use crate::errors::ApiError;
use crate::routes::Routes;

pub(crate) fn routes() -> Routes {
    Routes::new().get("/api/systems/application", get_application_settings)
}

async fn get_application_settings(_: ManagementCaller) -> ApiError {
    ApiError::new(StatusCode::NOT_IMPLEMENTED, ErrorCode::ApplicationProtectedAppNotConfigured)
}
