//! How an application proves itself.

use oauth::client::AssertionMethod;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A way for an application to prove itself without showing a secret (OpenID Connect Core section 9).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TokenEndpointAuthMethod {
    /// A JWT signed by `HS256` with one of the application's secrets.
    ClientSecretJwt,
    /// A JWT signed with a key of `jwks` or `jwksUri`.
    PrivateKeyJwt,
}

impl From<TokenEndpointAuthMethod> for AssertionMethod {
    fn from(method: TokenEndpointAuthMethod) -> Self {
        match method {
            TokenEndpointAuthMethod::ClientSecretJwt => Self::ClientSecretJwt,
            TokenEndpointAuthMethod::PrivateKeyJwt => Self::PrivateKeyJwt,
        }
    }
}
