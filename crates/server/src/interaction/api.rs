//! Routes of the Experience API (E001 to E005, E008, E027, E029, E030). Each handler reads its
//! body and applies one event.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use flow::{Event, ProfilePatch};
use kernel::id;
use serde_json::{Map, Value, json};

use super::audit::AuditDetails;
use super::body_reader::BodyReader;
use super::browser::InteractionBrowser;
use super::form_flows::start_event;
use super::password_attempt::SurroundingEvents;
use super::tabs::TabStep;
use super::transaction::{StepContext, StepError, StepsOutcome};
use super::{
    address_codes, avatar, code_verification, factor_codes, one_time_token, passkey_routes, provider_routes,
    second_factor_routes, sentinel_activities, to_api_error, trusted_devices,
};
use crate::ApiError;
use crate::http::Body;
use crate::routes::Routes;
use crate::work::View;

/// The routes of this slice.
pub fn routes() -> Routes {
    Routes::new()
        .put("/api/experience", start_interaction)
        .post("/api/experience/captcha-challenge", create_captcha_challenge)
        .put("/api/experience/interaction-event", change_event)
        .get("/api/experience/interaction", get_interaction)
        .post("/api/experience/verification/password", verify_password)
        .post("/api/experience/verification/new-password-identity", create_new_password_identity)
        .post("/api/experience/identification", identify_user)
        .post("/api/experience/profile", add_profile)
        .put("/api/experience/profile/password", set_password)
        .post("/api/experience/submit", submit_interaction)
        .merge(code_verification::routes())
        .merge(factor_codes::routes())
        .merge(second_factor_routes::routes())
        .merge(passkey_routes::routes())
        .merge(one_time_token::routes())
        .merge(address_codes::routes())
        .merge(sentinel_activities::routes())
        .merge(provider_routes::routes())
        .merge(trusted_devices::routes())
        .merge(avatar::routes())
}

pub(super) type JsonObject = Body<Map<String, Value>>;

async fn start_interaction(browser: InteractionBrowser, Body(body): JsonObject) -> Result<Response, ApiError> {
    let mut reader = BodyReader::new(body);
    let interaction_event = reader.interaction_event();
    let captcha_token = reader.captcha_token();
    reader.into_result()?;
    let browser = browser.in_tab(TabStep::Start).await?.with_captcha(captcha_token.as_deref()).await?;
    let event = start_event(&browser, interaction_event);
    apply_event(&browser, event, AuditDetails::default()).await?;
    Ok(browser.with_proof(StatusCode::NO_CONTENT.into_response()))
}

/// A challenge of the built-in captcha. Making one writes nothing.
async fn create_captcha_challenge(browser: InteractionBrowser) -> Result<Json<Value>, ApiError> {
    let browser = browser.in_tab(TabStep::Start).await?;
    browser.captcha_challenge().map(Json).ok_or_else(ApiError::not_found)
}

async fn change_event(browser: InteractionBrowser, Body(body): JsonObject) -> Result<StatusCode, ApiError> {
    let mut reader = BodyReader::new(body);
    let interaction_event = reader.interaction_event();
    reader.into_result()?;
    let browser = browser.in_tab(TabStep::Continue).await?;
    let details = AuditDetails::default().with_member("interactionEvent", json!(interaction_event));
    apply_event(&browser, Event::ChangeEvent { interaction_event }, details).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn get_interaction(browser: InteractionBrowser) -> Result<Json<Value>, ApiError> {
    let browser = browser.in_tab(TabStep::Continue).await?;
    let context = StepContext::of(&browser);
    let read = move |view: &View<'_>| {
        let state = context.load(view)?.state;
        let state = state.ok_or_else(|| to_api_error(&flow::FlowError::InteractionNotFound))?;
        Ok::<_, StepError>((trusted_devices::view(view, &context, &state)?, state))
    };
    let (trusted_device, state) = browser.read_inline(read).await?;
    let mut shown = state.view();
    if let Some(trusted_device) = trusted_device {
        shown["trustedDevice"] = trusted_device;
    }
    Ok(Json(shown))
}

async fn verify_password(browser: InteractionBrowser, Body(body): JsonObject) -> Result<Json<Value>, ApiError> {
    let mut reader = BodyReader::new(body);
    let identifier = reader.identifier();
    let password = reader.password("password", 1);
    reader.into_result()?;
    let browser = browser.in_tab(TabStep::Continue).await?;
    let details = AuditDetails::with_payload(json!({"identifier": identifier, "password": "******"}));
    let (id, outcome) = browser.verify_password(identifier, &password, SurroundingEvents::default(), &details).await?;
    into_result(outcome)?;
    Ok(Json(json!({"verificationId": id})))
}

async fn create_new_password_identity(
    browser: InteractionBrowser,
    Body(body): JsonObject,
) -> Result<Json<Value>, ApiError> {
    let mut reader = BodyReader::new(body);
    let identifier = reader.new_username();
    let password = reader.password("password", 0);
    reader.into_result()?;
    let browser = browser.in_tab(TabStep::Continue).await?;
    let details = AuditDetails::with_payload(json!({"identifier": identifier, "password": "******"}));
    let verification_id = id::entity_id(&browser.app.rng);
    let record_id = verification_id.clone();
    let build_event =
        move |digest, _| Event::NewPasswordIdentity { id: record_id.clone(), identifier: identifier.clone(), digest };
    into_result(browser.set_new_password(&password, SurroundingEvents::default(), build_event, &details).await?)?;
    Ok(Json(json!({"verificationId": verification_id})))
}

async fn identify_user(browser: InteractionBrowser, Body(body): JsonObject) -> Result<StatusCode, ApiError> {
    let link_social_identity = body.get("linkSocialIdentity").and_then(Value::as_bool).unwrap_or_default();
    let mut reader = BodyReader::new(body);
    let verification_id = reader.optional_text("verificationId");
    reader.into_result()?;
    let browser = browser.in_tab(TabStep::of_verification(verification_id.as_deref())).await?;
    let details = AuditDetails::with_payload(json!({"verificationId": verification_id}));
    let event = Event::Identify { verification_id, link_social_identity };
    let outcome = apply_event(&browser, event, details).await?;
    Ok(if outcome.created_user { StatusCode::CREATED } else { StatusCode::NO_CONTENT })
}

async fn add_profile(browser: InteractionBrowser, Body(body): JsonObject) -> Result<StatusCode, ApiError> {
    let mut reader = BodyReader::new(body.clone());
    let patch = match reader.variant(&["username", "password", "email", "phone", "social", "extraProfile"]).as_str() {
        "username" => {
            let username = reader.text("value", 0);
            reader.require_username_form(&["value"], &username);
            Some(ProfilePatch::Username(username))
        }
        "email" => Some(ProfilePatch::Email { verification_id: reader.text("verificationId", 0) }),
        "phone" => Some(ProfilePatch::Phone { verification_id: reader.text("verificationId", 0) }),
        "social" => Some(ProfilePatch::Social { verification_id: reader.text("verificationId", 0) }),
        "extraProfile" => Some(ProfilePatch::Extra(reader.object("values"))),
        _ => None,
    };
    match patch {
        Some(patch) => {
            reader.into_result()?;
            let browser = browser.in_tab(TabStep::of_verification(patch.verification_id())).await?;
            let known = ["type", "value", "verificationId", "values"];
            let payload = body.into_iter().filter(|(name, _)| known.contains(&name.as_str())).collect();
            let details = AuditDetails::with_payload(Value::Object(payload));
            apply_event(&browser, Event::AddProfile(patch), details).await?;
        }
        None => {
            let password = reader.password("value", 0);
            reader.into_result()?;
            let browser = browser.in_tab(TabStep::Continue).await?;
            let details = AuditDetails::with_payload(json!({"type": "password", "value": "******"}));
            let build_event = |digest, _| Event::AddProfile(ProfilePatch::Password(digest));
            into_result(
                browser.set_new_password(&password, SurroundingEvents::default(), build_event, &details).await?,
            )?;
        }
    }
    Ok(StatusCode::NO_CONTENT)
}

async fn set_password(browser: InteractionBrowser, Body(body): JsonObject) -> Result<StatusCode, ApiError> {
    let mut reader = BodyReader::new(body);
    let password = reader.password("password", 0);
    reader.into_result()?;
    let browser = browser.in_tab(TabStep::Continue).await?;
    let build_event = |digest, same| Event::SetPassword { digest, same };
    into_result(
        browser
            .set_new_password(&password, SurroundingEvents::default(), build_event, &AuditDetails::default())
            .await?,
    )?;
    Ok(StatusCode::NO_CONTENT)
}

async fn submit_interaction(browser: InteractionBrowser) -> Result<Response, ApiError> {
    let browser = browser.in_tab(TabStep::Submit).await?;
    let outcome = apply_event(&browser, Event::Submit, AuditDetails::default()).await?;
    Ok(match outcome.redirect_to {
        Some(redirect_to) => Json(json!({"redirectTo": redirect_to})).into_response(),
        None => StatusCode::NO_CONTENT.into_response(),
    })
}

pub(super) async fn apply_event(
    browser: &InteractionBrowser,
    event: Event,
    details: AuditDetails,
) -> Result<StepsOutcome, ApiError> {
    let apply = browser.transaction(move |work, context| context.apply_events(work, vec![event.clone()], &details));
    into_result(apply.await?)
}

pub(super) fn into_result(outcome: StepsOutcome) -> Result<StepsOutcome, ApiError> {
    match &outcome.error {
        Some(error) => Err(to_api_error(error)),
        None => Ok(outcome),
    }
}
