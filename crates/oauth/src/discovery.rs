//! The discovery document (OpenID Connect Discovery section 3, RFC 8414; inventory O020–O026).

use serde_json::{Value, json};

use crate::{acr, dpop, scope};

const CLAIMS: [&str; 32] = [
    "sub",
    "name",
    "family_name",
    "given_name",
    "middle_name",
    "nickname",
    "preferred_username",
    "profile",
    "picture",
    "website",
    "gender",
    "birthdate",
    "zoneinfo",
    "locale",
    "updated_at",
    "username",
    "created_at",
    "email",
    "email_verified",
    "phone_number",
    "phone_number_verified",
    "address",
    "custom_data",
    "identities",
    "sso_identities",
    "roles",
    "organizations",
    "organization_data",
    "organization_roles",
    "sid",
    "auth_time",
    "iss",
];

/// What clients can sign with: assertions and request objects.
const CLIENT_ALGORITHMS: [&str; 8] = ["HS256", "RS256", "PS256", "ES256", "ES384", "ES512", "Ed25519", "EdDSA"];

/// What an answer to an application can be signed with, when it asks for it.
const RESPONSE_ALGORITHMS: [&str; 5] = ["ES256", "ES384", "RS256", "PS256", "EdDSA"];

/// What is named only while it is of use to somebody.
#[derive(Debug, Clone, Copy, Default)]
pub struct Features {
    /// Clients may register themselves.
    pub registration: bool,
    /// `acr_values` count for some application.
    pub acr_values: bool,
    /// The parameter `claims` counts for some application.
    pub claims_parameter: bool,
    /// Clients may show certificates.
    pub certificates: bool,
    /// Clients may describe themselves in a document at their id (draft-ietf-oauth-client-id-metadata-document section 5).
    pub client_documents: bool,
    /// Certificates of some authorities are trusted.
    pub certificate_authorities: bool,
}

/// The document for `issuer`, whose keys sign ID tokens with these algorithms.
pub fn document(issuer: &str, algorithms: &[String], features: Features) -> Value {
    let url = |path: &str| format!("{issuer}{path}");
    let scopes: Vec<&str> = scope::RESERVED.iter().chain(&scope::USER).copied().collect();
    let mut document = json!({
        "authorization_endpoint": url("/auth"),
        "device_authorization_endpoint": url("/device/auth"),
        "claims_parameter_supported": features.claims_parameter,
        "claims_supported": CLAIMS,
        "code_challenge_methods_supported": ["S256"],
        "end_session_endpoint": url("/session/end"),
        "grant_types_supported": [
            "implicit",
            "authorization_code",
            "refresh_token",
            "client_credentials",
            "urn:ietf:params:oauth:grant-type:device_code",
            "urn:ietf:params:oauth:grant-type:token-exchange",
        ],
        "issuer": issuer,
        "jwks_uri": url("/jwks"),
        "authorization_response_iss_parameter_supported": true,
        "response_modes_supported": ["form_post", "fragment", "query"],
        "response_types_supported": ["code id_token", "code", "id_token", "none"],
        "scopes_supported": scopes,
        "subject_types_supported": ["public"],
        "token_endpoint_auth_methods_supported": [
            "client_secret_basic", "client_secret_jwt", "client_secret_post", "private_key_jwt", "none",
        ],
        "token_endpoint_auth_signing_alg_values_supported": CLIENT_ALGORITHMS,
        "token_endpoint": url("/token"),
        "id_token_signing_alg_values_supported": algorithms,
        "pushed_authorization_request_endpoint": url("/request"),
        "request_uri_parameter_supported": false,
        "userinfo_endpoint": url("/me"),
        "introspection_endpoint": url("/token/introspection"),
        "revocation_endpoint": url("/token/revocation"),
        "backchannel_logout_supported": true,
        "backchannel_logout_session_supported": true,
        "claim_types_supported": ["normal"],
        "dpop_signing_alg_values_supported": dpop::algorithms(),
        "userinfo_signing_alg_values_supported": RESPONSE_ALGORITHMS,
        "request_parameter_supported": true,
        "request_object_signing_alg_values_supported": CLIENT_ALGORITHMS,
    });
    if features.registration {
        document["registration_endpoint"] = url("/register").into();
    }
    if features.client_documents {
        document["client_id_metadata_document_supported"] = true.into();
    }
    if features.certificates {
        document["tls_client_certificate_bound_access_tokens"] = true.into();
        let trusted = features.certificate_authorities.then_some("tls_client_auth");
        let methods = document["token_endpoint_auth_methods_supported"].as_array().into_iter().flatten().cloned();
        let more = ["self_signed_tls_client_auth"].into_iter().chain(trusted).map(Value::from);
        document["token_endpoint_auth_methods_supported"] = methods.chain(more).collect();
    }
    if features.acr_values {
        document["acr_values_supported"] = acr::supported().into();
        let supported = CLAIMS.iter().chain(&["acr", "amr"]);
        document["claims_supported"] = supported.copied().collect();
    }
    document
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_document_is_the_recorded_one_and_what_loggia_adds() {
        let mut expected: serde_json::Value =
            serde_json::from_str(include_str!("../../../docs/contract/openid-configuration.json")).unwrap();
        // What Loggia verifies beyond the contract.
        let algorithms = &mut expected["token_endpoint_auth_signing_alg_values_supported"];
        *algorithms = serde_json::json!(["HS256", "RS256", "PS256", "ES256", "ES384", "ES512", "Ed25519", "EdDSA"]);
        expected["dpop_signing_alg_values_supported"] =
            serde_json::json!(["ES256", "ES384", "ES512", "RS256", "PS256", "EdDSA"]);
        expected["userinfo_signing_alg_values_supported"] = super::RESPONSE_ALGORITHMS.into();
        expected["request_parameter_supported"] = true.into();
        expected["request_object_signing_alg_values_supported"] = super::CLIENT_ALGORITHMS.into();
        let document = super::document("http://localhost:3001/oidc", &["ES384".to_owned()], super::Features::default());
        assert_eq!(document.to_string(), expected.to_string(), "same members in the same order");
    }
}
