//! Keys, JWK sets, signing and verifying of JWTs (RFC 7515, 7517, 7518, 7519), directly over aws-lc-rs.
//! Why no JWT crate: docs/adr/0001-jose.md.

mod algorithm;
mod error;
mod jwk;
mod pem;
mod proof;
mod shared_secret;
mod signing;
mod time_claims;
mod verifying;

pub use algorithm::Algorithm;
pub use error::JoseError;
pub use jwk::{Jwk, JwkSet};
pub use proof::{ProofOfPossession, verify_possession};
pub use shared_secret::{SharedSecretToken, verify_hs256};
pub use signing::SigningKey;
pub use time_claims::check_times;
pub use verifying::{DecodedToken, Header, MAX_TOKEN_LENGTH, VerifyingKeys, decode_unverified, unverified_claims};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// The base64url encoding of RFC 7515 section 2: no padding.
pub(crate) fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Strict: padding, other alphabets and non-canonical trailing bits are errors, so that one value has one spelling.
pub(crate) fn decode(text: &str) -> Result<Vec<u8>, JoseError> {
    URL_SAFE_NO_PAD.decode(text).map_err(|_| JoseError::Malformed)
}
