//! Saying who the person is (E003, E044 to E048); at registration, creating the user.

use super::{nobody_else_has, profile};
use crate::error::Error;
use crate::event::{Announcement, Effect, Refusal, Step};
use crate::facts::Setting;
use crate::guards;
use crate::identifier::IdentifierType;
use crate::records::VerificationRecord;
use crate::required;
use crate::state::{InteractionEvent, Profile, State};

pub(super) fn identify(state: State, verification_id: Option<String>, setting: &Setting<'_>) -> Result<Step, Refusal> {
    match state.interaction_event {
        InteractionEvent::Register => register(state, verification_id.as_deref(), setting),
        InteractionEvent::SignIn | InteractionEvent::ForgotPassword => {
            let id = verification_id.ok_or(Error::InvalidInput)?;
            Ok(recognise(state, &id, setting)?)
        }
    }
}

/// Finds the existing user whom the proof names.
fn recognise(mut state: State, id: &str, setting: &Setting<'_>) -> Result<Step, Error> {
    let experience = &setting.policy.experience;
    guards::event_is_offered(state.interaction_event, &state, experience)?;
    let record = state.record(id)?;
    if state.interaction_event == InteractionEvent::ForgotPassword {
        guards::may_reset_with(record, experience)?;
    } else {
        guards::may_sign_in_with(record, experience)?;
    }
    guards::not_enterprise_only(record, setting.policy)?;
    if !record.is_verified() {
        return Err(Error::VerificationFailed);
    }
    let identifier = record.identifier().map(|identifier| identifier.value.clone()).unwrap_or_default();
    let user = setting.facts.named.as_ref().ok_or(Error::UserNotExist { identifier })?;
    if user.is_suspended {
        return Err(Error::UserSuspended);
    }
    if state.user_id.as_ref().is_some_and(|identified| *identified != user.id) {
        return Err(Error::IdentityConflict);
    }
    state.user_id = Some(user.id.clone());
    Ok(Step { state: Some(state), effects: Vec::new() })
}

/// Creates the user, once everything mandatory is there. What the proof gives is kept even if more is needed, so that
/// the person can add the rest and repeat the same request.
fn register(mut state: State, id: Option<&str>, setting: &Setting<'_>) -> Result<Step, Refusal> {
    guards::captcha_is_solved(&state, &setting.policy.experience)?;
    guards::event_is_offered(InteractionEvent::Register, &state, &setting.policy.experience)?;
    if state.user_id.is_some() {
        return Err(Error::IdentityConflict.into());
    }
    if let Some(id) = id {
        let record = state.record(id)?;
        guards::not_enterprise_only(record, setting.policy)?;
        let new = registration_profile(record)?;
        state.profile.merge(new);
    }
    let Some(identified_by) = proof_of(&state.profile) else {
        return Err(required::is_complete(&state, None, setting.policy).err().unwrap_or(Error::InvalidInput).into());
    };
    if identified_by != IdentifierType::Username {
        profile::email_may_register(state.profile.primary_email.as_deref(), setting.policy)?;
    }
    if let Some(username) = &state.profile.username {
        setting.policy.experience.username_policy.check(username)?;
    }
    nobody_else_has(&state.profile, setting.facts)?;
    if let Err(error) = required::is_complete(&state, None, setting.policy) {
        return Err(Refusal { error, state: Some(Box::new(state)) });
    }
    let user_id = setting.new_user_id.to_owned();
    let profile = Box::new(std::mem::take(&mut state.profile));
    state.user_id = Some(user_id.clone());
    let effects = vec![
        Effect::CreateUser { user_id: user_id.clone(), profile },
        Effect::Announce { announcement: Announcement::UserCreated, user_id },
    ];
    Ok(Step { state: Some(state), effects })
}

/// What a proof gives to a new account. A password proves an existing one and gives nothing.
pub(super) fn registration_profile(record: &VerificationRecord) -> Result<Profile, Error> {
    let given = |profile: Profile| if record.is_verified() { Ok(profile) } else { Err(Error::VerificationFailed) };
    match record {
        VerificationRecord::NewPasswordIdentity { identifier, digest, .. } => match identifier.kind {
            IdentifierType::Username => Ok(Profile {
                username: Some(identifier.value.clone()),
                password: Some(digest.clone()),
                ..Profile::default()
            }),
            // An address must be proven by a code; wishing for one is not enough.
            IdentifierType::Email | IdentifierType::Phone => Err(Error::VerificationFailed),
        },
        VerificationRecord::EmailVerificationCode { identifier, .. } => {
            given(Profile { primary_email: Some(identifier.value.clone()), ..Profile::default() })
        }
        VerificationRecord::PhoneVerificationCode { identifier, .. } => {
            given(Profile { primary_phone: Some(identifier.value.clone()), ..Profile::default() })
        }
        VerificationRecord::OneTimeToken { identifier, one_time_token_context, .. } => {
            let organizations = one_time_token_context.as_ref().and_then(|context| context.get("jitOrganizationIds"));
            given(Profile {
                primary_email: Some(identifier.value.clone()),
                jit_organization_ids: organizations.and_then(|ids| serde_json::from_value(ids.clone()).ok()),
                ..Profile::default()
            })
        }
        _ => Err(Error::VerificationFailed),
    }
}

/// By what the account will be known. An account that nobody could find again is not created.
fn proof_of(profile: &Profile) -> Option<IdentifierType> {
    if profile.primary_email.is_some() {
        Some(IdentifierType::Email)
    } else if profile.primary_phone.is_some() {
        Some(IdentifierType::Phone)
    } else {
        profile.username.as_ref().map(|_| IdentifierType::Username)
    }
}
