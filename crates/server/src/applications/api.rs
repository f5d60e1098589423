//! `/api/applications` (inventory M061–M068, M071).

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use db::Tx;
use oauth::client::ApplicationType;
use serde::Serialize;
use serde_json::{Map, Value};

use super::model::{Application, ApplicationPatch, NewApplication};
use super::roles;
use super::store::{self, Filter};
use crate::errors::ApiError;
use crate::http::body::issue;
use crate::http::{Body, MaybePaged, QueryParams};
use crate::organizations::memberships;
use crate::routing::{Access, Routes};
use crate::search::Search;
use crate::{App, Tenant};

pub(super) fn routes() -> Routes {
    Routes::new()
        .get("/api/applications", Access::Management, index)
        .post("/api/applications", Access::Management, create)
        .get("/api/applications/{id}", Access::Management, show)
        .patch("/api/applications/{id}", Access::Management, update)
        .delete("/api/applications/{id}", Access::Management, remove)
        .patch("/api/applications/{id}/custom-data", Access::Management, merge_custom_data)
        .get("/api/applications/{id}/organizations", Access::Management, organizations)
}

/// An application as its own route shows it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Shown {
    #[serde(flatten)]
    application: Application,
    is_admin: bool,
}

async fn index(
    State(app): State<App>,
    tenant: Tenant,
    paged: MaybePaged,
    query: QueryParams,
) -> Result<Response, ApiError> {
    let (tenant, filter, page) = (tenant.id(), filter(&query)?, paged.page());
    let (total, applications) =
        app.db.read(move |r| store::page(r, tenant, &filter, page)).await.map_err(ApiError::from)?;
    Ok(paged.reply(total, &applications))
}

fn filter(query: &QueryParams) -> Result<Filter, ApiError> {
    let refused = |kind: &str, name: &str| Err(issue(kind, vec![name.into()], "not one of the known values"));
    let types: Vec<String> = query.values("types").map(str::to_owned).collect();
    if types.len() > 100 {
        return Err(issue("too_big", vec!["types".into()], "at most 100 values"));
    }
    if types.iter().any(|kind| ApplicationType::from_name(kind).is_none()) {
        return refused("invalid_enum_value", "types");
    }
    let is_third_party = match query.values("isThirdParty").next() {
        None => None,
        Some("true") => Some(true),
        Some("false") => Some(false),
        Some(_) => return refused("invalid_union", "isThirdParty"),
    };
    let id = |name: &str| query.get(name).map(str::to_owned);
    let (exclude_role_id, exclude_organization_id) = (id("excludeRoleId"), id("excludeOrganizationId"));
    if exclude_role_id.is_some() && exclude_organization_id.is_some() {
        return Err(ApiError::bad_request("request.invalid_input"));
    }
    let search = Search::read(query, store::FIELDS)?;
    Ok(Filter { types, is_third_party, exclude_role_id, exclude_organization_id, search })
}

async fn create(
    State(app): State<App>,
    tenant: Tenant,
    Body(new): Body<NewApplication>,
) -> Result<Json<Application>, ApiError> {
    let (tenant_id, rng, now) = (tenant.id(), app.rng.clone(), app.clock.now());
    let created = tenant.write_config(move |tx: &Tx<'_>| store::create(tx, tenant_id, (&rng, now), new)).await?;
    Ok(Json(created.application))
}

async fn show(State(app): State<App>, tenant: Tenant, Path(id): Path<String>) -> Result<Json<Shown>, ApiError> {
    let tenant = tenant.id();
    let read = move |r: &db::Read<'_>| {
        let application = store::by_id(r, tenant, &id)?;
        let is_admin = roles::is_admin(r, &application)?;
        Ok::<_, ApiError>(Shown { application, is_admin })
    };
    Ok(Json(app.db.read(read).await?))
}

async fn update(
    tenant: Tenant,
    Path(id): Path<String>,
    Body(patch): Body<ApplicationPatch>,
) -> Result<Json<Application>, ApiError> {
    let tenant_id = tenant.id();
    Ok(Json(tenant.write_config(move |tx: &Tx<'_>| store::update(tx, tenant_id, &id, patch)).await?))
}

async fn remove(tenant: Tenant, Path(id): Path<String>) -> Result<StatusCode, ApiError> {
    let tenant_id = tenant.id();
    tenant.write_config(move |tx: &Tx<'_>| store::delete(tx, tenant_id, &id)).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn merge_custom_data(
    tenant: Tenant,
    Path(id): Path<String>,
    Body(changes): Body<Map<String, Value>>,
) -> Result<Json<Map<String, Value>>, ApiError> {
    let tenant_id = tenant.id();
    let write = move |tx: &Tx<'_>| {
        let mut application = store::by_id(tx, tenant_id, &id)?;
        application.custom_data.extend(changes);
        store::save(tx, &application)?;
        Ok::<_, ApiError>(application.custom_data)
    };
    Ok(Json(tenant.write_config(write).await?))
}

async fn organizations(
    State(app): State<App>,
    tenant: Tenant,
    paged: MaybePaged,
    Path(id): Path<String>,
) -> Result<Response, ApiError> {
    let tenant = tenant.id();
    let read = move |r: &db::Read<'_>| {
        let application = store::by_id(r, tenant, &id)?;
        Ok::<_, ApiError>(memberships::of_application(r, tenant, &application.id)?)
    };
    Ok(paged.slice(&app.db.read(read).await?))
}
