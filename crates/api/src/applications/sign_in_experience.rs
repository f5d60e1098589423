//! The look of the pages of one application.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::format::WebUrlOrEmpty;
use crate::look::{Branding, PartialColor};
use crate::members::{BoundedText, Patch};

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

/// How the pages of one application shall look; what is absent stays. An empty address or text is none.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
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
    #[serde(default, skip_serializing_if = "Patch::is_absent")]
    pub terms_of_use_url: Patch<WebUrlOrEmpty>,
    #[serde(default, skip_serializing_if = "Patch::is_absent")]
    pub privacy_policy_url: Patch<WebUrlOrEmpty>,
}
