//! What the settings allow, before any proof is looked at (E043 to E047).

use crate::error::FlowError;
use crate::experience::{ForgotPasswordMethod, SignInExperience, SignInMethod, SignInMode};
use crate::identifier::{Identifier, IdentifierType};
use crate::lookups::{TenantPolicy, User};
use crate::state::{InteractionEvent, State};
use crate::verification::{EnterpriseAccount, IdentityProof, VerificationRecord, email_of};

/// Refuses an event which the tenant switched off (E043). A verified one-time token for it is an invitation and passes.
pub(crate) fn require_event_enabled(
    event: InteractionEvent,
    state: &State,
    experience: &SignInExperience,
) -> Result<(), FlowError> {
    let is_invited = is_offered(event, experience) || state.identity_proofs().any(|proof| is_invitation(&proof, event));
    if is_invited { Ok(()) } else { Err(FlowError::Forbidden) }
}

/// Whether who takes these steps may register.
///
/// # Errors
/// As [`require_event_enabled`].
pub fn require_registration_enabled(state: &State, experience: &SignInExperience) -> Result<(), FlowError> {
    require_event_enabled(InteractionEvent::Register, state, experience)
}

/// Whether everybody may do this.
fn is_offered(event: InteractionEvent, experience: &SignInExperience) -> bool {
    match event {
        InteractionEvent::SignIn => experience.sign_in_mode != SignInMode::Register,
        InteractionEvent::Register => experience.sign_in_mode != SignInMode::SignIn,
        InteractionEvent::ForgotPassword => true,
    }
}

fn is_invitation(proof: &IdentityProof<'_>, event: InteractionEvent) -> bool {
    matches!(proof, IdentityProof::OneTimeToken(token) if token.claim().is_for(event))
}

/// Refuses a one-time token for another event, and where the tenant switched the event off everything but an invitation: it
/// opens the door for its own address only.
pub(crate) fn require_invited(
    record: &VerificationRecord,
    event: InteractionEvent,
    experience: &SignInExperience,
) -> Result<(), FlowError> {
    match record.identity_proof() {
        Some(IdentityProof::OneTimeToken(token)) if !token.claim().is_for(event) => Err(FlowError::VerificationFailed),
        Some(proof) if is_invitation(&proof, event) => Ok(()),
        _ if is_offered(event, experience) => Ok(()),
        _ => Err(FlowError::Forbidden),
    }
}

/// As [`require_invited`], of a newcomer who has collected `email` so far.
pub(crate) fn require_invited_newcomer(
    state: &State,
    email: Option<&str>,
    experience: &SignInExperience,
) -> Result<(), FlowError> {
    const EVENT: InteractionEvent = InteractionEvent::Register;
    let email = email.map(|email| Identifier::new(IdentifierType::Email, email).canonical());
    let invites = |proof: IdentityProof<'_>| {
        is_invitation(&proof, EVENT) && proof.identifier().map(Identifier::canonical) == email
    };
    if is_offered(EVENT, experience) || state.identity_proofs().any(invites) {
        Ok(())
    } else {
        Err(FlowError::Forbidden)
    }
}

/// Refuses a proof which the tenant does not accept for signing in (E044).
pub(crate) fn require_sign_in_method(
    record: &VerificationRecord,
    experience: &SignInExperience,
) -> Result<(), FlowError> {
    let method = |kind: IdentifierType, accepts: fn(&SignInMethod) -> bool| {
        experience.sign_in.methods.iter().any(|method| method.identifier == kind && accepts(method))
    };
    let allowed = match record {
        VerificationRecord::Password(record) => method(record.identifier().kind, |m| m.password),
        VerificationRecord::EmailVerificationCode(_) => method(IdentifierType::Email, |m| m.verification_code),
        VerificationRecord::PhoneVerificationCode(_) => method(IdentifierType::Phone, |m| m.verification_code),
        VerificationRecord::EnterpriseSso(_) => true,
        VerificationRecord::SignInPasskey(_) => experience.passkey_sign_in.is_enabled(),
        VerificationRecord::OneTimeToken(_) => true,
        VerificationRecord::Social(_) => return require_social_offered(record, experience),
        _ => false,
    };
    if allowed { Ok(()) } else { Err(FlowError::SignInMethodNotEnabled) }
}

/// Refuses every other way in for an account with enterprise sign-in: whether it may still sign in, its company says (E044). While none of its
/// connectors is available, only passkeys are refused. An account that has only an address of the enterprise may still come by
/// user name (trace 20-18).
pub(crate) fn require_enterprise_way(
    proof: &IdentityProof<'_>,
    user: &User,
    policy: &TenantPolicy,
) -> Result<(), FlowError> {
    match proof {
        IdentityProof::EnterpriseSso(_) => return Ok(()),
        IdentityProof::SignInPasskey(_) if !user.enterprise_identities.is_empty() => {
            return Err(FlowError::PasskeyOfEnterpriseUser);
        }
        _ => {}
    }
    let is_of_user = |id: &String| user.enterprise_identities.iter().any(|account| account.connector_id == *id);
    let own = policy.sso_connectors.iter().filter(|known| is_of_user(&known.id));
    let sso_connectors: Vec<_> = own.map(|known| known.public.clone()).collect();
    match policy.experience.single_sign_on_enabled && !sso_connectors.is_empty() {
        true => Err(FlowError::SsoEnabled { sso_connectors }),
        false => Ok(()),
    }
}

/// Refuses an account at a provider that the tenant does not offer any more (attack D10).
pub(crate) fn require_social_offered(
    record: &VerificationRecord,
    experience: &SignInExperience,
) -> Result<(), FlowError> {
    match record.identity_proof() {
        Some(IdentityProof::Social(proof)) => require_target_offered(&proof.claim().target, experience),
        _ => Ok(()),
    }
}

/// Refuses a provider that the tenant does not offer any more.
pub(crate) fn require_target_offered(target: &String, experience: &SignInExperience) -> Result<(), FlowError> {
    match experience.social_sign_in_connector_targets.contains(target) {
        true => Ok(()),
        false => Err(FlowError::SignInMethodNotEnabled),
    }
}

/// Refuses what may not say who the person is, by the settings as they are now (E044 to E046).
pub(crate) fn require_identifying(
    record: &VerificationRecord,
    event: InteractionEvent,
    policy: &TenantPolicy,
) -> Result<(), FlowError> {
    require_invited(record, event, &policy.experience)?;
    match event {
        InteractionEvent::ForgotPassword => require_reset_method(record, &policy.experience)?,
        InteractionEvent::SignIn | InteractionEvent::Register => require_sign_in_method(record, &policy.experience)?,
    }
    require_enterprise_offered(record, policy)?;
    reject_sso_domain(record, policy)
}

/// Refuses what may not make a new account, by the settings as they are now.
pub(crate) fn require_registering(record: &VerificationRecord, policy: &TenantPolicy) -> Result<(), FlowError> {
    if let Some(IdentityProof::OneTimeToken(_)) = record.identity_proof() {
        require_invited(record, InteractionEvent::Register, &policy.experience)?;
    }
    reject_sso_domain(record, policy)?;
    require_social_offered(record, &policy.experience)?;
    require_enterprise_offered(record, policy)
}

/// Refuses a newcomer with accounts elsewhere, by target and by connector, that the tenant does not offer any more.
pub(crate) fn require_accounts_offered<'a>(
    mut targets: impl Iterator<Item = &'a String>,
    mut connectors: impl Iterator<Item = &'a String>,
    policy: &TenantPolicy,
) -> Result<(), FlowError> {
    targets.try_for_each(|target| require_target_offered(target, &policy.experience))?;
    let is_offered = |id: &String| {
        policy.experience.single_sign_on_enabled && policy.sso_connectors.iter().any(|known| known.id == *id)
    };
    match connectors.all(is_offered) {
        true => Ok(()),
        false => Err(FlowError::SignInMethodNotEnabled),
    }
}

/// Refuses an account at an enterprise whose connector is not available any more, or is one of another provider by now (E044, attack D10).
pub(crate) fn require_enterprise_offered(record: &VerificationRecord, policy: &TenantPolicy) -> Result<(), FlowError> {
    let is_offered = |account: &EnterpriseAccount| {
        policy.experience.single_sign_on_enabled
            && policy
                .sso_connectors
                .iter()
                .any(|connector| connector.id == account.connector_id && connector.registration == account.registration)
    };
    match record.enterprise_account().is_none_or(is_offered) {
        true => Ok(()),
        false => Err(FlowError::SignInMethodNotEnabled),
    }
}

/// Refuses a proof which may not reset a password (E045).
pub(crate) fn require_reset_method(
    record: &VerificationRecord,
    experience: &SignInExperience,
) -> Result<(), FlowError> {
    let method = match record {
        VerificationRecord::EmailVerificationCode(_) => ForgotPasswordMethod::EmailVerificationCode,
        VerificationRecord::PhoneVerificationCode(_) => ForgotPasswordMethod::PhoneVerificationCode,
        _ => return Err(FlowError::ForgotPasswordProof),
    };
    let listed = experience.forgot_password_methods.as_ref().is_none_or(|methods| methods.contains(&method));
    if listed { Ok(()) } else { Err(FlowError::ForgotPasswordProof) }
}

/// Refuses an address whose domain belongs to an enterprise connector, unless the proof came from there (E046).
pub(crate) fn reject_sso_domain(record: &VerificationRecord, policy: &TenantPolicy) -> Result<(), FlowError> {
    match record {
        VerificationRecord::EnterpriseSso(_) => Ok(()),
        _ => record.identifier().and_then(email_of).map_or(Ok(()), |email| reject_sso_email(email, policy)),
    }
}

/// Refuses an address whose domain belongs to an enterprise connector.
pub(crate) fn reject_sso_email(email: &str, policy: &TenantPolicy) -> Result<(), FlowError> {
    let sso_connectors: Vec<_> = policy.sso_connectors_of(email).iter().map(|c| c.public.clone()).collect();
    if sso_connectors.is_empty() { Ok(()) } else { Err(FlowError::SsoEnabled { sso_connectors }) }
}

/// Refuses to go on without a captcha where the settings ask for one (surprise 38).
pub(crate) fn require_captcha(state: &State, experience: &SignInExperience) -> Result<(), FlowError> {
    let needed = experience.captcha_policy.enabled == Some(true);
    if !needed || state.captcha.verified || state.captcha.skipped { Ok(()) } else { Err(FlowError::CaptchaRequired) }
}
