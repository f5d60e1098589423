//! The values of `accessTokenFormat`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The form of access tokens that name no resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum AccessTokenFormat {
    /// Random text.
    Opaque,
    /// A JWT of RFC 9068.
    Jwt,
}

impl From<AccessTokenFormat> for oauth::client::AccessTokenFormat {
    fn from(format: AccessTokenFormat) -> Self {
        match format {
            AccessTokenFormat::Opaque => Self::Opaque,
            AccessTokenFormat::Jwt => Self::Jwt,
        }
    }
}
