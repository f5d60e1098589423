//! Audit entries of the provider (inventory O145, traces 70-01 and 70-04). Only parameters that are known and harmless are
//! logged; secrets, codes and verifiers are masked (attack E7).

use ::api::scripts::TokenType;
use ::scripts::Failure;
use kernel::id;
use kernel::ids::{ApplicationId, UserId};
use oauth::authorize::AuthorizationRequest;
use oauth::{GrantType, OAuthError, Params};
use serde_json::{Map, Value, json};

use super::client_request::ClientRequest;
use super::grants::Grant;
use super::token::TokenError;
use super::token::issue::UnsignedTokens;
use crate::audit::{self, AuditEntry, user_agent};
use crate::callers::RequestContext;

const MASK: &str = "******";
/// Masked, and listed even when the client did not send them, as log readers expect (trace 70-01).
const TOKEN_SECRETS: [&str; 4] = ["actor_token", "client_secret", "refresh_token", "subject_token"];
const AUTHORIZATION_SECRETS: [&str; 2] = ["google_one_tap_credential", "one_time_token"];
/// Masked where they appear.
const SENSITIVE: [&str; 8] =
    ["code", "code_verifier", "device_code", "client_assertion", "id_token_hint", "xsrf", "access_token", "token"];
/// Logged as they came. Whatever else a client sends may be a secret, or as long as it likes: it is left out.
const HARMLESS: [&str; 31] = [
    "acr_values",
    "actor_token_type",
    "audience",
    "client_assertion_type",
    "client_id",
    "code_challenge",
    "code_challenge_method",
    "direct_sign_in",
    "display",
    "first_screen",
    "grant_type",
    "identifier",
    "interaction_mode",
    "login_hint",
    "logout",
    "max_age",
    "nonce",
    "organization_id",
    "parse_error",
    "post_logout_redirect_uri",
    "prompt",
    "redirect_uri",
    "requested_token_type",
    "resource",
    "response_mode",
    "response_type",
    "scope",
    "state",
    "subject_token_type",
    "token_type_hint",
    "ui_locales",
];

/// Who sent the request, as every payload begins.
fn payload_of(req: &RequestContext, is_success: bool) -> Map<String, Value> {
    let user_agent = req.user_agent.as_str();
    let mut payload = Map::new();
    payload.insert("result".into(), if is_success { "Success" } else { "Error" }.into());
    payload.insert("ip".into(), req.ip.text().into());
    payload.insert("userAgent".into(), user_agent.into());
    payload.insert("userAgentParsed".into(), user_agent::parsed(user_agent));
    payload
}

fn entry(key: impl Into<String>, payload: Map<String, Value>) -> AuditEntry {
    AuditEntry { key: key.into(), payload }
}

/// A client registered, changed or deleted itself.
pub fn client_registration(req: &RequestContext, what: &str, id: &str, name: &str) -> AuditEntry {
    let mut payload = payload_of(req, true);
    payload.insert("applicationId".into(), id.into());
    payload.insert("name".into(), name.into());
    entry(format!("ClientRegistration.{what}"), payload)
}

/// Whether the value of a parameter is masked; `None` for one that is left out.
pub(crate) fn is_secret(name: &str) -> Option<bool> {
    let is_secret = SENSITIVE.contains(&name) || TOKEN_SECRETS.contains(&name) || AUTHORIZATION_SECRETS.contains(&name);
    (is_secret || HARMLESS.contains(&name)).then_some(is_secret)
}

/// The parameters that may be logged. Those of `listed` appear masked in any case.
fn loggable(params: Map<String, Value>, listed: &[&str]) -> Value {
    let mut out = Map::new();
    for (name, value) in params {
        match is_secret(&name) {
            Some(true) => drop(out.insert(name, MASK.into())),
            Some(false) => drop(out.insert(name, value)),
            None => {}
        }
    }
    out.extend(listed.iter().map(|name| ((*name).to_owned(), MASK.into())));
    Value::Object(out)
}

/// Queues `ExchangeTokenBy.…`.
pub fn log_token_exchange(
    req: &RequestContext,
    client_request: &ClientRequest,
    result: Result<&UnsignedTokens, &TokenError>,
) {
    let mut payload = payload_of(req, result.is_ok());
    let user_id = match result {
        Ok(tokens) => tokens.user_id.as_ref(),
        Err(TokenError { error, user_id }) => {
            payload.insert("error".into(), error_text(error).into());
            user_id.as_ref()
        }
    };
    for (name, value) in
        [("userId", user_id.map(UserId::as_str)), ("applicationId", client_request.client_id.as_deref())]
    {
        payload.extend(value.map(|value| (name.to_owned(), value.into())));
    }
    let params = &client_request.params;
    let listed: &[&str] = if params.is_empty() { &[] } else { &TOKEN_SECRETS };
    payload.insert("params".into(), loggable(params.to_json(), listed));
    let scope = result.ok().and_then(|tokens| tokens.scope.as_ref());
    payload.extend(scope.map(|scope| ("scope".to_owned(), scope.to_string().into())));
    payload.insert("tokenTypes".into(), result.map_or_else(|_| json!([]), |tokens| json!(tokens.token_types())));
    if let Some(name) = &client_request.secret_name {
        payload.insert("applicationSecret".into(), json!({"name": name}));
    }
    let grant = params.get("grant_type").and_then(GrantType::from_name);
    let name = grant.map_or("Unknown", GrantType::audit_name);
    let entry = entry(format!("ExchangeTokenBy.{name}"), payload);
    match result {
        Ok(tokens) => {
            if let Some(user_id) = &tokens.user_id {
                req.app.count_active(req.tenant_id(), user_id);
            }
            req.app.audit(req.tenant_id(), &entry);
        }
        Err(_) => drop(req.app.audit_refusal(req.ip.network(), req.tenant_id(), &entry)),
    }
}

/// A script was asked for claims of an access token.
pub struct CustomizationEvent<'a> {
    pub kind: TokenType,
    pub user_id: Option<&'a UserId>,
    pub client_id: &'a ApplicationId,
    /// What the script was told; the token is masked.
    pub context: Value,
    pub outcome: Result<&'a Map<String, Value>, &'a Failure>,
}

/// `JwtCustomizer.AccessToken` and `JwtCustomizer.ClientCredentials` (inventory H031, trace 70-05).
pub fn customization(req: &RequestContext, event: CustomizationEvent<'_>) -> AuditEntry {
    let mut payload = payload_of(req, event.outcome.is_ok());
    payload.extend(event.user_id.map(|user_id| ("userId".to_owned(), user_id.as_str().into())));
    payload.insert("applicationId".into(), event.client_id.as_str().into());
    let asked = json!({"token": MASK, "context": event.context, "tokenType": event.kind.as_str()});
    payload.insert("payload".into(), asked);
    payload.insert("tenantId".into(), req.tenant_id().into());
    match event.outcome {
        Ok(claims) => payload.insert("customTokenClaims".into(), claims.clone().into()),
        Err(failure) => payload.insert("customJwtError".into(), json!({"message": failure.to_string()})),
    };
    entry(
        match event.kind {
            TokenType::AccessToken => "JwtCustomizer.AccessToken",
            TokenType::ClientCredentials => "JwtCustomizer.ClientCredentials",
        },
        payload,
    )
}

/// The error with the detail that the client does not receive, as JSON text whose members are cut.
fn error_text(error: &OAuthError) -> String {
    let mut text = json!({"name": error.error, "error": error.error, "statusCode": error.status});
    if let Some(detail) = error.detail {
        text["error_detail"] = detail.into();
    }
    if let Some(description) = &error.description {
        text["error_description"] = description.clone().into();
    }
    audit::bounded(&text).to_string()
}

/// `Interaction.Create` and `Interaction.End`.
pub struct InteractionEvent<'a> {
    pub key: &'static str,
    pub uid: &'a str,
    pub request: &'a AuthorizationRequest,
    pub session_uid: Option<&'a str>,
    pub prompt: Option<&'static str>,
}

/// The entry of an interaction event. It names the interaction by a digest, because the uid is a secret.
pub fn interaction(req: &RequestContext, event: &InteractionEvent<'_>) -> AuditEntry {
    let mut payload = payload_of(req, true);
    payload.insert("applicationId".into(), event.request.client_id.clone().into());
    payload.extend(event.session_uid.map(|uid| ("sessionId".to_owned(), uid.into())));
    payload.insert("params".into(), loggable(event.request.parameters(), &AUTHORIZATION_SECRETS));
    payload.extend(event.prompt.map(|name| ("prompt".to_owned(), json!({"name": name}))));
    payload.insert("interactionId".into(), id::token_digest(event.uid).into());
    entry(event.key, payload)
}

/// `RevokeGrants`: a sign-in ended the oldest grants of its user above the limit of the application.
pub fn limit_revocation(
    req: &RequestContext,
    current: &Grant,
    request: &AuthorizationRequest,
    ended: &[String],
) -> AuditEntry {
    let mut payload = payload_of(req, true);
    payload.insert("userId".into(), current.user_id.as_str().into());
    payload.insert("applicationId".into(), current.client_id.as_str().into());
    payload.extend(current.session_uid.as_deref().map(|uid| ("sessionId".to_owned(), uid.into())));
    payload.insert("params".into(), loggable(request.parameters(), &AUTHORIZATION_SECRETS));
    payload.insert("reason".into(), "maxAllowedGrants limit reached".into());
    payload.insert("revokeGrantIds".into(), json!(ended));
    entry("RevokeGrants", payload)
}

/// `RevokeToken`: a grant was revoked by logout, replay or the client.
pub fn revocation(req: &RequestContext, grant_id: &str, session_uid: Option<&str>, params: &Params) -> AuditEntry {
    let mut payload = payload_of(req, true);
    payload.extend(session_uid.map(|uid| ("sessionId".to_owned(), uid.into())));
    payload.insert("params".into(), loggable(params.to_json(), &[]));
    payload.insert("grantId".into(), grant_id.into());
    payload.insert("tokenTypes".into(), json!([]));
    entry("RevokeToken", payload)
}
