//! The algorithms of `idTokenSignedResponseAlg`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// An algorithm that ID tokens can be signed with (RFC 7518 section 3.1, RFC 8037).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum IdTokenAlgorithm {
    ES256,
    ES384,
    RS256,
    PS256,
    EdDSA,
}

impl From<IdTokenAlgorithm> for jose::Algorithm {
    fn from(algorithm: IdTokenAlgorithm) -> Self {
        match algorithm {
            IdTokenAlgorithm::ES256 => Self::ES256,
            IdTokenAlgorithm::ES384 => Self::ES384,
            IdTokenAlgorithm::RS256 => Self::RS256,
            IdTokenAlgorithm::PS256 => Self::PS256,
            IdTokenAlgorithm::EdDSA => Self::EdDSA,
        }
    }
}
