//! The two JSON members of an application.

use oauth::client::AuthenticationMethod;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{AccessTokenFormat, CertificateName, ResponseAlgorithm, SecurityProfile, TokenEndpointAuthMethod};
use crate::format::{WebUrl, WebUrlOrEmpty};
use crate::members::{BoundedNumber, JsonObject};
use crate::resources::Seconds;

/// Addresses of an application. Both lists are required.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct OidcClientMetadata {
    #[schemars(length(max = 1000))]
    pub redirect_uris: Vec<String>,
    #[schemars(length(max = 1000))]
    pub post_logout_redirect_uris: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backchannel_logout_uri: Option<WebUrlOrEmpty>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backchannel_logout_session_required: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub logo_uri: Option<WebUrlOrEmpty>,
}

/// Settings of an application's tokens. Unknown members vanish.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CustomClientMetadata {
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 1000))]
    pub cors_allowed_origins: Option<Vec<String>>,
    /// Seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id_token_ttl: Option<Seconds>,
    /// Seconds; `refreshTokenTtlInDays` wins.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refresh_token_ttl: Option<Seconds>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refresh_token_ttl_in_days: Option<BoundedNumber<1, 180>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tenant_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub always_issue_refresh_token: Option<bool>,
    /// True when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rotate_refresh_token: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allow_token_exchange: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_device_flow: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_allowed_grants: Option<BoundedNumber<1, 4_294_967_295>>,
    /// How the application proves itself; a secret in the header or the body when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token_endpoint_auth_method: Option<TokenEndpointAuthMethod>,
    /// At most ten public keys (RFC 7517 section 5) of `private_key_jwt`, or with the `x5c` of certificates that no authority vouches for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jwks: Option<JsonObject>,
    /// Where the public keys of `private_key_jwt` are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jwks_uri: Option<WebUrl>,
    /// The name in the certificate of `tls_client_auth`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tls_client_auth_subject: Option<CertificateName>,
    /// Whether it gets only tokens that are bound to the certificate of its connection (RFC 8705).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tls_client_certificate_bound_access_tokens: Option<bool>,
    /// Whether it gets only tokens that are bound to a key by DPoP (RFC 9449).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dpop_bound_access_tokens: Option<bool>,
    /// Whether its DPoP proofs at the token endpoint need a nonce of the server.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dpop_nonce_required: Option<bool>,
    /// Signs ID tokens and logout tokens; as the tenant when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id_token_signed_response_alg: Option<ResponseAlgorithm>,
    /// Signs the answers of the userinfo endpoint, which are plain JSON when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub userinfo_signed_response_alg: Option<ResponseAlgorithm>,
    /// Whether its authorization requests must be pushed (RFC 9126).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub require_pushed_authorization_requests: Option<bool>,
    /// Whether its authorization requests must be signed (RFC 9101).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub require_signed_request_object: Option<bool>,
    /// Whether `acr_values` of its authorization requests count, and its tokens have `acr`, `amr` and `auth_time`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub acr_values_enabled: Option<bool>,
    /// Whether the parameter `claims` of its authorization requests counts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub claims_parameter_enabled: Option<bool>,
    /// The rules that it must keep: `fapi2` needs `private_key_jwt` and an `idTokenSignedResponseAlg` of PS256, ES256 or EdDSA.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub security_profile: Option<SecurityProfile>,
    /// What an access token is that names no resource; opaque when absent. Those for resources are JWTs always.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub access_token_format: Option<AccessTokenFormat>,
}

impl From<oauth::client::OidcClientMetadata> for OidcClientMetadata {
    fn from(metadata: oauth::client::OidcClientMetadata) -> Self {
        Self {
            redirect_uris: metadata.redirect_uris,
            post_logout_redirect_uris: metadata.post_logout_redirect_uris,
            backchannel_logout_uri: metadata.backchannel_logout_uri.map(WebUrlOrEmpty),
            backchannel_logout_session_required: metadata.backchannel_logout_session_required,
            logo_uri: metadata.logo_uri.map(WebUrlOrEmpty),
        }
    }
}

impl From<OidcClientMetadata> for oauth::client::OidcClientMetadata {
    fn from(metadata: OidcClientMetadata) -> Self {
        Self {
            redirect_uris: metadata.redirect_uris,
            post_logout_redirect_uris: metadata.post_logout_redirect_uris,
            backchannel_logout_uri: metadata.backchannel_logout_uri.map(|url| url.0),
            backchannel_logout_session_required: metadata.backchannel_logout_session_required,
            logo_uri: metadata.logo_uri.map(|url| url.0),
        }
    }
}

impl From<CustomClientMetadata> for oauth::client::CustomClientMetadata {
    fn from(metadata: CustomClientMetadata) -> Self {
        Self {
            cors_allowed_origins: metadata.cors_allowed_origins,
            id_token_ttl: metadata.id_token_ttl.map(|number| number.0),
            refresh_token_ttl: metadata.refresh_token_ttl.map(|number| number.0),
            refresh_token_ttl_in_days: metadata.refresh_token_ttl_in_days.map(|number| number.0),
            tenant_id: metadata.tenant_id,
            always_issue_refresh_token: metadata.always_issue_refresh_token,
            rotate_refresh_token: metadata.rotate_refresh_token,
            allow_token_exchange: metadata.allow_token_exchange,
            is_device_flow: metadata.is_device_flow,
            max_allowed_grants: metadata.max_allowed_grants.map(|number| number.0),
            token_endpoint_auth_method: metadata.token_endpoint_auth_method.map(AuthenticationMethod::from),
            jwks: metadata.jwks.and_then(|set| serde_json::from_value(Value::Object(set)).ok()),
            jwks_uri: metadata.jwks_uri.map(|url| url.0),
            tls_client_auth_subject: metadata.tls_client_auth_subject.map(Into::into),
            tls_client_certificate_bound_access_tokens: metadata.tls_client_certificate_bound_access_tokens,
            dpop_bound_access_tokens: metadata.dpop_bound_access_tokens,
            dpop_nonce_required: metadata.dpop_nonce_required,
            id_token_signed_response_alg: metadata.id_token_signed_response_alg.map(Into::into),
            userinfo_signed_response_alg: metadata.userinfo_signed_response_alg.map(Into::into),
            require_pushed_authorization_requests: metadata.require_pushed_authorization_requests,
            require_signed_request_object: metadata.require_signed_request_object,
            acr_values_enabled: metadata.acr_values_enabled,
            claims_parameter_enabled: metadata.claims_parameter_enabled,
            security_profile: metadata.security_profile.map(Into::into),
            access_token_format: metadata.access_token_format.map(Into::into),
        }
    }
}
