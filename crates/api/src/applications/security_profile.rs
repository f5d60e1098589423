//! Sets of rules that an application keeps altogether.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A profile of OAuth 2.0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum SecurityProfile {
    /// FAPI 2.0 Security Profile.
    Fapi2,
}

impl From<SecurityProfile> for oauth::client::SecurityProfile {
    fn from(profile: SecurityProfile) -> Self {
        match profile {
            SecurityProfile::Fapi2 => Self::Fapi2,
        }
    }
}
