//! Audit entries of the provider (inventory O145, traces 70-01 and 70-04). Secrets are masked, codes and verifiers too.

use axum::http::header;
use oauth::{GrantType, OAuthError, Params};
use serde_json::{Map, Value, json};

use super::context::Context;
use crate::audit::Entry;

const MASK: &str = "******";
/// Never shown, and listed even when the client did not send them, as existing log readers expect.
const TOKEN_SECRETS: [&str; 4] = ["actor_token", "client_secret", "refresh_token", "subject_token"];
const AUTHORIZATION_SECRETS: [&str; 2] = ["google_one_tap_credential", "one_time_token"];
/// Masked where they appear.
const SENSITIVE: [&str; 8] =
    ["code", "code_verifier", "device_code", "client_assertion", "id_token_hint", "xsrf", "access_token", "token"];

/// The members that every payload has.
pub fn base(cx: &Context, result: &str) -> Map<String, Value> {
    let user_agent = cx.header(header::USER_AGENT).unwrap_or_default();
    let parsed = json!({"ua": user_agent, "browser": {}, "device": {}, "engine": {}, "os": {}, "cpu": {}});
    let mut payload = Map::new();
    payload.insert("result".into(), result.into());
    payload.insert("ip".into(), cx.ip.text().into());
    payload.insert("userAgent".into(), user_agent.into());
    payload.insert("userAgentParsed".into(), parsed);
    payload
}

/// Queues an entry.
pub fn push(cx: &Context, key: impl Into<String>, payload: Map<String, Value>) {
    cx.app.audit(cx.tenant_id(), Entry { key: key.into(), payload });
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

/// What is known about a token request when it ends.
#[derive(Debug, Clone, Default)]
pub struct TokenRequest {
    pub grant: Option<GrantType>,
    pub client_id: Option<String>,
    pub user_id: Option<String>,
    pub secret_name: Option<String>,
}

/// What a successful token request gave.
#[derive(Debug, Clone)]
pub struct Issued<'a> {
    pub scope: Option<&'a str>,
    pub token_types: &'a [&'static str],
}

/// `ExchangeTokenBy.…`
pub fn exchange(cx: &Context, params: &Params, about: &TokenRequest, result: Result<&Issued<'_>, &OAuthError>) {
    let mut payload = base(cx, if result.is_ok() { "Success" } else { "Error" });
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
    push(cx, format!("ExchangeTokenBy.{name}"), payload);
}

/// The error as the log keeps it: with the detail that the client is not told.
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

/// Queues it.
pub fn interaction(cx: &Context, event: &InteractionEvent<'_>) {
    let mut payload = base(cx, "Success");
    payload.insert("applicationId".into(), event.client_id.into());
    if let Some(uid) = event.session_uid {
        payload.insert("sessionId".into(), uid.into());
    }
    payload.insert("params".into(), masked(event.params.clone(), &AUTHORIZATION_SECRETS));
    if let Some(name) = event.prompt {
        payload.insert("prompt".into(), json!({"name": name}));
    }
    payload.insert("interactionId".into(), event.interaction_id.into());
    push(cx, event.key, payload);
}

/// `RevokeToken`: a grant ended, by logout, replay or the user.
pub fn revoke(cx: &Context, grant_id: &str, session_uid: Option<&str>, params: &Params) {
    let mut payload = base(cx, "Success");
    if let Some(uid) = session_uid {
        payload.insert("sessionId".into(), uid.into());
    }
    payload.insert("params".into(), masked(params.to_json(), &[]));
    payload.insert("grantId".into(), grant_id.into());
    payload.insert("tokenTypes".into(), json!([]));
    push(cx, "RevokeToken", payload);
}
