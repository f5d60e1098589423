//! `/api/user-assets` (inventory M301, M302).

use ::api::user_assets::{AssetStatus, AssetUrl, UserAssetServiceStatus};
use axum::Json;
use axum::extract::Request;

use super::picture::FORMATS;
use super::store::{self, Owner};
use super::upload::{Upload, Uploader};
use crate::callers::{ManagementCaller, RequestContext};
use crate::routes::Routes;
use crate::{ApiError, App};

pub(super) fn routes() -> Routes {
    Routes::new().get("/api/user-assets/service-status", get_service_status).post("/api/user-assets", create_user_asset)
}

async fn get_service_status(caller: ManagementCaller) -> Json<UserAssetServiceStatus> {
    Json(service_status(&caller.app, Uploader::Administrator))
}

/// Whether pictures can be uploaded, and which.
pub(crate) fn service_status(app: &App, uploader: Uploader) -> UserAssetServiceStatus {
    let is_ready = app.assets.files().is_ok();
    UserAssetServiceStatus {
        status: if is_ready { AssetStatus::Ready } else { AssetStatus::NotConfigured },
        is_experience_avatar_upload_enabled: Some(true),
        allow_upload_mime_types: is_ready.then(|| FORMATS.iter().map(|(_, kind)| (*kind).to_owned()).collect()),
        max_upload_file_size: is_ready.then(|| uploader.max_bytes() as u64),
    }
}

async fn create_user_asset(caller: ManagementCaller, request: Request) -> Result<Json<AssetUrl>, ApiError> {
    let upload = Upload::receive(&caller, Uploader::Administrator, request).await?;
    let owner = Owner::Tenant { uploader: caller.id.clone() };
    let new = super::prepare(&caller, owner, &upload.picture, caller.now.plus(super::WRITTEN_AFTER))?;
    let row = new.clone();
    caller.write(move |work| Ok::<_, ApiError>(super::insert(work, &row)?)).await?;
    super::write_file(&caller, &new, &upload.picture).await?;
    let (context, key): (&RequestContext, _) = (&caller, new.key);
    context.write(move |work| store::keep(work, &key)).await?;
    Ok(Json(AssetUrl { url: new.url }))
}
