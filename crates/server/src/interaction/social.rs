//! Signing in at a social provider (E013, E014): sending the person away, and taking what the provider says when they come
//! back. What must be kept meanwhile (nonce, code verifier) is sealed in the interaction, so that only the browser that left
//! can come back (attack D13).

use axum::http::StatusCode;
use federation::{Account, AuthorizationRequest, FederationError, ProviderSession, TokenSet};
use flow::verification::{Pending, Social, SocialAccount, Verification};
use flow::{Event, FlowError, State, VerificationRecord};
use kernel::ids::ApplicationId;
use serde_json::{Map, Value, json};

use super::audit::AuditDetails;
use super::browser::InteractionBrowser;
use super::second_factors::{open, seal};
use super::to_api_error;
use super::token_sets;
use super::transaction::{LoadedInteraction, StepContext, StepError, StepRecord, StepsOutcome};
use crate::ApiError;
use crate::connectors::social::{SocialConnector, get_enabled};
use crate::work::View;

/// What a provider says of a person is kept with the interaction and the identity; more than this is left out, in bytes of JSON.
const MAX_RAW_DATA: usize = 16 << 10;

/// A person who is to be sent to a provider.
#[derive(Debug, Clone)]
pub struct SocialRequest {
    pub connector_id: String,
    /// The id of the new verification.
    pub verification_id: String,
    pub state: String,
    /// Where the provider sends the person back to.
    pub redirect_uri: String,
}

/// A person who came back.
#[derive(Debug, Clone)]
pub struct SocialResponse {
    pub connector_id: String,
    pub verification_id: String,
    /// The parameters that the provider sent.
    pub parameters: Map<String, Value>,
}

impl InteractionBrowser {
    /// Begins a verification, after the events `before`, and returns the address at the provider.
    ///
    /// # Errors
    /// 404 `entity.not_found`, 400 `connector.unexpected_type` or `connector.not_enabled`; a refusal of the events.
    pub async fn begin_social(&self, request: SocialRequest, before: Vec<Event>) -> Result<String, ApiError> {
        let begin = move |work: &crate::work::Work<'_>, context: &StepContext| {
            let SocialRequest { connector_id, verification_id, state, redirect_uri } = &request;
            let targets = &context.policy.experience.social_sign_in_connector_targets;
            let connector = get_enabled(work, connector_id, targets)?;
            let asked = AuthorizationRequest { state, redirect_uri, scope: None };
            let (uri, session) = connector.provider.authorization_uri(asked, work.rng());
            let session = serde_json::to_string(&session).map_err(|error| ApiError::internal(error.to_string()))?;
            let connector_session = Some(Value::String(seal(work, verification_id, &session)?));
            let question = Social { connector_id: connector.id, connector_session };
            let record = VerificationRecord::Social(Pending::new(verification_id.as_str(), question).into());
            let details = AuditDetails::with_payload(json!({"connectorId": connector_id, "redirectUri": redirect_uri}));
            let mut events = before.clone();
            events.push(Event::Record(record));
            match context.apply_events(work, events, &details)?.error {
                Some(error) => Err(to_api_error(&error).into()),
                None => Ok(String::from(uri)),
            }
        };
        self.transaction(begin).await
    }

    /// Completes a verification and applies the events `after`.
    ///
    /// # Errors
    /// 404 `session.verification_session_not_found`, 400 `session.connector_session_not_found` for one that was completed, and
    /// the codes of [`federation_error`].
    pub(super) async fn verify_social(
        &self,
        response: SocialResponse,
        after: Vec<Event>,
    ) -> Result<StepsOutcome, ApiError> {
        let SocialResponse { connector_id, verification_id, parameters } = response;
        let (connector, id) = (connector_id.clone(), verification_id.clone());
        let waiting = self.transaction(move |work, context| find_waiting(work, context, &connector, &id)).await?;
        let completed = self.app.federation.complete(&waiting.connector.provider, &waiting.session, &parameters);
        let account = match completed.await {
            Ok(account) => account,
            Err(error) => {
                let refusal = federation_error(&error);
                waiting.audit(&StepContext::of(self), &refusal, &error);
                return Err(refusal);
            }
        };
        let (info, tokens) = user_info(account)?;
        let accept = move |work: &crate::work::Work<'_>, context: &StepContext| {
            // The connector may be another one by now, or gone (attack D10).
            let now = find_waiting(work, context, &connector_id, &verification_id)?;
            if now.connector.provider != waiting.connector.provider || now.sealed != waiting.sealed {
                return Err(to_api_error(&FlowError::VerificationFailed).into());
            }
            let kept = tokens.clone().filter(|_| now.connector.keeps_tokens);
            let account_id = info.get("id").and_then(Value::as_str).unwrap_or_default();
            let sealed = kept.map(|tokens| token_sets::seal(work, &connector_id, account_id, tokens)).transpose()?;
            let account = SocialAccount {
                connector_id: connector_id.clone(),
                target: now.connector.target,
                sync_profile: now.connector.sync_profile,
                social_user_info: info.clone(),
                encrypted_token_set: sealed.flatten(),
            };
            let proven = now.pending.prove(account).map_err(|error| to_api_error(&error))?;
            let mut events = vec![Event::Record(VerificationRecord::Social(Verification::Verified(proven)))];
            events.extend(after.clone());
            let payload = json!({"connectorId": connector_id, "verificationId": verification_id});
            context.apply_events(work, events, &AuditDetails::with_payload(payload))
        };
        self.transaction(accept).await
    }
}

/// A verification whose person has not come back yet.
struct Waiting {
    connector: SocialConnector,
    pending: Pending<Social>,
    session: ProviderSession,
    sealed: String,
    state: State,
    client_id: ApplicationId,
}

impl Waiting {
    /// Says in the audit log what the provider refused. It changed nothing, so it has the budget of refused steps.
    fn audit(&self, context: &StepContext, refusal: &ApiError, error: &FederationError) {
        let payload = json!({"connectorId": self.connector.id, "verificationId": self.pending.id});
        let message = refusal.message(kernel::Locale::En);
        let said = json!({"code": refusal.code(), "message": message, "data": {"reason": error.to_string()}});
        let details =
            AuditDetails::with_payload(payload).with_member("result", json!("Error")).with_member("error", said);
        let record = StepRecord {
            action: "Verification.Social.Submit",
            event: self.state.interaction_event,
            state: Some(self.state.clone()),
            client_id: self.client_id.clone(),
            error: None,
        };
        context.audit_refusal(&record, &details);
    }
}

fn find_waiting(
    view: &View<'_>,
    context: &StepContext,
    connector_id: &str,
    verification_id: &str,
) -> Result<Waiting, StepError> {
    let LoadedInteraction { interaction, state } = context.load(view)?;
    let state = state.filter(|state| !state.submitted);
    let state = state.ok_or_else(|| to_api_error(&FlowError::InteractionNotFound))?;
    let record = state.record(verification_id).map_err(|error| to_api_error(&error))?;
    let VerificationRecord::Social(record) = record else {
        return Err(to_api_error(&FlowError::VerificationNotFound).into());
    };
    // Began at another provider (attacks D3 and D19).
    if record.connector_id() != connector_id {
        return Err(to_api_error(&FlowError::VerificationNotFound).into());
    }
    let used = || ApiError::bad_request("session.connector_session_not_found");
    let Verification::Pending(pending) = record.clone() else { return Err(used().into()) };
    let sealed = pending.question.connector_session.as_ref().and_then(Value::as_str).ok_or_else(used)?.to_owned();
    let session = serde_json::from_str(&open(view, verification_id, &sealed)?).map_err(|_| used())?;
    let targets = &context.policy.experience.social_sign_in_connector_targets;
    let connector = get_enabled(view, connector_id, targets)?;
    Ok(Waiting { connector, pending, session, sealed, state, client_id: interaction.client_id })
}

/// What may be believed of what the provider says: an address or number that it has not verified is left out, because it would
/// lead to the account of somebody else (attack D1).
pub(crate) fn user_info(account: Account) -> Result<(Map<String, Value>, Option<TokenSet>), ApiError> {
    let Account { mut user, email_is_verified, phone_is_verified, tokens } = account;
    user.email = user.email.filter(|_| email_is_verified);
    user.phone = user.phone.filter(|_| phone_is_verified);
    if user.raw_data.to_string().len() > MAX_RAW_DATA {
        user.raw_data = Value::Object(Map::new());
    }
    match serde_json::to_value(&user) {
        Ok(Value::Object(members)) => Ok((members, tokens)),
        _ => Err(ApiError::internal("the account at a provider is not an object")),
    }
}

/// The error for the person. Its text is for who set the connector up, and may name hosts: it is only logged.
pub(crate) fn federation_error(error: &FederationError) -> ApiError {
    tracing::info!(%error, "a sign-in at a provider failed");
    let (status, code) = match error {
        FederationError::Refused { .. } => (StatusCode::UNAUTHORIZED, "connector.authorization_failed"),
        FederationError::MissingParameter(_) => (StatusCode::BAD_REQUEST, "connector.invalid_request_parameters"),
        FederationError::OtherRequest(_) => (StatusCode::BAD_REQUEST, "session.csrf_token_mismatch"),
        FederationError::InvalidCode(_) => (StatusCode::UNAUTHORIZED, "connector.social_auth_code_invalid"),
        FederationError::InvalidAccessToken => (StatusCode::UNAUTHORIZED, "connector.social_invalid_access_token"),
        FederationError::InvalidIdToken(_) => (StatusCode::UNAUTHORIZED, "connector.social_invalid_id_token"),
        FederationError::InvalidResponse { .. } => (StatusCode::BAD_REQUEST, "connector.invalid_response"),
        FederationError::Unreachable { .. } => (StatusCode::BAD_REQUEST, "connector.general"),
    };
    ApiError::new(status, code)
}
