//! One-time tokens: invitations by e-mail (E028).

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Counted, Pending, Verified};
use crate::identifier::Identifier;
use crate::state::InteractionEvent;

/// A token that was made for this address.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OneTimeToken {
    pub identifier: Identifier,
    /// What the token brings, once it is proven: `jitOrganizationIds`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub one_time_token_context: Option<Value>,
}

impl OneTimeToken {
    /// Whether it was made for this event, or for any.
    pub(crate) fn is_for(&self, event: InteractionEvent) -> bool {
        let only = self.one_time_token_context.as_ref().and_then(|context| context.get("interactionEvent"));
        only.is_none_or(|only| only.is_null() || *only == json!(event))
    }
}

impl Pending<OneTimeToken> {
    /// Takes the outcome: the context of the token, if it was one for this address and is used up now.
    ///
    /// # Errors
    /// The verification, still pending.
    pub fn prove(self, context: Counted<Option<Value>>) -> Result<Verified<OneTimeToken>, Self> {
        let Some(context) = context.into_outcome() else { return Err(self) };
        Ok(self.verified(|question| OneTimeToken { one_time_token_context: Some(context), ..question }))
    }
}
