//! The key that the code shall be bound to (RFC 9449 section 10).

use super::{AuthorizationContext, AuthorizationRequest};
use crate::{OAuthError, Params, dpop};

pub(super) fn check(
    params: &Params,
    _: &AuthorizationContext<'_>,
    request: &mut AuthorizationRequest,
) -> Result<(), OAuthError> {
    request.dpop_jkt = dpop::check_thumbprint(params.get("dpop_jkt"))?;
    Ok(())
}
