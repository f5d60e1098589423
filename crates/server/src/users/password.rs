//! The password routes of administrators (inventory M029–M032). Hashing happens outside of transactions.

use ::api::ErrorCode;
use ::api::users::{HasPassword, UpdatePasswordExpiration, UserPassword};
use axum::Json;
use axum::extract::Path;
use axum::http::StatusCode;
use kernel::ids::UserId;

use super::UserResponse;
use super::store;
use super::stored_password;
use crate::ApiError;
use crate::callers::ManagementCaller;
use crate::hashing::Verification;
use crate::http::RequestBody;

pub(super) async fn update_password(
    caller: ManagementCaller,
    Path(id): Path<UserId>,
    RequestBody(body): RequestBody<UserPassword>,
) -> Result<Json<UserResponse>, ApiError> {
    let known = id.clone();
    caller.read_inline(move |view| store::get(view, &known)).await?;
    let digest = caller.hasher().hash(&body.password.0).await?;
    let user = caller
        .write(move |work| {
            let user = super::change_password(work, &id, &digest)?;
            Ok::<_, ApiError>(UserResponse::of(work, user)?)
        })
        .await?;
    Ok(Json(user))
}

pub(super) async fn update_password_expiration(
    caller: ManagementCaller,
    Path(id): Path<UserId>,
    RequestBody(body): RequestBody<UpdatePasswordExpiration>,
) -> Result<Json<UserResponse>, ApiError> {
    let enabled = caller.config.policy.experience.password_expiration.enabled.unwrap_or_default();
    if body.is_expired && !enabled {
        return Err(ApiError::bad_request(ErrorCode::SignInExperiencesPasswordExpirationNotEnabled));
    }
    let user = caller
        .write(move |work| {
            let mut user = store::get_for_update(work, &id)?;
            user.is_password_expired = body.is_expired;
            store::update(work, &user)?;
            Ok::<_, ApiError>(UserResponse::of(work, store::get(work, &id)?)?)
        })
        .await?;
    Ok(Json(user))
}

pub(super) async fn verify_password(
    caller: ManagementCaller,
    Path(id): Path<UserId>,
    RequestBody(body): RequestBody<UserPassword>,
) -> Result<StatusCode, ApiError> {
    let known = id.clone();
    let user = caller.read_inline(move |view| store::get(view, &known)).await?;
    match caller.hasher().verify(&body.password.0, user.stored_password()).await? {
        Verification::Mismatch => return Err(ApiError::unprocessable(ErrorCode::SessionInvalidCredentials)),
        Verification::Matches => {}
        Verification::MatchesNeedsRehash(new) => {
            let old = user.password.map(|password| password.password_encrypted).unwrap_or_default();
            let write = caller.write(move |work| {
                Ok::<_, ApiError>(stored_password::replace_hash_if_unchanged(work, &id, &old, &new)?)
            });
            write.await?;
        }
    }
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn get_has_password(
    caller: ManagementCaller,
    Path(id): Path<UserId>,
) -> Result<Json<HasPassword>, ApiError> {
    let user = caller.read_inline(move |view| store::get(view, &id)).await?;
    Ok(Json(HasPassword { has_password: user.password.is_some() }))
}
