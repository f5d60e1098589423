//! Bodies of the provider's POST routes (inventory O014, trace 00-09).

use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use oauth::{OAuthError, Params};
use serde_json::Value;

/// The largest body in bytes.
pub const LIMIT: usize = 56 * 1024;

/// Why a body could not be read.
pub enum BodyError {
    /// Too large: the response is 404, as for an unknown route (trace 00-09).
    TooLarge,
    OAuth(OAuthError),
}

impl From<OAuthError> for BodyError {
    fn from(error: OAuthError) -> Self {
        Self::OAuth(error)
    }
}

/// The response to a body that is too large.
pub fn too_large() -> Response {
    let mut response = (StatusCode::NOT_FOUND, "Not Found").into_response();
    let text = HeaderValue::from_static("text/plain; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, text);
    response
}

/// Reads a form or JSON body as parameters; `path` is named in the error about other types. An empty body has no
/// parameters.
pub async fn read(headers: &HeaderMap, body: Body, path: &str) -> Result<Params, BodyError> {
    let bytes = to_bytes(body, LIMIT).await.map_err(|_| BodyError::TooLarge)?;
    if bytes.is_empty() {
        return Ok(Params::default());
    }
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    match kind.as_str() {
        "application/x-www-form-urlencoded" => Ok(Params::parse(&String::from_utf8_lossy(&bytes))?),
        "application/json" => match serde_json::from_slice(&bytes) {
            Ok(Value::Object(members)) => Ok(Params::from_json(&members)?),
            // Existing clients see such a body as empty: the answer names the parameter that is missing.
            _ => Ok(Params::default()),
        },
        _ => {
            let only = "only application/x-www-form-urlencoded content-type bodies are supported";
            Err(OAuthError::invalid_request(format!("{only} on POST {path}")).into())
        }
    }
}
