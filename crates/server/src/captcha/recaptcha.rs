//! Google reCAPTCHA Enterprise (H106): an assessment is created for each token.

use axum::http::{HeaderName, HeaderValue};
use outbound::OutboundRequest;
use serde::Deserialize;
use serde_json::json;

use super::check::{DEADLINE, MAX_ANSWER_BYTES, Question, Verdict};
use crate::App;

const BASE: &str = "https://recaptchaenterprise.googleapis.com/v1/projects";
const API_KEY: HeaderName = HeaderName::from_static("x-goog-api-key");
/// What the page says it asks for; a token of another action does not count.
const ACTION: &str = "interaction";
const LEAST_SCORE: f64 = 0.5;

/// The settings that an assessment needs.
pub(super) struct Assessor<'a> {
    pub project_id: &'a str,
    pub site_key: &'a str,
    pub api_key: &'a str,
    pub has_checkbox: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Assessment {
    #[serde(default)]
    token_properties: TokenProperties,
    #[serde(default)]
    risk_analysis: RiskAnalysis,
}

#[derive(Default, Deserialize)]
struct TokenProperties {
    #[serde(default)]
    valid: bool,
    #[serde(default)]
    action: String,
}

#[derive(Default, Deserialize)]
struct RiskAnalysis {
    #[serde(default)]
    score: f64,
}

impl Assessor<'_> {
    /// Asks whether the token is good. Google itself takes each token once.
    ///
    /// # Errors
    /// Why there is no answer, for the log.
    pub(super) async fn ask(&self, app: &App, question: &Question<'_>) -> Result<Verdict, String> {
        let url = format!("{BASE}/{}/assessments", self.project_id);
        let mut key = HeaderValue::from_str(self.api_key).map_err(|error| error.to_string())?;
        key.set_sensitive(true);
        let body = json!({"event": {
            "token": question.token, "siteKey": self.site_key, "expectedAction": ACTION,
            "userIpAddress": question.ip, "userAgent": question.user_agent,
        }});
        let request = OutboundRequest::post(&url).map_err(|error| error.to_string())?;
        let request = request.json(&body).map_err(|error| error.to_string())?.header(API_KEY, key);
        let request = request.deadline(DEADLINE).max_response_bytes(MAX_ANSWER_BYTES);
        let response = app.outbound.send(request).await.map_err(|error| error.to_string())?;
        if !response.status.is_success() {
            return Err(format!("the status is {}", response.status));
        }
        let assessment: Assessment = response.json().map_err(|error| error.to_string())?;
        Ok(if self.is_person(&assessment) { Verdict::Human } else { Verdict::Refused })
    }

    /// A box that was ticked has no score to look at.
    fn is_person(&self, assessment: &Assessment) -> bool {
        let token = &assessment.token_properties;
        let is_likely = token.action == ACTION && assessment.risk_analysis.score >= LEAST_SCORE;
        token.valid && (self.has_checkbox || is_likely)
    }
}
