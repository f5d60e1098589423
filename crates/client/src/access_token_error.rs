//! Why an access token that somebody presented is refused.

use jose::JoseError;

/// A refusal. Texts hold nothing of the token.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AccessTokenError {
    #[error("The access token is refused: {0}")]
    Jose(JoseError),
    /// A time claim; `hint` tells of clocks that differ.
    #[error("The access token is refused: {error}{hint}")]
    Time { error: JoseError, hint: String },
    #[error("The token is not an access token: its header's `typ` is not at+jwt")]
    Type,
    /// RFC 7800; whoever stole it could present it as well.
    #[error("The access token is bound to a key, whose proof is not checked here")]
    Bound,
    #[error("The access token comes from another issuer")]
    Issuer,
    #[error("The access token is for another API")]
    Audience,
    #[error("The access token is refused: the claim `{0}` is missing or of the wrong type")]
    Claim(&'static str),
    #[error("The access token is not a JWT, and this API cannot ask the server about it")]
    Opaque,
    #[error("The access token is not active")]
    Inactive,
    #[error("The access token is not for this organization")]
    Organization,
    #[error("The access token lacks the scopes {}", .0.join(" "))]
    Scopes(Vec<String>),
}

impl AccessTokenError {
    /// Whether the token is good, but does not allow this: 403.
    pub fn is_insufficient(&self) -> bool {
        matches!(self, Self::Organization | Self::Scopes(_))
    }

    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::Time { error: JoseError::Expired, .. } => "access_token.expired",
            Self::Time { .. } => "access_token.not_yet_valid",
            Self::Jose(JoseError::BadSignature) => "access_token.bad_signature",
            Self::Jose(JoseError::UnknownKey) => "access_token.unknown_key",
            Self::Jose(_) => "access_token.invalid",
            Self::Type => "access_token.wrong_type",
            Self::Bound => "access_token.bound_to_key",
            Self::Issuer => "access_token.issuer_mismatch",
            Self::Audience => "access_token.audience_mismatch",
            Self::Claim(_) => "access_token.invalid_claim",
            Self::Opaque => "access_token.opaque",
            Self::Inactive => "access_token.inactive",
            Self::Organization => "access_token.organization_mismatch",
            Self::Scopes(_) => "insufficient_scope",
        }
    }
}
