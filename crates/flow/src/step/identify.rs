//! Saying who the person is (E003, E044 to E048); at registration, creating the user.

use super::{profile, require_unique};
use crate::error::FlowError;
use crate::event::{Effect, StepOutcome, StepRejection, WebhookEvent};
use crate::guards;
use crate::identifier::IdentifierType;
use crate::lookups::{StepInput, User};
use crate::missing_profile;
use crate::state::{InteractionEvent, Profile, State};
use crate::verification::{IdentityProof, VerificationRecord};

pub(super) fn identify(
    state: State,
    verification_id: Option<String>,
    input: &StepInput<'_>,
) -> Result<StepOutcome, StepRejection> {
    match state.interaction_event {
        InteractionEvent::Register => register(state, verification_id.as_deref(), input),
        InteractionEvent::SignIn | InteractionEvent::ForgotPassword => {
            let id = verification_id.ok_or(FlowError::InvalidInput)?;
            Ok(identify_existing(state, &id, input)?)
        }
    }
}

/// Finds the existing user whom the proof names.
fn identify_existing(mut state: State, id: &str, input: &StepInput<'_>) -> Result<StepOutcome, FlowError> {
    let experience = &input.policy.experience;
    guards::require_event_enabled(state.interaction_event, &state, experience)?;
    let record = state.record(id)?;
    if state.interaction_event == InteractionEvent::ForgotPassword {
        guards::require_reset_method(record, experience)?;
    } else {
        guards::require_sign_in_method(record, experience)?;
    }
    guards::reject_sso_domain(record, input.policy)?;
    let proof = record.identity_proof().ok_or(FlowError::VerificationFailed)?;
    let user = named_user(&proof, input.results.proof_user.as_ref())?;
    guards::require_no_enterprise_passkey(&proof, user)?;
    if state.user_id.as_ref().is_some_and(|identified| *identified != user.id) {
        return Err(FlowError::IdentityConflict);
    }
    state.user_id = Some(user.id.clone());
    Ok(StepOutcome { state: Some(state), effects: Vec::new() })
}

/// The user whom storage found for a proof. Only a proof names anybody.
fn named_user<'u>(proof: &IdentityProof<'_>, found: Option<&'u User>) -> Result<&'u User, FlowError> {
    let identifier = || proof.identifier().map(|identifier| identifier.value.clone()).unwrap_or_default();
    let named = found.filter(|user| proof.names(user));
    let user = named.ok_or_else(|| FlowError::UserNotExist { identifier: identifier() })?;
    if user.is_suspended { Err(FlowError::UserSuspended) } else { Ok(user) }
}

/// Creates the user, once everything mandatory is there. What the proof gives is kept even if more is needed, so that
/// the person can add the rest and repeat the same request.
fn register(mut state: State, id: Option<&str>, input: &StepInput<'_>) -> Result<StepOutcome, StepRejection> {
    guards::require_captcha(&state, &input.policy.experience)?;
    guards::require_event_enabled(InteractionEvent::Register, &state, &input.policy.experience)?;
    if state.user_id.is_some() {
        return Err(FlowError::IdentityConflict.into());
    }
    if let Some(id) = id {
        let record = state.record(id)?;
        guards::reject_sso_domain(record, input.policy)?;
        let new = registration_profile(record)?;
        state.profile.merge(new);
    }
    let Some(identified_by) = primary_identifier(&state.profile) else {
        return Err(missing_profile::require_complete(&state, None, input.policy)
            .err()
            .unwrap_or(FlowError::InvalidInput)
            .into());
    };
    if identified_by != IdentifierType::Username {
        profile::require_email_allowed(state.profile.primary_email.as_deref(), input.policy)?;
    }
    if let Some(username) = &state.profile.username {
        input.policy.experience.username_policy.check(username)?;
    }
    require_unique(&state.profile, input.results)?;
    if let Err(error) = missing_profile::require_complete(&state, None, input.policy) {
        return Err(StepRejection { error, state: Some(Box::new(state)) });
    }
    let user_id = input.new_user_id.clone();
    let profile = Box::new(std::mem::take(&mut state.profile));
    state.user_id = Some(user_id.clone());
    let effects = vec![
        Effect::CreateUser { user_id: user_id.clone(), profile },
        Effect::TriggerWebhook { event: WebhookEvent::UserCreated, user_id },
    ];
    Ok(StepOutcome { state: Some(state), effects })
}

/// What a record gives to a new account.
pub(super) fn registration_profile(record: &VerificationRecord) -> Result<Profile, FlowError> {
    match record {
        VerificationRecord::NewPasswordIdentity(identity) => identity.registration_profile(),
        proven => proven.identity_proof().ok_or(FlowError::VerificationFailed)?.registration_profile(),
    }
}

/// By what the account will be known. An account that nobody could find again is not created.
fn primary_identifier(profile: &Profile) -> Option<IdentifierType> {
    if profile.primary_email.is_some() {
        Some(IdentifierType::Email)
    } else if profile.primary_phone.is_some() {
        Some(IdentifierType::Phone)
    } else {
        profile.username.as_ref().map(|_| IdentifierType::Username)
    }
}
