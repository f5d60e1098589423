//! A username with a password for a new account (E027). It proves nothing, so it has no verified state; it is a wish.

use serde::{Deserialize, Serialize};

use crate::error::FlowError;
use crate::identifier::{Identifier, IdentifierType};
use crate::state::Profile;

/// A hashed password.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PasswordDigest {
    pub password_encrypted: String,
    /// `Argon2id` and so on: the name that the Management API uses (H115).
    pub password_encryption_method: String,
}

impl std::fmt::Debug for PasswordDigest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PasswordDigest({})", self.password_encryption_method)
    }
}

/// The wish for a username, with an accepted and hashed password.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NewPasswordIdentity {
    pub id: String,
    pub identifier: Identifier,
    #[serde(flatten)]
    pub digest: PasswordDigest,
}

impl NewPasswordIdentity {
    /// What it gives to a new account.
    ///
    /// # Errors
    /// [`FlowError::VerificationFailed`] for an address or a number: it must be proven by a code.
    pub(crate) fn registration_profile(&self) -> Result<Profile, FlowError> {
        match self.identifier.kind {
            IdentifierType::Username => Ok(Profile {
                username: Some(self.identifier.value.clone()),
                password: Some(self.digest.clone()),
                ..Profile::default()
            }),
            IdentifierType::Email | IdentifierType::Phone => Err(FlowError::VerificationFailed),
        }
    }
}
