//! The end: the only step that leads to a session (E004, E078).

use kernel::ids::OrganizationId;

use super::profile::{self, identified};
use super::require_unique;
use crate::error::FlowError;
use crate::event::{Effect, StepOutcome, StepRejection, WebhookEvent};
use crate::guards;
use crate::identifier::{Identifier, IdentifierType};
use crate::lookups::{StepInput, TenantPolicy, User};
use crate::mfa;
use crate::mfa::adaptive::SignInPlace;
use crate::missing_profile;
use crate::state::{InteractionEvent, State};
use crate::verification::IdentityProof;

pub(super) fn submit(mut state: State, input: &StepInput<'_>) -> Result<StepOutcome, StepRejection> {
    let experience = &input.policy.experience;
    guards::require_captcha(&state, experience)?;
    let user = identified(&state, input)?;
    let user_id = user.id.clone();
    if user.is_suspended {
        return Err(FlowError::UserSuspended.into());
    }
    if state.submitted {
        // The same answer again, without doing anything twice.
        return Ok(StepOutcome { state: Some(state), effects: vec![Effect::SignedIn { user_id }] });
    }
    require_standing(&state, user, input.policy)?;
    if state.interaction_event == InteractionEvent::ForgotPassword {
        let digest = state.profile.password.take().ok_or(FlowError::NewPasswordRequired)?;
        let effects = vec![
            Effect::ResetPassword { user_id: user_id.clone(), digest },
            Effect::TriggerWebhook { event: WebhookEvent::PostResetPassword, user_id },
        ];
        return Ok(StepOutcome { state: None, effects });
    }
    let mfa::Passage { unusual, trusted_device } =
        mfa::require_verification_if_unusual(&state, user, experience, input.now)?;
    state.trusted_device_fulfillment = trusted_device;
    mfa::require_demanded(&state, user, experience, input.demanded)?;
    if state.profile.adds_way_in() {
        // Another way in needs the factor also where the sign-in is usual, and from a trusted device.
        mfa::require_verification(&state, user, experience)?;
    }
    if state.mfa.binds_any() {
        // As when they were taken: the account may have got its first factor since.
        mfa::require_shown_factor(&state, user, experience)?;
    }
    profile::require_still_absent(&state.profile, user)?;
    require_unique(&state.profile, input.results)?;
    // The extra fields were asked for before the user was created; asking again would never end.
    if state.interaction_event == InteractionEvent::SignIn {
        missing_profile::require_complete(&state, Some(user), input.policy)?;
    }
    mfa::require_passkey_choice(&state, user, experience)?;
    mfa::require_bindable(&state.mfa, user, experience)?;
    if mfa::require_binding(&state, user, experience)? == mfa::Protection::Begins {
        state.mfa.mfa_enabled = Some(true);
    }
    if state.interaction_event == InteractionEvent::SignIn {
        state.profile.jit_organization_ids = invited_organizations(&state, user);
    } else {
        // Newcomers are asked again when they come back (E037).
        state.mfa.passkey_skipped = None;
    }
    state.trusted_device_creation &= mfa::require_trustworthy(&state, user, experience).is_ok();
    let event = match state.interaction_event {
        InteractionEvent::Register => WebhookEvent::PostRegister,
        _ => WebhookEvent::PostSignIn,
    };
    let place = SignInPlace::of(&state.sign_in_context);
    let mut profile = std::mem::take(&mut state.profile);
    let tokens = Effect::store_tokens(&user_id, &mut profile);
    let mut effects = vec![Effect::UpdateUser {
        user_id: user_id.clone(),
        profile: Box::new(profile),
        mfa: Box::new(state.mfa.clone()),
        last_sign_in_at: input.now,
    }];
    effects.extend(tokens);
    effects.push(Effect::SignedIn { user_id: user_id.clone() });
    effects.push(Effect::TriggerWebhook { event, user_id: user_id.clone() });
    if !unusual.is_empty() {
        effects.push(Effect::AnnounceUnusualSignIn { user_id: user_id.clone(), rules: unusual });
    }
    if experience.has_adaptive_mfa() && !place.is_unknown() {
        effects.push(Effect::RememberPlace { user_id, place });
    }
    state.submitted = true;
    Ok(StepOutcome { state: Some(state), effects })
}

/// Asks again what was asked when the person said who they are: the settings, the address and the password may have changed since.
/// Whoever registers was created by this interaction. Ask it before a session is given out, too.
///
/// # Errors
/// The refusal of the submit step.
pub fn require_standing(state: &State, user: &User, policy: &TenantPolicy) -> Result<(), FlowError> {
    let experience = &policy.experience;
    if let Some(identity) = &state.profile.social_identity {
        guards::require_target_offered(&identity.target, experience)?;
    }
    profile::require_email_allowed(state.profile.primary_email.as_deref(), policy)?;
    if state.interaction_event == InteractionEvent::Register {
        // Whether anybody may register was asked when the account was made: the first administrator closes the door behind them.
        let connectors = user.enterprise_identities.iter().map(|account| &account.connector_id);
        guards::require_accounts_offered(user.social_identities.keys(), connectors, policy)?;
        return state.identified_by.as_ref().map_or(Ok(()), |record| guards::require_registering(record, policy));
    }
    let record = state.identified_by.as_ref().ok_or(FlowError::VerificationFailed)?;
    match record.identity_proof() {
        Some(proof) if still_names(&proof, user, state) => {
            guards::require_enterprise_way(&proof, user, policy)?;
            guards::require_identifying(record, state.interaction_event, policy)
        }
        _ => Err(FlowError::VerificationFailed),
    }
}

/// Whether the proof names the user still. A submitted sign-in may have replaced the password that had expired.
fn still_names(proof: &IdentityProof<'_>, user: &User, state: &State) -> bool {
    match proof {
        IdentityProof::Password(_) if state.submitted => proof.names(user),
        _ => proof.still_names(user, &state.profile),
    }
}

/// The organizations that a one-time token invites its owner to; newcomers joined them when they registered.
fn invited_organizations(state: &State, user: &User) -> Option<Vec<OrganizationId>> {
    let own = user.primary_email.as_ref().map(|email| Identifier::new(IdentifierType::Email, email.clone()));
    let is_own = |proof: &IdentityProof<'_>| {
        matches!(proof, IdentityProof::OneTimeToken(_))
            && own.as_ref().zip(proof.identifier()).is_some_and(|(own, named)| own.canonical() == named.canonical())
    };
    let proof = state.identity_proofs().find(is_own)?;
    proof.registration_profile().ok()?.jit_organization_ids
}
