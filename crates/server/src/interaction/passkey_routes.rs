//! Routes of passkeys (E007, E019 to E024, E036, E037).

use axum::Json;
use axum::http::{StatusCode, header};
use flow::{Event, FlowError};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use super::api::{JsonObject, apply_event, into_result};
use super::audit::AuditDetails;
use super::body_reader::BodyReader;
use super::browser::InteractionBrowser;
use super::passkeys::PasskeyRequest;
use super::password_attempt::SurroundingEvents;
use super::tabs::TabStep;
use super::to_api_error;
use crate::ApiError;
use crate::http::Body;
use crate::routes::Routes;

pub(super) fn routes() -> Routes {
    Routes::new()
        .post("/api/experience/preflight/sign-in-passkey/authentication", preflight)
        .post("/api/experience/verification/web-authn/registration", begin_registration)
        .post("/api/experience/verification/web-authn/registration/verify", verify_registration)
        .post("/api/experience/verification/web-authn/authentication", begin_factor)
        .post("/api/experience/verification/web-authn/authentication/verify", verify_factor)
        .post("/api/experience/verification/sign-in-passkey/authentication", begin_sign_in)
        .post("/api/experience/verification/sign-in-passkey/authentication/verify", verify_sign_in)
        .post("/api/experience/profile/mfa/passkey", bind_passkey)
        .post("/api/experience/profile/mfa/passkey-skipped", skip_passkey)
}

/// More than any name of a key needs.
const MAX_NAME_CHARS: usize = 64;

async fn preflight(browser: InteractionBrowser) -> Result<Json<Value>, ApiError> {
    let browser = browser.in_tab(TabStep::Start).await?;
    Ok(Json(json!({"authenticationOptions": browser.passkey_preflight()?})))
}

async fn begin_registration(browser: InteractionBrowser) -> Result<Json<Value>, ApiError> {
    let browser = browser.in_tab(TabStep::Submit).await?;
    let PasskeyRequest { verification_id, options } = browser.begin_passkey_registration().await?;
    Ok(Json(json!({"verificationId": verification_id, "registrationOptions": options})))
}

async fn verify_registration(browser: InteractionBrowser, Body(body): JsonObject) -> Result<Json<Value>, ApiError> {
    let mut reader = BodyReader::new(body.clone());
    let verification_id = reader.text("verificationId", 0);
    // The contract names keys in the account centre only; here the name may come with the key.
    let name = reader.optional_text("name").map(|name| name.trim().chars().take(MAX_NAME_CHARS).collect::<String>());
    let payload = reader.object("payload");
    reader.into_result()?;
    let response = read_payload(payload)?;
    require_origin(&browser)?;
    let browser = browser.in_tab(TabStep::Verification(verification_id.clone())).await?;
    let name = name.filter(|name| !name.is_empty());
    into_result(browser.verify_passkey_registration(verification_id.clone(), &response, name, Vec::new()).await?)?;
    Ok(Json(json!({"verificationId": verification_id})))
}

async fn begin_factor(browser: InteractionBrowser) -> Result<Json<Value>, ApiError> {
    let browser = browser.in_tab(TabStep::Submit).await?;
    let PasskeyRequest { verification_id, options } = browser.begin_passkey_factor().await?;
    Ok(Json(json!({"verificationId": verification_id, "authenticationOptions": options})))
}

async fn verify_factor(browser: InteractionBrowser, Body(body): JsonObject) -> Result<Json<Value>, ApiError> {
    let mut reader = BodyReader::new(body);
    let verification_id = reader.text("verificationId", 0);
    let payload = reader.object("payload");
    reader.into_result()?;
    let response = read_payload(payload)?;
    require_origin(&browser)?;
    let browser = browser.in_tab(TabStep::Verification(verification_id.clone())).await?;
    into_result(browser.verify_passkey_factor(verification_id.clone(), response, Vec::new()).await?)?;
    Ok(Json(json!({"verificationId": verification_id})))
}

async fn begin_sign_in(browser: InteractionBrowser, Body(body): JsonObject) -> Result<Json<Value>, ApiError> {
    let mut reader = BodyReader::new(body);
    let identifier = reader.identifier();
    reader.into_result()?;
    let browser = browser.in_tab(TabStep::Continue).await?;
    let PasskeyRequest { verification_id, options } = browser.begin_passkey_sign_in(identifier).await?;
    Ok(Json(json!({"verificationId": verification_id, "authenticationOptions": options})))
}

async fn verify_sign_in(browser: InteractionBrowser, Body(body): JsonObject) -> Result<Json<Value>, ApiError> {
    let mut reader = BodyReader::new(body);
    let verification_id = reader.optional_text("verificationId");
    let payload = reader.object("payload");
    reader.into_result()?;
    let response = read_payload(payload)?;
    require_origin(&browser)?;
    let browser = browser.in_tab(TabStep::of_verification(verification_id.as_deref())).await?;
    let (id, outcome) = browser.verify_passkey_sign_in(verification_id, response, SurroundingEvents::default()).await?;
    into_result(outcome)?;
    Ok(Json(json!({"verificationId": id})))
}

async fn bind_passkey(browser: InteractionBrowser, Body(body): JsonObject) -> Result<StatusCode, ApiError> {
    let mut reader = BodyReader::new(body);
    let verification_id = reader.text("verificationId", 0);
    reader.into_result()?;
    let browser = browser.in_tab(TabStep::Verification(verification_id.clone())).await?;
    let details = AuditDetails::with_payload(json!({"verificationId": verification_id}));
    apply_event(&browser, Event::BindPasskey { verification_id }, details).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn skip_passkey(browser: InteractionBrowser) -> Result<StatusCode, ApiError> {
    let browser = browser.in_tab(TabStep::Continue).await?;
    apply_event(&browser, Event::SkipPasskey, AuditDetails::default()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The member `payload`: what the browser returned, with a type of the contract.
fn read_payload<T: DeserializeOwned>(payload: Map<String, Value>) -> Result<T, ApiError> {
    let mut reader = BodyReader::new(payload.clone());
    reader.variant(&["WebAuthn"]);
    reader.object("clientExtensionResults");
    reader.object("response");
    reader.into_result()?;
    serde_json::from_value(Value::Object(payload))
        .map_err(|error| ApiError::bad_request("guard.invalid_input").with_oauth_member("details", error.to_string()))
}

/// Browsers say where a request of this kind comes from (surprise 34). Foreign origins were refused before.
fn require_origin(browser: &InteractionBrowser) -> Result<(), ApiError> {
    match browser.headers.contains_key(header::ORIGIN) {
        true => Ok(()),
        false => Err(to_api_error(&FlowError::WebAuthnFailed)),
    }
}
