//! Signing in with a passkey that says by itself who the person is (E007, E023, E024). The signature is checked between the
//! transactions, so that none waits for arithmetic.

use flow::verification::{Pending, SignInPasskey, Verification};
use flow::{Event, FlowError, Identifier, State, VerificationRecord};
use kernel::id;
use serde_json::{Value, json};

use super::audit::AuditDetails;
use super::browser::InteractionBrowser;
use super::passkeys::{PasskeyRequest, failed, is_handle_of_another};
use super::password_attempt::SurroundingEvents;
use super::transaction::{StepContext, StepError, StepsOutcome};
use super::{lookups, passkey_options, to_api_error};
use crate::ApiError;
use crate::users::mfa_factors::passkeys;
use crate::webauthn::{AuthenticationResponse, ChallengePurpose, Credential};
use crate::work::{View, Work};

/// Who is asked for a passkey, and which challenge was answered.
#[derive(Clone)]
struct SignInQuestion {
    verification_id: String,
    question: SignInPasskey,
    challenge: String,
    purpose: ChallengePurpose,
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
    /// applies the events. Returns the id of the verification. A refused answer has its audit entry.
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
        let payload = json!({"verificationId": verification_id, "credentialId": response.id().unwrap_or_default()});
        let answered = self.answer_passkey_sign_in(verification_id, response, surrounding).await;
        if let Err(error) = &answered {
            self.audit_refused_passkey("Verification.SignInPasskey.Submit", error, payload).await;
        }
        answered
    }

    async fn answer_passkey_sign_in(
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
