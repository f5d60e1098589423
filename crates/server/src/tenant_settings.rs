//! The table `configs`: keyed settings of a tenant (inventory M234–M237, M253–M254).

use ::api::configs::{
    AdminConsoleConfig, IdTokenConfig, OidcSessionConfig, UpdateAdminConsoleConfig, UpdateOidcSessionConfig,
};
use axum::Json;
use db::{DbError, Json as Stored, Read, params, sql};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::callers::ManagementCaller;
use crate::errors::ApiError;
use crate::http::RequestBody;
use crate::routes::Routes;
use crate::tenants::Section;
use crate::work::{View, Work};

/// The default lifetime of a session (inventory M236): 14 days.
const DEFAULT_SESSION: OidcSessionConfig = OidcSessionConfig { ttl: 14 * 24 * 60 * 60 };

pub(crate) fn routes() -> Routes {
    Routes::new()
        .get("/api/configs/admin-console", get_admin_console_settings)
        .patch("/api/configs/admin-console", update_admin_console_settings)
        .get("/api/configs/oidc/session", get_session_settings)
        .patch("/api/configs/oidc/session", update_session_settings)
        .get("/api/configs/id-token", get_id_token_settings)
        .put("/api/configs/id-token", replace_id_token_settings)
}

fn corrupt_setting(key: &str) -> ApiError {
    ApiError::internal(format!("the configuration {key} has another shape"))
}

/// The value of a key when the request came.
fn read_cached<T: DeserializeOwned>(caller: &ManagementCaller, key: &str) -> Result<Option<T>, ApiError> {
    let found = caller.config.configs.get(key).cloned();
    found.map(|value| serde_json::from_value(value).map_err(|_| corrupt_setting(key))).transpose()
}

/// The stored value of a key; none if it has another shape.
///
/// # Errors
/// A failure of the database.
pub(crate) fn read<T: DeserializeOwned>(view: &View<'_>, key: &str) -> Result<Option<T>, DbError> {
    Ok(load(view, view.tenant_id(), key)?.and_then(|value| serde_json::from_value(value).ok()))
}

/// The stored value of a key of a tenant.
///
/// # Errors
/// A failure of the database.
pub(crate) fn load(read: &Read<'_>, tenant: &str, key: &str) -> Result<Option<Value>, DbError> {
    let text = sql!("select value from configs where tenant_id = $1 and key = $2");
    let found: Option<(Stored<Value>,)> = read.query_opt(text, params![tenant, key])?;
    Ok(found.map(|(value,)| value.0))
}

/// The stored value of a key that is to be changed.
///
/// # Errors
/// A failure of the database; a value of another shape.
pub(crate) fn read_for_update<T: DeserializeOwned>(work: &Work<'_>, key: &str) -> Result<Option<T>, ApiError> {
    work.touch(Section::Settings)?;
    let text = sql!("select value from configs where tenant_id = $1 and key = $2");
    let found: Option<(Stored<Value>,)> = work.query_opt(text, params![work.tenant_id(), key])?;
    found.map(|(value,)| serde_json::from_value(value.0).map_err(|_| corrupt_setting(key))).transpose()
}

/// Stores the value of a key.
///
/// # Errors
/// A failure of the database.
pub(crate) fn write<T: Serialize>(work: &Work<'_>, key: &str, value: T) -> Result<T, ApiError> {
    work.touch(Section::Settings)?;
    let text = sql!(
        "insert into configs (tenant_id, key, value) values ($1, $2, $3) \
         on conflict (tenant_id, key) do update set value = excluded.value"
    );
    work.exec_one(text, params![work.tenant_id(), key, Stored(&value)])?;
    Ok(value)
}

async fn get_admin_console_settings(caller: ManagementCaller) -> Result<Json<AdminConsoleConfig>, ApiError> {
    Ok(Json(read_cached(&caller, "adminConsole")?.unwrap_or_default()))
}

async fn update_admin_console_settings(
    caller: ManagementCaller,
    RequestBody(patch): RequestBody<UpdateAdminConsoleConfig>,
) -> Result<Json<AdminConsoleConfig>, ApiError> {
    let update = move |work: &Work<'_>| {
        let old: AdminConsoleConfig = read_for_update(work, "adminConsole")?.unwrap_or_default();
        let settings = AdminConsoleConfig {
            sign_in_experience_customized: patch
                .sign_in_experience_customized
                .unwrap_or(old.sign_in_experience_customized),
            organization_created: patch.organization_created.unwrap_or(old.organization_created),
            development_tenant_migration_notification: patch
                .development_tenant_migration_notification
                .or(old.development_tenant_migration_notification),
            checked_charge_notification: patch.checked_charge_notification.or(old.checked_charge_notification),
        };
        write(work, "adminConsole", settings)
    };
    caller.write(update).await.map(Json)
}

async fn get_session_settings(caller: ManagementCaller) -> Result<Json<OidcSessionConfig>, ApiError> {
    Ok(Json(read_cached(&caller, "oidc.session")?.unwrap_or(DEFAULT_SESSION)))
}

async fn update_session_settings(
    caller: ManagementCaller,
    RequestBody(patch): RequestBody<UpdateOidcSessionConfig>,
) -> Result<Json<OidcSessionConfig>, ApiError> {
    let update = move |work: &Work<'_>| {
        let old = read_for_update(work, "oidc.session")?.unwrap_or(DEFAULT_SESSION);
        write(work, "oidc.session", OidcSessionConfig { ttl: patch.ttl.map_or(old.ttl, |seconds| seconds.0) })
    };
    caller.write(update).await.map(Json)
}

async fn get_id_token_settings(caller: ManagementCaller) -> Result<Json<IdTokenConfig>, ApiError> {
    read_cached(&caller, "idToken")?.map(Json).ok_or_else(ApiError::not_found)
}

async fn replace_id_token_settings(
    caller: ManagementCaller,
    RequestBody(settings): RequestBody<IdTokenConfig>,
) -> Result<Json<IdTokenConfig>, ApiError> {
    caller.write(move |work| write(work, "idToken", settings)).await.map(Json)
}
