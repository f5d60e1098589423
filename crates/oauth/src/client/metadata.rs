//! The two JSON columns of an application (inventory O030, O031, D084, D085).

use jose::{Algorithm, JwkSet};
use serde::{Deserialize, Serialize};

use super::{AuthenticationMethod, CertificateName, SecurityProfile};

/// `oidcClientMetadata`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OidcClientMetadata {
    #[serde(default)]
    pub redirect_uris: Vec<String>,
    #[serde(default)]
    pub post_logout_redirect_uris: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backchannel_logout_uri: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backchannel_logout_session_required: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub logo_uri: Option<String>,
}

impl OidcClientMetadata {
    /// Where the client is told that a session has ended, if it asked for it.
    pub fn logout_receiver(&self) -> Option<&str> {
        self.backchannel_logout_uri.as_deref().filter(|uri| !uri.is_empty())
    }
}

/// The form of access tokens that name no resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AccessTokenFormat {
    Opaque,
    /// RFC 9068.
    Jwt,
}

/// `customClientMetadata`. Unknown members vanish.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CustomClientMetadata {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cors_allowed_origins: Option<Vec<String>>,
    /// Seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id_token_ttl: Option<i64>,
    /// Seconds; `refresh_token_ttl_in_days` wins.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refresh_token_ttl: Option<i64>,
    /// 1 to 180 days.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refresh_token_ttl_in_days: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub always_issue_refresh_token: Option<bool>,
    /// Absent means true.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rotate_refresh_token: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allow_token_exchange: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is_device_flow: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_allowed_grants: Option<i64>,
    /// Absent means a secret in the header or the body, or none for public clients.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_endpoint_auth_method: Option<AuthenticationMethod>,
    /// The keys of `private_key_jwt`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jwks: Option<JwkSet>,
    /// Where the keys of `private_key_jwt` are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jwks_uri: Option<String>,
    /// The name in the certificate of `tls_client_auth`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tls_client_auth_subject: Option<CertificateName>,
    /// Whether it gets only tokens that are bound to its certificate (RFC 8705 section 3.4).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tls_client_certificate_bound_access_tokens: Option<bool>,
    /// Whether it gets only tokens that are bound to a key (RFC 9449 section 5.2).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dpop_bound_access_tokens: Option<bool>,
    /// Whether its proofs need a nonce of the server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dpop_nonce_required: Option<bool>,
    /// Signs ID tokens and logout tokens (OpenID Connect Dynamic Client Registration 1.0 section 2). Absent means as the tenant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id_token_signed_response_alg: Option<Algorithm>,
    /// Signs answers of the userinfo endpoint (the same section). Absent means plain JSON.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub userinfo_signed_response_alg: Option<Algorithm>,
    /// Whether a browser can't bring its authorization requests (RFC 9126 section 6).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub require_pushed_authorization_requests: Option<bool>,
    /// Whether its authorization requests must be signed (RFC 9101 section 10.5).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub require_signed_request_object: Option<bool>,
    /// Whether its requests may ask for what a sign-in proves, and its tokens say it (OpenID Connect Core 1.0 section 3.1.2.1).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acr_values_enabled: Option<bool>,
    /// Whether its requests may ask for single claims (OpenID Connect Core 1.0 section 5.5).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claims_parameter_enabled: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub security_profile: Option<SecurityProfile>,
    /// Absent means opaque.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub access_token_format: Option<AccessTokenFormat>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn absent_members_stay_absent_and_unknown_ones_vanish() {
        let custom: CustomClientMetadata = serde_json::from_str(r#"{"foo":1,"rotateRefreshToken":false}"#).unwrap();
        assert_eq!(serde_json::to_string(&custom).unwrap(), r#"{"rotateRefreshToken":false}"#);
        let oidc: OidcClientMetadata = serde_json::from_str("{}").unwrap();
        assert_eq!(serde_json::to_string(&oidc).unwrap(), r#"{"redirectUris":[],"postLogoutRedirectUris":[]}"#);
    }
}
