//! Request bodies: JSON or form, with errors that name the member (inventory M007; SURPRISES 24).

use axum::Json;
use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use kernel::text::sentence;
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use crate::audit::changes::ReadBody;
use crate::errors::ApiError;

/// The maximum size of a request body.
pub const MAX_BODY_BYTES: usize = 1 << 20;

/// A body of type `T`; a missing body reads as `{}`.
#[derive(Debug, Clone)]
pub struct Body<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Body<T> {
    type Rejection = Response;

    async fn from_request(request: Request, state: &S) -> Result<Self, Response> {
        let value = read_value(request, state).await?;
        deserialize_body(value).map(Self).map_err(IntoResponse::into_response)
    }
}

/// A body that is checked against the schema of its type; every issue is reported. A missing body reads as `{}`.
#[derive(Debug, Clone)]
pub struct RequestBody<T>(pub T);

impl<T: DeserializeOwned + JsonSchema + 'static, S: Send + Sync> FromRequest<S> for RequestBody<T> {
    type Rejection = Response;

    async fn from_request(request: Request, state: &S) -> Result<Self, Response> {
        let value = read_value(request, state).await?;
        api::body::read(value).map(Self).map_err(|issues| invalid_body(&issues).into_response())
    }
}

/// 400 `guard.invalid_input` with these issues.
pub fn invalid_body(issues: &[api::Issue]) -> ApiError {
    ApiError::bad_request("guard.invalid_input").data(api::issue::error_data(issues))
}

/// Reads the JSON or form of a request.
async fn read_value<S: Send + Sync>(request: Request, state: &S) -> Result<Value, Response> {
    let media_type = request.headers().get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let is_form = media_type.starts_with("application/x-www-form-urlencoded");
    let is_text = media_type.starts_with("text/");
    // Of administrators, for the audit log.
    let kept = request.extensions().get::<ReadBody>().cloned();
    let bytes = Bytes::from_request(request, state)
        .await
        .map_err(|_| message_response(StatusCode::PAYLOAD_TOO_LARGE, "The request body is too large."))?;
    let value = if is_form {
        Value::Object(url::form_urlencoded::parse(&bytes).map(|(n, v)| (n.into_owned(), v.into())).collect())
    } else if bytes.is_empty() {
        Value::Object(Map::new())
    } else if is_text {
        Value::String(String::from_utf8_lossy(&bytes).into_owned())
    } else {
        serde_json::from_slice(&bytes)
            .ok()
            .filter(|value: &Value| value.is_object() || value.is_array())
            .ok_or_else(|| message_response(StatusCode::BAD_REQUEST, "The request body is not a JSON object."))?
    };
    if let Some(kept) = kept {
        kept.keep(&value);
    }
    Ok(value)
}

/// Reads `T` from a JSON object.
///
/// # Errors
/// 400 `guard.invalid_input` with the path of the invalid member in `data`.
pub fn deserialize_body<T: DeserializeOwned>(value: Value) -> Result<T, ApiError> {
    if has_nul(&value) {
        return Err(invalid_input(&[], "Text must not hold NUL characters."));
    }
    if !value.is_object() {
        return Err(invalid_input(&[], "expected an object"));
    }
    serde_path_to_error::deserialize(value).map_err(|error| {
        let reason = error.inner().to_string();
        let mut path: Vec<Value> = error.path().iter().filter_map(json_path_segment).collect();
        // The path of a missing member ends at its object, but clients expect the path of the member.
        path.extend(reason.strip_prefix("missing field `").and_then(|rest| rest.strip_suffix('`')).map(Value::from));
        invalid_input_issue(
            if reason.starts_with("unknown variant") { "invalid_enum_value" } else { "invalid_type" },
            path,
            &reason,
        )
    })
}

/// 400 `guard.invalid_input` for a member of the body.
pub fn invalid_input(path: &[String], reason: &str) -> ApiError {
    invalid_input_issue("invalid_type", path.iter().cloned().map(Value::from).collect(), reason)
}

/// 400 `guard.invalid_input` with one issue: its kind (`custom`, `too_big`, …) and the path of the member, in which a
/// number is a list index from 0.
pub fn invalid_input_issue(kind: &str, path: Vec<Value>, reason: &str) -> ApiError {
    ApiError::bad_request("guard.invalid_input").data(json!({
        "name": "ZodError",
        "issues": [{"code": kind, "path": path, "message": sentence(reason)}],
    }))
}

fn json_path_segment(segment: &serde_path_to_error::Segment) -> Option<Value> {
    match segment {
        serde_path_to_error::Segment::Seq { index } => Some((*index).into()),
        serde_path_to_error::Segment::Map { key } => Some(key.clone().into()),
        serde_path_to_error::Segment::Enum { variant } => Some(variant.clone().into()),
        serde_path_to_error::Segment::Unknown => None,
    }
}

/// PostgreSQL can't store NUL in text. Rejecting it here makes both engines behave alike (attack E8).
fn has_nul(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(items) => items.iter().any(has_nul),
        Value::Object(members) => members.iter().any(|(name, value)| name.contains('\0') || has_nul(value)),
        _ => false,
    }
}

pub(super) fn message_response(status: StatusCode, text: &str) -> Response {
    (status, Json(json!({"message": text}))).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fuzz_numbers_are_kept_to_the_last_bit() {
        let text = r#"{"n":922337209220000001555519487}"#;
        let members: Map<String, Value> = deserialize_body(serde_json::from_str(text).unwrap()).unwrap();
        let again: Value = serde_json::from_str(&Value::Object(members.clone()).to_string()).unwrap();
        assert_eq!(again, Value::Object(members));
    }
}
