//! Adding to the profile, and the new password of a forgotten one (E029, E030, E060 to E064).

use super::{check_new_username, named_record, nobody_else_has, profile_value};
use crate::error::{Error, ProfileValue};
use crate::event::ProfilePatch;
use crate::facts::{Policy, Setting, User};
use crate::guards;
use crate::identifier::{Identifier, IdentifierType};
use crate::mfa;
use crate::records::{PasswordDigest, VerificationRecord};
use crate::required;
use crate::state::{InteractionEvent, Profile, State};

pub(super) fn add(state: &mut State, patch: ProfilePatch, setting: &Setting<'_>) -> Result<(), Error> {
    match state.interaction_event {
        InteractionEvent::ForgotPassword => return Err(Error::InvalidInteractionType),
        InteractionEvent::SignIn => {
            let user = identified(state, setting)?;
            mfa::require_verification(state, user, &setting.policy.experience.mfa)?;
        }
        InteractionEvent::Register => {}
    }
    let user = setting.facts.identified.as_ref();
    let new = match patch {
        ProfilePatch::Username(username) => {
            not_there_yet(user.and_then(|user| user.username.as_ref()).is_some(), ProfileValue::Username)?;
            check_new_username(&username, setting.policy, &setting.facts.taken)?;
            Profile { username: Some(username), ..Profile::default() }
        }
        ProfilePatch::Password(digest) => {
            not_there_yet(user.is_some_and(|user| user.has_password), ProfileValue::Password)?;
            Profile { password: Some(digest), ..Profile::default() }
        }
        ProfilePatch::Extra(_) if state.interaction_event != InteractionEvent::Register => {
            return Err(Error::InvalidInteractionType);
        }
        ProfilePatch::Extra(values) => required::extra_profile(values, setting.policy),
        ProfilePatch::Email { .. } | ProfilePatch::Phone { .. } => from_code(state, &patch, user, setting)?,
    };
    state.profile.merge(new);
    Ok(())
}

/// The address or number of a proven code. One proof adds one value: the same record may be sent again, but not under
/// the other type.
fn from_code(
    state: &State,
    patch: &ProfilePatch,
    user: Option<&User>,
    setting: &Setting<'_>,
) -> Result<Profile, Error> {
    let record = named_record(state, patch).unwrap_or(Err(Error::VerificationNotFound))?;
    let profile = match (patch, record) {
        (ProfilePatch::Email { .. }, VerificationRecord::EmailVerificationCode { identifier, verified: true, .. }) => {
            Profile { primary_email: Some(identifier.value.clone()), ..Profile::default() }
        }
        (ProfilePatch::Phone { .. }, VerificationRecord::PhoneVerificationCode { identifier, verified: true, .. }) => {
            Profile { primary_phone: Some(identifier.value.clone()), ..Profile::default() }
        }
        _ => return Err(Error::VerificationFailed),
    };
    let kind = if profile.primary_email.is_some() { IdentifierType::Email } else { IdentifierType::Phone };
    let present = match kind {
        IdentifierType::Email => user.is_some_and(|user| user.primary_email.is_some()),
        _ => user.is_some_and(|user| user.primary_phone.is_some()),
    };
    not_there_yet(present, profile_value(kind))?;
    email_may_register(profile.primary_email.as_deref(), setting.policy)?;
    nobody_else_has(&profile, setting.facts)?;
    Ok(profile)
}

/// The value that a patch would add, as far as it must be unique.
pub(super) fn new_value(state: &State, patch: &ProfilePatch) -> Option<Identifier> {
    match patch {
        ProfilePatch::Username(username) => Some(Identifier::new(IdentifierType::Username, username.clone())),
        _ => named_record(state, patch)?.ok()?.identifier().cloned(),
    }
}

/// Refuses an address that belongs to an enterprise connector or is blocked (E046, E047).
pub(super) fn email_may_register(email: Option<&str>, policy: &Policy) -> Result<(), Error> {
    let Some(email) = email else { return Ok(()) };
    guards::email_is_local(email, policy)?;
    policy.experience.email_blocklist_policy.check(email)
}

pub(super) fn set_password(state: &mut State, digest: PasswordDigest, same: bool) -> Result<(), Error> {
    if state.interaction_event != InteractionEvent::ForgotPassword {
        return Err(Error::InvalidInteractionType);
    }
    state.identified()?;
    if same {
        return Err(Error::SamePassword);
    }
    state.profile.password = Some(digest);
    Ok(())
}

pub(super) fn skip_mfa(state: &mut State, policy: &Policy) -> Result<(), Error> {
    state.identified()?;
    if !policy.experience.mfa.policy.is_skippable() {
        return Err(Error::MfaPolicyNotUserControlled);
    }
    state.mfa.mfa_skipped = Some(true);
    Ok(())
}

/// The identified user, as storage knows them now.
pub(super) fn identified<'f>(state: &State, setting: &Setting<'f>) -> Result<&'f User, Error> {
    state.identified()?;
    setting.facts.identified.as_ref().ok_or(Error::IdentifierNotFound)
}

fn not_there_yet(present: bool, value: ProfileValue) -> Result<(), Error> {
    if present { Err(Error::ExistsInProfile(value)) } else { Ok(()) }
}
