//! What happened, as subscribers (webhooks and their kin) are told.

use serde_json::Value;

macro_rules! event_kinds {
    ($($kind:ident $name:literal),* $(,)?) => {
        /// The kinds of events; their names are those of `docs/contract/webhook-events.json`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum EventKind {
            $(#[doc = $name] $kind),*
        }

        impl EventKind {
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

event_kinds! {
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

/// Something that happened in a tenant. [`crate::work::Work::emit`] says it.
#[derive(Debug, Clone)]
pub struct Event {
    pub kind: EventKind,
    /// The entity it happened to, as the API shows it; `null` where there is none to show.
    pub data: Value,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kinds_are_those_of_the_contract() {
        let contract: Value = serde_json::from_str(include_str!("../../../docs/contract/webhook-events.json")).unwrap();
        let names: Vec<&str> = contract["all"].as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect();
        assert_eq!(EventKind::ALL.iter().map(|kind| kind.as_str()).collect::<Vec<_>>(), names);
    }
}
