//! Keyed configuration of a tenant (inventory M234–M237, M253–M254).

use axum::Json;
use db::{Json as Stored, Read, Tx, params, sql};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::Tenant;
use crate::errors::ApiError;
use crate::http::Body;
use crate::http::checks::fault;
use crate::routing::{Access, Routes};

/// Seconds that a session lasts unless configured (inventory M236): 14 days.
const DEFAULT_SESSION_TTL: i64 = 14 * 24 * 60 * 60;

/// The longest session in seconds: one year.
const LONGEST_SESSION: i64 = 365 * 24 * 60 * 60;

pub(crate) fn routes() -> Routes {
    Routes::new()
        .get("/api/configs/admin-console", Access::Management, get_admin_console)
        .patch("/api/configs/admin-console", Access::Management, update_admin_console)
        .get("/api/configs/oidc/session", Access::Management, get_session)
        .patch("/api/configs/oidc/session", Access::Management, update_session)
        .get("/api/configs/id-token", Access::Management, get_id_token)
        .put("/api/configs/id-token", Access::Management, replace_id_token)
}

/// What the console remembers of a tenant.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct AdminConsole {
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
struct AdminConsolePatch {
    sign_in_experience_customized: Option<bool>,
    organization_created: Option<bool>,
    development_tenant_migration_notification: Option<MigrationNotification>,
    checked_charge_notification: Option<ChargeNotification>,
}

/// How long a session lasts, in seconds.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct Session {
    ttl: i64,
}

#[derive(Debug, Clone, Copy, Deserialize)]
struct SessionPatch {
    ttl: Option<i64>,
}

/// Claims of the ID token beyond those of the scopes.
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

/// Which of them are on.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct IdToken {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    enabled_extended_claims: Option<Vec<ExtendedClaim>>,
}

fn unreadable(key: &str) -> ApiError {
    ApiError::internal(format!("the configuration {key} has another shape"))
}

/// The value of a key in the snapshot.
async fn value<T: DeserializeOwned>(tenant: &Tenant, key: &str) -> Result<Option<T>, ApiError> {
    let config = tenant.config().await?;
    let found = config.configs.get(key).cloned();
    found.map(|value| serde_json::from_value(value).map_err(|_| unreadable(key))).transpose()
}

fn stored<T: DeserializeOwned>(r: &Read<'_>, tenant: &str, key: &str) -> Result<Option<T>, ApiError> {
    let text = sql!("select value from configs where tenant_id = $1 and key = $2");
    let found: Option<(Stored<Value>,)> = r.query_opt(text, params![tenant, key])?;
    found.map(|(value,)| serde_json::from_value(value.0).map_err(|_| unreadable(key))).transpose()
}

fn store<T: Serialize>(tx: &Tx<'_>, tenant: &str, key: &str, value: &T) -> Result<(), ApiError> {
    let text = sql!(
        "insert into configs (tenant_id, key, value) values ($1, $2, $3) \
         on conflict (tenant_id, key) do update set value = excluded.value"
    );
    Ok(tx.exec_one(text, params![tenant, key, Stored(value)])?)
}

async fn get_admin_console(tenant: Tenant) -> Result<Json<AdminConsole>, ApiError> {
    Ok(Json(value(&tenant, "adminConsole").await?.unwrap_or_default()))
}

async fn update_admin_console(
    tenant: Tenant,
    Body(patch): Body<AdminConsolePatch>,
) -> Result<Json<AdminConsole>, ApiError> {
    let own = tenant.id();
    let write = move |tx: &Tx<'_>| {
        let mut config: AdminConsole = stored(tx, own, "adminConsole")?.unwrap_or_default();
        let AdminConsolePatch {
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
        store(tx, own, "adminConsole", &config)?;
        Ok::<_, ApiError>(config)
    };
    tenant.write_config(write).await.map(Json)
}

async fn get_session(tenant: Tenant) -> Result<Json<Session>, ApiError> {
    Ok(Json(value(&tenant, "oidc.session").await?.unwrap_or(Session { ttl: DEFAULT_SESSION_TTL })))
}

async fn update_session(tenant: Tenant, Body(patch): Body<SessionPatch>) -> Result<Json<Session>, ApiError> {
    if patch.ttl.is_some_and(|ttl| !(1..=LONGEST_SESSION).contains(&ttl)) {
        return Err(fault(&["ttl"], &format!("expected a whole number from 1 to {LONGEST_SESSION}")));
    }
    let own = tenant.id();
    let write = move |tx: &Tx<'_>| {
        let current: Session = stored(tx, own, "oidc.session")?.unwrap_or(Session { ttl: DEFAULT_SESSION_TTL });
        let session = Session { ttl: patch.ttl.unwrap_or(current.ttl) };
        store(tx, own, "oidc.session", &session)?;
        Ok::<_, ApiError>(session)
    };
    tenant.write_config(write).await.map(Json)
}

async fn get_id_token(tenant: Tenant) -> Result<Json<IdToken>, ApiError> {
    value(&tenant, "idToken").await?.map(Json).ok_or_else(ApiError::not_found)
}

async fn replace_id_token(tenant: Tenant, Body(config): Body<IdToken>) -> Result<Json<IdToken>, ApiError> {
    let own = tenant.id();
    let write = move |tx: &Tx<'_>| {
        store(tx, own, "idToken", &config)?;
        Ok::<_, ApiError>(config)
    };
    tenant.write_config(write).await.map(Json)
}
