//! `/api/sso-connectors` and `/api/sso-connector-providers`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::members::{BoundedText, JsonObject};
use crate::operation::Operation;

const TAG: &str = "SSO connectors";
const PROVIDERS_TAG: &str = "SSO connector providers";

/// The protocol of an enterprise's provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum SsoProviderType {
    Oidc,
    Saml,
}

/// A kind of provider of enterprises.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SsoConnectorProvider {
    /// What connectors name as `providerName`.
    pub provider_name: String,
    pub provider_type: SsoProviderType,
    /// URLs of images.
    pub logo: String,
    pub logo_dark: String,
    pub description: String,
    pub name: String,
}

/// How a connector looks on the pages.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SsoBranding {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub display_name: Option<BoundedText<0, 128>>,
    /// URLs of images.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub logo: Option<BoundedText<0, 2048>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dark_logo: Option<BoundedText<0, 2048>>,
}

/// The provider of an enterprise, at which the people of its domains sign in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SsoConnector {
    pub tenant_id: String,
    pub id: String,
    pub provider_name: String,
    pub connector_name: String,
    /// The settings, credentials included; empty until they are made.
    pub config: JsonObject,
    /// E-mail domains, in lower case and in ASCII.
    pub domains: Vec<String>,
    pub branding: SsoBranding,
    /// Whether name and avatar follow the provider at each sign-in; else they are taken over once.
    pub sync_profile: bool,
    pub enable_token_storage: bool,
    /// Milliseconds since 1970.
    pub created_at: i64,
}

/// A connector with what is known of its provider.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SsoConnectorWithProvider {
    #[serde(flatten)]
    pub connector: SsoConnector,
    /// The name of the kind of provider.
    pub name: String,
    pub provider_type: SsoProviderType,
    pub provider_logo: String,
    pub provider_logo_dark: String,
    /// What the provider says of itself; left out while it can't be asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provider_config: Option<JsonObject>,
}

/// A new connector. It signs people in once it has settings and a domain.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CreateSsoConnector {
    pub provider_name: BoundedText<1, 128>,
    pub connector_name: BoundedText<1, 128>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub config: Option<JsonObject>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub domains: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub branding: Option<SsoBranding>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sync_profile: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enable_token_storage: Option<bool>,
}

/// Changes of a connector. Each member is replaced as a whole.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UpdateSsoConnector {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connector_name: Option<BoundedText<1, 128>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub config: Option<JsonObject>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub domains: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub branding: Option<SsoBranding>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sync_profile: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enable_token_storage: Option<bool>,
}

/// The operations of these types.
pub fn operations() -> Vec<Operation> {
    let one = "/api/sso-connectors/{id}";
    vec![
        Operation::get("/api/sso-connector-providers", "ListSsoConnectorProviders", PROVIDERS_TAG)
            .returns::<Vec<SsoConnectorProvider>>(200),
        Operation::get("/api/sso-connectors", "ListSsoConnectors", TAG)
            .paged()
            .returns::<Vec<SsoConnectorWithProvider>>(200),
        Operation::post("/api/sso-connectors", "CreateSsoConnector", TAG)
            .body::<CreateSsoConnector>()
            .returns::<SsoConnector>(200)
            .statuses(&[409, 422, 501]),
        Operation::get(one, "GetSsoConnector", TAG).returns::<SsoConnectorWithProvider>(200).statuses(&[404]),
        Operation::patch(one, "UpdateSsoConnector", TAG)
            .body::<UpdateSsoConnector>()
            .returns::<SsoConnectorWithProvider>(200)
            .statuses(&[404, 409, 422]),
        Operation::delete(one, "DeleteSsoConnector", TAG).statuses(&[204, 404]),
    ]
}
