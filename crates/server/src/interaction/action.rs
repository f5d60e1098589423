//! The action at the end of a sign-in (inventory E078, O133). It runs between two transactions: the first gets as far as it can without
//! it and is undone, the second does everything.

use std::sync::Arc;

use ::api::ErrorCode;
use ::api::scripts::ActionType;
use flow::{InteractionEvent, State};
use kernel::ids::{ApplicationId, UserId};
use serde_json::{Map, Value};

use super::browser::InteractionBrowser;
use super::transaction::{StepContext, StepError};
use crate::ApiError;
use crate::oidc::interactions::Interaction;
use crate::scripts::actions::{self, SignInFacts};
use crate::scripts::patch::UserPatch;
use crate::scripts::{ReadyAction, Scripts};
use crate::users::{self, store};
use crate::work::Work;

/// The action of a step, and what came out of it.
#[derive(Clone, Default)]
pub(super) struct StepAction {
    ready: Option<Arc<ReadyAction>>,
    ran: Option<Ran>,
}

/// An action that ran for a user.
#[derive(Clone)]
struct Ran {
    user_id: UserId,
    client_id: ApplicationId,
    /// None if it changes nothing, or failed and that does not matter.
    patch: Option<UserPatch>,
    has_failed: bool,
}

/// What a step can't be completed without.
#[derive(Debug)]
pub(crate) struct AskedAction {
    user_id: UserId,
    client_id: ApplicationId,
    event: Map<String, Value>,
}

impl StepAction {
    pub(super) fn of(scripts: &Scripts) -> Self {
        Self { ready: scripts.action(ActionType::PostSignIn).cloned(), ran: None }
    }

    /// Runs the action that a step asked for.
    ///
    /// # Errors
    /// The refusal of the sign-in if the action failed.
    pub(super) async fn run(&mut self, browser: &InteractionBrowser, asked: AskedAction) -> Result<(), ApiError> {
        let AskedAction { user_id, client_id, event } = asked;
        let Some(action) = self.ready.clone() else { return Ok(()) };
        let outcome = actions::post_sign_in(browser, &action, event).await;
        let has_failed = outcome.is_err();
        let patch = match outcome {
            Ok(patch) => patch,
            Err(failure) => {
                log_failure(browser, &user_id, &client_id, failure.to_string());
                actions::failed(&action, &failure)?;
                None
            }
        };
        self.ran = Some(Ran { user_id, client_id, patch, has_failed });
        Ok(())
    }

    /// Goes on without the changes, which were refused.
    ///
    /// # Errors
    /// The refusal of the sign-in, unless the action says that it goes on.
    pub(super) fn refuse(&mut self, browser: &InteractionBrowser, error: ApiError) -> Result<(), ApiError> {
        let (Some(action), Some(ran)) = (&self.ready, &mut self.ran) else { return Err(error) };
        log_failure(browser, &ran.user_id, &ran.client_id, error.code().to_owned());
        actions::refused(action, error)?;
        (ran.patch, ran.has_failed) = (None, true);
        Ok(())
    }

    pub(super) fn has_run(&self) -> bool {
        self.ran.is_some()
    }
}

fn log_failure(browser: &InteractionBrowser, user_id: &UserId, client_id: &ApplicationId, text: String) {
    let entry = actions::entry(browser, ActionType::PostSignIn, Some(user_id), client_id, Err(text));
    browser.app.audit(browser.tenant_id(), &entry);
}

impl StepContext {
    /// What the action of the tenant changes in a user whose sign-in is about to be completed. A sign-in is never completed without it.
    ///
    /// # Errors
    /// [`StepError::AsksAction`] if it did not run yet; [`StepError::ActionRefused`] for changes that can't be made.
    pub(super) fn take_action(
        &self,
        work: &Work<'_>,
        interaction: &Interaction,
        state: Option<&State>,
        user_id: &UserId,
    ) -> Result<(), StepError> {
        let is_sign_in = |state: &&State| state.interaction_event == InteractionEvent::SignIn;
        let (Some(_), Some(state)) = (&self.action.ready, state.filter(is_sign_in)) else { return Ok(()) };
        let Some(ran) = self.action.ran.as_ref().filter(|ran| ran.user_id == *user_id) else {
            let (user, client_id) = (store::get(work, user_id)?, &interaction.client_id);
            let facts = SignInFacts { interaction: state.view(), client_id, user: Some(user) };
            let event = actions::event(work, facts)?;
            let asked = AskedAction { user_id: user_id.clone(), client_id: client_id.clone(), event };
            return Err(StepError::AsksAction(Box::new(asked)));
        };
        if ran.has_failed {
            return Ok(());
        }
        let mut names: &[String] = &[];
        if let Some(patch) = &ran.patch {
            names = patch.names();
            patch.apply(work, user_id, self.case_sensitive_username).map_err(StepError::ActionRefused)?;
            self.require_same_identifier(work, state, user_id)?;
        }
        let (kind, client_id) = (ActionType::PostSignIn, &interaction.client_id);
        Ok(work.audit(&actions::entry(&self.browser, kind, Some(user_id), client_id, Ok(names)))?)
    }

    /// Whoever signs in must still be the one whom their proof names.
    fn require_same_identifier(&self, work: &Work<'_>, state: &State, user_id: &UserId) -> Result<(), StepError> {
        let user = users::flow_user(work, &store::get(work, user_id)?)?;
        flow::require_standing(state, &user, &self.policy)
            .map_err(|_| StepError::ActionRefused(ApiError::unprocessable(ErrorCode::ActionSignInIdentifierChanged)))
    }
}
