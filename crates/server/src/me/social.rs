//! `/me/social` (inventory A080): accounts at the social providers of the tenant `admin`.

use ::api::me::{AuthorizationUri, LeaveForProvider, LinkMyIdentity};
use axum::Json;
use axum::extract::Path;
use axum::http::StatusCode;
use serde_json::Value;

use crate::ApiError;
use crate::account::social_identities::{self, Linking};
use crate::account::social_proof::{self, Departure, Return};
use crate::callers::MeUser;
use crate::connectors::social::{self, PublicConnector};
use crate::http::RequestBody;
use crate::routes::Routes;

pub(super) fn routes() -> Routes {
    Routes::new()
        .get("/me/social/connectors", list_connectors)
        .post("/me/social/authorization-uri", create_authorization_uri)
        .post("/me/social/link-identity", link_identity)
        .delete("/me/social/identity/{connectorId}", unlink_identity)
}

async fn list_connectors(caller: MeUser) -> Result<Json<Vec<Value>>, ApiError> {
    let targets = caller.request().config.policy.experience.social_sign_in_connector_targets.clone();
    let offered = caller.read(move |view| social::offered(view, &targets)).await?;
    Ok(Json(offered.iter().map(PublicConnector::to_json).collect()))
}

/// The answer names no record: the connector and the state find it again.
fn record_id(caller: &MeUser, connector_id: &str, state: &str) -> String {
    caller.record_id(&format!("social\n{connector_id}\n{state}"))
}

async fn create_authorization_uri(
    caller: MeUser,
    RequestBody(body): RequestBody<LeaveForProvider>,
) -> Result<Json<AuthorizationUri>, ApiError> {
    let departure = Departure {
        record_id: record_id(&caller, &body.connector_id, &body.state.0),
        connector_id: body.connector_id,
        state: body.state.0,
        redirect_uri: body.redirect_uri,
        scope: None,
        holder: String::new(),
    };
    let sent = social_proof::begin(caller.request(), &caller.unit(), departure).await?;
    Ok(Json(AuthorizationUri { redirect_to: sent.authorization_uri }))
}

/// Links the account, in the place of another one at the same provider.
async fn link_identity(caller: MeUser, RequestBody(body): RequestBody<LinkMyIdentity>) -> Result<StatusCode, ApiError> {
    let LinkMyIdentity { connector_id, connector_data } = body;
    let state = connector_data.get("state").and_then(Value::as_str);
    let state = state.ok_or_else(|| ApiError::bad_request("connector.insufficient_request_parameters"))?;
    let record_id = record_id(&caller, &connector_id, state);
    let back = Return { record_id: record_id.clone(), holder: String::new(), parameters: connector_data };
    social_proof::complete(caller.request(), &caller.unit(), back).await?;
    social_identities::link_proven(&caller, record_id, Linking::Replacing).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn unlink_identity(caller: MeUser, Path(connector_id): Path<String>) -> Result<StatusCode, ApiError> {
    let write = caller.write(move |work, user| {
        let connector = social::get(work, &connector_id)?;
        social_identities::unlink(work, &user, &connector.target)
    });
    write.await.map(|()| StatusCode::NO_CONTENT)
}
