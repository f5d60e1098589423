//! `/api/configs`: keyed settings of the tenant.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::applications::{AddUserConsentScopes, UserConsentScopes};
use crate::members::{BoundedNumber, Patch};
use crate::operation::Operation;

const TAG: &str = "Configs";
const CIMD_TAG: &str = "CIMD";

/// The greatest lifetime of a session in seconds: one year.
const MAX_SESSION_TTL: i64 = 365 * 24 * 60 * 60;

/// Notes of the console.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AdminConsoleConfig {
    #[serde(default)]
    pub sign_in_experience_customized: bool,
    #[serde(default)]
    pub organization_created: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub development_tenant_migration_notification: Option<MigrationNotification>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub checked_charge_notification: Option<ChargeNotification>,
}

/// Changes of the console's notes.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UpdateAdminConsoleConfig {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sign_in_experience_customized: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub organization_created: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub development_tenant_migration_notification: Option<MigrationNotification>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub checked_charge_notification: Option<ChargeNotification>,
}

/// Whether the console told of a migration.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct MigrationNotification {
    pub is_paid_tenant: bool,
    pub tag: String,
    /// Milliseconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub read_at: Option<i64>,
}

/// Which charges the console told of.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ChargeNotification {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub api_resource: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub machine_to_machine_app: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tenant_member: Option<bool>,
}

/// What people are told of their accounts, and may do with them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct AccountConfig {
    /// Whether mails tell people of changes of what their accounts are reached or protected by. Null: where the connector sends texts that
    /// it is given, as the one for SMTP does.
    pub mail_about_changes: Option<bool>,
    /// Whether people may delete their accounts.
    pub deletion_enabled: bool,
    /// Days in which they may change their minds.
    pub deletion_grace_days: BoundedNumber<0, 365>,
    /// Whether people may download what is stored about them.
    pub data_download_enabled: bool,
}

impl Default for AccountConfig {
    fn default() -> Self {
        Self {
            mail_about_changes: None,
            deletion_enabled: false,
            deletion_grace_days: BoundedNumber(14),
            data_download_enabled: true,
        }
    }
}

/// A change of what people are told of their accounts, and may do with them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct UpdateAccountConfig {
    #[serde(skip_serializing_if = "Patch::is_absent")]
    pub mail_about_changes: Patch<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deletion_enabled: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deletion_grace_days: Option<BoundedNumber<0, 365>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data_download_enabled: Option<bool>,
}

/// The lifetime of sessions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OidcSessionConfig {
    /// Seconds.
    pub ttl: i64,
}

/// A change of the lifetime of sessions.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct UpdateOidcSessionConfig {
    /// Seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ttl: Option<BoundedNumber<1, MAX_SESSION_TTL>>,
}

/// Claims of the ID token in addition to those of the scopes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct IdTokenConfig {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enabled_extended_claims: Option<Vec<ExtendedClaim>>,
}

/// A claim of the ID token that is off unless it is enabled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ExtendedClaim {
    CustomData,
    Identities,
    SsoIdentities,
    Roles,
    Organizations,
    OrganizationData,
    OrganizationRoles,
}

/// Whether clients that nobody registered may be used: those that describe themselves in a document at their client id.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CimdConfig {
    pub enabled: bool,
}

/// A change of whether clients that nobody registered may be used.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct UpdateCimdConfig {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
}

/// The operations of these types.
pub fn operations() -> Vec<Operation> {
    vec![
        Operation::get("/api/configs/admin-console", "GetAdminConsoleConfig", TAG)
            .returns::<AdminConsoleConfig>(200)
            .statuses(&[404]),
        Operation::patch("/api/configs/admin-console", "UpdateAdminConsoleConfig", TAG)
            .body::<UpdateAdminConsoleConfig>()
            .returns::<AdminConsoleConfig>(200)
            .statuses(&[404]),
        Operation::get("/api/configs/account", "GetAccountConfig", TAG).returns::<AccountConfig>(200),
        Operation::patch("/api/configs/account", "UpdateAccountConfig", TAG)
            .body::<UpdateAccountConfig>()
            .returns::<AccountConfig>(200),
        Operation::get("/api/configs/oidc/session", "GetOidcSessionConfig", TAG).returns::<OidcSessionConfig>(200),
        Operation::patch("/api/configs/oidc/session", "UpdateOidcSessionConfig", TAG)
            .body::<UpdateOidcSessionConfig>()
            .returns::<OidcSessionConfig>(200),
        Operation::get("/api/configs/id-token", "GetIdTokenConfig", TAG).returns::<IdTokenConfig>(200).statuses(&[404]),
        Operation::put("/api/configs/id-token", "UpsertIdTokenConfig", TAG)
            .body::<IdTokenConfig>()
            .returns::<IdTokenConfig>(200),
        Operation::get("/api/configs/cimd", "GetCimdConfig", TAG).returns::<CimdConfig>(200),
        Operation::patch("/api/configs/cimd", "UpdateCimdConfig", TAG)
            .body::<UpdateCimdConfig>()
            .returns::<CimdConfig>(200)
            .statuses(&[422]),
        Operation::get("/api/cimd/user-consent-scopes", "ListCimdUserConsentScopes", CIMD_TAG)
            .returns::<UserConsentScopes>(200),
        Operation::post("/api/cimd/user-consent-scopes", "AssignCimdUserConsentScopes", CIMD_TAG)
            .body::<AddUserConsentScopes>()
            .statuses(&[201, 422]),
        Operation::delete(
            "/api/cimd/user-consent-scopes/{scopeType}/{scopeId}",
            "DeleteCimdUserConsentScope",
            CIMD_TAG,
        )
        .statuses(&[204, 404]),
    ]
}
