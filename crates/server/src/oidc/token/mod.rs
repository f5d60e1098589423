//! `POST /oidc/token` (inventory O005, sections 1.4 to 1.8), in three phases: a grant authorizes the tokens (in a
//! transaction where it changes something), then they are customized (without one), then signed.

mod authorization_code;
mod client_credentials;
mod device_code;
mod grant;
pub mod issue;
mod own;
mod redeem;
mod refresh_token;
mod token_exchange;

use kernel::ids::UserId;
use std::sync::Arc;

use axum::body::Body;
use axum::response::Response;
use oauth::{OAuthError, Params, token};

use super::body::{self, BodyError};
use super::client_certificate;
use super::client_request::ClientRequest;
use super::clients::RegisteredClient;
use super::dpop::{self, PendingProof};
use super::{ProviderError, audit, response};
use crate::callers::{Anyone, RequestContext};
use crate::refusals;
use crate::scripts::claims;
use grant::Grant;
use issue::UnsignedTokens;
pub(crate) use own::{OwnCode, own_access_token, redeem_own_code};

/// The grants of the token endpoint: one file each.
const GRANTS: [Grant; 5] = [
    authorization_code::GRANT,
    client_credentials::GRANT,
    device_code::GRANT,
    refresh_token::GRANT,
    token_exchange::GRANT,
];

/// A token request of a client that proved itself.
pub struct TokenRequest {
    pub context: RequestContext,
    pub params: Params,
    pub registered: Arc<RegisteredClient>,
    /// The key that the tokens are bound to.
    pub proof: Option<PendingProof>,
    /// The certificate that they are bound to instead, as it is stored.
    pub certificate: Option<String>,
}

impl TokenRequest {
    /// Checks that what is presented, bound to the key `jkt` or to none, comes from who holds that key.
    ///
    /// # Errors
    /// `invalid_grant`.
    fn require_key(&self, jkt: Option<&str>) -> Result<(), OAuthError> {
        if jkt.is_some() && jkt != self.proven() {
            return Err(OAuthError::invalid_grant("it is bound to a key that the request does not prove"));
        }
        Ok(())
    }

    /// The thumbprint of the key that new refresh tokens are bound to: those of clients with credentials are bound to these (RFC 9449
    /// section 5).
    fn refresh_token_key(&self) -> Option<&str> {
        self.proven().filter(|_| self.registered.client.is_public())
    }

    /// What the request proves that it holds, as it is stored.
    pub(in crate::oidc) fn proven(&self) -> Option<&str> {
        self.proof.as_ref().map(|proof| proof.jkt.as_str()).or(self.certificate.as_deref())
    }
}

/// An error with the user it concerns, for the audit log.
pub struct TokenError {
    pub error: OAuthError,
    pub user_id: Option<UserId>,
}

impl<E: Into<ProviderError>> From<E> for TokenError {
    fn from(error: E) -> Self {
        let ProviderError(error) = error.into();
        Self { error, user_id: None }
    }
}

/// `POST /oidc/token`.
pub async fn exchange_token(Anyone(req): Anyone, body: Body) -> Response {
    let mut client_request = match ClientRequest::read(&req, body, "/token").await {
        Ok(client_request) => client_request,
        Err(BodyError::TooLarge) => return body::too_large(),
        Err(BodyError::OAuth(error)) => {
            audit::log_token_exchange(&req, &ClientRequest::default(), Err(&error.clone().into()));
            return ClientRequest::default().error_response(&req, &error);
        }
    };
    let authenticated = client_request.authenticate(&req).await.and_then(|registered| {
        let grant_type = token::grant_type(&client_request.params, &registered.client)?;
        let grant = GRANTS.iter().find(|grant| grant.grant_type == grant_type);
        let proof = dpop::of_token_request(&req, &registered.client)?;
        let certificate = client_certificate::binding(&req, &registered)?;
        if certificate.is_some() && proof.is_some() {
            return Err(OAuthError::invalid_request(
                "tokens of this client are bound to its certificate: send no DPoP proof",
            )
            .into());
        }
        Ok((grant.ok_or_else(OAuthError::unsupported_grant_type)?, registered, proof, certificate))
    });
    let mut needs_nonce = false;
    let issued = match authenticated {
        Ok((grant, registered, proof, certificate)) => {
            needs_nonce = registered.client.custom.dpop_nonce_required == Some(true);
            let params = client_request.params.clone();
            let request = TokenRequest { context: req.clone(), params, registered, proof, certificate };
            issue(grant, Arc::new(request)).await
        }
        Err(error) => Err(error.into()),
    };
    // A device that waits asks every few seconds: that is no event.
    if !issued.as_ref().is_err_and(|refused| refused.error.error == "authorization_pending") {
        audit::log_token_exchange(&req, &client_request, issued.as_ref().map(|(tokens, _)| tokens));
    }
    match issued {
        Ok((_, body)) if needs_nonce => dpop::with_nonce(&req, client_request.with_headers(&req, response::json(body))),
        Ok((_, body)) => client_request.with_headers(&req, response::json(body)),
        Err(TokenError { error, user_id }) => {
            refusals::of_person(client_request.error_response(&req, &error), user_id.as_ref())
        }
    }
}

/// The three phases. Returns the tokens for the audit log, and the response body.
async fn issue(grant: &Grant, request: Arc<TokenRequest>) -> Result<(UnsignedTokens, serde_json::Value), TokenError> {
    let authorized = (grant.authorize)(Arc::clone(&request)).await?;
    let customized = customize(&request.context, authorized).await?;
    let body = customized.sign(&request.context)?;
    Ok((customized, body))
}

/// The second phase: claims that come from outside. It runs after the transaction has ended, so that it may wait without
/// holding a lock; it must bound that wait itself, and must not touch the claims of [`issue::access_token_claims`] (attack E5).
async fn customize(req: &RequestContext, mut tokens: UnsignedTokens) -> Result<UnsignedTokens, TokenError> {
    let Some(customization) = tokens.customization.take() else { return Ok(tokens) };
    let custom = claims::of_token(req, *customization, tokens.token_claims()).await;
    let custom = custom.map_err(|ProviderError(error)| TokenError { error, user_id: tokens.user_id.clone() })?;
    if let Some(own) = tokens.access.claims_mut() {
        claims::add(own, custom);
    }
    Ok(tokens)
}
