//! How pages of an organization or application look.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::format::{HexColor, WebUrl};

/// Colours; every member may be absent, unknown ones vanish.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PartialColor {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub primary_color: Option<HexColor>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_dark_mode_enabled: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dark_primary_color: Option<HexColor>,
}

/// Logos and icons; every member may be absent, unknown ones vanish.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Branding {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub logo_url: Option<WebUrl>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dark_logo_url: Option<WebUrl>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub favicon: Option<WebUrl>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dark_favicon: Option<WebUrl>,
}
