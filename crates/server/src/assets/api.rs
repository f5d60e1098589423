//! `/api/user-assets` (inventory M301, M302).

use ::api::user_assets::{AssetStatus, AssetUrl, UserAssetServiceStatus};
use axum::Json;
use axum::extract::Request;

use super::picture::FORMATS;
use super::store::Owner;
use super::upload::{Upload, Uploader};
use crate::ApiError;
use crate::callers::ManagementCaller;
use crate::routes::Routes;

pub(super) fn routes() -> Routes {
    Routes::new().get("/api/user-assets/service-status", get_service_status).post("/api/user-assets", create_user_asset)
}

async fn get_service_status(caller: ManagementCaller) -> Json<UserAssetServiceStatus> {
    let is_ready = caller.app.assets.files().is_ok();
    Json(UserAssetServiceStatus {
        status: if is_ready { AssetStatus::Ready } else { AssetStatus::NotConfigured },
        is_experience_avatar_upload_enabled: Some(true),
        allow_upload_mime_types: is_ready.then(|| FORMATS.iter().map(|(_, kind)| (*kind).to_owned()).collect()),
        max_upload_file_size: is_ready.then(|| Uploader::Administrator.max_bytes() as u64),
    })
}

async fn create_user_asset(caller: ManagementCaller, request: Request) -> Result<Json<AssetUrl>, ApiError> {
    let upload = Upload::receive(&caller, Uploader::Administrator, request).await?;
    let url = super::store_picture(&caller, Owner::Tenant { uploader: caller.id.clone() }, &upload.picture).await?;
    Ok(Json(AssetUrl { url }))
}
