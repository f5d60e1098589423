//! Accounts at social providers (E013).

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Pending, Verification, Verified, stored_as};

/// The person was sent to a provider.
#[derive(Debug, Clone, PartialEq)]
pub struct Social {
    pub connector_id: String,
    /// What the connector keeps until the person comes back; it holds secrets.
    pub connector_session: Option<Value>,
}

/// The provider said whose account it is.
#[derive(Debug, Clone, PartialEq)]
pub struct SocialAccount {
    pub connector_id: String,
    pub social_user_info: Value,
    pub encrypted_token_set: Option<Value>,
}

impl Pending<Social> {
    /// Takes what the provider said. Nothing is typed that could be guessed, so nothing is counted; `state` and code are
    /// checked by the connector.
    pub fn prove(self, social_user_info: Value, encrypted_token_set: Option<Value>) -> Verified<SocialAccount> {
        self.verified(|question| SocialAccount {
            connector_id: question.connector_id,
            social_user_info,
            encrypted_token_set,
        })
    }
}

impl Verification<Social, SocialAccount> {
    /// The connector of the provider.
    pub fn connector_id(&self) -> &str {
        match self {
            Self::Pending(pending) => &pending.question.connector_id,
            Self::Verified(verified) => &verified.claim.connector_id,
        }
    }
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct StoredSocial {
    id: String,
    connector_id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    social_user_info: Option<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    encrypted_token_set: Option<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    connector_session: Option<Value>,
}

impl From<Verification<Social, SocialAccount>> for StoredSocial {
    fn from(verification: Verification<Social, SocialAccount>) -> Self {
        match verification {
            Verification::Pending(Pending { id, question }) => Self {
                id,
                connector_id: question.connector_id,
                social_user_info: None,
                encrypted_token_set: None,
                connector_session: question.connector_session,
            },
            Verification::Verified(Verified { id, claim }) => Self {
                id,
                connector_id: claim.connector_id,
                social_user_info: Some(claim.social_user_info),
                encrypted_token_set: claim.encrypted_token_set,
                connector_session: None,
            },
        }
    }
}

impl From<StoredSocial> for Verification<Social, SocialAccount> {
    fn from(stored: StoredSocial) -> Self {
        let StoredSocial { id, connector_id, social_user_info, encrypted_token_set, connector_session } = stored;
        match social_user_info {
            Some(social_user_info) => {
                let claim = SocialAccount { connector_id, social_user_info, encrypted_token_set };
                Self::Verified(Verified { id, claim })
            }
            None => Self::Pending(Pending { id, question: Social { connector_id, connector_session } }),
        }
    }
}

stored_as!(Social, SocialAccount, StoredSocial);
