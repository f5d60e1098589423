//! The error vocabulary of OAuth 2.0 (RFC 6749), OpenID Connect Core and RFC 8707, and its wire body.

use serde_json::{Map, Value};

/// A refused request: what the client is told, and apart from it what only the audit log is told.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{error}: {}", .description.as_deref().unwrap_or_default())]
pub struct OAuthError {
    /// The registered error code, for example `invalid_grant`.
    pub error: &'static str,
    /// `error_description`; absent for the few errors that have none.
    pub description: Option<String>,
    /// The reason for the log; never sent.
    pub detail: Option<&'static str>,
    /// Scopes the error is about, space separated.
    pub scope: Option<String>,
    /// HTTP status when the error is not redirected.
    pub status: u16,
}

/// Where every `invalid_grant` points to (observed on the wire; clients show it).
const INVALID_GRANT_URI: &str = "https://openid.sh/debug/invalid_grant";

impl OAuthError {
    fn new(error: &'static str, status: u16, description: impl Into<String>) -> Self {
        Self { error, description: Some(description.into()), detail: None, scope: None, status }
    }

    fn without_description(error: &'static str) -> Self {
        Self { error, description: None, detail: None, scope: None, status: 400 }
    }

    fn with_scope(mut self, scope: impl Into<String>) -> Self {
        self.scope = Some(scope.into());
        self
    }

    /// The request is malformed.
    pub fn invalid_request(description: impl Into<String>) -> Self {
        Self::new("invalid_request", 400, description)
    }

    /// Required parameters are absent: "missing required parameters 'code' and 'redirect_uri'".
    pub fn missing(names: &[&str]) -> Self {
        let noun = if names.len() == 1 { "parameter" } else { "parameters" };
        Self::invalid_request(format!("missing required {noun} {}", list_names(names)))
    }

    /// Parameters came more than once (RFC 6749 section 3.1).
    pub fn repeated(names: &[&str]) -> Self {
        let noun = if names.len() == 1 { "parameter" } else { "parameters" };
        Self::invalid_request(format!("{} {noun} must not be provided twice", list_names(names)))
    }

    /// A code, token or assertion cannot be used. The client never learns why; `detail` goes to the log.
    pub fn invalid_grant(detail: &'static str) -> Self {
        Self { detail: Some(detail), ..Self::new("invalid_grant", 400, "grant request is invalid") }
    }

    /// No client has this id.
    pub fn unknown_client(client_id: &str) -> Self {
        Self::new("invalid_client", 400, format!("invalid client {client_id}"))
    }

    /// The client is known, its credentials are not right.
    pub fn client_authentication(detail: &'static str) -> Self {
        Self { detail: Some(detail), ..Self::new("invalid_client", 401, "client authentication failed") }
    }

    /// The redirect URI is not one of the client's; such errors are never redirected.
    pub fn invalid_redirect_uri() -> Self {
        let description = "redirect_uri did not match any of the client's registered redirect_uris";
        Self::new("invalid_redirect_uri", 400, description)
    }

    /// A client can't be registered so (RFC 7591 section 3.2.2).
    pub fn invalid_client_metadata(description: impl Into<String>) -> Self {
        Self::new("invalid_client_metadata", 400, description)
    }

    /// A redirect URI can't be registered (RFC 7591 section 3.2.2).
    pub fn invalid_redirect_metadata(description: impl Into<String>) -> Self {
        Self::new("invalid_redirect_uri", 400, description)
    }

    /// The resource indicator is refused (RFC 8707 section 2).
    pub fn invalid_target(description: impl Into<String>) -> Self {
        Self::new("invalid_target", 400, description)
    }

    /// The usual `invalid_target`: unknown, or not part of the grant.
    pub fn unknown_resource() -> Self {
        Self::invalid_target("resource indicator is missing, or unknown")
    }

    /// The scope is malformed, unknown or exceeds what was granted.
    pub fn invalid_scope(description: impl Into<String>, scope: impl Into<String>) -> Self {
        Self::new("invalid_scope", 400, description).with_scope(scope)
    }

    /// The presented token lacks `scope` (RFC 6750 section 3.1).
    pub fn insufficient_scope(description: impl Into<String>, scope: impl Into<String>) -> Self {
        Self::new("insufficient_scope", 403, description).with_scope(scope)
    }

    /// The user, the organization or a policy says no; at the token endpoint with 403.
    pub fn access_denied(description: impl Into<String>) -> Self {
        Self::new("access_denied", 403, description)
    }

    /// A script of the tenant says no; `description` is its text (inventory O129).
    pub fn denied_by_script(description: impl Into<String>) -> Self {
        Self { status: 400, ..Self::access_denied(description) }
    }

    /// The device polls, and nobody has decided yet (RFC 8628 section 3.5).
    pub fn authorization_pending() -> Self {
        let description =
            "authorization request is still pending as the end-user hasn't yet completed the user interaction steps";
        Self::new("authorization_pending", 400, description)
    }

    /// Nobody decided in time (RFC 8628 section 3.5).
    pub fn expired_device_code() -> Self {
        Self::new("expired_token", 400, "device code is expired")
    }

    /// The user said no on the pages of the device flow (RFC 8628 section 3.5).
    pub fn device_denied() -> Self {
        Self { status: 400, ..Self::access_denied("End-User aborted interaction") }
    }

    /// The access token is absent or not usable (RFC 6750 section 3.1).
    pub fn invalid_token(description: impl Into<String>) -> Self {
        Self::new("invalid_token", 401, description)
    }

    /// `prompt=none`, but the user must sign in.
    pub fn login_required(description: impl Into<String>) -> Self {
        Self::new("login_required", 400, description)
    }

    /// The sign-in did not reach what the client can't do without (OpenID Connect Core Error Code unmet_authentication_requirements 1.0).
    pub fn unmet_authentication_requirements() -> Self {
        Self::new("unmet_authentication_requirements", 400, "the requested acr was not reached")
    }

    /// `prompt=none`, but the user must consent.
    pub fn consent_required(description: impl Into<String>) -> Self {
        Self::new("consent_required", 400, description)
    }

    /// `prompt=none`, but a native client always shows something (RFC 8252 section 8.6).
    pub fn native_interaction_required() -> Self {
        Self::new("interaction_required", 400, "native clients require End-User interaction")
    }

    /// The token endpoint does not know the grant type.
    pub fn unsupported_grant_type() -> Self {
        Self::new("unsupported_grant_type", 400, "unsupported grant_type requested")
    }

    /// The token is a JWT, which cannot be `done` (RFC 7009 section 2.2.1).
    pub fn unsupported_token_type(done: &str) -> Self {
        Self::new("unsupported_token_type", 400, format!("Structured JWT Tokens cannot be {done}"))
    }

    /// The authorization endpoint does not know the response type.
    pub fn unsupported_response_type() -> Self {
        Self::new("unsupported_response_type", 400, "unsupported response_type requested")
    }

    /// The authorization endpoint does not know the response mode.
    pub fn unsupported_response_mode() -> Self {
        Self::new("unsupported_response_mode", 400, "unsupported response_mode requested")
    }

    /// Request objects are switched off (OpenID Connect Core section 3.1.2.6).
    pub fn request_not_supported() -> Self {
        Self::without_description("request_not_supported")
    }

    /// The `registration` parameter is switched off (OpenID Connect Core section 3.1.2.6).
    pub fn registration_not_supported() -> Self {
        Self::without_description("registration_not_supported")
    }

    /// No pushed authorization request is stored under this URI (RFC 9126 section 4).
    pub fn invalid_request_uri() -> Self {
        Self::new("invalid_request_uri", 400, "request_uri is invalid, expired, or was already used")
    }

    /// The request object can't be used (RFC 9101 section 6).
    pub fn invalid_request_object(description: impl Into<String>) -> Self {
        Self::new("invalid_request_object", 400, description)
    }

    /// The client must push its requests (RFC 9126 section 6).
    pub fn pushed_request_required() -> Self {
        Self::invalid_request("this client must push its authorization requests")
    }

    /// A request comes by value or by reference, not both (RFC 9101 section 5).
    pub fn two_requests() -> Self {
        Self::invalid_request("request and request_uri must not come together")
    }

    /// A request that must be signed was not (RFC 9101 section 10.5).
    pub fn signed_request_required() -> Self {
        Self::invalid_request("this client must sign its authorization requests")
    }

    /// A pushed request can't name another one (RFC 9126 section 2.1).
    pub fn request_uri_not_supported() -> Self {
        Self::without_description("request_uri_not_supported")
    }

    /// The pushed authorization request of another client.
    pub fn foreign_request_object() -> Self {
        Self::invalid_request_object("request client_id must equal the one in request parameters")
    }

    /// The proof of possession is missing, or not right (RFC 9449 section 5).
    pub fn invalid_dpop_proof(description: impl Into<String>) -> Self {
        Self::new("invalid_dpop_proof", 400, description)
    }

    /// The proof of possession has an algorithm that the client must not use.
    pub fn foreign_proof_algorithm() -> Self {
        Self::invalid_dpop_proof("this client must not sign proofs with this algorithm")
    }

    /// The proof of possession needs a current nonce, which comes with the answer (RFC 9449 section 8).
    pub fn use_dpop_nonce() -> Self {
        Self::new("use_dpop_nonce", 400, "the DPoP proof needs the nonce of the header DPoP-Nonce")
    }

    /// Something broke on our side; the cause is logged, not sent.
    pub fn server_error() -> Self {
        Self::new("server_error", 500, "oops! something went wrong")
    }

    /// The authorization server is briefly unable to answer.
    pub fn temporarily_unavailable() -> Self {
        Self::new("temporarily_unavailable", 503, "the server is busy, try again")
    }

    /// A client that registered itself changed itself too often.
    pub fn too_many_changes() -> Self {
        Self::new("temporarily_unavailable", 429, "this client changed itself 60 times in the last hour")
    }

    /// The stable string code beside the standard members (inventory O143, O144).
    pub fn code(&self) -> String {
        let description = self.description.as_deref().unwrap_or_default();
        let lost_session = description.contains("session") && description.contains("not found")
            || description.contains("authorization request has expired");
        if lost_session { "session.not_found".to_owned() } else { format!("oidc.{}", self.error) }
    }

    /// `error_uri`, for the one error that has it.
    pub fn uri(&self) -> Option<&'static str> {
        (self.error == "invalid_grant").then_some(INVALID_GRANT_URI)
    }

    /// The members `error`, `error_description`, `scope` in wire order, as sent in a redirect.
    pub fn parameters(&self) -> Vec<(&'static str, String)> {
        let mut out = vec![("error", self.error.to_owned())];
        out.extend(self.description.clone().map(|text| ("error_description", text)));
        out.extend(self.scope.clone().map(|scope| ("scope", scope)));
        out
    }

    /// The JSON body: `message` is the localized text for `code()`; `state` and `iss` come with authorization errors.
    pub fn body(&self, message: &str, state: Option<&str>, iss: Option<&str>) -> Value {
        let mut body = Map::new();
        body.insert("code".into(), self.code().into());
        body.insert("message".into(), message.into());
        if let Some(uri) = self.uri() {
            body.insert("error_uri".into(), uri.into());
        }
        self.standard_members(&mut body, state, iss);
        Value::Object(body)
    }

    /// The body of `?parse_error=false`: the standard members only.
    pub fn standard_body(&self, state: Option<&str>, iss: Option<&str>) -> Value {
        let mut body = Map::new();
        self.standard_members(&mut body, state, iss);
        Value::Object(body)
    }

    fn standard_members(&self, body: &mut Map<String, Value>, state: Option<&str>, iss: Option<&str>) {
        for (name, value) in self.parameters() {
            body.insert(name.into(), value.into());
        }
        for (name, value) in [("state", state), ("iss", iss)] {
            if let Some(value) = value {
                body.insert(name.into(), value.into());
            }
        }
    }

    /// `WWW-Authenticate` with `scheme` (RFC 6750 section 3): bare when no credentials came at all.
    pub fn challenge(&self, scheme: &str, issuer: &str) -> String {
        let mut out = format!("{scheme} realm=\"{issuer}\"");
        if self.description.as_deref() == Some("no access token provided") {
            return out;
        }
        for (name, value) in self.parameters() {
            let value: String = value.chars().filter(|c| (' '..='~').contains(c) && *c != '"' && *c != '\\').collect();
            out.push_str(&format!(", {name}=\"{value}\""));
        }
        out
    }
}

/// `'a'`, `'a' and 'b'`, `'a', 'b', and 'c'`.
fn list_names(names: &[&str]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("'{name}'")).collect();
    match quoted.as_slice() {
        [] => String::new(),
        [one] => one.clone(),
        [one, two] => format!("{one} and {two}"),
        [rest @ .., last] => format!("{}, and {last}", rest.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn invalid_grant_tells_the_client_nothing_but_points_to_the_debug_page() {
        let body = OAuthError::invalid_grant("refresh token already used").body("m", None, None);
        assert_eq!(
            body.to_string(),
            r#"{"code":"oidc.invalid_grant","message":"m","error_uri":"https://openid.sh/debug/invalid_grant","error":"invalid_grant","error_description":"grant request is invalid"}"#
        );
    }

    #[test]
    fn lost_sessions_have_their_own_code() {
        assert_eq!(OAuthError::invalid_request("authorization request has expired").code(), "session.not_found");
        assert_eq!(OAuthError::invalid_request("interaction session not found").code(), "session.not_found");
        assert_eq!(OAuthError::invalid_request("session unknown").code(), "oidc.invalid_request");
    }

    #[test]
    fn names_are_listed_as_a_sentence() {
        let text = |names: &[&str]| OAuthError::missing(names).description.unwrap();
        assert_eq!(text(&["code"]), "missing required parameter 'code'");
        assert_eq!(text(&["code", "redirect_uri"]), "missing required parameters 'code' and 'redirect_uri'");
        assert_eq!(text(&["a", "b", "c"]), "missing required parameters 'a', 'b', and 'c'");
        assert_eq!(
            OAuthError::repeated(&["scope"]).description.unwrap(),
            "'scope' parameter must not be provided twice"
        );
    }

    #[test]
    fn a_challenge_cannot_be_broken_out_of() {
        let error = OAuthError::invalid_request("origin \"x\"\r\nSet-Cookie: a=b not allowed");
        let header = error.challenge("Bearer", "http://localhost:3001/oidc");
        assert!(!header.contains('\r') && !header.contains("\"x\""), "{header}");
    }
}
