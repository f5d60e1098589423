//! `/api/configs/oidc/{keyType}`: the keys that sign tokens and cookies. No answer holds a key itself.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::members::BoundedNumber;
use crate::operation::Operation;

const TAG: &str = "Configs";

/// The longest time that a key waits before it signs, in seconds: one year.
pub const MAX_GRACE_PERIOD: i64 = 365 * 24 * 60 * 60;

/// Which keys are meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum OidcKeyType {
    /// They sign tokens.
    PrivateKeys,
    /// They sign cookies.
    CookieKeys,
}

impl OidcKeyType {
    /// Both.
    pub const ALL: [Self; 2] = [Self::PrivateKeys, Self::CookieKeys];

    /// The name in paths.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::PrivateKeys => "private-keys",
            Self::CookieKeys => "cookie-keys",
        }
    }

    /// The type with this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.as_str() == name)
    }
}

/// The kind of a signing key: EC signs with ES384, RSA with RS256.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum SigningKeyAlgorithm {
    #[serde(rename = "RSA")]
    Rsa,
    #[default]
    #[serde(rename = "EC")]
    Ec,
}

/// What a signing key does now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum OidcKeyStatus {
    /// It is published, and signs later.
    Next,
    /// It signs.
    Current,
    /// It signs no more; what it signed is still accepted.
    Previous,
}

/// A key, without the key itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct OidcKey {
    /// Of a signing key it is the `kid` of its tokens.
    pub id: String,
    /// Seconds since 1970.
    pub created_at: i64,
    /// Of signing keys.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signing_key_algorithm: Option<SigningKeyAlgorithm>,
    /// Of signing keys.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<OidcKeyStatus>,
    /// When the next signing key begins to sign, in milliseconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub effective_at: Option<i64>,
}

/// How a new key takes the place of the current one. Both members are for signing keys.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RotateOidcKeys {
    /// EC when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signing_key_algorithm: Option<SigningKeyAlgorithm>,
    /// Seconds during which the new key is published and does not sign yet; 0 when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rotation_grace_period: Option<BoundedNumber<0, MAX_GRACE_PERIOD>>,
}

/// The operations of these types.
pub fn operations() -> Vec<Operation> {
    vec![
        Operation::get("/api/configs/oidc/{keyType}", "GetOidcKeys", TAG).returns::<Vec<OidcKey>>(200),
        Operation::delete("/api/configs/oidc/{keyType}/{keyId}", "DeleteOidcKey", TAG).statuses(&[204, 404, 422]),
        Operation::post("/api/configs/oidc/{keyType}/rotate", "RotateOidcKeys", TAG)
            .body::<RotateOidcKeys>()
            .returns::<Vec<OidcKey>>(200)
            .statuses(&[422]),
    ]
}
