//! Routes of signing in at providers, social and of enterprises (E006, E013–E016).

use axum::Json;
use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use kernel::id;
use serde_json::{Map, Value, json};

use super::api::{JsonObject, into_result};
use super::body_reader::BodyReader;
use super::browser::InteractionBrowser;
use super::google_one_tap::{OneTapAnswer, OneTapCredential};
use super::provider_connector::ProviderKind;
use super::provider_exchange::require_request;
use super::provider_sign_in::{ProviderRequest, ProviderResponse};
use super::tabs::TabStep;
use crate::ApiError;
use crate::http::validate::invalid_member;
use crate::http::{Body, QueryParams};
use crate::oidc::cookies;
use crate::routes::Routes;

pub(super) fn routes() -> Routes {
    let social = "/api/experience/verification/social/{connector_id}";
    let enterprise = "/api/experience/verification/sso/{connector_id}";
    Routes::new()
        .post(&format!("{social}/authorization-uri"), begin_social)
        .post(&format!("{social}/verify"), verify_social)
        .post(&format!("{enterprise}/authorization-uri"), begin_sso)
        .post(&format!("{enterprise}/verify"), verify_sso)
        .get("/api/experience/sso-connectors", find_sso_connectors)
}

async fn begin_social(
    browser: InteractionBrowser,
    Path(connector_id): Path<String>,
    Body(body): JsonObject,
) -> Result<Json<Value>, ApiError> {
    begin(browser, ProviderKind::Social, connector_id, body).await
}

async fn begin_sso(
    browser: InteractionBrowser,
    Path(connector_id): Path<String>,
    Body(body): JsonObject,
) -> Result<Json<Value>, ApiError> {
    begin(browser, ProviderKind::Enterprise, connector_id, body).await
}

/// Whatever it verifies, the credential of One Tap that an application passed on is of no use afterwards (trace 20-17).
async fn verify_social(
    browser: InteractionBrowser,
    Path(connector_id): Path<String>,
    Body(body): JsonObject,
) -> Result<Response, ApiError> {
    let mut set_cookies = browser.set_cookies();
    let verified = match OneTapCredential::of(&body) {
        Some(credential) => verify_one_tap(browser, connector_id, body, credential).await?,
        None => verify(browser, ProviderKind::Social, connector_id, body).await?,
    };
    let mut response = verified.into_response();
    set_cookies.remove(cookies::GOOGLE_ONE_TAP, "/");
    set_cookies.apply(response.headers_mut());
    Ok(response)
}

/// Nobody was sent away, so there may be no verification yet.
async fn verify_one_tap(
    browser: InteractionBrowser,
    connector_id: String,
    body: Map<String, Value>,
    credential: OneTapCredential,
) -> Result<Json<Value>, ApiError> {
    let mut reader = BodyReader::new(body);
    let asked = reader.optional_text("verificationId");
    reader.into_result()?;
    let browser = browser.in_tab(TabStep::of_verification(asked.as_deref())).await?;
    let is_new = asked.is_none();
    let verification_id = asked.unwrap_or_else(|| id::entity_id(&browser.app.rng));
    let answer = OneTapAnswer { connector_id, verification_id: verification_id.clone(), is_new, credential };
    into_result(browser.complete_one_tap(answer, Vec::new()).await?)?;
    Ok(Json(json!({"verificationId": verification_id})))
}

async fn verify_sso(
    browser: InteractionBrowser,
    Path(connector_id): Path<String>,
    Body(body): JsonObject,
) -> Result<Json<Value>, ApiError> {
    verify(browser, ProviderKind::Enterprise, connector_id, body).await
}

/// The connectors of an address. It says nothing about accounts.
async fn find_sso_connectors(browser: InteractionBrowser, query: QueryParams) -> Result<Json<Value>, ApiError> {
    let email = query.get("email").filter(|email| flow::identifier::is_email(email));
    let email = email.ok_or_else(|| invalid_member(&["email"], "expected an e-mail address"))?;
    let found = browser.config.policy.sso_connectors_of(email);
    let ids: Vec<&str> = found.iter().map(|connector| connector.id.as_str()).collect();
    Ok(Json(json!({"connectorIds": ids})))
}

async fn begin(
    browser: InteractionBrowser,
    kind: ProviderKind,
    connector_id: String,
    body: Map<String, Value>,
) -> Result<Json<Value>, ApiError> {
    let mut reader = BodyReader::new(body);
    let state = reader.text("state", 1);
    let redirect_uri = reader.text("redirectUri", 1);
    reader.into_result()?;
    require_request(&state, &redirect_uri)?;
    let browser = browser.in_tab(TabStep::Continue).await?;
    let verification_id = id::entity_id(&browser.app.rng);
    let request = ProviderRequest { kind, connector_id, verification_id: verification_id.clone(), state, redirect_uri };
    let authorization_uri = browser.begin_at_provider(request, Vec::new()).await?;
    Ok(Json(json!({"authorizationUri": authorization_uri, "verificationId": verification_id})))
}

async fn verify(
    browser: InteractionBrowser,
    kind: ProviderKind,
    connector_id: String,
    body: Map<String, Value>,
) -> Result<Json<Value>, ApiError> {
    let mut reader = BodyReader::new(body);
    let verification_id = reader.text("verificationId", 1);
    let parameters = reader.object("connectorData");
    reader.into_result()?;
    let browser = browser.in_tab(TabStep::Verification(verification_id.clone())).await?;
    let kind = Some(kind);
    let response = ProviderResponse { kind, connector_id, verification_id: verification_id.clone(), parameters };
    into_result(browser.complete_at_provider(response, Vec::new()).await?)?;
    Ok(Json(json!({"verificationId": verification_id})))
}
