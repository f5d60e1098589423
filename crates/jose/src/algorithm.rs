//! The allow-list of signature algorithms (RFC 7518 section 3.1, RFC 8037). `none` and HMAC are not on it.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::JoseError;

/// An asymmetric signature algorithm under its JWA name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub enum Algorithm {
    ES256,
    /// The default for new keys, as in Logto.
    #[default]
    ES384,
    ES512,
    RS256,
    PS256,
    EdDSA,
}

impl Algorithm {
    /// Every algorithm this crate can sign and verify with.
    pub const ALL: [Self; 6] = [Self::ES256, Self::ES384, Self::ES512, Self::RS256, Self::PS256, Self::EdDSA];

    /// The JWA name, case-sensitive.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ES256 => "ES256",
            Self::ES384 => "ES384",
            Self::ES512 => "ES512",
            Self::RS256 => "RS256",
            Self::PS256 => "PS256",
            Self::EdDSA => "EdDSA",
        }
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Algorithm {
    type Err = JoseError;

    fn from_str(name: &str) -> Result<Self, JoseError> {
        Self::ALL.into_iter().find(|one| one.as_str() == name).ok_or(JoseError::UnsupportedAlgorithm)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_round_trip_and_others_are_refused() {
        for algorithm in Algorithm::ALL {
            assert_eq!(algorithm.to_string().parse::<Algorithm>(), Ok(algorithm));
            assert_eq!(serde_json::to_value(algorithm).unwrap(), algorithm.as_str());
        }
        for name in ["none", "None", "HS256", "es384", "RS1", ""] {
            assert_eq!(name.parse::<Algorithm>(), Err(JoseError::UnsupportedAlgorithm), "{name}");
        }
    }
}
