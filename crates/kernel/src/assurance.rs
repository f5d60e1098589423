//! What a sign-in proved, from the least to the most.

use serde::{Deserialize, Serialize};

/// How sure a sign-in makes us that the user is there. Each level includes those before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Assurance {
    OneFactor,
    TwoFactors,
    /// A passkey: the browser gives its answer to the right website alone, and the authenticator verifies the user.
    PhishingResistant,
}

/// A sign-in that was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Authentication {
    pub assurance: Assurance,
    /// Names of RFC 8176.
    #[serde(default)]
    pub methods: Vec<String>,
}
