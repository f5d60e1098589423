//! Settings that can't be used are refused by their path.

use federation::Provider;
use serde_json::{Value, json};

use crate::world::oidc;

fn refused(factory: &str, config: &Value) -> String {
    Provider::from_config(factory, config.as_object().unwrap()).unwrap_err().path
}

#[test]
fn each_setting_of_oidc_is_checked() {
    for (path, value) in [
        ("authorizationEndpoint", json!("idp.example/auth")),
        ("authorizationEndpoint", json!("javascript:alert(1)")),
        ("tokenEndpoint", json!("https://user:pass@idp.example/token")),
        ("tokenEndpoint", json!("https://idp.example/token#x")),
        ("clientId", json!("")),
        ("clientSecret", json!(7)),
        ("clientSecret", Value::Null),
        ("scope", Value::Null),
        ("tokenEndpointAuthMethod", json!("private_key_jwt")),
        ("clientSecretJwtSigningAlgorithm", json!("none")),
        ("trustUnverifiedEmail", json!("yes")),
        ("idTokenVerificationConfig", json!([])),
        ("customConfig", json!({"nested": {}})),
        ("surprise", json!(true)),
    ] {
        let mut config = oidc();
        config[path] = value.clone();
        assert_eq!(refused("oidc", &config), path, "{value}");
    }
}

#[test]
fn settings_inside_settings_have_whole_paths() {
    for (outer, inner, value) in [
        ("idTokenVerificationConfig", "jwksUri", json!("ftp://idp.example/jwks")),
        ("idTokenVerificationConfig", "issuer", Value::Null),
        ("idTokenVerificationConfig", "algorithms", json!(["HS256"])),
        ("idTokenVerificationConfig", "crit", json!({"b64": true})),
        ("idTokenVerificationConfig", "clockTolerance", json!(-1)),
        ("idTokenVerificationConfig", "surprise", json!(1)),
        ("authRequestOptionalConfig", "responseMode", json!("fragment")),
        ("authRequestOptionalConfig", "maxAge", json!("60")),
        ("customConfig", "state", json!("fixed")),
        ("customConfig", "nonce", json!("fixed")),
    ] {
        let mut config = oidc();
        config[outer][inner] = value;
        assert_eq!(refused("oidc", &config), format!("{outer}.{inner}"));
    }
}

#[test]
fn objects_may_come_as_the_text_of_a_form() {
    let mut config = oidc();
    config["idTokenVerificationConfig"] = json!(config["idTokenVerificationConfig"].to_string());
    config["customConfig"] = json!("");
    Provider::from_config("oidc", config.as_object().unwrap()).unwrap();
}

#[test]
fn a_tenant_of_microsoft_can_not_lead_elsewhere() {
    for tenant in ["..", "../evil", "a/b", "a?b", "a#b", "", "a b"] {
        let config = json!({
            "clientId": "me", "clientSecret": "hush", "cloudInstance": "https://login.microsoftonline.com", "tenantId": tenant,
        });
        assert_eq!(refused("azuread-universal", &config), "tenantId", "{tenant:?}");
    }
}

#[test]
fn a_service_that_is_not_supported_is_no_provider() {
    assert_eq!(refused("alipay-web", &json!({})), "connectorId");
}
