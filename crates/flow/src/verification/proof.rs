//! What a proof is good for: saying who the person is, or being the second factor of a user. Both hold a [`Verified`], so
//! that neither can be made of a pending verification.

use super::{
    BackupCode, Code, EnterpriseAccount, MfaCode, OneTimeToken, PasskeyOwner, PasswordOf, SocialAccount, Totp,
    Verified, WebAuthn,
};
use crate::error::FlowError;
use crate::identifier::{Identifier, IdentifierType};
use crate::lookups::{User, UserRef};
use crate::mfa::{MfaFactor, has_bound_passkey};
use crate::state::Profile;
use kernel::ids::UserId;

/// A proof that says who the person is.
#[derive(Debug, Clone, Copy)]
pub enum IdentityProof<'a> {
    Password(&'a Verified<PasswordOf>),
    EmailCode(&'a Verified<Code>),
    PhoneCode(&'a Verified<Code>),
    Social(&'a Verified<SocialAccount>),
    EnterpriseSso(&'a Verified<EnterpriseAccount>),
    SignInPasskey(&'a Verified<PasskeyOwner>),
    OneTimeToken(&'a Verified<OneTimeToken>),
}

impl IdentityProof<'_> {
    /// The person it names.
    pub fn user_ref(&self) -> Option<UserRef> {
        match self {
            Self::Password(proof) => Some(UserRef::ById(proof.claim().user_id.clone())),
            Self::SignInPasskey(proof) => Some(UserRef::ById(proof.claim().user_id.clone())),
            Self::EmailCode(proof) | Self::PhoneCode(proof) => {
                Some(UserRef::ByIdentifier(proof.claim().identifier.clone()))
            }
            Self::OneTimeToken(proof) => Some(UserRef::ByIdentifier(proof.claim().identifier.clone())),
            Self::Social(proof) => {
                let account = proof.claim();
                let (target, id) = (account.target.clone(), account.account_id().to_owned());
                Some(UserRef::ByIdentity { target, id })
            }
            Self::EnterpriseSso(proof) => Some(UserRef::ByEnterpriseIdentity(proof.claim().account_id())),
        }
    }

    /// What else the provider knows the person by.
    pub(crate) fn related_identifiers(&self) -> Vec<Identifier> {
        match self {
            Self::Social(proof) => proof.claim().identifiers(),
            Self::EnterpriseSso(proof) => proof.claim().identifier().into_iter().collect(),
            _ => Vec::new(),
        }
    }

    /// The identifier that was typed, of kinds that have one.
    pub(crate) fn identifier(&self) -> Option<&Identifier> {
        match self {
            Self::Password(proof) => Some(&proof.claim().identifier),
            Self::EmailCode(proof) | Self::PhoneCode(proof) => Some(&proof.claim().identifier),
            Self::OneTimeToken(proof) => Some(&proof.claim().identifier),
            Self::Social(_) | Self::EnterpriseSso(_) | Self::SignInPasskey(_) => None,
        }
    }

    /// Whether storage may have found this user for the proof. Who has an identifier is for storage to say.
    pub(crate) fn names(&self, user: &User) -> bool {
        match self.user_ref() {
            Some(UserRef::ById(id)) => id == user.id,
            Some(UserRef::ByIdentifier(_) | UserRef::ByIdentity { .. } | UserRef::ByEnterpriseIdentity(_)) => true,
            None => false,
        }
    }

    /// Whether the proof would name the user now, long after it was made. An account at a provider may be linked to them by the
    /// same interaction: `profile` is what it adds.
    pub(crate) fn still_names(&self, user: &User, profile: &Profile) -> bool {
        match self {
            Self::Password(proof) => {
                self.names(user) && proof.claim().password_updated_at == user.password_age.updated_at
            }
            Self::EmailCode(_) | Self::PhoneCode(_) | Self::OneTimeToken(_) => self.is_of_address_of(user),
            Self::Social(proof) => {
                let account = proof.claim();
                let is_linked =
                    user.social_identities.get(&account.target).is_some_and(|id| id == account.account_id());
                is_linked || profile.social_identity.as_ref().is_some_and(|identity| account.is(identity))
            }
            Self::SignInPasskey(_) => self.names(user) && has_bound_passkey(user),
            Self::EnterpriseSso(proof) => proof.claim().is_of(user, profile),
        }
    }

    /// Whether a code or link was sent to an address or number that is the user's now.
    pub(crate) fn is_of_address_of(&self, user: &User) -> bool {
        let Some(UserRef::ByIdentifier(proven)) = self.user_ref() else { return false };
        let own = match proven.kind {
            IdentifierType::Email => user.primary_email.as_ref(),
            IdentifierType::Phone => user.primary_phone.as_ref(),
            IdentifierType::Username => None,
        };
        own.is_some_and(|own| Identifier::new(proven.kind, own).canonical() == proven.canonical())
    }

    /// Whether it is a passkey of `user`, which stands for both factors. One of somebody else, which an interaction may hold beside the
    /// proof that identified the user, does not.
    pub(crate) fn is_passkey_of(&self, user: &User) -> bool {
        matches!(self, Self::SignInPasskey(proof) if proof.claim().user_id == user.id)
    }

    /// Whether it shows that a person is there.
    pub(crate) fn stands_for_captcha(&self) -> bool {
        matches!(self, Self::Social(_) | Self::EnterpriseSso(_) | Self::SignInPasskey(_))
    }

    /// What it gives to a new account. A password or passkey belongs to an existing one and gives nothing.
    ///
    /// # Errors
    /// [`FlowError::VerificationFailed`].
    pub(crate) fn registration_profile(&self) -> Result<Profile, FlowError> {
        match self {
            Self::EmailCode(proof) => {
                Ok(Profile { primary_email: Some(proof.claim().identifier.value.clone()), ..Profile::default() })
            }
            Self::PhoneCode(proof) => {
                Ok(Profile { primary_phone: Some(proof.claim().identifier.value.clone()), ..Profile::default() })
            }
            Self::OneTimeToken(proof) => {
                let OneTimeToken { identifier, one_time_token_context } = proof.claim();
                let context = one_time_token_context.as_ref();
                let organizations = context.and_then(|context| context.get("jitOrganizationIds"));
                Ok(Profile {
                    primary_email: Some(identifier.value.clone()),
                    jit_organization_ids: organizations.and_then(|ids| serde_json::from_value(ids.clone()).ok()),
                    ..Profile::default()
                })
            }
            Self::Social(proof) => Ok(proof.claim().registration_profile()),
            Self::EnterpriseSso(proof) => Ok(proof.claim().registration_profile()),
            Self::Password(_) | Self::SignInPasskey(_) => Err(FlowError::VerificationFailed),
        }
    }
}

/// A proof of a second factor, or of a factor that is being bound.
#[derive(Debug, Clone, Copy)]
pub enum SecondFactorProof<'a> {
    Totp(&'a Verified<Totp>),
    WebAuthn(&'a Verified<WebAuthn>),
    BackupCode(&'a Verified<BackupCode>),
    Code(&'a Verified<MfaCode>),
}

impl<'a> SecondFactorProof<'a> {
    /// The factor that it is of.
    pub fn factor(&self) -> MfaFactor {
        match self {
            Self::Totp(_) => MfaFactor::Totp,
            Self::WebAuthn(_) => MfaFactor::WebAuthn,
            Self::BackupCode(_) => MfaFactor::BackupCode,
            Self::Code(proof) => match proof.claim().identifier.kind {
                IdentifierType::Phone => MfaFactor::PhoneVerificationCode,
                IdentifierType::Email | IdentifierType::Username => MfaFactor::EmailVerificationCode,
            },
        }
    }

    /// Whose bound factor it proves. Factors that are being bound do not count, and neither does the proof that identified the
    /// user: its kinds are others (E069).
    pub fn bound_factor_of(&self) -> Option<&'a UserId> {
        match self {
            Self::Totp(proof) => proof.bound_factor_of(),
            Self::WebAuthn(proof) => proof.bound_factor_of(),
            Self::BackupCode(proof) => Some(&proof.claim().user_id),
            Self::Code(proof) => proof.claim().user_id.as_ref(),
        }
    }
}
