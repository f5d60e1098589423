//! Verifies passwords and sets new ones. Hashing runs between transactions, never inside one.

use std::sync::OnceLock;

use db::DbError;
use flow::verification::Counted;
use flow::{Event, FlowError, Identifier, InteractionEvent, PasswordDigest, State, StepInput, StepRejection};
use kernel::id;
use kernel::ids::ApplicationId;
use kernel::ids::UserId;

use super::attempt_limit::LimitKey;
use super::audit::AuditDetails;
use super::browser::InteractionBrowser;
use super::counted_attempt::CountedAttempt;
use super::password_elsewhere::{Candidate, PasswordAction, PasswordElsewhere, Refused};
use super::transaction::{LoadedInteraction, StepContext, StepError, StepRecord, StepsOutcome};
use super::{lookups, to_api_error};
use crate::ApiError;
use crate::breached_passwords;
use crate::hashing::{Hasher, HashingError, MAX_PASSWORD_BYTES, Verification};
use crate::oidc::subject;
use crate::users::store::{self, User};
use crate::users::stored_password;
use crate::work::{View, Work};

/// The events before and after the password event of one request. `after` applies only if the password is correct.
#[derive(Debug, Clone, Default)]
pub(super) struct SurroundingEvents {
    pub before: Vec<Event>,
    pub after: Vec<Event>,
}

/// A right password.
#[derive(Clone)]
pub(crate) struct RightPassword {
    pub owner: User,
    comparison: Verification,
}

/// Compares a password with the one of `owner`. It takes as long where there is no user, or no password (C11).
///
/// # Errors
/// 503 when too many are being compared.
pub(crate) async fn compare(
    hasher: &Hasher,
    password: &str,
    owner: Option<User>,
) -> Result<Option<RightPassword>, ApiError> {
    let stored = owner.as_ref().and_then(User::stored_password);
    let comparison = hasher.verify(password, stored).await?;
    Ok(owner.filter(|_| comparison.is_match()).map(|owner| RightPassword { owner, comparison }))
}

impl RightPassword {
    /// Whether it is still the password of its owner, in the transaction that takes it for a proof. An old digest is replaced.
    ///
    /// # Errors
    /// A failure of the database.
    pub(crate) fn is_current(&self, work: &Work<'_>) -> Result<bool, DbError> {
        let Self { owner, comparison } = self;
        if let (Verification::MatchesNeedsRehash(new), Some(old)) = (comparison, &owner.password) {
            stored_password::replace_hash_if_unchanged(work, &owner.id, &old.password_encrypted, new)?;
        }
        Ok(!subject::password_changed_since(work, &owner.id, owner.password_epoch)?)
    }
}

/// A password that counts.
#[derive(Clone)]
enum AcceptedPassword {
    /// That of the user.
    Own(Box<RightPassword>),
    /// One that an action vouched for.
    Elsewhere(Box<PasswordElsewhere>),
}

impl AcceptedPassword {
    /// Whose it is, if it still is.
    fn accept(
        &self,
        work: &Work<'_>,
        context: &StepContext,
        identifier: &Identifier,
    ) -> Result<Option<UserId>, StepError> {
        match self {
            Self::Own(right) => Ok(right.is_current(work)?.then(|| right.owner.id.clone())),
            Self::Elsewhere(elsewhere) => elsewhere.accept(work, context, identifier),
        }
    }
}

impl InteractionBrowser {
    /// Verifies a password and, if it is correct, applies the events. A wrong password, an unknown user and a user
    /// without a password get the same response after the same work (E053, C11).
    pub(super) async fn verify_password(
        &self,
        identifier: Identifier,
        password: &str,
        surrounding: SurroundingEvents,
        details: &AuditDetails,
    ) -> Result<(String, StepsOutcome), ApiError> {
        require_max_length(password)?;
        let starts_afresh = matches!(surrounding.before.first(), Some(Event::Start { .. }));
        let attempt = CountedAttempt {
            key: LimitKey::for_identifier(identifier.clone(), self.config.policy.experience.sentinel_policy),
            action: "Verification.Password.Submit",
            wrong: FlowError::InvalidCredentials,
            begun: starts_afresh.then(|| State::new(InteractionEvent::SignIn, self.sign_in_context())),
            details: details.clone(),
        };
        let action = PasswordAction::of(self);
        let (named, begun, asked) = (identifier.clone(), attempt.begun.clone(), action.clone());
        let find_candidate =
            move |work: &Work<'_>, context: &StepContext| asked.find_candidate(work, context, &named, begun.as_ref());
        // What is said of an attempt that was wrong, and which an action could not be asked about.
        let refused = OnceLock::new();
        let compare = async |candidate: Candidate| {
            if let Some(right) = compare(&self.hasher(), password, candidate.owner.clone()).await? {
                return Ok(Some(AcceptedPassword::Own(Box::new(right))));
            }
            match action.ask(self, candidate, &identifier, password).await {
                Ok(found) => Ok(found.map(|elsewhere| AcceptedPassword::Elsewhere(Box::new(elsewhere)))),
                Err(Refused::NotCompared(error)) => Err(error),
                Err(Refused::Counted(error)) => {
                    refused.get_or_init(|| error);
                    Ok(None)
                }
            }
        };
        let verification_id = id::entity_id(&self.app.rng);
        let (id, details, named) = (verification_id.clone(), details.clone(), identifier.clone());
        let accept = move |work: &Work<'_>, context: &StepContext, right: Counted<AcceptedPassword>| {
            let is_elsewhere = matches!(right.outcome(), AcceptedPassword::Elsewhere(_));
            let owner = right.outcome().accept(work, context, &named)?;
            let user_id = right.map(|_| owner);
            let checked = Event::PasswordVerification { id: id.clone(), identifier: named.clone(), user_id };
            let SurroundingEvents { before, after } = surrounding.clone();
            let events = before.into_iter().chain([checked]).chain(after).collect();
            let outcome = context.apply_events(work, events, &details)?;
            let identifies = outcome.state.as_ref().is_some_and(|state| state.user_id.is_some());
            match &outcome.error {
                // What the action did goes with a sign-in that is refused before it is anybody's.
                Some(error) if is_elsewhere && !identifies => Err(to_api_error(error).into()),
                _ => Ok(Some(outcome)),
            }
        };
        let wrong = to_api_error(&attempt.wrong);
        let outcome = attempt.run(self, find_candidate, compare, accept).await;
        match (outcome, refused.into_inner()) {
            (Err(error), Some(refused)) if error.code() == wrong.code() => Err(refused),
            (outcome, _) => Ok((verification_id, outcome?)),
        }
    }

    /// What would refuse this event now. Nothing is changed.
    pub(super) async fn trial(&self, event: Event) -> Result<Option<FlowError>, ApiError> {
        let context = StepContext::of(self);
        let trial = self.read_inline(move |view| context.dry_run(view, Vec::new(), event)).await?;
        Ok(trial.error)
    }

    /// Checks that the step is allowed and that the password fits the policy, hashes the password and applies the
    /// events.
    pub(super) async fn set_new_password<F>(
        &self,
        password: &str,
        surrounding: SurroundingEvents,
        build_event: F,
        details: &AuditDetails,
    ) -> Result<StepsOutcome, ApiError>
    where
        F: Fn(PasswordDigest, bool) -> Event + Clone + Send + 'static,
    {
        require_max_length(password)?;
        let context = StepContext::of(self);
        let trial_event = build_event(empty_digest(), false);
        let compare_with_current = matches!(trial_event, Event::SetPassword { .. });
        let (before, policy) = (surrounding.before.clone(), context.policy.clone());
        let mut dry_run = self.read_inline(move |view| context.dry_run(view, before, trial_event)).await?;
        let accepted = match dry_run.error.take() {
            Some(error) => Err(error),
            None => {
                let policy = &policy.experience.password_policy;
                breached_passwords::accept(self, policy, password, &dry_run.owner).await
            }
        };
        let accepted = match accepted {
            Ok(accepted) => accepted,
            Err(error) => return Err(self.reject_new_password(dry_run, error, details)),
        };
        let stored = dry_run.user.as_ref().and_then(User::stored_password).filter(|_| compare_with_current);
        let same = match stored {
            Some(stored) => self.hasher().verify(accepted.expose(), Some(stored)).await?,
            None => Verification::Mismatch,
        };
        let digest = self.hasher().hash(accepted.expose()).await?;
        let event = build_event(digest, same.is_match());
        let events: Vec<Event> = surrounding.before.into_iter().chain([event]).chain(surrounding.after).collect();
        let details = details.clone();
        self.transaction(move |work, context| context.apply_events(work, events.clone(), &details)).await
    }

    fn reject_new_password(&self, dry_run: DryRun, error: flow::FlowError, details: &AuditDetails) -> ApiError {
        let response = to_api_error(&error);
        if let Some(state) = dry_run.state {
            let record = StepRecord {
                action: dry_run.action,
                event: state.interaction_event,
                state: Some(state),
                client_id: dry_run.client_id,
                error: Some(error),
            };
            self.app.audit_refusal(self.ip.network(), self.tenant_id(), &record.entry(self, details));
        }
        response
    }
}

struct DryRun {
    action: &'static str,
    client_id: ApplicationId,
    state: Option<State>,
    error: Option<flow::FlowError>,
    user: Option<User>,
    owner: flow::password::PasswordOwner,
}

impl StepContext {
    /// Applies events without effects and without saving. Hashing is expensive, so a browser that may not take the step
    /// must not cause it (C18, C23).
    fn dry_run(&self, view: &View<'_>, before: Vec<Event>, last: Event) -> Result<DryRun, StepError> {
        let LoadedInteraction { interaction, mut state } = self.load(view)?;
        let action = last.audit_action();
        let username = match &last {
            Event::NewPasswordIdentity { identifier, .. } => Some(identifier.value.clone()),
            _ => None,
        };
        let mut error = None;
        for event in before.into_iter().chain([last]) {
            let facts = lookups::perform(view, self, flow::lookups(state.as_ref(), &event))?;
            let setting = StepInput {
                policy: &self.policy,
                results: &facts,
                now: view.now(),
                new_user_id: &UserId::default(),
                demanded: interaction.request().demanded_assurance(),
            };
            match flow::step(state.clone(), event, &setting) {
                Ok(step) => state = step.state,
                Err(StepRejection { error: rejection, .. }) => {
                    error = Some(rejection);
                    break;
                }
            }
        }
        let user = match state.as_ref().and_then(|state| state.user_id.as_ref()) {
            Some(id) => store::find(view, id)?,
            None => None,
        };
        let mut owner = user.as_ref().map(User::password_owner).unwrap_or_default();
        if let Some(profile) = state.as_ref().map(|state| &state.profile) {
            owner.name = owner.name.or_else(|| profile.name.clone());
            owner.username = owner.username.or(username).or_else(|| profile.username.clone());
            owner.email = owner.email.or_else(|| profile.primary_email.clone());
            owner.phone = owner.phone.or_else(|| profile.primary_phone.clone());
        }
        Ok(DryRun { action, client_id: interaction.client_id, state, error, user, owner })
    }
}

fn empty_digest() -> PasswordDigest {
    PasswordDigest { password_encrypted: String::new(), password_encryption_method: "Argon2id".to_owned() }
}

/// Refuses what is too long to be hashed in reasonable time.
///
/// # Errors
/// 400 `guard.invalid_input`.
pub(crate) fn require_max_length(password: &str) -> Result<(), ApiError> {
    if password.len() > MAX_PASSWORD_BYTES { Err(HashingError::TooLong.into()) } else { Ok(()) }
}
