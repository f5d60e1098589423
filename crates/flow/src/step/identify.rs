//! Saying who the person is (E003, E044 to E048); at registration, creating the user.

use super::{profile, require_unique};
use crate::error::{FlowError, ProfileValue};
use crate::event::{Effect, StepOutcome, StepRejection, WebhookEvent};
use crate::guards;
use crate::identifier::{Identifier, IdentifierType};
use crate::lookups::{StepInput, TenantPolicy, User};
use crate::missing_profile;
use crate::state::{InteractionEvent, Profile, State};
use crate::verification::{EnterpriseAccount, IdentityProof, SocialAccount, VerificationRecord};

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
        (IdentityProof::EnterpriseSso(proof), found) => enterprise_user(proof.claim(), found.as_ref(), input)?,
        (_, found) => (named_user(&proof, found.as_ref())?, Profile::default()),
    };
    guards::require_enterprise_way(&proof, user, input.policy)?;
    if state.user_id.as_ref().is_some_and(|identified| *identified != user.id) {
        return Err(FlowError::IdentityConflict);
    }
    state.identified_by = Some(Box::new(record.without_tokens()));
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
        (None, Some((identifier, user))) if links => {
            if identifier.kind == IdentifierType::Email {
                guards::reject_sso_email(&identifier.value, input.policy)?;
            }
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
        new.merge(changed_looks(account.looks(), user));
    }
    Ok((user, new))
}

/// The user of an account at an enterprise (E050). One that nobody has is linked to who has its address, if the address is the
/// enterprise's own and they have no other account there.
fn enterprise_user<'u>(
    account: &EnterpriseAccount,
    found: Option<&'u User>,
    input: &'u StepInput<'_>,
) -> Result<(&'u User, Profile), FlowError> {
    let related = input.results.related_user.as_ref().filter(|_| account.owned_email(input.policy).is_some());
    let mut new = account.tokens();
    let user = match (found, related) {
        (Some(user), _) => {
            new.synced_enterprise_sso_identity = Some(account.identity());
            user
        }
        (None, Some((_, user))) if account.is_of_connector_of(user) => {
            return Err(FlowError::ExistsInProfile(ProfileValue::Identity));
        }
        (None, Some((_, user))) => {
            new.enterprise_sso_identity = Some(account.identity());
            user
        }
        (None, None) => return Err(FlowError::SsoIdentityNotExist),
    };
    if user.is_suspended {
        return Err(FlowError::UserSuspended);
    }
    if account.sync_profile {
        new.merge(changed_looks(account.looks(), user));
    }
    Ok((user, new))
}

/// What of name and avatar is new for the user.
fn changed_looks(looks: Profile, user: &User) -> Profile {
    Profile {
        name: looks.name.filter(|name| user.name.as_ref() != Some(name)),
        avatar: looks.avatar.filter(|avatar| user.avatar.as_ref() != Some(avatar)),
        ..Profile::default()
    }
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
        guards::require_registering(record, input.policy)?;
        let mut new = registration_profile(record)?;
        if let Some(account) = record.enterprise_account() {
            new.primary_email = account.owned_email(input.policy);
        }
        let record = record.clone();
        if is_of_provider(&record) {
            if input.results.proof_user.is_some() {
                return Err(FlowError::AlreadyInUse(ProfileValue::Identity).into());
            }
            leave_out_taken(&mut new, input);
        }
        let is_proof = record.identity_proof().is_some() && state.enterprise_sign_in().is_none();
        if is_proof || record.enterprise_account().is_some() {
            state.identified_by = Some(Box::new(record.without_tokens()));
        }
        add_to_profile(&mut state.profile, &record, new);
    }
    require_offered(&state, input.policy)?;
    let email = state.profile.primary_email.as_deref();
    guards::require_invited_newcomer(&state, email, &input.policy.experience)?;
    let identified_by = primary_identifier(&state.profile);
    let has_account = state.profile.social_identity.is_some() || state.enterprise_sign_in().is_some();
    if identified_by.is_none() && !has_account {
        return Err(missing_profile::require_complete(&state, None, input.policy)
            .err()
            .unwrap_or(FlowError::InvalidInput)
            .into());
    }
    let own = state.enterprise_sign_in().and_then(|account| account.owned_email(input.policy));
    if let Some(email) = &state.profile.primary_email {
        match own.as_ref() == Some(email) {
            true => input.policy.experience.email_blocklist_policy.check(email)?,
            false => profile::require_email_allowed(Some(email), input.policy)?,
        }
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

/// Asks again of everything that the newcomer has collected: the settings may have changed since they gave it.
fn require_offered(state: &State, policy: &TenantPolicy) -> Result<(), FlowError> {
    let Profile { social_identity, enterprise_sso_identity, .. } = &state.profile;
    let targets = social_identity.iter().map(|identity| &identity.target);
    let connectors = enterprise_sso_identity.iter().map(|identity| &identity.sso_connector_id);
    guards::require_accounts_offered(targets, connectors, policy)?;
    state.identified_by.as_ref().map_or(Ok(()), |record| guards::require_registering(record, policy))
}

/// Whether it is an account elsewhere.
fn is_of_provider(record: &VerificationRecord) -> bool {
    matches!(record, VerificationRecord::Social(_) | VerificationRecord::EnterpriseSso(_))
}

/// Adds what a record gives to a new account. What a provider says does not replace what the person gave here.
pub(super) fn add_to_profile(profile: &mut Profile, record: &VerificationRecord, new: Profile) {
    match record {
        record if is_of_provider(record) => profile.fill(new),
        _ => profile.merge(new),
    }
}

/// Leaves out the address and number of an account elsewhere that another user has (E051).
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
