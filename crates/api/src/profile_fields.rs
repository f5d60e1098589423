//! `/api/custom-profile-fields`: the catalogue of what people are asked for at registration.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Number;

use crate::members::{BoundedNumber, BoundedText};
use crate::operation::Operation;

const TAG: &str = "Custom profile fields";

/// What the values of a field are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum ProfileFieldType {
    Text,
    Number,
    Date,
    Checkbox,
    Select,
    Url,
    /// A text that a regular expression fits.
    Regex,
    /// An object of parts.
    Address,
    /// Parts of a name.
    Fullname,
}

impl ProfileFieldType {
    /// As on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Text => "Text",
            Self::Number => "Number",
            Self::Date => "Date",
            Self::Checkbox => "Checkbox",
            Self::Select => "Select",
            Self::Url => "Url",
            Self::Regex => "Regex",
            Self::Address => "Address",
            Self::Fullname => "Fullname",
        }
    }
}

/// A value to choose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ProfileFieldOption {
    pub value: BoundedText<1, 256>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<BoundedText<0, 256>>,
}

/// What limits the values of a part.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ProfileFieldPartConfig {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub placeholder: Option<BoundedText<0, 256>>,
    /// Characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_length: Option<BoundedNumber<0, 4096>>,
    /// Characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_length: Option<BoundedNumber<0, 4096>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_value: Option<Number>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_value: Option<Number>,
    /// Of a date: a pattern such as MM/dd/yyyy; of a text: a regular expression.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub format: Option<BoundedText<0, 128>>,
    /// Of a date, when `format` is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub custom_format: Option<BoundedText<0, 128>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub options: Option<Vec<ProfileFieldOption>>,
    /// Of a checkbox: `true` or `false`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default_value: Option<String>,
}

/// What limits the values of a field.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ProfileFieldConfig {
    #[serde(flatten)]
    pub values: ProfileFieldPartConfig,
    /// Of an address or a full name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parts: Option<Vec<ProfileFieldPart>>,
}

/// A part of an address or a full name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ProfileFieldPart {
    pub enabled: bool,
    pub name: String,
    #[serde(rename = "type")]
    pub kind: ProfileFieldType,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<BoundedText<1, 128>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<BoundedText<0, 256>>,
    pub required: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub config: Option<ProfileFieldPartConfig>,
}

/// What may change of a field; it is replaced as a whole.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct UpdateProfileField {
    #[serde(rename = "type")]
    pub kind: ProfileFieldType,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<BoundedText<1, 128>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<BoundedText<0, 256>>,
    pub required: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub config: Option<ProfileFieldConfig>,
}

/// A new field.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CreateProfileField {
    pub name: BoundedText<0, 128>,
    #[serde(flatten)]
    pub settings: UpdateProfileField,
}

/// Several new fields.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct CreateProfileFields(#[schemars(length(max = 20))] pub Vec<CreateProfileField>);

/// A field of the catalogue.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ProfileField {
    pub tenant_id: String,
    pub id: String,
    /// The member of the profile or of the custom data that holds its value.
    pub name: String,
    #[serde(rename = "type")]
    pub kind: ProfileFieldType,
    /// For people; empty when it has none.
    pub label: String,
    pub description: Option<String>,
    pub required: bool,
    pub config: ProfileFieldConfig,
    /// Milliseconds since 1970.
    pub created_at: i64,
    /// Its place, from 1.
    pub sie_order: i64,
}

/// The places of fields.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct UpdateProfileFieldsOrder {
    pub order: Vec<ProfileFieldPlace>,
}

/// The place of a field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ProfileFieldPlace {
    pub name: String,
    pub sie_order: BoundedNumber<0, 32_767>,
}

/// The operations of these types.
pub fn operations() -> Vec<Operation> {
    let (all, one) = ("/api/custom-profile-fields", "/api/custom-profile-fields/{name}");
    vec![
        Operation::get(all, "ListCustomProfileFields", TAG).returns::<Vec<ProfileField>>(200),
        Operation::post(all, "CreateCustomProfileField", TAG)
            .body::<CreateProfileField>()
            .returns::<ProfileField>(201)
            .statuses(&[400, 422]),
        Operation::post("/api/custom-profile-fields/batch", "CreateCustomProfileFieldsBatch", TAG)
            .body::<CreateProfileFields>()
            .returns::<Vec<ProfileField>>(201)
            .statuses(&[400, 422]),
        Operation::get(one, "GetCustomProfileFieldByName", TAG).returns::<ProfileField>(200).statuses(&[400, 404]),
        Operation::put(one, "UpdateCustomProfileFieldByName", TAG)
            .body::<UpdateProfileField>()
            .returns::<ProfileField>(200)
            .statuses(&[400, 404]),
        Operation::delete(one, "DeleteCustomProfileFieldByName", TAG).statuses(&[204, 400, 404]),
        Operation::post("/api/custom-profile-fields/properties/sie-order", "UpdateCustomProfileFieldsSieOrder", TAG)
            .body::<UpdateProfileFieldsOrder>()
            .returns::<Vec<ProfileField>>(200)
            .statuses(&[400]),
    ]
}
