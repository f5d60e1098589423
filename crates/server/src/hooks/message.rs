//! One message to a receiver: its body, signature and answer (inventory H012, H014 to H016).

use std::time::Duration;

use ::api::hooks::HookConfig;
use aws_lc_rs::hmac;
use axum::http::header::USER_AGENT;
use axum::http::{HeaderName, HeaderValue, StatusCode};
use kernel::{Timestamp, hex};
use outbound::{Outbound, OutboundError, OutboundRequest};
use serde_json::{Map, Value};

use super::headers;
use super::settings::Receiver;
use crate::errors::ApiError;
use crate::http::validate::invalid_member;

/// The greatest time of one request.
const DEADLINE: Duration = Duration::from_secs(10);
/// What is read of an answer. Its status alone counts.
const MAX_ANSWER_BYTES: usize = 4 * 1024;
/// Receivers know Logto's messages by it.
const AGENT: HeaderValue = HeaderValue::from_static("Logto (https://logto.io/)");
const SIGNATURE: HeaderName = HeaderName::from_static("logto-signature-sha-256");
/// The same in every attempt, so that a receiver can recognise a repetition.
const DELIVERY_ID: HeaderName = HeaderName::from_static("loggia-delivery-id");

/// What a receiver answered.
#[derive(Debug, Clone)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) text: String,
}

impl Receiver {
    /// The receiver that a configuration describes.
    ///
    /// # Errors
    /// 400 `guard.invalid_input` for a URL that can't be requested and for headers that can't be sent.
    pub(super) fn new(config: &HookConfig, signing_key: &str) -> Result<Self, ApiError> {
        let request = OutboundRequest::post(&config.url)
            .map_err(|error| invalid_member(&["config", "url"], &error.to_string()))?
            .deadline(DEADLINE)
            .cut_response_at(MAX_ANSWER_BYTES)
            .keep_alive();
        let mut request = request.header(USER_AGENT, AGENT);
        for (name, value) in &headers::read(&config.headers.clone().unwrap_or_default())? {
            let mut value = value.clone();
            value.set_sensitive(true);
            request = request.header(name.clone(), value);
        }
        Ok(Self { request, signing_key: hmac::Key::new(hmac::HMAC_SHA256, signing_key.as_bytes()) })
    }

    /// Sends a body.
    pub(super) async fn send(&self, client: &Outbound, id: &str, body: &Value) -> Result<Answer, OutboundError> {
        let body = body.to_string();
        let signature = hex::encode(hmac::sign(&self.signing_key, body.as_bytes()).as_ref());
        let header = |text: &str| HeaderValue::from_str(text).unwrap_or_else(|_| HeaderValue::from_static(""));
        let request = self.request.clone().body("application/json", body);
        let request = request.header(SIGNATURE, header(&signature)).header(DELIVERY_ID, header(id));
        let response = client.send(request).await?;
        Ok(Answer { status: response.status, text: String::from_utf8_lossy(&response.body).into_owned() })
    }
}

/// The body of an event for a hook; `payload` is that of its delivery.
pub(super) fn body(event: &str, hook_id: &str, payload: &Value) -> Value {
    let mut body = Map::from_iter([("event".to_owned(), event.into())]);
    for (name, value) in payload.as_object().into_iter().flatten() {
        let value = match (name.as_str(), value.as_i64()) {
            ("createdAt", Some(millis)) => Timestamp(millis).iso8601().into(),
            _ => value.clone(),
        };
        body.insert(name.clone(), value);
    }
    body.insert("hookId".to_owned(), hook_id.into());
    Value::Object(body)
}
