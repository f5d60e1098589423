//! Verifies passwords and sets new ones. Hashing runs between transactions, never inside one.

use flow::{Event, InteractionEvent, PasswordDigest, State, StepInput, StepRejection};
use kernel::id;

use super::attempt_limit::{self, LimitKey};
use super::audit::AuditDetails;
use super::browser::InteractionBrowser;
use super::transaction::{LoadedInteraction, StepContext, StepError, StepRecord, StepsOutcome};
use super::{lookups, to_api_error};
use crate::ApiError;
use crate::hashing::{HashingError, MAX_PASSWORD_BYTES, Verification};
use crate::users::store::{self, User};
use crate::work::{View, Work};

/// The events before and after the password event of one request. `after` applies only if the password is correct.
#[derive(Debug, Clone, Default)]
pub(super) struct SurroundingEvents {
    pub before: Vec<Event>,
    pub after: Vec<Event>,
}

#[derive(Clone)]
struct StartedAttempt {
    admitted: bool,
    user: Option<User>,
    state: State,
    client_id: String,
}

impl StartedAttempt {
    /// The audit record of the rejected attempt.
    fn record(&self, error: flow::FlowError) -> StepRecord {
        StepRecord {
            action: "Verification.Password.Submit",
            event: self.state.interaction_event,
            state: Some(self.state.clone()),
            client_id: self.client_id.clone(),
            error: Some(error),
        }
    }
}

impl InteractionBrowser {
    /// Verifies a password and, if it is correct, applies the events. A wrong password, an unknown user and a user
    /// without a password get the same response after the same work (E053, C11).
    pub(super) async fn verify_password(
        &self,
        (identifier, password): (flow::Identifier, &str),
        surrounding: SurroundingEvents,
        details: &AuditDetails,
    ) -> Result<(String, StepsOutcome), ApiError> {
        require_max_length(password)?;
        let policy = &self.config.policy;
        let key = LimitKey::for_identifier(&identifier, policy.experience.sentinel_policy);
        let attempt = self.start_attempt(&key, &identifier, &surrounding, details).await?;
        if !attempt.admitted {
            return Err(to_api_error(&too_many_attempts(&key)));
        }
        let stored = attempt.user.as_ref().and_then(User::stored_password);
        let comparison = match self.app.hasher.verify(password, stored).await {
            Ok(comparison) => comparison,
            Err(error) => {
                // The password was not compared, so the attempt does not count.
                self.transaction(move |work, _| Ok(attempt_limit::refund_attempt(work, &key)?)).await?;
                return Err(error.into());
            }
        };
        let Some(user) = attempt.user.clone().filter(|_| comparison.is_match()) else {
            let details = details.clone();
            let record_failure = move |work: &Work<'_>, context: &StepContext| {
                work.require_durable();
                let error = match attempt_limit::record_failure(work, &key)? {
                    true => too_many_attempts(&key),
                    false => flow::FlowError::InvalidCredentials,
                };
                context.audit(work, &attempt.record(error.clone()), &details)?;
                Ok(error)
            };
            return Err(to_api_error(&self.transaction(record_failure).await?));
        };
        let verification_id = id::entity_id(&self.app.rng);
        let checked =
            Event::PasswordVerification { id: verification_id.clone(), identifier, user_id: Some(user.id.clone()) };
        let events: Vec<Event> = surrounding.before.into_iter().chain([checked]).chain(surrounding.after).collect();
        let (locked, details) = (too_many_attempts(&key), details.clone());
        let rejected = attempt.record(locked.clone());
        let outcome = self
            .transaction(move |work, context| {
                if !attempt_limit::refund_attempt(work, &key)? {
                    context.audit(work, &rejected, &details)?;
                    return Ok(None);
                }
                if let (Verification::MatchesNeedsRehash(new), Some(old)) = (&comparison, &user.password) {
                    store::replace_hash_if_unchanged(work, &user.id, &old.password_encrypted, new)?;
                }
                context.apply_events(work, events.clone(), &details).map(Some)
            })
            .await?;
        outcome.map(|outcome| (verification_id, outcome)).ok_or_else(|| to_api_error(&locked))
    }

    async fn start_attempt(
        &self,
        key: &LimitKey,
        identifier: &flow::Identifier,
        surrounding: &SurroundingEvents,
        details: &AuditDetails,
    ) -> Result<StartedAttempt, ApiError> {
        let (key, identifier, details) = (key.clone(), identifier.clone(), details.clone());
        let starts_afresh = matches!(surrounding.before.first(), Some(Event::Start { .. }));
        let new_state = State::new(InteractionEvent::SignIn, self.sign_in_context());
        self.transaction(move |work, context| {
            let LoadedInteraction { interaction, state } = context.load(work)?;
            let state = if starts_afresh { Some(new_state.clone()) } else { state.filter(|state| !state.submitted) };
            let state = state.ok_or_else(|| to_api_error(&flow::FlowError::InteractionNotFound))?;
            let user = lookups::find_user(work, context, &identifier)?;
            let admitted = attempt_limit::count_attempt(work, &key)?;
            let attempt = StartedAttempt { admitted, user, state, client_id: interaction.client_id };
            if !admitted {
                context.audit(work, &attempt.record(too_many_attempts(&key)), &details)?;
            }
            Ok(attempt)
        })
        .await
    }

    /// Checks that the step is allowed and that the password fits the policy, hashes the password and applies the
    /// events.
    pub(super) async fn set_new_password<F>(
        &self,
        password: &str,
        (surrounding, build_event): (SurroundingEvents, F),
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
            None => policy.experience.password_policy.accept(password, &dry_run.owner),
        };
        let accepted = match accepted {
            Ok(accepted) => accepted,
            Err(error) => return Err(self.reject_new_password(dry_run, error, details)),
        };
        let stored = dry_run.user.as_ref().and_then(User::stored_password).filter(|_| compare_with_current);
        let same = match stored {
            Some(stored) => self.app.hasher.verify(accepted.expose(), Some(stored)).await?,
            None => Verification::Mismatch,
        };
        let digest = self.app.hasher.hash(accepted.expose()).await?;
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
            self.app.audit(self.tenant_id(), &record.entry(self, details));
        }
        response
    }
}

struct DryRun {
    action: &'static str,
    client_id: String,
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
            let setting = StepInput { policy: &self.policy, results: &facts, now: view.now(), new_user_id: "" };
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
        let mut owner = user.as_ref().map(|user| lookups::to_flow_user(user).password_owner()).unwrap_or_default();
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

fn too_many_attempts(key: &LimitKey) -> flow::FlowError {
    let minutes = key.policy.lockout_seconds() / 60;
    flow::FlowError::TooManyAttempts { relative_time: minutes.to_string() }
}

fn require_max_length(password: &str) -> Result<(), ApiError> {
    if password.len() > MAX_PASSWORD_BYTES { Err(HashingError::TooLong.into()) } else { Ok(()) }
}
