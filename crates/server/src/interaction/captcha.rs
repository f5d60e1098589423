//! The captcha of an interaction (E085). It is checked before anything else: what it guards costs hashes, rows or messages.

use serde_json::{Map, Value, json};
use views::captcha::CaptchaPrompt;

use super::browser::InteractionBrowser;
use crate::ApiError;
use crate::audit::AuditEntry;
use crate::captcha;

impl InteractionBrowser {
    /// Checks the proof that a request shows; what begins afterwards counts as begun by a person. Where no captcha is asked for,
    /// a proof says nothing.
    ///
    /// # Errors
    /// As [`captcha::check`]. Nothing has changed then.
    pub async fn with_captcha(mut self, token: Option<&str>) -> Result<Self, ApiError> {
        let is_asked = self.config.policy.experience.captcha_policy.enabled == Some(true);
        let Some(token) = token.filter(|token| is_asked && !token.is_empty()) else { return Ok(self) };
        let Some(provider) = self.config.captcha.clone() else {
            return Err(ApiError::unprocessable("session.captcha_failed"));
        };
        let checked = captcha::check(&self, &provider, &self.uid, token).await;
        let entry = self.captcha_entry(provider.name(), checked.as_ref().err());
        match checked {
            Ok(()) => self.app.audit(self.tenant_id(), &entry),
            Err(error) => {
                self.app.audit_refusal(self.ip.network(), self.tenant_id(), &entry);
                return Err(error);
            }
        }
        self.is_captcha_solved = true;
        Ok(self)
    }

    /// Whether a form that begins an interaction lacks its proof.
    pub fn lacks_captcha(&self) -> bool {
        self.config.policy.experience.captcha_policy.enabled == Some(true) && !self.is_captcha_solved
    }

    /// What a page of one's own needs to do the work of the built-in provider: `{challenge, bits, puzzles}`.
    pub(super) fn captcha_challenge(&self) -> Option<Value> {
        let prompt = captcha::prompt(self, &self.uid, None)?;
        match prompt {
            CaptchaPrompt::ProofOfWork { challenge, bits, puzzles, .. } => {
                Some(json!({"challenge": challenge, "bits": bits, "puzzles": puzzles}))
            }
            CaptchaPrompt::Turnstile { .. } | CaptchaPrompt::Recaptcha { .. } => None,
        }
    }

    fn captcha_entry(&self, provider: &str, error: Option<&ApiError>) -> AuditEntry {
        let mut payload = Map::from_iter([
            ("result".to_owned(), json!(if error.is_some() { "Error" } else { "Success" })),
            ("ip".to_owned(), json!(self.ip.text())),
            ("userAgent".to_owned(), json!(self.user_agent)),
            ("payload".to_owned(), json!({"type": provider})),
        ]);
        if let Some(app_id) = &self.app_id {
            payload.insert("applicationId".to_owned(), json!(app_id));
        }
        if let Some(error) = error {
            let message = views::error_message(kernel::Locale::En, error.code());
            let error: Value = json!({"code": error.code(), "message": message});
            payload.insert("error".to_owned(), error);
        }
        AuditEntry { key: "Interaction.Create.Captcha".to_owned(), payload }
    }
}
