//! The authorization endpoint: one small file per check, and the ordered table of them below.

mod acr_values;
mod claims;
pub mod device;
mod dpop_jkt;
pub mod first_screen;
mod max_age;
mod pkce;
pub mod prompt;
pub mod pushed;
pub mod redirect_uri;
pub mod request;
pub mod request_object;
mod resource;
pub mod response;
mod response_mode;
mod response_type;
mod scope;
mod unsupported_params;

pub use request::{AuthorizationContext, AuthorizationRequest, IdTokenHint};

use crate::{Client, OAuthError, Params};

/// A check reads parameters and context and adds what it found to the request.
type Check = fn(&Params, &AuthorizationContext<'_>, &mut AuthorizationRequest) -> Result<(), OAuthError>;

/// Every check that is reported to the redirect URI, in the order in which the first failure wins.
const CHECKS: [(&str, Check); 12] = [
    ("unsupported_params", unsupported_params::check),
    ("response_mode", response_mode::check),
    ("response_type", response_type::check),
    ("scope", scope::check),
    ("prompt", prompt::check),
    ("max_age", max_age::check),
    ("acr_values", acr_values::check),
    ("claims", claims::check),
    ("pkce", pkce::check),
    ("dpop_jkt", dpop_jkt::check),
    ("resource", resource::check),
    ("id_token_hint", request::check_hint),
];

/// The part that must never redirect: client and redirect URI. `find` looks a client up by its exact id.
pub fn resolve_client<'a>(
    params: &Params,
    find: impl FnOnce(&str) -> Option<&'a Client>,
) -> Result<(&'a Client, String), OAuthError> {
    if params.is_repeated("client_id") || params.is_repeated("redirect_uri") {
        params.reject_repeated()?;
    }
    params.require(&["client_id"])?;
    let client_id = params.get("client_id").unwrap_or_default();
    let client = find(client_id).ok_or_else(|| OAuthError::unknown_client(client_id))?;
    let redirect_uri = redirect_uri::resolve(params, client)?;
    Ok((client, redirect_uri))
}

/// Runs the table. An error goes to the redirect URI in the mode of [`response::mode_for_errors`].
pub fn check(
    params: &Params,
    redirect_uri: String,
    context: &AuthorizationContext<'_>,
) -> Result<AuthorizationRequest, OAuthError> {
    params.reject_repeated()?;
    let mut request = AuthorizationRequest::new(params, redirect_uri, &context.client.id);
    for (_name, check) in CHECKS {
        check(params, context, &mut request)?;
    }
    Ok(request)
}

#[cfg(test)]
mod tests;
