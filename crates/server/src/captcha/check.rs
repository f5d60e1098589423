//! Checks a proof by the tenant's provider.

use std::time::Duration;

use api::captcha_provider::CaptchaProviderConfig;
use axum::http::StatusCode;
use serde_json::json;

use super::proof_of_work::{self, Proof, ProofKind, Unproven};
use super::provider::{self, CaptchaProvider};
use super::recaptcha::Assessor;
use super::{store, turnstile};
use crate::callers::RequestContext;
use crate::errors::ApiError;
use crate::fair_share::Places;
use crate::interaction::address_limit::{self, AddressLimit};
use crate::webauthn::ChallengeSource;

/// A person waits for it.
pub(super) const DEADLINE: Duration = Duration::from_secs(5);
pub(super) const MAX_ANSWER_BYTES: usize = 64 << 10;
/// Longer than the tokens of all providers.
const MAX_TOKEN_BYTES: usize = 8 << 10;
/// Calls to a tenant's provider at the same time, and for one network: strangers cause them, and messages and webhooks need
/// connections too.
const MAX_CALLS: usize = 24;
const MAX_CALLS_OF_NETWORK: usize = 8;
/// How many forms one network may send after waiting, instead of doing the work: enough for people behind one address who
/// have no JavaScript.
const WAITING: AddressLimit = AddressLimit { action: "CaptchaWait", most: 10, window_seconds: 600 };

/// What a provider is asked.
pub(super) struct Question<'a> {
    pub token: &'a str,
    pub ip: String,
    pub user_agent: &'a str,
}

/// What it answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    Human,
    Refused,
}

/// Bounds the calls to providers.
pub struct CallLimit(Places<&'static str>);

impl Default for CallLimit {
    fn default() -> Self {
        Self(Places::new(MAX_CALLS, MAX_CALLS_OF_NETWORK))
    }
}

fn failed() -> ApiError {
    ApiError::unprocessable("session.captcha_failed")
}

/// Uses up the proof that the browser of the interaction `uid` shows.
///
/// # Errors
/// 422 `session.captcha_failed` for what is no proof, was shown before, or could not be checked; 422
/// `session.captcha_required` for a form that waits and came too early or too often; 503 when too many are being checked.
pub async fn check(
    request: &RequestContext,
    provider: &CaptchaProvider,
    uid: &str,
    token: &str,
) -> Result<(), ApiError> {
    if token.len() > MAX_TOKEN_BYTES {
        return Err(failed());
    }
    if matches!(provider.config, CaptchaProviderConfig::ProofOfWork {}) {
        let source = ChallengeSource { keys: &request.config.keys.cookie_keys, uid };
        return match proof_of_work::read(source, token, request.now) {
            Ok(proof) => use_up(request, proof).await,
            Err(Unproven::TooEarly) => Err(too_early()),
            Err(Unproven::Wrong) => Err(failed()),
        };
    }
    let place = request.app.captcha_calls.0.take(&request.tenant.id(), request.ip.network());
    let Some(_place) = place else { return Err(ApiError::unavailable(2)) };
    match ask(request, provider, token).await {
        Ok(Verdict::Human) => Ok(()),
        Ok(Verdict::Refused) => Err(failed()),
        Err(reason) => {
            tracing::warn!(%reason, provider = provider.name(), "a captcha could not be checked");
            Err(failed())
        }
    }
}

async fn ask(request: &RequestContext, provider: &CaptchaProvider, token: &str) -> Result<Verdict, String> {
    let ip = request.ip.0.to_canonical().to_string();
    let question = Question { token, ip, user_agent: &request.user_agent };
    match &provider.config {
        CaptchaProviderConfig::Turnstile { secret_key, .. } => {
            turnstile::ask(&request.app, secret_key, &question).await
        }
        CaptchaProviderConfig::RecaptchaEnterprise { site_key, secret_key, project_id, mode, .. } => {
            let has_checkbox = provider::has_checkbox(*mode);
            let assessor = Assessor { project_id, site_key, api_key: secret_key, has_checkbox };
            assessor.ask(&request.app, &question).await
        }
        CaptchaProviderConfig::ProofOfWork {} => Ok(Verdict::Refused),
    }
}

async fn use_up(request: &RequestContext, proof: Proof) -> Result<(), ApiError> {
    let network = request.ip.network();
    let challenge = proof.challenge.clone();
    // Whoever repeats a proof does not get as far as the one writer.
    request
        .read_inline(move |view| {
            if store::is_used_up(view, &challenge)? {
                return Err(failed());
            }
            match proof.kind == ProofKind::Waiting && address_limit::is_used_up(view, &WAITING, network)? {
                true => Err(too_often()),
                false => Ok(()),
            }
        })
        .await?;
    request
        .write_relaxed(move |work| {
            if !store::use_up(work, &proof.challenge, proof.expires_at)? {
                return Err(failed());
            }
            if proof.kind == ProofKind::Waiting && !address_limit::count(work, &WAITING, network)? {
                return Err(too_often());
            }
            Ok(())
        })
        .await
}

fn too_early() -> ApiError {
    let seconds = json!({"waitSeconds": proof_of_work::WAIT_SECONDS});
    ApiError::new(StatusCode::UNPROCESSABLE_ENTITY, "session.captcha_required")
        .data(seconds)
        .with_phrase("general.captcha_wait")
}

fn too_often() -> ApiError {
    ApiError::unprocessable("session.captcha_required").with_phrase("general.captcha_wait_too_often")
}
