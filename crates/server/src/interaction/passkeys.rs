//! Passkeys: new ones are registered, and bound ones are a second factor (E019 to E022, E074); [`super::passkey_sign_in`] signs
//! in with one. Signatures are checked between the transactions, so that none waits for arithmetic.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use flow::verification::{Counted, Pending, Verification, WebAuthn};
use flow::{Event, FlowError, InteractionEvent, VerificationRecord};
use kernel::id;
use serde_json::{Value, json};

use super::attempt_limit::AttemptKind;
use super::audit::AuditDetails;
use super::browser::InteractionBrowser;
use super::second_factors::{FactorAnswer, require_same_user};
use super::transaction::{StepContext, StepError, StepRecord, StepsOutcome};
use super::{passkey_options, passkey_registration, to_api_error};
use crate::ApiError;
use crate::users::mfa_factors::passkeys::{self, Passkey};
use crate::users::store;
use crate::webauthn::{AuthenticationResponse, ChallengePurpose, ChallengeSource, RegistrationResponse, RelyingParty};
use crate::work::{View, Work};

/// What the browser is asked for, and the verification that waits for it.
#[derive(Clone)]
pub struct PasskeyRequest {
    pub verification_id: String,
    /// `PublicKeyCredentialCreationOptionsJSON` or `PublicKeyCredentialRequestOptionsJSON` of WebAuthn section 5.1.
    pub options: Value,
}

pub(crate) fn failed() -> ApiError {
    to_api_error(&FlowError::WebAuthnFailed)
}

impl StepContext {
    /// The verification of a second factor that waits for its answer.
    fn pending_factor(&self, view: &View<'_>, id: &str) -> Result<Pending<WebAuthn>, StepError> {
        let (state, user_id) = self.identified(view)?;
        match state.record(id).map_err(|error| to_api_error(&error))? {
            VerificationRecord::WebAuthn(Verification::Pending(pending)) => {
                require_same_user(&user_id, &pending.question.user_id)?;
                Ok(pending.clone())
            }
            VerificationRecord::WebAuthn(Verification::Verified(_)) => Err(failed().into()),
            _ => Err(to_api_error(&FlowError::VerificationNotFound).into()),
        }
    }
}

impl InteractionBrowser {
    pub(super) fn relying_party(&self) -> Result<RelyingParty, ApiError> {
        passkey_registration::relying_party(self)
    }

    pub(super) fn challenges(&self) -> ChallengeSource<'_> {
        ChallengeSource { keys: &self.config.keys.cookie_keys, uid: &self.uid }
    }

    pub(super) fn new_challenge(&self, purpose: ChallengePurpose) -> String {
        self.challenges().issue(purpose, &self.app.rng, self.now)
    }

    /// Asks the identified user for a new passkey.
    ///
    /// # Errors
    /// 404 `session.interaction_not_found`, `session.identifier_not_found`.
    pub async fn begin_passkey_registration(&self) -> Result<PasskeyRequest, ApiError> {
        let rp = self.relying_party()?;
        let challenge = self.new_challenge(ChallengePurpose::Registration);
        let verification_id = id::entity_id(&self.app.rng);
        let begin = move |work: &Work<'_>, context: &StepContext| {
            let (_, user_id) = context.identified(work)?;
            let user = store::get(work, &user_id)?;
            let begun = passkey_registration::begin(work, &rp, &user, &verification_id, &challenge)?;
            context.put(work, begun.record)?;
            Ok(begun.request)
        };
        self.transaction(begin).await
    }

    /// Takes the new passkey. It is bound by a later step. One that is refused has its audit entry.
    ///
    /// # Errors
    /// 400 `session.mfa.webauthn_verification_failed`; 404 `session.verification_session_not_found`.
    pub(super) async fn verify_passkey_registration(
        &self,
        verification_id: String,
        response: &RegistrationResponse,
        name: Option<String>,
        after: Vec<Event>,
    ) -> Result<StepsOutcome, ApiError> {
        let payload = json!({"verificationId": verification_id});
        let registered = self.register_passkey(verification_id, response, name, after).await;
        if let Err(error) = &registered {
            self.audit_refused_passkey("Verification.WebAuthn.Submit", error, payload).await;
        }
        registered
    }

    async fn register_passkey(
        &self,
        verification_id: String,
        response: &RegistrationResponse,
        name: Option<String>,
        after: Vec<Event>,
    ) -> Result<StepsOutcome, ApiError> {
        let (context, named) = (StepContext::of(self), verification_id.clone());
        let pending =
            self.read_inline(move |view| context.pending_factor(view, &named)).await.map_err(ApiError::from)?;
        let answered = passkey_registration::verify(self, self.challenges(), &pending, response, name)?;
        let accept = move |work: &Work<'_>, context: &StepContext| {
            let pending = context.pending_factor(work, &verification_id)?;
            let record = passkey_registration::accept(work, pending, &answered)?;
            let events = [Event::Record(record)].into_iter().chain(after.clone()).collect();
            context.apply_events(work, events, &AuditDetails::default())
        };
        self.transaction(accept).await
    }

    /// Logs a refused answer of an authenticator. A page's answer may come before the sign-in has begun.
    pub(super) async fn audit_refused_passkey(&self, action: &'static str, error: &ApiError, payload: Value) {
        let refusals = [FlowError::WebAuthnFailed, FlowError::PasskeyNotRequested];
        let Some(refusal) = refusals.into_iter().find(|refusal| refusal.code() == error.code()) else { return };
        let context = StepContext::of(self);
        let Ok(loaded) = self.read_inline(move |view| context.load(view)).await else { return };
        let record = StepRecord {
            action,
            event: loaded.state.as_ref().map_or(InteractionEvent::SignIn, |state| state.interaction_event),
            state: loaded.state,
            client_id: loaded.interaction.client_id,
            error: Some(refusal),
        };
        let entry = record.entry(self, &AuditDetails::with_payload(payload));
        self.app.audit_refusal(self.ip.network(), self.tenant_id(), &entry);
    }

    /// Asks the identified user for one of their passkeys, as a second factor.
    ///
    /// # Errors
    /// 400 `session.mfa.webauthn_verification_not_found` if there is none; otherwise as
    /// [`InteractionBrowser::begin_passkey_registration`].
    pub async fn begin_passkey_factor(&self) -> Result<PasskeyRequest, ApiError> {
        let rp = self.relying_party()?;
        let challenge = self.new_challenge(ChallengePurpose::Authentication);
        let verification_id = id::entity_id(&self.app.rng);
        let begin = move |work: &Work<'_>, context: &StepContext| {
            let (_, user_id) = context.identified(work)?;
            let bound = require_some(passkeys::list(work, &user_id, &rp.id)?)?;
            let question = WebAuthn::authenticating(user_id, challenge.clone());
            let pending = Pending::new(verification_id.clone(), question);
            context.put(work, VerificationRecord::WebAuthn(pending.into()))?;
            let credentials = bound.iter().map(|passkey| &passkey.credential);
            let options = passkey_options::authentication(&rp.id, &challenge, credentials);
            Ok(PasskeyRequest { verification_id: verification_id.clone(), options })
        };
        self.transaction(begin).await
    }

    /// Takes the answer of a passkey as a second factor, and applies the events. Wrong answers are counted (E022).
    ///
    /// # Errors
    /// 400 `session.mfa.webauthn_verification_failed`, `session.verification_blocked_too_many_attempts`; 404
    /// `session.verification_session_not_found`, `session.identifier_not_found`.
    pub(super) async fn verify_passkey_factor(
        &self,
        verification_id: String,
        response: AuthenticationResponse,
        after: Vec<Event>,
    ) -> Result<StepsOutcome, ApiError> {
        let rp = self.relying_party()?;
        let (_, user_id) = self.identified().await?;
        let answer = FactorAnswer {
            kind: AttemptKind::WebAuthn,
            action: "Verification.WebAuthn.Submit",
            wrong: FlowError::WebAuthnFailed,
            payload: json!({"verificationId": verification_id}),
        };
        let attempt = self.factor_attempt(&user_id, answer);
        let details = attempt.details.clone();
        let credential_id = response.id().unwrap_or_default().to_owned();
        let (owner, named) = (user_id.clone(), verification_id.clone());
        let prepare = move |work: &Work<'_>, context: &StepContext| {
            let pending = context.pending_factor(work, &named)?;
            let passkey = passkeys::find_by_credential(work, &credential_id)?.filter(|found| found.user_id == owner);
            Ok((pending.question.authentication_challenge, passkey))
        };
        let rp_id = rp.id.clone();
        let compare = async |(challenge, passkey): (Option<String>, Option<Passkey>)| {
            let (Some(challenge), Some(passkey)) = (challenge, passkey) else { return Ok(None) };
            if self.challenges().check(ChallengePurpose::Authentication, &challenge, self.now).is_err()
                || is_handle_of_another(&response, &passkey)
            {
                return Ok(None);
            }
            let counter = rp.verify_authentication(&challenge, &response, &passkey.credential).ok();
            Ok(counter.map(|counter| (challenge, passkey, counter)))
        };
        let accept = move |work: &Work<'_>, context: &StepContext, right: Counted<(String, Passkey, u32)>| {
            let pending = context.pending_factor(work, &verification_id)?;
            let (challenge, passkey, counter) = right.outcome();
            let is_asked = pending.question.authentication_challenge.as_ref() == Some(challenge);
            if !is_asked || !passkeys::record_use(work, passkey, &rp_id, *counter)? {
                return Ok(None);
            }
            let record = pending.prove(right.map(|_| true)).map_err(|_| failed())?;
            let event = Event::Record(VerificationRecord::WebAuthn(record.into()));
            context.apply_events(work, [event].into_iter().chain(after.clone()).collect(), &details).map(Some)
        };
        attempt.run(self, prepare, compare, accept).await
    }
}

pub(super) fn require_some(bound: Vec<Passkey>) -> Result<Vec<Passkey>, ApiError> {
    if bound.is_empty() { Err(to_api_error(&FlowError::WebAuthnNotFound)) } else { Ok(bound) }
}

/// Whether the authenticator names another user than the owner of the passkey.
pub(super) fn is_handle_of_another(response: &AuthenticationResponse, passkey: &Passkey) -> bool {
    let own = URL_SAFE_NO_PAD.encode(passkey.user_id.as_str());
    response.user_handle().is_some_and(|handle| handle.trim_end_matches('=') != own)
}
