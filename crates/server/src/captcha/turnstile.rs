//! Cloudflare Turnstile (H105): its documentation calls this "server-side validation".

use outbound::OutboundRequest;
use serde::Deserialize;

use super::check::{DEADLINE, MAX_ANSWER_BYTES, Question, Verdict};
use crate::App;

const SITEVERIFY: &str = "https://challenges.cloudflare.com/turnstile/v0/siteverify";

#[derive(Deserialize)]
struct Verification {
    success: bool,
    #[serde(rename = "error-codes", default)]
    error_codes: Vec<String>,
}

/// Asks whether the token is good. Turnstile itself takes each token once.
///
/// # Errors
/// Why there is no answer, for the log.
pub(super) async fn ask(app: &App, secret_key: &str, question: &Question<'_>) -> Result<Verdict, String> {
    let request = OutboundRequest::post(SITEVERIFY).map_err(|error| error.to_string())?;
    let fields = [("secret", secret_key), ("response", question.token), ("remoteip", &question.ip)];
    let request = request.form(&fields).deadline(DEADLINE).max_response_bytes(MAX_ANSWER_BYTES);
    let response = app.outbound.send(request).await.map_err(|error| error.to_string())?;
    // A refusal may come with status 400.
    let verification: Verification = response.json().map_err(|error| format!("status {}: {error}", response.status))?;
    match verification.error_codes.iter().find(|code| code.ends_with("-input-secret")) {
        Some(code) => Err(format!("{code}: the secret key is wrong")),
        None if verification.success => Ok(Verdict::Human),
        None => Ok(Verdict::Refused),
    }
}
