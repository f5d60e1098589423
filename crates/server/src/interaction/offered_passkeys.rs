//! Passkeys on pages. Showing one writes nothing: its challenge carries a keyed hash, and the verification begins with the answer.

use flow::verification::{Pending, WebAuthn};
use flow::{Event, VerificationRecord};
use kernel::id;
use serde_json::{Value, json};

use super::audit::AuditDetails;
use super::browser::InteractionBrowser;
use super::passkeys::{failed, require_some};
use super::transaction::{StepContext, StepError};
use super::{passkey_options, to_api_error};
use crate::ApiError;
use crate::users::mfa_factors::passkeys;
use crate::users::store;
use crate::webauthn::{ChallengePurpose, WebAuthnError};
use crate::work::{View, Work};

impl InteractionBrowser {
    /// What a page asks the identified user's browser for, to make a new passkey.
    ///
    /// # Errors
    /// 404 `session.interaction_not_found`, `session.identifier_not_found`.
    pub async fn offered_passkey_registration(&self) -> Result<Value, ApiError> {
        let rp_id = self.relying_party()?.id;
        let challenge = self.new_challenge(ChallengePurpose::Registration);
        let context = StepContext::of(self);
        let read = move |view: &View<'_>| {
            let (_, user_id) = context.identified(view)?;
            let bound = passkeys::list(view, &user_id, &rp_id)?;
            Ok::<_, StepError>(passkey_options::registration(&rp_id, &store::get(view, &user_id)?, &challenge, &bound))
        };
        self.read_inline(read).await.map_err(ApiError::from)
    }

    /// What a page asks the identified user's browser for, to use a passkey as a second factor.
    ///
    /// # Errors
    /// 400 `session.mfa.webauthn_verification_not_found` if there is none; otherwise as
    /// [`InteractionBrowser::offered_passkey_registration`].
    pub async fn offered_passkey_factor(&self) -> Result<Value, ApiError> {
        let rp_id = self.relying_party()?.id;
        let challenge = self.new_challenge(ChallengePurpose::Authentication);
        let context = StepContext::of(self);
        let read = move |view: &View<'_>| {
            let (_, user_id) = context.identified(view)?;
            let bound = require_some(passkeys::list(view, &user_id, &rp_id)?)?;
            let credentials = bound.iter().map(|passkey| &passkey.credential);
            Ok::<_, StepError>(passkey_options::authentication(&rp_id, &challenge, credentials))
        };
        self.read_inline(read).await.map_err(ApiError::from)
    }

    /// Begins the verification that waits for the answer to a page's challenge, and uses the challenge up. Returns its id.
    ///
    /// # Errors
    /// 400 `session.mfa.webauthn_verification_failed` for a challenge that is foreign, too old, or older than one that was
    /// answered; otherwise as [`InteractionBrowser::offered_passkey_registration`].
    pub(super) async fn take_up_challenge(
        &self,
        purpose: ChallengePurpose,
        challenge: Result<String, WebAuthnError>,
    ) -> Result<String, ApiError> {
        let begun = self.begin_answer(purpose, challenge).await;
        if let Err(error) = &begun {
            self.audit_refused_passkey("Verification.WebAuthn.Submit", error, json!({})).await;
        }
        begun
    }

    async fn begin_answer(
        &self,
        purpose: ChallengePurpose,
        challenge: Result<String, WebAuthnError>,
    ) -> Result<String, ApiError> {
        let rp_id = self.relying_party()?.id;
        let challenge = challenge.map_err(|_| failed())?;
        let challenged_at = self.challenges().check(purpose, &challenge, self.now).map_err(|_| failed())?;
        let verification_id = id::entity_id(&self.app.rng);
        let begin = move |work: &Work<'_>, context: &StepContext| {
            let (_, user_id) = context.identified(work)?;
            let question = match purpose {
                ChallengePurpose::Registration => WebAuthn::registering(user_id, challenge.clone(), rp_id.clone()),
                _ => WebAuthn::authenticating(user_id, challenge.clone()),
            };
            let record = VerificationRecord::WebAuthn(Pending::new(verification_id.clone(), question).into());
            let event = Event::AnswerPasskeyChallenge { record, challenged_at };
            let outcome = context.apply_events(work, vec![event], &AuditDetails::default())?;
            outcome.error.map_or(Ok(verification_id.clone()), |error| Err(to_api_error(&error).into()))
        };
        self.transaction(begin).await
    }
}
