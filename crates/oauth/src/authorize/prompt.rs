//! `prompt`, and the policy that decides which page the user must see next (inventory O051).

use kernel::{Authentication, Timestamp};
use serde::{Deserialize, Serialize};

use super::{AuthorizationContext, AuthorizationRequest};
use crate::grant::GrantedScopes;
use crate::scope::ScopeSet;
use crate::{OAuthError, Params};

/// The requested prompts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Prompts {
    pub login: bool,
    pub consent: bool,
    pub none: bool,
}

/// What the user has done in this authorization so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PromptProgress {
    pub signed_in: bool,
    pub consented: bool,
}

/// The browser session as far as the policy looks at it.
#[derive(Debug, Clone, Copy)]
pub struct SessionInfo<'a> {
    pub user_id: &'a str,
    pub auth_time: Timestamp,
    /// What its sign-in proved, if that is known.
    pub authentication: Option<&'a Authentication>,
}

pub(super) fn check(
    params: &Params,
    _: &AuthorizationContext<'_>,
    request: &mut AuthorizationRequest,
) -> Result<(), OAuthError> {
    let mut prompts = Prompts::default();
    let values = params.list("prompt");
    for value in &values {
        match *value {
            "login" => prompts.login = true,
            "consent" => prompts.consent = true,
            "none" => prompts.none = true,
            _ => return Err(OAuthError::invalid_request("unsupported prompt value requested")),
        }
    }
    if prompts.none && values.len() > 1 {
        return Err(OAuthError::invalid_request("prompt none must only be used alone"));
    }
    request.prompts = prompts;
    Ok(())
}

/// Whether the user must sign in (again). `Ok(false)` means the session is good enough.
pub fn needs_login(
    request: &AuthorizationRequest,
    session: Option<SessionInfo<'_>>,
    progress: PromptProgress,
    now: Timestamp,
) -> Result<bool, OAuthError> {
    let Some(session) = session else {
        return error_if_prompt_none(request, || OAuthError::login_required("End-User authentication is required"));
    };
    if request.hinted_subject.as_deref().is_some_and(|subject| subject != session.user_id) {
        let mismatch = || OAuthError::login_required("id_token_hint and authenticated subject do not match");
        // After signing in as somebody else there is nothing left to try.
        return if progress.signed_in { Err(mismatch()) } else { error_if_prompt_none(request, mismatch) };
    }
    let is_good_enough = request.acr.as_ref().is_none_or(|acr| acr.is_met_by(session.authentication));
    if !request.subjects.is_empty() && !request.subjects.iter().any(|subject| subject == session.user_id) {
        let mismatch = || OAuthError::login_required("requested sub and authenticated subject do not match");
        return if progress.signed_in { Err(mismatch()) } else { error_if_prompt_none(request, mismatch) };
    }
    if progress.signed_in {
        // Who was asked once and did not reach it is not asked again.
        let is_refused = !is_good_enough && request.acr.as_ref().is_some_and(|acr| acr.is_essential);
        return if is_refused { Err(OAuthError::unmet_authentication_requirements()) } else { Ok(false) };
    }
    if request.prompts.login {
        return Ok(true);
    }
    // In milliseconds: 1.9 seconds are more than `max_age=1`.
    let age = now.millis() - session.auth_time.millis();
    if request.max_age.is_some_and(|limit| limit == 0 || age > limit.saturating_mul(1000)) {
        return error_if_prompt_none(request, || OAuthError::login_required("End-User authentication is too old"));
    }
    if !is_good_enough {
        let reason = "End-User authentication does not meet the requested acr";
        return error_if_prompt_none(request, || OAuthError::login_required(reason));
    }
    Ok(false)
}

/// Scopes that the request asks for and the grant neither holds nor rejects.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MissingScopes {
    pub openid: ScopeSet,
    /// By resource indicator, in request order; only non-empty sets.
    pub resources: Vec<(String, ScopeSet)>,
}

impl MissingScopes {
    /// Compares the request with the grant. `available` holds, per requested resource, the scopes the user may have.
    pub fn between(request: &AuthorizationRequest, grant: &GrantedScopes, available: &[(String, ScopeSet)]) -> Self {
        let openid = request.scope_to_grant().standard_scopes().difference(&grant.openid);
        let resources = available.iter().filter_map(|(indicator, scopes)| {
            let wanted = request.scope.intersection(scopes);
            let missing = wanted.difference(&grant.resource(indicator)).difference(&grant.rejected(indicator));
            (!missing.is_empty()).then(|| (indicator.clone(), missing))
        });
        Self { openid, resources: resources.collect() }
    }

    /// Whether nothing is missing.
    pub fn is_empty(&self) -> bool {
        self.openid.is_empty() && self.resources.is_empty()
    }
}

/// Whether the user must consent: native clients always, others for new scopes or when asked to.
pub fn needs_consent(
    request: &AuthorizationRequest,
    is_native: bool,
    has_grant: bool,
    missing: &MissingScopes,
    progress: PromptProgress,
) -> Result<bool, OAuthError> {
    if is_native && !progress.consented {
        return error_if_prompt_none(request, OAuthError::native_interaction_required);
    }
    if !has_grant || !missing.is_empty() {
        return error_if_prompt_none(request, || OAuthError::consent_required("requested scopes not granted"));
    }
    Ok(request.prompts.consent && !progress.consented)
}

fn error_if_prompt_none(
    request: &AuthorizationRequest,
    error: impl FnOnce() -> OAuthError,
) -> Result<bool, OAuthError> {
    if request.prompts.none { Err(error()) } else { Ok(true) }
}
