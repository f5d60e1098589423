//! `/api/applications`.

use kernel::Timestamp;
pub use oauth::client::ApplicationType;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::format::WebUrlOrEmpty;
use crate::look::{Branding, PartialColor};
use crate::members::{BoundedNumber, BoundedText, IdList, JsonObject, Patch};
use crate::operation::Operation;
use crate::organizations::{Organization, OrganizationWithRoles};
use crate::resources::Seconds;
use crate::roles::{Role, RoleAssignment, RoleIds};

const TAG: &str = "Applications";

/// The schema of [`ApplicationType`], which the crate `oauth` defines.
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

/// Addresses of an application. Both lists are required.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct OidcClientMetadata {
    pub redirect_uris: Vec<String>,
    pub post_logout_redirect_uris: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backchannel_logout_uri: Option<WebUrlOrEmpty>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backchannel_logout_session_required: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub logo_uri: Option<WebUrlOrEmpty>,
}

/// Settings of an application's tokens. Unknown members vanish.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CustomClientMetadata {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cors_allowed_origins: Option<Vec<String>>,
    /// Seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id_token_ttl: Option<Seconds>,
    /// Seconds; `refreshTokenTtlInDays` wins.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refresh_token_ttl: Option<Seconds>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refresh_token_ttl_in_days: Option<BoundedNumber<1, 180>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tenant_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub always_issue_refresh_token: Option<bool>,
    /// True when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rotate_refresh_token: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allow_token_exchange: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_device_flow: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_allowed_grants: Option<BoundedNumber<1, 4_294_967_295>>,
}

impl From<OidcClientMetadata> for oauth::client::OidcClientMetadata {
    fn from(metadata: OidcClientMetadata) -> Self {
        Self {
            redirect_uris: metadata.redirect_uris,
            post_logout_redirect_uris: metadata.post_logout_redirect_uris,
            backchannel_logout_uri: metadata.backchannel_logout_uri.map(|url| url.0),
            backchannel_logout_session_required: metadata.backchannel_logout_session_required,
            logo_uri: metadata.logo_uri.map(|url| url.0),
        }
    }
}

impl From<CustomClientMetadata> for oauth::client::CustomClientMetadata {
    fn from(metadata: CustomClientMetadata) -> Self {
        Self {
            cors_allowed_origins: metadata.cors_allowed_origins,
            id_token_ttl: metadata.id_token_ttl.map(|number| number.0),
            refresh_token_ttl: metadata.refresh_token_ttl.map(|number| number.0),
            refresh_token_ttl_in_days: metadata.refresh_token_ttl_in_days.map(|number| number.0),
            tenant_id: metadata.tenant_id,
            always_issue_refresh_token: metadata.always_issue_refresh_token,
            rotate_refresh_token: metadata.rotate_refresh_token,
            allow_token_exchange: metadata.allow_token_exchange,
            is_device_flow: metadata.is_device_flow,
            max_allowed_grants: metadata.max_allowed_grants.map(|number| number.0),
        }
    }
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
    pub description: Patch<String>,
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

/// Changes of an application; `customClientMetadata` and `oidcClientMetadata` are replaced as a whole.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UpdateApplication {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<BoundedText<1, 256>>,
    #[serde(default, skip_serializing_if = "Patch::is_absent")]
    pub description: Patch<String>,
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

/// How the pages of one application look.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ApplicationSignInExperience {
    pub tenant_id: String,
    pub application_id: String,
    pub color: PartialColor,
    pub branding: Branding,
    pub custom_css: Option<String>,
    pub terms_of_use_url: Option<String>,
    pub privacy_policy_url: Option<String>,
    pub display_name: Option<String>,
}

/// How the pages of one application shall look. Both addresses are required; an empty one is none.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReplaceApplicationSignInExperience {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub color: Option<PartialColor>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub branding: Option<Branding>,
    #[serde(default, skip_serializing_if = "Patch::is_absent")]
    pub custom_css: Patch<String>,
    #[serde(default, skip_serializing_if = "Patch::is_absent")]
    pub display_name: Patch<BoundedText<0, 256>>,
    #[schemars(required)]
    pub terms_of_use_url: Option<WebUrlOrEmpty>,
    #[schemars(required)]
    pub privacy_policy_url: Option<WebUrlOrEmpty>,
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

/// The operations of these types.
pub fn operations() -> Vec<Operation> {
    vec![
        list_applications(),
        create_application(),
        get_application(),
        update_application(),
        delete_application(),
        update_application_custom_data(),
        list_application_roles(),
        assign_application_roles(),
        replace_application_roles(),
        delete_application_role(),
        list_application_organizations(),
        delete_application_legacy_secret(),
        list_application_secrets(),
        create_application_secret(),
        update_application_secret(),
        delete_application_secret(),
        create_user_consent_scope(),
        list_user_consent_scopes(),
        delete_user_consent_scope(),
        get_application_sign_in_experience(),
        replace_application_sign_in_experience(),
        list_consent_organizations(),
        create_consent_organization(),
        replace_consent_organizations(),
        delete_consent_organization(),
    ]
}

fn list_applications() -> Operation {
    let list = Operation::get("/api/applications", "ListApplications", TAG)
        .query::<ListApplicationsQuery>()
        .paged()
        .searchable();
    list.returns::<Vec<Application>>(200)
}

fn create_application() -> Operation {
    let create = Operation::post("/api/applications", "CreateApplication", TAG).body::<CreateApplication>();
    create.returns::<Application>(200).statuses(&[422, 500])
}

fn get_application() -> Operation {
    Operation::get("/api/applications/{id}", "GetApplication", TAG)
        .returns::<ApplicationWithAdmin>(200)
        .statuses(&[404])
}

fn update_application() -> Operation {
    let update = Operation::patch("/api/applications/{id}", "UpdateApplication", TAG).body::<UpdateApplication>();
    update.returns::<Application>(200).statuses(&[404, 422, 500])
}

fn delete_application() -> Operation {
    Operation::delete("/api/applications/{id}", "DeleteApplication", TAG).statuses(&[204, 404, 422])
}

fn update_application_custom_data() -> Operation {
    let update = Operation::patch("/api/applications/{applicationId}/custom-data", "UpdateApplicationCustomData", TAG)
        .body::<JsonObject>();
    update.returns::<JsonObject>(200).statuses(&[404])
}

fn list_application_roles() -> Operation {
    let list =
        Operation::get("/api/applications/{applicationId}/roles", "ListApplicationRoles", TAG).paged().searchable();
    list.returns::<Vec<Role>>(200).statuses(&[404, 422])
}

fn assign_application_roles() -> Operation {
    let assign =
        Operation::post("/api/applications/{applicationId}/roles", "AssignApplicationRoles", TAG).body::<RoleIds>();
    assign.returns::<RoleAssignment>(201).statuses(&[404, 422])
}

fn replace_application_roles() -> Operation {
    Operation::put("/api/applications/{applicationId}/roles", "ReplaceApplicationRoles", TAG)
        .body::<RoleIds>()
        .returns::<RoleIds>(200)
        .statuses(&[404, 422])
}

fn delete_application_role() -> Operation {
    Operation::delete("/api/applications/{applicationId}/roles/{roleId}", "DeleteApplicationRole", TAG)
        .statuses(&[204, 404, 422])
}

fn list_application_organizations() -> Operation {
    let list = Operation::get("/api/applications/{id}/organizations", "ListApplicationOrganizations", TAG).paged();
    list.returns::<Vec<OrganizationWithRoles>>(200).statuses(&[404])
}

fn delete_application_legacy_secret() -> Operation {
    Operation::delete("/api/applications/{id}/legacy-secret", "DeleteApplicationLegacySecret", TAG)
        .returns::<Application>(200)
        .statuses(&[404])
}

fn list_application_secrets() -> Operation {
    Operation::get("/api/applications/{id}/secrets", "ListApplicationSecrets", TAG)
        .returns::<Vec<ApplicationSecret>>(200)
        .statuses(&[404])
}

fn create_application_secret() -> Operation {
    let create = Operation::post("/api/applications/{id}/secrets", "CreateApplicationSecret", TAG)
        .body::<CreateApplicationSecret>();
    create.returns::<ApplicationSecret>(201).statuses(&[404, 422, 500])
}

fn update_application_secret() -> Operation {
    let update = Operation::patch("/api/applications/{id}/secrets/{name}", "UpdateApplicationSecret", TAG)
        .body::<UpdateApplicationSecret>();
    update.returns::<ApplicationSecret>(200).statuses(&[204, 404, 422, 500])
}

fn delete_application_secret() -> Operation {
    Operation::delete("/api/applications/{id}/secrets/{name}", "DeleteApplicationSecret", TAG)
        .statuses(&[204, 404, 500])
}

fn create_user_consent_scope() -> Operation {
    let add = Operation::post(
        "/api/applications/{applicationId}/user-consent-scopes",
        "CreateApplicationUserConsentScope",
        TAG,
    )
    .body::<AddUserConsentScopes>();
    add.statuses(&[201, 404, 422])
}

fn list_user_consent_scopes() -> Operation {
    Operation::get("/api/applications/{applicationId}/user-consent-scopes", "ListApplicationUserConsentScopes", TAG)
        .returns::<UserConsentScopes>(200)
        .statuses(&[404])
}

fn delete_user_consent_scope() -> Operation {
    Operation::delete(
        "/api/applications/{applicationId}/user-consent-scopes/{scopeType}/{scopeId}",
        "DeleteApplicationUserConsentScope",
        TAG,
    )
    .statuses(&[204, 404])
}

fn get_application_sign_in_experience() -> Operation {
    let get =
        Operation::get("/api/applications/{applicationId}/sign-in-experience", "GetApplicationSignInExperience", TAG);
    get.returns::<ApplicationSignInExperience>(200).statuses(&[404])
}

fn replace_application_sign_in_experience() -> Operation {
    let replace = Operation::put(
        "/api/applications/{applicationId}/sign-in-experience",
        "ReplaceApplicationSignInExperience",
        TAG,
    );
    let replace = replace.body::<ReplaceApplicationSignInExperience>();
    let replace = replace.returns::<ApplicationSignInExperience>(200).returns::<ApplicationSignInExperience>(201);
    replace.statuses(&[404, 422])
}

fn list_consent_organizations() -> Operation {
    let list = Operation::get(
        "/api/applications/{id}/users/{userId}/consent-organizations",
        "ListApplicationUserConsentOrganizations",
        TAG,
    )
    .paged();
    list.returns::<ConsentOrganizations>(200).statuses(&[404, 422])
}

fn create_consent_organization() -> Operation {
    let add = Operation::post(
        "/api/applications/{id}/users/{userId}/consent-organizations",
        "CreateApplicationUserConsentOrganization",
        TAG,
    )
    .body::<ConsentOrganizationIds>();
    add.statuses(&[201, 404, 422])
}

fn replace_consent_organizations() -> Operation {
    let replace = Operation::put(
        "/api/applications/{id}/users/{userId}/consent-organizations",
        "ReplaceApplicationUserConsentOrganizations",
        TAG,
    )
    .body::<ConsentOrganizationIds>();
    replace.statuses(&[204, 404, 422])
}

fn delete_consent_organization() -> Operation {
    Operation::delete(
        "/api/applications/{id}/users/{userId}/consent-organizations/{organizationId}",
        "DeleteApplicationUserConsentOrganization",
        TAG,
    )
    .statuses(&[204, 404, 422])
}
