//! Suspension: nobody signs in, and everything that is open ends in the same transaction (inventory M033, O068; attack
//! B11).

use axum::Json;
use axum::extract::{Path, State};
use db::{DbError, Tx, params, sql};
use serde::Deserialize;

use super::UserInfo;
use super::store;
use crate::http::Body;
use crate::{ApiError, App, Tenant};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Suspension {
    is_suspended: bool,
}

pub(super) async fn set(
    State(app): State<App>,
    tenant: Tenant,
    Path(id): Path<String>,
    Body(body): Body<Suspension>,
) -> Result<Json<UserInfo>, ApiError> {
    let (name, now) = (tenant.id(), app.clock.now());
    let user = app
        .db
        .write(move |tx| {
            let mut user = store::lock(tx, name, &id)?;
            user.is_suspended = body.is_suspended;
            store::update(tx, name, &user, now)?;
            if body.is_suspended {
                sign_out_everywhere(tx, name, &id)?;
            }
            store::find(tx, name, &id)
        })
        .await?;
    Ok(Json(user.into()))
}

/// Ends the user's sessions, and the codes and tokens of all grants; what the user allowed stays allowed.
fn sign_out_everywhere(tx: &Tx<'_>, tenant: &str, user: &str) -> Result<(), DbError> {
    for delete in [
        sql!("delete from sessions where tenant_id = $1 and user_id = $2"),
        sql!(
            "delete from authorization_codes where tenant_id = $1 \
             and grant_id in (select id from grants where tenant_id = $1 and user_id = $2)"
        ),
        sql!(
            "delete from refresh_tokens where tenant_id = $1 \
             and grant_id in (select id from grants where tenant_id = $1 and user_id = $2)"
        ),
        sql!(
            "delete from access_tokens where tenant_id = $1 \
             and grant_id in (select id from grants where tenant_id = $1 and user_id = $2)"
        ),
    ] {
        tx.exec(delete, params![tenant, user])?;
    }
    Ok(())
}
