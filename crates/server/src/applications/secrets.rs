//! Named secrets of an application (inventory M076–M080, O034). Only these routes return secrets in plain text;
//! existing clients rely on it.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use db::{DbError, FromRow, Read, Row, Tx, params, sql};
use kernel::{Rng, Timestamp, id};
use serde::{Deserialize, Serialize};

use super::model::Application;
use super::store;
use crate::errors::ApiError;
use crate::http::{Body, validate};
use crate::routes::{Access, Routes};
use crate::{App, Tenant};

/// The name of the secret that a new application gets.
pub const DEFAULT_NAME: &str = "Default secret";

/// A named secret.
#[derive(Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ApplicationSecret {
    pub tenant_id: String,
    pub application_id: String,
    pub name: String,
    pub value: String,
    pub created_at: Timestamp,
    pub expires_at: Option<Timestamp>,
}

impl FromRow for ApplicationSecret {
    fn from_row(row: &Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            tenant_id: row.get("tenant_id")?,
            application_id: row.get("application_id")?,
            name: row.get("name")?,
            value: row.get("value")?,
            created_at: row.get("created_at")?,
            expires_at: row.get("expires_at")?,
        })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct CreateSecret {
    name: String,
    expires_at: Option<Timestamp>,
}

#[derive(Deserialize)]
struct UpdateSecret {
    name: String,
}

pub(super) fn routes() -> Routes {
    Routes::new()
        .old_get("/api/applications/{id}/secrets", Access::Management, list_secrets)
        .old_post("/api/applications/{id}/secrets", Access::Management, create_secret)
        .old_patch("/api/applications/{id}/secrets/{name}", Access::Management, update_secret)
        .old_delete("/api/applications/{id}/secrets/{name}", Access::Management, delete_secret)
        .old_delete("/api/applications/{id}/legacy-secret", Access::Management, delete_legacy_secret)
}

async fn list_secrets(
    State(app): State<App>,
    tenant: Tenant,
    Path(id): Path<String>,
) -> Result<Json<Vec<ApplicationSecret>>, ApiError> {
    let tenant = tenant.id();
    let secrets =
        app.db.read(move |r| store::get(r, tenant, &id).and_then(|application| list(r, &application))).await?;
    Ok(Json(secrets))
}

async fn create_secret(
    State(app): State<App>,
    tenant: Tenant,
    Path(id): Path<String>,
    Body(new): Body<CreateSecret>,
) -> Result<(StatusCode, Json<ApplicationSecret>), ApiError> {
    let (tenant_id, rng, now) = (tenant.id(), app.rng.clone(), app.clock.now());
    let write =
        move |tx: &Tx<'_>| create(tx, &store::get(tx, tenant_id, &id)?, (&rng, now), (&new.name, new.expires_at));
    Ok((StatusCode::CREATED, Json(tenant.write_config(write).await?)))
}

async fn update_secret(
    tenant: Tenant,
    Path((id, name)): Path<(String, String)>,
    Body(body): Body<UpdateSecret>,
) -> Result<Json<ApplicationSecret>, ApiError> {
    validate::require_length(&["name"], &body.name, 1..=256)?;
    let tenant_id = tenant.id();
    let write = move |tx: &Tx<'_>| {
        tx.exec_one(
            sql!("update application_secrets set name = $4 where tenant_id = $1 and application_id = $2 and name = $3"),
            params![tenant_id, &id, name, &body.name],
        )
        .map_err(map_name_conflict)?;
        let text = sql!("select * from application_secrets where tenant_id = $1 and application_id = $2 and name = $3");
        Ok::<_, ApiError>(tx.query_one(text, params![tenant_id, id, body.name])?)
    };
    Ok(Json(tenant.write_config(write).await?))
}

async fn delete_secret(tenant: Tenant, Path((id, name)): Path<(String, String)>) -> Result<StatusCode, ApiError> {
    let tenant_id = tenant.id();
    let text = sql!("delete from application_secrets where tenant_id = $1 and application_id = $2 and name = $3");
    let write = move |tx: &Tx<'_>| match tx.exec(text, params![tenant_id, id, name])? {
        0 => Err(ApiError::not_found()),
        _ => Ok(()),
    };
    tenant.write_config(write).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Always 400: this server stores no secrets outside of `application_secrets`.
async fn delete_legacy_secret(
    State(app): State<App>,
    tenant: Tenant,
    Path(id): Path<String>,
) -> Result<StatusCode, ApiError> {
    let tenant = tenant.id();
    app.db.read(move |r| store::get(r, tenant, &id).map(drop)).await?;
    Err(ApiError::bad_request("application.no_legacy_secret_found"))
}

/// The secrets of an application, oldest first.
///
/// # Errors
/// A failure of the database.
pub fn list(r: &Read<'_>, application: &Application) -> Result<Vec<ApplicationSecret>, ApiError> {
    let text = sql!(
        "select * from application_secrets where tenant_id = $1 and application_id = $2 order by created_at, name"
    );
    Ok(r.query_all(text, params![&application.tenant_id, &application.id])?)
}

/// Creates a secret. Without `expires_at` it never expires.
///
/// # Errors
/// 400 for a name of invalid length or a time in the past; 422 for a duplicate name or a public application.
pub fn create(
    tx: &Tx<'_>,
    application: &Application,
    (rng, now): (&Rng, Timestamp),
    (name, expires_at): (&str, Option<Timestamp>),
) -> Result<ApplicationSecret, ApiError> {
    validate::require_length(&["name"], name, 1..=256)?;
    if expires_at.is_some_and(|at| at <= now) {
        return Err(ApiError::bad_request("request.invalid_input"));
    }
    if !application.may_have_secrets() {
        return Err(ApiError::unprocessable("entity.db_constraint_violated"));
    }
    let text = sql!(
        "insert into application_secrets (tenant_id, application_id, name, value, created_at, expires_at) \
         values ($1, $2, $3, $4, $5, $6) returning *"
    );
    let value = id::client_secret(rng);
    let params = params![&application.tenant_id, &application.id, name, value, now, expires_at];
    tx.query_one(text, params).map_err(map_name_conflict)
}

fn map_name_conflict(error: DbError) -> ApiError {
    match error {
        DbError::Unique(_) => ApiError::unprocessable("application.secret_name_exists"),
        other => other.into(),
    }
}
