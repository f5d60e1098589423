//! `/api/hooks`: webhooks.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::format::WebUrl;
use crate::logs::LogPayload;
use crate::members::{BoundedNumber, BoundedText, Patch};
use crate::operation::Operation;

const TAG: &str = "Hooks";
const ALL: &str = "/api/hooks";
const ONE: &str = "/api/hooks/{id}";

macro_rules! hook_events {
    ($($kind:ident $name:literal),* $(,)?) => {
        /// What a webhook is told of.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
        pub enum HookEvent {
            $(#[serde(rename = $name)] $kind),*
        }

        impl HookEvent {
            /// All kinds.
            pub const ALL: &[Self] = &[$(Self::$kind),*];

            /// The name on the wire.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$kind => $name),*
                }
            }
        }
    };
}

hook_events! {
    PostRegister "PostRegister",
    PostSignIn "PostSignIn",
    PostSignInAdaptiveMfaTriggered "PostSignInAdaptiveMfaTriggered",
    PostResetPassword "PostResetPassword",
    UserCreated "User.Created",
    UserDeleted "User.Deleted",
    UserDataUpdated "User.Data.Updated",
    UserSuspensionStatusUpdated "User.SuspensionStatus.Updated",
    TrustedDeviceCreated "TrustedDevice.Created",
    TrustedDeviceDeleted "TrustedDevice.Deleted",
    RoleCreated "Role.Created",
    RoleDeleted "Role.Deleted",
    RoleDataUpdated "Role.Data.Updated",
    RoleScopesUpdated "Role.Scopes.Updated",
    ScopeCreated "Scope.Created",
    ScopeDeleted "Scope.Deleted",
    ScopeDataUpdated "Scope.Data.Updated",
    OrganizationCreated "Organization.Created",
    OrganizationDeleted "Organization.Deleted",
    OrganizationDataUpdated "Organization.Data.Updated",
    OrganizationMembershipUpdated "Organization.Membership.Updated",
    OrganizationRoleCreated "OrganizationRole.Created",
    OrganizationRoleDeleted "OrganizationRole.Deleted",
    OrganizationRoleDataUpdated "OrganizationRole.Data.Updated",
    OrganizationRoleScopesUpdated "OrganizationRole.Scopes.Updated",
    OrganizationScopeCreated "OrganizationScope.Created",
    OrganizationScopeDeleted "OrganizationScope.Deleted",
    OrganizationScopeDataUpdated "OrganizationScope.Data.Updated",
    IdentifierLockout "Identifier.Lockout",
    MessageRateLimited "Message.RateLimited",
    GrantLimitExceeded "Grant.LimitExceeded",
}

impl HookEvent {
    /// Whether a sign-in itself is what happened; other events in a sign-in are about data.
    pub fn is_about_sign_in(self) -> bool {
        matches!(
            self,
            Self::PostRegister | Self::PostSignIn | Self::PostSignInAdaptiveMfaTriggered | Self::PostResetPassword
        )
    }
}

/// Where a webhook goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct HookConfig {
    pub url: WebUrl,
    /// Further headers of each request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub headers: Option<BTreeMap<String, BoundedText<0, 4096>>>,
    /// How often a failed delivery is tried again: eleven times within about three hours unless it is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retries: Option<BoundedNumber<0, 3>>,
}

/// A webhook.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Hook {
    pub tenant_id: String,
    pub id: String,
    pub name: String,
    /// The one event of a webhook without `events`.
    pub event: Option<HookEvent>,
    pub events: Vec<HookEvent>,
    pub config: HookConfig,
    /// The key of the signature in the header `logto-signature-sha-256`.
    pub signing_key: String,
    pub enabled: bool,
    /// Milliseconds since 1970.
    pub created_at: i64,
}

/// What became of the requests of the last 24 hours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ExecutionStats {
    pub success_count: i64,
    pub request_count: i64,
}

/// A webhook, with its statistics on request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct HookWithStats {
    #[serde(flatten)]
    pub hook: Hook,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub execution_stats: Option<ExecutionStats>,
}

/// The query of webhooks.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default, rename_all = "camelCase")]
pub struct HooksQuery {
    /// `true` adds `executionStats`.
    pub include_execution_stats: Option<String>,
}

/// A new webhook.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CreateHook {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<BoundedText<1, 256>>,
    /// Older than `events`, which goes before it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<HookEvent>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub events: Option<Vec<HookEvent>>,
    pub config: HookConfig,
    /// `true` unless it is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
}

/// Changes of a webhook.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct UpdateHook {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<BoundedText<1, 256>>,
    #[serde(default, skip_serializing_if = "Patch::is_absent")]
    pub event: Patch<HookEvent>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub events: Option<Vec<HookEvent>>,
    /// Takes the place of the whole `config`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub config: Option<HookConfig>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
}

/// Example events to send.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CreateHookTest {
    pub events: Vec<HookEvent>,
    /// Where to send them, in the place of the stored one.
    pub config: HookConfig,
}

/// The query of recent requests.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct HookLogsQuery {
    /// Such as `TriggerHook.PostSignIn`.
    #[serde(rename = "logKey")]
    pub log_key: Option<String>,
    /// `true` counts no further than 10,000.
    #[serde(rename = "enableCap")]
    pub enable_cap: Option<String>,
    /// The oldest requests to list, in milliseconds since 1970. Without it and `end_time` those of the last 24 hours are listed.
    pub start_time: Option<String>,
    /// The newest requests to list, in milliseconds since 1970.
    pub end_time: Option<String>,
    /// Only the requests that succeeded, or only those that failed.
    pub result: Option<String>,
}

/// One request to the endpoint of a webhook.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct HookLog {
    pub id: String,
    pub key: String,
    pub payload: LogPayload,
    /// Milliseconds since 1970.
    pub created_at: i64,
}

/// The operations of these types.
pub fn operations() -> Vec<Operation> {
    vec![
        Operation::get(ALL, "ListHooks", TAG).query::<HooksQuery>().paged().returns::<Vec<HookWithStats>>(200),
        Operation::post(ALL, "CreateHook", TAG).body::<CreateHook>().returns::<Hook>(201),
        Operation::get(ONE, "GetHook", TAG).query::<HooksQuery>().returns::<HookWithStats>(200).statuses(&[404]),
        Operation::patch(ONE, "UpdateHook", TAG).body::<UpdateHook>().returns::<Hook>(200).statuses(&[404]),
        Operation::delete(ONE, "DeleteHook", TAG).statuses(&[204, 404]),
        Operation::get("/api/hooks/{id}/recent-logs", "ListHookRecentLogs", TAG)
            .query::<HookLogsQuery>()
            .paged()
            .returns::<Vec<HookLog>>(200),
        Operation::post("/api/hooks/{id}/test", "CreateHookTest", TAG)
            .body::<CreateHookTest>()
            .statuses(&[204, 404, 422]),
        Operation::patch("/api/hooks/{id}/signing-key", "UpdateHookSigningKey", TAG)
            .returns::<Hook>(200)
            .statuses(&[404]),
    ]
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn the_events_are_those_of_the_contract() {
        let contract: Value = serde_json::from_str(include_str!("../../../docs/contract/webhook-events.json")).unwrap();
        let names: Vec<&str> = contract["all"].as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect();
        assert_eq!(HookEvent::ALL.iter().map(|kind| kind.as_str()).collect::<Vec<_>>(), names);
        assert_eq!(json!(HookEvent::ALL), json!(names));
    }
}
