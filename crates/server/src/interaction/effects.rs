//! Applies the effects of a step to storage.

use api::users::Identity;
use db::DbError;
use flow::mfa::adaptive;
use flow::{Effect, Mfa, NewFactor, Profile, SocialIdentity, WebhookEvent};
use kernel::Timestamp;
use kernel::ids::UserId;
use serde_json::{Map, Value, json};

use super::places;
use super::registration;
use super::second_factors::open;
use super::token_sets;
use super::transaction::StepError;
use crate::ApiError;
use crate::credential_changes::{self, CredentialChange, differences};
use crate::events::EventKind;
use crate::organizations::jit;
use crate::tenants::password_epoch;
use crate::users::mfa_factors::passkeys::NewPasskey;
use crate::users::{self, identities, mfa_factors, store};
use crate::work::Work;

/// Applies one effect. The caller handles a sign-in, because it writes the interaction's row.
pub(super) fn apply(work: &Work<'_>, effect: Effect) -> Result<(), StepError> {
    let changes = effect.changes_account();
    match effect {
        Effect::CreateUser { user_id, profile } => registration::create_user(work, user_id, *profile)?,
        Effect::UpdateUser { user_id, last_sign_in_at, profile, .. } if !changes => {
            if let Some(identity) = &profile.synced_enterprise_sso_identity {
                identities::link_enterprise(work, &user_id, identity)?;
            }
            store::record_sign_in(work, &user_id, last_sign_in_at)?;
        }
        Effect::UpdateUser { user_id, profile, mfa, last_sign_in_at } => {
            update_user(work, &user_id, *profile, &mfa, last_sign_in_at)?;
        }
        Effect::StoreTokens { user_id, tokens } => token_sets::store(work, &user_id, *tokens)?,
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
            users::emit_sign_in(work, kind, &user_id, None)?;
        }
        Effect::AnnounceUnusualSignIn { user_id, rules } => {
            let result = adaptive::result(&rules);
            users::emit_sign_in(work, EventKind::PostSignInAdaptiveMfaTriggered, &user_id, Some(result))?;
        }
        Effect::RememberPlace { user_id, place } => places::remember(work, &user_id, &place)?,
        Effect::SignedIn { .. } => {}
    }
    Ok(())
}

fn update_user(work: &Work<'_>, user_id: &UserId, profile: Profile, mfa: &Mfa, at: Timestamp) -> Result<(), StepError> {
    let mut user = store::get_for_update(work, user_id)?;
    // The step saw none of them. Another one sees what came since, and refuses.
    let replaces = profile.username.is_some() && user.username.is_some()
        || profile.primary_email.is_some() && user.primary_email.is_some()
        || profile.primary_phone.is_some() && user.primary_phone.is_some();
    if replaces {
        return Err(DbError::Conflict.into());
    }
    let before = user.clone();
    let mut changes = new_protection(&profile, mfa);
    if let Some(digest) = profile.password {
        user.password = Some(digest);
        user.password_updated_at = Some(at);
        user.password_epoch = password_epoch::next(work)?;
        user.is_password_expired = false;
    }
    user.username = profile.username.or(user.username);
    user.primary_email = profile.primary_email.or(user.primary_email);
    user.primary_phone = profile.primary_phone.or(user.primary_phone);
    user.name = profile.name.or(user.name);
    user.avatar = profile.avatar.or(user.avatar);
    user.profile.extend(profile.profile.unwrap_or_default());
    user.custom_data.extend(profile.custom_data.unwrap_or_default());
    let invited = profile.jit_organization_ids.unwrap_or_default();
    jit::join(work, user_id, jit::Origin::Email(None), &invited)?;
    update_mfa_config(&mut user.logto_config, mfa);
    update_passkey_config(&mut user.logto_config, mfa);
    bind_factors(work, user_id, mfa)?;
    if let Some(identity) = &profile.social_identity {
        identities::link(work, user_id, &identity.target, &to_identity(identity))?;
        user.has_identities = true;
    }
    for identity in [&profile.enterprise_sso_identity, &profile.synced_enterprise_sso_identity].into_iter().flatten() {
        identities::link_enterprise(work, user_id, identity)?;
        user.has_identities = true;
    }
    user.last_sign_in_at = Some(at);
    let after = users::update(work, &user, EventKind::UserDataUpdated)?;
    changes.extend(differences(&before, &after));
    Ok(credential_changes::tell(work, &before, &changes)?)
}

/// What a sign-in adds to the account beside its row.
fn new_protection(profile: &Profile, mfa: &Mfa) -> Vec<CredentialChange> {
    let social = profile.social_identity.iter().map(|identity| CredentialChange::SocialLinked(identity.target.clone()));
    let enterprise = profile.enterprise_sso_identity.iter();
    let enterprise = enterprise.map(|identity| CredentialChange::SocialLinked(identity.issuer.clone()));
    let factors = [
        mfa.totp.as_ref().map(|_| CredentialChange::AppAdded),
        mfa.passkeys().first().map(|_| CredentialChange::PasskeyAdded),
        mfa.backup_code.as_ref().map(|_| CredentialChange::BackupCodesMade),
    ];
    social.chain(enterprise).chain(factors.into_iter().flatten()).collect()
}

/// The account at a social provider that the interaction proved.
pub(crate) fn to_identity(new: &SocialIdentity) -> Identity {
    let user_id = new.user_info.get("id").and_then(Value::as_str).unwrap_or_default().to_owned();
    Identity { user_id, details: Some(new.user_info.clone()) }
}

/// Binds the factors of the interaction. New backup codes replace the old (E079).
fn bind_factors(work: &Work<'_>, user_id: &UserId, mfa: &Mfa) -> Result<(), ApiError> {
    let opened = |new: &NewFactor| open(work, &new.verification_id, &new.secret);
    if let Some(app) = &mfa.totp {
        mfa_factors::bind(work, user_id, &mfa_factors::NewFactor::Totp { key: opened(app)? })?;
    }
    for new in mfa.passkeys() {
        let passkey: NewPasskey = serde_json::from_value(new.credential.clone())
            .map_err(|error| ApiError::internal(format!("a new passkey: {error}")))?;
        mfa_factors::bind(work, user_id, &passkey.into_factor()?)?;
    }
    if let Some(codes) = &mfa.backup_code {
        let codes = opened(codes)?.split(' ').map(str::to_owned).collect();
        mfa_factors::backup_codes::replace(work, user_id, codes)?;
    }
    Ok(())
}

/// Updates `logtoConfig.mfa` (D083). A user who skipped is not asked again.
fn update_mfa_config(config: &mut Map<String, Value>, mfa: &Mfa) {
    let flags = [
        ("enabled", mfa.mfa_enabled),
        ("skipped", mfa.mfa_skipped),
        ("additionalBindingSuggestionSkipped", mfa.additional_binding_suggestion_skipped),
    ];
    for (name, flag) in flags {
        let Some(flag) = flag else { continue };
        let entry = config.entry("mfa").or_insert_with(|| json!({}));
        if let Some(members) = entry.as_object_mut() {
            members.insert(name.to_owned(), flag.into());
        }
    }
}

/// Updates `logtoConfig.passkeySignIn` (D083).
fn update_passkey_config(config: &mut Map<String, Value>, mfa: &Mfa) {
    let Some(skipped) = mfa.passkey_skipped else { return };
    let entry = config.entry("passkeySignIn").or_insert_with(|| json!({}));
    if let Some(members) = entry.as_object_mut() {
        members.insert("skipped".to_owned(), skipped.into());
    }
}
