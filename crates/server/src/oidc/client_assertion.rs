//! Verifying client assertions (RFC 7523 section 3): the signature, then the claims, then that it is used for the first time.

use jose::{DecodedToken, VerifyingKeys};
use kernel::Timestamp;
use oauth::OAuthError;
use oauth::client::{AuthenticationMethod, assertion, authentication};
use serde_json::{Map, Value};

use super::ProviderError;
use super::clients::RegisteredClient;
use super::used_jwts::UsedJwt;
use crate::callers::RequestContext;

/// A JWT of a client whose signature is right.
pub(super) struct Verified {
    pub typ: Option<String>,
    pub claims: Map<String, Value>,
    /// Of the secret that it was made with.
    secret_name: Option<String>,
}

/// Checks the assertion of a client and uses it up. Returns the name of the secret that it was made with, if one was.
///
/// # Errors
/// `invalid_client`; a failure of the database.
pub async fn authenticate(
    req: &RequestContext,
    registered: &RegisteredClient,
    token: &str,
) -> Result<Option<String>, ProviderError> {
    let client = &registered.client;
    if client.custom.token_endpoint_auth_method.is_none_or(AuthenticationMethod::uses_certificate) {
        return Err(authentication::wrong_method().into());
    }
    let Verified { typ, claims, secret_name } = verify(req, registered, token).await?;
    let single = assertion::check(typ.as_deref(), &claims, &client.id, req.issuer(), req.now)?;
    let used = UsedJwt::new("client-assertion", &client.id, single.jti, single.until);
    // On the disk before the answer: what was used stays used.
    if !req.write(move |work| used.use_up(work)).await? {
        return Err(OAuthError::client_authentication("the assertion was used before").into());
    }
    Ok(secret_name)
}

/// Verifies the signature of a JWT that a client made, by its keys or by one of its secrets.
///
/// # Errors
/// `invalid_client`.
pub(super) async fn verify(
    req: &RequestContext,
    registered: &RegisteredClient,
    token: &str,
) -> Result<Verified, OAuthError> {
    match registered.client.custom.token_endpoint_auth_method {
        // A request object may also be signed with the key of a registered certificate.
        Some(
            AuthenticationMethod::PrivateKeyJwt
            | AuthenticationMethod::TlsClientAuth
            | AuthenticationMethod::SelfSignedTlsClientAuth,
        ) => by_key(req, registered, token).await,
        Some(AuthenticationMethod::ClientSecretJwt) | None => by_secret(registered, token, req.now),
    }
}

fn by_secret(registered: &RegisteredClient, token: &str, now: Timestamp) -> Result<Verified, OAuthError> {
    let mut found = None;
    for secret in &registered.secrets {
        if let Ok(verified) = jose::verify_hs256(token, secret.value.expose()) {
            found = Some((secret, verified));
        }
    }
    match found {
        None => Err(OAuthError::client_authentication("no secret verifies the assertion")),
        Some((secret, _)) if secret.expires_at.is_some_and(|end| end <= now) => {
            Err(OAuthError::client_authentication("the secret of the assertion has expired"))
        }
        Some((secret, verified)) => {
            Ok(Verified { typ: verified.typ, claims: verified.claims, secret_name: Some(secret.name.clone()) })
        }
    }
}

async fn by_key(req: &RequestContext, registered: &RegisteredClient, token: &str) -> Result<Verified, OAuthError> {
    // Before anything is fetched: only a signed token, of an algorithm for public keys, may cause that.
    let unusable = |_| OAuthError::client_authentication("the assertion is not signed for a public key");
    let kid = jose::decode_unverified(token).map_err(unusable)?.header.kid;
    let keys = keys_of(req, registered, kid.as_deref()).await;
    let keys = keys.ok_or_else(|| OAuthError::client_authentication("the keys of the client can't be had"))?;
    let refused = |_| OAuthError::client_authentication("no key of the client verifies the assertion");
    let DecodedToken { header, claims } = keys.verify(token).map_err(refused)?;
    if !registered.client.may_sign_with(header.alg) {
        return Err(OAuthError::client_authentication("the client must not sign with this algorithm"));
    }
    Ok(Verified { typ: header.typ, claims, secret_name: None })
}

/// The keys that a client registered, or has at its `jwksUri`.
async fn keys_of(req: &RequestContext, registered: &RegisteredClient, kid: Option<&str>) -> Option<VerifyingKeys> {
    if let Some(keys) = &registered.keys {
        return Some(keys.clone());
    }
    let uri = registered.client.custom.jwks_uri.as_deref()?;
    let keys = req.app.client_keys.get(uri, kid).await;
    keys.inspect_err(|error| tracing::warn!(uri, %error, "a client's keys are unusable")).ok()
}
