//! `response_mode`: known, before anything else is looked at.

use super::response::{self, ResponseMode};
use super::{AuthorizationContext, AuthorizationRequest};
use crate::{OAuthError, Params};

pub(super) fn check(
    params: &Params,
    _: &AuthorizationContext<'_>,
    request: &mut AuthorizationRequest,
) -> Result<(), OAuthError> {
    if let Some(name) = params.get("response_mode") {
        ResponseMode::from_name(name).ok_or_else(OAuthError::unsupported_response_mode)?;
    }
    request.response_mode = response::mode_for_errors(params);
    Ok(())
}
