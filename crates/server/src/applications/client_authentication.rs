//! How an application proves itself and which profile it keeps, as they may be set: what is accepted works, the rest is refused.

use ::api::Issue;
use ::api::applications::{ApplicationType, CustomClientMetadata, ResponseAlgorithm, TokenEndpointAuthMethod};
use jose::JwkSet;
use oauth::client::{AuthenticationMethod, FAPI2_ALGORITHMS};
use serde_json::{Map, Value};

use super::model::has_secret;
use crate::errors::ApiError;
use crate::http::body::invalid_body;
use crate::oidc::client_keys::MAX_KEYS;
use crate::settings::Settings;

/// Members of a JWK that nobody else may know (RFC 7518 section 6).
const PRIVATE_MEMBERS: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

/// Checks `tokenEndpointAuthMethod`, `jwks`, `jwksUri` and `securityProfile` for an application of a type.
///
/// # Errors
/// 400 `guard.invalid_input` at the path of what can't work.
pub(super) fn check(kind: ApplicationType, custom: &CustomClientMetadata) -> Result<(), ApiError> {
    match find_issue(kind, custom) {
        None => Ok(()),
        Some((member, reason)) => {
            Err(invalid_body(&[Issue::custom(vec!["customClientMetadata".into(), member.into()], reason)]))
        }
    }
}

/// Checks the redirect URIs of an application with a profile: they must not leave a code where others read it (FAPI 2.0 Security Profile
/// section 5.3.2.2).
///
/// # Errors
/// 400 `guard.invalid_input` at the path of the first that is not safe.
pub(super) fn check_profile_addresses(uris: &[String]) -> Result<(), ApiError> {
    let is_safe = |uri: &String| {
        let url = url::Url::parse(uri).ok();
        url.is_some_and(|url| url.scheme() == "https" || url.scheme() == "http" && oauth::redirect::is_loopback(&url))
    };
    match uris.iter().position(|uri| !is_safe(uri)) {
        None => Ok(()),
        Some(at) => {
            let path = vec!["oidcClientMetadata".into(), "redirectUris".into(), at.into()];
            Err(invalid_body(&[Issue::custom(path, "fapi2 needs https, but for an address of this machine.")]))
        }
    }
}

fn find_issue(kind: ApplicationType, custom: &CustomClientMetadata) -> Option<(&'static str, &'static str)> {
    let method = custom.token_endpoint_auth_method;
    if method.is_some() && !has_secret(kind) {
        return Some(("tokenEndpointAuthMethod", "Applications of this type have no credentials."));
    }
    if kind == ApplicationType::MachineToMachine
        && let Some(member) = sign_in_setting(custom)
    {
        return Some((member, "Nobody signs in at applications of this type."));
    }
    if custom.require_signed_request_object == Some(true) && !has_secret(kind) {
        return Some(("requireSignedRequestObject", "Applications of this type have nothing to sign with."));
    }
    let signs = method == Some(TokenEndpointAuthMethod::PrivateKeyJwt);
    if let Some(issue) = certificate_issue(custom) {
        return Some(issue);
    }
    let has_own_certificate = method == Some(TokenEndpointAuthMethod::SelfSignedTlsClientAuth);
    if custom.security_profile.is_some() {
        // FAPI 2.0 Security Profile sections 5.3.2.1 and 5.4.
        let is_allowed = |alg: ResponseAlgorithm| FAPI2_ALGORITHMS.contains(&alg.into());
        if !signs {
            return Some(("securityProfile", "fapi2 needs the tokenEndpointAuthMethod private_key_jwt."));
        }
        if !custom.id_token_signed_response_alg.is_some_and(is_allowed)
            || !custom.userinfo_signed_response_alg.is_none_or(is_allowed)
        {
            return Some(("securityProfile", "fapi2 needs an idTokenSignedResponseAlg of PS256, ES256 or EdDSA."));
        }
        if custom.dpop_bound_access_tokens == Some(false) || custom.require_pushed_authorization_requests == Some(false)
        {
            return Some(("securityProfile", "fapi2 binds all tokens and takes pushed requests alone."));
        }
    }
    match (&custom.jwks, &custom.jwks_uri) {
        (Some(_), Some(_)) => Some(("jwksUri", "Only one of jwks and jwksUri may be set.")),
        (None, None) if signs => Some(("jwks", "private_key_jwt needs jwks or jwksUri.")),
        (Some(_), None) if !signs && !has_own_certificate => {
            Some(("jwks", "Keys are for private_key_jwt and self_signed_tls_client_auth alone."))
        }
        (None, Some(_)) if !signs => Some(("jwksUri", "Keys are for private_key_jwt alone.")),
        (Some(set), None) => key_issue(set).map(|reason| ("jwks", reason)),
        _ => None,
    }
}

/// What can't work of the settings for certificates (RFC 8705).
fn certificate_issue(custom: &CustomClientMetadata) -> Option<(&'static str, &'static str)> {
    let method = custom.token_endpoint_auth_method;
    let is_named = method == Some(TokenEndpointAuthMethod::TlsClientAuth);
    if is_named != custom.tls_client_auth_subject.is_some() {
        return Some(("tlsClientAuthSubject", "tls_client_auth needs it, and nothing else may have it."));
    }
    if is_named && custom.require_signed_request_object == Some(true) {
        return Some(("requireSignedRequestObject", "tls_client_auth has no keys to sign with."));
    }
    if method == Some(TokenEndpointAuthMethod::SelfSignedTlsClientAuth) {
        let keys = custom.jwks.as_ref().and_then(|set| set.get("keys")?.as_array());
        let own = |key: &Value| key.pointer("/x5c/0").and_then(Value::as_str).is_some_and(crate::tls::is_certificate);
        if !keys.is_some_and(|keys| keys.iter().all(own)) {
            return Some(("jwks", "self_signed_tls_client_auth needs keys with their certificates as x5c."));
        }
    }
    let binds = custom.tls_client_certificate_bound_access_tokens == Some(true);
    if binds && (custom.dpop_bound_access_tokens == Some(true) || custom.security_profile.is_some()) {
        return Some(("tlsClientCertificateBoundAccessTokens", "Tokens are bound to a key or to a certificate."));
    }
    None
}

/// Checks that the server asks for the certificates that an application is to show.
///
/// # Errors
/// 400 `guard.invalid_input` at the path of what can't work.
pub(super) fn check_served(settings: &Settings, custom: Option<&CustomClientMetadata>) -> Result<(), ApiError> {
    let Some(custom) = custom else { return Ok(()) };
    let method = custom.token_endpoint_auth_method.map(AuthenticationMethod::from);
    let is_asked = settings.client_certificates.is_some();
    let has_authorities = settings.client_certificates.as_ref().is_some_and(|asked| asked.authorities.is_some());
    let issue = if method.is_some_and(AuthenticationMethod::uses_certificate) && !is_asked {
        ("tokenEndpointAuthMethod", "This server asks nobody for a certificate: CLIENT_CERTIFICATES is not set.")
    } else if method == Some(AuthenticationMethod::TlsClientAuth) && !has_authorities {
        ("tokenEndpointAuthMethod", "This server trusts no authority: CLIENT_CA_PATH is not set.")
    } else if custom.tls_client_certificate_bound_access_tokens == Some(true) && !is_asked {
        (
            "tlsClientCertificateBoundAccessTokens",
            "This server asks nobody for a certificate: CLIENT_CERTIFICATES is not set.",
        )
    } else {
        return Ok(());
    };
    Err(invalid_body(&[Issue::custom(vec!["customClientMetadata".into(), issue.0.into()], issue.1)]))
}

/// A setting that says something about sign-ins.
fn sign_in_setting(custom: &CustomClientMetadata) -> Option<&'static str> {
    [
        ("requirePushedAuthorizationRequests", custom.require_pushed_authorization_requests == Some(true)),
        ("requireSignedRequestObject", custom.require_signed_request_object == Some(true)),
        ("idTokenSignedResponseAlg", custom.id_token_signed_response_alg.is_some()),
        ("userinfoSignedResponseAlg", custom.userinfo_signed_response_alg.is_some()),
    ]
    .into_iter()
    .find_map(|(member, is_set)| is_set.then_some(member))
}

fn key_issue(set: &Map<String, Value>) -> Option<&'static str> {
    let keys = set.get("keys").and_then(Value::as_array);
    let is_private = |key: &Value| PRIVATE_MEMBERS.iter().any(|member| key.get(member).is_some());
    if keys.is_some_and(|keys| keys.iter().any(is_private)) {
        return Some("A key has private members: register public keys alone.");
    }
    let Ok(set) = serde_json::from_value::<JwkSet>(Value::Object(set.clone())) else {
        return Some("This is not a JWK set.");
    };
    if set.keys.is_empty() || set.keys.len() > MAX_KEYS {
        return Some("There must be one to ten keys.");
    }
    // One by one: a key that can't verify anything would fail only when it is needed.
    let is_usable = |key: &jose::Jwk| !JwkSet { keys: vec![key.clone()] }.verifier().is_empty();
    if !set.keys.iter().all(is_usable) {
        return Some("A key is not usable for RS256, PS256, ES256, ES384, ES512 or EdDSA signatures.");
    }
    None
}
