//! What asks a user to bind factors before the interaction ends (E070, E071).

use super::{MaskedIdentifiers, MfaFactor, MfaPolicy, MfaSettings, usable_factors};
use crate::error::FlowError;
use crate::experience::SignInExperience;
use crate::identifier::IdentifierType;
use crate::lookups::User;
use crate::state::{InteractionEvent, Mfa, State};
use crate::verification::IdentityProof;

/// More than anybody has devices. All of them are named to whoever asks to sign in with one.
const MAX_PASSKEYS: usize = 20;

/// What a submit says about the account's protection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Protection {
    /// As it was.
    Unchanged,
    /// A user who never chose has a factor: from now on it is asked for (E070).
    Begins,
}

/// Refuses new factors that the account can't take.
pub(crate) fn require_bindable(new: &Mfa, user: &User, experience: &SignInExperience) -> Result<(), FlowError> {
    let secrets = [&new.totp, &new.backup_code].into_iter().flatten().map(|new| new.factor);
    let factors: Vec<MfaFactor> = secrets.chain(new.passkeys().iter().map(|_| MfaFactor::WebAuthn)).collect();
    require_addable(&factors, user, experience)
}

/// Refuses new factors that the account can't take: switched off, a second authenticator app, too many passkeys, backup codes alone
/// (E078, A030).
///
/// # Errors
/// [`FlowError::MfaFactorNotEnabled`], [`FlowError::TotpAlreadyInUse`], [`FlowError::InvalidInput`], [`FlowError::BackupCodeAlone`].
pub fn require_addable(new: &[MfaFactor], user: &User, experience: &SignInExperience) -> Result<(), FlowError> {
    let settings = &experience.mfa;
    // A passkey may be a second factor, or for signing in alone.
    let takes = |factor: &MfaFactor| {
        settings.factors.contains(factor) || *factor == MfaFactor::WebAuthn && experience.passkey_sign_in.is_enabled()
    };
    if !new.iter().all(takes) {
        return Err(FlowError::MfaFactorNotEnabled);
    }
    let passkeys = new.iter().filter(|factor| **factor == MfaFactor::WebAuthn).count();
    let bound = user.mfa_factors.iter().filter(|bound| bound.factor == MfaFactor::WebAuthn).count();
    if passkeys > 0 && bound + passkeys > MAX_PASSKEYS {
        return Err(FlowError::InvalidInput);
    }
    let has_app = user.mfa_factors.iter().any(|bound| bound.factor == MfaFactor::Totp);
    if new.contains(&MfaFactor::Totp) && has_app {
        return Err(FlowError::TotpAlreadyInUse);
    }
    // Backup codes protect nothing.
    let protects = |factor: &MfaFactor| *factor != MfaFactor::BackupCode && settings.factors.contains(factor);
    let is_alone = !new.iter().any(protects) && protecting_factors(user, settings).is_empty();
    if new.contains(&MfaFactor::BackupCode) && is_alone { Err(FlowError::BackupCodeAlone) } else { Ok(()) }
}

/// Whether one of the new factors protects the account, as backup codes don't.
fn binds_factor(new: &Mfa, settings: &MfaSettings) -> bool {
    let binds_passkey = !new.passkeys().is_empty() && settings.factors.contains(&MfaFactor::WebAuthn);
    new.totp.is_some() || binds_passkey
}

/// Whether the user has a passkey, or makes one now.
fn has_passkey(state: &State, user: &User) -> bool {
    let is_passkey = |proof: &IdentityProof<'_>| matches!(proof, IdentityProof::SignInPasskey(_));
    super::has_bound_passkey(user)
        || state.identity_proofs().any(|proof| is_passkey(&proof) && proof.names(user))
        || !state.mfa.passkeys().is_empty()
}

/// Asks a user who could sign in with a passkey and has none to make one (E075).
pub(crate) fn require_passkey_choice(
    state: &State,
    user: &User,
    experience: &SignInExperience,
) -> Result<(), FlowError> {
    let is_declined = state.mfa.passkey_skipped == Some(true) || user.passkey_skipped;
    // Accounts with enterprise sign-in can't use a passkey (E044), so they are not asked for one.
    let is_asked = experience.passkey_sign_in.is_enabled()
        && user.enterprise_identities.is_empty()
        && state.enterprise_sign_in().is_none();
    if is_asked && !has_passkey(state, user) && !is_declined { Err(FlowError::PasskeyPreferred) } else { Ok(()) }
}

/// Asks a user without any factor to bind one, or whether they want to; a user with one for the backup codes.
pub(crate) fn require_binding(
    state: &State,
    user: &User,
    experience: &SignInExperience,
) -> Result<Protection, FlowError> {
    if experience.mfa.factors.is_empty() || experience.mfa.is_left_to_enterprise(state) {
        return Ok(Protection::Unchanged);
    }
    // An address that was added just now can receive codes as well.
    let user = &User {
        primary_email: user.primary_email.clone().or_else(|| state.profile.primary_email.clone()),
        primary_phone: user.primary_phone.clone().or_else(|| state.profile.primary_phone.clone()),
        ..user.clone()
    };
    let question = Question::new(state, user, &experience.mfa);
    let bound = protecting_factors(user, &experience.mfa);
    if bound.is_empty() && !binds_factor(&state.mfa, &experience.mfa) {
        return question.ask_for_first(&experience.mfa).map(|()| Protection::Unchanged);
    }
    if question.is_switched_off() {
        return Ok(Protection::Unchanged);
    }
    if question.is_prompted || binds_factor(&state.mfa, &experience.mfa) {
        question.suggest_further(&bound, experience)?;
        question.ask_for_backup_codes(&bound, &experience.mfa)?;
    }
    let never_chose = question.wish.is_none() && question.is_skippable;
    Ok(if never_chose { Protection::Begins } else { Protection::Unchanged })
}

/// The usable factors that are no mere stand-in.
fn protecting_factors(user: &User, settings: &MfaSettings) -> Vec<MfaFactor> {
    let mut factors = usable_factors(user, settings);
    factors.retain(|factor| *factor != MfaFactor::BackupCode);
    factors
}

fn is_sent_code(factor: MfaFactor) -> bool {
    matches!(factor, MfaFactor::EmailVerificationCode | MfaFactor::PhoneVerificationCode)
}

/// What decides whether anything is asked.
pub(super) struct Question<'a> {
    state: &'a State,
    user: &'a User,
    is_skippable: bool,
    is_prompted: bool,
    /// Whether the user wants factors, as far as they said.
    wish: Option<bool>,
}

impl<'a> Question<'a> {
    pub(super) fn new(state: &'a State, user: &'a User, settings: &MfaSettings) -> Self {
        let policy = settings.policy;
        let is_registering = state.interaction_event == InteractionEvent::Register;
        let asks = policy != MfaPolicy::NoPrompt && !(is_registering && policy.prompts_only_at_sign_in());
        // A new account is stored with `enabled: false` although nobody was asked.
        let stored = user.mfa_enabled.filter(|enabled| *enabled || !is_registering);
        Self {
            state,
            user,
            is_skippable: settings.may_decline(user),
            is_prompted: asks || settings.is_mandated(user),
            wish: state.mfa.mfa_enabled.or(stored),
        }
    }

    /// Whether people are asked to make factors here, and may decline.
    pub(super) fn asks_and_may_be_declined(&self) -> bool {
        self.is_prompted && self.is_skippable
    }

    /// Whether the user has factors and does not want to be asked for them.
    fn is_switched_off(&self) -> bool {
        self.is_skippable && self.wish == Some(false)
    }

    fn ask_for_first(&self, settings: &MfaSettings) -> Result<(), FlowError> {
        if !self.is_prompted {
            return Ok(());
        }
        let mut available = settings.factors.clone();
        available.retain(|factor| *factor != MfaFactor::BackupCode);
        let missing = FlowError::MissingMfa { available, is_skippable: self.is_skippable };
        if !self.is_skippable {
            return Err(missing);
        }
        let chosen = &self.state.mfa;
        let declined = chosen.mfa_skipped == Some(true) || (self.user.mfa_skipped && chosen.mfa_enabled != Some(true));
        match (declined, self.wish) {
            (true, _) => Ok(()),
            (false, Some(true)) => Err(missing),
            (false, _) => Err(FlowError::SuggestMfa),
        }
    }

    /// Somebody whose only factors are codes to what they signed up with chose none of them.
    fn suggest_further(&self, bound: &[MfaFactor], experience: &SignInExperience) -> Result<(), FlowError> {
        let signs_up = |factor: &MfaFactor| match factor {
            MfaFactor::EmailVerificationCode => experience.sign_up.asks_for(IdentifierType::Email),
            MfaFactor::PhoneVerificationCode => experience.sign_up.asks_for(IdentifierType::Phone),
            _ => false,
        };
        let is_declined =
            self.state.mfa.additional_binding_suggestion_skipped == Some(true) || self.user.mfa_suggestion_skipped;
        let mut available = experience.mfa.factors.clone();
        available.retain(|factor| *factor != MfaFactor::BackupCode && !bound.contains(factor));
        if is_declined
            || binds_factor(&self.state.mfa, &experience.mfa)
            || available.is_empty()
            || !bound.iter().all(signs_up)
        {
            return Ok(());
        }
        let has_passkey = has_passkey(self.state, self.user);
        Err(FlowError::SuggestAdditionalMfa {
            available,
            masked: MaskedIdentifiers::of(self.user, bound),
            has_sign_in_passkey: experience.passkey_sign_in.is_enabled() && has_passkey,
        })
    }

    fn ask_for_backup_codes(&self, bound: &[MfaFactor], settings: &MfaSettings) -> Result<(), FlowError> {
        let has_codes = self.state.mfa.backup_code.is_some()
            || self.user.mfa_factors.iter().any(|bound| bound.factor == MfaFactor::BackupCode);
        // Who was asked for nothing but the address may decline; then there is nothing that codes would stand in for.
        let has_chosen = binds_factor(&self.state.mfa, settings) || !bound.iter().copied().all(is_sent_code);
        let is_needed = settings.factors.contains(&MfaFactor::BackupCode) && (has_chosen || !self.is_skippable);
        if is_needed && !has_codes { Err(FlowError::BackupCodeRequired) } else { Ok(()) }
    }
}
