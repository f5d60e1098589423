//! WebAuthn: as a second factor (E074), and as a passkey that says by itself who the person is.

use kernel::ids::UserId;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Counted, Pending, Verification, Verified, stored_as};

/// A second factor of a user who is known already: a new one is registered, or a bound one is used.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WebAuthn {
    pub user_id: UserId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub registration_challenge: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub registration_rp_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub registration_info: Option<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authentication_challenge: Option<String>,
}

impl WebAuthn {
    /// A new passkey of the user for the relying party.
    pub fn registering(user_id: UserId, challenge: String, rp_id: String) -> Self {
        Self {
            user_id,
            registration_challenge: Some(challenge),
            registration_rp_id: Some(rp_id),
            registration_info: None,
            authentication_challenge: None,
        }
    }

    /// The use of a passkey of the user.
    pub fn authenticating(user_id: UserId, challenge: String) -> Self {
        Self {
            user_id,
            registration_challenge: None,
            registration_rp_id: None,
            registration_info: None,
            authentication_challenge: Some(challenge),
        }
    }
}

impl Pending<WebAuthn> {
    /// Takes the outcome: whether the response of the authenticator holds.
    ///
    /// # Errors
    /// The verification, still pending; a registration proves nothing but the new credential.
    pub fn prove(self, is_right: Counted<bool>) -> Result<Verified<WebAuthn>, Self> {
        if !is_right.into_outcome() || self.question.registration_challenge.is_some() {
            return Err(self);
        }
        Ok(self.verified(|question| question))
    }

    /// Takes a new credential whose registration holds. There is nothing to guess, so nothing is counted.
    ///
    /// # Errors
    /// The verification, still pending, if no registration was asked for.
    pub fn register(self, credential: Value) -> Result<Verified<WebAuthn>, Self> {
        if self.question.registration_challenge.is_none() {
            return Err(self);
        }
        Ok(self.verified(|question| WebAuthn { registration_info: Some(credential), ..question }))
    }
}

impl Verified<WebAuthn> {
    /// Whose bound factor it proves; none while a new one is being registered (E069).
    pub fn bound_factor_of(&self) -> Option<&UserId> {
        self.claim.registration_challenge.is_none().then_some(&self.claim.user_id)
    }
}

/// A passkey is asked for, of anybody or of the user whose identifier was typed.
#[derive(Debug, Clone, PartialEq)]
pub struct SignInPasskey {
    pub user_id: Option<UserId>,
    pub authentication_challenge: Option<String>,
    pub authentication_rp_id: Option<String>,
}

/// A passkey of this user was used.
#[derive(Debug, Clone, PartialEq)]
pub struct PasskeyOwner {
    pub user_id: UserId,
    pub authentication_rp_id: Option<String>,
}

impl Pending<SignInPasskey> {
    /// Takes the outcome: whose passkey signed the challenge, if anybody's. Where a user was named before, it must be theirs.
    /// A signature cannot be guessed, so it is not counted: else anybody could lock the owner out (C1).
    ///
    /// # Errors
    /// The verification, still pending.
    pub fn prove(self, owner: Option<UserId>) -> Result<Verified<PasskeyOwner>, Self> {
        let is_expected = |owner: &UserId| self.question.user_id.as_ref().is_none_or(|expected| expected == owner);
        let Some(user_id) = owner.filter(is_expected) else { return Err(self) };
        // The challenge is used up.
        Ok(self.verified(|question| PasskeyOwner { user_id, authentication_rp_id: question.authentication_rp_id }))
    }
}

impl Verification<SignInPasskey, PasskeyOwner> {
    /// Whose passkey it is, as far as that is known.
    pub fn user_id(&self) -> Option<&UserId> {
        match self {
            Self::Pending(pending) => pending.question.user_id.as_ref(),
            Self::Verified(verified) => Some(&verified.claim.user_id),
        }
    }
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct StoredSignInPasskey {
    id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    user_id: Option<UserId>,
    verified: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    authentication_challenge: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    authentication_rp_id: Option<String>,
}

impl From<Verification<SignInPasskey, PasskeyOwner>> for StoredSignInPasskey {
    fn from(verification: Verification<SignInPasskey, PasskeyOwner>) -> Self {
        match verification {
            Verification::Pending(Pending { id, question }) => Self {
                id,
                user_id: question.user_id,
                verified: false,
                authentication_challenge: question.authentication_challenge,
                authentication_rp_id: question.authentication_rp_id,
            },
            Verification::Verified(Verified { id, claim }) => Self {
                id,
                user_id: Some(claim.user_id),
                verified: true,
                authentication_challenge: None,
                authentication_rp_id: claim.authentication_rp_id,
            },
        }
    }
}

impl From<StoredSignInPasskey> for Verification<SignInPasskey, PasskeyOwner> {
    fn from(stored: StoredSignInPasskey) -> Self {
        let StoredSignInPasskey { id, user_id, verified, authentication_challenge, authentication_rp_id } = stored;
        match (user_id, verified) {
            (Some(user_id), true) => {
                Self::Verified(Verified { id, claim: PasskeyOwner { user_id, authentication_rp_id } })
            }
            (user_id, _) => {
                let question = SignInPasskey { user_id, authentication_challenge, authentication_rp_id };
                Self::Pending(Pending { id, question })
            }
        }
    }
}

stored_as!(SignInPasskey, PasskeyOwner, StoredSignInPasskey);
