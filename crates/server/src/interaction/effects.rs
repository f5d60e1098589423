//! Applies the effects of a step to storage.

use flow::{Effect, Mfa, Profile, WebhookEvent};
use kernel::Timestamp;
use kernel::ids::UserId;
use serde_json::{Map, Value, json};

use super::registration;
use super::transaction::StepError;
use crate::events::EventKind;
use crate::users::{self, store};
use crate::work::Work;

/// Applies one effect. The caller handles a sign-in, because it writes the interaction's row.
pub(super) fn apply(work: &Work<'_>, effect: Effect) -> Result<(), StepError> {
    let changes = effect.changes_account();
    match effect {
        Effect::CreateUser { user_id, profile } => registration::create_user(work, user_id, *profile)?,
        Effect::UpdateUser { user_id, last_sign_in_at, .. } if !changes => {
            store::record_sign_in(work, &user_id, last_sign_in_at)?;
        }
        Effect::UpdateUser { user_id, profile, mfa, last_sign_in_at } => {
            update_user(work, &user_id, *profile, &mfa, last_sign_in_at)?;
        }
        Effect::ResetPassword { user_id, digest } => {
            users::change_password(work, &user_id, &digest)?;
        }
        Effect::TriggerWebhook { event, user_id } => {
            let kind = match event {
                // `users::create` says it.
                WebhookEvent::UserCreated => return Ok(()),
                WebhookEvent::PostRegister => EventKind::PostRegister,
                WebhookEvent::PostSignIn => EventKind::PostSignIn,
                WebhookEvent::PostResetPassword => EventKind::PostResetPassword,
            };
            users::emit_sign_in(work, kind, &user_id)?;
        }
        Effect::SignedIn { .. } => {}
    }
    Ok(())
}

fn update_user(work: &Work<'_>, user_id: &UserId, profile: Profile, mfa: &Mfa, at: Timestamp) -> Result<(), StepError> {
    let mut user = store::get_for_update(work, user_id)?;
    if let Some(digest) = profile.password {
        user.password = Some(digest);
        user.password_updated_at = Some(at);
        user.password_epoch = store::next_password_epoch(work)?;
        user.is_password_expired = false;
    }
    user.username = profile.username.or(user.username);
    user.primary_email = profile.primary_email.or(user.primary_email);
    user.primary_phone = profile.primary_phone.or(user.primary_phone);
    user.name = profile.name.or(user.name);
    user.avatar = profile.avatar.or(user.avatar);
    user.profile.extend(profile.profile.unwrap_or_default());
    user.custom_data.extend(profile.custom_data.unwrap_or_default());
    update_mfa_config(&mut user.logto_config, mfa);
    user.last_sign_in_at = Some(at);
    Ok(users::update(work, &user, EventKind::UserDataUpdated).map(drop)?)
}

/// Updates `logtoConfig.mfa` (D083). A user who skipped is not asked again.
fn update_mfa_config(config: &mut Map<String, Value>, mfa: &Mfa) {
    let enabled = if mfa.mfa_skipped == Some(true) { Some(false) } else { mfa.mfa_enabled };
    let Some(enabled) = enabled else { return };
    let entry = config.entry("mfa").or_insert_with(|| json!({}));
    if let Some(members) = entry.as_object_mut() {
        members.insert("enabled".to_owned(), enabled.into());
        if mfa.mfa_skipped == Some(true) {
            members.insert("skipped".to_owned(), true.into());
        }
    }
}
