//! Signing in at providers, social and of enterprises, on the hosted pages: one function for each form and for the way back.

use flow::experience::SignInMode;
use flow::{Event, FlowError, Identifier, InteractionEvent, VerificationRecord};
use kernel::id;
use serde_json::{Map, Value};

use super::audit::AuditDetails;
use super::browser::InteractionBrowser;
use super::form_flows::{FormOutcome, apply_events, start_event, to_outcome};
use super::google_one_tap::{OneTapAnswer, OneTapCredential};
use super::provider_connector::ProviderKind;
use super::provider_sign_in::{ProviderRequest, ProviderResponse};
use super::tabs::TabStep;
use super::to_api_error;
use super::transaction::{StepContext, StepsOutcome};
use crate::ApiError;
use crate::work::Work;

/// What the page does with somebody who came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProviderOutcome {
    Form(FormOutcome),
    /// Nobody here has linked the account: ask what to do.
    Ask,
}

/// What somebody whose account nobody has linked can do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderChoices {
    pub connector_id: String,
    pub verification_id: String,
    /// The verified address or number of an account here.
    pub related: Option<Identifier>,
    pub can_register: bool,
}

/// Begins a sign-in and returns the address at the provider. `callback` is where the provider sends the person back to.
///
/// # Errors
/// As [`InteractionBrowser::begin_at_provider`].
pub async fn begin(
    browser: &InteractionBrowser,
    kind: ProviderKind,
    connector_id: String,
    callback: String,
) -> Result<String, ApiError> {
    let verification_id = id::entity_id(&browser.app.rng);
    // The verification tells the tab, the rest makes the state a secret of this browser (attack D13).
    let state = format!("{verification_id}.{}", id::opaque_token(&browser.app.rng));
    let request = ProviderRequest { kind, connector_id, verification_id, state, redirect_uri: callback };
    browser.begin_at_provider(request, vec![starting_event(browser)]).await
}

/// Begins to sign in, or to register where nobody signs in.
fn starting_event(browser: &InteractionBrowser) -> Event {
    let event = match browser.config.policy.experience.sign_in_mode {
        SignInMode::Register => InteractionEvent::Register,
        SignInMode::SignIn | SignInMode::SignInAndRegister => InteractionEvent::SignIn,
    };
    start_event(browser, event)
}

/// Whether nothing has begun yet in the browser's interaction.
pub async fn is_fresh(browser: &InteractionBrowser) -> bool {
    let context = StepContext::of(browser);
    let loaded = browser.read_inline(move |view| context.load(view)).await;
    loaded.is_ok_and(|loaded| loaded.state.is_none() && loaded.interaction.browser_digest.is_none())
}

/// The browser in the tab that the parameter `state` of a callback names.
///
/// # Errors
/// 400 `session.csrf_token_mismatch` without a state of [`begin`]; a failure of the database.
pub async fn tab_of(browser: InteractionBrowser, state: &str) -> Result<(InteractionBrowser, String), ApiError> {
    let id = state.split_once('.').map(|(id, _)| id.to_owned()).filter(|id| !id.is_empty());
    let id = id.ok_or_else(|| ApiError::bad_request("session.csrf_token_mismatch"))?;
    Ok((browser.in_tab(TabStep::Verification(id.clone())).await?, id))
}

/// Completes a sign-in with the parameters of the callback, `state` among them. `may_register` says that a new account needs no
/// further agreement.
///
/// # Errors
/// As [`InteractionBrowser::complete_at_provider`]; 404 `user.identity_not_exist` where nobody may register.
pub async fn come_back(
    browser: &InteractionBrowser,
    response: ProviderResponse,
    may_register: bool,
) -> Result<ProviderOutcome, ApiError> {
    let id = response.verification_id.clone();
    let after = after_proof(browser, may_register);
    let outcome = browser.complete_at_provider(response, after).await?;
    decide(browser, id, outcome, may_register).await
}

/// Begins a sign-in, and completes it with the credential that Google's script gave to our own page, whose form was checked to be of this
/// browser. `may_register` as in [`come_back`].
///
/// # Errors
/// As [`InteractionBrowser::complete_one_tap`]; 404 `user.identity_not_exist` where nobody may register.
pub async fn one_tap(
    browser: &InteractionBrowser,
    connector_id: String,
    credential: String,
    may_register: bool,
) -> Result<ProviderOutcome, ApiError> {
    let start = starting_event(browser);
    let begin = move |work: &Work<'_>, context: &StepContext| {
        context.apply_events(work, vec![start.clone()], &AuditDetails::default())
    };
    if let Some(error) = browser.transaction(begin).await?.error {
        return Err(to_api_error(&error));
    }
    let verification_id = id::entity_id(&browser.app.rng);
    let credential = OneTapCredential::of_own_page(credential);
    let answer = OneTapAnswer { connector_id, verification_id: verification_id.clone(), is_new: true, credential };
    let outcome = browser.complete_one_tap(answer, after_proof(browser, may_register)).await?;
    decide(browser, verification_id, outcome, may_register).await
}

/// Where nobody signs in, to identify is to register: nobody is, before they agreed.
fn waits_for_agreement(browser: &InteractionBrowser, may_register: bool) -> bool {
    browser.config.policy.experience.sign_in_mode == SignInMode::Register && !may_register
}

fn after_proof(browser: &InteractionBrowser, may_register: bool) -> Vec<Event> {
    match waits_for_agreement(browser, may_register) {
        true => Vec::new(),
        false => vec![Event::IdentifyByLatestRecord, Event::Submit],
    }
}

/// What follows for somebody whose account at a provider was proven, and who is known here or not.
async fn decide(
    browser: &InteractionBrowser,
    id: String,
    outcome: StepsOutcome,
    may_register: bool,
) -> Result<ProviderOutcome, ApiError> {
    if waits_for_agreement(browser, may_register) {
        return to_outcome_of_proof(outcome);
    }
    let experience = &browser.config.policy.experience;
    let related = match &outcome.error {
        Some(FlowError::IdentityNotExist { related }) => related.as_ref(),
        Some(FlowError::SsoIdentityNotExist) => None,
        _ => return to_outcome(outcome).map(ProviderOutcome::Form),
    };
    let registers = experience.sign_in_mode != SignInMode::SignIn;
    let links = experience.social_sign_in.automatic_account_linking == Some(true);
    match related {
        Some(_) if links => link(browser, id).await.map(ProviderOutcome::Form),
        None if registers && may_register => register(browser, id).await.map(ProviderOutcome::Form),
        None if !registers => to_outcome(outcome).map(ProviderOutcome::Form),
        _ => Ok(ProviderOutcome::Ask),
    }
}

fn to_outcome_of_proof(outcome: StepsOutcome) -> Result<ProviderOutcome, ApiError> {
    match &outcome.error {
        Some(error) => Err(to_api_error(error)),
        None => Ok(ProviderOutcome::Ask),
    }
}

/// What can be done with the account that was proven last. None if none waits for a decision.
///
/// # Errors
/// 404 if no sign-in has begun; a failure of the database.
pub async fn choices(browser: &InteractionBrowser) -> Result<Option<ProviderChoices>, ApiError> {
    let context = StepContext::of(browser);
    let state = browser.read_inline(move |view| context.load(view)).await?.state;
    let Some(state) = state.filter(|state| state.user_id.is_none() && !state.submitted) else { return Ok(None) };
    let proven = state.verification_records.iter().rev().find_map(|record| match record {
        VerificationRecord::Social(record) if record.is_verified() => Some((record.id(), record.connector_id())),
        VerificationRecord::EnterpriseSso(record) if record.is_verified() => Some((record.id(), record.connector_id())),
        _ => None,
    });
    let proven = proven.map(|(id, connector_id)| (id.to_owned(), connector_id.to_owned()));
    let Some((verification_id, connector_id)) = proven else { return Ok(None) };
    let identify = Event::Identify { verification_id: Some(verification_id.clone()), link_social_identity: false };
    let related = match browser.trial(identify).await? {
        Some(FlowError::IdentityNotExist { related }) => related,
        _ => None,
    };
    let can_register = browser.config.policy.experience.sign_in_mode != SignInMode::SignIn;
    Ok(Some(ProviderChoices { connector_id, verification_id, related, can_register }))
}

/// Signs in as who has the verified address or number, and links the account.
///
/// # Errors
/// 404 `user.identity_not_exist` if nobody has them any more; 422 `user.social_account_exists_in_profile`.
pub async fn link(browser: &InteractionBrowser, verification_id: String) -> Result<FormOutcome, ApiError> {
    let identify = Event::Identify { verification_id: Some(verification_id), link_social_identity: true };
    apply_events(browser, vec![identify, Event::Submit]).await
}

/// Makes a new account.
///
/// # Errors
/// 403 `auth.forbidden` where nobody may register; 422 `user.identity_already_in_use`.
pub async fn register(browser: &InteractionBrowser, verification_id: String) -> Result<FormOutcome, ApiError> {
    let switch = Event::ChangeEvent { interaction_event: InteractionEvent::Register };
    let identify = Event::Identify { verification_id: Some(verification_id), link_social_identity: false };
    apply_events(browser, vec![switch, identify, Event::Submit]).await
}

/// The parameters of a callback, each once.
///
/// # Errors
/// 400 `connector.invalid_request_parameters` for one that comes twice (RFC 6749 section 3.1).
pub fn read_parameters(query: &str) -> Result<Map<String, Value>, ApiError> {
    let mut parameters = Map::new();
    for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
        if parameters.insert(name.into_owned(), Value::String(value.into_owned())).is_some() {
            return Err(ApiError::bad_request("connector.invalid_request_parameters"));
        }
    }
    Ok(parameters)
}
