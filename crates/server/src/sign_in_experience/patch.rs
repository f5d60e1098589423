//! Applies a patch to the settings (inventory M213). Its type says what each member may be; rules between members are in
//! [`super::validation`].

use ::api::Issue;
use ::api::issue::error_data;
use ::api::sign_in_experience::{CustomUiCsp, UpdateSignInExperience};
use flow::SignInExperience;
use flow::mfa::MfaFactor;
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::errors::ApiError;
use crate::http::body::invalid_body;

/// The settings after a patch, and which members it had.
pub(super) struct PatchedSettings {
    pub settings: SignInExperience,
    /// The factors that were switched on before.
    pub earlier_factors: Vec<MfaFactor>,
    members: Vec<String>,
}

impl PatchedSettings {
    /// Whether the patch had this member.
    pub fn has(&self, member: &str) -> bool {
        self.members.iter().any(|known| known == member)
    }
}

/// Applies the patch to the settings. Objects are replaced as a whole. `social_targets` are those of the social connectors.
///
/// # Errors
/// 400 `guard.invalid_input` with each place; 400 `request.invalid_input` for what only Logto's cloud offers.
pub(super) fn apply(
    current: &SignInExperience,
    patch: &UpdateSignInExperience,
    social_targets: &[String],
) -> Result<PatchedSettings, ApiError> {
    check(patch)?;
    let (mut merged, changes) = (object(current)?, object(patch)?);
    let members = changes.keys().cloned().collect();
    for (name, value) in changes {
        // An empty text clears a member. Unknown targets are dropped silently (M213).
        let value = match name.as_str() {
            "socialSignInConnectorTargets" => known_targets(&value, social_targets),
            _ if value == "" => Value::Null,
            _ => value,
        };
        merged.insert(name, value);
    }
    let settings = serde_json::from_value(Value::Object(merged))
        .map_err(|error| ApiError::internal(format!("the patched sign-in experience: {error}")))?;
    Ok(PatchedSettings { settings, earlier_factors: current.mfa.factors.clone(), members })
}

fn known_targets(listed: &Value, known: &[String]) -> Value {
    let mut kept: Vec<&str> = Vec::new();
    for target in listed.as_array().into_iter().flatten().filter_map(Value::as_str) {
        if known.iter().any(|one| one == target) && !kept.contains(&target) {
            kept.push(target);
        }
    }
    json!(kept)
}

fn object(value: &impl Serialize) -> Result<Map<String, Value>, ApiError> {
    match serde_json::to_value(value) {
        Ok(Value::Object(members)) => Ok(members),
        _ => Err(ApiError::internal("the sign-in experience is not an object")),
    }
}

/// Checks what the type of a patch can't say.
fn check(patch: &UpdateSignInExperience) -> Result<(), ApiError> {
    let mut issues = Vec::new();
    if let Some(policy) = &patch.username_policy {
        let mut refuse = |member: &str, reason: &str| {
            issues.push(Issue::custom(vec!["usernamePolicy".into(), member.into()], reason));
        };
        if policy.max_length.0 < policy.min_length.0 {
            refuse("maxLength", "Expected at least `minLength`.");
        }
        let characters = policy.allowed_chars;
        if !(characters.lowercase || characters.uppercase || characters.numbers || characters.underscore) {
            refuse("allowedChars", "Expected at least one kind of characters.");
        }
    }
    if !issues.is_empty() {
        return Err(invalid_body(&issues));
    }
    if patch.hide_logto_branding == Some(true) {
        return Err(refused_member(&["hideLogtoBranding"], "Only Logto Cloud can switch this on. Leave it out"));
    }
    if patch.custom_ui_csp.as_ref().is_some_and(|csp| *csp != CustomUiCsp::default()) {
        return Err(refused_member(&["customUiCsp"], "Only Logto Cloud can switch this on. Leave it out"));
    }
    Ok(())
}

/// 400 `request.invalid_input` for what the shape of a member does not tell, with its place in `data.issues`.
pub(super) fn refused_member(path: &[&str], message: &str) -> ApiError {
    let path = path.iter().map(|name| Value::from(*name)).collect();
    ApiError::bad_request("request.invalid_input").data(error_data(&[Issue::new("custom", path, message)]))
}
