//! The application, and the rules for new and changed ones.

use ::api::ErrorCode;
use ::api::applications::{CreateApplication, UpdateApplication};
use db::{DbError, FromRow};
use kernel::Timestamp;
use kernel::ids::ApplicationId;
use oauth::Client;
use oauth::client::{ApplicationType, CustomClientMetadata, OidcClientMetadata};
use serde::Serialize;
use serde_json::{Map, Value};

use super::{client_authentication, client_metadata};
use crate::errors::ApiError;

/// An OAuth client of a tenant (inventory D015), without its secrets.
#[derive(Debug, Clone, PartialEq, Serialize, FromRow)]
#[serde(rename_all = "camelCase")]
pub struct Application {
    pub tenant_id: String,
    pub id: ApplicationId,
    pub name: String,
    pub description: Option<String>,
    #[serde(rename = "type")]
    #[row(rename = "type", with = "application_type")]
    pub kind: ApplicationType,
    #[row(json)]
    pub oidc_client_metadata: OidcClientMetadata,
    #[row(json)]
    pub custom_client_metadata: CustomClientMetadata,
    #[row(json)]
    pub protected_app_metadata: Option<Value>,
    #[row(json)]
    pub custom_data: Map<String, Value>,
    pub is_third_party: bool,
    pub app_level_access_control_enabled: bool,
    pub created_at: Timestamp,
}

fn application_type(name: String) -> Result<ApplicationType, DbError> {
    ApplicationType::from_name(&name).ok_or_else(|| DbError::Sql(format!("unknown application type {name}")))
}

impl Application {
    /// A client that the server makes itself (inventory M065): it has no row, or one without its URIs.
    pub(super) fn of_built_in(tenant_id: &str, client: &Client) -> Self {
        Self {
            tenant_id: tenant_id.to_owned(),
            id: client.id.clone(),
            name: client.name.clone(),
            description: None,
            kind: client.application_type,
            oidc_client_metadata: client.oidc.clone(),
            custom_client_metadata: client.custom.clone(),
            protected_app_metadata: None,
            custom_data: Map::new(),
            is_third_party: false,
            app_level_access_control_enabled: false,
            created_at: Timestamp(0),
        }
    }
}

/// Checks the rules for new applications (inventory M063) and their metadata.
///
/// # Errors
/// 400 or 422 with the code of the violated rule; 501 for protected applications, which need a proxy at the edge (M300).
pub fn check_new(new: &CreateApplication) -> Result<(), ApiError> {
    client_metadata::check(new.oidc_client_metadata.as_ref(), Some(&new.custom_client_metadata))?;
    client_authentication::check(new.kind, &new.custom_client_metadata)?;
    if new.custom_client_metadata.security_profile.is_some() {
        let uris = new.oidc_client_metadata.as_ref().map(|metadata| metadata.redirect_uris.as_slice());
        client_authentication::check_profile_addresses(uris.unwrap_or_default())?;
    }
    let unprocessable = |code: &str| Err(ApiError::unprocessable(code));
    match new.kind {
        ApplicationType::Saml => return Err(ApiError::bad_request(ErrorCode::ApplicationSamlUseSamlAppApi)),
        ApplicationType::Protected if new.protected_app_metadata.value().is_none() => {
            return Err(ApiError::bad_request(ErrorCode::ApplicationProtectedAppMetadataIsRequired));
        }
        ApplicationType::Protected => {
            let status = axum::http::StatusCode::NOT_IMPLEMENTED;
            return Err(ApiError::new(status, ErrorCode::ApplicationProtectedAppNotConfigured));
        }
        _ => {}
    }
    if new.custom_client_metadata.is_device_flow == Some(true) && new.kind != ApplicationType::Native {
        return unprocessable("application.device_flow_native_only");
    }
    check_third_party(new.is_third_party, new.kind)?;
    check_token_exchange(new.is_third_party, new.custom_client_metadata.allow_token_exchange)
}

impl Application {
    /// The application with `patch` applied (inventory M066). JSON members are replaced as a whole.
    ///
    /// # Errors
    /// 400 or 422 with the code of the violated rule.
    pub fn with_update(mut self, patch: UpdateApplication) -> Result<Self, ApiError> {
        client_metadata::check(patch.oidc_client_metadata.as_ref(), patch.custom_client_metadata.as_ref())?;
        self.name = patch.name.map_or(self.name, |name| name.0);
        if let Some(description) = patch.description.into_change() {
            self.description = empty_to_none(description.map(|text| text.0));
        }
        if let Some(metadata) = patch.oidc_client_metadata {
            self.oidc_client_metadata = metadata.into();
        }
        if let Some(metadata) = &patch.custom_client_metadata {
            client_authentication::check(self.kind, metadata)?;
        }
        if let Some(metadata) = patch.custom_client_metadata.map(CustomClientMetadata::from) {
            // The member is replaced as a whole, so leaving `isDeviceFlow` out clears it.
            let is_device_flow = |metadata: &CustomClientMetadata| metadata.is_device_flow.unwrap_or(false);
            if is_device_flow(&metadata) != is_device_flow(&self.custom_client_metadata) {
                return Err(ApiError::unprocessable("application.device_flow_not_changeable"));
            }
            check_token_exchange(self.is_third_party, metadata.allow_token_exchange)?;
            self.custom_client_metadata = metadata;
        }
        if self.custom_client_metadata.security_profile.is_some() {
            client_authentication::check_profile_addresses(&self.oidc_client_metadata.redirect_uris)?;
        }
        if let Some(custom_data) = patch.custom_data {
            self.custom_data = custom_data;
        }
        if patch.protected_app_metadata.value().is_some() {
            return Err(ApiError::unprocessable(ErrorCode::ApplicationProtectedApplicationOnly));
        }
        if let Some(enabled) = patch.app_level_access_control_enabled {
            self.app_level_access_control_enabled = enabled;
        }
        Ok(self)
    }

    /// The application with another owner: the command line may change this, the Management API may not.
    ///
    /// # Errors
    /// 400 or 422 with the code of the violated rule.
    pub fn with_third_party(self, is_third_party: bool) -> Result<Self, ApiError> {
        check_third_party(is_third_party, self.kind)?;
        check_token_exchange(is_third_party, self.custom_client_metadata.allow_token_exchange)?;
        Ok(Self { is_third_party, ..self })
    }

    /// Checks that this is a machine-to-machine application: only those have roles.
    ///
    /// # Errors
    /// 422 `application.invalid_type`.
    pub(crate) fn require_machine_type(&self) -> Result<(), ApiError> {
        match self.kind {
            ApplicationType::MachineToMachine => Ok(()),
            _ => Err(ApiError::unprocessable(ErrorCode::ApplicationInvalidType)),
        }
    }

    /// Whether an application of this type may have secrets (inventory D008).
    pub fn may_have_secrets(&self) -> bool {
        has_secret(self.kind)
    }
}

pub(super) fn has_secret(kind: ApplicationType) -> bool {
    kind.is_confidential() && kind != ApplicationType::Saml
}

/// An empty string clears a column (inventory M013).
pub(super) fn empty_to_none(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.is_empty())
}

fn check_third_party(is_third_party: bool, kind: ApplicationType) -> Result<(), ApiError> {
    let allowed = [ApplicationType::Traditional, ApplicationType::Spa, ApplicationType::Native];
    if is_third_party && !allowed.contains(&kind) {
        return Err(ApiError::bad_request(ErrorCode::ApplicationInvalidThirdPartyApplicationType));
    }
    Ok(())
}

fn check_token_exchange(is_third_party: bool, allows_exchange: Option<bool>) -> Result<(), ApiError> {
    if is_third_party && allows_exchange == Some(true) {
        return Err(ApiError::unprocessable(ErrorCode::ApplicationThirdPartyApplicationCannotEnableTokenExchange));
    }
    Ok(())
}
