//! Adding to the profile, and the new password of a forgotten one (E029, E030, E060 to E064).

use super::{check_new_username, identify, named_record, require_unique, to_profile_value};
use crate::error::{FlowError, ProfileValue};
use crate::event::ProfilePatch;
use crate::guards;
use crate::identifier::{Identifier, IdentifierType};
use crate::lookups::{StepInput, TenantPolicy, User};
use crate::mfa;
use crate::missing_profile;
use crate::state::{InteractionEvent, Profile, State};
use crate::verification::{IdentityProof, PasswordDigest};

/// The longest that name, avatar, profile and custom data of a new account may be together, in bytes of JSON.
const MAX_EXTRA_BYTES: usize = 16 << 10;

pub(super) fn add(state: &mut State, patch: ProfilePatch, input: &StepInput<'_>) -> Result<(), FlowError> {
    match state.interaction_event {
        InteractionEvent::ForgotPassword => return Err(FlowError::ForgotPasswordProfile),
        // The identity is linked on submit, which asks for the second factor of whoever adds a way in.
        InteractionEvent::SignIn if matches!(patch, ProfilePatch::Social { .. }) => {
            identified(state, input)?;
        }
        InteractionEvent::SignIn => {
            let user = identified(state, input)?;
            mfa::require_verification(state, user, &input.policy.experience)?;
        }
        InteractionEvent::Register => {}
    }
    let user = input.results.identified_user.as_ref();
    let new = match patch {
        ProfilePatch::Username(username) => {
            require_absent(user.and_then(|user| user.username.as_ref()).is_some(), ProfileValue::Username)?;
            check_new_username(&username, input.policy, &input.results.values_in_use)?;
            Profile { username: Some(username), ..Profile::default() }
        }
        ProfilePatch::Password(digest) => {
            require_absent(user.is_some_and(|user| user.has_password), ProfileValue::Password)?;
            Profile { password: Some(digest), ..Profile::default() }
        }
        ProfilePatch::Extra(_) if state.interaction_event != InteractionEvent::Register => {
            return Err(FlowError::InvalidInteractionType);
        }
        ProfilePatch::Extra(values) => missing_profile::extra_profile(values, input.policy)?,
        ProfilePatch::Email { .. } | ProfilePatch::Phone { .. } => from_code(state, &patch, user, input)?,
        ProfilePatch::Social { .. } => from_social(state, &patch, user, input)?,
    };
    let mut profile = state.profile.clone();
    profile.merge(new);
    // The state is stored at every step, so it must not grow with each.
    if profile.extra_size() > MAX_EXTRA_BYTES {
        return Err(FlowError::InvalidInput);
    }
    state.profile = profile;
    Ok(())
}

/// The address or number of a proven code. One proof adds one value: the same record may be sent again, but not under
/// the other type.
fn from_code(
    state: &State,
    patch: &ProfilePatch,
    user: Option<&User>,
    input: &StepInput<'_>,
) -> Result<Profile, FlowError> {
    let record = named_record(state, patch).unwrap_or(Err(FlowError::VerificationNotFound))?;
    let profile = match (patch, record.identity_proof()) {
        (ProfilePatch::Email { .. }, Some(proof @ IdentityProof::EmailCode(_)))
        | (ProfilePatch::Phone { .. }, Some(proof @ IdentityProof::PhoneCode(_))) => proof.registration_profile()?,
        _ => return Err(FlowError::VerificationFailed),
    };
    let kind = if profile.primary_email.is_some() { IdentifierType::Email } else { IdentifierType::Phone };
    let present = match kind {
        IdentifierType::Email => user.is_some_and(|user| user.primary_email.is_some()),
        _ => user.is_some_and(|user| user.primary_phone.is_some()),
    };
    require_absent(present, to_profile_value(kind))?;
    require_email_allowed(profile.primary_email.as_deref(), input.policy)?;
    require_unique(&profile, input.results)?;
    Ok(profile)
}

/// The identity of a proven social account.
fn from_social(
    state: &State,
    patch: &ProfilePatch,
    user: Option<&User>,
    input: &StepInput<'_>,
) -> Result<Profile, FlowError> {
    let record = named_record(state, patch).unwrap_or(Err(FlowError::VerificationNotFound))?;
    let Some(IdentityProof::Social(proof)) = record.identity_proof() else {
        return Err(FlowError::VerificationFailed);
    };
    guards::require_social_offered(record, &input.policy.experience)?;
    if input.results.proof_user.as_ref().is_some_and(|owner| Some(&owner.id) != state.user_id.as_ref()) {
        return Err(FlowError::AlreadyInUse(ProfileValue::Identity));
    }
    if let Some(user) = user {
        identify::require_no_identity(user, proof.claim())?;
    }
    Ok(proof.claim().identity())
}

/// The value that a patch would add, as far as it must be unique.
pub(super) fn new_value(state: &State, patch: &ProfilePatch) -> Option<Identifier> {
    match patch {
        ProfilePatch::Username(username) => Some(Identifier::new(IdentifierType::Username, username.clone())),
        _ => named_record(state, patch)?.ok()?.identifier().cloned(),
    }
}

/// Refuses an address that belongs to an enterprise connector or is blocked (E046, E047).
pub(super) fn require_email_allowed(email: Option<&str>, policy: &TenantPolicy) -> Result<(), FlowError> {
    email.map_or(Ok(()), |email| policy.require_new_email_allowed(email))
}

pub(super) fn set_password(state: &mut State, digest: PasswordDigest, same: bool) -> Result<(), FlowError> {
    if state.interaction_event != InteractionEvent::ForgotPassword {
        return Err(FlowError::InvalidInteractionType);
    }
    state.identified()?;
    if same {
        return Err(FlowError::SamePassword);
    }
    state.profile.password = Some(digest);
    Ok(())
}

/// The identified user, as storage knows them now.
pub(super) fn identified<'f>(state: &State, input: &StepInput<'f>) -> Result<&'f User, FlowError> {
    state.identified()?;
    input.results.identified_user.as_ref().ok_or(FlowError::IdentifierNotFound)
}

/// Refuses what the account has got since it was added: it was never theirs to replace.
pub(super) fn require_still_absent(profile: &Profile, user: &User) -> Result<(), FlowError> {
    require_absent(profile.username.is_some() && user.username.is_some(), ProfileValue::Username)?;
    require_absent(profile.password.is_some() && user.has_password, ProfileValue::Password)?;
    require_absent(profile.primary_email.is_some() && user.primary_email.is_some(), ProfileValue::Email)?;
    require_absent(profile.primary_phone.is_some() && user.primary_phone.is_some(), ProfileValue::Phone)?;
    let has_other =
        profile.social_identity.as_ref().is_some_and(|new| user.social_identities.contains_key(&new.target));
    require_absent(has_other, ProfileValue::Identity)
}

fn require_absent(present: bool, value: ProfileValue) -> Result<(), FlowError> {
    if present { Err(FlowError::ExistsInProfile(value)) } else { Ok(()) }
}
