//! Binding second factors, and declining them (E032 to E035, E079).

use super::profile::identified;
use crate::error::FlowError;
use crate::lookups::StepInput;
use crate::mfa::{self, MfaFactor};
use crate::state::{InteractionEvent, NewFactor, NewPasskey, State};

/// More than anybody makes in one sitting.
const MAX_NEW_PASSKEYS: usize = 10;

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
    let experience = &input.policy.experience;
    mfa::require_shown_factor(state, user, experience)?;
    if factor == MfaFactor::WebAuthn {
        take_passkey(state, verification_id, input)?;
        return enable(state);
    }
    let record = state.record(&verification_id)?;
    let secret = record.new_factor_secret(factor, &user.id).ok_or(FlowError::VerificationFailed)?.to_owned();
    let new = Some(NewFactor { factor, verification_id, secret });
    let mut changed = state.mfa.clone();
    match factor {
        MfaFactor::Totp => changed.totp = new,
        MfaFactor::BackupCode => changed.backup_code = new,
        _ => return Err(FlowError::VerificationFailed),
    }
    mfa::require_bindable(&changed, user, experience)?;
    state.mfa = changed;
    enable(state)
}

/// Takes a passkey to sign in with. Whether second factors are wanted is another question.
pub(super) fn bind_passkey(state: &mut State, verification_id: String, input: &StepInput<'_>) -> Result<(), FlowError> {
    if state.interaction_event == InteractionEvent::ForgotPassword {
        return Err(FlowError::ForgotPasswordProfile);
    }
    let user = identified(state, input)?;
    mfa::require_shown_factor(state, user, &input.policy.experience)?;
    take_passkey(state, verification_id, input)
}

fn take_passkey(state: &mut State, verification_id: String, input: &StepInput<'_>) -> Result<(), FlowError> {
    let user = identified(state, input)?;
    let credential = state.record(&verification_id)?.new_credential(&user.id).ok_or(FlowError::VerificationFailed)?;
    let new = NewPasskey { credential: credential.clone(), verification_id };
    let mut changed = state.mfa.clone();
    let passkeys = changed.web_authn.get_or_insert_default();
    // A request that is repeated binds nothing twice.
    passkeys.retain(|known| known.verification_id != new.verification_id);
    passkeys.push(new);
    if passkeys.len() > MAX_NEW_PASSKEYS {
        return Err(FlowError::InvalidInput);
    }
    mfa::require_bindable(&changed, user, &input.policy.experience)?;
    state.mfa = changed;
    Ok(())
}

/// Wants the device to be trusted, once a factor was shown or made that is worth it (E077).
pub(super) fn trust_device(state: &mut State, input: &StepInput<'_>) -> Result<(), FlowError> {
    if state.interaction_event == InteractionEvent::ForgotPassword {
        return Err(FlowError::ForgotPasswordProfile);
    }
    let user = identified(state, input)?;
    mfa::require_trustworthy(state, user, &input.policy.experience)?;
    state.trusted_device_creation = true;
    Ok(())
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
