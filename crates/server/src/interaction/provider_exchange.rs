//! One exchange with a provider, whoever begins it: somebody who signs in ([`super::provider_sign_in`]), or a person who links an
//! account to their own ([`crate::account::social_proof`]). The question waits as a record; what must be kept meanwhile (nonce, code
//! verifier) is sealed in it.

use federation::{Account, AuthorizationRequest, Provider, ProviderSession, TokenSet};
use flow::{FlowError, VerificationRecord};
use kernel::id;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::provider_connector::{Asked, ProviderConnector};
use super::second_factors::{open, seal};
use super::{to_api_error, token_sets};
use crate::ApiError;
use crate::callers::RequestContext;
use crate::fair_share::Place;
use crate::http::validate::invalid_member;
use crate::work::{View, Work};

/// What is kept while a person is at the provider.
#[derive(Serialize, Deserialize)]
struct Kept {
    session: ProviderSession,
    /// Who must come back: a session of the person. Empty where the record itself belongs to one browser.
    holder: String,
}

/// What a provider said of the person who came back.
#[derive(Clone)]
pub(crate) struct ProviderAnswer {
    pub provider: Provider,
    /// What may be believed of it ([`user_info`]).
    pub info: Map<String, Value>,
    pub tokens: Option<TokenSet>,
}

/// More than any state needs, in characters.
const MAX_STATE: usize = 1024;

/// Checks what an application chooses of a request.
///
/// # Errors
/// 400 `guard.invalid_input`.
pub(crate) fn require_request(state: &str, redirect_uri: &str) -> Result<(), ApiError> {
    if state.chars().count() > MAX_STATE {
        return Err(invalid_member(&["state"], "expected at most 1024 characters"));
    }
    // Also an app's own scheme. The provider compares it with what was registered there.
    match url::Url::parse(redirect_uri).is_ok_and(|uri| uri.fragment().is_none()) {
        true => Ok(()),
        false => Err(invalid_member(&["redirectUri"], "expected an absolute URL without fragment")),
    }
}

/// A place for calls to a provider: strangers cause them, and messages and webhooks need connections too.
///
/// # Errors
/// 503 when all are taken, or those of this network.
pub(crate) fn provider_place(request: &RequestContext) -> Result<Place<'_, &'static str>, ApiError> {
    let place = request.app.provider_calls.take(&request.tenant_id(), request.ip.network());
    place.ok_or_else(|| ApiError::unavailable(2))
}

/// Sends a person away: the record that waits for them, and the address at the provider.
///
/// # Errors
/// A value that can't be sealed.
pub(crate) fn ask(
    work: &Work<'_>,
    connector: &ProviderConnector,
    provider: &Provider,
    request: AuthorizationRequest<'_>,
    verification_id: &str,
    holder: &str,
) -> Result<(VerificationRecord, String), ApiError> {
    let (uri, session) = provider.authorization_uri(request, work.rng());
    let kept = Kept { session, holder: holder.to_owned() };
    let kept = serde_json::to_string(&kept).map_err(|error| ApiError::internal(error.to_string()))?;
    let record = connector.ask(verification_id, seal(work, verification_id, &kept)?);
    Ok((record, String::from(uri)))
}

/// What was kept for an open question.
///
/// # Errors
/// 400 `session.connector_session_not_found` for a question that was answered; 404 `session.verification_session_not_found` for who is
/// not the holder (attack D13).
pub(crate) fn session_of(
    view: &View<'_>,
    asked: &Asked,
    verification_id: &str,
    holder: &str,
) -> Result<ProviderSession, ApiError> {
    let used = || ApiError::bad_request("session.connector_session_not_found");
    let sealed = asked.session().ok_or_else(used)?;
    let kept: Kept = serde_json::from_str(&open(view, verification_id, sealed)?).map_err(|_| used())?;
    match id::constant_time_eq(&kept.holder, holder) {
        true => Ok(kept.session),
        false => Err(to_api_error(&FlowError::VerificationNotFound)),
    }
}

/// Whether these parameters answer the question so that the provider is asked. One answer causes one request (RFC 6749 section 10.12:
/// `state` is for one request); one to another request leaves the question open, and so does a refusal.
pub(crate) fn asks_provider(session: &ProviderSession, parameters: &Map<String, Value>) -> bool {
    let has = |name: &str| parameters.contains_key(name);
    (has("code") || has("id_token")) && !has("error") && session.check(parameters).is_ok()
}

/// The record with what the provider said, from the connector as it is now. Its tokens are sealed in it.
///
/// # Errors
/// 400 `session.verification_failed`.
pub(crate) fn prove(
    work: &Work<'_>,
    asked: Asked,
    connector: ProviderConnector,
    answer: ProviderAnswer,
) -> Result<VerificationRecord, ApiError> {
    let ProviderAnswer { provider, info, tokens } = answer;
    let failed = |error: FlowError| to_api_error(&error);
    let account_id = info.get("id").and_then(Value::as_str).unwrap_or_default();
    let account = connector.account(&provider, account_id).map_err(failed)?;
    let sealed = tokens.map(|tokens| token_sets::seal(work, &connector, &account, tokens)).transpose()?.flatten();
    asked.prove(connector, &provider, info, sealed).map_err(failed)
}

/// What may be believed of what the provider says: an address or number that it has not verified is left out, because it would
/// lead to the account of somebody else (attack D1).
pub(crate) fn user_info(account: Account) -> Result<(Map<String, Value>, Option<TokenSet>), ApiError> {
    let Account { mut user, email_is_verified, phone_is_verified, tokens } = account;
    user.email = user.email.filter(|_| email_is_verified);
    user.phone = user.phone.filter(|_| phone_is_verified);
    match serde_json::to_value(&user) {
        Ok(Value::Object(members)) => Ok((members, tokens)),
        _ => Err(ApiError::internal("the account at a provider is not an object")),
    }
}
