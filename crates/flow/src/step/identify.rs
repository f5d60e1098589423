//! Saying who the person is (E003, E044 to E048); at registration, creating the user.

use super::{profile, require_unique};
use crate::error::{FlowError, ProfileValue};
use crate::event::{Effect, StepOutcome, StepRejection, WebhookEvent};
use crate::guards;
use crate::identifier::{Identifier, IdentifierType};
use crate::lookups::{StepInput, User};
use crate::missing_profile;
use crate::state::{InteractionEvent, Profile, State};
use crate::verification::{IdentityProof, SocialAccount, VerificationRecord};

pub(super) fn identify(
    state: State,
    verification_id: Option<String>,
    links_social_identity: bool,
    input: &StepInput<'_>,
) -> Result<StepOutcome, StepRejection> {
    match state.interaction_event {
        InteractionEvent::Register => register(state, verification_id.as_deref(), input),
        InteractionEvent::SignIn | InteractionEvent::ForgotPassword => {
            let id = verification_id.ok_or(FlowError::InvalidInput)?;
            Ok(identify_existing(state, &id, links_social_identity, input)?)
        }
    }
}

/// Finds the existing user whom the proof names. With `links`, an account at a social provider that nobody has linked names who
/// has the address or number that the provider verified, and is linked to them on submit (E049).
fn identify_existing(mut state: State, id: &str, links: bool, input: &StepInput<'_>) -> Result<StepOutcome, FlowError> {
    let experience = &input.policy.experience;
    guards::require_event_enabled(state.interaction_event, &state, experience)?;
    let record = state.record(id)?;
    guards::require_identifying(record, state.interaction_event, input.policy)?;
    let proof = record.identity_proof().ok_or(FlowError::VerificationFailed)?;
    let (user, new) = match (&proof, &input.results.proof_user) {
        (IdentityProof::Social(proof), found) => social_user(proof.claim(), found.as_ref(), links, input)?,
        (_, found) => (named_user(&proof, found.as_ref())?, Profile::default()),
    };
    guards::require_no_enterprise_passkey(&proof, user)?;
    if state.user_id.as_ref().is_some_and(|identified| *identified != user.id) {
        return Err(FlowError::IdentityConflict);
    }
    state.identified_by = Some(Box::new(record.clone()));
    state.user_id = Some(user.id.clone());
    state.profile.merge(new);
    Ok(StepOutcome { state: Some(state), effects: Vec::new() })
}

/// The user of an account at a social provider, and what their profile takes from it.
fn social_user<'u>(
    account: &SocialAccount,
    found: Option<&'u User>,
    links: bool,
    input: &'u StepInput<'_>,
) -> Result<(&'u User, Profile), FlowError> {
    let related = input.results.related_user.as_ref();
    let (user, mut new) = match (found, related) {
        (Some(user), _) => (user, account.tokens()),
        (None, Some((_, user))) if links => {
            require_no_identity(user, account)?;
            (user, account.identity())
        }
        (None, related) => {
            return Err(FlowError::IdentityNotExist { related: related.map(|(identifier, _)| identifier.clone()) });
        }
    };
    if user.is_suspended {
        return Err(FlowError::UserSuspended);
    }
    if account.sync_profile {
        let looks = account.looks();
        new.name = looks.name.filter(|name| user.name.as_ref() != Some(name));
        new.avatar = looks.avatar.filter(|avatar| user.avatar.as_ref() != Some(avatar));
    }
    Ok((user, new))
}

/// A user has one account at each provider.
pub(super) fn require_no_identity(user: &User, account: &SocialAccount) -> Result<(), FlowError> {
    match user.social_identities.contains_key(&account.target) {
        true => Err(FlowError::ExistsInProfile(ProfileValue::Identity)),
        false => Ok(()),
    }
}

/// The user whom storage found for a proof. Only a proof names anybody.
fn named_user<'u>(proof: &IdentityProof<'_>, found: Option<&'u User>) -> Result<&'u User, FlowError> {
    let identifier = || proof.identifier().map(|identifier| identifier.value.clone()).unwrap_or_default();
    let named = found.filter(|user| proof.names(user));
    let user = named.ok_or_else(|| FlowError::UserNotExist { identifier: identifier() })?;
    if user.is_suspended { Err(FlowError::UserSuspended) } else { Ok(user) }
}

/// Creates the user, once everything mandatory is there. What the proof gives is kept even if more is needed, so that
/// the person can add the rest and repeat the same request.
fn register(mut state: State, id: Option<&str>, input: &StepInput<'_>) -> Result<StepOutcome, StepRejection> {
    guards::require_captcha(&state, &input.policy.experience)?;
    guards::require_event_enabled(InteractionEvent::Register, &state, &input.policy.experience)?;
    if state.user_id.is_some() {
        return Err(FlowError::IdentityConflict.into());
    }
    if let Some(id) = id {
        let record = state.record(id)?;
        guards::reject_sso_domain(record, input.policy)?;
        guards::require_social_offered(record, &input.policy.experience)?;
        if let Some(IdentityProof::OneTimeToken(_)) = record.identity_proof() {
            guards::require_invited(record, InteractionEvent::Register, &input.policy.experience)?;
        }
        let mut new = registration_profile(record)?;
        if matches!(record, VerificationRecord::Social(_)) {
            if input.results.proof_user.is_some() {
                return Err(FlowError::AlreadyInUse(ProfileValue::Identity).into());
            }
            leave_out_taken(&mut new, input);
        }
        let record = record.clone();
        add_to_profile(&mut state.profile, &record, new);
    }
    let email = state.profile.primary_email.as_deref();
    guards::require_invited_newcomer(&state, email, &input.policy.experience)?;
    let identified_by = primary_identifier(&state.profile);
    if identified_by.is_none() && state.profile.social_identity.is_none() {
        return Err(missing_profile::require_complete(&state, None, input.policy)
            .err()
            .unwrap_or(FlowError::InvalidInput)
            .into());
    }
    if identified_by.is_some_and(|kind| kind != IdentifierType::Username) {
        profile::require_email_allowed(state.profile.primary_email.as_deref(), input.policy)?;
    }
    if let Some(username) = &state.profile.username {
        input.policy.experience.username_policy.check(username)?;
    }
    require_unique(&state.profile, input.results)?;
    if let Err(error) = missing_profile::require_complete(&state, None, input.policy) {
        return Err(StepRejection { error, state: Some(Box::new(state)) });
    }
    let user_id = input.new_user_id.clone();
    let mut profile = std::mem::take(&mut state.profile);
    state.user_id = Some(user_id.clone());
    let tokens = Effect::store_tokens(&user_id, &mut profile);
    let mut effects = vec![Effect::CreateUser { user_id: user_id.clone(), profile: Box::new(profile) }];
    effects.extend(tokens);
    effects.push(Effect::TriggerWebhook { event: WebhookEvent::UserCreated, user_id });
    Ok(StepOutcome { state: Some(state), effects })
}

/// Adds what a record gives to a new account. What a social provider says does not replace what the person gave here.
pub(super) fn add_to_profile(profile: &mut Profile, record: &VerificationRecord, new: Profile) {
    match record {
        VerificationRecord::Social(_) => profile.fill(new),
        _ => profile.merge(new),
    }
}

/// Leaves out the address and number of a social account that another user has (E051).
pub(super) fn leave_out_taken(new: &mut Profile, input: &StepInput<'_>) {
    let is_free = |kind, value: &String| !input.results.values_in_use.contains(&Identifier::new(kind, value.clone()));
    new.primary_email = new.primary_email.take().filter(|email| is_free(IdentifierType::Email, email));
    new.primary_phone = new.primary_phone.take().filter(|phone| is_free(IdentifierType::Phone, phone));
}

/// What a record gives to a new account.
pub(super) fn registration_profile(record: &VerificationRecord) -> Result<Profile, FlowError> {
    match record {
        VerificationRecord::NewPasswordIdentity(identity) => identity.registration_profile(),
        proven => proven.identity_proof().ok_or(FlowError::VerificationFailed)?.registration_profile(),
    }
}

/// By what the account will be known. An account that nobody could find again is not created.
fn primary_identifier(profile: &Profile) -> Option<IdentifierType> {
    if profile.primary_email.is_some() {
        Some(IdentifierType::Email)
    } else if profile.primary_phone.is_some() {
        Some(IdentifierType::Phone)
    } else {
        profile.username.as_ref().map(|_| IdentifierType::Username)
    }
}
