//! One counted attempt for every factor: each answer that could be guessed is compared here and nowhere else (C3, C4, C11).
//! `prove` takes only the [`Counted`] outcome that is made here.

use flow::verification::Counted;
use flow::{FlowError, State};
use kernel::id;
use kernel::ids::ApplicationId;
use serde_json::json;

use super::attempt_limit::{self, LimitKey};
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

/// An attempt that was counted.
#[derive(Clone)]
struct StartedAttempt<M> {
    is_admitted: bool,
    state: State,
    client_id: ApplicationId,
    /// What the answer is compared with.
    material: M,
}

impl<M> StartedAttempt<M> {
    /// The audit record of the rejected attempt.
    fn rejection(&self, action: &'static str, error: FlowError) -> StepRecord {
        StepRecord {
            action,
            event: self.state.interaction_event,
            state: Some(self.state.clone()),
            client_id: self.client_id.clone(),
            error: Some(error),
        }
    }
}

impl CountedAttempt {
    /// Counts the attempt and reads in the same transaction, by `prepare`, what the answer is compared with. `compare` runs
    /// between the transactions, because hashing takes long; it returns none for a wrong answer. `accept` takes a right one,
    /// in the transaction that refunds the attempt; it returns none if the answer was used up meanwhile, and must have changed
    /// nothing then. Every rejection has its audit entry.
    ///
    /// # Errors
    /// 404 `session.interaction_not_found`; 400 `session.verification_blocked_too_many_attempts`; the error for a wrong answer;
    /// those of the three functions. An answer that could not be compared does not count.
    pub(super) async fn run<M, C, T, F>(
        self,
        browser: &InteractionBrowser,
        prepare: impl Fn(&Work<'_>, &StepContext) -> Result<M, StepError> + Clone + Send + 'static,
        compare: impl FnOnce(M) -> F,
        accept: impl Fn(&Work<'_>, &StepContext, Counted<C>) -> Result<Option<T>, StepError> + Clone + Send + 'static,
    ) -> Result<T, ApiError>
    where
        M: Clone + Send + 'static,
        C: Clone + Send + 'static,
        T: Send + 'static,
        F: Future<Output = Result<Option<C>, ApiError>>,
    {
        let this = self.clone();
        let started = browser.transaction(move |work, context| this.start(work, context, &prepare)).await?;
        if !started.is_admitted {
            return Err(to_api_error(&self.too_many_attempts()));
        }
        let answer = match compare(started.material.clone()).await {
            Ok(Some(answer)) => answer,
            Ok(None) => {
                let reject = move |work: &Work<'_>, context: &StepContext| self.reject(work, context, &started);
                return Err(to_api_error(&browser.transaction(reject).await?));
            }
            Err(error) => {
                browser.transaction(move |work, _| Ok(attempt_limit::refund_attempt(work, &self.key)?)).await?;
                return Err(error);
            }
        };
        let accepted = browser
            .transaction(move |work, context| {
                if !attempt_limit::refund_attempt(work, &self.key)? {
                    self.refuse(work, context, &started, &self.too_many_attempts())?;
                    return Ok(Err(self.too_many_attempts()));
                }
                #[expect(clippy::disallowed_methods, reason = "this is the counted attempt")]
                let counted = Counted::before_comparison(answer.clone());
                if let Some(accepted) = accept(work, context, counted)? {
                    return Ok(Ok(accepted));
                }
                attempt_limit::count_attempt(work, &self.key)?;
                self.reject(work, context, &started).map(Err)
            })
            .await?;
        accepted.map_err(|error| to_api_error(&error))
    }

    fn start<M>(
        &self,
        work: &Work<'_>,
        context: &StepContext,
        prepare: &impl Fn(&Work<'_>, &StepContext) -> Result<M, StepError>,
    ) -> Result<StartedAttempt<M>, StepError> {
        let LoadedInteraction { interaction, state } = context.load(work)?;
        let state = self.begun.clone().or_else(|| state.filter(|state| !state.submitted));
        let state = state.ok_or_else(|| to_api_error(&FlowError::InteractionNotFound))?;
        let material = prepare(work, context)?;
        let is_admitted = attempt_limit::count_attempt(work, &self.key)?;
        let started = StartedAttempt { is_admitted, state, client_id: interaction.client_id, material };
        if !is_admitted {
            // Nothing is compared any more, so that nothing but the log's budget ends a stream of these.
            let record = started.rejection(self.action, self.too_many_attempts());
            if context.audit_refusal(&record, &self.details) {
                self.emit_lockout(work, context, &started)?;
            }
        }
        Ok(started)
    }

    /// Keeps the count of a wrong answer. Returns the error.
    fn reject<M>(
        &self,
        work: &Work<'_>,
        context: &StepContext,
        started: &StartedAttempt<M>,
    ) -> Result<FlowError, StepError> {
        work.require_durable();
        let error = match attempt_limit::record_failure(work, &self.key)? {
            true => self.too_many_attempts(),
            false => self.wrong.clone(),
        };
        self.refuse(work, context, started, &error)?;
        Ok(error)
    }

    /// Logs the rejected attempt.
    fn refuse<M>(
        &self,
        work: &Work<'_>,
        context: &StepContext,
        started: &StartedAttempt<M>,
        error: &FlowError,
    ) -> Result<(), StepError> {
        if matches!(error, FlowError::TooManyAttempts { .. }) {
            self.emit_lockout(work, context, started)?;
        }
        Ok(context.audit(work, &started.rejection(self.action, error.clone()), &self.details)?)
    }

    /// Every attempt at a locked identifier is an event (inventory H015, trace 60-05).
    fn emit_lockout<M>(
        &self,
        work: &Work<'_>,
        context: &StepContext,
        started: &StartedAttempt<M>,
    ) -> Result<(), StepError> {
        work.enter_interaction(InteractionOrigin {
            event: started.state.interaction_event,
            session_id: id::token_digest(&context.browser.uid),
            client_id: started.client_id.clone(),
        });
        let body = || {
            let body = EventBody::default();
            match &self.key.identifier {
                Some(typed) => body.with("type", json!(typed.kind)).with("value", typed.value.clone()),
                None => body.with("userId", json!(started.state.user_id)),
            }
        };
        Ok(work.emit(EventKind::IdentifierLockout, body)?)
    }

    fn too_many_attempts(&self) -> FlowError {
        let minutes = self.key.policy.lockout_seconds() / 60;
        FlowError::TooManyAttempts { relative_time: minutes.to_string() }
    }
}
