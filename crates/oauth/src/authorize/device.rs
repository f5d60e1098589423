//! The device authorization request (RFC 8628 section 3.1): an authorization request without a redirect. Its answer goes to the
//! device that polls, so there is no response type, no response mode and no `state`.

use super::{AuthorizationContext, AuthorizationRequest, Check, request};
use super::{acr_values, max_age, prompt, resource, scope, unsupported_params};
use crate::client::GrantType;
use crate::{OAuthError, Params, pkce};

/// Every check, in the order in which the first failure wins.
const CHECKS: [(&str, Check); 8] = [
    ("unsupported_params", unsupported_params::check),
    ("scope", scope::check_allowed),
    ("prompt", prompt::check),
    ("max_age", max_age::check),
    ("acr_values", acr_values::check),
    ("pkce", check_pkce),
    ("resource", resource::check),
    ("id_token_hint", request::check_hint),
];

/// Checks the request of a client that has proved itself.
///
/// # Errors
/// `invalid_request` for a client without the device flow, and those of the checks.
pub fn check(params: &Params, context: &AuthorizationContext<'_>) -> Result<AuthorizationRequest, OAuthError> {
    params.reject_repeated()?;
    if !context.client.allows_grant(GrantType::DeviceCode) {
        let name = GrantType::DeviceCode.name();
        return Err(OAuthError::invalid_request(format!("{name} is not allowed for this client")));
    }
    let mut request = AuthorizationRequest::new(params, String::new(), &context.client.id);
    request.state = None;
    for (_name, check) in CHECKS {
        check(params, context, &mut request)?;
    }
    if request.prompts.none {
        // Somebody has to type the code.
        return Err(OAuthError::invalid_request("unsupported prompt value requested"));
    }
    Ok(request)
}

/// PKCE is not asked for, because the device code never travels through a browser. A client that sends a challenge is held to
/// it (attack B3).
fn check_pkce(
    params: &Params,
    _: &AuthorizationContext<'_>,
    request: &mut AuthorizationRequest,
) -> Result<(), OAuthError> {
    let (challenge, method) = (params.get("code_challenge"), params.get("code_challenge_method"));
    request.code_challenge = pkce::check_challenge(challenge, method, false)?.map(str::to_owned);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::IdTokenHint;
    use super::*;
    use crate::client::{ApplicationType, samples};
    use crate::{Client, ScopeSet};

    const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

    fn device() -> Client {
        let mut client = samples::client(ApplicationType::Native, &[]);
        client.custom.is_device_flow = Some(true);
        client
    }

    fn checked(client: &Client, query: &str) -> Result<AuthorizationRequest, OAuthError> {
        let context = AuthorizationContext {
            client,
            enabled_user_scopes: &ScopeSet::default(),
            knows_resource: &|indicator| indicator == "https://items",
            default_resource: None,
            id_token_hint: IdTokenHint::Absent,
        };
        check(&Params::parse(query).unwrap(), &context)
    }

    #[test]
    fn offline_access_needs_no_prompt_here() {
        let request = checked(&device(), "scope=openid+offline_access+profile&resource=https://items").unwrap();
        assert_eq!(request.scope.to_string(), "openid offline_access profile");
        assert_eq!((request.resources, request.redirect_uri), (vec!["https://items".to_owned()], String::new()));
    }

    #[test]
    fn other_clients_and_unknown_values_are_refused() {
        let text = |client: &Client, query: &str| checked(client, query).unwrap_err().description.unwrap();
        let spa = samples::client(ApplicationType::Spa, &[]);
        let refused = "urn:ietf:params:oauth:grant-type:device_code is not allowed for this client";
        assert_eq!(text(&spa, ""), refused);
        assert_eq!(text(&device(), "resource=https://other"), "resource indicator is missing, or unknown");
        assert_eq!(text(&device(), "prompt=none"), "unsupported prompt value requested");
        assert_eq!(text(&device(), "scope=a&scope=b"), "'scope' parameter must not be provided twice");
        assert_eq!(checked(&device(), "request=x").unwrap_err().error, "request_not_supported");
    }

    #[test]
    fn b3_a_challenge_is_kept_and_none_is_downgraded() {
        let with = format!("code_challenge={CHALLENGE}&code_challenge_method=S256");
        assert_eq!(checked(&device(), &with).unwrap().code_challenge.as_deref(), Some(CHALLENGE));
        assert_eq!(checked(&device(), "").unwrap().code_challenge, None);
        let plain = format!("code_challenge={CHALLENGE}&code_challenge_method=plain");
        for query in [plain, format!("code_challenge={CHALLENGE}"), "code_challenge_method=S256".to_owned()] {
            assert_eq!(checked(&device(), &query).unwrap_err().error, "invalid_request", "{query}");
        }
    }
}
