//! Codes that were sent by mail or message: to an address that is typed (E009, E010), and as a second factor to the address of
//! the user (E066). The record says which of the two ways of sending it was.

use kernel::ids::UserId;
use serde::{Deserialize, Serialize};

use super::{Counted, Pending, Verified};
use crate::identifier::Identifier;

/// A code to an address or number that anybody may claim.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Code {
    pub template_type: String,
    pub identifier: Identifier,
}

/// A code to the primary address or number of a user who is known already.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MfaCode {
    pub template_type: String,
    pub identifier: Identifier,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<UserId>,
}

impl Pending<Code> {
    /// Takes the outcome: whether the code is the one that was sent, for the first time.
    ///
    /// # Errors
    /// The verification, still pending.
    pub fn prove(self, is_right: Counted<bool>) -> Result<Verified<Code>, Self> {
        if is_right.into_outcome() { Ok(self.verified(|code| code)) } else { Err(self) }
    }
}

impl Pending<MfaCode> {
    /// Takes the outcome: whether the code is the one that was sent, for the first time.
    ///
    /// # Errors
    /// The verification, still pending.
    pub fn prove(self, is_right: Counted<bool>) -> Result<Verified<MfaCode>, Self> {
        if is_right.into_outcome() { Ok(self.verified(|code| code)) } else { Err(self) }
    }
}
