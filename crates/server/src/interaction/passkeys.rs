//! Passkeys: new ones are registered, bound ones are a second factor, or say by themselves who the person is (E007, E019 to
//! E024, E074). Signatures are checked between the transactions, so that none waits for arithmetic.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use flow::verification::{Counted, Pending, SignInPasskey, Verification, WebAuthn};
use flow::{Event, FlowError, Identifier, State, VerificationRecord};
use kernel::id;
use serde_json::{Value, json};
use url::Url;

use super::attempt_limit::AttemptKind;
use super::audit::AuditDetails;
use super::browser::InteractionBrowser;
use super::password_attempt::SurroundingEvents;
use super::second_factors::{FactorAnswer, require_same_user};
use super::transaction::{StepContext, StepError, StepsOutcome};
use super::{lookups, passkey_options, to_api_error};
use crate::ApiError;
use crate::users::mfa_factors::passkeys::{self, NewPasskey, Passkey};
use crate::users::store;
use crate::webauthn::{
    AuthenticationResponse, ChallengePurpose, ChallengeSource, Credential, RegistrationResponse, RelyingParty,
};
use crate::work::{View, Work};

/// What the browser is asked for, and the verification that waits for it.
#[derive(Clone)]
pub struct PasskeyRequest {
    pub verification_id: String,
    /// `PublicKeyCredentialCreationOptionsJSON` or `PublicKeyCredentialRequestOptionsJSON` of WebAuthn section 5.1.
    pub options: Value,
}

/// Who is asked for a passkey, and which challenge was answered.
#[derive(Clone)]
struct SignInQuestion {
    verification_id: String,
    question: SignInPasskey,
    challenge: String,
    purpose: ChallengePurpose,
}

fn failed() -> ApiError {
    to_api_error(&FlowError::WebAuthnFailed)
}

impl StepContext {
    fn require_passkey_sign_in(&self) -> Result<(), ApiError> {
        match self.policy.experience.passkey_sign_in.is_enabled() {
            true => Ok(()),
            false => Err(to_api_error(&FlowError::SignInMethodNotEnabled)),
        }
    }

    fn begun(&self, view: &View<'_>) -> Result<State, StepError> {
        let state = self.load(view)?.state.filter(|state| !state.submitted);
        Ok(state.ok_or_else(|| to_api_error(&FlowError::InteractionNotFound))?)
    }

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

    /// The verification of this id, else the answer to the preflight.
    fn sign_in_question(
        &self,
        view: &View<'_>,
        verification_id: Option<&str>,
        response: &AuthenticationResponse,
    ) -> Result<SignInQuestion, StepError> {
        let Some(id) = verification_id else {
            let challenge = response.challenge().map_err(|_| to_api_error(&FlowError::PasskeyNotRequested))?;
            let question = SignInPasskey { user_id: None, authentication_challenge: None, authentication_rp_id: None };
            let (verification_id, purpose) = (id::entity_id(&self.browser.app.rng), ChallengePurpose::Preflight);
            return Ok(SignInQuestion { verification_id, question, challenge, purpose });
        };
        let state = self.begun(view)?;
        let record = state.record(id).map_err(|error| to_api_error(&error))?;
        let VerificationRecord::SignInPasskey(Verification::Pending(pending)) = record else {
            return Err(to_api_error(&FlowError::PasskeyNotRequested).into());
        };
        let challenge = pending.question.authentication_challenge.clone();
        Ok(SignInQuestion {
            verification_id: id.to_owned(),
            question: pending.question.clone(),
            challenge: challenge.ok_or_else(|| to_api_error(&FlowError::PasskeyNotRequested))?,
            purpose: ChallengePurpose::Authentication,
        })
    }
}

impl InteractionBrowser {
    /// Credentials belong to the host of the tenant's endpoint, and only its own pages may use them. What the request says about
    /// its host decides nothing: a page that relays requests would name its own.
    fn relying_party(&self) -> Result<RelyingParty, ApiError> {
        let endpoint = Url::parse(self.tenant.endpoint()).map_err(|error| ApiError::internal(error.to_string()))?;
        let id = endpoint.host_str().ok_or_else(|| ApiError::internal("an endpoint without a host"))?.to_owned();
        Ok(RelyingParty { id, origins: vec![endpoint.origin().ascii_serialization()] })
    }

    fn challenges(&self) -> ChallengeSource<'_> {
        ChallengeSource { keys: &self.config.keys.cookie_keys, uid: &self.uid }
    }

    fn new_challenge(&self, purpose: ChallengePurpose) -> String {
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
            let bound = passkeys::list(work, &user_id, &rp.id)?;
            let question = WebAuthn {
                user_id,
                registration_challenge: Some(challenge.clone()),
                registration_rp_id: Some(rp.id.clone()),
                registration_info: None,
                authentication_challenge: None,
            };
            let pending = Pending::new(verification_id.clone(), question);
            context.put(work, VerificationRecord::WebAuthn(pending.into()))?;
            let options = passkey_options::registration(&rp.id, &user, &challenge, &bound);
            Ok(PasskeyRequest { verification_id: verification_id.clone(), options })
        };
        self.transaction(begin).await
    }

    /// Takes the new passkey. It is bound by a later step.
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
        let rp = self.relying_party()?;
        let (context, named) = (StepContext::of(self), verification_id.clone());
        let pending =
            self.read_inline(move |view| context.pending_factor(view, &named)).await.map_err(ApiError::from)?;
        let challenge = pending.question.registration_challenge.ok_or_else(failed)?;
        self.challenges().check(ChallengePurpose::Registration, &challenge, self.now).map_err(|_| failed())?;
        let credential = rp.verify_registration(&challenge, response).map_err(|_| failed())?;
        let credential_id = credential.credential_id.clone();
        let new = NewPasskey { credential, agent: self.user_agent.clone(), name };
        let new = serde_json::to_value(new).map_err(|error| ApiError::internal(error.to_string()))?;
        let accept = move |work: &Work<'_>, context: &StepContext| {
            let pending = context.pending_factor(work, &verification_id)?;
            let is_asked = pending.question.registration_challenge.as_ref() == Some(&challenge);
            if !is_asked || passkeys::find_by_credential(work, &credential_id)?.is_some() {
                return Err(failed().into());
            }
            let record = pending.register(new.clone()).map_err(|_| failed())?;
            let event = Event::Record(VerificationRecord::WebAuthn(record.into()));
            let events = [event].into_iter().chain(after.clone()).collect();
            context.apply_events(work, events, &AuditDetails::default())
        };
        self.transaction(accept).await
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
            let bound = passkeys::list(work, &user_id, &rp.id)?;
            if bound.is_empty() {
                return Err(to_api_error(&FlowError::WebAuthnNotFound).into());
            }
            let question = WebAuthn {
                user_id,
                registration_challenge: None,
                registration_rp_id: None,
                registration_info: None,
                authentication_challenge: Some(challenge.clone()),
            };
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

    /// What a page asks for beside its form, from whoever may come. Nothing is written: the challenge carries what is needed.
    ///
    /// # Errors
    /// None with a valid configuration.
    pub fn passkey_preflight(&self) -> Result<Value, ApiError> {
        let challenge = self.new_challenge(ChallengePurpose::Preflight);
        Ok(passkey_options::authentication(&self.relying_party()?.id, &challenge, []))
    }

    /// Asks for a passkey of the user with this identifier.
    ///
    /// # Errors
    /// 404 `session.interaction_not_found`; 422 `user.sign_in_method_not_enabled`. Without such a user or a passkey of theirs the
    /// answer names a passkey that nobody has, so that nobody learns by asking who has an account (C11).
    pub async fn begin_passkey_sign_in(&self, identifier: Identifier) -> Result<PasskeyRequest, ApiError> {
        let rp = self.relying_party()?;
        let challenge = self.new_challenge(ChallengePurpose::Authentication);
        let verification_id = id::entity_id(&self.app.rng);
        let begin = move |work: &Work<'_>, context: &StepContext| {
            context.begun(work)?;
            context.require_passkey_sign_in()?;
            let user = lookups::find_user(work, context, &identifier)?;
            let user_id = user.map(|user| user.id).unwrap_or_default();
            let mut bound: Vec<Credential> =
                passkeys::list(work, &user_id, &rp.id)?.into_iter().map(|passkey| passkey.credential).collect();
            if bound.is_empty() {
                bound.push(context.browser.challenges().decoy(work.tenant_id(), &identifier.canonical()));
            }
            let question = SignInPasskey {
                user_id: Some(user_id),
                authentication_challenge: Some(challenge.clone()),
                authentication_rp_id: Some(rp.id.clone()),
            };
            let pending = Pending::new(verification_id.clone(), question);
            context.put(work, VerificationRecord::SignInPasskey(Verification::Pending(pending)))?;
            let options = passkey_options::authentication(&rp.id, &challenge, &bound);
            Ok(PasskeyRequest { verification_id: verification_id.clone(), options })
        };
        self.transaction(begin).await
    }

    /// Takes the answer of a passkey that says who the person is: to the verification with this id, else to the preflight. Then
    /// applies the events. Returns the id of the verification.
    ///
    /// # Errors
    /// 400 `session.mfa.webauthn_verification_failed`, `session.passkey_sign_in.pending_info_not_found`; 404
    /// `session.interaction_not_found`, `session.verification_session_not_found`.
    pub(super) async fn verify_passkey_sign_in(
        &self,
        verification_id: Option<String>,
        response: AuthenticationResponse,
        surrounding: SurroundingEvents,
    ) -> Result<(String, StepsOutcome), ApiError> {
        let rp = self.relying_party()?;
        let (context, answer, named) = (StepContext::of(self), response.clone(), verification_id.clone());
        let starts_afresh = !surrounding.before.is_empty();
        let read = move |view: &View<'_>| {
            if !starts_afresh {
                context.begun(view)?;
            }
            context.require_passkey_sign_in()?;
            let asked = context.sign_in_question(view, named.as_deref(), &answer)?;
            let passkey = passkeys::find_by_credential(view, answer.id().unwrap_or_default())?;
            Ok::<_, StepError>((asked, passkey))
        };
        let (asked, passkey) = self.read_inline(read).await.map_err(ApiError::from)?;
        let passkey = passkey.ok_or_else(failed)?;
        let challenged_at = self.challenges().check(asked.purpose, &asked.challenge, self.now).map_err(|_| failed())?;
        // Nobody was named: the authenticator must say whose passkey it is (WebAuthn section 7.2, step 6).
        let names_nobody = asked.question.user_id.is_none() && response.user_handle().is_none();
        if names_nobody || is_handle_of_another(&response, &passkey) {
            return Err(failed());
        }
        let counter =
            rp.verify_authentication(&asked.challenge, &response, &passkey.credential).map_err(|_| failed())?;
        let id = asked.verification_id.clone();
        let accept = move |work: &Work<'_>, context: &StepContext| {
            let is_asked = verification_id.is_none()
                || context.sign_in_question(work, verification_id.as_deref(), &response)?.challenge == asked.challenge;
            if !is_asked || !passkeys::record_use(work, &passkey, &rp.id, counter)? {
                return Err(failed().into());
            }
            let question = SignInPasskey { authentication_rp_id: Some(rp.id.clone()), ..asked.question.clone() };
            let pending = Pending::new(asked.verification_id.clone(), question);
            let proof = pending.prove(Some(passkey.user_id.clone())).map_err(|_| failed())?;
            let record = VerificationRecord::SignInPasskey(Verification::Verified(proof));
            let event = match asked.purpose {
                ChallengePurpose::Preflight => Event::AnswerPasskeyChallenge { record, challenged_at },
                _ => Event::Record(record),
            };
            let SurroundingEvents { before, after } = surrounding.clone();
            let events = before.into_iter().chain([event]).chain(after).collect();
            let outcome = context.apply_events(work, events, &AuditDetails::default())?;
            match &outcome.error {
                // What was used up is used up only with the step that it was for.
                Some(FlowError::WebAuthnFailed) => Err(failed().into()),
                _ => Ok(outcome),
            }
        };
        Ok((id, self.transaction(accept).await?))
    }
}

/// Whether the authenticator names another user than the owner of the passkey.
fn is_handle_of_another(response: &AuthenticationResponse, passkey: &Passkey) -> bool {
    let own = URL_SAFE_NO_PAD.encode(passkey.user_id.as_str());
    response.user_handle().is_some_and(|handle| handle.trim_end_matches('=') != own)
}
