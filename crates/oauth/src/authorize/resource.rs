//! `resource` (RFC 8707): absolute URIs without fragment, known to the tenant; the tenant's default when there is none.

use url::Url;

use super::{AuthorizationContext, AuthorizationRequest};
use crate::scope::ORGANIZATIONS_RESOURCE;
use crate::{OAuthError, Params};

pub(super) fn check(
    params: &Params,
    context: &AuthorizationContext<'_>,
    request: &mut AuthorizationRequest,
) -> Result<(), OAuthError> {
    for indicator in params.all("resource") {
        if Url::parse(indicator).is_err() {
            return Err(OAuthError::invalid_target("resource indicator must be an absolute URI"));
        }
        if indicator.contains('#') {
            return Err(OAuthError::invalid_target("resource indicator must not contain a fragment component"));
        }
        if indicator != ORGANIZATIONS_RESOURCE && !(context.knows_resource)(indicator) {
            return Err(OAuthError::unknown_resource());
        }
        if !request.resources.iter().any(|known| known == indicator) {
            request.resources.push(indicator.to_owned());
        }
    }
    if request.resources.is_empty() {
        request.resources.extend(context.default_resource.map(str::to_owned));
    }
    Ok(())
}
