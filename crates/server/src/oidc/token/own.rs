//! Sign-ins to applications of the server itself: it is its own client, and redeems the code without a network.

use std::sync::Arc;

use kernel::ids::UserId;
use oauth::{OAuthError, Params};
use serde_json::Value;

use super::issue::{UnsignedAccessToken, UnsignedTokens};
use super::{ClientRequest, TokenRequest, authorization_code};
use crate::callers::RequestContext;
use crate::oidc::{ProviderError, audit, tokens};

/// What the token endpoint would be sent (RFC 6749 section 4.1.3, RFC 7636 section 4.5).
pub(crate) struct OwnCode<'a> {
    pub client_id: &'static str,
    pub code: &'a str,
    pub redirect_uri: &'a str,
    pub verifier: &'a str,
}

/// What such a sign-in tells.
pub(crate) struct OwnSignIn {
    pub user_id: UserId,
    pub grant_id: String,
    /// The browser's session.
    pub session_uid: String,
    pub nonce: Option<String>,
}

/// Redeems a code by the rules of the token endpoint, with its entry in the audit log.
///
/// # Errors
/// As the token endpoint.
pub(crate) async fn redeem_own_code(req: &RequestContext, own: OwnCode<'_>) -> Result<OwnSignIn, ProviderError> {
    let issued = redeem(req, own).await?;
    let missing = || OAuthError::invalid_grant("the sign-in is over");
    let name = issued.access.stored_name().ok_or_else(missing)?;
    let token = req.read_inline(move |view| tokens::find_access_token(view, &name)).await?.ok_or_else(missing)?;
    let nonce = issued.id_token.and_then(|claims| claims.get("nonce").and_then(Value::as_str).map(str::to_owned));
    let session_uid = token.session_uid.ok_or_else(missing)?;
    Ok(OwnSignIn { user_id: token.user_id, grant_id: token.grant_id, session_uid, nonce })
}

/// As [`redeem_own_code`]. Returns the opaque access token, which leaves this process only where the caller puts it.
///
/// # Errors
/// As the token endpoint; `invalid_grant` for a client whose tokens are not opaque.
pub(crate) async fn own_access_token(req: &RequestContext, own: OwnCode<'_>) -> Result<String, ProviderError> {
    match redeem(req, own).await?.access {
        UnsignedAccessToken::Opaque(value) => Ok(value),
        UnsignedAccessToken::Jwt(_) | UnsignedAccessToken::StoredJwt(_) => {
            Err(OAuthError::invalid_grant("the token is not opaque").into())
        }
    }
}

async fn redeem(req: &RequestContext, own: OwnCode<'_>) -> Result<UnsignedTokens, ProviderError> {
    let registered = req.client(own.client_id).await?.ok_or_else(|| OAuthError::unknown_client(own.client_id))?;
    let params = [
        ("grant_type", "authorization_code"),
        ("client_id", own.client_id),
        ("code", own.code),
        ("redirect_uri", own.redirect_uri),
        ("code_verifier", own.verifier),
    ];
    let params = Params::collect(params.map(|(name, value)| (name.to_owned(), value.to_owned())))?;
    let logged = ClientRequest::of_own(params.clone(), registered.client.id.clone());
    let request = TokenRequest { context: req.clone(), params, registered, proof: None, certificate: None };
    let issued = (authorization_code::GRANT.authorize)(Arc::new(request)).await;
    audit::log_token_exchange(req, &logged, issued.as_ref());
    Ok(issued.map_err(|refused| refused.error)?)
}
