//! `acr_values`: ignored, unless the application says that they count for it.

use super::{AuthorizationContext, AuthorizationRequest};
use crate::acr::AcrRequest;
use crate::{OAuthError, Params};

/// Reads them; a request without them asks for nothing.
///
/// # Errors
/// None.
pub(super) fn check(
    params: &Params,
    context: &AuthorizationContext<'_>,
    request: &mut AuthorizationRequest,
) -> Result<(), OAuthError> {
    if context.client.uses_acr_values() {
        request.acr = Some(AcrRequest::voluntary(params.list("acr_values"))).filter(|acr| !acr.is_empty());
    }
    Ok(())
}
