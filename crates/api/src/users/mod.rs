//! `/api/users`.

mod identities;
mod lines;
mod mfa_verifications;
mod operations;
mod personal_access_tokens;
mod sessions;
mod trusted_devices;

pub use identities::{
    AllIdentities, CreateUserIdentity, GetIdentityQuery, NamedIdentity, NamedSsoIdentity, ReplaceUserIdentity,
    SocialTokenSecret, SsoTokenSecret, TokenSecret, TokenSecretMetadata, UserIdentity, UserSsoIdentity,
};
pub use lines::{
    LineBackupCode, LineFactor, LineIdentity, LineMembership, LineSsoIdentity, LineTime, UserLine, read_user_line,
};
pub use mfa_verifications::{CreateMfaVerification, CreatedMfaVerification, MfaFactorType, UserMfaVerification};
pub use operations::operations;
pub use personal_access_tokens::{
    CreatePersonalAccessToken, PersonalAccessToken, PersonalAccessTokenName, RenamePersonalAccessToken,
};
pub use sessions::{
    ApplicationParty, DeleteSessionQuery, GrantApplication, GrantKind, GrantPayload, GrantedScope, ListGrantsQuery,
    RevokeGrantsTarget, SessionAuthorization, SessionKind, SessionPayload, UserGrant, UserGrants, UserSession,
    UserSessions,
};
pub use trusted_devices::UserTrustedDevice;

use std::collections::BTreeMap;

use kernel::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::format::{Phone, PhoneOrEmpty, Username, UsernameOrEmpty, WebUrlOrEmpty};
use crate::ids::{SsoConnectorId, TenantId, UserId};
use crate::members::{BoundedText, JsonObject, Patch};

/// A user as others see it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UserInfo {
    pub id: String,
    pub username: Option<String>,
    pub primary_email: Option<String>,
    pub primary_phone: Option<String>,
    pub name: Option<String>,
    pub avatar: Option<String>,
    pub custom_data: JsonObject,
    pub identities: BTreeMap<String, Identity>,
    /// Milliseconds since 1970.
    #[schemars(with = "Option<i64>")]
    pub last_sign_in_at: Option<Timestamp>,
    /// Milliseconds since 1970.
    #[schemars(with = "i64")]
    pub created_at: Timestamp,
    /// Milliseconds since 1970.
    #[schemars(with = "i64")]
    pub updated_at: Timestamp,
    pub profile: UserProfile,
    pub application_id: Option<String>,
    pub cimd_client_id: Option<String>,
    pub is_suspended: bool,
}

/// A user, with what only its administrators see.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct User {
    #[serde(flatten)]
    pub info: UserInfo,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub has_password: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sso_identities: Option<Vec<SsoIdentity>>,
}

/// An account at an enterprise that is linked to a user.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SsoIdentity {
    pub tenant_id: TenantId,
    #[schemars(length(min = 1, max = 21))]
    pub id: String,
    pub user_id: UserId,
    #[schemars(length(min = 1, max = 256))]
    pub issuer: String,
    /// The id of the account at the enterprise.
    #[schemars(length(min = 1, max = 128))]
    pub identity_id: String,
    /// What the enterprise says of the account.
    pub detail: JsonObject,
    /// Milliseconds since 1970.
    #[schemars(with = "i64")]
    pub created_at: Timestamp,
    /// Milliseconds since 1970.
    #[schemars(with = "i64")]
    pub updated_at: Timestamp,
    pub sso_connector_id: SsoConnectorId,
}

/// A user, with the digest of the password when that was asked for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UserExport {
    #[serde(flatten)]
    pub user: User,
    #[serde(default, skip_serializing_if = "Patch::is_absent")]
    pub password_digest: Patch<String>,
    #[serde(default, skip_serializing_if = "Patch::is_absent")]
    pub password_algorithm: Patch<String>,
}

/// An account elsewhere that is linked to a user.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Identity {
    pub user_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub details: Option<JsonObject>,
}

/// The standard claims of a user. Unknown members vanish.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UserProfile {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub family_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub given_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub middle_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nickname: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub preferred_username: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profile: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub website: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gender: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub birthdate: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub zoneinfo: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub locale: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<Address>,
}

impl UserProfile {
    /// The members that are present.
    pub fn into_members(self) -> JsonObject {
        match serde_json::to_value(self) {
            Ok(Value::Object(members)) => members,
            _ => JsonObject::new(),
        }
    }
}

/// A postal address. Unknown members vanish.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Address {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub formatted: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub street_address: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub locality: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub postal_code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
}

/// An algorithm of digests that can be imported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum PasswordAlgorithm {
    Argon2i,
    Argon2id,
    Argon2d,
    SHA1,
    SHA256,
    MD5,
    Bcrypt,
    Legacy,
}

impl PasswordAlgorithm {
    /// All of them.
    pub const ALL: [Self; 8] =
        [Self::Argon2i, Self::Argon2id, Self::Argon2d, Self::SHA1, Self::SHA256, Self::MD5, Self::Bcrypt, Self::Legacy];

    /// The algorithm with this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|algorithm| algorithm.as_str() == name)
    }

    /// The name in the database and in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Argon2i => "Argon2i",
            Self::Argon2id => "Argon2id",
            Self::Argon2d => "Argon2d",
            Self::SHA1 => "SHA1",
            Self::SHA256 => "SHA256",
            Self::MD5 => "MD5",
            Self::Bcrypt => "Bcrypt",
            Self::Legacy => "Legacy",
        }
    }
}

/// The query of `GET /api/users/{userId}`.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct GetUserQuery {
    pub include_sso_identities: Option<String>,
    pub include_password_hash: Option<String>,
}

/// A new user.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct CreateUser {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub username: Option<Username>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub primary_email: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub primary_phone: Option<Phone>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub password: Option<BoundedText<1, 4096>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub password_digest: Option<BoundedText<0, 256>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub password_algorithm: Option<PasswordAlgorithm>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(skip_serializing_if = "Patch::is_absent")]
    pub avatar: Patch<WebUrlOrEmpty>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub custom_data: Option<JsonObject>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profile: Option<UserProfile>,
}

/// Changes of a user; null or an empty text clears a member.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct UpdateUser {
    #[serde(skip_serializing_if = "Patch::is_absent")]
    pub username: Patch<UsernameOrEmpty>,
    #[serde(skip_serializing_if = "Patch::is_absent")]
    pub primary_email: Patch<String>,
    #[serde(skip_serializing_if = "Patch::is_absent")]
    pub primary_phone: Patch<PhoneOrEmpty>,
    #[serde(skip_serializing_if = "Patch::is_absent")]
    pub name: Patch<String>,
    #[serde(skip_serializing_if = "Patch::is_absent")]
    pub avatar: Patch<WebUrlOrEmpty>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub custom_data: Option<JsonObject>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profile: Option<UserProfile>,
}

/// Data to merge into a user's own.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UpdateUserCustomData {
    pub custom_data: JsonObject,
}

/// Claims to merge into a user's own.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct UpdateUserProfile {
    pub profile: UserProfile,
}

/// Settings of a user's sign-ins.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UserLogtoConfigs {
    pub mfa: MfaConfig,
    pub passkey_sign_in: PasskeySignInConfig,
}

/// Settings of additional factors. `enabled` is absent until it was set once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct MfaConfig {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
    pub skipped: bool,
    pub skip_mfa_on_sign_in: bool,
}

/// Settings of signing in with a passkey.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PasskeySignInConfig {
    pub skipped: bool,
}

/// Changes of a user's settings; absent members stay.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct UpdateUserLogtoConfigs {
    #[serde(skip_serializing_if = "UpdateMfaConfig::is_empty")]
    pub mfa: UpdateMfaConfig,
    pub passkey_sign_in: UpdatePasskeySignInConfig,
}

/// Changes of the settings of additional factors.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UpdateMfaConfig {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub skipped: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub additional_binding_suggestion_skipped: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub skip_mfa_on_sign_in: Option<bool>,
}

impl UpdateMfaConfig {
    fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// Changes of the settings of signing in with a passkey.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct UpdatePasskeySignInConfig {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub skipped: Option<bool>,
}

/// A password to set or compare.
#[derive(Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct UserPassword {
    pub password: BoundedText<1, 4096>,
}

/// Whether a user has a password.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct HasPassword {
    pub has_password: bool,
}

/// Whether a user's password must be changed at the next sign-in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UpdatePasswordExpiration {
    pub is_expired: bool,
}

/// Whether a user may sign in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UpdateIsSuspended {
    pub is_suspended: bool,
}
