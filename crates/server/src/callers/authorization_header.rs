//! The token that a request of the REST APIs presents.

use axum::http::{HeaderMap, StatusCode, header};
use serde_json::json;

use crate::errors::ApiError;
use crate::oidc::dpop::{PresentedToken, Scheme};

/// The token of a request. The scheme is compared exactly, as existing clients see it (SURPRISES 25).
///
/// # Errors
/// 401 `auth.authorization_header_missing` or `auth.authorization_token_type_not_supported`.
pub(super) fn presented(headers: &HeaderMap) -> Result<PresentedToken<'_>, ApiError> {
    let unauthorized = |code: &str| ApiError::new(StatusCode::UNAUTHORIZED, code);
    let value = headers.get(header::AUTHORIZATION).ok_or_else(|| unauthorized("auth.authorization_header_missing"))?;
    let value = value.to_str().unwrap_or_default();
    if let Some(token) = value.strip_prefix("DPoP ") {
        return Ok(PresentedToken { scheme: Scheme::Dpop, token: token.trim_start() });
    }
    match value.strip_prefix("Bearer") {
        Some(rest) if rest.is_empty() || rest.starts_with(' ') => {
            Ok(PresentedToken { scheme: Scheme::Bearer, token: rest.trim_start() })
        }
        _ => {
            Err(unauthorized("auth.authorization_token_type_not_supported").data(json!({"supportedTypes": ["Bearer"]})))
        }
    }
}
