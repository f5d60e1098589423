//! The table `configs`: keyed settings of a tenant (inventory M234–M237, M253–M254).

use axum::Json;
use db::{Json as Stored, params, sql};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::callers::ManagementCaller;
use crate::errors::ApiError;
use crate::http::Body;
use crate::http::validate::invalid_member;
use crate::routes::Routes;
use crate::tenants::Section;
use crate::work::Work;

/// The default lifetime of a session (inventory M236): 14 days.
const DEFAULT_SESSION_TTL_SECONDS: i64 = 14 * 24 * 60 * 60;

/// The maximum lifetime of a session: one year.
const MAX_SESSION_TTL_SECONDS: i64 = 365 * 24 * 60 * 60;

pub(crate) fn routes() -> Routes {
    Routes::new()
        .get("/api/configs/admin-console", get_admin_console_settings)
        .patch("/api/configs/admin-console", update_admin_console_settings)
        .get("/api/configs/oidc/session", get_session_settings)
        .patch("/api/configs/oidc/session", update_session_settings)
        .get("/api/configs/id-token", get_id_token_settings)
        .put("/api/configs/id-token", replace_id_token_settings)
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

impl Default for SessionSettings {
    fn default() -> Self {
        Self { ttl: DEFAULT_SESSION_TTL_SECONDS }
    }
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

/// The value of a key when the request came.
fn read_cached<T: DeserializeOwned>(caller: &ManagementCaller, key: &str) -> Result<Option<T>, ApiError> {
    let found = caller.config.configs.get(key).cloned();
    found.map(|value| serde_json::from_value(value).map_err(|_| corrupt_setting(key))).transpose()
}

/// The stored value of a key that is to be changed.
fn read_for_update<T: DeserializeOwned>(work: &Work<'_>, key: &str) -> Result<Option<T>, ApiError> {
    work.touch(Section::Settings)?;
    let text = sql!("select value from configs where tenant_id = $1 and key = $2");
    let found: Option<(Stored<Value>,)> = work.query_opt(text, params![work.tenant_id(), key])?;
    found.map(|(value,)| serde_json::from_value(value.0).map_err(|_| corrupt_setting(key))).transpose()
}

fn write<T: Serialize>(work: &Work<'_>, key: &str, value: T) -> Result<T, ApiError> {
    work.touch(Section::Settings)?;
    let text = sql!(
        "insert into configs (tenant_id, key, value) values ($1, $2, $3) \
         on conflict (tenant_id, key) do update set value = excluded.value"
    );
    work.exec_one(text, params![work.tenant_id(), key, Stored(&value)])?;
    Ok(value)
}

async fn get_admin_console_settings(caller: ManagementCaller) -> Result<Json<AdminConsoleSettings>, ApiError> {
    Ok(Json(read_cached(&caller, "adminConsole")?.unwrap_or_default()))
}

async fn update_admin_console_settings(
    caller: ManagementCaller,
    Body(patch): Body<UpdateAdminConsoleSettings>,
) -> Result<Json<AdminConsoleSettings>, ApiError> {
    let update = move |work: &Work<'_>| {
        let old: AdminConsoleSettings = read_for_update(work, "adminConsole")?.unwrap_or_default();
        let settings = AdminConsoleSettings {
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

async fn get_session_settings(caller: ManagementCaller) -> Result<Json<SessionSettings>, ApiError> {
    Ok(Json(read_cached(&caller, "oidc.session")?.unwrap_or_default()))
}

async fn update_session_settings(
    caller: ManagementCaller,
    Body(patch): Body<UpdateSessionSettings>,
) -> Result<Json<SessionSettings>, ApiError> {
    if patch.ttl.is_some_and(|ttl| !(1..=MAX_SESSION_TTL_SECONDS).contains(&ttl)) {
        return Err(invalid_member(&["ttl"], &format!("expected a whole number from 1 to {MAX_SESSION_TTL_SECONDS}")));
    }
    let update = move |work: &Work<'_>| {
        let old: SessionSettings = read_for_update(work, "oidc.session")?.unwrap_or_default();
        write(work, "oidc.session", SessionSettings { ttl: patch.ttl.unwrap_or(old.ttl) })
    };
    caller.write(update).await.map(Json)
}

async fn get_id_token_settings(caller: ManagementCaller) -> Result<Json<IdTokenSettings>, ApiError> {
    read_cached(&caller, "idToken")?.map(Json).ok_or_else(ApiError::not_found)
}

async fn replace_id_token_settings(
    caller: ManagementCaller,
    Body(settings): Body<IdTokenSettings>,
) -> Result<Json<IdTokenSettings>, ApiError> {
    caller.write(move |work| write(work, "idToken", settings)).await.map(Json)
}
