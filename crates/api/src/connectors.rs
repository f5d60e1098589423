//! `/api/connectors` and `/api/connector-factories`.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::format::{Email, Phone};
use crate::members::{BoundedText, JsonObject, Patch};
use crate::operation::Operation;

const TAG: &str = "Connectors";
const FACTORIES_TAG: &str = "Connector factories";

/// A text by language tag.
pub type LocalizedText = BTreeMap<String, String>;

/// What a connector is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum ConnectorType {
    Email,
    Sms,
    Social,
}

/// Where a social connector works.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum ConnectorPlatform {
    Native,
    Universal,
    Web,
}

/// How a setting is entered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum FormItemType {
    Text,
    Number,
    MultilineText,
    Switch,
    Json,
    Select,
    MultiSelect,
}

/// A choice of a form item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SelectItem {
    pub value: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
}

/// A form item is shown only while another one has a value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ShowCondition {
    pub target_key: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expect_value: Option<Value>,
}

/// One setting of a connector, for forms.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct FormItem {
    #[serde(rename = "type")]
    pub item_type: FormItemType,
    /// The member of `config`.
    pub key: String,
    pub label: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub placeholder: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub required: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default_value: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Whether forms hide what was entered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_confidential: Option<bool>,
    /// What can be chosen, of items with a choice.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub select_items: Option<Vec<SelectItem>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub show_conditions: Option<Vec<ShowCondition>>,
}

/// What every connector of a factory has in common.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ConnectorDescription {
    #[serde(rename = "type")]
    pub connector_type: ConnectorType,
    /// The name of the service.
    pub target: String,
    pub name: LocalizedText,
    pub description: LocalizedText,
    /// The URL of an image.
    pub logo: String,
    pub logo_dark: Option<String>,
    /// Markdown.
    pub readme: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub form_items: Option<Vec<FormItem>>,
    /// Null unless it is a social connector.
    pub platform: Option<ConnectorPlatform>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_demo: Option<bool>,
    /// Whether connectors name themselves and their target, so that there may be several.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_standard: Option<bool>,
    /// Whether `enableTokenStorage` can be set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_token_storage_supported: Option<bool>,
}

/// What connectors are made from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ConnectorFactory {
    pub id: String,
    #[serde(flatten)]
    pub description: ConnectorDescription,
}

/// A connector with its settings.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Connector {
    pub id: String,
    pub sync_profile: bool,
    pub enable_token_storage: bool,
    /// The settings, credentials included.
    pub config: JsonObject,
    pub metadata: ConnectorMetadata,
    /// The factory.
    pub connector_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub extra_info: Option<JsonObject>,
    #[serde(flatten)]
    pub description: ConnectorDescription,
}

/// What a standard connector says of itself instead of its factory.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ConnectorMetadata {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<JsonObject>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub logo: Option<String>,
    #[serde(default, skip_serializing_if = "Patch::is_absent")]
    pub logo_dark: Patch<String>,
}

/// The query of `GET /api/connectors`.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct ListConnectorsQuery {
    pub target: Option<String>,
}

/// A new connector. One for e-mail or SMS takes the place of the tenant's connector of that kind.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CreateConnector {
    /// The factory.
    pub connector_id: BoundedText<1, 128>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<BoundedText<1, 128>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub config: Option<JsonObject>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metadata: Option<ConnectorMetadata>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sync_profile: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enable_token_storage: Option<bool>,
}

/// Changes of a connector. The settings are replaced as a whole.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UpdateConnector {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub config: Option<JsonObject>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metadata: Option<ConnectorMetadata>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sync_profile: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enable_token_storage: Option<bool>,
}

/// A message to try settings that are not stored yet: one of `email` and `phone`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TestConnector {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone: Option<Phone>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<Email>,
    pub config: JsonObject,
    /// The language of the message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub locale: Option<BoundedText<0, 35>>,
}

/// A person to be sent to a provider by a page of the administrator's own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CreateAuthorizationUri {
    /// A secret of the person's browser: whoever knows it may use what comes back.
    pub state: BoundedText<1, 1024>,
    pub redirect_uri: BoundedText<1, 2048>,
}

/// Where to send the person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AuthorizationUri {
    pub redirect_to: String,
}

/// The operations of these types.
pub fn operations() -> Vec<Operation> {
    let factories = "/api/connector-factories";
    vec![
        Operation::get("/api/connectors", "ListConnectors", TAG)
            .query::<ListConnectorsQuery>()
            .returns::<Vec<Connector>>(200),
        Operation::post("/api/connectors", "CreateConnector", TAG)
            .body::<CreateConnector>()
            .returns::<Connector>(200)
            .statuses(&[422]),
        Operation::get("/api/connectors/{id}", "GetConnector", TAG).returns::<Connector>(200).statuses(&[404]),
        Operation::patch("/api/connectors/{id}", "UpdateConnector", TAG)
            .body::<UpdateConnector>()
            .returns::<Connector>(200)
            .statuses(&[404, 422]),
        Operation::delete("/api/connectors/{id}", "DeleteConnector", TAG).statuses(&[204, 404, 422]),
        Operation::post("/api/connectors/{connectorId}/authorization-uri", "CreateConnectorAuthorizationUri", TAG)
            .body::<CreateAuthorizationUri>()
            .returns::<AuthorizationUri>(200)
            .statuses(&[404]),
        Operation::post("/api/connectors/{factoryId}/test", "CreateConnectorTest", TAG)
            .body::<TestConnector>()
            .statuses(&[204, 404, 429]),
        Operation::get(factories, "ListConnectorFactories", FACTORIES_TAG).returns::<Vec<ConnectorFactory>>(200),
        Operation::get("/api/connector-factories/{id}", "GetConnectorFactory", FACTORIES_TAG)
            .returns::<ConnectorFactory>(200)
            .statuses(&[404]),
    ]
}
