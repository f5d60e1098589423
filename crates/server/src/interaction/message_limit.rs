//! How many messages one address or number gets (E084), whoever asks for them and however they spell it; and how many one
//! network causes: recipients are easily made up, an SMS costs money, and e-mails that nobody wanted cost the sender's good name.

use db::DbError;
use flow::{Identifier, IdentifierType};
use serde::Deserialize;

use super::address_limit::{self, AddressLimit};
use crate::fair_share::ClientNetwork;
use crate::tenants::TenantSnapshot;
use crate::work::Work;

/// The action of verification codes.
pub(crate) const CODE_SEND: &str = "VerificationCodeSend";
/// The action of other messages to a recipient (H036).
pub(crate) const MESSAGE_SEND: &str = "MessageSend";
/// The action of messages that an organization causes.
const ORGANIZATION_SEND: &str = "MessageSendByOrganization";
/// The actions of messages that a network causes.
const SMS_SEND: &str = "SmsSendByNetwork";
const EMAIL_SEND: &str = "EmailSendByNetwork";
/// The setting that operators write into the table `configs`.
const OVERRIDE: &str = "messageRateLimitOverride";
/// Nobody means more than a day.
const MAX_WINDOW_SECONDS: i64 = 24 * 3600;

/// The limits of a tenant. What an override leaves out stays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(crate) struct MessageLimits {
    /// For each recipient.
    max_messages: i64,
    window_seconds: i64,
    /// For each network, in `network_window_seconds`.
    max_sms_per_network: i64,
    max_emails_per_network: i64,
    network_window_seconds: i64,
    /// Invitations of each organization, in `network_window_seconds`.
    max_messages_per_organization: i64,
}

impl Default for MessageLimits {
    fn default() -> Self {
        Self {
            max_messages: 10,
            window_seconds: 600,
            max_sms_per_network: 30,
            max_emails_per_network: 300,
            network_window_seconds: 3600,
            max_messages_per_organization: 1000,
        }
    }
}

impl MessageLimits {
    /// The limits of this configuration. An override that can't be read changes nothing, and says so.
    pub(crate) fn of(config: &TenantSnapshot) -> Self {
        let Some(value) = config.configs.get(OVERRIDE) else { return Self::default() };
        match serde_json::from_value::<Self>(value.clone()) {
            Ok(limits) if limits.is_sensible() => limits,
            _ => {
                tracing::warn!("the setting {OVERRIDE} can't be read; the usual limits of messages are in force");
                Self::default()
            }
        }
    }

    fn is_sensible(self) -> bool {
        let window = 1..=MAX_WINDOW_SECONDS;
        self.max_messages >= 0
            && self.max_sms_per_network >= 0
            && self.max_emails_per_network >= 0
            && self.max_messages_per_organization >= 0
            && window.contains(&self.window_seconds)
            && window.contains(&self.network_window_seconds)
    }

    /// Counts a message before it is sent. `false` means that the recipient, or the network that asks, has had enough.
    pub(crate) fn count(self, work: &Work<'_>, to: &Identifier, from: ClientNetwork) -> Result<bool, DbError> {
        let (action, most) = match to.kind {
            IdentifierType::Phone => (SMS_SEND, self.max_sms_per_network),
            IdentifierType::Email | IdentifierType::Username => (EMAIL_SEND, self.max_emails_per_network),
        };
        let by_network = AddressLimit { action, most, window_seconds: self.network_window_seconds };
        // The network first: who has used up its messages must not use up those of somebody else.
        Ok(address_limit::count(work, &by_network, from)? && self.count_for_recipient(work, to)?)
    }

    /// As [`Self::count`], whoever asks.
    pub(crate) fn count_for_recipient(self, work: &Work<'_>, recipient: &Identifier) -> Result<bool, DbError> {
        address_limit::count_text(work, &self.of_recipient(CODE_SEND), &recipient.canonical())
    }

    /// Counts another message than a code, which an organization causes. `false` means that the recipient, or the
    /// organization, has had enough.
    ///
    /// # Errors
    /// A failure of the database.
    pub(crate) fn count_of_organization(
        self,
        work: &Work<'_>,
        recipient: &Identifier,
        organization: &str,
    ) -> Result<bool, DbError> {
        let by_organization = AddressLimit {
            action: ORGANIZATION_SEND,
            most: self.max_messages_per_organization,
            window_seconds: self.network_window_seconds,
        };
        Ok(address_limit::count_text(work, &by_organization, organization)?
            && address_limit::count_text(work, &self.of_recipient(MESSAGE_SEND), &recipient.canonical())?)
    }

    fn of_recipient(self, action: &'static str) -> AddressLimit {
        AddressLimit { action, most: self.max_messages, window_seconds: self.window_seconds }
    }
}

/// What webhooks are told of in an hour because of one network, and of one recipient: strangers cause it.
const ANNOUNCED_OF_NETWORK: AddressLimit =
    AddressLimit { action: "MessageRateLimitedOfNetwork", most: 100, window_seconds: 3600 };
const ANNOUNCED: AddressLimit = AddressLimit { action: "MessageRateLimited", most: 10, window_seconds: 3600 };

/// Whether webhooks are told once more that a recipient gets no messages for now. Counts it.
///
/// # Errors
/// A failure of the database.
pub fn may_announce(work: &Work<'_>, recipient: &Identifier, network: ClientNetwork) -> Result<bool, DbError> {
    // The network first: the recipient is whatever a stranger types.
    Ok(address_limit::count(work, &ANNOUNCED_OF_NETWORK, network)?
        && address_limit::count_text(work, &ANNOUNCED, &recipient.canonical())?)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn read(value: Value) -> Option<MessageLimits> {
        serde_json::from_value::<MessageLimits>(value).ok().filter(|limits| limits.is_sensible())
    }

    #[test]
    fn an_override_changes_what_it_names_and_one_that_is_wrong_nothing() {
        let usual = MessageLimits::default();
        assert_eq!(read(json!({"maxMessages": 3})), Some(MessageLimits { max_messages: 3, ..usual }));
        assert_eq!(read(json!({})), Some(usual));
        for wrong in [json!({"maxMessages": -1}), json!({"windowSeconds": 0}), json!({"maxMessage": 3}), json!("3")] {
            assert_eq!(read(wrong), None);
        }
    }
}
