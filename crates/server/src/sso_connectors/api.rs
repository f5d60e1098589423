//! `/api/sso-connectors` and `/api/sso-connector-providers` (inventory M199–M204).

use std::time::Duration;

use ::api::sso_connectors::{
    CreateSsoConnector, SsoConnector as WireConnector, SsoConnectorProvider, SsoConnectorWithProvider,
    UpdateSsoConnector,
};
use axum::Json;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use tokio::time::{Instant, timeout_at};

use super::model::SsoConnector;
use super::store::{Changes, NewSsoConnector};
use super::{connection, providers, store};
use crate::callers::ManagementCaller;
use crate::errors::ApiError;
use crate::http::{OptionalPaging, RequestBody};
use crate::routes::Routes;

/// How many issuers are asked at the same time for one list.
const ASKED_AT_ONCE: usize = 8;
/// A list shows what issuers say until this time has passed.
const LIST_DEADLINE: Duration = Duration::from_secs(5);

pub(super) fn routes() -> Routes {
    let one = "/api/sso-connectors/{id}";
    Routes::new()
        .get("/api/sso-connector-providers", list_providers)
        .get("/api/sso-connectors", list_connectors)
        .post("/api/sso-connectors", create_connector)
        .get(one, get_connector)
        .patch(one, update_connector)
        .delete(one, delete_connector)
}

async fn list_providers(caller: ManagementCaller) -> Json<Vec<SsoConnectorProvider>> {
    Json(providers::all(caller.locale))
}

async fn list_connectors(caller: ManagementCaller, paging: OptionalPaging) -> Result<Response, ApiError> {
    let page = paging.0.as_ref().map(|paging| paging.page());
    let (total, connectors) = caller.read(move |view| store::list(view, page)).await?;
    let deadline = Instant::now() + LIST_DEADLINE;
    let mut shown = Vec::with_capacity(connectors.len());
    for chunk in connectors.chunks(ASKED_AT_ONCE) {
        let ask = |connector: &SsoConnector| {
            let (app, connector) = (caller.app.clone(), connector.clone());
            tokio::spawn(async move { timeout_at(deadline, connection::ask(&app, &connector)).await.ok().flatten() })
        };
        let tasks: Vec<_> = chunk.iter().map(ask).collect();
        for (connector, task) in chunk.iter().zip(tasks) {
            shown.push(with_provider(&caller, connector, task.await.ok().flatten()));
        }
    }
    Ok(match &paging.0 {
        Some(paging) => paging.response(total, &shown),
        None => Json(shown).into_response(),
    })
}

async fn create_connector(
    caller: ManagementCaller,
    RequestBody(body): RequestBody<CreateSsoConnector>,
) -> Result<Json<WireConnector>, ApiError> {
    let kind = providers::find(&body.provider_name)?;
    let new = NewSsoConnector {
        kind,
        connector_name: body.connector_name.0,
        changes: Changes::read(body.domains, body.branding, body.sync_profile, body.enable_token_storage)?,
        config: match body.config {
            Some(config) => connection::check(&caller.app, kind, &config).await?,
            None => None,
        },
    };
    let tenant = caller.tenant_id();
    let made = caller.write(move |work| store::create(work, new)).await?;
    Ok(Json(made.to_wire(tenant)))
}

async fn get_connector(
    caller: ManagementCaller,
    Path(id): Path<String>,
) -> Result<Json<SsoConnectorWithProvider>, ApiError> {
    let connector = caller.read(move |view| store::get(view, &id)).await?;
    Ok(Json(ask_provider(&caller, &connector).await))
}

async fn update_connector(
    caller: ManagementCaller,
    Path(id): Path<String>,
    RequestBody(body): RequestBody<UpdateSsoConnector>,
) -> Result<Json<SsoConnectorWithProvider>, ApiError> {
    let changes = Changes::read(body.domains, body.branding, body.sync_profile, body.enable_token_storage)?;
    let wanted = id.clone();
    // A connector never becomes one of another kind.
    let kind = caller.read(move |view| store::get(view, &wanted)).await?.kind;
    let config = match body.config {
        Some(config) => Some(connection::check(&caller.app, kind, &config).await?),
        None => None,
    };
    let name = body.connector_name.map(|name| name.0);
    let changed = caller.write(move |work| store::update(work, &id, name, config, changes)).await?;
    Ok(Json(ask_provider(&caller, &changed).await))
}

async fn delete_connector(caller: ManagementCaller, Path(id): Path<String>) -> Result<StatusCode, ApiError> {
    caller.write(move |work| store::delete(work, &id)).await.map(|()| StatusCode::NO_CONTENT)
}

async fn ask_provider(caller: &ManagementCaller, connector: &SsoConnector) -> SsoConnectorWithProvider {
    let asked = connection::ask(&caller.app, connector).await;
    with_provider(caller, connector, asked)
}

fn with_provider(
    caller: &ManagementCaller,
    connector: &SsoConnector,
    provider_config: Option<::api::JsonObject>,
) -> SsoConnectorWithProvider {
    let provider = providers::describe(connector.kind, caller.locale);
    SsoConnectorWithProvider {
        connector: connector.to_wire(caller.tenant_id()),
        name: provider.name,
        provider_type: provider.provider_type,
        provider_logo: provider.logo,
        provider_logo_dark: provider.logo_dark,
        provider_config,
    }
}
