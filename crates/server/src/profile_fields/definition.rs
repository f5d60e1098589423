//! Rules for the definition of a field (H122 to H124): a name that is nobody else's, and limits that some value fits.

use ::api::ErrorCode;
use ::api::Issue;
use ::api::profile_fields::{ProfileFieldPart, ProfileFieldPartConfig, ProfileFieldType as Type, UpdateProfileField};
use flow::date_pattern::DatePattern;
use flow::profile_field::expression;

use crate::errors::ApiError;
use crate::http::body::invalid_body;

/// Members of the custom data that the server keeps itself.
const OWN_CUSTOM_DATA: [&str; 5] =
    ["onboarding", "ossOnboarding", "guideRequests", "adminConsolePreferences", "defaultTenantId"];
const IDENTIFIERS: [&str; 5] = ["username", "primaryEmail", "primaryPhone", "email", "phone"];
const ADDRESS_PARTS: [&str; 6] = ["formatted", "streetAddress", "locality", "region", "postalCode", "country"];
const NAME_PARTS: [&str; 3] = ["givenName", "middleName", "familyName"];

/// Checks the name of a new field. `batch` would be hidden by the route of that name.
pub(super) fn check_name(name: &str) -> Result<(), ApiError> {
    let code = match name {
        name if IDENTIFIERS.contains(&name) => ErrorCode::CustomProfileFieldsNameConflictSignInIdentifier,
        "preferredUsername" => ErrorCode::CustomProfileFieldsNameConflictBuiltInProp,
        name if OWN_CUSTOM_DATA.contains(&name) => ErrorCode::CustomProfileFieldsNameConflictCustomData,
        "batch" => ErrorCode::CustomProfileFieldsInvalidName,
        name if !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric()) => return Ok(()),
        _ => ErrorCode::CustomProfileFieldsInvalidName,
    };
    Err(ApiError::bad_request(code).with_placeholder("name", name))
}

/// Checks everything else of a field.
pub(super) fn check(name: &str, field: &UpdateProfileField) -> Result<(), ApiError> {
    let needs_config = matches!(field.kind, Type::Select | Type::Regex | Type::Address | Type::Fullname);
    if field.config.is_none() && needs_config {
        return Err(invalid_body(&[Issue::wrong_type(vec!["config".into()], "object", None)]));
    }
    if field.kind == Type::Checkbox && field.required {
        return Err(invalid("required", "A checkbox is never required: both of its values say something."));
    }
    if matches!(name, "name" | "avatar")
        && matches!(field.kind, Type::Number | Type::Checkbox | Type::Address | Type::Fullname)
    {
        return Err(invalid("type", "This member of a user is a text."));
    }
    if name == "address" && field.kind != Type::Address || name == "fullname" && field.kind != Type::Fullname {
        return Err(invalid("type", "A field of this name has parts."));
    }
    let config = field.config.clone().unwrap_or_default();
    let parts = config.parts.as_deref();
    match field.kind {
        Type::Address => {
            let unknown = ErrorCode::CustomProfileFieldsInvalidAddressComponents;
            check_parts(parts.unwrap_or_default(), &ADDRESS_PARTS, unknown)
        }
        Type::Fullname => {
            let unknown = ErrorCode::CustomProfileFieldsInvalidFullnameComponents;
            check_parts(parts.unwrap_or_default(), &NAME_PARTS, unknown)
        }
        _ if parts.is_some() => Err(invalid("config", "Only an address or a full name has parts.")),
        kind => check_config(kind, &config.values),
    }
}

/// Parts are each at most once there, of a known name and no composites themselves; one at least is asked for.
fn check_parts(parts: &[ProfileFieldPart], names: &[&str], unknown: ErrorCode) -> Result<(), ApiError> {
    let is_repeated = |at: usize| parts.iter().take(at).any(|earlier| earlier.name == parts[at].name);
    let fits = |(at, part): (usize, &ProfileFieldPart)| names.contains(&part.name.as_str()) && !is_repeated(at);
    if !parts.iter().enumerate().all(fits) || !parts.iter().any(|part| part.enabled) {
        return Err(ApiError::bad_request(unknown));
    }
    for part in parts {
        if matches!(part.kind, Type::Address | Type::Fullname) {
            return Err(ApiError::bad_request(ErrorCode::CustomProfileFieldsInvalidSubComponentType));
        }
        check_config(part.kind, &part.config.clone().unwrap_or_default())?;
    }
    Ok(())
}

fn check_config(kind: Type, config: &ProfileFieldPartConfig) -> Result<(), ApiError> {
    reject_unused(kind, config)?;
    let lengths = (config.min_length.map(|n| n.0), config.max_length.map(|n| n.0));
    let number = |n: &serde_json::Number| n.as_f64();
    let values = (config.min_value.as_ref().and_then(number), config.max_value.as_ref().and_then(number));
    let is_reversed =
        matches!(lengths, (Some(min), Some(max)) if min > max) || matches!(values, (Some(min), Some(max)) if min > max);
    let code = match kind {
        _ if is_reversed => ErrorCode::CustomProfileFieldsInvalidMinMaxInput,
        Type::Checkbox if !matches!(config.default_value.as_deref(), None | Some("true" | "false")) => {
            ErrorCode::CustomProfileFieldsInvalidDefaultValue
        }
        Type::Select if config.options.as_ref().is_none_or(Vec::is_empty) => {
            ErrorCode::CustomProfileFieldsInvalidOptions
        }
        Type::Regex
            if config.format.as_deref().is_none_or(|format| format.is_empty() || expression(format).is_none()) =>
        {
            ErrorCode::CustomProfileFieldsInvalidRegexFormat
        }
        Type::Date => return check_date(config),
        _ => return Ok(()),
    };
    Err(ApiError::bad_request(code))
}

/// A date without a format is written as browsers do.
fn check_date(config: &ProfileFieldPartConfig) -> Result<(), ApiError> {
    let Some(format) = config.format.as_deref() else { return Ok(()) };
    let is_pattern = |text: &str| DatePattern::parse(text).is_some();
    match (is_pattern(format), config.custom_format.as_deref()) {
        (true, _) => Ok(()),
        (false, Some(custom)) if is_pattern(custom) => Ok(()),
        _ => Err(invalid("config", "Expected a format of yyyy, MM and dd, here or as `customFormat`.")),
    }
}

/// A limit that the kind of values never looks at would promise what nobody keeps.
fn reject_unused(kind: Type, config: &ProfileFieldPartConfig) -> Result<(), ApiError> {
    let is_used = [
        (config.min_length.is_some() || config.max_length.is_some(), kind == Type::Text),
        (config.min_value.is_some() || config.max_value.is_some(), kind == Type::Number),
        (config.format.is_some(), matches!(kind, Type::Date | Type::Regex)),
        (config.custom_format.is_some(), kind == Type::Date),
        (config.options.is_some(), kind == Type::Select),
        (config.default_value.is_some(), kind == Type::Checkbox),
    ];
    match is_used.iter().all(|(is_there, is_used)| !is_there || *is_used) {
        true => Ok(()),
        false => Err(invalid("config", "It has a member that this type does not use.")),
    }
}

fn invalid(member: &str, reason: &str) -> ApiError {
    invalid_body(&[Issue::custom(vec![member.into()], reason)])
}
