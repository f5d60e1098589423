//! `claims`: ignored, unless the application says that it counts for it.

use super::{AuthorizationContext, AuthorizationRequest};
use crate::claims_request::ParsedClaims;
use crate::{OAuthError, Params};

pub(super) fn check(
    params: &Params,
    context: &AuthorizationContext<'_>,
    request: &mut AuthorizationRequest,
) -> Result<(), OAuthError> {
    let is_used = context.client.uses_claims_parameter() && request.scope.contains("openid");
    let Some(text) = params.get("claims").filter(|_| is_used) else { return Ok(()) };
    let ParsedClaims { claims, subjects, acr } = ParsedClaims::parse(text)?;
    request.claims = Some(claims).filter(|claims| !claims.is_empty());
    request.subjects = subjects;
    if acr.is_some() {
        request.acr = acr;
    }
    Ok(())
}
