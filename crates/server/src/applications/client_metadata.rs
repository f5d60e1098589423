//! Rules for client metadata that its wire types can't say (inventory O030, O031, O036, O037). Scriptable schemes are
//! rejected for every URI, so that none can reach a browser (attack A7).

use ::api::Issue;
use ::api::applications::{CustomClientMetadata, OidcClientMetadata};
use oauth::client::cors;
use oauth::redirect::registration;

use crate::errors::ApiError;
use crate::http::body::invalid_body;

/// Checks the URIs of `oidcClientMetadata` and the origins of `customClientMetadata`.
///
/// # Errors
/// 400 `guard.invalid_input` with every invalid URI and origin at its path.
pub(super) fn check(oidc: Option<&OidcClientMetadata>, custom: Option<&CustomClientMetadata>) -> Result<(), ApiError> {
    let check_uri = |uri: &str| registration::check(uri).map_err(|error| error.to_string());
    let mut issues = Vec::new();
    if let Some(metadata) = oidc {
        let lists = [
            ("redirectUris", &metadata.redirect_uris),
            ("postLogoutRedirectUris", &metadata.post_logout_redirect_uris),
        ];
        for (list, uris) in lists {
            issues.extend(issues_of(["oidcClientMetadata", list], uris, check_uri));
        }
    }
    let origins = custom.and_then(|metadata| metadata.cors_allowed_origins.as_deref()).unwrap_or_default();
    issues.extend(issues_of(["customClientMetadata", "corsAllowedOrigins"], origins, cors::check_registration));
    match issues.is_empty() {
        true => Ok(()),
        false => Err(invalid_body(&issues)),
    }
}

fn issues_of([object, list]: [&str; 2], values: &[String], check: impl Fn(&str) -> Result<(), String>) -> Vec<Issue> {
    let issue = |(index, value): (usize, &String)| {
        let reason = check(value).err()?;
        Some(Issue::custom(vec![object.into(), list.into(), index.into()], reason))
    };
    values.iter().enumerate().filter_map(issue).collect()
}
