//! Audit entries of the provider (inventory O145, traces 70-01 and 70-04). Secrets, codes and verifiers are masked.

use axum::http::header;
use oauth::{GrantType, OAuthError, Params};
use serde_json::{Map, Value, json};

use super::provider_request::ProviderRequest;
use crate::audit::AuditEntry;

const MASK: &str = "******";
/// Masked, and listed even when the client did not send them, as log readers expect (trace 70-01).
const TOKEN_SECRETS: [&str; 4] = ["actor_token", "client_secret", "refresh_token", "subject_token"];
const AUTHORIZATION_SECRETS: [&str; 2] = ["google_one_tap_credential", "one_time_token"];
/// Masked where they appear.
const SENSITIVE: [&str; 8] =
    ["code", "code_verifier", "device_code", "client_assertion", "id_token_hint", "xsrf", "access_token", "token"];

/// The members of every payload.
pub fn base_payload(req: &ProviderRequest, result: &str) -> Map<String, Value> {
    let user_agent = req.header(header::USER_AGENT).unwrap_or_default();
    let parsed = json!({"ua": user_agent, "browser": {}, "device": {}, "engine": {}, "os": {}, "cpu": {}});
    let mut payload = Map::new();
    payload.insert("result".into(), result.into());
    payload.insert("ip".into(), req.ip.text().into());
    payload.insert("userAgent".into(), user_agent.into());
    payload.insert("userAgentParsed".into(), parsed);
    payload
}

/// Queues an entry.
pub fn enqueue(req: &ProviderRequest, key: impl Into<String>, payload: Map<String, Value>) {
    req.app.audit(req.tenant_id(), AuditEntry { key: key.into(), payload });
}

/// The parameters with secrets masked.
fn masked(mut params: Map<String, Value>, secrets: &[&str]) -> Value {
    for name in SENSITIVE.into_iter().chain(TOKEN_SECRETS).chain(AUTHORIZATION_SECRETS) {
        if let Some(value) = params.get_mut(name) {
            *value = MASK.into();
        }
    }
    for name in secrets {
        params.insert((*name).to_owned(), MASK.into());
    }
    Value::Object(params)
}

/// A token request in the audit log.
#[derive(Debug, Clone, Default)]
pub struct TokenRequestEntry {
    pub grant: Option<GrantType>,
    pub client_id: Option<String>,
    pub user_id: Option<String>,
    pub secret_name: Option<String>,
}

/// The tokens that a token request issued.
#[derive(Debug, Clone)]
pub struct IssuedTokenTypes<'a> {
    pub scope: Option<&'a str>,
    pub token_types: &'a [&'static str],
}

/// `ExchangeTokenBy.…`
pub fn log_token_exchange(
    req: &ProviderRequest,
    params: &Params,
    about: &TokenRequestEntry,
    result: Result<&IssuedTokenTypes<'_>, &OAuthError>,
) {
    let mut payload = base_payload(req, if result.is_ok() { "Success" } else { "Error" });
    if let Err(error) = result {
        payload.insert("error".into(), error_text(error).into());
    }
    for (name, value) in [("userId", &about.user_id), ("applicationId", &about.client_id)] {
        if let Some(value) = value {
            payload.insert(name.into(), value.clone().into());
        }
    }
    let secrets: &[&str] = if params.is_empty() { &[] } else { &TOKEN_SECRETS };
    payload.insert("params".into(), masked(params.to_json(), secrets));
    match result {
        Ok(issued) => {
            if let Some(scope) = issued.scope {
                payload.insert("scope".into(), scope.into());
            }
            payload.insert("tokenTypes".into(), json!(issued.token_types));
        }
        Err(_) => drop(payload.insert("tokenTypes".into(), json!([]))),
    }
    if let Some(name) = &about.secret_name {
        payload.insert("applicationSecret".into(), json!({"name": name}));
    }
    let name = about.grant.map_or("Unknown", GrantType::audit_name);
    enqueue(req, format!("ExchangeTokenBy.{name}"), payload);
}

/// The error with the detail that the client does not receive.
fn error_text(error: &OAuthError) -> String {
    let mut text = json!({"name": error.error, "error": error.error, "statusCode": error.status});
    if let Some(detail) = error.detail {
        text["error_detail"] = detail.into();
    }
    if let Some(description) = &error.description {
        text["error_description"] = description.clone().into();
    }
    text.to_string()
}

/// `Interaction.Create` and `Interaction.End`.
pub struct InteractionEvent<'a> {
    pub key: &'static str,
    pub interaction_id: &'a str,
    pub client_id: &'a str,
    pub session_uid: Option<&'a str>,
    pub params: &'a Map<String, Value>,
    pub prompt: Option<&'static str>,
}

/// Queues an interaction event.
pub fn log_interaction(req: &ProviderRequest, event: &InteractionEvent<'_>) {
    let mut payload = base_payload(req, "Success");
    payload.insert("applicationId".into(), event.client_id.into());
    if let Some(uid) = event.session_uid {
        payload.insert("sessionId".into(), uid.into());
    }
    payload.insert("params".into(), masked(event.params.clone(), &AUTHORIZATION_SECRETS));
    if let Some(name) = event.prompt {
        payload.insert("prompt".into(), json!({"name": name}));
    }
    payload.insert("interactionId".into(), event.interaction_id.into());
    enqueue(req, event.key, payload);
}

/// `RevokeToken`: a grant was revoked by logout, replay or the client.
pub fn log_revocation(req: &ProviderRequest, grant_id: &str, session_uid: Option<&str>, params: &Params) {
    let mut payload = base_payload(req, "Success");
    if let Some(uid) = session_uid {
        payload.insert("sessionId".into(), uid.into());
    }
    payload.insert("params".into(), masked(params.to_json(), &[]));
    payload.insert("grantId".into(), grant_id.into());
    payload.insert("tokenTypes".into(), json!([]));
    enqueue(req, "RevokeToken", payload);
}
