//! Authorization requests that come as a signed JWT (RFC 9101), by value: a client's server is never asked for one.

use oauth::authorize::request_object;
use oauth::{OAuthError, Params};

use super::client_assertion;
use super::clients::RegisteredClient;
use crate::callers::RequestContext;

/// The parameters that count: those of the request object if there is one. A client without keys or secrets can't send any, which a later
/// check tells it.
///
/// # Errors
/// `invalid_request_object`; `invalid_request` when the client must send one, or a parameter comes twice.
pub async fn resolve(
    req: &RequestContext,
    registered: &RegisteredClient,
    params: &Params,
) -> Result<Option<Params>, OAuthError> {
    let client = &registered.client;
    let Some(object) = params.get("request").filter(|_| !client.is_public()) else {
        // An unknown request_uri is told as such.
        let may_be_unsigned =
            params.get("request_uri").is_some() || client.custom.require_signed_request_object != Some(true);
        return if may_be_unsigned { Ok(None) } else { Err(OAuthError::signed_request_required()) };
    };
    params.reject_repeated()?;
    if params.get("request_uri").is_some() {
        // RFC 9101 section 5.
        return Err(OAuthError::two_requests());
    }
    // RFC 9101 section 5 demands it outside too, and it is the client whose keys are used.
    if params.get("client_id").is_some_and(|id| id != client.id.as_str()) {
        return Err(OAuthError::foreign_request_object());
    }
    let unsigned = |_| OAuthError::invalid_request_object("the request object is not signed by the client");
    let verified = client_assertion::verify(req, registered, object).await.map_err(unsigned)?;
    request_object::open(verified.typ.as_deref(), &verified.claims, &client.id, req.issuer(), req.now).map(Some)
}
