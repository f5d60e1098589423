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

impl CaptchaPrompt {
    /// The directives of the Content-Security-Policy that the provider's own script needs, as its documentation says: sources
    /// of scripts, and of frames and connections.
    pub(crate) fn sources(&self) -> Option<(String, String)> {
        match self {
            Self::ProofOfWork { .. } => None,
            Self::Turnstile { .. } => {
                let source = "https://challenges.cloudflare.com".to_owned();
                Some((source.clone(), source))
            }
            Self::Recaptcha { domain, .. } => {
                let own = format!("https://{domain}/recaptcha/");
                Some((format!("{own} https://www.gstatic.com/recaptcha/"), own))
            }
        }
    }
}
