//! The password routes of administrators (inventory M029–M032). Hashing happens outside of transactions.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};

use super::UserResponse;
use super::store;
use crate::hashing::Verification;
use crate::http::Body;
use crate::http::newtypes::BoundedText;
use crate::{ApiError, App, Tenant};

#[derive(Deserialize)]
pub(super) struct PasswordRequest {
    password: BoundedText<1, 4096>,
}

pub(super) async fn update_password(
    State(app): State<App>,
    tenant: Tenant,
    Path(id): Path<String>,
    Body(body): Body<PasswordRequest>,
) -> Result<Json<UserResponse>, ApiError> {
    let (name, now, known) = (tenant.id(), app.clock.now(), id.clone());
    app.db.read_inline(move |r| store::get(r, name, &known)).await?;
    let digest = app.hasher.hash(&body.password.0).await?;
    let user = app
        .db
        .write(move |tx| {
            store::get(tx, name, &id)?;
            store::set_password(tx, (name, &id), &digest, now)?;
            store::get(tx, name, &id)
        })
        .await?;
    Ok(Json(user.into()))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct UpdatePasswordExpiration {
    is_expired: bool,
}

pub(super) async fn update_password_expiration(
    State(app): State<App>,
    tenant: Tenant,
    Path(id): Path<String>,
    Body(body): Body<UpdatePasswordExpiration>,
) -> Result<Json<UserResponse>, ApiError> {
    let enabled = tenant.config().await?.policy.experience.password_expiration.enabled.unwrap_or_default();
    if body.is_expired && !enabled {
        return Err(ApiError::bad_request("sign_in_experiences.password_expiration_not_enabled"));
    }
    let (name, now) = (tenant.id(), app.clock.now());
    let user = app
        .db
        .write(move |tx| {
            let mut user = store::get_for_update(tx, name, &id)?;
            user.is_password_expired = body.is_expired;
            store::update(tx, name, &user, now)?;
            store::get(tx, name, &id)
        })
        .await?;
    Ok(Json(user.into()))
}

pub(super) async fn verify_password(
    State(app): State<App>,
    tenant: Tenant,
    Path(id): Path<String>,
    Body(body): Body<PasswordRequest>,
) -> Result<StatusCode, ApiError> {
    let (name, known) = (tenant.id(), id.clone());
    let user = app.db.read_inline(move |r| store::get(r, name, &known)).await?;
    match app.hasher.verify(&body.password.0, user.stored_password()).await? {
        Verification::Mismatch => return Err(ApiError::unprocessable("session.invalid_credentials")),
        Verification::Matches => {}
        Verification::MatchesNeedsRehash(new) => {
            let old = user.password.map(|password| password.password_encrypted).unwrap_or_default();
            app.db
                .write(move |tx| store::replace_hash_if_unchanged(tx, (name, &id), &old, &new))
                .await
                .map_err(ApiError::from)?;
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
    State(app): State<App>,
    tenant: Tenant,
    Path(id): Path<String>,
) -> Result<Json<HasPasswordResponse>, ApiError> {
    let name = tenant.id();
    let user = app.db.read_inline(move |r| store::get(r, name, &id)).await?;
    Ok(Json(HasPasswordResponse { has_password: user.password.is_some() }))
}
