//! The algorithms of `idTokenSignedResponseAlg` and `userinfoSignedResponseAlg`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// An algorithm that answers to an application can be signed with (RFC 7518 section 3.1, RFC 8037).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum ResponseAlgorithm {
    ES256,
    ES384,
    RS256,
    PS256,
    EdDSA,
}

impl From<ResponseAlgorithm> for jose::Algorithm {
    fn from(algorithm: ResponseAlgorithm) -> Self {
        match algorithm {
            ResponseAlgorithm::ES256 => Self::ES256,
            ResponseAlgorithm::ES384 => Self::ES384,
            ResponseAlgorithm::RS256 => Self::RS256,
            ResponseAlgorithm::PS256 => Self::PS256,
            ResponseAlgorithm::EdDSA => Self::EdDSA,
        }
    }
}
