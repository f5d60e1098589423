//! The machine: one event in, one state and its effects out.

mod factors;
mod identify;
mod profile;
mod submit;

pub use submit::require_standing;

use crate::error::{FlowError, ProfileValue};
use crate::event::{Event, ProfilePatch, StepOutcome, StepRejection};
use crate::guards;
use crate::identifier::{Identifier, IdentifierType};
use crate::lookups::{LookupResults, Lookups, StepInput, TenantPolicy, UserRef};
use crate::state::{Captcha, InteractionEvent, Mfa, Profile, State};
use crate::verification::{
    Counted, IdentityProof, NewPasswordIdentity, Password, Pending, Verification, VerificationRecord,
};
use kernel::ids::UserId;

/// What must be known before [`step`] can be made with this state and event.
pub fn lookups(state: Option<&State>, event: &Event) -> Lookups {
    let Some(state) = state else { return Lookups::default() };
    let mut lookups = Lookups { user_id: state.user_id.clone(), ..Lookups::default() };
    match event {
        Event::PasswordVerification { user_id, .. } => {
            lookups.proof_user = user_id.outcome().clone().map(UserRef::ById);
        }
        Event::NewPasswordIdentity { identifier, .. } => lookups.unique_values.push(identifier.clone()),
        Event::Identify { .. } | Event::IdentifyByLatestRecord => {
            let record = proof_id(state, event).and_then(|id| state.record(id).ok());
            let proof = record.and_then(VerificationRecord::identity_proof);
            lookups.proof_user = proof.as_ref().and_then(IdentityProof::user_ref);
            lookups.related_identifiers = proof.as_ref().map(IdentityProof::related_identifiers).unwrap_or_default();
            if state.interaction_event == InteractionEvent::Register {
                let mut profile = state.profile.clone();
                if let Some(record) = record
                    && let Ok(new) = identify::registration_profile(record)
                {
                    identify::add_to_profile(&mut profile, record, new);
                }
                lookups.unique_values = unique_values(&profile);
            }
        }
        Event::AddProfile(patch) => {
            lookups.unique_values.extend(profile::new_value(state, patch));
            let record = named_record(state, patch).and_then(Result::ok);
            if let Some(proof @ IdentityProof::Social(_)) = record.and_then(VerificationRecord::identity_proof) {
                lookups.proof_user = proof.user_ref();
            }
        }
        Event::Submit => lookups.unique_values = unique_values(&state.profile),
        _ => {}
    }
    lookups
}

/// Makes one step. The answers in `input` are those to [`lookups`] for this very state and event.
///
/// # Errors
/// [`StepRejection`] with the error of the contract, and the state to keep if the refused step left progress.
pub fn step(state: Option<State>, event: Event, input: &StepInput<'_>) -> Result<StepOutcome, StepRejection> {
    if let Event::Start { interaction_event, sign_in_context, captcha_verified } = event {
        let mut fresh = State::new(interaction_event, sign_in_context);
        fresh.captcha = Captcha { verified: captcha_verified, skipped: false };
        fresh.answered_passkey_challenge = state.and_then(|old| old.answered_passkey_challenge);
        return Ok(unchanged_step(fresh));
    }
    let mut state = state.ok_or(FlowError::InteractionNotFound)?;
    if state.submitted && event != Event::Submit {
        // The login is decided; a late request of the same browser must not change what it was for.
        return Err(FlowError::InteractionNotFound.into());
    }
    match event {
        Event::Start { .. } => {}
        Event::ChangeEvent { interaction_event } => switch(&mut state, interaction_event, input.policy)?,
        Event::PasswordVerification { id, identifier, user_id } => {
            let record = password_record(id, identifier, user_id, input)?;
            state.put_record(record);
        }
        Event::NewPasswordIdentity { id, identifier, digest } => {
            check_new_username(&identifier.value, input.policy, &input.results.values_in_use)?;
            let identity = NewPasswordIdentity { id, identifier, digest };
            state.put_record(VerificationRecord::NewPasswordIdentity(identity));
        }
        Event::Record(record) => {
            // The provider has asked for one (E085).
            state.captcha.skipped |= matches!(record.identity_proof(), Some(IdentityProof::Social(_)));
            state.put_record(record);
        }
        Event::AnswerPasskeyChallenge { record, challenged_at } => {
            if state.answered_passkey_challenge.is_some_and(|answered| challenged_at <= answered) {
                return Err(FlowError::WebAuthnFailed.into());
            }
            state.answered_passkey_challenge = Some(challenged_at);
            state.put_record(record);
        }
        Event::IdentifyByLatestRecord if state.user_id.is_some() => {}
        Event::Identify { .. } | Event::IdentifyByLatestRecord => {
            let id = proof_id(&state, &event).map(str::to_owned);
            let links = matches!(event, Event::Identify { link_social_identity: true, .. });
            return identify::identify(state, id, links, input);
        }
        Event::AddProfile(patch) => profile::add(&mut state, patch, input)?,
        Event::SetPassword { digest, same } => profile::set_password(&mut state, digest, same)?,
        Event::BindFactor { factor, verification_id } => factors::bind(&mut state, factor, verification_id, input)?,
        Event::BindPasskey { verification_id } => factors::bind_passkey(&mut state, verification_id, input)?,
        Event::SkipPasskey => {
            state.identified()?;
            state.mfa.passkey_skipped = Some(true);
        }
        Event::SkipMfa => factors::skip(&mut state, input)?,
        Event::SkipMfaSuggestion => {
            state.identified()?;
            state.mfa.additional_binding_suggestion_skipped = Some(true);
        }
        Event::EnableMfa => factors::enable(&mut state)?,
        Event::TrustDevice => factors::trust_device(&mut state, input)?,
        Event::Submit => return submit::submit(state, input),
    }
    Ok(unchanged_step(state))
}

/// Checks a username that a registration asks for: its form, and that nobody has it.
///
/// # Errors
/// [`FlowError::Username`] or [`FlowError::AlreadyInUse`].
pub fn check_new_username(username: &str, policy: &TenantPolicy, taken: &[Identifier]) -> Result<(), FlowError> {
    policy.experience.username_policy.check(username)?;
    let wanted = Identifier::new(IdentifierType::Username, username);
    if taken.contains(&wanted) { Err(FlowError::AlreadyInUse(ProfileValue::Username)) } else { Ok(()) }
}

fn proof_id<'a>(state: &'a State, event: &'a Event) -> Option<&'a str> {
    match event {
        Event::Identify { verification_id, .. } => verification_id.as_deref(),
        _ => state.verification_records.last().map(VerificationRecord::id),
    }
}

fn unchanged_step(state: State) -> StepOutcome {
    StepOutcome { state: Some(state), effects: Vec::new() }
}

/// Signing in and registering may turn into each other. The collected profile and factors go, and unlike in the reference server
/// so does the identified user: whoever signed in and then "registers" would otherwise reach submit as a newcomer, past
/// the second factor that only signing in asks for.
fn switch(state: &mut State, to: InteractionEvent, policy: &TenantPolicy) -> Result<(), FlowError> {
    let from = state.interaction_event;
    if (from == InteractionEvent::ForgotPassword) != (to == InteractionEvent::ForgotPassword) {
        return Err(FlowError::ForgotPasswordSwitch);
    }
    guards::require_event_enabled(to, state, &policy.experience)?;
    if from != to {
        state.interaction_event = to;
        state.profile = state.profile.cleared();
        state.mfa = Mfa::default();
        state.trusted_device_creation = false;
        state.user_id = None;
        state.identified_by = None;
    }
    Ok(())
}

fn password_record(
    id: String,
    identifier: Identifier,
    user_id: Counted<Option<UserId>>,
    input: &StepInput<'_>,
) -> Result<VerificationRecord, FlowError> {
    let owner = user_id.map(|id| input.results.proof_user.as_ref().filter(|user| Some(&user.id) == id.as_ref()));
    let expiration = &input.policy.experience.password_expiration;
    let verified = Pending::new(id, Password { identifier }).prove(owner, expiration, input.now)?;
    Ok(VerificationRecord::Password(Verification::Verified(verified)))
}

fn unique_values(profile: &Profile) -> Vec<Identifier> {
    [
        (IdentifierType::Username, &profile.username),
        (IdentifierType::Email, &profile.primary_email),
        (IdentifierType::Phone, &profile.primary_phone),
    ]
    .into_iter()
    .filter_map(|(kind, value)| value.as_ref().map(|value| Identifier::new(kind, value.clone())))
    .collect()
}

/// Refuses values of the profile that another user has.
fn require_unique(profile: &Profile, results: &LookupResults) -> Result<(), FlowError> {
    match unique_values(profile).into_iter().find(|value| results.values_in_use.contains(value)) {
        Some(value) => Err(FlowError::AlreadyInUse(to_profile_value(value.kind))),
        None => Ok(()),
    }
}

fn to_profile_value(kind: IdentifierType) -> ProfileValue {
    match kind {
        IdentifierType::Username => ProfileValue::Username,
        IdentifierType::Email => ProfileValue::Email,
        IdentifierType::Phone => ProfileValue::Phone,
    }
}

/// The record a patch of the profile names, if it does.
fn named_record<'s>(state: &'s State, patch: &ProfilePatch) -> Option<Result<&'s VerificationRecord, FlowError>> {
    patch.verification_id().map(|id| state.record(id))
}
