//! The machine: one event in, one state and its effects out.

mod identify;
mod profile;
mod submit;

use crate::error::{Error, ProfileValue};
use crate::event::{Event, ProfilePatch, Refusal, Step};
use crate::facts::{Facts, Named, Policy, Questions, Setting};
use crate::guards;
use crate::identifier::{Identifier, IdentifierType};
use crate::records::VerificationRecord;
use crate::state::{Captcha, InteractionEvent, Profile, State};

/// What must be known before [`step`] can be made with this state and event.
pub fn questions(state: Option<&State>, event: &Event) -> Questions {
    let Some(state) = state else { return Questions::default() };
    let mut questions = Questions { user_id: state.user_id.clone(), ..Questions::default() };
    match event {
        Event::PasswordChecked { user_id, .. } => questions.named = user_id.clone().map(Named::ById),
        Event::NewPasswordIdentity { identifier, .. } => questions.values.push(identifier.clone()),
        Event::Identify { .. } | Event::IdentifyByLatest => {
            let record = named_proof(state, event).and_then(|id| state.record(id).ok());
            questions.named = record.and_then(named_by);
            if state.interaction_event == InteractionEvent::Register {
                let mut profile = state.profile.clone();
                if let Some(Ok(new)) = record.map(identify::registration_profile) {
                    profile.merge(new);
                }
                questions.values = unique_values(&profile);
            }
        }
        Event::AddProfile(patch) => questions.values.extend(profile::new_value(state, patch)),
        Event::Submit => questions.values = unique_values(&state.profile),
        _ => {}
    }
    questions
}

/// Makes one step. The answers in `setting` are those to [`questions`] for this very state and event.
///
/// # Errors
/// [`Refusal`] with the error of the contract, and the state to keep if the refused step left progress.
pub fn step(state: Option<State>, event: Event, setting: &Setting<'_>) -> Result<Step, Refusal> {
    if let Event::Start { interaction_event, sign_in_context, captcha_verified } = event {
        let mut state = State::new(interaction_event, sign_in_context);
        state.captcha = Captcha { verified: captcha_verified, skipped: false };
        return Ok(kept(state));
    }
    let mut state = state.ok_or(Error::InteractionNotFound)?;
    if state.submitted && event != Event::Submit {
        // The login is decided; a late request of the same browser must not change what it was for.
        return Err(Error::InteractionNotFound.into());
    }
    match event {
        Event::Start { .. } => {}
        Event::Switch { interaction_event } => switch(&mut state, interaction_event, setting.policy)?,
        Event::PasswordChecked { id, identifier, user_id } => {
            let record = password_record(id, identifier, user_id, setting)?;
            state.put_record(record);
        }
        Event::NewPasswordIdentity { id, identifier, digest } => {
            check_new_username(&identifier.value, setting.policy, &setting.facts.taken)?;
            state.put_record(VerificationRecord::NewPasswordIdentity { id, identifier, digest });
        }
        Event::Record(record) => state.put_record(record),
        Event::IdentifyByLatest if state.user_id.is_some() => {}
        Event::Identify { .. } | Event::IdentifyByLatest => {
            let id = named_proof(&state, &event).map(str::to_owned);
            return identify::identify(state, id, setting);
        }
        Event::AddProfile(patch) => profile::add(&mut state, patch, setting)?,
        Event::SetPassword { digest, same } => profile::set_password(&mut state, digest, same)?,
        Event::SkipMfa => profile::skip_mfa(&mut state, setting.policy)?,
        Event::EnableMfa => {
            state.identified()?;
            state.mfa.mfa_enabled = Some(true);
            state.mfa.mfa_skipped = None;
        }
        Event::Submit => return submit::submit(state, setting),
    }
    Ok(kept(state))
}

/// Checks a username that a registration asks for: its form, and that nobody has it.
///
/// # Errors
/// [`Error::Username`] or [`Error::AlreadyInUse`].
pub fn check_new_username(username: &str, policy: &Policy, taken: &[Identifier]) -> Result<(), Error> {
    policy.experience.username_policy.check(username)?;
    let wanted = Identifier::new(IdentifierType::Username, username);
    if taken.contains(&wanted) { Err(Error::AlreadyInUse(ProfileValue::Username)) } else { Ok(()) }
}

fn named_proof<'a>(state: &'a State, event: &'a Event) -> Option<&'a str> {
    match event {
        Event::Identify { verification_id, .. } => verification_id.as_deref(),
        _ => state.verification_records.last().map(VerificationRecord::id),
    }
}

fn kept(state: State) -> Step {
    Step { state: Some(state), effects: Vec::new() }
}

/// Signing in and registering may turn into each other. The collected profile goes, and unlike in the reference server
/// so does the identified user: whoever signed in and then "registers" would otherwise reach submit as a newcomer, past
/// the second factor that only signing in asks for.
fn switch(state: &mut State, to: InteractionEvent, policy: &Policy) -> Result<(), Error> {
    let from = state.interaction_event;
    if (from == InteractionEvent::ForgotPassword) != (to == InteractionEvent::ForgotPassword) {
        return Err(Error::ForgotPasswordSwitch);
    }
    guards::event_is_offered(to, state, &policy.experience)?;
    if from != to {
        state.interaction_event = to;
        state.profile = state.profile.cleared();
        state.user_id = None;
    }
    Ok(())
}

fn password_record(
    id: String,
    identifier: Identifier,
    user_id: Option<String>,
    setting: &Setting<'_>,
) -> Result<VerificationRecord, Error> {
    let user = user_id.and(setting.facts.named.as_ref()).ok_or(Error::InvalidCredentials)?;
    if user.is_suspended {
        return Err(Error::UserSuspended);
    }
    if setting.policy.experience.password_expiration.expired(&user.password_age, setting.now) {
        return Err(Error::PasswordExpired);
    }
    Ok(VerificationRecord::Password { id, identifier, verified: true, user_id: Some(user.id.clone()) })
}

fn named_by(record: &VerificationRecord) -> Option<Named> {
    match record {
        VerificationRecord::Password { user_id, .. } => user_id.clone().map(Named::ById),
        VerificationRecord::SignInPasskey { user_id, .. } => user_id.clone().map(Named::ById),
        VerificationRecord::EmailVerificationCode { identifier, .. }
        | VerificationRecord::PhoneVerificationCode { identifier, .. }
        | VerificationRecord::OneTimeToken { identifier, .. } => Some(Named::ByIdentifier(identifier.clone())),
        _ => None,
    }
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
fn nobody_else_has(profile: &Profile, facts: &Facts) -> Result<(), Error> {
    match unique_values(profile).into_iter().find(|value| facts.taken.contains(value)) {
        Some(value) => Err(Error::AlreadyInUse(profile_value(value.kind))),
        None => Ok(()),
    }
}

fn profile_value(kind: IdentifierType) -> ProfileValue {
    match kind {
        IdentifierType::Username => ProfileValue::Username,
        IdentifierType::Email => ProfileValue::Email,
        IdentifierType::Phone => ProfileValue::Phone,
    }
}

/// The record a patch of the profile names, if it does.
fn named_record<'s>(state: &'s State, patch: &ProfilePatch) -> Option<Result<&'s VerificationRecord, Error>> {
    match patch {
        ProfilePatch::Email { verification_id } | ProfilePatch::Phone { verification_id } => {
            Some(state.record(verification_id))
        }
        _ => None,
    }
}
