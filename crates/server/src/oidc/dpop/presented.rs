//! Access tokens as they are presented: a bound one needs the scheme `DPoP` and a proof, any other the scheme `Bearer`.

use oauth::confirmation::Confirmation;
use oauth::{Client, OAuthError};

use super::read;
use crate::callers::RequestContext;
use crate::oidc::ProviderError;
use crate::work::Work;

/// How a token is presented.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheme {
    Bearer,
    Dpop,
}

/// A token with the scheme it came with.
#[derive(Debug, Clone, Copy)]
pub struct PresentedToken<'a> {
    pub scheme: Scheme,
    pub token: &'a str,
}

impl PresentedToken<'_> {
    /// Checks that a valid token of `client`, if there still is one, bound to the key `jkt` or to none, is presented as it must be. A stolen bound token opens
    /// nothing (RFC 9449 section 7.1), and nothing is open to one from before the client had bound tokens alone.
    ///
    /// # Errors
    /// `invalid_token`, `invalid_dpop_proof`, with status 401; a failure of the database.
    pub async fn require_possession(
        &self,
        req: &RequestContext,
        client: Option<&Client>,
        jkt: Option<&str>,
    ) -> Result<(), ProviderError> {
        let Some(jkt) = jkt else {
            return match self.scheme {
                _ if client.is_some_and(Client::requires_bound_tokens) => {
                    Err(OAuthError::invalid_token("this client has tokens that are bound to a key alone").into())
                }
                Scheme::Bearer => Ok(()),
                Scheme::Dpop => Err(OAuthError::invalid_token("the token is not bound to a key").into()),
            };
        };
        if let Confirmation::Certificate(thumbprint) = Confirmation::of_stored(jkt) {
            return self.require_certificate(req, thumbprint).map_err(ProviderError);
        }
        if self.scheme == Scheme::Bearer {
            let text = "the token is bound to a key: present it with the scheme DPoP and a proof";
            return Err(OAuthError::invalid_token(text).into());
        }
        let unauthorized = |error: OAuthError| OAuthError { status: 401, ..error };
        let read = read(req, Some(self.token)).map_err(unauthorized)?;
        let missing = || unauthorized(OAuthError::invalid_dpop_proof("the DPoP proof is missing"));
        let (proof, _) = read.ok_or_else(missing)?;
        if client.is_some_and(|client| !client.may_sign_with(proof.algorithm)) {
            return Err(unauthorized(OAuthError::foreign_proof_algorithm()).into());
        }
        if proof.jkt != jkt {
            return Err(OAuthError::invalid_token("the token is bound to another key").into());
        }
        let used = req.write_relaxed(move |work: &Work<'_>| proof.use_up(work)).await;
        used.map_err(|ProviderError(error)| {
            ProviderError(if error.status == 400 { unauthorized(error) } else { error })
        })
    }

    /// The token comes over a connection that shows the certificate it is bound to (RFC 8705 section 3).
    fn require_certificate(&self, req: &RequestContext, thumbprint: &str) -> Result<(), OAuthError> {
        if self.scheme == Scheme::Dpop {
            return Err(OAuthError::invalid_token("the token is bound to a certificate, not to a key"));
        }
        match req.certificate() {
            Some(certificate) if certificate.thumbprint() == thumbprint => Ok(()),
            Some(_) => Err(OAuthError::invalid_token("the token is bound to another certificate")),
            None => Err(OAuthError::invalid_token("the token is bound to a certificate: connect with it")),
        }
    }
}
