//! `response_type`: present, known, and allowed for the client.

use super::{AuthorizationContext, AuthorizationRequest};
use crate::{OAuthError, Params};

/// Known to the server; clients get only `code`.
const SUPPORTED: [&str; 4] = ["code id_token", "code", "id_token", "none"];

pub(super) fn check(
    params: &Params,
    context: &AuthorizationContext<'_>,
    _: &mut AuthorizationRequest,
) -> Result<(), OAuthError> {
    params.require(&["response_type"])?;
    let mut parts = params.list("response_type");
    parts.sort_unstable();
    let response_type = parts.join(" ");
    if !SUPPORTED.contains(&response_type.as_str()) {
        return Err(OAuthError::unsupported_response_type());
    }
    if !context.client.allows_response_type(&response_type) {
        return Err(OAuthError::invalid_request("requested response_type is not allowed for this client"));
    }
    Ok(())
}
