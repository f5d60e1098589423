//! Signing in at a provider, social or of an enterprise (E013–E016): sending the person away, and taking what the provider says
//! when they come back. What must be kept meanwhile (nonce, code verifier) is sealed in the interaction, so that only the browser
//! that left can come back (attack D13).

use std::sync::Arc;

use federation::{AuthorizationRequest, ProviderSession};
use flow::{Event, FlowError, State};
use kernel::ids::ApplicationId;
use serde_json::{Map, Value, json};

use super::audit::AuditDetails;
use super::browser::InteractionBrowser;
use super::provider_connector::{Asked, ProviderConnector, ProviderKind, federation_error};
use super::provider_exchange::{ProviderAnswer, ask, asks_provider, prove, provider_place, session_of, user_info};
use super::to_api_error;
use super::transaction::{LoadedInteraction, StepContext, StepError, StepRecord, StepsOutcome};
use crate::ApiError;
use crate::oidc::interactions::Interaction;
use crate::work::{View, Work};

/// The interaction belongs to one browser already.
const NO_HOLDER: &str = "";

/// A person who is to be sent to a provider.
#[derive(Debug, Clone)]
pub struct ProviderRequest {
    pub kind: ProviderKind,
    pub connector_id: String,
    /// The id of the new verification.
    pub verification_id: String,
    pub state: String,
    /// Where the provider sends the person back to.
    pub redirect_uri: String,
}

/// A person who came back.
#[derive(Debug, Clone)]
pub struct ProviderResponse {
    /// None if the verification says it.
    pub kind: Option<ProviderKind>,
    pub connector_id: String,
    pub verification_id: String,
    /// The parameters that the provider sent.
    pub parameters: Map<String, Value>,
}

impl InteractionBrowser {
    /// Begins a verification, after the events `before`, and returns the address at the provider.
    ///
    /// # Errors
    /// As [`ProviderConnector::get`]; a refusal of the events; of an enterprise also the codes of [`federation_error`].
    pub async fn begin_at_provider(&self, request: ProviderRequest, before: Vec<Event>) -> Result<String, ApiError> {
        let (kind, id, policy) = (request.kind, request.connector_id.clone(), Arc::clone(&self.config.policy));
        let connector = self.read_inline(move |view| ProviderConnector::get(view, kind, &id, &policy)).await?;
        let provider = {
            let _place = provider_place(self)?;
            connector.provider(&self.app.federation).await?
        };
        let begin = move |work: &Work<'_>, context: &StepContext| {
            let ProviderRequest { connector_id, verification_id, state, redirect_uri, .. } = &request;
            // It may be another one by now (attack D10).
            if ProviderConnector::get(work, kind, connector_id, &context.policy)? != connector {
                return Err(to_api_error(&FlowError::VerificationFailed).into());
            }
            let asked = AuthorizationRequest { state, redirect_uri, scope: None };
            let (record, uri) = ask(work, &connector, &provider, asked, verification_id, NO_HOLDER)?;
            let details = AuditDetails::with_payload(json!({"connectorId": connector_id, "redirectUri": redirect_uri}));
            let mut events = before.clone();
            events.push(Event::Record(record));
            match context.apply_events(work, events, &details)?.error {
                Some(error) => Err(to_api_error(&error).into()),
                None => Ok(uri),
            }
        };
        self.transaction(begin).await
    }

    /// Completes a verification and applies the events `after`.
    ///
    /// # Errors
    /// 404 `session.verification_session_not_found`, 400 `session.connector_session_not_found` for one that was completed, and
    /// the codes of [`federation_error`].
    pub(super) async fn complete_at_provider(
        &self,
        response: ProviderResponse,
        after: Vec<Event>,
    ) -> Result<StepsOutcome, ApiError> {
        let _place = provider_place(self)?;
        let asked = response.clone();
        let waiting = self.transaction(move |work, context| take_waiting(work, context, &asked)).await?;
        let provider = waiting.connector.provider(&self.app.federation).await?;
        let completed = self.app.federation.complete(&provider, &waiting.session, &response.parameters);
        let account = match completed.await {
            Ok(account) => account,
            Err(error) => {
                let refusal = federation_error(&error);
                waiting.attempt.audit(&StepContext::of(self), &refusal, &error.to_string());
                return Err(refusal);
            }
        };
        let (info, tokens) = user_info(account)?;
        let answer = ProviderAnswer { provider, info, tokens };
        let accept = move |work: &Work<'_>, context: &StepContext| {
            // The connector may be another one by now, or gone (attack D10).
            let now = find_asked(work, context, &response)?;
            if now.connector != waiting.connector || now.asked.session().is_some() {
                return Err(to_api_error(&FlowError::VerificationFailed).into());
            }
            let mut events = vec![Event::Record(prove(work, now.asked, now.connector, answer.clone())?)];
            events.extend(after.clone());
            let ProviderResponse { connector_id, verification_id, .. } = &response;
            let payload = json!({"connectorId": connector_id, "verificationId": verification_id});
            context.apply_events(work, events, &AuditDetails::with_payload(payload))
        };
        self.transaction(accept).await
    }
}

/// A verification that is not answered yet.
pub(super) struct Open {
    pub connector: ProviderConnector,
    pub asked: Asked,
    pub interaction: Interaction,
    pub state: State,
}

/// A verification whose person has come back.
struct Waiting {
    connector: ProviderConnector,
    session: ProviderSession,
    attempt: Attempt,
}

/// An answer to a verification, as the audit log names it.
pub(super) struct Attempt {
    connector_id: String,
    verification_id: String,
    client_id: ApplicationId,
    state: State,
    kind: ProviderKind,
}

impl Attempt {
    pub fn at(open: &Open, connector_id: &str, verification_id: &str) -> Self {
        Self {
            connector_id: connector_id.to_owned(),
            verification_id: verification_id.to_owned(),
            client_id: open.interaction.client_id.clone(),
            state: open.state.clone(),
            kind: open.asked.kind(),
        }
    }

    /// Says in the audit log why it was refused. It changed nothing, so it has the budget of refused steps.
    pub fn audit(&self, context: &StepContext, refusal: &ApiError, reason: &str) {
        let payload = json!({"connectorId": self.connector_id, "verificationId": self.verification_id});
        let message = refusal.message(kernel::Locale::En);
        let said = json!({"code": refusal.code(), "message": message, "data": {"reason": reason}});
        let details =
            AuditDetails::with_payload(payload).with_member("result", json!("Error")).with_member("error", said);
        let record = StepRecord {
            action: match self.kind {
                ProviderKind::Social => "Verification.Social.Submit",
                ProviderKind::Enterprise => "Verification.EnterpriseSso.Submit",
            },
            event: self.state.interaction_event,
            state: Some(self.state.clone()),
            client_id: self.client_id.clone(),
            error: None,
        };
        context.audit_refusal(&record, &details);
    }
}

/// Takes the session of a verification, so that one answer causes one request to the provider.
fn take_waiting(work: &Work<'_>, context: &StepContext, response: &ProviderResponse) -> Result<Waiting, StepError> {
    let found = find_asked(work, context, response)?;
    let mut attempt = Attempt::at(&found, &response.connector_id, &response.verification_id);
    let Open { connector, asked, interaction, mut state } = found;
    let session = session_of(work, &asked, &response.verification_id, NO_HOLDER)?;
    if asks_provider(&session, &response.parameters) {
        state.replace_record(asked.without_session());
        context.save(work, &interaction, &state)?;
    }
    attempt.state = state;
    Ok(Waiting { connector, session, attempt })
}

/// An interaction that has begun and is not over.
pub(super) fn open_state(view: &View<'_>, context: &StepContext) -> Result<(Interaction, State), StepError> {
    let LoadedInteraction { interaction, state } = context.load(view)?;
    let state = state.filter(|state| !state.submitted);
    Ok((interaction, state.ok_or_else(|| to_api_error(&FlowError::InteractionNotFound))?))
}

pub(super) fn find_asked(
    view: &View<'_>,
    context: &StepContext,
    response: &ProviderResponse,
) -> Result<Open, StepError> {
    let ProviderResponse { kind, connector_id, verification_id, .. } = response;
    let (interaction, state) = open_state(view, context)?;
    let record = state.record(verification_id).map_err(|error| to_api_error(&error))?;
    let asked = Asked::of(record, connector_id)?;
    if kind.is_some_and(|kind| kind != asked.kind()) {
        return Err(to_api_error(&FlowError::VerificationNotFound).into());
    }
    let connector = ProviderConnector::get(view, asked.kind(), connector_id, &context.policy)?;
    Ok(Open { connector, asked, interaction, state })
}
