//! What the proofs of a sign-in are worth, and the factor that an application demands beyond the tenant's policy (OpenID Connect
//! Core 1.0 section 3.1.2.1, `acr_values`).

use kernel::{Assurance, Authentication};

use super::binding::Question;
use super::{MaskedIdentifiers, MfaFactor, has_bound_passkey, shown_factors, usable_factors};
use crate::error::FlowError;
use crate::experience::SignInExperience;
use crate::lookups::User;
use crate::state::{InteractionEvent, State};
use crate::verification::{IdentityProof, VerificationRecord};

/// What was proven, as far as it counts for the user now. A trusted device proves nothing, and a mailbox or a number that was used
/// twice is one factor.
pub fn proven(state: &State, user: &User, experience: &SignInExperience) -> Authentication {
    let shown: Vec<MfaFactor> = shown_factors(state, user, &usable_factors(user, &experience.mfa)).collect();
    let new = new_factors(state, user, experience);
    let signs_in_by_passkey = experience.passkey_sign_in.is_enabled()
        && has_bound_passkey(user)
        && state.identity_proofs().any(|proof| proof.is_passkey_of(user));
    let assurance = if signs_in_by_passkey || shown.contains(&MfaFactor::WebAuthn) {
        Assurance::PhishingResistant
    } else if shown.iter().chain(&new).any(|factor| adds_factor(*factor, state)) {
        Assurance::TwoFactors
    } else {
        Assurance::OneFactor
    };
    let mut methods: Vec<String> = Vec::new();
    let mut add = |names: &[&str]| {
        let new: Vec<&&str> = names.iter().filter(|name| !methods.iter().any(|known| known == *name)).collect();
        methods.extend(new.into_iter().map(|name| (*name).to_owned()));
    };
    add(methods_of_identity(state));
    if signs_in_by_passkey {
        add(PASSKEY);
    }
    shown.iter().chain(&new).for_each(|factor| add(methods_of_factor(*factor)));
    if assurance > Assurance::OneFactor {
        add(&["mfa"]);
    }
    Authentication { assurance, methods }
}

/// Proof of possession; whether of hardware or software is not known.
const PASSKEY: &[&str] = &["pop"];

fn methods_of_identity(state: &State) -> &'static [&'static str] {
    let Some(record) = state.identified_by.as_deref() else {
        // A newcomer who chose a password.
        let chose = |record: &VerificationRecord| matches!(record, VerificationRecord::NewPasswordIdentity(_));
        return if state.verification_records.iter().any(chose) { &["pwd"] } else { &[] };
    };
    match record.identity_proof() {
        Some(IdentityProof::Password(_)) => &["pwd"],
        Some(IdentityProof::EmailCode(_)) => &["otp"],
        Some(IdentityProof::PhoneCode(_)) => &["otp", "sms"],
        // RFC 8176 has no name for links, and what a provider asked for is not known.
        Some(
            IdentityProof::OneTimeToken(_)
            | IdentityProof::Social(_)
            | IdentityProof::EnterpriseSso(_)
            | IdentityProof::SignInPasskey(_),
        )
        | None => &[],
    }
}

fn methods_of_factor(factor: MfaFactor) -> &'static [&'static str] {
    match factor {
        MfaFactor::WebAuthn => PASSKEY,
        MfaFactor::Totp | MfaFactor::BackupCode | MfaFactor::EmailVerificationCode => &["otp"],
        MfaFactor::PhoneVerificationCode => &["otp", "sms"],
    }
}

/// The factors that the sign-in binds, each of which was proven once. They count for those who had no other to show: else a password
/// alone would be enough to bring one's own. Those that a submitted sign-in has bound may be gone again.
fn new_factors(state: &State, user: &User, experience: &SignInExperience) -> Vec<MfaFactor> {
    let app = state.mfa.totp.as_ref().map(|_| MfaFactor::Totp);
    let passkeys = state.mfa.passkeys().iter().map(|_| MfaFactor::WebAuthn);
    let mut new: Vec<MfaFactor> = app.into_iter().chain(passkeys).collect();
    let mut before = user.clone();
    if state.submitted {
        let is_bound = |factor: &MfaFactor| user.mfa_factors.iter().any(|bound| bound.factor == *factor);
        new.retain(is_bound);
        let codes = state.mfa.backup_code.as_ref().map(|_| MfaFactor::BackupCode);
        for factor in new.iter().copied().chain(codes) {
            // The newest is the last.
            if let Some(position) = before.mfa_factors.iter().rposition(|bound| bound.factor == factor) {
                before.mfa_factors.remove(position);
            }
        }
    }
    new.retain(|factor| experience.mfa.factors.contains(factor));
    if state.interaction_event == InteractionEvent::SignIn {
        let is_other = |factor: &MfaFactor| adds_factor(*factor, state) && !is_proven_address(*factor, state, user);
        if usable_factors(&before, &experience.mfa).iter().any(is_other) {
            new.clear();
        }
    }
    new
}

/// Whether codes would go to an address that was proven in this sign-in, maybe because it is new.
fn is_proven_address(factor: MfaFactor, state: &State, user: &User) -> bool {
    state.identity_proofs().any(|proof| match (factor, proof) {
        (MfaFactor::EmailVerificationCode, IdentityProof::EmailCode(_))
        | (MfaFactor::PhoneVerificationCode, IdentityProof::PhoneCode(_)) => proof.is_of_address_of(user),
        _ => false,
    })
}

/// Whether a factor proves more than what identified the user.
fn adds_factor(factor: MfaFactor, state: &State) -> bool {
    let identity = state.identified_by.as_ref().and_then(|record| record.identity_proof());
    let is_the_same = match identity {
        Some(IdentityProof::EmailCode(_) | IdentityProof::OneTimeToken(_)) => {
            factor == MfaFactor::EmailVerificationCode
        }
        Some(IdentityProof::PhoneCode(_)) => factor == MfaFactor::PhoneVerificationCode,
        _ => false,
    };
    !is_the_same
}

/// Asks for the factor that the application demands, if the user has one, or may make one by the tenant's policy. It is no obstacle:
/// who can't, or declines to make one, signs in with what was proven.
pub(crate) fn require_demanded(
    state: &State,
    user: &User,
    experience: &SignInExperience,
    demanded: Option<Assurance>,
) -> Result<(), FlowError> {
    let Some(demanded) = demanded.filter(|demanded| proven(state, user, experience).assurance < *demanded) else {
        return Ok(());
    };
    let mut available = usable_factors(user, &experience.mfa);
    available.retain(|factor| match demanded {
        Assurance::PhishingResistant => *factor == MfaFactor::WebAuthn,
        Assurance::OneFactor | Assurance::TwoFactors => adds_factor(*factor, state),
    });
    if state.interaction_event == InteractionEvent::SignIn && !available.is_empty() {
        let masked = MaskedIdentifiers::of(user, &available);
        return Err(FlowError::MfaRequired { available, masked });
    }
    // Whoever makes a passkey now has signed in with something else.
    if demanded > Assurance::TwoFactors || experience.mfa.is_left_to_enterprise(state) {
        return Ok(());
    }
    let mut available = experience.mfa.factors.clone();
    available.retain(|factor| matches!(factor, MfaFactor::Totp | MfaFactor::WebAuthn));
    // Where nobody may decline, the policy itself asks.
    let may_ask = Question::new(state, user, &experience.mfa).asks_and_may_be_declined();
    if available.is_empty() || !may_ask || state.mfa.mfa_skipped == Some(true) {
        return Ok(());
    }
    Err(FlowError::MissingMfa { available, is_skippable: true })
}
