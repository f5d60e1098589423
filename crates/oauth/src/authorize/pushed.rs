//! Pushed authorization requests (RFC 9126): what is kept of one, and how it is found again.

use serde_json::{Map, Value};

use super::{AuthorizationContext, redirect_uri, request};
use crate::client::GrantType;
use crate::{OAuthError, Params};

/// What a `request_uri` begins with (RFC 9126 section 2.2).
const PREFIX: &str = "urn:ietf:params:oauth:request_uri:";
/// Parameters that are kept beside those of [`request::KEPT`].
const SECRETS: [&str; 3] = ["state", "nonce", "id_token_hint"];
/// Names and values in bytes.
const MAX_BYTES: usize = 16 * 1024;

/// The `request_uri` of a stored request.
pub fn request_uri(handle: &str) -> String {
    format!("{PREFIX}{handle}")
}

/// The handle in the `request_uri` of an authorization request, if it has one that this server may have made.
pub fn handle(params: &Params) -> Option<&str> {
    params.get("request_uri")?.strip_prefix(PREFIX).filter(|handle| handle.len() == 43)
}

/// Checks a pushed request of a client that has proved itself, as if a browser had brought it, and returns what is to be stored.
/// Credentials and unknown parameters are forgotten.
///
/// # Errors
/// `request_uri_not_supported`, `invalid_request` and those of the checks.
pub fn check(params: &Params, context: &AuthorizationContext<'_>) -> Result<Map<String, Value>, OAuthError> {
    params.reject_repeated()?;
    if params.get("request_uri").is_some() {
        return Err(OAuthError::request_uri_not_supported());
    }
    if !context.client.allows_grant(GrantType::AuthorizationCode) {
        return Err(OAuthError::invalid_request("requested response_type is not allowed for this client"));
    }
    // FAPI 2.0 section 5.3.2.2.
    if context.client.is_fapi2() {
        params.require(&["redirect_uri"])?;
    }
    // Nobody is redirected here, so it is a mistake as any other (trace 30-16).
    let uri = redirect_uri::resolve(params, context.client)
        .map_err(|error| OAuthError::invalid_request(error.description.unwrap_or_default()))?;
    super::check(params, uri, context)?;
    let mut kept = params.to_json();
    kept.retain(|name, _| request::KEPT.contains(&name.as_str()) || SECRETS.contains(&name.as_str()));
    kept.insert("client_id".to_owned(), context.client.id.as_str().into());
    let size: usize = kept.iter().map(|(name, value)| name.len() + value.to_string().len()).sum();
    if size > MAX_BYTES {
        return Err(OAuthError::invalid_request("the pushed request is too long"));
    }
    Ok(kept)
}

/// The parameters of an authorization request that names a stored one: those that were stored. What the browser brings beside
/// `client_id` does not count (RFC 9126 section 4).
///
/// # Errors
/// `invalid_request_object` for the request of another client.
pub fn resolve(params: &Params, stored: &Map<String, Value>) -> Result<Params, OAuthError> {
    let resolved = Params::from_json(stored)?;
    if resolved.get("client_id") != params.get("client_id") {
        return Err(OAuthError::foreign_request_object());
    }
    Ok(resolved)
}

#[cfg(test)]
mod tests {
    use super::super::IdTokenHint;
    use super::*;
    use crate::ScopeSet;
    use crate::client::{ApplicationType, samples};

    const GOOD: &str = "client_id=app&redirect_uri=https://app.example.com/callback&response_type=code&scope=openid";

    fn checked(query: &str) -> Result<Map<String, Value>, OAuthError> {
        let client = samples::client(ApplicationType::Traditional, &["https://app.example.com/callback"]);
        let context = AuthorizationContext {
            client: &client,
            enabled_user_scopes: &ScopeSet::default(),
            knows_resource: &|_| true,
            default_resource: None,
            id_token_hint: IdTokenHint::Absent,
        };
        check(&Params::parse(query).unwrap(), &context)
    }

    #[test]
    fn what_is_stored_has_no_credentials_and_a_bounded_size() {
        let kept =
            checked(&format!("{GOOD}&state=s&nonce=n&client_secret=x&foo=bar&resource=https://a&resource=https://b"));
        let names: Vec<String> = kept.unwrap().keys().cloned().collect();
        assert_eq!(names, ["client_id", "redirect_uri", "response_type", "scope", "state", "nonce", "resource"]);
        let long = "x".repeat(8000);
        let too_long = checked(&format!("{GOOD}&state={long}&nonce={long}&login_hint={long}")).unwrap_err();
        assert_eq!(too_long.description.unwrap(), "the pushed request is too long");
    }

    #[test]
    fn mistakes_are_told_when_the_request_is_pushed() {
        let text = |query: &str| checked(query).map(|_| ()).map_err(|error| (error.error, error.description));
        let refused = "redirect_uri did not match any of the client's registered redirect_uris";
        let invalid = |text: &str| Err(("invalid_request", Some(text.to_owned())));
        assert_eq!(text(&GOOD.replace("app.example", "evil.example")), invalid(refused));
        assert_eq!(text(&GOOD.replace("response_type", "x")), invalid("missing required parameter 'response_type'"));
        assert_eq!(text(&format!("{GOOD}&request_uri=x")), Err(("request_uri_not_supported", None)));
        assert_eq!(text(&format!("{GOOD}&request=x")), Err(("request_not_supported", None)));
    }

    #[test]
    fn a5_the_stored_request_counts_and_not_what_the_browser_adds() {
        let stored = checked(&format!("{GOOD}&state=stored")).unwrap();
        let browser = Params::parse("client_id=app&state=other&scope=openid+email&prompt=none").unwrap();
        let resolved = resolve(&browser, &stored).unwrap();
        assert_eq!(
            (resolved.get("state"), resolved.get("scope"), resolved.get("prompt")),
            (Some("stored"), Some("openid"), None)
        );
        let foreign = resolve(&Params::parse("client_id=App").unwrap(), &stored).unwrap_err();
        assert_eq!(foreign.error, "invalid_request_object");
    }
}
