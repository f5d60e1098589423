//! What the second factors of an interaction have in common. Secrets that are shown to be bound are sealed in its state.

use flow::{FlowError, State, VerificationRecord};
use kernel::ids::UserId;
use serde_json::Value;

use super::attempt_limit::{AttemptKind, LimitKey};
use super::audit::AuditDetails;
use super::browser::InteractionBrowser;
use super::counted_attempt::CountedAttempt;
use super::offered_secrets::OfferSource;
use super::to_api_error;
use super::transaction::{StepContext, StepError};
use crate::ApiError;
use crate::sealing::SealedColumn;
use crate::work::{View, Work};

/// An answer to a second factor that is about to be compared.
pub(super) struct FactorAnswer {
    pub kind: AttemptKind,
    /// What the audit log calls it.
    pub action: &'static str,
    /// How a wrong answer is refused.
    pub wrong: FlowError,
    /// What the audit log says of the request.
    pub payload: Value,
}

impl StepContext {
    /// The state and the identified user's id.
    pub(super) fn identified(&self, view: &View<'_>) -> Result<(State, UserId), StepError> {
        let state = self.load(view)?.state.filter(|state| !state.submitted);
        let state = state.ok_or_else(|| to_api_error(&FlowError::InteractionNotFound))?;
        let user_id = state.identified().map_err(|error| to_api_error(&error))?.clone();
        Ok((state, user_id))
    }

    /// Puts down a verification that was begun.
    pub(super) fn put(&self, work: &Work<'_>, record: VerificationRecord) -> Result<(), StepError> {
        let outcome = self.apply_events(work, vec![flow::Event::Record(record)], &AuditDetails::default())?;
        outcome.error.map_or(Ok(()), |error| Err(to_api_error(&error).into()))
    }
}

/// Seals what a verification shows.
pub(super) fn seal(work: &Work<'_>, verification_id: &str, plain: &str) -> Result<String, ApiError> {
    Ok(work.sealer().seal(SealedColumn::Interaction.of(work.tenant_id(), verification_id), plain)?)
}

/// Opens what a verification showed.
///
/// # Errors
/// A value that was sealed under a key that is gone, or changed.
pub(super) fn open(view: &View<'_>, verification_id: &str, sealed: &str) -> Result<String, ApiError> {
    Ok(view.sealer().open(SealedColumn::Interaction.of(view.tenant_id(), verification_id), sealed)?)
}

/// Refuses a request whose interaction identified somebody else meanwhile.
pub(super) fn require_same_user(identified: &str, expected: &str) -> Result<(), ApiError> {
    match identified == expected {
        true => Ok(()),
        false => Err(to_api_error(&FlowError::IdentityConflict)),
    }
}

impl InteractionBrowser {
    /// What pages offer in this interaction.
    pub(super) fn offers(&self) -> OfferSource {
        OfferSource { keys: self.config.keys.cookie_keys.clone(), uid: self.uid.clone() }
    }

    /// The state and the identified user's id.
    pub(super) async fn identified(&self) -> Result<(State, UserId), ApiError> {
        let context = StepContext::of(self);
        self.read_inline(move |view| context.identified(view)).await.map_err(ApiError::from)
    }

    /// The counted attempt of an answer, on the counter of this factor of the user.
    pub(super) fn factor_attempt(&self, user_id: &UserId, answer: FactorAnswer) -> CountedAttempt {
        CountedAttempt {
            key: LimitKey::for_factor(user_id, answer.kind, self.config.policy.experience.sentinel_policy),
            action: answer.action,
            wrong: answer.wrong,
            begun: None,
            details: AuditDetails::with_payload(answer.payload),
        }
    }
}
