//! Passwords of users as administrators handle them (inventory M029–M032). Hashing happens between units of work.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};

use super::UserInfo;
use super::store;
use crate::hashing::Comparison;
use crate::http::Body;
use crate::http::text::Text;
use crate::{ApiError, App, Tenant};

#[derive(Deserialize)]
pub(super) struct Password {
    password: Text<1, 4096>,
}

pub(super) async fn set(
    State(app): State<App>,
    tenant: Tenant,
    Path(id): Path<String>,
    Body(body): Body<Password>,
) -> Result<Json<UserInfo>, ApiError> {
    let (name, now, known) = (tenant.id(), app.clock.now(), id.clone());
    app.db.read_inline(move |r| store::find(r, name, &known)).await?;
    let digest = app.hasher.hash(&body.password.0).await?;
    let user = app
        .db
        .write(move |tx| {
            store::find(tx, name, &id)?;
            store::set_password(tx, (name, &id), &digest, now)?;
            store::find(tx, name, &id)
        })
        .await?;
    Ok(Json(user.into()))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Expiration {
    is_expired: bool,
}

pub(super) async fn expire(
    State(app): State<App>,
    tenant: Tenant,
    Path(id): Path<String>,
    Body(body): Body<Expiration>,
) -> Result<Json<UserInfo>, ApiError> {
    let enabled = tenant.config().await?.policy.experience.password_expiration.enabled.unwrap_or_default();
    if body.is_expired && !enabled {
        return Err(ApiError::bad_request("sign_in_experiences.password_expiration_not_enabled"));
    }
    let (name, now) = (tenant.id(), app.clock.now());
    let user = app
        .db
        .write(move |tx| {
            let mut user = store::lock(tx, name, &id)?;
            user.is_password_expired = body.is_expired;
            store::update(tx, name, &user, now)?;
            store::find(tx, name, &id)
        })
        .await?;
    Ok(Json(user.into()))
}

pub(super) async fn verify(
    State(app): State<App>,
    tenant: Tenant,
    Path(id): Path<String>,
    Body(body): Body<Password>,
) -> Result<StatusCode, ApiError> {
    let (name, known) = (tenant.id(), id.clone());
    let user = app.db.read_inline(move |r| store::find(r, name, &known)).await?;
    match app.hasher.compare(&body.password.0, user.stored_password()).await? {
        Comparison::Wrong => return Err(ApiError::unprocessable("session.invalid_credentials")),
        Comparison::Right => {}
        Comparison::RightButOutdated(new) => {
            let old = user.password.map(|password| password.password_encrypted).unwrap_or_default();
            app.db.write(move |tx| store::rehash(tx, (name, &id), &old, &new)).await.map_err(ApiError::from)?;
        }
    }
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct HasPassword {
    has_password: bool,
}

pub(super) async fn exists(
    State(app): State<App>,
    tenant: Tenant,
    Path(id): Path<String>,
) -> Result<Json<HasPassword>, ApiError> {
    let name = tenant.id();
    let user = app.db.read_inline(move |r| store::find(r, name, &id)).await?;
    Ok(Json(HasPassword { has_password: user.password.is_some() }))
}
