//! `/me/user-assets` (inventory A082).

use ::api::user_assets::{AssetUrl, UserAssetServiceStatus};
use axum::Json;
use axum::extract::Request;

use crate::ApiError;
use crate::account::avatar;
use crate::assets::{self, Uploader};
use crate::callers::MeUser;
use crate::routes::Routes;

pub(super) fn routes() -> Routes {
    Routes::new().get("/me/user-assets/service-status", get_service_status).post("/me/user-assets", create_picture)
}

async fn get_service_status(caller: MeUser) -> Json<UserAssetServiceStatus> {
    Json(assets::service_status(&caller.request().app, Uploader::Person))
}

async fn create_picture(caller: MeUser, request: Request) -> Result<Json<AssetUrl>, ApiError> {
    avatar::upload(&caller, request).await.map(Json)
}
