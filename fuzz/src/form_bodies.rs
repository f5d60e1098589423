//! Request bodies: forms and JSON, as the routes parse them.

use std::fmt::Debug;

use api::members::{BoundedText, IdList, JsonObject, Patch};
use axum::extract::{FromRequest as _, Request};
use axum::http::header;
use axum::response::Response;
use futures_util::FutureExt as _;
use oauth::Params;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use server::http::Body;

use crate::parameters;

const FORM: &str = "application/x-www-form-urlencoded";
const JSON: &str = "application/json";

/// A PATCH body as routes declare it.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct UserPatch {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(default, skip_serializing_if = "Patch::is_absent")]
    custom_data: Patch<JsonObject>,
    #[serde(default)]
    user_ids: IdList,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    limit: Option<i64>,
}

#[derive(Debug, Deserialize)]
struct Named {
    name: BoundedText<1, 8>,
}

/// The first line is the content type; the rest is the body.
///
/// Attack classes: G5, E8.
pub fn form_bodies(data: &[u8]) {
    let end = data.iter().position(|byte| *byte == b'\n').unwrap_or(data.len());
    let (kind, body) = (&data[..end], data.get(end + 1..).unwrap_or_default());
    let Some(whole) = read::<Map<String, Value>>(kind, body) else { return };
    if kind.starts_with(FORM.as_bytes()) {
        parameters::parse(&String::from_utf8_lossy(body));
    }
    if let Ok(members) = &whole {
        assert!(!has_nul(&Value::Object(members.clone())));
        if let Ok(params) = Params::from_json(members) {
            parameters::hold(&params);
        }
        again(members);
    }
    if let Some(Ok(patch)) = read::<UserPatch>(kind, body) {
        assert!(whole.is_ok(), "a patch without an object");
        let ids = &patch.user_ids.0;
        assert!(ids.iter().all(|id| (1..=128).contains(&id.chars().count())));
        assert!((1..ids.len()).all(|at| !ids[..at].contains(&ids[at])), "{ids:?}");
        again(&patch);
    }
    if let Some(Ok(Named { name: BoundedText(name) })) = read(kind, body) {
        assert!((1..=8).contains(&name.chars().count()), "{name:?}");
    }
}

/// Parses a body as a route does; none when the content type is no valid header value. Errors are 400 with JSON.
fn read<T: DeserializeOwned>(kind: &[u8], body: &[u8]) -> Option<Result<T, ()>> {
    let request =
        Request::builder().header(header::CONTENT_TYPE, kind).body(axum::body::Body::from(body.to_vec())).ok()?;
    let read = Body::<T>::from_request(request, &()).now_or_never().expect("a body in memory does not wait");
    Some(read.map(|Body(value)| value).map_err(refused))
}

fn refused(response: Response) {
    assert_eq!(response.status().as_u16(), 400);
    let body = axum::body::to_bytes(response.into_body(), 1 << 20).now_or_never().expect("in memory").unwrap();
    let told: Value = serde_json::from_slice(&body).unwrap();
    assert!(told["message"].as_str().is_some_and(|message| !message.is_empty()), "{told}");
}

/// A serialized value parses to the same value.
fn again<T: Serialize + DeserializeOwned + PartialEq + Debug>(value: &T) {
    let printed = serde_json::to_vec(value).unwrap();
    let read = read::<T>(JSON.as_bytes(), &printed).unwrap();
    assert_eq!(read.as_ref(), Ok(value), "{}", String::from_utf8_lossy(&printed));
}

fn has_nul(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(items) => items.iter().any(has_nul),
        Value::Object(members) => members.iter().any(|(name, value)| name.contains('\0') || has_nul(value)),
        _ => false,
    }
}
