//! Binding second factors, and declining them (E032 to E035, E079).

use super::profile::identified;
use crate::error::FlowError;
use crate::lookups::StepInput;
use crate::mfa::{self, MfaFactor};
use crate::state::{InteractionEvent, NewFactor, State};

/// Takes a factor, to be bound at submit. An account that has factors shows one of them first, so that a password alone adds
/// none.
pub(super) fn bind(
    state: &mut State,
    factor: MfaFactor,
    verification_id: String,
    input: &StepInput<'_>,
) -> Result<(), FlowError> {
    if state.interaction_event == InteractionEvent::ForgotPassword {
        return Err(FlowError::ForgotPasswordProfile);
    }
    let user = identified(state, input)?;
    let settings = &input.policy.experience.mfa;
    mfa::require_verification(state, user, settings)?;
    let record = state.record(&verification_id)?;
    let secret = record.new_factor_secret(factor, &user.id).ok_or(FlowError::VerificationFailed)?.to_owned();
    let new = Some(NewFactor { factor, verification_id, secret });
    let mut changed = state.mfa.clone();
    match factor {
        MfaFactor::Totp => changed.totp = new,
        MfaFactor::BackupCode => changed.backup_code = new,
        _ => return Err(FlowError::VerificationFailed),
    }
    mfa::require_bindable(&changed, user, settings)?;
    state.mfa = changed;
    enable(state)
}

/// Wants second factors.
pub(super) fn enable(state: &mut State) -> Result<(), FlowError> {
    state.identified()?;
    state.mfa.mfa_enabled = Some(true);
    state.mfa.mfa_skipped = None;
    Ok(())
}

/// Declines second factors.
pub(super) fn skip(state: &mut State, input: &StepInput<'_>) -> Result<(), FlowError> {
    state.identified()?;
    if !input.policy.experience.mfa.policy.is_skippable() {
        return Err(FlowError::MfaPolicyNotUserControlled);
    }
    state.mfa.mfa_skipped = Some(true);
    Ok(())
}
