//! Second factors: the settings, and the guard which asks for a bound one at submit (E066 to E069). What asks for new ones is
//! in [`binding`].

pub mod adaptive;
mod assurance;
mod binding;
mod trusted_device;

use adaptive::AdaptiveRule;
use kernel::Timestamp;
use serde::{Deserialize, Serialize};

use crate::error::FlowError;
use crate::experience::SignInExperience;
use crate::lookups::User;
use crate::state::{InteractionEvent, State};
use crate::verification::SecondFactorProof;

pub use assurance::proven;
pub(crate) use assurance::require_demanded;
pub use binding::require_addable;
pub(crate) use binding::{Protection, require_bindable, require_binding, require_passkey_choice};
pub use trusted_device::may_trust_devices;
pub(crate) use trusted_device::require_trustworthy;

/// The factors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum MfaFactor {
    Totp,
    WebAuthn,
    BackupCode,
    EmailVerificationCode,
    PhoneVerificationCode,
}

impl MfaFactor {
    /// What the audit log calls the step that takes a new factor.
    pub(crate) fn binding_action(self) -> &'static str {
        match self {
            Self::Totp => "BindMfa.Totp.Submit",
            Self::WebAuthn => "BindMfa.WebAuthn.Submit",
            Self::BackupCode => "BindMfa.BackupCode.Submit",
            Self::EmailVerificationCode => "BindMfa.EmailVerificationCode.Submit",
            Self::PhoneVerificationCode => "BindMfa.PhoneVerificationCode.Submit",
        }
    }
}

/// When people are asked for a second factor (E067).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum MfaPolicy {
    #[default]
    UserControlled,
    Mandatory,
    PromptOnlyAtSignIn,
    PromptAtSignInAndSignUp,
    NoPrompt,
    PromptAtSignInAndSignUpMandatory,
    PromptOnlyAtSignInMandatory,
}

impl MfaPolicy {
    /// Whether a person may decline.
    pub fn is_skippable(self) -> bool {
        matches!(self, Self::UserControlled | Self::PromptOnlyAtSignIn | Self::PromptAtSignInAndSignUp | Self::NoPrompt)
    }

    fn prompts_only_at_sign_in(self) -> bool {
        matches!(self, Self::PromptOnlyAtSignIn | Self::PromptOnlyAtSignInMandatory)
    }
}

/// The `mfa` member of the sign-in experience.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MfaSettings {
    pub factors: Vec<MfaFactor>,
    pub policy: MfaPolicy,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organization_required_mfa_policy: Option<OrganizationMfaPolicy>,
    /// Whether who signs in at an enterprise is asked for a factor here as well (attack D8). Off where it is absent: the enterprise
    /// decides.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub require_mfa_after_sso: Option<bool>,
}

impl MfaSettings {
    /// Whether the user must have a factor because of an organization.
    fn is_mandated(&self, user: &User) -> bool {
        user.organization_requires_mfa
            && self.organization_required_mfa_policy == Some(OrganizationMfaPolicy::Mandatory)
    }

    /// Whether the enterprise at which the user signed in has decided about second factors.
    fn is_left_to_enterprise(&self, state: &State) -> bool {
        self.require_mfa_after_sso != Some(true) && state.enterprise_sign_in().is_some()
    }

    /// Whether the user may do without.
    fn may_decline(&self, user: &User) -> bool {
        self.policy.is_skippable() && !self.is_mandated(user)
    }
}

/// What an organization that requires MFA adds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum OrganizationMfaPolicy {
    NoPrompt,
    Mandatory,
}

/// A factor that a user has bound, in the order of binding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BoundFactor {
    pub factor: MfaFactor,
    /// Milliseconds since the epoch; 0 if never used.
    pub last_used_at: i64,
}

/// Where codes would go, with most of it hidden.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct MaskedIdentifiers {
    #[serde(rename = "EmailVerificationCode", skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    #[serde(rename = "PhoneVerificationCode", skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
}

impl MaskedIdentifiers {
    /// Those of the user, as far as the factors need them.
    fn of(user: &User, factors: &[MfaFactor]) -> Self {
        Self {
            email: factors.contains(&MfaFactor::EmailVerificationCode).then(|| mask_email(user)).flatten(),
            phone: factors.contains(&MfaFactor::PhoneVerificationCode).then(|| mask_phone(user)).flatten(),
        }
    }
}

/// What let a sign-in pass.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Passage {
    /// What is unusual, where a factor was shown for it.
    pub unusual: Vec<AdaptiveRule>,
    /// The trusted device that stood for the factor.
    pub trusted_device: Option<String>,
}

/// Asks for a bound factor before an existing user is signed in; under adaptive MFA only if something is unusual (E076). A trusted
/// device stands for the factor (E077), but not where the sign-in is unusual: a copied cookie would be just that.
pub(crate) fn require_verification_if_unusual(
    state: &State,
    user: &User,
    experience: &SignInExperience,
    now: Timestamp,
) -> Result<Passage, FlowError> {
    if !experience.has_adaptive_mfa() {
        let trusted = user.trusted_device.as_ref().filter(|_| may_trust_devices(user, experience));
        return match (require_verification(state, user, experience), trusted) {
            (Err(FlowError::MfaRequired { .. }), Some(id)) => {
                Ok(Passage { trusted_device: Some(id.clone()), ..Passage::default() })
            }
            (result, _) => result.map(|()| Passage::default()),
        };
    }
    let is_sign_in = state.interaction_event == InteractionEvent::SignIn;
    let rules = if is_sign_in { adaptive::unusual(state, user, now) } else { Vec::new() };
    if rules.is_empty() || usable_factors(user, &experience.mfa).is_empty() {
        return Ok(Passage::default());
    }
    require_verification(state, user, experience).map(|()| Passage { unusual: rules, trusted_device: None })
}

/// Asks for a bound factor before an existing user is signed in, or changes the account (E068, E069).
pub(crate) fn require_verification(state: &State, user: &User, experience: &SignInExperience) -> Result<(), FlowError> {
    let declined = user.mfa_enabled == Some(false) || user.skip_mfa_on_sign_in;
    match declined && experience.mfa.may_decline(user) {
        true => Ok(()),
        false => require_shown_factor(state, user, experience),
    }
}

/// Asks for a bound factor, whatever the user chose for sign-ins: a stolen password alone must not bind a factor, which stays when
/// the password is changed.
///
/// # Errors
/// 403 `session.mfa.require_mfa_verification`.
pub fn require_shown_factor(state: &State, user: &User, experience: &SignInExperience) -> Result<(), FlowError> {
    let settings = &experience.mfa;
    // A passkey stands for both factors, unless it was switched off or removed meanwhile.
    let has_passkey = experience.passkey_sign_in.is_enabled() && has_bound_passkey(user);
    let proves_both = has_passkey && state.identity_proofs().any(|proof| proof.is_passkey_of(user));
    let is_left = settings.is_left_to_enterprise(state);
    if state.interaction_event != InteractionEvent::SignIn || proves_both || is_left {
        return Ok(());
    }
    let available = usable_factors(user, settings);
    if available.is_empty() || shown_factors(state, user, &available).next().is_some() {
        return Ok(());
    }
    let masked = MaskedIdentifiers::of(user, &available);
    Err(FlowError::MfaRequired { available, masked })
}

/// The bound factors that were shown. A proof of a factor that is switched off, or was removed meanwhile, is none.
fn shown_factors(state: &State, user: &User, available: &[MfaFactor]) -> impl Iterator<Item = MfaFactor> {
    let counts = |proof: &SecondFactorProof<'_>| {
        proof.bound_factor_of() == Some(&user.id) && available.contains(&proof.factor())
    };
    state.second_factor_proofs().filter(counts).map(|proof| proof.factor()).collect::<Vec<_>>().into_iter()
}

pub(crate) fn has_bound_passkey(user: &User) -> bool {
    user.mfa_factors.iter().any(|bound| bound.factor == MfaFactor::WebAuthn)
}

/// Passkeys first, then the most recently used, then codes to the own address, backup codes last.
fn usable_factors(user: &User, settings: &MfaSettings) -> Vec<MfaFactor> {
    let enabled = |factor| settings.factors.contains(&factor);
    let mut bound: Vec<BoundFactor> = user.mfa_factors.iter().copied().filter(|b| enabled(b.factor)).collect();
    bound.sort_by_key(|b| (b.factor == MfaFactor::BackupCode, b.factor != MfaFactor::WebAuthn, -b.last_used_at));
    let mut factors: Vec<MfaFactor> = Vec::new();
    for factor in bound.iter().map(|b| b.factor).filter(|factor| *factor != MfaFactor::BackupCode) {
        if !factors.contains(&factor) {
            factors.push(factor);
        }
    }
    if enabled(MfaFactor::EmailVerificationCode) && user.primary_email.is_some() {
        factors.push(MfaFactor::EmailVerificationCode);
    }
    if enabled(MfaFactor::PhoneVerificationCode) && user.primary_phone.is_some() {
        factors.push(MfaFactor::PhoneVerificationCode);
    }
    if bound.iter().any(|b| b.factor == MfaFactor::BackupCode) {
        factors.push(MfaFactor::BackupCode);
    }
    factors
}

fn mask_email(user: &User) -> Option<String> {
    let (local, domain) = user.primary_email.as_deref()?.rsplit_once('@')?;
    let shown: String = local.chars().take(4).collect();
    Some(format!("{shown}****@{domain}"))
}

fn mask_phone(user: &User) -> Option<String> {
    let phone = user.primary_phone.as_deref()?;
    let shown: String = phone.chars().skip(phone.chars().count().saturating_sub(4)).collect();
    Some(format!("****{shown}"))
}
