//! `/api/applications`.

mod access_control;
mod access_token_format;
mod client_metadata;
mod operations;
mod response_algorithm;
mod security_profile;
mod sign_in_experience;
mod token_endpoint_auth_method;

pub use access_control::{
    ApplicationAccessControl, OrganizationRoleRule, ReplaceApplicationAccessControl, ReplaceOrganizationRoleRule,
};
pub use access_token_format::AccessTokenFormat;
pub use client_metadata::{CustomClientMetadata, OidcClientMetadata};
pub use operations::operations;
pub use sign_in_experience::{ApplicationSignInExperience, ReplaceApplicationSignInExperience};
pub use token_endpoint_auth_method::{CertificateName, CertificateNameKind, TokenEndpointAuthMethod};

use kernel::Timestamp;
pub use oauth::client::ApplicationType;
pub use response_algorithm::ResponseAlgorithm;
use schemars::JsonSchema;
pub use security_profile::SecurityProfile;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::members::{BoundedText, IdList, JsonObject, Patch};
use crate::organizations::Organization;

/// How an application runs, which decides how it proves who it is.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "only its schema is used")]
enum ApplicationTypeSchema {
    Native,
    #[serde(rename = "SPA")]
    Spa,
    Traditional,
    MachineToMachine,
    Protected,
    #[serde(rename = "SAML")]
    Saml,
}

/// Makes the schema of [`ApplicationType`].
pub fn application_type_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
    ApplicationTypeSchema::json_schema(generator)
}

/// An OAuth client of the tenant, without its secrets.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Application {
    pub tenant_id: String,
    pub id: String,
    pub name: String,
    pub description: Option<String>,
    #[serde(rename = "type")]
    #[schemars(schema_with = "application_type_schema")]
    pub kind: ApplicationType,
    pub oidc_client_metadata: OidcClientMetadata,
    pub custom_client_metadata: CustomClientMetadata,
    pub protected_app_metadata: Option<Value>,
    pub custom_data: JsonObject,
    pub is_third_party: bool,
    pub app_level_access_control_enabled: bool,
    /// Milliseconds since 1970.
    #[schemars(with = "i64")]
    pub created_at: Timestamp,
}

/// An application, and whether it may use the Management API.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ApplicationWithAdmin {
    #[serde(flatten)]
    pub application: Application,
    pub is_admin: bool,
}

/// The query of `GET /api/applications`.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct ListApplicationsQuery {
    /// Types, separated by commas or as repeated parameters.
    pub types: Option<String>,
    pub exclude_role_id: Option<String>,
    pub exclude_organization_id: Option<String>,
    pub is_third_party: Option<String>,
}

/// A new application.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CreateApplication {
    pub name: BoundedText<1, 256>,
    #[serde(rename = "type")]
    #[schemars(schema_with = "application_type_schema")]
    pub kind: ApplicationType,
    #[serde(default, skip_serializing_if = "Patch::is_absent")]
    pub description: Patch<BoundedText<0, 4096>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub oidc_client_metadata: Option<OidcClientMetadata>,
    #[serde(default)]
    pub custom_client_metadata: CustomClientMetadata,
    #[serde(default, skip_serializing_if = "Patch::is_absent")]
    pub protected_app_metadata: Patch<JsonObject>,
    #[serde(default)]
    pub custom_data: JsonObject,
    #[serde(default)]
    pub is_third_party: bool,
}

impl CreateApplication {
    /// An application without redirect URIs or other settings.
    pub fn new(name: BoundedText<1, 256>, kind: ApplicationType) -> Self {
        Self {
            name,
            kind,
            description: Patch::Absent,
            oidc_client_metadata: None,
            custom_client_metadata: CustomClientMetadata::default(),
            protected_app_metadata: Patch::Absent,
            custom_data: JsonObject::new(),
            is_third_party: false,
        }
    }
}

/// Changes of an application; `customClientMetadata` and `oidcClientMetadata` are replaced as a whole.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UpdateApplication {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<BoundedText<1, 256>>,
    #[serde(default, skip_serializing_if = "Patch::is_absent")]
    pub description: Patch<BoundedText<0, 4096>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub oidc_client_metadata: Option<OidcClientMetadata>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub custom_client_metadata: Option<CustomClientMetadata>,
    #[serde(default, skip_serializing_if = "Patch::is_absent")]
    pub protected_app_metadata: Patch<JsonObject>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub custom_data: Option<JsonObject>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub app_level_access_control_enabled: Option<bool>,
    /// Whether the application may use the Management API.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_admin: Option<bool>,
}

/// A named secret of an application.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ApplicationSecret {
    pub tenant_id: String,
    pub application_id: String,
    pub name: String,
    pub value: String,
    /// Milliseconds since 1970.
    #[schemars(with = "i64")]
    pub created_at: Timestamp,
    /// Milliseconds since 1970; null is never.
    #[schemars(with = "Option<i64>")]
    pub expires_at: Option<Timestamp>,
}

/// A new secret.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CreateApplicationSecret {
    pub name: BoundedText<1, 256>,
    /// Milliseconds since 1970.
    #[serde(default, skip_serializing_if = "Patch::is_absent")]
    #[schemars(with = "Patch<i64>")]
    pub expires_at: Patch<Timestamp>,
}

/// The new name of a secret.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct UpdateApplicationSecret {
    pub name: BoundedText<1, 256>,
}

/// Scopes that a third-party application may ask users for.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct AddUserConsentScopes {
    pub organization_scopes: IdList,
    pub resource_scopes: IdList,
    pub organization_resource_scopes: IdList,
    pub user_scopes: Vec<UserScope>,
}

/// A scope for the user's own data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum UserScope {
    Profile,
    Email,
    Phone,
    Address,
    CustomData,
    Identities,
    Roles,
    #[serde(rename = "urn:logto:scope:organizations")]
    Organizations,
    #[serde(rename = "urn:logto:scope:organization_roles")]
    OrganizationRoles,
    #[serde(rename = "urn:logto:scope:sessions")]
    Sessions,
    #[serde(rename = "urn:logto:scope:trusted_devices")]
    TrustedDevices,
}

impl UserScope {
    /// The name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Profile => "profile",
            Self::Email => "email",
            Self::Phone => "phone",
            Self::Address => "address",
            Self::CustomData => "custom_data",
            Self::Identities => "identities",
            Self::Roles => "roles",
            Self::Organizations => "urn:logto:scope:organizations",
            Self::OrganizationRoles => "urn:logto:scope:organization_roles",
            Self::Sessions => "urn:logto:scope:sessions",
            Self::TrustedDevices => "urn:logto:scope:trusted_devices",
        }
    }
}

/// Scopes that a third-party application may ask users for, by kind.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UserConsentScopes {
    pub organization_scopes: Vec<ScopeSummary>,
    pub resource_scopes: Vec<ResourceScopeSummary>,
    pub organization_resource_scopes: Vec<ResourceScopeSummary>,
    pub user_scopes: Vec<String>,
}

/// Scopes of one resource.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ResourceScopeSummary {
    pub resource: ResourceSummary,
    pub scopes: Vec<ScopeSummary>,
}

/// A resource in a summary.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ResourceSummary {
    pub id: String,
    pub name: String,
    pub indicator: String,
}

/// A scope in a summary.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ScopeSummary {
    pub id: String,
    pub name: String,
    pub description: Option<String>,
}

/// Organizations that a user chose on the consent page of an application.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ConsentOrganizationIds {
    pub organization_ids: IdList,
}

/// Organizations that a user chose on the consent page of an application.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ConsentOrganizations {
    pub organizations: Vec<Organization>,
}
