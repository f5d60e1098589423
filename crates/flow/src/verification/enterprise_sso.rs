//! Accounts at the identity provider of an enterprise (E015).

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Pending, Verification, Verified, stored_as};

/// The person was sent to the provider of their enterprise.
#[derive(Debug, Clone, PartialEq)]
pub struct EnterpriseSso {
    pub connector_id: String,
    /// What the connector keeps until the person comes back; it holds secrets.
    pub connector_session: Option<Value>,
}

/// The provider said whose account it is.
#[derive(Debug, Clone, PartialEq)]
pub struct EnterpriseAccount {
    pub connector_id: String,
    pub issuer: String,
    pub enterprise_sso_user_info: Value,
    pub encrypted_token_set: Option<Value>,
}

impl Pending<EnterpriseSso> {
    /// Takes what the provider `issuer` said. Nothing is typed that could be guessed, so nothing is counted; the connector
    /// checks the response.
    pub fn prove(
        self,
        issuer: String,
        enterprise_sso_user_info: Value,
        encrypted_token_set: Option<Value>,
    ) -> Verified<EnterpriseAccount> {
        self.verified(|question| EnterpriseAccount {
            connector_id: question.connector_id,
            issuer,
            enterprise_sso_user_info,
            encrypted_token_set,
        })
    }
}

impl Verification<EnterpriseSso, EnterpriseAccount> {
    /// The connector of the enterprise.
    pub fn connector_id(&self) -> &str {
        match self {
            Self::Pending(pending) => &pending.question.connector_id,
            Self::Verified(verified) => &verified.claim.connector_id,
        }
    }
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct StoredEnterpriseSso {
    id: String,
    connector_id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    enterprise_sso_user_info: Option<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    issuer: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    encrypted_token_set: Option<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    connector_session: Option<Value>,
}

impl From<Verification<EnterpriseSso, EnterpriseAccount>> for StoredEnterpriseSso {
    fn from(verification: Verification<EnterpriseSso, EnterpriseAccount>) -> Self {
        match verification {
            Verification::Pending(Pending { id, question }) => Self {
                id,
                connector_id: question.connector_id,
                enterprise_sso_user_info: None,
                issuer: None,
                encrypted_token_set: None,
                connector_session: question.connector_session,
            },
            Verification::Verified(Verified { id, claim }) => Self {
                id,
                connector_id: claim.connector_id,
                enterprise_sso_user_info: Some(claim.enterprise_sso_user_info),
                issuer: Some(claim.issuer),
                encrypted_token_set: claim.encrypted_token_set,
                connector_session: None,
            },
        }
    }
}

impl From<StoredEnterpriseSso> for Verification<EnterpriseSso, EnterpriseAccount> {
    fn from(stored: StoredEnterpriseSso) -> Self {
        let StoredEnterpriseSso { id, connector_id, encrypted_token_set, connector_session, .. } = stored;
        match (stored.enterprise_sso_user_info, stored.issuer) {
            (Some(enterprise_sso_user_info), Some(issuer)) => {
                let claim = EnterpriseAccount { connector_id, issuer, enterprise_sso_user_info, encrypted_token_set };
                Self::Verified(Verified { id, claim })
            }
            _ => Self::Pending(Pending { id, question: EnterpriseSso { connector_id, connector_session } }),
        }
    }
}

stored_as!(EnterpriseSso, EnterpriseAccount, StoredEnterpriseSso);
