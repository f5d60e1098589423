//! Any provider of OpenID Connect (H061).

use std::str::FromStr as _;

use jose::Algorithm;

use crate::authorization::check_parameters;
use crate::client_authentication::ClientAuthentication;
use crate::config::ConfigReader;
use crate::id_token::IdTokenRules;
use crate::provider::Identity;
use crate::{InvalidConfig, Provider};

pub(super) fn read(config: &mut ConfigReader<'_>) -> Result<Provider, InvalidConfig> {
    let authentication = ClientAuthentication::read(config)?;
    let client_id = authentication.client_id.clone();
    let (mut parameters, max_authentication_age) = config.object("authRequestOptionalConfig", request_parameters)?;
    let custom = config.parameters("customConfig")?;
    check_parameters(&custom, "customConfig")?;
    parameters.extend(custom);
    let mut rules = config.object("idTokenVerificationConfig", |rules| id_token_rules(rules, &client_id))?;
    rules.max_authentication_age = max_authentication_age;
    rules.accept_text_truths = config.flag("acceptStringTypedBooleanClaims")?;
    rules.trust_unverified_email = config.flag("trustUnverifiedEmail")?;
    Ok(Provider {
        authorization_endpoint: config.url("authorizationEndpoint")?,
        response_type: "code",
        client_id,
        scope: with_openid(&config.scope("scope")?.ok_or_else(|| config.invalid("scope", "is required"))?),
        parameters,
        token_endpoint: Some((config.url("tokenEndpoint")?, authentication)),
        one_tap: None,
        identity: Identity::IdToken(Box::new(rules)),
    })
}

/// Without `openid` there is no ID token.
pub(super) fn with_openid(scope: &str) -> String {
    if scope.split(' ').any(|one| one == "openid") { scope.to_owned() } else { format!("openid {scope}") }
}

fn id_token_rules(config: &mut ConfigReader<'_>, client_id: &str) -> Result<IdTokenRules, InvalidConfig> {
    let algorithms = config.texts("algorithms")?;
    let algorithms = algorithms.iter().map(|name| {
        Algorithm::from_str(name)
            .map_err(|_| config.invalid("algorithms", format!("has {name:?}, which can't be verified")))
    });
    let algorithms = algorithms.collect::<Result<_, _>>()?;
    let issuers = config.texts("issuer")?;
    if issuers.is_empty() {
        return Err(config.invalid("issuer", "is required"));
    }
    if config.value("crit").is_some() {
        return Err(config.invalid("crit", "can't be used: no extension of RFC 7515 section 4.1.11 is understood"));
    }
    let mut rules = IdTokenRules::new(config.url("jwksUri")?, issuers, client_id);
    let audiences = config.texts("audience")?;
    if !audiences.is_empty() {
        rules.audiences = audiences;
    }
    rules.algorithms = algorithms;
    rules.leeway_seconds = config.seconds("clockTolerance")?.unwrap_or(rules.leeway_seconds);
    rules.max_age_seconds = config.seconds("maxTokenAge")?;
    rules.subject = config.text("subject")?;
    rules.typ = config.text("typ")?;
    Ok(rules)
}

/// Further parameters (OpenID Connect Core 1.0 section 3.1.2.1), and the greatest age of an authentication in seconds.
fn request_parameters(config: &mut ConfigReader<'_>) -> Result<(Vec<(String, String)>, Option<i64>), InvalidConfig> {
    let mut parameters = Vec::new();
    // A fragment would need a script on the page.
    if let Some(mode) = config.choice("responseMode", &[("query", "query"), ("form_post", "form_post")])? {
        parameters.push(("response_mode".to_owned(), mode.to_owned()));
    }
    for (key, name) in [
        ("display", "display"),
        ("prompt", "prompt"),
        ("uiLocales", "ui_locales"),
        ("idTokenHint", "id_token_hint"),
        ("loginHint", "login_hint"),
        ("acrValues", "acr_values"),
    ] {
        if let Some(value) = config.text(key)? {
            parameters.push((name.to_owned(), value));
        }
    }
    let max_age = config.seconds("maxAge")?;
    parameters.extend(max_age.map(|seconds| ("max_age".to_owned(), seconds.to_string())));
    Ok((parameters, max_age))
}
