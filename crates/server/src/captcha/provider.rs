//! The provider of a tenant, and which settings it may have.

use api::Issue;
use api::captcha_provider::{CaptchaProviderConfig, RecaptchaMode};
use serde_json::{Value, json};

/// Where Google serves the script of reCAPTCHA. A script from anywhere else could do anything on a page that asks for a password.
const RECAPTCHA_DOMAINS: [&str; 4] = ["www.google.com", "www.recaptcha.net", "google.com", "recaptcha.net"];

/// The provider with its secret. `Debug` does not show it.
#[derive(Clone)]
pub struct CaptchaProvider {
    pub config: CaptchaProviderConfig,
}

impl std::fmt::Debug for CaptchaProvider {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "CaptchaProvider({})", self.name())
    }
}

impl CaptchaProvider {
    /// The `type` of its settings.
    pub fn name(&self) -> &'static str {
        match self.config {
            CaptchaProviderConfig::Turnstile { .. } => "Turnstile",
            CaptchaProviderConfig::RecaptchaEnterprise { .. } => "RecaptchaEnterprise",
            CaptchaProviderConfig::ProofOfWork {} => "ProofOfWork",
        }
    }

    /// What pages need: `{type, siteKey, domain?, mode?}` (A053).
    pub fn public(&self) -> Value {
        match &self.config {
            CaptchaProviderConfig::Turnstile { site_key, .. } => json!({"type": self.name(), "siteKey": site_key}),
            CaptchaProviderConfig::RecaptchaEnterprise { site_key, domain, mode, .. } => {
                let mut public = json!({"type": self.name(), "siteKey": site_key});
                if let Some(domain) = domain.as_ref().filter(|domain| !domain.is_empty()) {
                    public["domain"] = json!(domain);
                }
                if let Some(mode) = mode {
                    public["mode"] = json!(mode);
                }
                public
            }
            CaptchaProviderConfig::ProofOfWork {} => json!({"type": self.name()}),
        }
    }
}

/// The host of the script of reCAPTCHA.
pub(super) fn script_domain(domain: Option<&str>) -> &'static str {
    let wanted = domain.filter(|domain| !domain.is_empty());
    RECAPTCHA_DOMAINS.into_iter().find(|known| Some(*known) == wanted).unwrap_or(RECAPTCHA_DOMAINS[0])
}

/// Whether reCAPTCHA shows a box to tick.
pub(super) fn has_checkbox(mode: Option<RecaptchaMode>) -> bool {
    mode.unwrap_or_default() == RecaptchaMode::Checkbox
}

/// Checks what the types of the settings don't say.
///
/// # Errors
/// Each place that is wrong.
pub(super) fn check_config(config: &CaptchaProviderConfig) -> Result<(), Vec<Issue>> {
    let mut issues = Vec::new();
    let mut require = |member: &str, is_right: bool, message: &str| {
        if !is_right {
            issues.push(Issue::custom(vec!["config".into(), member.into()], message));
        }
    };
    let is_key = |text: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte));
    let keys = "Expected letters, digits, `-` and `_`.";
    match config {
        CaptchaProviderConfig::Turnstile { site_key, secret_key } => {
            require("siteKey", is_key(site_key), keys);
            require("secretKey", is_key(secret_key), keys);
        }
        CaptchaProviderConfig::RecaptchaEnterprise { site_key, secret_key, project_id, domain, .. } => {
            require("siteKey", is_key(site_key), keys);
            require("secretKey", is_key(secret_key), keys);
            require("projectId", is_key(project_id), keys);
            let domain = domain.as_deref().unwrap_or_default();
            let is_known = domain.is_empty() || RECAPTCHA_DOMAINS.contains(&domain);
            require("domain", is_known, "Expected `www.google.com` or `www.recaptcha.net`.");
        }
        CaptchaProviderConfig::ProofOfWork {} => {}
    }
    if issues.is_empty() { Ok(()) } else { Err(issues) }
}
