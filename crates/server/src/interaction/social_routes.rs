//! Routes of social sign-in (E013, E014).

use axum::Json;
use axum::extract::Path;
use kernel::id;
use serde_json::{Value, json};

use super::api::{JsonObject, into_result};
use super::body_reader::BodyReader;
use super::browser::InteractionBrowser;
use super::social::{SocialRequest, SocialResponse};
use super::tabs::TabStep;
use crate::ApiError;
use crate::http::Body;
use crate::http::validate::invalid_member;
use crate::routes::Routes;

pub(super) fn routes() -> Routes {
    let base = "/api/experience/verification/social/{connector_id}";
    Routes::new().post(&format!("{base}/authorization-uri"), begin).post(&format!("{base}/verify"), verify)
}

/// More than any state needs, in characters.
const MAX_STATE: usize = 1024;

async fn begin(
    browser: InteractionBrowser,
    Path(connector_id): Path<String>,
    Body(body): JsonObject,
) -> Result<Json<Value>, ApiError> {
    let mut reader = BodyReader::new(body);
    let state = reader.text("state", 1);
    let redirect_uri = reader.text("redirectUri", 1);
    reader.into_result()?;
    if state.chars().count() > MAX_STATE {
        return Err(invalid_member(&["state"], "expected at most 1024 characters"));
    }
    // Also an app's own scheme. The provider compares it with what was registered there.
    if url::Url::parse(&redirect_uri).map_or(true, |uri| uri.fragment().is_some()) {
        return Err(invalid_member(&["redirectUri"], "expected an absolute URL without fragment"));
    }
    let browser = browser.in_tab(TabStep::Continue).await?;
    let verification_id = id::entity_id(&browser.app.rng);
    let request = SocialRequest { connector_id, verification_id: verification_id.clone(), state, redirect_uri };
    let authorization_uri = browser.begin_social(request, Vec::new()).await?;
    Ok(Json(json!({"authorizationUri": authorization_uri, "verificationId": verification_id})))
}

/// Without `verificationId` it would be Google One Tap, which is not offered.
async fn verify(
    browser: InteractionBrowser,
    Path(connector_id): Path<String>,
    Body(body): JsonObject,
) -> Result<Json<Value>, ApiError> {
    let mut reader = BodyReader::new(body);
    let verification_id = reader.text("verificationId", 1);
    let parameters = reader.object("connectorData");
    reader.into_result()?;
    let browser = browser.in_tab(TabStep::Verification(verification_id.clone())).await?;
    let response = SocialResponse { connector_id, verification_id: verification_id.clone(), parameters };
    into_result(browser.verify_social(response, Vec::new()).await?)?;
    Ok(Json(json!({"verificationId": verification_id})))
}
