//! Clients that prove themselves by the certificate of their connection (RFC 8705 section 2), and the binding of tokens to it.

use oauth::OAuthError;
use oauth::client::{AuthenticationMethod, authentication};
use oauth::confirmation::Confirmation;

use super::clients::RegisteredClient;
use crate::callers::RequestContext;
use crate::tls::ClientCertificate;

/// Checks that the connection shows a certificate of the client.
///
/// # Errors
/// `invalid_client`.
pub(super) fn authenticate(req: &RequestContext, registered: &RegisteredClient) -> Result<(), OAuthError> {
    let refused = OAuthError::client_authentication;
    let certificate = req.certificate().ok_or_else(|| refused("the connection shows no valid client certificate"))?;
    let custom = &registered.client.custom;
    let is_own = match custom.token_endpoint_auth_method {
        Some(AuthenticationMethod::TlsClientAuth) => {
            custom.tls_client_auth_subject.as_ref().is_some_and(|name| certificate.is_vouched_for(name))
        }
        Some(AuthenticationMethod::SelfSignedTlsClientAuth) => is_registered(registered, certificate),
        _ => return Err(authentication::wrong_method()),
    };
    if is_own { Ok(()) } else { Err(refused("the certificate of the connection is not the client's")) }
}

fn is_registered(registered: &RegisteredClient, certificate: &ClientCertificate) -> bool {
    let keys = registered.client.custom.jwks.iter().flat_map(|set| &set.keys);
    keys.filter_map(|key| key.x5c.as_ref()?.first()).any(|known| certificate.is_encoded_as(known))
}

/// What new tokens of a client are bound to, as it is stored: the certificate of its connection, where it is set so.
///
/// # Errors
/// `invalid_request` when the connection shows none.
pub(super) fn binding(req: &RequestContext, registered: &RegisteredClient) -> Result<Option<String>, OAuthError> {
    if !registered.client.binds_to_certificate() {
        return Ok(None);
    }
    let missing = || OAuthError::invalid_request("this client must connect with a valid client certificate");
    let certificate = req.certificate().ok_or_else(missing)?;
    Ok(Some(Confirmation::Certificate(certificate.thumbprint()).stored()))
}
