//! Rules between the members of the settings (inventory M214–M217). They check the settings after the patch, for the
//! members that the patch had.

use std::collections::BTreeSet;

use axum::http::StatusCode;
use flow::IdentifierType;
use flow::SignInExperience;
use flow::experience::{ForgotPasswordMethod, SignUpIdentifier, is_email_pattern};
use flow::mfa::{MfaFactor, MfaPolicy};
use serde_json::json;

use super::patch::PatchedSettings;
use crate::connectors::AvailableConnectors;
use crate::errors::ApiError;

/// Refuses codes to addresses of this kind when nothing can send them.
fn require_connector(connectors: AvailableConnectors, identifier: IdentifierType) -> Result<(), ApiError> {
    let missing = match identifier {
        IdentifierType::Email if !connectors.email => "Email",
        IdentifierType::Phone if !connectors.sms => "Sms",
        _ => return Ok(()),
    };
    Err(bad_request("enabled_connector_not_found").data(json!({"type": missing})))
}

fn bad_request(reason: &str) -> ApiError {
    ApiError::bad_request(format!("sign_in_experiences.{reason}"))
}

fn unprocessable(reason: &str) -> ApiError {
    ApiError::new(StatusCode::UNPROCESSABLE_ENTITY, format!("sign_in_experiences.{reason}"))
}

/// Rejects settings that lock users out or contradict each other.
///
/// # Errors
/// The codes of M214–M217.
pub(super) fn check(patched: &PatchedSettings, connectors: AvailableConnectors) -> Result<(), ApiError> {
    let settings = &patched.settings;
    if patched.has("signUp") {
        check_sign_up(settings, connectors)?;
    }
    if patched.has("signIn") {
        check_sign_in(settings, connectors)?;
    }
    if patched.has("mfa") {
        check_mfa(settings)?;
        check_new_factors(patched, connectors)?;
    }
    if patched.has("mfa") || patched.has("adaptiveMfa") {
        check_adaptive_mfa(settings)?;
    }
    if patched.has("forgotPasswordMethods") {
        check_forgot_password(settings, connectors)?;
    }
    if patched.has("passwordExpiration") || patched.has("forgotPasswordMethods") {
        check_password_expiration(settings, connectors)?;
    }
    if patched.has("emailBlocklistPolicy") {
        check_blocklist(settings)?;
    }
    Ok(())
}

/// The identifier types of a sign-up identifier.
fn parts(identifier: SignUpIdentifier) -> &'static [IdentifierType] {
    match identifier {
        SignUpIdentifier::Username => &[IdentifierType::Username],
        SignUpIdentifier::Email => &[IdentifierType::Email],
        SignUpIdentifier::Phone => &[IdentifierType::Phone],
        SignUpIdentifier::EmailOrPhone => &[IdentifierType::Email, IdentifierType::Phone],
    }
}

fn check_sign_up(settings: &SignInExperience, connectors: AvailableConnectors) -> Result<(), ApiError> {
    let sign_up = &settings.sign_up;
    let further = sign_up.secondary_identifiers.as_deref().unwrap_or_default();
    if sign_up.identifiers.is_empty() && !further.is_empty() {
        return Err(bad_request("missing_sign_up_identifiers"));
    }
    let mut seen = BTreeSet::new();
    let all = sign_up.identifiers.iter().chain(further.iter().flat_map(|entry| parts(entry.identifier)));
    for identifier in all.clone() {
        if !seen.insert(*identifier) {
            return Err(bad_request("duplicated_sign_up_identifiers"));
        }
    }
    let needs_code = sign_up.identifiers.iter().any(|identifier| *identifier != IdentifierType::Username);
    let unverified = |entry: &flow::experience::SecondaryIdentifier| {
        entry.identifier != SignUpIdentifier::Username && entry.verify != Some(true)
    };
    if (needs_code && !sign_up.verify) || further.iter().any(unverified) {
        return Err(bad_request("passwordless_requires_verify"));
    }
    all.into_iter().try_for_each(|identifier| require_connector(connectors, *identifier))
}

fn check_sign_in(settings: &SignInExperience, connectors: AvailableConnectors) -> Result<(), ApiError> {
    let sign_up = &settings.sign_up;
    for method in &settings.sign_in.methods {
        if !method.password && !method.verification_code {
            return Err(bad_request("at_least_one_authentication_factor"));
        }
        if method.verification_code {
            require_connector(connectors, method.identifier)?;
        }
        let passwordless = sign_up.verify && !sign_up.password && method.identifier != IdentifierType::Username;
        if passwordless && !method.verification_code {
            return Err(bad_request("code_sign_in_must_be_enabled"));
        }
    }
    match factor_used_for_sign_in(settings) {
        Some(name) => Err(bad_request(&format!("{name}_verification_code_cannot_be_used_for_sign_in"))),
        None => Ok(()),
    }
}

/// The MFA factor whose verification code is also a sign-in method, so that it would be no second factor.
fn factor_used_for_sign_in(settings: &SignInExperience) -> Option<&'static str> {
    let signs_in = |kind| settings.sign_in.methods.iter().any(|m| m.identifier == kind && m.verification_code);
    settings.mfa.factors.iter().find_map(|factor| match factor {
        MfaFactor::EmailVerificationCode if signs_in(IdentifierType::Email) => Some("email"),
        MfaFactor::PhoneVerificationCode if signs_in(IdentifierType::Phone) => Some("phone"),
        _ => None,
    })
}

fn check_mfa(settings: &SignInExperience) -> Result<(), ApiError> {
    let factors = &settings.mfa.factors;
    if factors.iter().enumerate().any(|(at, factor)| factors[..at].contains(factor)) {
        return Err(bad_request("duplicated_mfa_factors"));
    }
    if factors.as_slice() == [MfaFactor::BackupCode] {
        return Err(bad_request("backup_code_cannot_be_enabled_alone"));
    }
    match factor_used_for_sign_in(settings) {
        Some(name) => Err(bad_request(&format!("{name}_verification_code_cannot_be_used_for_mfa"))),
        None => Ok(()),
    }
}

/// Refuses to switch on factors whose codes nothing could send.
fn check_new_factors(patched: &PatchedSettings, connectors: AvailableConnectors) -> Result<(), ApiError> {
    let is_new = |factor: &&MfaFactor| !patched.earlier_factors.contains(factor);
    for factor in patched.settings.mfa.factors.iter().filter(is_new) {
        match factor {
            MfaFactor::Totp | MfaFactor::WebAuthn | MfaFactor::BackupCode => {}
            MfaFactor::EmailVerificationCode => require_connector(connectors, IdentifierType::Email)?,
            MfaFactor::PhoneVerificationCode => require_connector(connectors, IdentifierType::Phone)?,
        }
    }
    Ok(())
}

fn check_adaptive_mfa(settings: &SignInExperience) -> Result<(), ApiError> {
    let policy = settings.mfa.policy;
    let only_adaptive =
        matches!(policy, MfaPolicy::PromptAtSignInAndSignUpMandatory | MfaPolicy::PromptOnlyAtSignInMandatory);
    if settings.adaptive_mfa["enabled"] != true {
        return match only_adaptive {
            true => Err(unprocessable("non_adaptive_mfa_requires_skippable_policy")),
            false => Ok(()),
        };
    }
    if settings.mfa.factors.is_empty() {
        return Err(unprocessable("adaptive_mfa_requires_mfa"));
    }
    // `Mandatory` asks for a factor at every sign-in, so there is nothing to adapt (inventory E067).
    match only_adaptive {
        true => Ok(()),
        false => Err(unprocessable("adaptive_mfa_requires_non_skippable_policy")),
    }
}

fn check_forgot_password(settings: &SignInExperience, connectors: AvailableConnectors) -> Result<(), ApiError> {
    for method in settings.forgot_password_methods.iter().flatten() {
        let available = match method {
            ForgotPasswordMethod::EmailVerificationCode => connectors.email,
            ForgotPasswordMethod::PhoneVerificationCode => connectors.sms,
        };
        if !available {
            return Err(bad_request("forgot_password_method_requires_connector"));
        }
    }
    Ok(())
}

pub(super) fn check_password_expiration(
    settings: &SignInExperience,
    connectors: AvailableConnectors,
) -> Result<(), ApiError> {
    let expiration = &settings.password_expiration;
    if expiration.enabled != Some(true) {
        return Ok(());
    }
    // Ten years: a longer period could overflow.
    if !expiration.valid_period_days.is_some_and(|days| (1..=3650).contains(&days)) {
        return Err(unprocessable("password_expiration_invalid_period_days"));
    }
    let can_reset = match &settings.forgot_password_methods {
        Some(methods) => !methods.is_empty(),
        None => connectors.email || connectors.sms,
    };
    match can_reset {
        true => Ok(()),
        false => Err(unprocessable("password_expiration_requires_forgot_password")),
    }
}

fn check_blocklist(settings: &SignInExperience) -> Result<(), ApiError> {
    let policy = &settings.email_blocklist_policy;
    let mut entries = policy.custom_blocklist.iter().chain(&policy.custom_allowlist).flatten();
    match entries.all(|entry| is_email_pattern(entry)) {
        true => Ok(()),
        false => Err(bad_request("invalid_custom_email_blocklist_format")),
    }
}
