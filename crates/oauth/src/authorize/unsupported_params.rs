//! Parameters of features that are switched off (inventory O019).

use super::{AuthorizationContext, AuthorizationRequest};
use crate::{OAuthError, Params};

pub(super) fn check(
    params: &Params,
    _: &AuthorizationContext<'_>,
    _: &mut AuthorizationRequest,
) -> Result<(), OAuthError> {
    if params.get("request").is_some() {
        return Err(OAuthError::request_not_supported());
    }
    if params.get("registration").is_some() {
        return Err(OAuthError::registration_not_supported());
    }
    // A stored pushed request is loaded before the checks run; what is left here is unknown.
    if params.get("request_uri").is_some() {
        return Err(OAuthError::invalid_request_uri());
    }
    Ok(())
}
