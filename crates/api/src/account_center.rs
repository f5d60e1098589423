//! `/api/account-center`: the settings of the account centre.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::format::WebUrlOrEmpty;
use crate::members::Patch;
use crate::operation::Operation;
use crate::sign_in_experience::ProfileFieldName;

const TAG: &str = "Account center";
const PATH: &str = "/api/account-center";

/// What people may do with a part of their account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum FieldControl {
    Off,
    ReadOnly,
    Edit,
}

/// The parts of an account that people may see or change themselves.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct FieldControls {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<FieldControl>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub avatar: Option<FieldControl>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profile: Option<FieldControl>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<FieldControl>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone: Option<FieldControl>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub password: Option<FieldControl>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub username: Option<FieldControl>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub social: Option<FieldControl>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub custom_data: Option<FieldControl>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mfa: Option<FieldControl>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub passkey: Option<FieldControl>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session: Option<FieldControl>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trusted_device: Option<FieldControl>,
}

/// The settings of a tenant.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AccountCenter {
    pub tenant_id: String,
    pub id: String,
    pub enabled: bool,
    pub fields: FieldControls,
    /// Further origins whose pages may use the passkeys of this tenant.
    pub webauthn_related_origins: Vec<String>,
    pub delete_account_url: Option<String>,
    pub custom_css: Option<String>,
    pub profile_fields: Option<Vec<ProfileFieldName>>,
}

/// A change of the settings.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UpdateAccountCenter {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
    /// Replaced as a whole; what is left out is off.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fields: Option<FieldControls>,
    /// Replaced as a whole. At most twenty.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub webauthn_related_origins: Option<Vec<String>>,
    #[serde(default, skip_serializing_if = "Patch::is_absent")]
    pub delete_account_url: Patch<WebUrlOrEmpty>,
    #[serde(default, skip_serializing_if = "Patch::is_absent")]
    pub custom_css: Patch<String>,
    #[serde(default, skip_serializing_if = "Patch::is_absent")]
    pub profile_fields: Patch<Vec<ProfileFieldName>>,
}

/// The operations of these types.
pub fn operations() -> Vec<Operation> {
    vec![
        Operation::get(PATH, "GetAccountCenterSettings", TAG).returns::<AccountCenter>(200),
        Operation::patch(PATH, "UpdateAccountCenterSettings", TAG)
            .body::<UpdateAccountCenter>()
            .returns::<AccountCenter>(200),
    ]
}
