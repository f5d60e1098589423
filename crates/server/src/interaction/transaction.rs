//! One transaction per request. It loads the interaction, applies the steps of the state machine with data from
//! storage, performs the effects and saves with compare-and-swap. No other request can see a partial result.

use kernel::ids::{ApplicationId, UserId};
use std::sync::Arc;

use db::DbError;
use flow::{Effect, EndedState, Event, InteractionEvent, State, StepInput, StepRejection, TenantPolicy};
use kernel::id;

use super::action::{AskedAction, StepAction};
use super::audit::AuditDetails;
use super::browser::InteractionBrowser;
use super::{effects, lookups, token_sets};
use crate::ApiError;
use crate::events::InteractionOrigin;
use crate::oidc::interactions::{self, Interaction, InteractionResult, LoginResult, Prompt};
use crate::oidc::subject;
use crate::tenants::password_epoch;
use crate::users::{self, trusted_devices};
use crate::work::{View, Work};

/// The transaction is repeated if another request of the same browser changed the interaction first.
const MAX_ATTEMPTS: usize = 3;

/// The inputs of a step.
#[derive(Clone)]
pub(super) struct StepContext {
    pub browser: InteractionBrowser,
    pub policy: Arc<TenantPolicy>,
    pub case_sensitive_username: bool,
    pub action: StepAction,
}

/// An error that rolls the transaction back.
#[derive(Debug)]
pub(crate) enum StepError {
    Storage(DbError),
    Api(ApiError),
    /// A script must run before the step can be made.
    AsksAction(Box<AskedAction>),
    /// What that script wants can't be done.
    ActionRefused(ApiError),
}

impl From<DbError> for StepError {
    fn from(error: DbError) -> Self {
        Self::Storage(error)
    }
}

impl From<ApiError> for StepError {
    fn from(error: ApiError) -> Self {
        Self::Api(error)
    }
}

impl From<StepError> for ApiError {
    fn from(error: StepError) -> Self {
        match error {
            StepError::Storage(error) => error.into(),
            StepError::Api(error) | StepError::ActionRefused(error) => error,
            // It ran for somebody else: the sign-in is another one by now.
            StepError::AsksAction(_) => ApiError::unavailable(1),
        }
    }
}

/// An interaction and its parsed state. The state is `None` if the interaction was not started or its JSON cannot be
/// parsed.
pub(super) struct LoadedInteraction {
    pub interaction: Interaction,
    pub state: Option<State>,
}

/// One applied step, for the audit log.
#[derive(Debug, Clone)]
pub(super) struct StepRecord {
    pub action: &'static str,
    /// The interaction event when the step was sent.
    pub event: InteractionEvent,
    pub state: Option<State>,
    pub client_id: ApplicationId,
    pub error: Option<flow::FlowError>,
}

/// The outcome of the applied steps. A rejected step does not roll back, because its state changes are kept; its error
/// is therefore part of the outcome.
#[derive(Debug, Clone)]
pub(super) struct StepsOutcome {
    pub state: Option<State>,
    pub created_user: bool,
    pub redirect_to: Option<String>,
    pub error: Option<flow::FlowError>,
}

impl StepContext {
    pub(super) fn of(browser: &InteractionBrowser) -> Self {
        let policy = Arc::clone(&browser.config.policy);
        Self {
            browser: browser.clone(),
            case_sensitive_username: policy.case_sensitive_usernames,
            policy,
            action: StepAction::of(&browser.config.scripts),
        }
    }

    /// With the settings of this moment: those of the request may be old by now, where it waited for a hash or another server.
    async fn current(browser: &InteractionBrowser) -> Result<Self, ApiError> {
        let config = browser.tenant.config().await?;
        Ok(Self { policy: Arc::clone(&config.policy), action: StepAction::of(&config.scripts), ..Self::of(browser) })
    }

    /// Loads the interaction and checks that it belongs to the client. What another browser began does not exist for this
    /// one.
    pub(super) fn load(&self, view: &View<'_>) -> Result<LoadedInteraction, StepError> {
        let interaction = interactions::get_for_app(view, &self.browser.uid, self.browser.app_id.as_deref())?;
        // A consent interaction expects a grant as its result. A sign-in here would store a login instead.
        let state = match interaction.prompt {
            Prompt::Login if self.browser.began(&interaction) => serde_json::from_str(&interaction.state).ok(),
            Prompt::Login | Prompt::Consent => None,
        };
        Ok(LoadedInteraction { interaction, state })
    }

    /// Saves the state as it is, if no other request changed it meanwhile.
    pub(super) fn save(&self, work: &Work<'_>, interaction: &Interaction, state: &State) -> Result<(), StepError> {
        Ok(interactions::save_state(work, interaction, &serialize_state(Some(state))?)?)
    }

    /// Applies events until one is rejected, then saves the state. Each step has its audit entry, as far as the budget of
    /// strangers goes.
    pub(super) fn apply_events(
        &self,
        work: &Work<'_>,
        events: Vec<Event>,
        details: &AuditDetails,
    ) -> Result<StepsOutcome, StepError> {
        let LoadedInteraction { mut interaction, mut state } = self.load(work)?;
        let before = (state.clone(), interaction.browser_digest.clone());
        let client_id = interaction.client_id.clone();
        let mut outcome = StepsOutcome { state: None, created_user: false, redirect_to: None, error: None };
        for event in events {
            let (action, begins) = (event.audit_action(), matches!(event, Event::Start { .. }));
            let interaction_event = match &event {
                Event::Start { interaction_event, .. } => Some(*interaction_event),
                _ => state.as_ref().map(|state| state.interaction_event),
            };
            let record = |state: Option<State>, error: Option<flow::FlowError>| {
                interaction_event.map(|event| StepRecord { action, event, state, client_id: client_id.clone(), error })
            };
            if let Some(event) = interaction_event {
                let (session_id, client_id) = (interaction.log_id(), client_id.clone());
                work.enter_interaction(InteractionOrigin { event, session_id, client_id });
            }
            // Another browser may begin the sign-in anew. It sees nothing of what was, but what was used up stays so.
            let known = match begins {
                true => serde_json::from_str(&interaction.state).ok().or_else(|| ended_state(&interaction.state)),
                false => state.clone(),
            };
            let rejection = match self.apply_event(work, &interaction, known, event)? {
                Ok((next, effects)) => {
                    // A step that deletes the interaction is logged with the state before it.
                    let logged_state = next.clone().or_else(|| state.clone());
                    state = next;
                    if begins {
                        self.begin(work, &mut interaction)?;
                    }
                    self.perform_effects(work, &interaction, state.as_ref(), effects, &mut outcome)?;
                    self.audit_step(work, record(logged_state, None), details)?;
                    continue;
                }
                Err(rejection) => rejection,
            };
            state = rejection.state.map(|after| *after).or(state);
            let refused = record(state.clone(), Some(rejection.error.clone()));
            if before != (state.clone(), interaction.browser_digest.clone()) {
                self.audit_step(work, refused, details)?;
            } else if let Some(record) = refused {
                // What changes nothing can be sent without end: it has a budget in the log.
                self.audit_refusal(&record, details);
            }
            outcome.error = Some(rejection.error);
            break;
        }
        if outcome.redirect_to.is_none() && before != (state.clone(), interaction.browser_digest.clone()) {
            let text = serialize_next(state.as_ref(), before.0.as_ref())?;
            self.require_room(work, text.len().saturating_sub(interaction.state.len()))?;
            interactions::save_state(work, &interaction, &text)?;
        }
        outcome.state = state;
        Ok(outcome)
    }

    /// Takes what an interaction grows by from the budget that it began with.
    fn require_room(&self, work: &Work<'_>, grown_bytes: usize) -> Result<(), ApiError> {
        let (budget, network) = (&self.browser.app.interaction_budget, self.browser.ip.network());
        let is_there = grown_bytes == 0 || budget.take(network, grown_bytes, work.now());
        if is_there { Ok(()) } else { Err(ApiError::unavailable(2)) }
    }

    /// The interaction begins anew, in this browser.
    fn begin(&self, work: &Work<'_>, interaction: &mut Interaction) -> Result<(), StepError> {
        self.browser.bind(interaction);
        interaction.created_at = work.now();
        interaction.password_epoch = password_epoch::current(work)?;
        Ok(())
    }

    /// Writes the audit entry of a step, if an interaction had begun.
    fn audit_step(&self, work: &Work<'_>, record: Option<StepRecord>, details: &AuditDetails) -> Result<(), StepError> {
        Ok(record.map_or(Ok(()), |record| self.audit(work, &record, details))?)
    }

    fn apply_event(
        &self,
        work: &Work<'_>,
        interaction: &Interaction,
        state: Option<State>,
        event: Event,
    ) -> Result<Result<(Option<State>, Vec<Effect>), StepRejection>, StepError> {
        let is_finished =
            interaction.prompt == Prompt::Consent || (interaction.result.is_some() && event != Event::Submit);
        if is_finished {
            return Ok(Err(flow::FlowError::InteractionNotFound.into()));
        }
        let facts = lookups::perform(work, self, flow::lookups(state.as_ref(), &event))?;
        let new_user_id = id::short_entity_id(work.rng()).into();
        let setting = StepInput {
            policy: &self.policy,
            results: &facts,
            now: work.now(),
            new_user_id: &new_user_id,
            demanded: interaction.request().demanded_assurance(),
        };
        Ok(flow::step(state, event, &setting).map(|step| (step.state, step.effects)))
    }

    /// Performs the effects of a step. A sign-in writes state and result together.
    fn perform_effects(
        &self,
        work: &Work<'_>,
        interaction: &Interaction,
        state: Option<&State>,
        effects: Vec<Effect>,
        outcome: &mut StepsOutcome,
    ) -> Result<(), StepError> {
        let proven_for = |effect: &Effect| match effect {
            Effect::SignedIn { user_id } if !is_login_of(interaction, user_id) => Some(user_id.clone()),
            Effect::ResetPassword { user_id, .. } => Some(user_id.clone()),
            _ => None,
        };
        token_sets::lock_connectors(work, &effects)?;
        // Before the effects: this step itself may give the account the password that it lacked.
        if let Some(user_id) = effects.iter().find_map(proven_for) {
            require_same_password(work, interaction, &user_id)?;
        }
        for effect in effects {
            outcome.created_user |= matches!(effect, Effect::CreateUser { .. });
            if effect.changes_account() {
                work.require_durable();
            }
            if let Some((user_id, username)) = effect.new_username() {
                users::require_username_free(work, Some(username), user_id, self.case_sensitive_username)?;
            }
            let Effect::SignedIn { user_id } = effect else {
                effects::apply(work, effect)?;
                continue;
            };
            if !is_login_of(interaction, &user_id) {
                self.take_action(work, interaction, state, &user_id)?;
                let is_to_be_trusted = state.is_some_and(|state| state.trusted_device_creation);
                let protection = is_to_be_trusted.then(|| trusted_devices::protection(work, &user_id)).transpose()?;
                let login = LoginResult { account_id: user_id, protection: protection.flatten() };
                interactions::set_login_result(work, interaction, login, &serialize_state(state)?)?;
            }
            outcome.redirect_to = Some(interaction.resume_url(self.browser.issuer()));
        }
        Ok(())
    }
}

fn is_login_of(interaction: &Interaction, user_id: &UserId) -> bool {
    matches!(&interaction.result, Some(InteractionResult::Login(login)) if login.account_id == *user_id)
}

/// Refuses the proofs of a sign-in or a reset that began before the password was changed.
fn require_same_password(work: &Work<'_>, interaction: &Interaction, user_id: &UserId) -> Result<(), StepError> {
    match subject::password_changed_since(work, user_id, interaction.password_epoch)? {
        true => Err(ApiError::bad_request("session.not_found").into()),
        false => Ok(()),
    }
}

/// Serializes a state; a deleted state becomes an empty object.
fn serialize_state(state: Option<&State>) -> Result<String, ApiError> {
    let text = state.map_or_else(|| Ok("{}".to_owned()), serde_json::to_string);
    text.map_err(|error| ApiError::internal(error.to_string()))
}

/// Serializes a state, or what stays of the one before if it was deleted.
fn serialize_next(state: Option<&State>, before: Option<&State>) -> Result<String, ApiError> {
    match state {
        Some(_) => serialize_state(state),
        None => serialize_end(before),
    }
}

/// Serializes what stays of a state that was deleted.
fn serialize_end(state: Option<&State>) -> Result<String, ApiError> {
    let answered_passkey_challenge = state.and_then(|state| state.answered_passkey_challenge);
    serde_json::to_string(&EndedState { answered_passkey_challenge })
        .map_err(|error| ApiError::internal(error.to_string()))
}

fn ended_state(text: &str) -> Option<State> {
    serde_json::from_str(text).ok().map(EndedState::into_state)
}

impl InteractionBrowser {
    /// Runs `work` in a relaxed transaction, again if another request changed the interaction meanwhile, or if a script must run first.
    pub(super) async fn transaction<T, F>(&self, work: F) -> Result<T, ApiError>
    where
        F: Fn(&Work<'_>, &StepContext) -> Result<T, StepError> + Clone + Send + 'static,
        T: Send + 'static,
    {
        let mut context = StepContext::current(self).await?;
        let mut attempt = 1;
        loop {
            let (unit_context, work) = (context.clone(), work.clone());
            match self.write_relaxed(move |unit| work(unit, &unit_context)).await {
                Err(StepError::Storage(DbError::Conflict)) if attempt < MAX_ATTEMPTS => attempt += 1,
                Err(StepError::AsksAction(asked)) if !context.action.has_run() => {
                    context.action.run(self, *asked).await?;
                }
                Err(StepError::ActionRefused(error)) => context.action.refuse(self, error)?,
                result => return result.map_err(ApiError::from),
            }
        }
    }
}
