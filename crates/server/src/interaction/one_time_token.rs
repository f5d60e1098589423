//! One-time tokens: whoever follows a magic link has the address that it was made for (E028, E091).

use ::api::one_time_tokens::OneTimeTokenEvent;
use axum::Json;
use axum::http::StatusCode;
use flow::error::OneTimeTokenFault;
use flow::unicode::normalize_identifier;
use flow::verification::{Counted, OneTimeToken, Pending};
use flow::{Event, FlowError, Identifier, IdentifierType, InteractionEvent, State, VerificationRecord};
use kernel::id;
use serde_json::{Map, Value, json};

use super::address_limit::{self, AddressLimit};
use super::attempt_limit::LimitKey;
use super::audit::AuditDetails;
use super::body_reader::{BodyReader, MAX_TEXT_CHARS};
use super::browser::InteractionBrowser;
use super::counted_attempt::CountedAttempt;
use super::form_flows::{FormOutcome, apply_events, start_event, to_outcome};
use super::password_attempt::SurroundingEvents;
use super::tabs::TabStep;
use super::transaction::{StepContext, StepError, StepsOutcome};
use super::{lookups, to_api_error};
use crate::ApiError;
use crate::http::Body;
use crate::one_time_tokens::{self, StoredToken};
use crate::routes::Routes;
use crate::work::{View, Work};

/// Each wrong token makes a counter of the address that it was sent with; nothing else slows strangers down.
const WRONG_TOKENS: AddressLimit = AddressLimit { action: "OneTimeTokenGuesses", most: 60, window_seconds: 900 };

pub(super) fn routes() -> Routes {
    Routes::new().post("/api/experience/verification/one-time-token/verify", verify)
}

/// What a magic link holds.
#[derive(Debug, Clone)]
pub struct MagicLink {
    pub email: String,
    pub token: String,
}

/// What a link does.
#[derive(Debug, Clone, Copy)]
pub struct LinkPurpose {
    /// What it was made for; any if none.
    event: Option<InteractionEvent>,
    /// Whether its address has no account yet.
    pub is_newcomer: bool,
}

async fn verify(browser: InteractionBrowser, Body(body): Body<Map<String, Value>>) -> Result<Json<Value>, ApiError> {
    let mut reader = BodyReader::new(body);
    let identifier = reader.email();
    let token = reader.text("token", 1);
    reader.into_result()?;
    let browser = browser.in_tab(TabStep::Continue).await?;
    let link = MagicLink { email: identifier.value, token };
    let (id, outcome) = browser.verify_one_time_token(link, SurroundingEvents::default()).await?;
    match outcome.error {
        Some(error) => Err(to_api_error(&error)),
        None => Ok(Json(json!({"verificationId": id}))),
    }
}

/// What a token is for, if its context says so.
fn event_of(token: &StoredToken) -> Option<InteractionEvent> {
    token.context.interaction_event.map(|event| match event {
        OneTimeTokenEvent::SignIn => InteractionEvent::SignIn,
        OneTimeTokenEvent::Register => InteractionEvent::Register,
        OneTimeTokenEvent::ForgotPassword => InteractionEvent::ForgotPassword,
    })
}

/// Why the token of a link does not hold in an interaction for `event`.
fn fault(view: &View<'_>, link: &MagicLink, event: InteractionEvent) -> Result<Option<OneTimeTokenFault>, StepError> {
    let found = one_time_tokens::find(view, &link.token)?;
    let fault = one_time_tokens::fault(found.as_ref(), &link.email, view.now());
    let is_for_other = found.as_ref().and_then(event_of).is_some_and(|wanted| wanted != event);
    Ok(fault.or(is_for_other.then_some(OneTimeTokenFault::InteractionEventMismatch)))
}

impl InteractionBrowser {
    /// Uses the token of a link up and, if it holds, applies the events. Whatever is wrong counts as a failed attempt at the
    /// address.
    async fn verify_one_time_token(
        &self,
        link: MagicLink,
        surrounding: SurroundingEvents,
    ) -> Result<(String, StepsOutcome), ApiError> {
        let begins = match surrounding.before.first() {
            Some(Event::Start { interaction_event, .. }) => Some(*interaction_event),
            _ => None,
        };
        let (context, asked) = (StepContext::of(self), link.clone());
        let fault = self.read_inline(move |view| {
            let begun = context.load(view)?.state.map(|state| state.interaction_event);
            let event = begins.or(begun).ok_or_else(|| to_api_error(&FlowError::InteractionNotFound))?;
            fault(view, &asked, event)
        });
        let fault = fault.await.map_err(ApiError::from)?;
        if fault.is_some() {
            let network = self.ip.network();
            let count = move |work: &Work<'_>| Ok::<_, ApiError>(address_limit::count(work, &WRONG_TOKENS, network)?);
            if !self.write_relaxed(count).await? {
                return Err(ApiError::new(StatusCode::TOO_MANY_REQUESTS, "request.rate_limited"));
            }
        }
        let identifier = Identifier::new(IdentifierType::Email, normalize_identifier(&link.email));
        let payload = json!({"identifier": identifier, "token": "******"});
        let attempt = CountedAttempt {
            key: LimitKey::for_identifier(identifier, self.config.policy.experience.sentinel_policy),
            action: "Verification.OneTimeToken.Submit",
            wrong: fault.unwrap_or(OneTimeTokenFault::Consumed).into(),
            begun: begins.map(|event| State::new(event, self.sign_in_context())),
            details: AuditDetails::with_payload(payload),
        };
        let (token, details) = (link.token, attempt.details.clone());
        let find = move |work: &Work<'_>, _: &StepContext| Ok(one_time_tokens::find(work, &token)?);
        let compare = async |token: Option<StoredToken>| Ok(token.filter(|_| fault.is_none()));
        let verification_id = id::entity_id(&self.app.rng);
        let id = verification_id.clone();
        let accept = move |work: &Work<'_>, context: &StepContext, token: Counted<StoredToken>| {
            let StoredToken { id: token_id, email, .. } = token.outcome();
            // Of several requests at the same time one gets here.
            if !one_time_tokens::consume(work, token_id)? {
                return Ok(None);
            }
            // The address that it was made for, not another that only looks or folds alike.
            let identifier = Identifier::new(IdentifierType::Email, normalize_identifier(email));
            let pending = Pending::new(id.clone(), OneTimeToken { identifier, one_time_token_context: None });
            let brought = token.map(|token| serde_json::to_value(&token.context).ok());
            let failed = |_| to_api_error(&FlowError::VerificationFailed);
            let proven = pending.prove(brought).map_err(failed)?;
            let record = Event::Record(VerificationRecord::OneTimeToken(proven.into()));
            let SurroundingEvents { before, after } = surrounding.clone();
            context.apply_events(work, before.into_iter().chain([record]).chain(after).collect(), &details).map(Some)
        };
        let outcome = attempt.run(self, find, compare, accept).await?;
        Ok((verification_id, outcome))
    }

    /// What an active token of this link does; the reason if it does not hold. Nothing is used up.
    ///
    /// # Errors
    /// Those of [`OneTimeTokenFault`]; a failure of the database.
    pub async fn look_at_link(&self, link: &MagicLink) -> Result<LinkPurpose, ApiError> {
        let (link, context) = (link.clone(), StepContext::of(self));
        let look = move |view: &View<'_>| {
            let found = one_time_tokens::find(view, &link.token)?;
            if let Some(fault) = one_time_tokens::fault(found.as_ref(), &link.email, view.now()) {
                return Err(to_api_error(&fault.into()));
            }
            let owner = Identifier::new(IdentifierType::Email, normalize_identifier(&link.email));
            let is_newcomer = lookups::find_user(view, &context, &owner)?.is_none();
            Ok(LinkPurpose { event: found.as_ref().and_then(event_of), is_newcomer })
        };
        self.read_inline(look).await
    }
}

/// Signs in by a link, or registers whoever has no account yet, if the link allows it: the form of the page of magic links.
///
/// # Errors
/// Those of [`OneTimeTokenFault`]; 404 `user.user_not_exist` where the link is only for signing in; 401 `user.suspended`; 400
/// `session.verification_blocked_too_many_attempts`.
pub async fn follow_link(browser: &InteractionBrowser, link: MagicLink) -> Result<FormOutcome, ApiError> {
    if link.token.is_empty()
        || link.token.chars().count() > MAX_TEXT_CHARS
        || link.email.chars().count() > MAX_TEXT_CHARS
    {
        return Err(to_api_error(&OneTimeTokenFault::NotFound.into()));
    }
    let made_for = browser.look_at_link(&link).await?.event;
    let event = made_for.unwrap_or(InteractionEvent::SignIn);
    if event == InteractionEvent::ForgotPassword {
        return Err(to_api_error(&FlowError::ForgotPasswordProof));
    }
    let surrounding = SurroundingEvents {
        before: vec![start_event(browser, event)],
        after: vec![Event::IdentifyByLatestRecord, Event::Submit],
    };
    let (_, outcome) = browser.verify_one_time_token(link, surrounding).await?;
    match outcome.error {
        Some(FlowError::UserNotExist { .. }) if made_for.is_none() => {
            let register = Event::ChangeEvent { interaction_event: InteractionEvent::Register };
            apply_events(browser, vec![register, Event::IdentifyByLatestRecord, Event::Submit]).await
        }
        _ => to_outcome(outcome),
    }
}
