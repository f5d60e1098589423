//! Trusted devices: where somebody showed a second factor, it is not asked for again for a while (E077).

use super::{MaskedIdentifiers, MfaFactor, shown_factors, usable_factors};
use crate::error::FlowError;
use crate::experience::SignInExperience;
use crate::lookups::User;
use crate::state::State;

/// Whether devices of this user are trusted: the tenant wants it, and no organization of the user forbids it.
pub fn may_trust_devices(user: &User, experience: &SignInExperience) -> bool {
    experience.trusted_device.is_some_and(|policy| policy.is_enabled()) && !user.organization_forbids_trusted_devices
}

/// Asks for a factor that is worth trusting the device: a bound one that was shown, or a new one. Backup codes are for those who lost
/// their device, and the trust in another one is no factor at all.
pub(crate) fn require_trustworthy(state: &State, user: &User, experience: &SignInExperience) -> Result<(), FlowError> {
    if !may_trust_devices(user, experience) {
        return Err(FlowError::Forbidden);
    }
    let mut available = usable_factors(user, &experience.mfa);
    available.retain(|factor| *factor != MfaFactor::BackupCode);
    let offers = |factor| experience.mfa.factors.contains(&factor);
    let is_new = (state.mfa.totp.is_some() && offers(MfaFactor::Totp))
        || (!state.mfa.passkeys().is_empty() && offers(MfaFactor::WebAuthn));
    if is_new || shown_factors(state, user, &available).next().is_some() {
        return Ok(());
    }
    let masked = MaskedIdentifiers::of(user, &available);
    Err(FlowError::MfaRequired { available, masked })
}
