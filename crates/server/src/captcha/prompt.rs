//! What a page asks the browser for.

use api::captcha_provider::CaptchaProviderConfig;
use views::captcha::CaptchaPrompt;

use super::proof_of_work::{BITS, PUZZLES};
use super::provider::{has_checkbox, script_domain};
use crate::callers::RequestContext;
use crate::webauthn::{ChallengePurpose, ChallengeSource};

/// What the browser of the interaction `uid` must show; none where no captcha is asked for. `known` is a challenge that the
/// browser has already begun to wait for.
pub fn prompt(request: &RequestContext, uid: &str, known: Option<&str>) -> Option<CaptchaPrompt> {
    let is_asked = request.config.policy.experience.captcha_policy.enabled == Some(true);
    let provider = request.config.captcha.as_ref().filter(|_| is_asked)?;
    Some(match &provider.config {
        CaptchaProviderConfig::Turnstile { site_key, .. } => CaptchaPrompt::Turnstile { site_key: site_key.0.clone() },
        CaptchaProviderConfig::RecaptchaEnterprise { site_key, domain, mode, .. } => CaptchaPrompt::Recaptcha {
            site_key: site_key.0.clone(),
            domain: script_domain(domain.as_deref()),
            has_checkbox: has_checkbox(*mode),
        },
        CaptchaProviderConfig::ProofOfWork {} => {
            let source = ChallengeSource { keys: &request.config.keys.cookie_keys, uid };
            let (rng, now) = (&request.app.rng, request.now);
            let issue = || source.issue(ChallengePurpose::ProofOfWork, rng, now);
            let challenge = known.map_or_else(issue, str::to_owned);
            CaptchaPrompt::ProofOfWork { challenge, bits: BITS, puzzles: PUZZLES, is_waiting: known.is_some() }
        }
    })
}
