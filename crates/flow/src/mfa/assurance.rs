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
    let Some(record) = state.identified_by.as_deref() else { return &[] };
    if matches!(record, VerificationRecord::NewPasswordIdentity(_)) {
        return &["pwd"];
    }
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

/// The factors that the sign-in binds, each of which was proven once. Those that a submitted one has bound may be gone again.
fn new_factors(state: &State, user: &User, experience: &SignInExperience) -> Vec<MfaFactor> {
    let is_bound = |factor: &MfaFactor| user.mfa_factors.iter().any(|bound| bound.factor == *factor);
    let counts = |factor: &MfaFactor| experience.mfa.factors.contains(factor) && (!state.submitted || is_bound(factor));
    let app = state.mfa.totp.as_ref().map(|_| MfaFactor::Totp);
    let passkey = (!state.mfa.passkeys().is_empty()).then_some(MfaFactor::WebAuthn);
    app.into_iter().chain(passkey).filter(counts).collect()
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
