//! Binding the access token that a grant gives out to the key of the request's proof.

use serde_json::json;

use crate::oidc::token::TokenRequest;
use crate::oidc::token::issue::UnsignedTokens;
use crate::oidc::{ProviderError, tokens};
use crate::work::Work;

/// Uses the proof of the request up, if it has one, and binds the access token to its key. Refresh tokens are bound when they are
/// made, or at their first proof.
///
/// # Errors
/// `invalid_dpop_proof` when the proof was used before; a failure of the database.
pub fn bind(
    work: &Work<'_>,
    request: &TokenRequest,
    mut unsigned: UnsignedTokens,
) -> Result<UnsignedTokens, ProviderError> {
    let Some(proof) = &request.proof else { return Ok(unsigned) };
    proof.use_up(work)?;
    if let Some(name) = unsigned.access.stored_name() {
        tokens::bind_access_token(work, &name, &proof.jkt)?;
    }
    if let Some(claims) = unsigned.access.claims_mut() {
        claims.insert("cnf".to_owned(), json!({"jkt": proof.jkt}));
    }
    unsigned.is_bound = true;
    Ok(unsigned)
}
