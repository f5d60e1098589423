//! Failures of the OpenID Connect endpoints, on their way to an answer.

use axum::http::StatusCode;
use db::DbError;
use oauth::OAuthError;

use crate::errors::ApiError;

/// A failure inside a unit of work of an OpenID Connect endpoint: always a protocol error, causes are only logged.
#[derive(Debug, Clone, PartialEq)]
pub struct Failure(pub OAuthError);

impl From<OAuthError> for Failure {
    fn from(error: OAuthError) -> Self {
        Self(error)
    }
}

impl From<DbError> for Failure {
    fn from(error: DbError) -> Self {
        // A conflict or a vanished grant means that a parallel request was faster: the same request again gets the answer.
        if matches!(error, DbError::Busy | DbError::Unavailable(_) | DbError::Conflict | DbError::ForeignKey) {
            tracing::warn!(%error, "the database could not serve a protocol request");
            return Self(OAuthError::temporarily_unavailable());
        }
        tracing::error!(%error, "a protocol request failed");
        Self(OAuthError::server_error())
    }
}

impl From<ApiError> for Failure {
    fn from(error: ApiError) -> Self {
        if error.status() == StatusCode::SERVICE_UNAVAILABLE {
            return Self(OAuthError::temporarily_unavailable());
        }
        tracing::error!(?error, "a protocol request failed");
        Self(OAuthError::server_error())
    }
}

impl From<jose::JoseError> for Failure {
    fn from(error: jose::JoseError) -> Self {
        tracing::error!(%error, "a token could not be signed");
        Self(OAuthError::server_error())
    }
}

impl From<Failure> for ApiError {
    fn from(Failure(error): Failure) -> Self {
        Self::from(error)
    }
}

/// The JSON body of inventory O143 for routes below `/api` and `/oidc`.
impl From<OAuthError> for ApiError {
    fn from(error: OAuthError) -> Self {
        respond(&error, None, None)
    }
}

/// The error with `state` and `iss`, as the authorization endpoint reports it when it cannot redirect.
pub fn respond(error: &OAuthError, state: Option<&str>, issuer: Option<&str>) -> ApiError {
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
    for (name, value) in [("state", state), ("iss", issuer)] {
        if let Some(value) = value {
            out = out.with_oauth_member(name, value);
        }
    }
    out
}
