//! `redirect_uri`: one of the registered ones; optional when exactly one is registered.

use crate::redirect::{self, RedirectUriUse};
use crate::{Client, OAuthError, Params};

/// The URI to answer to.
pub fn resolve(params: &Params, client: &Client) -> Result<String, OAuthError> {
    let Some(requested) = params.get("redirect_uri") else {
        return single(client).map(str::to_owned).ok_or_else(|| OAuthError::missing(&["redirect_uri"]));
    };
    if redirect::is_registered(client, requested, RedirectUriUse::Authorization) {
        Ok(requested.to_owned())
    } else {
        Err(OAuthError::invalid_redirect_uri())
    }
}

/// The only registered URI, if it is one (and not a pattern or something a browser must not open).
pub fn single(client: &Client) -> Option<&str> {
    match client.oidc.redirect_uris.as_slice() {
        [only] if !only.contains('*') && redirect::parse(only).is_some() => Some(only),
        _ => None,
    }
}
