//! `scope`: unknown scopes are ignored, but a third-party client must not ask for user scopes that are not enabled for it
//! (inventory O039). `offline_access` counts only with `prompt=consent` (inventory O052).

use super::{AuthorizationContext, AuthorizationRequest};
use crate::scope::is_about_user;
use crate::{OAuthError, Params};

pub(super) fn check(
    params: &Params,
    context: &AuthorizationContext<'_>,
    request: &mut AuthorizationRequest,
) -> Result<(), OAuthError> {
    check_allowed(params, context, request)?;
    if !params.list("prompt").contains(&"consent") {
        request.scope = request.scope.filter(|name| name != "offline_access");
    }
    Ok(())
}

/// Only what a third-party client may ask for.
pub(super) fn check_allowed(
    _: &Params,
    context: &AuthorizationContext<'_>,
    request: &mut AuthorizationRequest,
) -> Result<(), OAuthError> {
    if context.client.is_third_party {
        let refused = request.scope.filter(|name| is_about_user(name) && !context.enabled_user_scopes.contains(name));
        if !refused.is_empty() {
            return Err(OAuthError::invalid_scope("requested scope is not allowed", refused.to_string()));
        }
    }
    Ok(())
}
