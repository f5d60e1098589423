//! Accounts at social providers (E013).

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::provider_user::ProviderUser;
use super::{Pending, Verification, Verified, stored_as};
use crate::error::FlowError;
use crate::identifier::{Identifier, IdentifierType};
use crate::lookups::ProviderAccount;
use crate::phone;
use crate::state::{Profile, ProviderTokenSet, SocialIdentity};

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
    /// The connector's name for the provider: accounts are linked under it, so equal ids at two providers are two accounts.
    pub target: String,
    /// Whether name and avatar of the user follow those of the account (E051).
    pub sync_profile: bool,
    /// `{id, email?, phone?, name?, avatar?, rawData}`. Address and number are left out unless the provider verified them.
    pub social_user_info: Map<String, Value>,
    pub encrypted_token_set: Option<Value>,
}

impl Pending<Social> {
    /// Takes what the provider said, if it is the provider to which the person was sent (attack D3). Nothing is typed that could
    /// be guessed, so nothing is counted; `state` and code are checked by the connector.
    ///
    /// # Errors
    /// [`FlowError::VerificationFailed`] for another connector, and for an account without id (attack D4).
    pub fn prove(self, account: SocialAccount) -> Result<Verified<SocialAccount>, FlowError> {
        match account.connector_id == self.question.connector_id && !account.account_id().is_empty() {
            true => Ok(self.verified(|_| account)),
            false => Err(FlowError::VerificationFailed),
        }
    }
}

impl SocialAccount {
    fn user(&self) -> ProviderUser<'_> {
        ProviderUser(&self.social_user_info)
    }

    /// The account's id at the provider.
    pub fn account_id(&self) -> &str {
        self.user().id()
    }

    /// The number, in its normal form.
    pub fn phone(&self) -> Option<String> {
        phone::normalize(self.user().text("phone")?)
    }

    /// The address, as it is stored.
    pub fn email(&self) -> Option<String> {
        self.user().email()
    }

    /// By what else the provider knows the person: the number first (E048).
    pub fn identifiers(&self) -> Vec<Identifier> {
        let phone = self.phone().map(|phone| Identifier::new(IdentifierType::Phone, phone));
        phone.into_iter().chain(self.email().map(|email| Identifier::new(IdentifierType::Email, email))).collect()
    }

    /// Whether the identity is this account.
    pub(crate) fn is(&self, identity: &SocialIdentity) -> bool {
        identity.target == self.target
            && identity.user_info.get("id").and_then(Value::as_str) == Some(self.account_id())
    }

    /// The identity alone, with its tokens.
    pub fn identity(&self) -> Profile {
        let identity = SocialIdentity { target: self.target.clone(), user_info: self.social_user_info.clone() };
        Profile { social_identity: Some(identity), ..self.tokens() }
    }

    /// The tokens of the account, where the connector keeps them (E090).
    pub(crate) fn tokens(&self) -> Profile {
        let (connector_id, target) = (self.connector_id.clone(), self.target.clone());
        let account = ProviderAccount::Social { connector_id, target, id: self.account_id().to_owned() };
        let tokens = self.encrypted_token_set.clone();
        let social_token_set = tokens.map(|encrypted_token_set| ProviderTokenSet { account, encrypted_token_set });
        Profile { social_token_set, ..Profile::default() }
    }

    /// Name and avatar.
    pub(crate) fn looks(&self) -> Profile {
        self.user().looks()
    }

    /// Everything that a new account takes over (E051).
    pub(crate) fn registration_profile(&self) -> Profile {
        let mut profile = self.identity();
        profile.merge(self.looks());
        profile.primary_email = self.email();
        profile.primary_phone = self.phone();
        profile
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
    target: Option<String>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    sync_profile: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    social_user_info: Option<Map<String, Value>>,
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
                target: None,
                sync_profile: false,
                social_user_info: None,
                encrypted_token_set: None,
                connector_session: question.connector_session,
            },
            Verification::Verified(Verified { id, claim }) => Self {
                id,
                connector_id: claim.connector_id,
                target: Some(claim.target),
                sync_profile: claim.sync_profile,
                social_user_info: Some(claim.social_user_info),
                encrypted_token_set: claim.encrypted_token_set,
                connector_session: None,
            },
        }
    }
}

impl From<StoredSocial> for Verification<Social, SocialAccount> {
    fn from(stored: StoredSocial) -> Self {
        let StoredSocial { id, connector_id, encrypted_token_set, connector_session, sync_profile, .. } = stored;
        match (stored.target, stored.social_user_info) {
            (Some(target), Some(social_user_info)) => {
                let claim = SocialAccount { connector_id, target, sync_profile, social_user_info, encrypted_token_set };
                Self::Verified(Verified { id, claim })
            }
            _ => Self::Pending(Pending { id, question: Social { connector_id, connector_session } }),
        }
    }
}

stored_as!(Social, SocialAccount, StoredSocial);
