//! `max_age`: seconds, not negative.

use super::{AuthorizationContext, AuthorizationRequest};
use crate::{OAuthError, Params};

pub(super) fn check(
    params: &Params,
    _: &AuthorizationContext<'_>,
    request: &mut AuthorizationRequest,
) -> Result<(), OAuthError> {
    if let Some(text) = params.get("max_age") {
        let digits = text.bytes().all(|byte| byte.is_ascii_digit());
        let seconds = text.parse::<i64>().ok().filter(|_| digits);
        let invalid = || OAuthError::invalid_request("invalid max_age parameter value");
        request.max_age = Some(seconds.ok_or_else(invalid)?);
    }
    Ok(())
}
