//! The table `configs`: keyed settings of a tenant (inventory M234–M237, M253–M254).

use axum::Json;
use db::{Json as Stored, Read, Tx, params, sql};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::Tenant;
use crate::errors::ApiError;
use crate::http::Body;
use crate::http::validate::invalid_member;
use crate::routes::{Access, Routes};

/// The default lifetime of a session (inventory M236): 14 days.
const DEFAULT_SESSION_TTL_SECONDS: i64 = 14 * 24 * 60 * 60;

/// The maximum lifetime of a session: one year.
const MAX_SESSION_TTL_SECONDS: i64 = 365 * 24 * 60 * 60;

pub(crate) fn routes() -> Routes {
    Routes::new()
        .old_get("/api/configs/admin-console", Access::Management, get_admin_console_settings)
        .old_patch("/api/configs/admin-console", Access::Management, update_admin_console_settings)
        .old_get("/api/configs/oidc/session", Access::Management, get_session_settings)
        .old_patch("/api/configs/oidc/session", Access::Management, update_session_settings)
        .old_get("/api/configs/id-token", Access::Management, get_id_token_settings)
        .old_put("/api/configs/id-token", Access::Management, replace_id_token_settings)
}

/// The settings of the console.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct AdminConsoleSettings {
    #[serde(default)]
    sign_in_experience_customized: bool,
    #[serde(default)]
    organization_created: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    development_tenant_migration_notification: Option<MigrationNotification>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    checked_charge_notification: Option<ChargeNotification>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct MigrationNotification {
    is_paid_tenant: bool,
    tag: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    read_at: Option<i64>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ChargeNotification {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    token: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    api_resource: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    machine_to_machine_app: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    tenant_member: Option<bool>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct UpdateAdminConsoleSettings {
    sign_in_experience_customized: Option<bool>,
    organization_created: Option<bool>,
    development_tenant_migration_notification: Option<MigrationNotification>,
    checked_charge_notification: Option<ChargeNotification>,
}

/// The lifetime of a session, in seconds.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct SessionSettings {
    ttl: i64,
}

#[derive(Debug, Clone, Copy, Deserialize)]
struct UpdateSessionSettings {
    ttl: Option<i64>,
}

/// Claims of the ID token in addition to those of the scopes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum ExtendedClaim {
    CustomData,
    Identities,
    SsoIdentities,
    Roles,
    Organizations,
    OrganizationData,
    OrganizationRoles,
}

/// The enabled extended claims.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct IdTokenSettings {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    enabled_extended_claims: Option<Vec<ExtendedClaim>>,
}

fn corrupt_setting(key: &str) -> ApiError {
    ApiError::internal(format!("the configuration {key} has another shape"))
}

/// The value of a key in the cached tenant snapshot.
async fn read_cached<T: DeserializeOwned>(tenant: &Tenant, key: &str) -> Result<Option<T>, ApiError> {
    let config = tenant.config().await?;
    let found = config.configs.get(key).cloned();
    found.map(|value| serde_json::from_value(value).map_err(|_| corrupt_setting(key))).transpose()
}

fn read_stored<T: DeserializeOwned>(r: &Read<'_>, tenant: &str, key: &str) -> Result<Option<T>, ApiError> {
    let text = sql!("select value from configs where tenant_id = $1 and key = $2");
    let found: Option<(Stored<Value>,)> = r.query_opt(text, params![tenant, key])?;
    found.map(|(value,)| serde_json::from_value(value.0).map_err(|_| corrupt_setting(key))).transpose()
}

fn write<T: Serialize>(tx: &Tx<'_>, tenant: &str, key: &str, value: &T) -> Result<(), ApiError> {
    let text = sql!(
        "insert into configs (tenant_id, key, value) values ($1, $2, $3) \
         on conflict (tenant_id, key) do update set value = excluded.value"
    );
    Ok(tx.exec_one(text, params![tenant, key, Stored(value)])?)
}

async fn get_admin_console_settings(tenant: Tenant) -> Result<Json<AdminConsoleSettings>, ApiError> {
    Ok(Json(read_cached(&tenant, "adminConsole").await?.unwrap_or_default()))
}

async fn update_admin_console_settings(
    tenant: Tenant,
    Body(patch): Body<UpdateAdminConsoleSettings>,
) -> Result<Json<AdminConsoleSettings>, ApiError> {
    let own = tenant.id();
    let update = move |tx: &Tx<'_>| {
        let mut config: AdminConsoleSettings = read_stored(tx, own, "adminConsole")?.unwrap_or_default();
        let UpdateAdminConsoleSettings {
            sign_in_experience_customized,
            organization_created,
            development_tenant_migration_notification,
            checked_charge_notification,
        } = patch;
        config.sign_in_experience_customized =
            sign_in_experience_customized.unwrap_or(config.sign_in_experience_customized);
        config.organization_created = organization_created.unwrap_or(config.organization_created);
        config.development_tenant_migration_notification =
            development_tenant_migration_notification.or(config.development_tenant_migration_notification);
        config.checked_charge_notification = checked_charge_notification.or(config.checked_charge_notification);
        write(tx, own, "adminConsole", &config)?;
        Ok::<_, ApiError>(config)
    };
    tenant.write_config(update).await.map(Json)
}

async fn get_session_settings(tenant: Tenant) -> Result<Json<SessionSettings>, ApiError> {
    Ok(Json(
        read_cached(&tenant, "oidc.session").await?.unwrap_or(SessionSettings { ttl: DEFAULT_SESSION_TTL_SECONDS }),
    ))
}

async fn update_session_settings(
    tenant: Tenant,
    Body(patch): Body<UpdateSessionSettings>,
) -> Result<Json<SessionSettings>, ApiError> {
    if patch.ttl.is_some_and(|ttl| !(1..=MAX_SESSION_TTL_SECONDS).contains(&ttl)) {
        return Err(invalid_member(&["ttl"], &format!("expected a whole number from 1 to {MAX_SESSION_TTL_SECONDS}")));
    }
    let own = tenant.id();
    let update = move |tx: &Tx<'_>| {
        let current: SessionSettings =
            read_stored(tx, own, "oidc.session")?.unwrap_or(SessionSettings { ttl: DEFAULT_SESSION_TTL_SECONDS });
        let session = SessionSettings { ttl: patch.ttl.unwrap_or(current.ttl) };
        write(tx, own, "oidc.session", &session)?;
        Ok::<_, ApiError>(session)
    };
    tenant.write_config(update).await.map(Json)
}

async fn get_id_token_settings(tenant: Tenant) -> Result<Json<IdTokenSettings>, ApiError> {
    read_cached(&tenant, "idToken").await?.map(Json).ok_or_else(ApiError::not_found)
}

async fn replace_id_token_settings(
    tenant: Tenant,
    Body(config): Body<IdTokenSettings>,
) -> Result<Json<IdTokenSettings>, ApiError> {
    let own = tenant.id();
    let update = move |tx: &Tx<'_>| {
        write(tx, own, "idToken", &config)?;
        Ok::<_, ApiError>(config)
    };
    tenant.write_config(update).await.map(Json)
}
