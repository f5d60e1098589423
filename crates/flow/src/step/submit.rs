//! The end: the only step that leads to a session (E004, E078).

use super::nobody_else_has;
use super::profile::identified;
use crate::error::Error;
use crate::event::{Announcement, Effect, Refusal, Step};
use crate::facts::Setting;
use crate::guards;
use crate::mfa;
use crate::required;
use crate::state::{InteractionEvent, State};

pub(super) fn submit(mut state: State, setting: &Setting<'_>) -> Result<Step, Refusal> {
    let experience = &setting.policy.experience;
    guards::captcha_is_solved(&state, experience)?;
    let user = identified(&state, setting)?;
    let user_id = user.id.clone();
    if user.is_suspended {
        return Err(Error::UserSuspended.into());
    }
    if state.submitted {
        // The same answer again, without doing anything twice.
        return Ok(Step { state: Some(state), effects: vec![Effect::Session { user_id }] });
    }
    if state.interaction_event == InteractionEvent::ForgotPassword {
        let digest = state.profile.password.take().ok_or(Error::NewPasswordRequired)?;
        let effects = vec![
            Effect::ResetPassword { user_id: user_id.clone(), digest },
            Effect::Announce { announcement: Announcement::PostResetPassword, user_id },
        ];
        return Ok(Step { state: None, effects });
    }
    mfa::require_verification(&state, user, &experience.mfa)?;
    nobody_else_has(&state.profile, setting.facts)?;
    // The extra fields were asked for before the user was created; asking again would never end.
    if state.interaction_event == InteractionEvent::SignIn {
        required::is_complete(&state, Some(user), setting.policy)?;
    }
    mfa::require_binding(&state, user, &experience.mfa)?;
    let announcement = match state.interaction_event {
        InteractionEvent::Register => Announcement::PostRegister,
        _ => Announcement::PostSignIn,
    };
    let effects = vec![
        Effect::UpdateUser {
            user_id: user_id.clone(),
            profile: Box::new(std::mem::take(&mut state.profile)),
            mfa: Box::new(state.mfa.clone()),
            last_sign_in_at: setting.now,
        },
        Effect::Session { user_id: user_id.clone() },
        Effect::Announce { announcement, user_id },
    ];
    state.submitted = true;
    Ok(Step { state: Some(state), effects })
}
