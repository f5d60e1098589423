//! One counted attempt for every answer that could be guessed, in sign-ins and at the account API: it is compared here and nowhere else
//! (C3, C4, C11). `prove` takes only the [`Counted`] outcome that is made here.

use flow::FlowError;
use flow::verification::Counted;

use super::attempt_limit::{self, LimitKey};
use super::to_api_error;
use super::transaction::StepError;
use crate::ApiError;
use crate::work::Work;

/// Where answers are given: in a sign-in, or at the account API. It says in which transactions that is, and who is told of refusals.
pub(crate) trait AttemptPlace: Clone + Send + Sync + 'static {
    /// What a transaction has beside its unit of work.
    type Context;
    /// What was known when the attempt began.
    type Begun: Clone + Send + 'static;

    /// Runs `work` in a transaction, more than once if another request was in the way.
    fn transaction<T, F>(&self, work: F) -> impl Future<Output = Result<T, ApiError>> + Send
    where
        F: Fn(&Work<'_>, &Self::Context) -> Result<T, StepError> + Clone + Send + Sync + 'static,
        T: Send + 'static;

    /// What is known now.
    fn begin(&self, work: &Work<'_>, context: &Self::Context) -> Result<Self::Begun, StepError>;

    /// Notes an answer that was refused.
    fn note_refusal(
        &self,
        work: &Work<'_>,
        context: &Self::Context,
        begun: &Self::Begun,
        error: &FlowError,
    ) -> Result<(), StepError>;

    /// Notes one that was not even compared. There may be a stream of these, so that they have a budget: `false` when it is used up.
    fn note_unheard(
        &self,
        work: &Work<'_>,
        context: &Self::Context,
        begun: &Self::Begun,
        error: &FlowError,
    ) -> Result<bool, StepError>;

    /// Tells webhooks of an attempt at something that is locked (inventory H015, trace 60-05).
    fn emit_lockout(
        &self,
        work: &Work<'_>,
        context: &Self::Context,
        begun: &Self::Begun,
        key: &LimitKey,
    ) -> Result<(), StepError>;
}

/// An answer that is about to be compared.
#[derive(Clone)]
pub(crate) struct Attempt<P> {
    /// The counter that it belongs to.
    pub key: LimitKey,
    /// How a wrong answer is refused.
    pub wrong: FlowError,
    pub place: P,
}

/// An attempt that was counted.
#[derive(Clone)]
struct StartedAttempt<B, M> {
    is_admitted: bool,
    begun: B,
    /// What the answer is compared with.
    material: M,
}

impl<P: AttemptPlace> Attempt<P> {
    /// Counts the attempt and reads in the same transaction, by `prepare`, what the answer is compared with. `compare` runs
    /// between the transactions, because hashing takes long; it returns none for a wrong answer. `accept` takes a right one,
    /// in the transaction that refunds the attempt; it returns none if the answer was used up meanwhile, and must have changed
    /// nothing then. Every rejection is noted.
    ///
    /// # Errors
    /// 400 `session.verification_blocked_too_many_attempts`; the error for a wrong answer; those of the place and of the three
    /// functions. An answer that could not be compared, or not be taken though it was right, does not count.
    pub(crate) async fn run<M, C, T, F>(
        self,
        prepare: impl Fn(&Work<'_>, &P::Context) -> Result<M, StepError> + Clone + Send + Sync + 'static,
        compare: impl FnOnce(M) -> F,
        accept: impl Fn(&Work<'_>, &P::Context, Counted<C>) -> Result<Option<T>, StepError> + Clone + Send + Sync + 'static,
    ) -> Result<T, ApiError>
    where
        M: Clone + Send + Sync + 'static,
        C: Clone + Send + Sync + 'static,
        T: Send + 'static,
        P::Begun: Sync,
        F: Future<Output = Result<Option<C>, ApiError>>,
    {
        let (this, place) = (self.clone(), self.place.clone());
        let started = place.transaction(move |work, context| this.start(work, context, &prepare)).await?;
        if !started.is_admitted {
            return Err(to_api_error(&self.too_many_attempts()));
        }
        let answer = match compare(started.material.clone()).await {
            Ok(Some(answer)) => answer,
            Ok(None) => {
                let reject = move |work: &Work<'_>, context: &P::Context| self.reject(work, context, &started.begun);
                return Err(to_api_error(&place.transaction(reject).await?));
            }
            Err(error) => {
                place.transaction(move |work, _| Ok(attempt_limit::refund_attempt(work, &self.key)?)).await?;
                return Err(error);
            }
        };
        let (key, refunding) = (self.key.clone(), place.clone());
        let accepted = place
            .transaction(move |work, context| {
                if !attempt_limit::refund_attempt(work, &self.key)? {
                    self.refuse(work, context, &started.begun, &self.too_many_attempts())?;
                    return Ok(Err(self.too_many_attempts()));
                }
                #[expect(clippy::disallowed_methods, reason = "this is the counted attempt")]
                let counted = Counted::before_comparison(answer.clone());
                if let Some(accepted) = accept(work, context, counted)? {
                    return Ok(Ok(accepted));
                }
                attempt_limit::count_attempt(work, &self.key)?;
                self.reject(work, context, &started.begun).map(Err)
            })
            .await;
        if accepted.is_err() {
            // It was right, and is given again: nothing was learned from it.
            refunding.transaction(move |work, _| Ok(attempt_limit::refund_attempt(work, &key)?)).await?;
        }
        accepted?.map_err(|error| to_api_error(&error))
    }

    fn start<M>(
        &self,
        work: &Work<'_>,
        context: &P::Context,
        prepare: &impl Fn(&Work<'_>, &P::Context) -> Result<M, StepError>,
    ) -> Result<StartedAttempt<P::Begun, M>, StepError> {
        let begun = self.place.begin(work, context)?;
        let material = prepare(work, context)?;
        let is_admitted = attempt_limit::count_attempt(work, &self.key)?;
        // Nothing is compared any more, so that nothing but the budget ends a stream of these.
        if !is_admitted && self.place.note_unheard(work, context, &begun, &self.too_many_attempts())? {
            self.place.emit_lockout(work, context, &begun, &self.key)?;
        }
        Ok(StartedAttempt { is_admitted, begun, material })
    }

    /// Keeps the count of a wrong answer. Returns the error.
    fn reject(&self, work: &Work<'_>, context: &P::Context, begun: &P::Begun) -> Result<FlowError, StepError> {
        work.require_durable();
        let error = match attempt_limit::record_failure(work, &self.key)? {
            true => self.too_many_attempts(),
            false => self.wrong.clone(),
        };
        self.refuse(work, context, begun, &error)?;
        Ok(error)
    }

    /// Notes the rejected attempt. Every attempt at something that is locked is an event.
    fn refuse(
        &self,
        work: &Work<'_>,
        context: &P::Context,
        begun: &P::Begun,
        error: &FlowError,
    ) -> Result<(), StepError> {
        if matches!(error, FlowError::TooManyAttempts { .. }) {
            self.place.emit_lockout(work, context, begun, &self.key)?;
        }
        self.place.note_refusal(work, context, begun, error)
    }

    fn too_many_attempts(&self) -> FlowError {
        let minutes = self.key.policy.lockout_seconds() / 60;
        FlowError::TooManyAttempts { relative_time: minutes.to_string() }
    }
}
