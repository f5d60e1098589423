//! The captcha of a form.

use serde::Serialize;

/// What the browser must show before the form counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum CaptchaPrompt {
    /// Numbers whose hashes begin with `bits` zero bits; without JavaScript, time.
    ProofOfWork {
        challenge: String,
        bits: u32,
        puzzles: usize,
        /// Whether a form without JavaScript came too early and goes on waiting.
        is_waiting: bool,
    },
    Turnstile {
        site_key: String,
    },
    /// `domain` is the host of its script.
    Recaptcha {
        site_key: String,
        domain: &'static str,
        has_checkbox: bool,
    },
}

/// What the script of a provider needs in the Content-Security-Policy, as its documentation says.
pub(crate) struct CspSources {
    pub scripts: String,
    pub frames_and_connections: String,
}

impl CaptchaPrompt {
    pub(crate) fn csp_sources(&self) -> Option<CspSources> {
        match self {
            Self::ProofOfWork { .. } => None,
            Self::Turnstile { .. } => {
                let source = "https://challenges.cloudflare.com".to_owned();
                Some(CspSources { scripts: source.clone(), frames_and_connections: source })
            }
            Self::Recaptcha { domain, .. } => {
                let own = format!("https://{domain}/recaptcha/");
                let scripts = format!("{own} https://www.gstatic.com/recaptcha/");
                Some(CspSources { scripts, frames_and_connections: own })
            }
        }
    }
}
