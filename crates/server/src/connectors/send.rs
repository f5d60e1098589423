//! Sending a message, within a time limit.

use std::time::Duration;

use api::ErrorCode;
use axum::http::StatusCode;
use outbound::OutboundError;
use serde_json::json;
use tokio::time::timeout;

use super::message::Message;
use super::settings::ServiceSettings;
use super::{http_sender, smtp};
use crate::App;
use crate::errors::ApiError;

/// How long a person waits for a message to be handed over, everything included.
pub(super) const DEADLINE: Duration = Duration::from_secs(10);

/// Why a message was not handed over. The texts are for those who set the connector up: they may name its host.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// The service does not know these credentials.
    #[error("the service refused the credentials: {0}")]
    Unauthorized(String),
    /// The service takes no more messages for now.
    #[error("the service takes no more messages for now: {0}")]
    RateLimited(String),
    /// The settings can't be used.
    #[error("{0}")]
    Settings(String),
    /// Everything else: no connection, a refused recipient, no answer.
    #[error("{0}")]
    Failed(String),
}

impl From<OutboundError> for SendError {
    fn from(error: OutboundError) -> Self {
        Self::Failed(error.to_string())
    }
}

impl From<&SendError> for ApiError {
    /// Without the text, which is not for everyone.
    fn from(error: &SendError) -> Self {
        let (status, code) = match error {
            SendError::Unauthorized(_) => (StatusCode::UNAUTHORIZED, ErrorCode::ConnectorAuthorizationFailed),
            SendError::RateLimited(_) => (StatusCode::TOO_MANY_REQUESTS, ErrorCode::ConnectorRateLimitExceeded),
            SendError::Settings(_) => (StatusCode::BAD_REQUEST, ErrorCode::ConnectorInvalidConfig),
            SendError::Failed(_) => (StatusCode::BAD_REQUEST, ErrorCode::ConnectorGeneral),
        };
        Self::new(status, code)
    }
}

impl SendError {
    /// The error for who set the connector up, with its text.
    pub(super) fn in_full(&self) -> ApiError {
        ApiError::from(self).data(json!({"message": self.to_string()}))
    }
}

/// Hands a message over to the service. It is not retried: whoever waits for it asks again.
///
/// # Errors
/// The service did not take it within 10 s.
pub async fn send(app: &App, settings: &ServiceSettings, message: &Message) -> Result<(), SendError> {
    let sending = async {
        match settings {
            ServiceSettings::Smtp(settings) => smtp::send(app, settings, message).await,
            ServiceSettings::Http(settings) => http_sender::send(app, settings, message).await,
            ServiceSettings::Social(_) => Err(SendError::Settings("a social provider sends no messages".to_owned())),
        }
    };
    let late = || SendError::Failed(format!("the service did not take the message within {} s", DEADLINE.as_secs()));
    let sent = timeout(DEADLINE, sending).await.unwrap_or_else(|_| Err(late()));
    if let Err(error) = &sent {
        tracing::warn!(%error, "a message was not sent");
    }
    sent
}
