//! Validation of client metadata before it is stored (inventory O030, O031, O036, O037). Scriptable schemes are
//! rejected for every URI, so that none can reach a browser (attack A7).

use oauth::client::{CustomClientMetadata, OidcClientMetadata, cors};
use oauth::redirect::registration;
use serde::{Deserialize, Deserializer};

use crate::errors::ApiError;
use crate::http::validate::{invalid_member, require_range, require_web_url};

/// The maximum number of URIs in one list.
const MAX_LIST_ITEMS: i64 = 1000;
/// The maximum lifetime of a token in seconds: ten years.
const MAX_LIFETIME_SECONDS: i64 = 315_360_000;

/// `oidcClientMetadata` in a request body: both lists are required (SURPRISES 39).
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct OidcClientMetadataInput {
    redirect_uris: Vec<String>,
    post_logout_redirect_uris: Vec<String>,
    backchannel_logout_uri: Option<String>,
    backchannel_logout_session_required: Option<bool>,
    logo_uri: Option<String>,
}

/// Deserializes `oidcClientMetadata` and requires its mandatory members.
///
/// # Errors
/// A missing member, or a member of the wrong type.
pub(super) fn require_mandatory_members<'de, D: Deserializer<'de>>(
    input: D,
) -> Result<Option<OidcClientMetadata>, D::Error> {
    Ok(Option::<OidcClientMetadataInput>::deserialize(input)?.map(|metadata| OidcClientMetadata {
        redirect_uris: metadata.redirect_uris,
        post_logout_redirect_uris: metadata.post_logout_redirect_uris,
        backchannel_logout_uri: metadata.backchannel_logout_uri,
        backchannel_logout_session_required: metadata.backchannel_logout_session_required,
        logo_uri: metadata.logo_uri,
    }))
}

/// Checks the URIs of `oidcClientMetadata`.
///
/// # Errors
/// 400 `guard.invalid_input` with the path of the first invalid URI.
pub fn check_oidc(metadata: &OidcClientMetadata) -> Result<(), ApiError> {
    let lists = [
        (["oidcClientMetadata", "redirectUris"], &metadata.redirect_uris),
        (["oidcClientMetadata", "postLogoutRedirectUris"], &metadata.post_logout_redirect_uris),
    ];
    for (path, uris) in lists {
        check_list(path, uris, |uri| registration::check(uri).map_err(|error| error.to_string()))?;
    }
    let addresses = [("backchannelLogoutUri", &metadata.backchannel_logout_uri), ("logoUri", &metadata.logo_uri)];
    for (name, address) in addresses {
        if let Some(address) = address.as_deref().filter(|address| !address.is_empty()) {
            require_web_url(&["oidcClientMetadata", name], address)?;
        }
    }
    Ok(())
}

/// Checks the lifetimes, counts and origins of `customClientMetadata`.
///
/// # Errors
/// 400 `guard.invalid_input` with the path of the first invalid value.
pub fn check_custom(metadata: &CustomClientMetadata) -> Result<(), ApiError> {
    let numbers = [
        ("idTokenTtl", metadata.id_token_ttl, MAX_LIFETIME_SECONDS),
        ("refreshTokenTtl", metadata.refresh_token_ttl, MAX_LIFETIME_SECONDS),
        ("refreshTokenTtlInDays", metadata.refresh_token_ttl_in_days, 180),
        ("maxAllowedGrants", metadata.max_allowed_grants, i64::from(u32::MAX)),
    ];
    for (name, number, most) in numbers {
        if let Some(number) = number {
            require_range(&["customClientMetadata", name], number, 1..=most)?;
        }
    }
    let origins = metadata.cors_allowed_origins.as_deref().unwrap_or_default();
    check_list(["customClientMetadata", "corsAllowedOrigins"], origins, cors::check_registration)
}

fn check_list(
    [object, list]: [&str; 2],
    values: &[String],
    check: impl Fn(&str) -> Result<(), String>,
) -> Result<(), ApiError> {
    require_range(&[object, list], values.len() as i64, 0..=MAX_LIST_ITEMS)?;
    for (index, value) in values.iter().enumerate() {
        check(value).map_err(|reason| invalid_member(&[object, list, &index.to_string()], &reason))?;
    }
    Ok(())
}
