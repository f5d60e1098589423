//! Attempts in an interaction: its log, its events, and that it must have begun.

use flow::verification::Counted;
use flow::{FlowError, State};
use kernel::id;
use kernel::ids::ApplicationId;
use serde_json::json;

use super::attempt::{Attempt, AttemptPlace};
use super::attempt_limit::LimitKey;
use super::audit::AuditDetails;
use super::browser::InteractionBrowser;
use super::to_api_error;
use super::transaction::{LoadedInteraction, StepContext, StepError, StepRecord};
use crate::ApiError;
use crate::events::{EventBody, EventKind, InteractionOrigin};
use crate::work::Work;

/// An answer that is about to be compared.
#[derive(Clone)]
pub(super) struct CountedAttempt {
    /// The counter that it belongs to.
    pub key: LimitKey,
    /// What the audit log calls it: `Verification.Password.Submit`.
    pub action: &'static str,
    /// How a wrong answer is refused.
    pub wrong: FlowError,
    /// The state of the interaction that the same request begins; else one must have begun before.
    pub begun: Option<State>,
    pub details: AuditDetails,
}

impl CountedAttempt {
    /// As [`Attempt::run`].
    ///
    /// # Errors
    /// 404 `session.interaction_not_found`; those of [`Attempt::run`].
    pub(super) async fn run<M, C, T, F>(
        self,
        browser: &InteractionBrowser,
        prepare: impl Fn(&Work<'_>, &StepContext) -> Result<M, StepError> + Clone + Send + Sync + 'static,
        compare: impl FnOnce(M) -> F,
        accept: impl Fn(&Work<'_>, &StepContext, Counted<C>) -> Result<Option<T>, StepError> + Clone + Send + Sync + 'static,
    ) -> Result<T, ApiError>
    where
        M: Clone + Send + Sync + 'static,
        C: Clone + Send + Sync + 'static,
        T: Send + 'static,
        F: Future<Output = Result<Option<C>, ApiError>>,
    {
        let Self { key, action, wrong, begun, details } = self;
        let place = InteractionPlace { browser: browser.clone(), action, begun, details };
        Attempt { key, wrong, place }.run(prepare, compare, accept).await
    }
}

/// An interaction in which an answer is given.
#[derive(Clone)]
struct InteractionPlace {
    browser: InteractionBrowser,
    action: &'static str,
    begun: Option<State>,
    details: AuditDetails,
}

/// What was known of the interaction when the attempt began.
#[derive(Clone)]
struct Begun {
    state: State,
    client_id: ApplicationId,
}

impl InteractionPlace {
    /// The audit record of the rejected attempt.
    fn rejection(&self, begun: &Begun, error: &FlowError) -> StepRecord {
        StepRecord {
            action: self.action,
            event: begun.state.interaction_event,
            state: Some(begun.state.clone()),
            client_id: begun.client_id.clone(),
            error: Some(error.clone()),
        }
    }
}

impl AttemptPlace for InteractionPlace {
    type Context = StepContext;
    type Begun = Begun;

    async fn transaction<T, F>(&self, work: F) -> Result<T, ApiError>
    where
        F: Fn(&Work<'_>, &StepContext) -> Result<T, StepError> + Clone + Send + Sync + 'static,
        T: Send + 'static,
    {
        self.browser.transaction(work).await
    }

    fn begin(&self, work: &Work<'_>, context: &StepContext) -> Result<Begun, StepError> {
        let LoadedInteraction { interaction, state } = context.load(work)?;
        let state = self.begun.clone().or_else(|| state.filter(|state| !state.submitted));
        let state = state.ok_or_else(|| to_api_error(&FlowError::InteractionNotFound))?;
        Ok(Begun { state, client_id: interaction.client_id })
    }

    fn note_refusal(
        &self,
        work: &Work<'_>,
        context: &StepContext,
        begun: &Begun,
        error: &FlowError,
    ) -> Result<(), StepError> {
        Ok(work.audit(&self.rejection(begun, error).entry(&context.browser, &self.details))?)
    }

    fn note_unheard(
        &self,
        _: &Work<'_>,
        context: &StepContext,
        begun: &Begun,
        error: &FlowError,
    ) -> Result<bool, StepError> {
        Ok(context.audit_refusal(&self.rejection(begun, error), &self.details))
    }

    fn emit_lockout(
        &self,
        work: &Work<'_>,
        context: &StepContext,
        begun: &Begun,
        key: &LimitKey,
    ) -> Result<(), StepError> {
        work.enter_interaction(InteractionOrigin {
            event: begun.state.interaction_event,
            session_id: id::token_digest(&context.browser.uid),
            client_id: begun.client_id.clone(),
        });
        let body = || {
            let body = EventBody::default();
            match &key.identifier {
                Some(typed) => body.with("type", json!(typed.kind)).with("value", typed.value.clone()),
                None => body.with("userId", json!(begun.state.user_id)),
            }
        };
        Ok(work.emit(EventKind::IdentifierLockout, body)?)
    }
}
