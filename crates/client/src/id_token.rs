//! What an ID token must satisfy (OpenID Connect Core 1.0 section 3.1.3.7).

use jose::{DecodedToken, JoseError, check_times};
use kernel::Timestamp;
use serde_json::Value;

use crate::Error;

/// What the claims are compared with.
#[derive(Debug, Clone, Copy)]
pub(crate) struct IdTokenExpectations<'a> {
    pub issuer: &'a str,
    pub client_id: &'a str,
    /// Checked when a nonce was sent.
    pub nonce: Option<&'a str>,
    pub leeway_seconds: i64,
}

/// Checks a token whose signature is right, times last.
pub(crate) fn check(token: &DecodedToken, expected: IdTokenExpectations<'_>, now: Timestamp) -> Result<(), Error> {
    let refused = |claim| Err(Error::IdTokenClaim { claim });
    check_type(token)?;
    if token.text("iss") != Some(expected.issuer) {
        return refused("iss");
    }
    if !token.has_audience(expected.client_id) {
        return refused("aud");
    }
    let several = token.claims.get("aud").and_then(Value::as_array).is_some_and(|audience| audience.len() > 1);
    match token.claims.get("azp") {
        None if several => return refused("azp"),
        Some(azp) if azp.as_str() != Some(expected.client_id) => return refused("azp"),
        _ => {}
    }
    if token.text("sub").is_none_or(str::is_empty) {
        return refused("sub");
    }
    if expected.nonce.is_some_and(|nonce| token.text("nonce") != Some(nonce)) {
        return refused("nonce");
    }
    if !token.claims.get("iat").is_some_and(Value::is_number) {
        return Err(JoseError::InvalidClaim("iat").into());
    }
    Ok(check_times(&token.claims, now, expected.leeway_seconds)?)
}

/// Refuses tokens that the provider signed for another purpose: access tokens (`at+jwt`, RFC 9068), logout tokens
/// (`logout+jwt`) and whatever else names its type (RFC 8725 section 3.11). ID tokens are `JWT` or say nothing.
pub(crate) fn check_type(token: &DecodedToken) -> Result<(), Error> {
    let typ = token.header.typ.as_deref().map(str::to_ascii_lowercase);
    match typ.as_deref() {
        None | Some("jwt" | "application/jwt") => Ok(()),
        Some(_) => Err(Error::IdTokenType),
    }
}
