//! Client metadata at write time (inventory O030, O031, O036, O037). What is refused here can never reach a browser, so
//! scriptable schemes are refused for every address (attack A7).

use oauth::client::{CustomClientMetadata, OidcClientMetadata};
use oauth::redirect::{is_scriptable, registration};
use serde::{Deserialize, Deserializer};
use url::Url;

use crate::errors::ApiError;
use crate::http::checks::{fault, web_url, within};

/// The most addresses in one list.
const LIST: i64 = 1000;
/// The longest lifetime of a token in seconds: ten years.
const LONGEST: i64 = 315_360_000;

/// `oidcClientMetadata` as it is written: both lists must be there (SURPRISES 39).
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Complete {
    redirect_uris: Vec<String>,
    post_logout_redirect_uris: Vec<String>,
    backchannel_logout_uri: Option<String>,
    backchannel_logout_session_required: Option<bool>,
    logo_uri: Option<String>,
}

/// Reads `oidcClientMetadata` and insists on its mandatory members.
///
/// # Errors
/// A missing member, or one of another type.
pub(super) fn complete<'de, D: Deserializer<'de>>(input: D) -> Result<Option<OidcClientMetadata>, D::Error> {
    Ok(Option::<Complete>::deserialize(input)?.map(|metadata| OidcClientMetadata {
        redirect_uris: metadata.redirect_uris,
        post_logout_redirect_uris: metadata.post_logout_redirect_uris,
        backchannel_logout_uri: metadata.backchannel_logout_uri,
        backchannel_logout_session_required: metadata.backchannel_logout_session_required,
        logo_uri: metadata.logo_uri,
    }))
}

/// Checks the addresses of `oidcClientMetadata`.
///
/// # Errors
/// 400 `guard.invalid_input` with the place of the first bad address.
pub fn check_oidc(metadata: &OidcClientMetadata) -> Result<(), ApiError> {
    let lists = [
        (["oidcClientMetadata", "redirectUris"], &metadata.redirect_uris),
        (["oidcClientMetadata", "postLogoutRedirectUris"], &metadata.post_logout_redirect_uris),
    ];
    for (path, uris) in lists {
        items(path, uris, |uri| registration::check(uri).map_err(|error| error.to_string()))?;
    }
    let addresses = [("backchannelLogoutUri", &metadata.backchannel_logout_uri), ("logoUri", &metadata.logo_uri)];
    for (name, address) in addresses {
        if let Some(address) = address.as_deref().filter(|address| !address.is_empty()) {
            web_url(&["oidcClientMetadata", name], address)?;
        }
    }
    Ok(())
}

/// Checks the lifetimes, counts and origins of `customClientMetadata`.
///
/// # Errors
/// 400 `guard.invalid_input` with the place of the first bad value.
pub fn check_custom(metadata: &CustomClientMetadata) -> Result<(), ApiError> {
    let numbers = [
        ("idTokenTtl", metadata.id_token_ttl, LONGEST),
        ("refreshTokenTtl", metadata.refresh_token_ttl, LONGEST),
        ("refreshTokenTtlInDays", metadata.refresh_token_ttl_in_days, 180),
        ("maxAllowedGrants", metadata.max_allowed_grants, i64::from(u32::MAX)),
    ];
    for (name, number, most) in numbers {
        if let Some(number) = number {
            within(&["customClientMetadata", name], number, 1..=most)?;
        }
    }
    let origins = metadata.cors_allowed_origins.as_deref().unwrap_or_default();
    items(["customClientMetadata", "corsAllowedOrigins"], origins, |origin| match Url::parse(origin) {
        Ok(url) if !is_scriptable(url.scheme()) && url.has_host() => Ok(()),
        _ => Err("must be an origin like https://app.example.com".to_owned()),
    })
}

fn items(
    [object, list]: [&str; 2],
    values: &[String],
    check: impl Fn(&str) -> Result<(), String>,
) -> Result<(), ApiError> {
    within(&[object, list], values.len() as i64, 0..=LIST)?;
    for (index, value) in values.iter().enumerate() {
        check(value).map_err(|reason| fault(&[object, list, &index.to_string()], &reason))?;
    }
    Ok(())
}
