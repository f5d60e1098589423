//! Errors of the OpenID Connect endpoints, and their conversion to API errors.

use axum::http::StatusCode;
use db::DbError;
use oauth::OAuthError;

use crate::errors::ApiError;
use crate::refusals;

/// An error inside a transaction of an OpenID Connect endpoint. It is always a protocol error; other causes are only logged.
#[derive(Debug, Clone, PartialEq)]
pub struct ProviderError(pub OAuthError);

impl From<OAuthError> for ProviderError {
    fn from(error: OAuthError) -> Self {
        Self(error)
    }
}

impl From<DbError> for ProviderError {
    fn from(error: DbError) -> Self {
        // A conflict or a missing grant means that a concurrent request won; a retry gets the definite response.
        if matches!(error, DbError::Busy | DbError::Unavailable(_) | DbError::Conflict | DbError::ForeignKey) {
            tracing::warn!(%error, "the database could not serve a protocol request");
            return Self(OAuthError::temporarily_unavailable());
        }
        tracing::error!(%error, "a protocol request failed");
        Self(OAuthError::server_error())
    }
}

impl From<ApiError> for ProviderError {
    fn from(error: ApiError) -> Self {
        if error.status() == StatusCode::SERVICE_UNAVAILABLE {
            return Self(OAuthError::temporarily_unavailable());
        }
        tracing::error!(?error, "a protocol request failed");
        Self(OAuthError::server_error())
    }
}

impl From<jose::JoseError> for ProviderError {
    fn from(error: jose::JoseError) -> Self {
        tracing::error!(%error, "a token could not be signed");
        Self(OAuthError::server_error())
    }
}

impl From<ProviderError> for ApiError {
    fn from(ProviderError(error): ProviderError) -> Self {
        Self::from(error)
    }
}

/// The JSON body of inventory O143 for routes below `/api` and `/oidc`.
impl From<OAuthError> for ApiError {
    fn from(error: OAuthError) -> Self {
        to_api_error(&error, None, None)
    }
}

/// The error with `state` and `iss`, as the authorization endpoint reports it when it cannot redirect.
pub fn to_api_error(error: &OAuthError, state: Option<&str>, issuer: Option<&str>) -> ApiError {
    let status = StatusCode::from_u16(error.status).unwrap_or(StatusCode::BAD_REQUEST);
    let mut out = match status {
        StatusCode::SERVICE_UNAVAILABLE => ApiError::unavailable(1),
        _ => ApiError::new(status, error.code()),
    };
    if let Some(uri) = error.uri() {
        out = out.with_oauth_member("error_uri", uri);
    }
    for (name, value) in error.parameters() {
        out = out.with_oauth_member(name, value);
    }
    if let Some(detail) = error.detail {
        out = out.with_fact(refusals::DETAIL, detail);
    }
    for (name, value) in [("state", state), ("iss", issuer)] {
        if let Some(value) = value {
            out = out.with_oauth_member(name, value);
        }
    }
    out
}
