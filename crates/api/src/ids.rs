//! Ids with a type, so that a user's can't stand where an application's belongs.

use std::borrow::Borrow;
use std::fmt;
use std::ops::Deref;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize};

/// A text that is no id: empty, or longer than ids of its kind are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InvalidId {
    /// The greatest length in characters.
    pub max_length: usize,
}

impl fmt::Display for InvalidId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "expected an id of 1 to {} characters", self.max_length)
    }
}

impl std::error::Error for InvalidId {}

macro_rules! typed_ids {
    ($($(#[$doc:meta])* $name:ident($max:literal);)*) => { $(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// The greatest length in characters.
            pub const MAX_LENGTH: usize = $max;

            /// The id as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidId;

            fn try_from(text: String) -> Result<Self, InvalidId> {
                match text.is_empty() || text.chars().nth($max).is_some() {
                    true => Err(InvalidId { max_length: $max }),
                    false => Ok(Self(text)),
                }
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

        impl fmt::Display for $name {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
                String::deserialize(input)?.try_into().map_err(serde::de::Error::custom)
            }
        }

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
    )* };
}

typed_ids! {
    /// The id of a tenant.
    TenantId(21);
    /// The id of a user.
    UserId(12);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_text_of_bounded_length() {
        let id: UserId = serde_json::from_str("\"u1234567890\"").unwrap();
        assert_eq!((serde_json::to_string(&id).unwrap(), id.len()), ("\"u1234567890\"".to_owned(), 11));
        assert_eq!(UserId::try_from(String::new()), Err(InvalidId { max_length: 12 }));
        assert!(UserId::try_from("é".repeat(12)).is_ok() && UserId::try_from("x".repeat(13)).is_err());
        assert!(serde_json::from_str::<ApplicationId>(&format!("\"{}\"", "a".repeat(22))).is_err());
    }
}
