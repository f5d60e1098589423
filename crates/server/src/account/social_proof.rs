//! `POST /api/verifications/social` and its `verify` (inventory A047, A048): a person is sent to a provider, and proves which account
//! there is theirs. The exchange itself is that of a sign-in ([`crate::interaction::provider_exchange`]).

use ::api::ErrorCode;
use ::api::account::{SentToProvider, SocialAnswer, SocialRequest, VerifiedRecord};
use axum::Json;
use axum::http::StatusCode;
use federation::{AuthorizationRequest, ProviderSession};
use flow::{FlowError, TenantPolicy, VerificationRecord};
use kernel::{Timestamp, id};
use serde_json::{Map, Value};

use super::records;
use crate::ApiError;
use crate::callers::{AccountNeeds, AccountOperation, AccountUser, RequestContext, account_operations};
use crate::http::RequestBody;
use crate::interaction::attempt::AttemptPlace;
use crate::interaction::provider_connector::{Asked, ProviderConnector, federation_error};
use crate::interaction::provider_exchange::{self, ProviderAnswer, provider_place, user_info};
use crate::interaction::{ProviderKind, StepError, to_api_error};
use crate::routes::Routes;
use crate::users::store::User;
use crate::work::Work;

account_operations! {
    BeginSocial = AccountNeeds::to_prove();
    CompleteSocial = AccountNeeds::to_prove();
}

pub(super) fn routes() -> Routes {
    Routes::new()
        .post("/api/verifications/social", begin_social)
        .post("/api/verifications/social/verify", complete_social)
}

/// A person who is to be sent to a provider.
#[derive(Clone)]
pub(crate) struct Departure {
    /// The id of the new record. One of the same person with this id is replaced.
    pub record_id: String,
    pub connector_id: String,
    pub state: String,
    /// Where the provider sends the person back to.
    pub redirect_uri: String,
    /// In place of the connector's scopes.
    pub scope: Option<String>,
    /// The session of the person that must come back, as [`Return::holder`] names it.
    pub holder: String,
}

/// A person who came back.
#[derive(Clone)]
pub(crate) struct Return {
    pub record_id: String,
    pub holder: String,
    /// The parameters that the provider sent.
    pub parameters: Map<String, Value>,
}

/// Where the person is sent, and when the record expires.
pub(crate) struct Destination {
    pub authorization_uri: String,
    pub expires_at: Timestamp,
}

/// Sends a person to a provider.
///
/// # Errors
/// As [`ProviderConnector::get`] and [`provider_exchange::require_request`]; those of the place.
pub(crate) async fn begin<P: AttemptPlace<Context = User>>(
    request: &RequestContext,
    place: &P,
    departure: Departure,
) -> Result<Destination, ApiError> {
    provider_exchange::require_request(&departure.state, &departure.redirect_uri)?;
    let policy = request.config.policy.clone();
    let (id, rules) = (departure.connector_id.clone(), policy.clone());
    let find = move |view: &crate::work::View<'_>| ProviderConnector::get(view, ProviderKind::Social, &id, &rules);
    let connector = request.read_inline(find).await?;
    let provider = connector.provider(&request.app.federation).await?;
    let send = move |work: &Work<'_>, user: &User| {
        let Departure { record_id, connector_id, state, redirect_uri, scope, holder } = &departure;
        // It may be another one by now (attack D10).
        if ProviderConnector::get(work, ProviderKind::Social, connector_id, &policy)? != connector {
            return Err(verification_failed().into());
        }
        let asked = AuthorizationRequest { state, redirect_uri, scope: scope.as_deref() };
        let (record, authorization_uri) =
            provider_exchange::ask(work, &connector, &provider, asked, record_id, holder)?;
        let expires_at = records::insert(work, &user.id, &record)?;
        Ok(Destination { authorization_uri, expires_at })
    };
    place.transaction(send).await
}

/// Asks the provider who came back, and keeps the answer in the record.
///
/// # Errors
/// 400 `verification_record.not_found` for a record of another person or kind (attack C20); 404
/// `session.verification_session_not_found` for another session; 400 `session.connector_session_not_found` for one that was answered;
/// the codes of [`federation_error`].
pub(crate) async fn complete<P: AttemptPlace<Context = User>>(
    request: &RequestContext,
    place: &P,
    back: Return,
) -> Result<(), ApiError> {
    let _place = provider_place(request)?;
    let (taken, policy) = (back.clone(), request.config.policy.clone());
    let take = move |work: &Work<'_>, user: &User| take_session(work, user, &policy, &taken);
    let (connector, session) = place.transaction(take).await?;
    let provider = connector.provider(&request.app.federation).await?;
    let completed = request.app.federation.complete(&provider, &session, &back.parameters).await;
    let (info, tokens) = user_info(completed.map_err(|error| federation_error(&error))?)?;
    let answer = ProviderAnswer { provider, info, tokens };
    // The provider took its time: the settings may be others.
    let policy = request.tenant.config().await?.policy.clone();
    let accept = move |work: &Work<'_>, user: &User| {
        let (asked, now) = open_question(work, user, &policy, &back.record_id)?;
        if now != connector || asked.session().is_some() {
            return Err(verification_failed().into());
        }
        let proven = provider_exchange::prove(work, asked, now, answer.clone())?;
        Ok(records::update(work, &user.id, &proven)?)
    };
    place.transaction(accept).await
}

/// Takes what was kept for the question, so that one answer causes one request to the provider.
fn take_session(
    work: &Work<'_>,
    user: &User,
    policy: &TenantPolicy,
    back: &Return,
) -> Result<(ProviderConnector, ProviderSession), StepError> {
    let (asked, connector) = open_question(work, user, policy, &back.record_id)?;
    let session = provider_exchange::session_of(work, &asked, &back.record_id, &back.holder)?;
    if provider_exchange::asks_provider(&session, &back.parameters) {
        records::update(work, &user.id, &asked.without_session())?;
    }
    Ok((connector, session))
}

/// The question of a record, with its connector as it is now.
fn open_question(
    work: &Work<'_>,
    user: &User,
    policy: &TenantPolicy,
    record_id: &str,
) -> Result<(Asked, ProviderConnector), ApiError> {
    let not_found = || ApiError::bad_request(ErrorCode::VerificationRecordNotFound);
    let record = records::find(work, &user.id, record_id)?.ok_or_else(not_found)?;
    let VerificationRecord::Social(social) = &record else { return Err(not_found()) };
    let connector_id = social.connector_id().to_owned();
    let asked = Asked::of(&record, &connector_id)?;
    Ok((asked, ProviderConnector::get(work, ProviderKind::Social, &connector_id, policy)?))
}

fn verification_failed() -> ApiError {
    to_api_error(&FlowError::VerificationFailed)
}

/// Tokens of one session may complete what another of them began.
fn holder<O: AccountOperation>(caller: &AccountUser<O>) -> String {
    caller.session_uid().unwrap_or_default().to_owned()
}

async fn begin_social(
    caller: AccountUser<BeginSocial>,
    RequestBody(body): RequestBody<SocialRequest>,
) -> Result<(StatusCode, Json<SentToProvider>), ApiError> {
    let record_id = id::entity_id(&caller.request().app.rng);
    let departure = Departure {
        record_id: record_id.clone(),
        connector_id: body.connector_id,
        state: body.state.0,
        redirect_uri: body.redirect_uri,
        scope: body.scope.map(|scope| scope.0),
        holder: holder(&caller),
    };
    let Destination { authorization_uri, expires_at } = begin(caller.request(), &caller.unit(), departure).await?;
    let expires_at = expires_at.iso8601();
    Ok((StatusCode::CREATED, Json(SentToProvider { verification_record_id: record_id, authorization_uri, expires_at })))
}

async fn complete_social(
    caller: AccountUser<CompleteSocial>,
    RequestBody(body): RequestBody<SocialAnswer>,
) -> Result<Json<VerifiedRecord>, ApiError> {
    let record_id = body.verification_record_id;
    let back = Return { record_id: record_id.clone(), holder: holder(&caller), parameters: body.connector_data };
    complete(caller.request(), &caller.unit(), back).await?;
    Ok(Json(VerifiedRecord { verification_record_id: record_id }))
}
