//! Ids with a type, so that a user's can't stand where an application's belongs. In a body their schema bounds the length; in a
//! path any text may stand: one that is too long is an unknown id.

use std::borrow::Borrow;
use std::fmt;
use std::ops::Deref;

#[cfg(feature = "schema")]
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

macro_rules! typed_ids {
    ($($(#[$doc:meta])* $name:ident($max:literal);)*) => { $(
        $(#[$doc])*
        #[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// The greatest length of one in a body, in characters.
            pub const MAX_LENGTH: usize = $max;

            /// The id as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self(text)
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(text.to_owned())
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl Deref for $name {
            type Target = str;

            fn deref(&self) -> &str {
                &self.0
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl PartialEq<str> for $name {
            fn eq(&self, other: &str) -> bool {
                self.0 == other
            }
        }

        impl PartialEq<&str> for $name {
            fn eq(&self, other: &&str) -> bool {
                self.0 == *other
            }
        }

        impl PartialEq<String> for $name {
            fn eq(&self, other: &String) -> bool {
                self.0 == *other
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str(&self.0)
            }
        }

        #[cfg(feature = "schema")]
        impl JsonSchema for $name {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({"type": "string", "minLength": 1, "maxLength": $max})
            }
        }
    )*

    /// Calls a macro with the names of all types of ids, for crates that implement a trait for them.
    #[macro_export]
    macro_rules! for_each_id {
        ($callback:ident) => { $callback! { $($name)* } };
    }
 };
}

typed_ids! {
    /// The id of a tenant.
    TenantId(21);
    /// The id of a user: 12 characters, or what another system gave an imported one. A user handle of WebAuthn has no more bytes.
    UserId(64);
    /// The id of an application: its `client_id`.
    ApplicationId(21);
    /// The id of a role of the tenant.
    RoleId(21);
    /// The id of an API resource.
    ResourceId(21);
    /// The id of a scope of an API resource.
    ScopeId(21);
    /// The id of an organization.
    OrganizationId(21);
    /// The id of a role of the organization template.
    OrganizationRoleId(21);
    /// The id of a scope of the organization template.
    OrganizationScopeId(21);
    /// The id of an enterprise connector.
    SsoConnectorId(128);
}
