//! Binding the access token that a grant gives out to the key of the request's proof, or to the certificate of its connection.

use oauth::confirmation::Confirmation;

use crate::oidc::token::TokenRequest;
use crate::oidc::token::issue::UnsignedTokens;
use crate::oidc::{ProviderError, tokens};
use crate::work::Work;

/// Uses the proof of the request up, if it has one, and binds the access token to its key, or to the certificate. Refresh tokens are bound when they are
/// made, or at their first proof.
///
/// # Errors
/// `invalid_dpop_proof` when the proof was used before; a failure of the database.
pub fn bind(
    work: &Work<'_>,
    request: &TokenRequest,
    mut unsigned: UnsignedTokens,
) -> Result<UnsignedTokens, ProviderError> {
    let Some(holder) = request.proven() else { return Ok(unsigned) };
    if let Some(proof) = &request.proof {
        proof.use_up(work)?;
        unsigned.needs_proof = true;
    }
    if let Some(name) = unsigned.access.stored_name() {
        tokens::bind_access_token(work, &name, holder)?;
    }
    if let Some(claims) = unsigned.access.claims_mut() {
        claims.insert("cnf".to_owned(), Confirmation::of_stored(holder).claim());
    }
    Ok(unsigned)
}
