//! The password of an existing account (E008).

use kernel::Timestamp;
use kernel::ids::UserId;
use serde::{Deserialize, Serialize};

use super::{Counted, Pending, Verification, Verified, stored_as};
use crate::error::FlowError;
use crate::experience::PasswordExpiration;
use crate::identifier::Identifier;
use crate::lookups::User;

/// The password of whoever has this identifier is asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct Password {
    pub identifier: Identifier,
}

/// The password of this user was given.
#[derive(Debug, Clone, PartialEq)]
pub struct PasswordOf {
    pub identifier: Identifier,
    /// Whose password it was: should the identifier change hands meanwhile, the proof does not go with it.
    pub user_id: UserId,
    /// When it was set: should it change meanwhile, the proof is none.
    pub password_updated_at: Option<Timestamp>,
}

impl Pending<Password> {
    /// Takes the outcome of the comparison: whose password it is, if anybody's.
    ///
    /// # Errors
    /// [`FlowError::InvalidCredentials`], [`FlowError::UserSuspended`], [`FlowError::PasswordExpired`].
    pub fn prove(
        self,
        owner: Counted<Option<&User>>,
        expiration: &PasswordExpiration,
        now: Timestamp,
    ) -> Result<Verified<PasswordOf>, FlowError> {
        let owner = owner.into_outcome().ok_or(FlowError::InvalidCredentials)?;
        if owner.is_suspended {
            return Err(FlowError::UserSuspended);
        }
        if expiration.expired(&owner.password_age, now) {
            return Err(FlowError::PasswordExpired);
        }
        let (user_id, password_updated_at) = (owner.id.clone(), owner.password_age.updated_at);
        Ok(self.verified(|Password { identifier }| PasswordOf { identifier, user_id, password_updated_at }))
    }
}

impl Verification<Password, PasswordOf> {
    /// The identifier that was typed.
    pub fn identifier(&self) -> &Identifier {
        match self {
            Self::Pending(pending) => &pending.question.identifier,
            Self::Verified(verified) => &verified.claim.identifier,
        }
    }
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct StoredPassword {
    id: String,
    identifier: Identifier,
    verified: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    user_id: Option<UserId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    password_updated_at: Option<Timestamp>,
}

impl From<Verification<Password, PasswordOf>> for StoredPassword {
    fn from(verification: Verification<Password, PasswordOf>) -> Self {
        match verification {
            Verification::Pending(Pending { id, question: Password { identifier } }) => {
                Self { id, identifier, verified: false, user_id: None, password_updated_at: None }
            }
            Verification::Verified(Verified { id, claim: PasswordOf { identifier, user_id, password_updated_at } }) => {
                Self { id, identifier, verified: true, user_id: Some(user_id), password_updated_at }
            }
        }
    }
}

impl From<StoredPassword> for Verification<Password, PasswordOf> {
    fn from(stored: StoredPassword) -> Self {
        let StoredPassword { id, identifier, verified, user_id, password_updated_at } = stored;
        match user_id.filter(|_| verified) {
            Some(user_id) => {
                Self::Verified(Verified { id, claim: PasswordOf { identifier, user_id, password_updated_at } })
            }
            None => Self::Pending(Pending { id, question: Password { identifier } }),
        }
    }
}

stored_as!(Password, PasswordOf, StoredPassword);
