//! `POST /api/my-account/user-assets/avatar` (inventory A043). The picture is the person's avatar once they set it, and is removed after a
//! day otherwise.

use ::api::user_assets::AssetUrl;
use axum::Json;
use axum::extract::Request;

use crate::ApiError;
use crate::assets::{self, Owner, Picture, Upload, Uploader};
use crate::callers::{AccountNeeds, AccountOperation, AccountUser, Field, account_operations};
use crate::routes::Routes;

account_operations! {
    UploadAvatar = AccountNeeds::to_change().scope("profile").field(Field::Avatar);
}

pub(super) fn routes() -> Routes {
    Routes::new().post("/api/my-account/user-assets/avatar", upload_avatar)
}

async fn upload_avatar(caller: AccountUser<UploadAvatar>, request: Request) -> Result<Json<AssetUrl>, ApiError> {
    upload(&caller, request).await.map(Json)
}

/// Stores the picture of a request for the person.
///
/// # Errors
/// As [`Upload::receive`]; as [`store`].
pub(crate) async fn upload<O: AccountOperation>(
    caller: &AccountUser<O>,
    request: Request,
) -> Result<AssetUrl, ApiError> {
    let upload = Upload::receive(caller.request(), Uploader::Person, request).await?;
    store(caller, &upload.picture).await
}

/// Stores a picture for the person.
///
/// # Errors
/// 429 `request.rate_limited`; 500 `storage.upload_error`; as [`AccountUser::write`].
pub(super) async fn store<O: AccountOperation>(
    caller: &AccountUser<O>,
    picture: &Picture,
) -> Result<AssetUrl, ApiError> {
    let context = caller.request();
    let end = context.now.plus(assets::UNUSED_AFTER);
    let new = assets::prepare(context, Owner::User(caller.id().clone()), picture, end)?;
    let row = new.clone();
    // The rights are asked again: a file may take its time.
    caller.write(move |work, _| Ok(assets::insert(work, &row)?)).await?;
    assets::write_file(context, &new, picture).await?;
    Ok(AssetUrl { url: new.url })
}
