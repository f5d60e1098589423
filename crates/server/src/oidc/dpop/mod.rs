//! Tokens that only the holder of a key can use (RFC 9449). A client that sends a proof to the token endpoint gets tokens that are
//! bound to its key; whoever presents one must prove the same key again. Requests without a proof cost nothing.

mod binding;
mod nonce;
mod presented;

pub(super) use binding::bind;
pub use presented::{PresentedToken, Scheme};

use axum::http::{HeaderName, HeaderValue, Response};
use jose::Algorithm;
use oauth::dpop::{self, ProvedRequest};
use oauth::{Client, OAuthError, Params};

use super::used_jwts::UsedJwt;
use crate::callers::RequestContext;
use crate::work::Work;

pub(super) const HEADER: HeaderName = HeaderName::from_static("dpop");
const NONCE_HEADER: HeaderName = HeaderName::from_static("dpop-nonce");

/// A verified proof that was not used up yet.
#[derive(Debug)]
pub struct PendingProof {
    /// The thumbprint of its key.
    pub jkt: String,
    algorithm: Algorithm,
    used: UsedJwt,
}

impl PendingProof {
    /// Uses the proof up. Call it last, when the request is otherwise granted: each is a row.
    ///
    /// # Errors
    /// `invalid_dpop_proof` when it was used before; a failure of the database.
    pub fn use_up(&self, work: &Work<'_>) -> Result<(), super::ProviderError> {
        if self.used.use_up(work)? {
            return Ok(());
        }
        Err(OAuthError::invalid_dpop_proof("the proof was used before").into())
    }
}

/// Whether a request brings a proof.
pub(super) fn has_proof(req: &RequestContext) -> bool {
    req.headers.contains_key(HEADER)
}

/// Reads the proof of a request; `access_token` is the token that it accompanies.
fn read(
    req: &RequestContext,
    access_token: Option<&str>,
) -> Result<Option<(PendingProof, Option<String>)>, OAuthError> {
    let mut values = req.headers.get_all(HEADER).iter();
    let Some(value) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err(OAuthError::invalid_dpop_proof("there must be one proof"));
    }
    let text = value.to_str().map_err(|_| OAuthError::invalid_dpop_proof("the proof is not a JWT"))?;
    let uri = format!("{}{}", req.tenant.endpoint(), req.uri.path());
    let request = ProvedRequest { method: req.method.as_str(), uri: &uri, access_token, now: req.now };
    let proof = dpop::verify(text, &request)?;
    let used = UsedJwt::new("dpop", &proof.jkt, &proof.jti, proof.until);
    Ok(Some((PendingProof { jkt: proof.jkt, algorithm: proof.algorithm, used }, proof.nonce)))
}

/// The proof of a client at the token endpoint or with a pushed request, as its settings demand it.
///
/// # Errors
/// `invalid_dpop_proof`, `use_dpop_nonce`.
pub(super) fn of_client(req: &RequestContext, client: &Client) -> Result<Option<PendingProof>, OAuthError> {
    let Some((proof, nonce)) = read(req, None)? else { return Ok(None) };
    if !client.may_sign_with(proof.algorithm) {
        return Err(OAuthError::foreign_proof_algorithm());
    }
    let is_required = client.custom.dpop_nonce_required.unwrap_or(false);
    match nonce {
        None if is_required => Err(OAuthError::use_dpop_nonce()),
        Some(nonce) if !nonce::is_current(&req.config.keys.cookie_keys, &nonce, req.now) => {
            Err(OAuthError::use_dpop_nonce())
        }
        _ => Ok(Some(proof)),
    }
}

/// As [`of_client`], for the token endpoint: a client that is set so gets no token without a proof.
///
/// # Errors
/// As [`of_client`].
pub(super) fn of_token_request(req: &RequestContext, client: &Client) -> Result<Option<PendingProof>, OAuthError> {
    let proof = of_client(req, client)?;
    if client.binds_to_certificate() {
        return match proof {
            None => Ok(None),
            Some(_) => Err(OAuthError::invalid_dpop_proof("tokens of this client are bound to its certificate")),
        };
    }
    if proof.is_none() && client.requires_bound_tokens() {
        return Err(OAuthError::invalid_dpop_proof("this client must send a DPoP proof"));
    }
    Ok(proof)
}

/// The thumbprint that a pushed request binds its code to: that of its proof, which must be the one of `dpop_jkt` if both are there.
///
/// # Errors
/// `invalid_request`.
pub(super) fn thumbprint_of_pushed(
    params: &Params,
    proof: Option<&PendingProof>,
) -> Result<Option<String>, OAuthError> {
    let Some(proof) = proof else { return Ok(None) };
    if params.get("dpop_jkt").is_some_and(|jkt| jkt != proof.jkt) {
        return Err(OAuthError::invalid_request("dpop_jkt is not the key of the DPoP proof"));
    }
    Ok(Some(proof.jkt.clone()))
}

/// Adds a nonce for the next proof, to a refusal for want of one and to the answers of clients that need one.
pub(super) fn with_nonce<B>(req: &RequestContext, mut response: Response<B>) -> Response<B> {
    let nonce = req.config.keys.cookie_keys.first().map(|key| nonce::make(key, req.now));
    if let Some(value) = nonce.and_then(|nonce| HeaderValue::from_str(&nonce).ok()) {
        response.headers_mut().insert(NONCE_HEADER, value);
    }
    response
}
