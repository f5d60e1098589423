//! The stored settings.

use ::api::Patch;
use ::api::sign_in_experience::{CaptchaPolicy, ProfileFieldName, SignInMode, UpdateSignInExperience};
use axum::http::StatusCode;
use db::{DbError, params, sql};
use flow::SignInExperience;
use flow::experience::ForgotPasswordMethod;
use kernel::{Locale, Timestamp};
use serde_json::{Map, Value, json};

use super::patch::{self, PatchedSettings};
use super::username_conflicts;
use super::validation;
use crate::captcha;
use crate::connectors::{AvailableConnectors, social};
use crate::custom_phrases;
use crate::errors::ApiError;
use crate::profile_fields;
use crate::tenants::Section;
use crate::work::Work;

/// The settings of a tenant, and their stored text.
fn load(work: &Work<'_>) -> Result<(SignInExperience, String), ApiError> {
    let tenant = work.tenant_id();
    let text: String =
        work.query_one(sql!("select settings from sign_in_experiences where tenant_id = $1"), params![tenant])?;
    let unreadable = |error: serde_json::Error| DbError::Sql(format!("the sign-in experience of {tenant}: {error}"));
    let mut members: Map<String, Value> = serde_json::from_str(&text).map_err(unreadable)?;
    members.insert("tenantId".into(), tenant.into());
    members.insert("id".into(), "default".into());
    Ok((serde_json::from_value(Value::Object(members)).map_err(unreadable)?, text))
}

/// Updates the settings. `has_inbox` says that codes can be sent without a connector.
///
/// # Errors
/// The codes of M213–M219; 503 after a concurrent update.
pub(super) fn update(
    work: &Work<'_>,
    patch: &UpdateSignInExperience,
    has_inbox: bool,
) -> Result<SignInExperience, ApiError> {
    work.touch(Section::Experience)?;
    let (current, text) = load(work)?;
    require_pages(work, patch)?;
    let mut patched = patch::apply(&current, patch, &social::targets(work)?)?;
    derive_members(&current, &mut patched, work.now());
    validation::check(&patched, AvailableConnectors::of(work, has_inbox)?)?;
    let asks_captcha = patched.settings.captcha_policy.enabled == Some(true);
    // Nobody could sign in any more.
    if patched.has("captchaPolicy") && asks_captcha && !captcha::exists(work)? {
        let place = ["captchaPolicy", "enabled"];
        return Err(patch::refused_member(&place, "Choose a captcha provider first (PUT /api/captcha-provider)")
            .with_phrase("general.captcha_provider_missing"));
    }
    if patched.has("signUpProfileFields") {
        require_known_fields(work, &patched.settings)?;
    }
    if current.username_policy.case_sensitive && !patched.settings.username_policy.case_sensitive {
        let found = username_conflicts::find(work, 20)?;
        if found.total_conflicts > 0 {
            let code = "sign_in_experiences.username_policy_case_conflicts_exist";
            return Err(ApiError::new(StatusCode::CONFLICT, code).data(json!(found)));
        }
    }
    let mut settings = match serde_json::to_value(&patched.settings) {
        Ok(Value::Object(members)) => members,
        _ => return Err(ApiError::internal("the sign-in experience is not an object")),
    };
    settings.remove("tenantId");
    settings.remove("id");
    let update = sql!("update sign_in_experiences set settings = $2 where tenant_id = $1 and settings = $3");
    match work.exec(update, params![work.tenant_id(), Value::Object(settings).to_string(), text])? {
        1 => Ok(patched.settings),
        _ => Err(DbError::Busy.into()),
    }
}

/// The language of people whose own language has no pages. It stays so until the unit ends if the unit touched the section.
///
/// # Errors
/// A failure of the database.
pub(crate) fn fallback_language(work: &Work<'_>) -> Result<String, ApiError> {
    Ok(load(work)?.0.language_info.fallback_language)
}

/// Lets nobody register any more.
///
/// # Errors
/// A failure of the database.
pub(crate) fn close_registration(work: &Work<'_>) -> Result<(), ApiError> {
    let patch = UpdateSignInExperience { sign_in_mode: Some(SignInMode::SignIn), ..UpdateSignInExperience::default() };
    update(work, &patch, false).map(drop)
}

/// Asks for no captcha any more.
///
/// # Errors
/// A failure of the database.
pub(crate) fn stop_captcha(work: &Work<'_>) -> Result<(), ApiError> {
    if load(work)?.0.captcha_policy.enabled != Some(true) {
        return Ok(());
    }
    let captcha_policy = Some(CaptchaPolicy { enabled: Some(false) });
    update(work, &UpdateSignInExperience { captcha_policy, ..Default::default() }, false).map(drop)
}

/// Refuses to take away the last way to reset passwords that expire.
///
/// # Errors
/// 422 `sign_in_experiences.password_expiration_requires_forgot_password`.
pub(crate) fn require_reset_channel(
    work: &Work<'_>,
    before: AvailableConnectors,
    after: AvailableConnectors,
) -> Result<(), ApiError> {
    let (settings, _) = load(work)?;
    let check = |connectors: AvailableConnectors| {
        let mut settings = settings.clone();
        if let Some(methods) = &mut settings.forgot_password_methods {
            methods.retain(|method| match method {
                ForgotPasswordMethod::EmailVerificationCode => connectors.email,
                ForgotPasswordMethod::PhoneVerificationCode => connectors.sms,
            });
        }
        validation::check_password_expiration(&settings, connectors)
    };
    match check(before) {
        Ok(()) => check(after),
        Err(_) => Ok(()),
    }
}

/// Takes the target of a social connector that is deleted out of what the pages offer (M194).
///
/// # Errors
/// A failure of the database.
pub(crate) fn forget_social_target(work: &Work<'_>, target: &str) -> Result<(), ApiError> {
    let mut listed = load(work)?.0.social_sign_in_connector_targets;
    if !listed.iter().any(|known| known == target) {
        return Ok(());
    }
    listed.retain(|known| known != target);
    let patch = UpdateSignInExperience { social_sign_in_connector_targets: Some(listed), ..Default::default() };
    update(work, &patch, true).map(drop)
}

/// Takes a field that is deleted out of the sign-up form.
///
/// # Errors
/// A failure of the database.
pub(crate) fn forget_profile_field(work: &Work<'_>, name: &str) -> Result<(), ApiError> {
    let listed = load(work)?.0.sign_up_profile_fields.unwrap_or_default();
    if listed.iter().all(|field| field.name != name) {
        return Ok(());
    }
    let others = listed.into_iter().filter(|field| field.name != name);
    let others = others.map(|field| ProfileFieldName { name: field.name }).collect();
    let patch = UpdateSignInExperience { sign_up_profile_fields: Patch::Value(others), ..Default::default() };
    update(work, &patch, false).map(drop)
}

/// The fallback language ships, or has texts of the tenant.
fn require_pages(work: &Work<'_>, patch: &UpdateSignInExperience) -> Result<(), ApiError> {
    let Some(info) = &patch.language_info else { return Ok(()) };
    let tag: &str = &info.fallback_language;
    if Locale::ALL.iter().any(|locale| locale.tag() == tag) || custom_phrases::exist(work, tag)? {
        return Ok(());
    }
    Err(ApiError::bad_request("sign_in_experiences.unsupported_default_language"))
}

/// The sign-up form asks only for what the catalogue has.
fn require_known_fields(work: &Work<'_>, settings: &SignInExperience) -> Result<(), ApiError> {
    let listed = settings.sign_up_profile_fields.as_deref().unwrap_or_default();
    let unknown = profile_fields::missing(work, listed.iter().map(|field| field.name.as_str()))?;
    match unknown.is_empty() {
        true => Ok(()),
        false => Err(profile_fields::unknown_names(&unknown)),
    }
}

/// Sets the members that depend on others: the time when password expiration was enabled (M217), and adaptive MFA,
/// which is off without factors (M216).
fn derive_members(current: &SignInExperience, patched: &mut PatchedSettings, now: Timestamp) {
    let before = &current.password_expiration;
    let expiration = &mut patched.settings.password_expiration;
    expiration.enabled_at = match (before.enabled, expiration.enabled) {
        (Some(true), Some(true)) => before.enabled_at.or(Some(now.millis())),
        (_, Some(true)) => Some(now.millis()),
        _ => None,
    };
    let turned_off = patched.settings.mfa.factors.is_empty() && patched.has("mfa") && !patched.has("adaptiveMfa");
    if turned_off && current.adaptive_mfa["enabled"] == true {
        patched.settings.adaptive_mfa = json!({"enabled": false});
    }
}
