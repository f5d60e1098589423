//! One unit of work: load the interaction, make the steps of the machine with answers from storage, perform the effects,
//! save with compare-and-swap. All of it in one transaction, so that nothing half-done is ever seen.

use std::sync::Arc;

use db::{DbError, Read, Tx};
use flow::{Effect, Event, InteractionEvent, Policy, Refusal, Setting, State};
use kernel::{Rng, Timestamp, id};
use oauth::OAuthError;

use super::visit::Visit;
use super::{effects, facts};
use crate::ApiError;
use crate::oidc::interactions::{self, Interaction, InteractionResult, Prompt};

/// How often a unit is tried again when another request of the same browser was faster.
const TRIES: usize = 3;

/// What a unit needs to know of its surroundings.
#[derive(Clone)]
pub(super) struct Context {
    pub tenant: &'static str,
    pub issuer: String,
    pub uid: String,
    pub app_id: Option<String>,
    pub policy: Arc<Policy>,
    pub case_sensitive_username: bool,
    pub now: Timestamp,
    pub rng: Rng,
}

/// Why a unit is undone.
#[derive(Debug)]
pub(super) enum Undone {
    Storage(DbError),
    Api(ApiError),
}

impl From<DbError> for Undone {
    fn from(error: DbError) -> Self {
        Self::Storage(error)
    }
}

impl From<ApiError> for Undone {
    fn from(error: ApiError) -> Self {
        Self::Api(error)
    }
}

impl From<Undone> for ApiError {
    fn from(undone: Undone) -> Self {
        match undone {
            Undone::Storage(error) => error.into(),
            Undone::Api(error) => error,
        }
    }
}

/// An interaction with its parsed state; none if it was not started, or cannot be read.
pub(super) struct Loaded {
    pub interaction: Interaction,
    pub state: Option<State>,
}

/// One step that was made, for the audit log.
#[derive(Debug, Clone)]
pub(super) struct Made {
    pub action: &'static str,
    /// What the person came for when the step was sent.
    pub event: InteractionEvent,
    pub state: Option<State>,
    pub client_id: String,
    pub error: Option<flow::Error>,
}

/// What came of the steps. A refusal is a result here and not an error: what it leaves behind is kept.
#[derive(Debug, Clone)]
pub(super) struct Played {
    pub made: Vec<Made>,
    pub state: Option<State>,
    pub created_user: bool,
    pub changed_account: bool,
    pub redirect_to: Option<String>,
    pub refusal: Option<flow::Error>,
}

impl Context {
    pub(super) async fn of(visit: &Visit) -> Result<Self, ApiError> {
        let config = visit.tenant.config().await?;
        let policy = Arc::clone(&config.policy);
        let case_sensitive = policy.experience.username_policy.case_sensitive;
        Ok(Self {
            tenant: visit.tenant.id(),
            issuer: visit.tenant.issuer().to_owned(),
            uid: visit.uid.clone(),
            app_id: visit.app_id.clone(),
            case_sensitive_username: case_sensitive && visit.app.settings.case_sensitive_username,
            policy,
            now: visit.app.clock.now(),
            rng: visit.app.rng.clone(),
        })
    }

    /// Finds the interaction.
    pub(super) fn load(&self, r: &Read<'_>) -> Result<Loaded, Undone> {
        let missing = || ApiError::from(OAuthError::invalid_request("interaction session not found"));
        let interaction = interactions::find(r, self.tenant, &self.uid, self.now)?.ok_or_else(missing)?;
        if self.app_id.as_ref().is_some_and(|id| *id != interaction.client_id) {
            return Err(ApiError::from(interactions::client_mismatch()).into());
        }
        // The consent step has its own result; signing in there would put a login where a grant belongs.
        let state = match interaction.prompt {
            Prompt::Login => serde_json::from_str(&interaction.state).ok(),
            Prompt::Consent => None,
        };
        Ok(Loaded { interaction, state })
    }

    /// Makes steps until one is refused, and saves.
    pub(super) fn play(&self, tx: &Tx<'_>, events: Vec<Event>) -> Result<Played, Undone> {
        let Loaded { interaction, mut state } = self.load(tx)?;
        let before = state.clone();
        let client_id = interaction.client_id.clone();
        let mut played = Played {
            made: Vec::new(),
            state: None,
            created_user: false,
            changed_account: false,
            redirect_to: None,
            refusal: None,
        };
        for event in events {
            let action = event.audit_action();
            let came_for = match &event {
                Event::Start { interaction_event, .. } => Some(*interaction_event),
                _ => state.as_ref().map(|state| state.interaction_event),
            };
            let note = |state: Option<State>, error: Option<flow::Error>| {
                came_for.map(|event| Made { action, event, state, client_id: client_id.clone(), error })
            };
            let result = self.one(tx, &interaction, state.clone(), event);
            let error = match result? {
                Ok((next, effects)) => {
                    // What the log shows is the state that the step was about, also when it ended the interaction.
                    let shown = next.clone().or_else(|| state.clone());
                    state = next;
                    self.save(tx, (&interaction, &mut played), state.as_ref(), effects)?;
                    played.made.extend(note(shown, None));
                    continue;
                }
                Err(refusal) => {
                    if let Some(kept) = refusal.state {
                        state = Some(*kept);
                    }
                    refusal.error
                }
            };
            played.made.extend(note(state.clone(), Some(error.clone())));
            played.refusal = Some(error);
            break;
        }
        if played.redirect_to.is_none() && state != before {
            interactions::save_state(tx, self.tenant, &interaction, &stored(state.as_ref())?)?;
        }
        if !played.changed_account {
            tx.relax();
        }
        played.state = state;
        Ok(played)
    }

    fn one(
        &self,
        tx: &Tx<'_>,
        interaction: &Interaction,
        state: Option<State>,
        event: Event,
    ) -> Result<Result<(Option<State>, Vec<Effect>), Refusal>, Undone> {
        let over = interaction.prompt == Prompt::Consent || (interaction.result.is_some() && event != Event::Submit);
        if over {
            return Ok(Err(flow::Error::InteractionNotFound.into()));
        }
        let facts = facts::answer(tx, self, flow::questions(state.as_ref(), &event))?;
        let new_user_id = id::short(&self.rng);
        let setting = Setting { policy: &self.policy, facts: &facts, now: self.now, new_user_id: &new_user_id };
        Ok(flow::step(state, event, &setting).map(|step| (step.state, step.effects)))
    }

    /// Performs the effects of a step. A session ends the unit: state and result are written together.
    fn save(
        &self,
        tx: &Tx<'_>,
        (interaction, played): (&Interaction, &mut Played),
        state: Option<&State>,
        effects: Vec<Effect>,
    ) -> Result<(), Undone> {
        for effect in effects {
            played.created_user |= matches!(effect, Effect::CreateUser { .. });
            played.changed_account |= effect.changes_account();
            let Effect::Session { user_id } = effect else {
                effects::perform(tx, self, effect)?;
                continue;
            };
            match &interaction.result {
                Some(InteractionResult::Login(login)) if login.account_id == user_id => {}
                _ => interactions::set_login_result(tx, self.tenant, interaction, (&user_id, &stored(state)?))?,
            }
            played.redirect_to = Some(interaction.resume_url(&self.issuer));
        }
        Ok(())
    }
}

/// A state as it is stored; nothing when the interaction was forgotten.
fn stored(state: Option<&State>) -> Result<String, ApiError> {
    let text = state.map_or_else(|| Ok("{}".to_owned()), serde_json::to_string);
    text.map_err(|error| ApiError::internal(error.to_string()))
}

impl Visit {
    /// Runs a unit of work over this visit's interaction, again if another request changed it meanwhile.
    pub(super) async fn unit<T, F>(&self, work: F) -> Result<T, ApiError>
    where
        F: Fn(&Tx<'_>, &Context) -> Result<T, Undone> + Clone + Send + 'static,
        T: Send + 'static,
    {
        let context = Context::of(self).await?;
        for _ in 1..TRIES {
            let (context, work) = (context.clone(), work.clone());
            match self.app.db.write(move |tx| work(tx, &context)).await {
                Err(Undone::Storage(DbError::Conflict)) => {}
                result => return result.map_err(ApiError::from),
            }
        }
        self.app.db.write(move |tx| work(tx, &context)).await.map_err(ApiError::from)
    }
}
