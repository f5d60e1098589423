//! Messages as HTTP requests: the endpoint sends the e-mail or SMS (inventory H075, H087).

use api::{BoundedText, Issue};
use axum::http::{HeaderValue, StatusCode, header};
use outbound::OutboundRequest;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use super::message::Message;
use super::send::{DEADLINE, SendError};
use super::settings::issue;
use crate::App;

/// What of an answer is read; only its status counts.
const MAX_ANSWER_BYTES: usize = 64 << 10;

/// Where messages are posted to.
#[derive(Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HttpSettings {
    endpoint: BoundedText<1, 2048>,
    /// The header `Authorization`.
    authorization: Option<BoundedText<1, 4096>>,
}

impl HttpSettings {
    /// Reads and checks settings.
    ///
    /// # Errors
    /// Each place that is wrong.
    pub fn read(value: Value) -> Result<Self, Vec<Issue>> {
        let settings: Self = api::body::read(value)?;
        OutboundRequest::post(&settings.endpoint).map_err(|error| issue(&["endpoint"], &error.to_string()))?;
        match &settings.authorization {
            Some(text) if HeaderValue::from_str(text).is_err() => {
                Err(issue(&["authorization"], "Expected a text that a header can hold."))
            }
            _ => Ok(settings),
        }
    }
}

pub(super) async fn send(app: &App, settings: &HttpSettings, message: &Message) -> Result<(), SendError> {
    let mut body = json!({"to": message.to.as_str(), "type": message.kind(), "payload": message.payload});
    if let Some(ip) = &message.ip {
        body["ip"] = ip.as_str().into();
    }
    let mut request = OutboundRequest::post(&settings.endpoint)?
        .body("application/json", body.to_string())
        .deadline(DEADLINE)
        .max_response_bytes(MAX_ANSWER_BYTES);
    if let Some(authorization) = &settings.authorization {
        let mut value = HeaderValue::from_str(authorization)
            .map_err(|_| SendError::Settings("`authorization` is no text that a header can hold".into()))?;
        value.set_sensitive(true);
        request = request.header(header::AUTHORIZATION, value);
    }
    let status = app.outbound.send(request).await?.status;
    let answered = || format!("the endpoint answered {status}");
    match status {
        _ if status.is_success() => Ok(()),
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Err(SendError::Unauthorized(answered())),
        StatusCode::TOO_MANY_REQUESTS => Err(SendError::RateLimited(answered())),
        _ => Err(SendError::Failed(answered())),
    }
}
