//! Verifications: what a person is asked for, and what they have proven (E040, E041). Each kind has a module with the members
//! of both states and the one way from the first to the second, `prove`.
//!
//! A [`Verified`] is made only by the `prove` of its kind, or read back with the stored state of the interaction. Guards and
//! identification take it by reference, so that a forgotten check does not compile:
//!
//! ```compile_fail,E0451
//! use flow::verification::{Totp, Verified};
//! let claim = Totp { user_id: "alice".into(), secret: None };
//! let forged = Verified { id: "v1".to_owned(), claim };
//! ```
//!
//! ```compile_fail,E0277
//! use flow::verification::{Totp, Verified};
//! let forged: Verified<Totp> = serde_json::from_str(r#"{"id": "v1", "userId": "alice", "verified": true}"#).unwrap();
//! ```
//!
//! ```compile_fail,E0308
//! use flow::verification::{Pending, Totp, Verification};
//! let pending = Pending::new("v1", Totp { user_id: "alice".into(), secret: None });
//! let forged: Verification<Totp> = Verification::Verified(pending);
//! ```

mod backup_code;
mod code;
mod counted;
mod enterprise_sso;
mod new_password_identity;
mod one_time_token;
mod passkey;
mod password;
mod proof;
mod provider_user;
mod record;
mod social;
#[cfg(test)]
mod tests;
mod totp;

pub use backup_code::{BackupCode, BackupCodes};
pub use code::{Code, MfaCode};
pub use counted::Counted;
pub use enterprise_sso::{EnterpriseAccount, EnterpriseSso};
pub use new_password_identity::{NewPasswordIdentity, PasswordDigest};
pub use one_time_token::OneTimeToken;
pub use passkey::{PasskeyOwner, SignInPasskey, WebAuthn};
pub use password::{Password, PasswordOf};
pub use proof::{IdentityProof, SecondFactorProof};
pub use record::VerificationRecord;
pub(crate) use record::email_of;
pub use social::{Social, SocialAccount};
pub use totp::Totp;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A verification that waits for its answer. It proves nothing, so anybody may make one.
#[derive(Debug, Clone, PartialEq)]
pub struct Pending<Q> {
    /// The id by which the client names it.
    pub id: String,
    /// What was asked for.
    pub question: Q,
}

impl<Q> Pending<Q> {
    /// A verification that was just begun.
    pub fn new(id: impl Into<String>, question: Q) -> Self {
        Self { id: id.into(), question }
    }

    /// The proof of `claim`, for the `prove` of each kind.
    fn verified<C>(self, claim: impl FnOnce(Q) -> C) -> Verified<C> {
        Verified { id: self.id, claim: claim(self.question) }
    }
}

/// A proof that was given. The module says how it can be made.
#[derive(Debug, Clone, PartialEq)]
pub struct Verified<C> {
    id: String,
    claim: C,
}

impl<C> Verified<C> {
    /// The id by which the client names it.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// What was proven.
    pub fn claim(&self) -> &C {
        &self.claim
    }
}

/// A verification in one of its two states. `Q` is what is asked for, `C` what is proven then.
#[derive(Debug, Clone, PartialEq)]
pub enum Verification<Q, C = Q> {
    Pending(Pending<Q>),
    Verified(Verified<C>),
}

impl<Q, C> Verification<Q, C> {
    /// The id by which the client names it.
    pub fn id(&self) -> &str {
        match self {
            Self::Pending(pending) => &pending.id,
            Self::Verified(verified) => &verified.id,
        }
    }

    /// The proof, if it was given.
    pub fn verified(&self) -> Option<&Verified<C>> {
        match self {
            Self::Pending(_) => None,
            Self::Verified(verified) => Some(verified),
        }
    }

    /// Whether the proof was given.
    pub fn is_verified(&self) -> bool {
        self.verified().is_some()
    }
}

impl<K> Verification<K> {
    /// The members, which are the same in both states.
    pub fn members(&self) -> &K {
        match self {
            Self::Pending(pending) => &pending.question,
            Self::Verified(verified) => &verified.claim,
        }
    }
}

impl<Q, C> From<Pending<Q>> for Verification<Q, C> {
    fn from(pending: Pending<Q>) -> Self {
        Self::Pending(pending)
    }
}

impl<Q, C> From<Verified<C>> for Verification<Q, C> {
    fn from(verified: Verified<C>) -> Self {
        Self::Verified(verified)
    }
}

/// The JSON of kinds whose members are the same in both states.
#[derive(Serialize, Deserialize)]
struct Flagged<K> {
    id: String,
    #[serde(flatten)]
    members: K,
    verified: bool,
}

impl<K: Clone + Serialize> Serialize for Verification<K> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (id, members, verified) = (self.id().to_owned(), self.members(), self.is_verified());
        Flagged { id, members, verified }.serialize(serializer)
    }
}

impl<'de, K: Deserialize<'de>> Deserialize<'de> for Verification<K> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Flagged { id, members, verified } = Flagged::deserialize(deserializer)?;
        Ok(match verified {
            true => Self::Verified(Verified { id, claim: members }),
            false => Self::Pending(Pending { id, question: members }),
        })
    }
}

/// Stores a kind whose states differ as `$stored`, which converts into it and from it.
macro_rules! stored_as {
    ($question:ty, $claim:ty, $stored:ty) => {
        impl serde::Serialize for $crate::verification::Verification<$question, $claim> {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                <$stored>::from(self.clone()).serialize(serializer)
            }
        }

        impl<'de> serde::Deserialize<'de> for $crate::verification::Verification<$question, $claim> {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                <$stored>::deserialize(deserializer).map(Self::from)
            }
        }
    };
}
use stored_as;
