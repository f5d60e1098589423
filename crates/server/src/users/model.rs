//! A user as the APIs show one.

use db::{DbError, FromRow, Row};
use kernel::Timestamp;
use serde::Serialize;
use serde_json::{Map, Value};

use super::store::User;
use crate::search::Fields;

/// What a search of users may name (inventory M019), for `users u`.
pub const FIELDS: Fields = &[
    ("id", "u.id"),
    ("primaryEmail", "u.primary_email"),
    ("primaryPhone", "u.primary_phone"),
    ("username", "u.username"),
    ("name", "u.name"),
];

/// A user on the wire. The digest of the password is in it only when asked for.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct UserInfo {
    pub id: String,
    pub username: Option<String>,
    pub primary_email: Option<String>,
    pub primary_phone: Option<String>,
    pub name: Option<String>,
    pub avatar: Option<String>,
    pub custom_data: Map<String, Value>,
    pub identities: Map<String, Value>,
    pub last_sign_in_at: Option<Timestamp>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub profile: Map<String, Value>,
    pub application_id: Option<String>,
    /// Clients known by their metadata document are not supported.
    pub cimd_client_id: Option<String>,
    pub is_suspended: bool,
    pub has_password: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sso_identities: Option<Vec<Value>>,
    #[serde(flatten)]
    pub password: Option<PasswordInfo>,
}

/// The stored password, for moving users elsewhere.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PasswordInfo {
    pub password_digest: Option<String>,
    pub password_algorithm: Option<String>,
}

impl From<User> for UserInfo {
    fn from(user: User) -> Self {
        Self {
            id: user.id,
            username: user.username,
            primary_email: user.primary_email,
            primary_phone: user.primary_phone,
            name: user.name,
            avatar: user.avatar,
            custom_data: user.custom_data,
            identities: user.identities,
            last_sign_in_at: user.last_sign_in_at,
            created_at: user.created_at,
            updated_at: user.updated_at,
            profile: user.profile,
            application_id: user.application_id,
            cimd_client_id: None,
            is_suspended: user.is_suspended,
            has_password: user.password.is_some(),
            sso_identities: None,
            password: None,
        }
    }
}

impl UserInfo {
    /// With the members that the caller asked for.
    pub fn with(user: User, password: bool, sso_identities: bool) -> Self {
        let password = password.then(|| PasswordInfo {
            password_digest: user.password.as_ref().map(|p| p.password_encrypted.clone()),
            password_algorithm: user.password.as_ref().map(|p| p.password_encryption_method.clone()),
        });
        Self { password, sso_identities: sso_identities.then(Vec::new), ..Self::from(user) }
    }
}

impl FromRow for UserInfo {
    fn from_row(row: &Row<'_>) -> Result<Self, DbError> {
        User::from_row(row).map(Self::from)
    }
}
