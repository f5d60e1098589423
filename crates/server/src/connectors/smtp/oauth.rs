//! Access tokens for XOAUTH2.

use kernel::Timestamp;
use outbound::OutboundRequest;
use serde::Deserialize;

use super::settings::SmtpAuth;
use crate::App;
use crate::connectors::send::{DEADLINE, SendError};

/// The answer of a token endpoint (RFC 6749 section 5.1).
#[derive(Deserialize)]
struct TokenResponse {
    access_token: String,
}

/// The access token: the one of the settings while it is valid, else a new one for the refresh token.
pub(super) async fn access_token(app: &App, auth: &SmtpAuth) -> Result<String, SendError> {
    let (Some(refresh_token), Some(url)) = (&auth.refresh_token, &auth.access_url) else {
        return known_token(auth, app.clock.now())
            .ok_or_else(|| SendError::Unauthorized("the access token has expired".into()));
    };
    // A token whose end is not known may have ended.
    if let Some(token) = auth.expires.and_then(|_| known_token(auth, app.clock.now())) {
        return Ok(token);
    }
    let text = |value: &Option<_>| value.as_ref().map(|text: &api::BoundedText<1, 4096>| text.0.clone());
    let client_id = auth.client_id.as_ref().map(|id| id.0.clone()).unwrap_or_default();
    let secret = text(&auth.client_secret).unwrap_or_default();
    let request = OutboundRequest::post(url)?.deadline(DEADLINE).max_response_bytes(64 << 10).form(&[
        ("grant_type", "refresh_token"),
        ("refresh_token", refresh_token),
        ("client_id", &client_id),
        ("client_secret", &secret),
    ]);
    let response = app.outbound.send(request).await?;
    if !response.status.is_success() {
        return Err(SendError::Unauthorized(format!("the token endpoint answered {}", response.status)));
    }
    match response.json::<TokenResponse>() {
        Ok(answer) => Ok(answer.access_token),
        Err(_) => Err(SendError::Unauthorized("the token endpoint answered without an access token".into())),
    }
}

fn known_token(auth: &SmtpAuth, now: Timestamp) -> Option<String> {
    let is_valid = auth.expires.is_none_or(|expires| expires > now.millis());
    auth.access_token.as_ref().filter(|_| is_valid).map(|token| token.0.clone())
}
