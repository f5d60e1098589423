//! The provider's metadata (OpenID Connect Discovery 1.0 section 3): what a relying party needs of it.

use serde::{Deserialize, Serialize};

/// The members this crate reads.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ProviderMetadata {
    pub issuer: String,
    pub authorization_endpoint: String,
    pub token_endpoint: String,
    pub userinfo_endpoint: String,
    pub jwks_uri: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end_session_endpoint: Option<String>,
    /// RFC 9207: callbacks without `iss` are then refused.
    #[serde(default)]
    pub authorization_response_iss_parameter_supported: bool,
}
