//! PKCE parameters (RFC 7636 section 4.3).

use super::{AuthorizationContext, AuthorizationRequest};
use crate::{OAuthError, Params, pkce};

pub(super) fn check(
    params: &Params,
    context: &AuthorizationContext<'_>,
    request: &mut AuthorizationRequest,
) -> Result<(), OAuthError> {
    let (challenge, method) = (params.get("code_challenge"), params.get("code_challenge_method"));
    let challenge = pkce::check_challenge(challenge, method, context.client.requires_pkce())?;
    request.code_challenge = challenge.map(str::to_owned);
    Ok(())
}
