//! Why a person who came back from a provider is not signed in.

use outbound::OutboundError;

/// A sign-in at a provider that did not succeed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FederationError {
    /// The provider refused, or the person did (RFC 6749 section 4.1.2.1).
    #[error("the provider answered {error}: {}", description.as_deref().unwrap_or("no description"))]
    Refused { error: String, description: Option<String> },
    /// A parameter that the provider must send back is missing, or is not text.
    #[error("the provider sent no {0}")]
    MissingParameter(&'static str),
    /// What came back belongs to another request: another `state`, `redirect_uri` or issuer.
    #[error("{0} is not that of the request")]
    OtherRequest(&'static str),
    /// The token endpoint does not accept the code (RFC 6749 section 5.2).
    #[error("the provider does not accept the code: {0}")]
    InvalidCode(String),
    /// The provider does not accept its own access token.
    #[error("the provider does not accept its access token")]
    InvalidAccessToken,
    /// The ID token does not prove who the person is.
    #[error("the ID token is refused: {0}")]
    InvalidIdToken(String),
    /// An endpoint answered what can't be understood.
    #[error("the {endpoint} answered {reason}")]
    InvalidResponse { endpoint: &'static str, reason: String },
    /// An endpoint did not answer.
    #[error("the {endpoint} can't be reached: {cause}")]
    Unreachable { endpoint: &'static str, cause: OutboundError },
    /// The request ended without an answer, as when this server stops.
    #[error("the request was interrupted")]
    Interrupted,
}
