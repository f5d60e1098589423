//! One error type: a stable code for programs, a sentence for people.

use jose::JoseError;

use crate::storage::StorageError;
use crate::{AccessTokenError, ClockOffset};

/// Why an operation failed. Texts hold no secret and no token.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    #[error("{0}")]
    Config(String),
    #[error("Sign-in session not found")]
    SignInSessionNotFound,
    #[error("The URI path does not match the redirect URI in the sign-in session")]
    RedirectPathMismatch,
    #[error(
        "The callback arrived at {received}, but the sign-in session expects {expected}: behind a proxy, make the framework \
         trust its forwarded headers, or set `callbackMatch` to \"path\""
    )]
    RedirectOriginMismatch { expected: String, received: String },
    /// The provider sent the user back with an error (RFC 6749 section 4.1.2.1).
    #[error("{error}")]
    AuthorizationRefused { error: String, description: Option<String> },
    #[error("Invalid state in the callback URI")]
    InvalidState,
    #[error("The callback comes from another issuer than {expected} (RFC 9207)")]
    IssuerMismatch { expected: String },
    #[error("Code not found in the callback URI")]
    MissingCode,
    /// The provider answered with an error; `body` is its response as it is.
    #[error("{body}")]
    Provider { status: u16, error: Option<String>, description: Option<String>, body: String },
    /// The refresh token is no longer good: only a new sign-in helps.
    #[error("{body}")]
    ReauthenticationRequired { error: String, description: Option<String>, body: String },
    #[error("{url} cannot be reached: {reason}")]
    Network { url: String, reason: String, timeout: bool },
    #[error("{url} answered {status} instead of the OpenID Connect discovery document: check the endpoint")]
    Discovery { url: String, status: u16 },
    #[error(
        "{url} names the issuer {issuer:?}, which is not the one that was asked: check that the endpoint is the provider's public \
         address"
    )]
    DiscoveryIssuerMismatch { url: String, issuer: String },
    #[error(
        "The {name} {url:?} is not an https address. Plain http is for this machine (localhost) alone, since secrets and tokens \
         could be read on the way; `allowInsecureHttp` allows it for development"
    )]
    InsecureUrl { name: &'static str, url: String },
    #[error("{url} is about {resource:?}, which is not the API that was asked (RFC 9728 section 3.3)")]
    ResourceMismatch { url: String, resource: String },
    #[error("{url} answered with something that is not {expected}")]
    UnexpectedResponse { url: String, expected: &'static str },
    #[error("End session endpoint not found in the provider metadata")]
    NoEndSessionEndpoint,
    #[error("The `UserInfoScope.organizations` scope is required to fetch organization tokens")]
    OrganizationsScopeRequired,
    #[error("ID Token not found")]
    NoIdToken,
    #[error("The ID token is refused: {0}")]
    IdToken(#[from] JoseError),
    /// A time claim; `hint` tells of clocks that differ.
    #[error("The ID token is refused: {error}{hint}")]
    IdTokenTime { error: JoseError, hint: String },
    #[error("The ID token is refused: its `{claim}` is not the expected one")]
    IdTokenClaim { claim: &'static str },
    #[error("The token is not an ID token: its header names another type")]
    IdTokenType,
    #[error("The stored value cannot be decrypted: another secret, another name, or changed")]
    Undecryptable,
    /// An access token that somebody presented.
    #[error(transparent)]
    AccessToken(#[from] AccessTokenError),
    #[error("The logout token is refused: {0}")]
    LogoutToken(String),
    #[error("the storage failed: {0}")]
    Storage(StorageError),
}

/// What a caller can do about an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// The settings or the order of calls are wrong: for the programmer.
    Config,
    /// The sign-in attempt failed: start again.
    Callback,
    /// The session is over: sign in.
    Reauthentication,
    /// The provider refused.
    Provider,
    /// The provider cannot be reached: try later.
    Network,
    /// An ID token is missing or not to be trusted.
    IdToken,
    /// A token that somebody presented is not to be trusted.
    Token,
    /// A presented token does not allow this.
    InsufficientScope,
    /// The caller's own storage.
    Storage,
}

impl Error {
    /// The error for an ID token, with a hint where differing clocks explain it.
    pub(crate) fn of_id_token(error: JoseError, clocks: &ClockOffset, leeway_seconds: i64) -> Self {
        match clocks.hint_for(&error, leeway_seconds) {
            Some(hint) => Self::IdTokenTime { error, hint },
            None => Self::IdToken(error),
        }
    }

    pub(crate) fn timed_out(url: &str) -> Self {
        Self::Network { url: url.to_owned(), reason: "no answer within the time limit".to_owned(), timeout: true }
    }

    pub(crate) fn unreachable(url: &str, reason: &str) -> Self {
        Self::Network { url: url.to_owned(), reason: reason.to_owned(), timeout: false }
    }

    /// What a caller can do about it.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Config(_)
            | Self::InsecureUrl { .. }
            | Self::NoEndSessionEndpoint
            | Self::OrganizationsScopeRequired => ErrorKind::Config,
            Self::SignInSessionNotFound
            | Self::RedirectPathMismatch
            | Self::RedirectOriginMismatch { .. }
            | Self::AuthorizationRefused { .. }
            | Self::InvalidState
            | Self::IssuerMismatch { .. }
            | Self::MissingCode => ErrorKind::Callback,
            Self::ReauthenticationRequired { .. } => ErrorKind::Reauthentication,
            Self::Provider { .. }
            | Self::Discovery { .. }
            | Self::DiscoveryIssuerMismatch { .. }
            | Self::ResourceMismatch { .. }
            | Self::UnexpectedResponse { .. } => ErrorKind::Provider,
            Self::Network { .. } => ErrorKind::Network,
            Self::NoIdToken
            | Self::IdToken(_)
            | Self::IdTokenTime { .. }
            | Self::IdTokenClaim { .. }
            | Self::IdTokenType => ErrorKind::IdToken,
            Self::AccessToken(error) if error.is_insufficient() => ErrorKind::InsufficientScope,
            Self::AccessToken(_) | Self::LogoutToken(_) => ErrorKind::Token,
            Self::Undecryptable | Self::Storage(_) => ErrorKind::Storage,
        }
    }

    /// The stable code. For errors that the provider named, its OAuth error code.
    pub fn code(&self) -> &str {
        match self {
            Self::Config(_) => "config.invalid",
            Self::SignInSessionNotFound => "sign_in_session.not_found",
            Self::RedirectPathMismatch | Self::RedirectOriginMismatch { .. } => "callback.redirect_uri_mismatch",
            Self::AuthorizationRefused { error, .. } | Self::ReauthenticationRequired { error, .. } => error,
            Self::InvalidState => "callback.invalid_state",
            Self::IssuerMismatch { .. } => "callback.issuer_mismatch",
            Self::MissingCode => "callback.missing_code",
            Self::Provider { error, .. } => error.as_deref().unwrap_or("provider.error"),
            Self::Network { timeout: true, .. } => "network.timeout",
            Self::Network { .. } => "network.unreachable",
            Self::Discovery { .. } => "discovery.failed",
            Self::DiscoveryIssuerMismatch { .. } => "discovery.issuer_mismatch",
            Self::ResourceMismatch { .. } => "resource_metadata.mismatch",
            Self::InsecureUrl { .. } => "config.insecure_url",
            Self::UnexpectedResponse { .. } => "provider.unexpected_answer",
            Self::NoEndSessionEndpoint => "metadata.no_end_session_endpoint",
            Self::OrganizationsScopeRequired => "config.organizations_scope_required",
            Self::NoIdToken => "id_token.not_found",
            Self::IdToken(JoseError::Expired) | Self::IdTokenTime { error: JoseError::Expired, .. } => {
                "id_token.expired"
            }
            Self::IdToken(JoseError::NotYetValid | JoseError::IssuedInFuture) | Self::IdTokenTime { .. } => {
                "id_token.not_yet_valid"
            }
            Self::IdToken(JoseError::BadSignature) => "id_token.bad_signature",
            Self::IdToken(JoseError::UnknownKey) => "id_token.unknown_key",
            Self::IdTokenType => "id_token.wrong_type",
            Self::IdToken(_) => "id_token.invalid",
            Self::IdTokenClaim { claim: "iss" } => "id_token.issuer_mismatch",
            Self::IdTokenClaim { claim: "aud" | "azp" } => "id_token.audience_mismatch",
            Self::IdTokenClaim { claim: "nonce" } => "id_token.nonce_mismatch",
            Self::IdTokenClaim { .. } => "id_token.invalid_claim",
            Self::AccessToken(error) => error.code(),
            Self::LogoutToken(_) => "logout_token.invalid",
            Self::Undecryptable => "storage.sealed",
            Self::Storage(_) => "storage.failed",
        }
    }

    /// The provider's own words (`error_description`).
    pub fn description(&self) -> Option<&str> {
        match self {
            Self::AuthorizationRefused { description, .. }
            | Self::Provider { description, .. }
            | Self::ReauthenticationRequired { description, .. } => description.as_deref(),
            _ => None,
        }
    }

    /// The HTTP status, where a response was the reason.
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Provider { status, .. } | Self::Discovery { status, .. } => Some(*status),
            _ => None,
        }
    }
}
