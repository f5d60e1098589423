//! What an account must have before it is created or signed in (E056 to E060).

use serde_json::{Map, Value};

use crate::error::{FlowError, MissingProfile};
use crate::experience::{SignInExperience, SignUpIdentifier};
use crate::identifier::IdentifierType;
use crate::lookups::{TenantPolicy, User};
use crate::profile_field::{LONGEST_NAME, ProfileField, is_blank, is_web_url};
use crate::state::{InteractionEvent, Profile, State};
use crate::verification::IdentityProof;

/// Members of the standard profile (OpenID Connect Core section 5.1, in the spelling of the Management API). Everything
/// else goes to the custom data. `preferredUsername` is reserved and not here.
const STANDARD: [&str; 11] = [
    "familyName",
    "givenName",
    "middleName",
    "nickname",
    "profile",
    "website",
    "gender",
    "birthdate",
    "zoneinfo",
    "locale",
    "address",
];

/// Refuses to go on while something mandatory is missing from the collected profile and the user, if there is one.
pub(crate) fn require_complete(state: &State, user: Option<&User>, policy: &TenantPolicy) -> Result<(), FlowError> {
    if state.enterprise_sign_in().is_some() {
        return Ok(());
    }
    let experience = &policy.experience;
    let proven_social = || state.identity_proofs().any(|proof| matches!(proof, IdentityProof::Social(_)));
    let social = state.profile.social_identity.is_some() || proven_social();
    let skips = social && experience.social_sign_in.skip_required_identifiers == Some(true);
    let mut missing = if skips { Vec::new() } else { missing_parts(&state.profile, user, social, experience) };
    if state.interaction_event == InteractionEvent::Register && extra_is_missing(&state.profile, policy) {
        missing.push(MissingProfile::ExtraProfile);
    }
    if missing.is_empty() { Ok(()) } else { Err(FlowError::MissingProfile(missing)) }
}

fn missing_parts(
    profile: &Profile,
    user: Option<&User>,
    social: bool,
    experience: &SignInExperience,
) -> Vec<MissingProfile> {
    let username = profile.username.is_some() || user.is_some_and(|u| u.username.is_some());
    let email = profile.primary_email.is_some() || user.is_some_and(|u| u.primary_email.is_some());
    let phone = profile.primary_phone.is_some() || user.is_some_and(|u| u.primary_phone.is_some());
    let password = profile.password.is_some() || social || user.is_some_and(|u| u.has_password || u.has_identity);
    let mut wanted = primary_identifier(&experience.sign_up.identifiers);
    for secondary in experience.sign_up.secondary_identifiers.iter().flatten() {
        wanted.push(match secondary.identifier {
            SignUpIdentifier::Username => MissingProfile::Username,
            SignUpIdentifier::Email => MissingProfile::Email,
            SignUpIdentifier::Phone => MissingProfile::Phone,
            SignUpIdentifier::EmailOrPhone => MissingProfile::EmailOrPhone,
        });
    }
    if experience.sign_up.password {
        wanted.push(MissingProfile::Password);
    }
    let mut missing = Vec::new();
    for part in wanted {
        let there = match part {
            MissingProfile::Username => username,
            MissingProfile::Email => email,
            MissingProfile::Phone => phone,
            MissingProfile::EmailOrPhone => email || phone,
            MissingProfile::Password => password,
            MissingProfile::ExtraProfile => true,
        };
        if !there && !missing.contains(&part) {
            missing.push(part);
        }
    }
    missing
}

/// A username wins; e-mail and phone together mean either of them (E056).
fn primary_identifier(identifiers: &[IdentifierType]) -> Vec<MissingProfile> {
    let has = |kind| identifiers.contains(&kind);
    match (has(IdentifierType::Username), has(IdentifierType::Email), has(IdentifierType::Phone)) {
        (true, ..) => vec![MissingProfile::Username],
        (_, true, true) => vec![MissingProfile::EmailOrPhone],
        (_, true, _) => vec![MissingProfile::Email],
        (_, _, true) => vec![MissingProfile::Phone],
        _ => Vec::new(),
    }
}

/// Whether a member of a profile is a standard claim (OpenID Connect Core section 5.1), which is stored apart from custom data.
pub fn is_standard_claim(name: &str) -> bool {
    STANDARD.contains(&name)
}

/// The fields of the sign-up form: those the settings list, in that order, else the whole catalogue.
pub fn sign_up_fields(policy: &TenantPolicy) -> Vec<&ProfileField> {
    let catalogue = &policy.profile_fields;
    match &policy.experience.sign_up_profile_fields {
        None => catalogue.iter().collect(),
        Some(listed) => {
            listed.iter().filter_map(|name| catalogue.iter().find(|field| field.name == name.name)).collect()
        }
    }
}

/// The form is asked for once even if nothing in it is required; after that only required fields are (E059).
fn extra_is_missing(profile: &Profile, policy: &TenantPolicy) -> bool {
    let shown_already = profile.submitted == Some(true);
    sign_up_fields(policy).iter().any(|field| (!shown_already || field.required) && !has_value(profile, field))
}

fn has_value(profile: &Profile, field: &ProfileField) -> bool {
    fn member<'a>(members: &'a Option<Map<String, Value>>, name: &str) -> Option<&'a Value> {
        members.as_ref().and_then(|members| members.get(name)).filter(|value| !is_blank(value))
    }
    match field.name.as_str() {
        "name" => profile.name.is_some(),
        "avatar" => profile.avatar.is_some(),
        _ if field.is_spread() => {
            let parts = field.config.enabled_parts();
            let given = parts.filter_map(|part| Some((part, member(&profile.profile, &part.name)?)));
            let given: Map<String, Value> = given.map(|(part, value)| (part.name.clone(), value.clone())).collect();
            !given.is_empty() && field.check_parts(&given).is_ok()
        }
        name => member(&profile.profile, name).or_else(|| member(&profile.custom_data, name)).is_some(),
    }
}

/// Sorts the sent fields into the places where they are stored (E060). Where the tenant has a catalogue of fields, others
/// that are not built in are dropped (trace 20-20), and a value that does not fit its field counts as not given.
///
/// # Errors
/// [`FlowError::ReservedProfileKey`]; [`FlowError::InvalidInput`] for a name that is not alphanumeric.
pub(crate) fn extra_profile(values: Map<String, Value>, policy: &TenantPolicy) -> Result<Profile, FlowError> {
    let fields = sign_up_fields(policy);
    let is_listed = |name: &str| policy.profile_fields.is_empty() || fields.iter().any(|field| field.name == name);
    let mut profile = Profile { submitted: Some(true), ..Profile::default() };
    for (name, value) in with_spread_parts(values, &fields) {
        if RESERVED.contains(&name.as_str()) {
            return Err(FlowError::ReservedProfileKey);
        }
        if name.is_empty() || !name.bytes().all(|b| b.is_ascii_alphanumeric()) {
            return Err(FlowError::InvalidInput);
        }
        if !fits(&name, &value, &fields) {
            continue;
        }
        match (name.as_str(), &value) {
            ("name", Value::String(text)) if is_name(text) => profile.name = Some(text.clone()),
            ("avatar", Value::String(text)) if is_web_url(text) => profile.avatar = Some(text.clone()),
            ("name" | "avatar", _) => {}
            (standard, value) if STANDARD.contains(&standard) => {
                if !fits_standard(standard, value) {
                    continue;
                }
                profile.profile.get_or_insert_default().insert(name, value.clone());
            }
            (other, _) if is_listed(other) => {
                profile.custom_data.get_or_insert_default().insert(name, value);
            }
            _ => {}
        }
    }
    Ok(profile)
}

/// The values, with the parts of a full name as members of their own.
fn with_spread_parts(mut values: Map<String, Value>, fields: &[&ProfileField]) -> Map<String, Value> {
    for field in fields.iter().filter(|field| field.is_spread()) {
        if let Some(Value::Object(parts)) = values.remove(&field.name) {
            values.extend(parts);
        }
    }
    values
}

/// Whether a value fits the field, or the part of the full name, that it is for.
fn fits(name: &str, value: &Value, fields: &[&ProfileField]) -> bool {
    if let Some(field) = fields.iter().find(|field| field.name == name) {
        return !is_blank(value) && field.check(value).is_ok();
    }
    let mut parts = fields.iter().filter(|field| field.is_spread()).flat_map(|field| &field.config.parts);
    match parts.find(|part| part.name == name) {
        Some(part) => part.enabled && !is_blank(value) && part.check(value).is_ok(),
        None => true,
    }
}

/// Whether a value has the type of the standard claim, whose readers rely on it.
fn fits_standard(name: &str, value: &Value) -> bool {
    match (name, value) {
        ("address", Value::Object(parts)) => {
            parts.iter().all(|(name, value)| ADDRESS.contains(&name.as_str()) && value.is_string())
        }
        ("address", _) => false,
        ("profile" | "website", Value::String(address)) => is_web_url(address),
        _ => value.is_string(),
    }
}

/// Members of the claim `address` (OpenID Connect Core section 5.1.1, in the spelling of the Management API).
const ADDRESS: [&str; 6] = ["formatted", "streetAddress", "locality", "region", "postalCode", "country"];

/// Names that are not a person's to choose here: identifiers of the sign-in, and what the server keeps in custom data.
const RESERVED: [&str; 11] = [
    "preferredUsername",
    "username",
    "primaryEmail",
    "primaryPhone",
    "email",
    "phone",
    "onboarding",
    "ossOnboarding",
    "guideRequests",
    "adminConsolePreferences",
    "defaultTenantId",
];

fn is_name(text: &str) -> bool {
    text.chars().count() <= LONGEST_NAME && !kernel::text::has_bidi_control(text)
}
