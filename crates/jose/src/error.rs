//! Why a key or a token is not usable.

/// Failure of a key or a token. None of the texts holds token contents.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum JoseError {
    #[error("the token is longer than {} bytes", crate::MAX_TOKEN_LENGTH)]
    TooLarge,
    #[error("the token is not a compact JWS holding JSON")]
    Malformed,
    #[error("the token's algorithm is not on the list of allowed algorithms")]
    UnsupportedAlgorithm,
    #[error("the token's algorithm is not the algorithm of its key")]
    AlgorithmMismatch,
    #[error("the token names critical header parameters that are not understood")]
    CriticalHeader,
    #[error("no key for this token")]
    UnknownKey,
    #[error("the signature does not match")]
    BadSignature,
    #[error("the token has expired")]
    Expired,
    #[error("the token is not valid yet")]
    NotYetValid,
    #[error("the token was issued in the future: check the clocks")]
    IssuedInFuture,
    #[error("the claim `{0}` is missing or of the wrong type")]
    InvalidClaim(&'static str),
    #[error("unusable key: {0}")]
    Key(&'static str),
    #[error("the claims cannot be written as a JSON object")]
    Claims,
    #[error("signing failed")]
    Signing,
}
