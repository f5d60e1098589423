//! The password routes of administrators (inventory M029–M032). Hashing happens outside of transactions.

use axum::Json;
use axum::extract::Path;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};

use super::UserResponse;
use super::store;
use crate::ApiError;
use crate::callers::ManagementCaller;
use crate::hashing::Verification;
use crate::http::Body;
use crate::http::newtypes::BoundedText;

#[derive(Deserialize)]
pub(super) struct PasswordRequest {
    password: BoundedText<1, 4096>,
}

pub(super) async fn update_password(
    caller: ManagementCaller,
    Path(id): Path<String>,
    Body(body): Body<PasswordRequest>,
) -> Result<Json<UserResponse>, ApiError> {
    let known = id.clone();
    caller.read_inline(move |view| store::get(view, &known)).await?;
    let digest = caller.app.hasher.hash(&body.password.0).await?;
    let user = caller.write(move |work| super::change_password(work, &id, &digest)).await?;
    Ok(Json(user.into()))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct UpdatePasswordExpiration {
    is_expired: bool,
}

pub(super) async fn update_password_expiration(
    caller: ManagementCaller,
    Path(id): Path<String>,
    Body(body): Body<UpdatePasswordExpiration>,
) -> Result<Json<UserResponse>, ApiError> {
    let enabled = caller.config.policy.experience.password_expiration.enabled.unwrap_or_default();
    if body.is_expired && !enabled {
        return Err(ApiError::bad_request("sign_in_experiences.password_expiration_not_enabled"));
    }
    let user = caller
        .write(move |work| {
            let mut user = store::get_for_update(work, &id)?;
            user.is_password_expired = body.is_expired;
            store::update(work, &user)?;
            store::get(work, &id)
        })
        .await?;
    Ok(Json(user.into()))
}

pub(super) async fn verify_password(
    caller: ManagementCaller,
    Path(id): Path<String>,
    Body(body): Body<PasswordRequest>,
) -> Result<StatusCode, ApiError> {
    let known = id.clone();
    let user = caller.read_inline(move |view| store::get(view, &known)).await?;
    match caller.app.hasher.verify(&body.password.0, user.stored_password()).await? {
        Verification::Mismatch => return Err(ApiError::unprocessable("session.invalid_credentials")),
        Verification::Matches => {}
        Verification::MatchesNeedsRehash(new) => {
            let old = user.password.map(|password| password.password_encrypted).unwrap_or_default();
            let write = caller.write(move |work| store::replace_hash_if_unchanged(work, &id, &old, &new));
            write.await.map_err(ApiError::from)?;
        }
    }
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct HasPasswordResponse {
    has_password: bool,
}

pub(super) async fn get_has_password(
    caller: ManagementCaller,
    Path(id): Path<String>,
) -> Result<Json<HasPasswordResponse>, ApiError> {
    let user = caller.read_inline(move |view| store::get(view, &id)).await?;
    Ok(Json(HasPasswordResponse { has_password: user.password.is_some() }))
}
