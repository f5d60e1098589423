//! `/api/user-assets`: pictures that are uploaded.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::operation::Operation;

const TAG: &str = "User assets";

/// Whether pictures can be uploaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AssetStatus {
    Ready,
    NotConfigured,
}

/// Whether pictures can be uploaded, and which.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UserAssetServiceStatus {
    pub status: AssetStatus,
    /// Whether people may upload an avatar while they register.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is_experience_avatar_upload_enabled: Option<bool>,
    /// The kinds that are read. What a file is, its content says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allow_upload_mime_types: Option<Vec<String>>,
    /// In bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_upload_file_size: Option<u64>,
}

/// Where an uploaded picture is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AssetUrl {
    pub url: String,
}

/// The operations of these types.
pub fn operations() -> Vec<Operation> {
    vec![
        Operation::get("/api/user-assets/service-status", "GetUserAssetServiceStatus", TAG)
            .returns::<UserAssetServiceStatus>(200),
        Operation::post("/api/user-assets", "CreateUserAsset", TAG).file().returns::<AssetUrl>(200).statuses(&[400]),
    ]
}
