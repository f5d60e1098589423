//! Accounts at the identity provider of an enterprise (E015).

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::provider_user::ProviderUser;
use super::{Pending, Verification, Verified, stored_as};
use crate::error::FlowError;
use crate::identifier::{Identifier, IdentifierType, email_domain};
use crate::lookups::{EnterpriseAccountId, ProviderAccount, TenantPolicy, User};
use crate::state::{EnterpriseIdentity, Profile, ProviderTokenSet};

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
    /// As [`crate::SsoConnector::registration`] was.
    pub registration: String,
    pub issuer: String,
    /// Whether name and avatar of the user follow those of the account (E051).
    pub sync_profile: bool,
    /// `{id, email?, name?, avatar?, rawData}`. The address is left out unless the provider verified it, or the administrator trusts it.
    pub enterprise_sso_user_info: Map<String, Value>,
    pub encrypted_token_set: Option<Value>,
}

impl Pending<EnterpriseSso> {
    /// Takes what the provider said, if it is the provider to which the person was sent (attack D3). Nothing is typed that could be
    /// guessed, so nothing is counted; the connector checks the response.
    ///
    /// # Errors
    /// [`FlowError::VerificationFailed`] for another connector, and for an account without id (attack D4).
    pub fn prove(self, account: EnterpriseAccount) -> Result<Verified<EnterpriseAccount>, FlowError> {
        match account.connector_id == self.question.connector_id && !account.user().id().is_empty() {
            true => Ok(self.verified(|_| account)),
            false => Err(FlowError::VerificationFailed),
        }
    }
}

impl EnterpriseAccount {
    fn user(&self) -> ProviderUser<'_> {
        ProviderUser(&self.enterprise_sso_user_info)
    }

    /// Whose account it is.
    pub(crate) fn account_id(&self) -> EnterpriseAccountId {
        let (connector_id, issuer) = (self.connector_id.clone(), self.issuer.clone());
        EnterpriseAccountId { connector_id, issuer, id: self.user().id().to_owned() }
    }

    /// Whether the user has an account of this connector already. One of the issuer that the connector had before is of no use any
    /// more.
    pub(crate) fn is_of_connector_of(&self, user: &User) -> bool {
        let of_connector =
            |known: &EnterpriseAccountId| known.connector_id == self.connector_id && known.issuer == self.issuer;
        user.enterprise_identities.iter().any(of_connector)
    }

    /// Whether it is linked to the user, or is by what the interaction adds.
    pub(crate) fn is_of(&self, user: &User, profile: &Profile) -> bool {
        user.enterprise_identities.contains(&self.account_id())
            || profile.enterprise_sso_identity.as_ref().is_some_and(|new| *new == self.identity())
    }

    /// The address, whoever it belongs to.
    pub(crate) fn identifier(&self) -> Option<Identifier> {
        self.user().email().map(|email| Identifier::new(IdentifierType::Email, email))
    }

    /// The address, if it is of a domain of this very connector: an enterprise speaks for its own domains, and for accounts of nobody
    /// else (attack D1).
    pub(crate) fn owned_email(&self, policy: &TenantPolicy) -> Option<String> {
        let connector = policy.sso_connectors.iter().find(|connector| connector.id == self.connector_id)?;
        self.user()
            .email()
            .filter(|email| email_domain(email).is_some_and(|domain| connector.domains.contains(&domain)))
    }

    /// The identity alone.
    pub(crate) fn identity(&self) -> EnterpriseIdentity {
        EnterpriseIdentity {
            sso_connector_id: self.connector_id.clone(),
            issuer: self.issuer.clone(),
            identity_id: self.user().id().to_owned(),
            detail: self.enterprise_sso_user_info.clone(),
        }
    }

    /// The tokens of the account, where the connector keeps them (E090).
    pub(crate) fn tokens(&self) -> Profile {
        let account = ProviderAccount::Enterprise(self.account_id());
        let tokens = self.encrypted_token_set.clone();
        let enterprise_token_set = tokens.map(|encrypted_token_set| ProviderTokenSet { account, encrypted_token_set });
        Profile { enterprise_token_set, ..Profile::default() }
    }

    /// Name and avatar.
    pub(crate) fn looks(&self) -> Profile {
        self.user().looks()
    }

    /// What a new account takes over (E051); the address is only for [`Self::owned_email`] to say.
    pub(crate) fn registration_profile(&self) -> Profile {
        let mut profile = self.tokens();
        profile.merge(self.looks());
        profile.primary_email = self.user().email();
        profile.enterprise_sso_identity = Some(self.identity());
        profile
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
    enterprise_sso_user_info: Option<Map<String, Value>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    issuer: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    registration: Option<String>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    sync_profile: bool,
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
                registration: None,
                sync_profile: false,
                encrypted_token_set: None,
                connector_session: question.connector_session,
            },
            Verification::Verified(Verified { id, claim }) => Self {
                id,
                connector_id: claim.connector_id,
                enterprise_sso_user_info: Some(claim.enterprise_sso_user_info),
                issuer: Some(claim.issuer),
                registration: Some(claim.registration),
                sync_profile: claim.sync_profile,
                encrypted_token_set: claim.encrypted_token_set,
                connector_session: None,
            },
        }
    }
}

impl From<StoredEnterpriseSso> for Verification<EnterpriseSso, EnterpriseAccount> {
    fn from(stored: StoredEnterpriseSso) -> Self {
        let StoredEnterpriseSso { id, connector_id, sync_profile, encrypted_token_set, connector_session, .. } = stored;
        match (stored.enterprise_sso_user_info, stored.issuer, stored.registration) {
            (Some(enterprise_sso_user_info), Some(issuer), Some(registration)) => {
                let claim = EnterpriseAccount {
                    connector_id,
                    registration,
                    issuer,
                    sync_profile,
                    enterprise_sso_user_info,
                    encrypted_token_set,
                };
                Self::Verified(Verified { id, claim })
            }
            _ => Self::Pending(Pending { id, question: EnterpriseSso { connector_id, connector_session } }),
        }
    }
}

stored_as!(EnterpriseSso, EnterpriseAccount, StoredEnterpriseSso);
