//! Suspension of users. The same transaction ends their sessions and grants (inventory M033, O068; attack B11).

use axum::Json;
use axum::extract::{Path, State};
use serde::Deserialize;

use super::UserResponse;
use super::store;
use crate::http::Body;
use crate::oidc::subject;
use crate::{ApiError, App, Tenant};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct UpdateIsSuspended {
    is_suspended: bool,
}

pub(super) async fn update_is_suspended(
    State(app): State<App>,
    tenant: Tenant,
    Path(id): Path<String>,
    Body(body): Body<UpdateIsSuspended>,
) -> Result<Json<UserResponse>, ApiError> {
    let (name, now) = (tenant.id(), app.clock.now());
    let user = app
        .db
        .write(move |tx| {
            if body.is_suspended {
                subject::revoke_all_of_user(tx, name, &id)?;
            }
            let mut user = store::get_for_update(tx, name, &id)?;
            user.is_suspended = body.is_suspended;
            store::update(tx, name, &user, now)?;
            store::get(tx, name, &id)
        })
        .await?;
    Ok(Json(user.into()))
}
