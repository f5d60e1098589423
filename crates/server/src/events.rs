//! What happened, as subscribers (webhooks and their kin) are told.

pub(crate) mod origin;

pub use origin::InteractionOrigin;
use serde_json::{Map, Value};

/// The greatest number of ids in one member of an event (inventory H014).
const MAX_IDS: usize = 5000;

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

impl EventKind {
    /// Whether a sign-in itself is what happened; other events in a sign-in are about data.
    pub(crate) fn is_about_sign_in(self) -> bool {
        matches!(
            self,
            Self::PostRegister | Self::PostSignIn | Self::PostSignInAdaptiveMfaTriggered | Self::PostResetPassword
        )
    }
}

/// Something that happened in a tenant. [`crate::work::Work::emit`] says it.
#[derive(Debug, Clone)]
pub struct Event {
    pub kind: EventKind,
    pub body: EventBody,
}

/// What an event says.
#[derive(Debug, Clone, Default)]
pub struct EventBody {
    /// The entity it happened to, as the API shows it; left out when it is `null`, as where the API answers without a body.
    pub data: Value,
    /// Further members beside `data`: where it comes from ([`origin`]), and what was added and removed (inventory H014,
    /// traces 60-02, 60-03).
    pub members: Map<String, Value>,
}

impl EventBody {
    /// Adds a member beside `data`.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.members.insert(name.to_owned(), value.into());
        self
    }

    /// Adds a list of ids unless it is empty, cut at [`MAX_IDS`].
    #[must_use]
    pub fn with_ids(self, name: &str, ids: &[String]) -> Self {
        match ids.is_empty() {
            true => self,
            false => self.with(name, &ids[..ids.len().min(MAX_IDS)]),
        }
    }
}

impl From<Value> for EventBody {
    fn from(data: Value) -> Self {
        Self { data, members: Map::new() }
    }
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
