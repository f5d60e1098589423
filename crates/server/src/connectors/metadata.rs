//! What a connector says of itself beside its settings.

use api::connectors::{ConnectorMetadata, ConnectorType};
use api::{ErrorCode, Patch};

use super::factories::Factory;
use super::settings::issue;
use crate::errors::ApiError;

/// The longest target, in characters (D024).
const MAX_TARGET: usize = 256;

/// The name of the service: of a standard connector its own, else that of the factory.
///
/// # Errors
/// 400 `connector.should_specify_target`; 400 `connector.invalid_metadata`.
pub(super) fn target(factory: &Factory, metadata: &ConnectorMetadata) -> Result<String, ApiError> {
    if !factory.is_standard() {
        return Ok(factory.data.description.target.clone());
    }
    let target = metadata.target.as_deref().filter(|target| !target.is_empty());
    let target = target.ok_or_else(|| ApiError::bad_request(ErrorCode::ConnectorShouldSpecifyTarget))?;
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    match target.chars().all(is_name) && target.len() <= MAX_TARGET {
        true => Ok(target.to_owned()),
        false => {
            Err(invalid("target", "Expected at most 256 letters of a to z, digits, hyphens, underscores and dots."))
        }
    }
}

/// Refuses what the factory's connectors do not have.
///
/// # Errors
/// 400 `connector.cannot_overwrite_metadata_for_non_standard_connector` or `connector.invalid_metadata`; 422
/// `connector.invalid_type_for_syncing_profile`.
pub(super) fn check_members(
    factory: &Factory,
    metadata: Option<&ConnectorMetadata>,
    sync_profile: Option<bool>,
) -> Result<(), ApiError> {
    match metadata {
        Some(metadata) if factory.is_standard() => check(metadata)?,
        Some(metadata) if *metadata != ConnectorMetadata::default() => {
            return Err(ApiError::bad_request(ErrorCode::ConnectorCannotOverwriteMetadataForNonStandardConnector));
        }
        _ => {}
    }
    if sync_profile == Some(true) && factory.connector_type() != ConnectorType::Social {
        return Err(ApiError::unprocessable(ErrorCode::ConnectorInvalidTypeForSyncingProfile));
    }
    Ok(())
}

/// Browsers load the logos; the server never does.
fn check(metadata: &ConnectorMetadata) -> Result<(), ApiError> {
    let dark = match &metadata.logo_dark {
        Patch::Value(logo) => Some(logo),
        _ => None,
    };
    for (member, logo) in [("logo", metadata.logo.as_ref()), ("logoDark", dark)] {
        let is_usable = |logo: &String| logo.is_empty() || views::Link::parse(logo).is_some();
        if logo.is_some_and(|logo| !is_usable(logo)) {
            return Err(invalid(member, "Expected an http or https URL."));
        }
    }
    let names = metadata.name.iter().flat_map(|names| names.values());
    match names.into_iter().all(|name| name.as_str().is_some_and(|name| name.chars().count() <= 128)) {
        true => Ok(()),
        false => Err(invalid("name", "Expected texts of at most 128 characters.")),
    }
}

fn invalid(member: &str, message: &str) -> ApiError {
    let issues = issue(&["metadata", member], message);
    ApiError::bad_request(ErrorCode::ConnectorInvalidMetadata).data(api::issue::error_data(&issues))
}
