//! PKCE parameters (RFC 7636 section 4.3).

use super::{AuthorizationRequest, Facts};
use crate::{OAuthError, Params, pkce};

pub(super) fn check(params: &Params, facts: &Facts<'_>, request: &mut AuthorizationRequest) -> Result<(), OAuthError> {
    let (challenge, method) = (params.get("code_challenge"), params.get("code_challenge_method"));
    let challenge = pkce::check_challenge(challenge, method, facts.client.requires_pkce())?;
    request.code_challenge = challenge.map(str::to_owned);
    Ok(())
}
