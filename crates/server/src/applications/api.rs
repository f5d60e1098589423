//! `/api/applications` (inventory M061–M068, M071).

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use db::Tx;
use oauth::client::ApplicationType;
use serde::Serialize;
use serde_json::{Map, Value};

use super::model::{Application, CreateApplication, UpdateApplication};
use super::roles;
use super::store::{self, ApplicationFilter};
use crate::errors::ApiError;
use crate::http::body::invalid_input_issue;
use crate::http::{Body, OptionalPaging, QueryParams};
use crate::organizations::memberships;
use crate::routes::{Access, Routes};
use crate::search::Search;
use crate::{App, Tenant};

pub(super) fn routes() -> Routes {
    Routes::new()
        .old_get("/api/applications", Access::Management, list_applications)
        .old_post("/api/applications", Access::Management, create_application)
        .old_get("/api/applications/{id}", Access::Management, get_application)
        .old_patch("/api/applications/{id}", Access::Management, update_application)
        .old_delete("/api/applications/{id}", Access::Management, delete_application)
        .old_patch("/api/applications/{id}/custom-data", Access::Management, update_custom_data)
        .old_get("/api/applications/{id}/organizations", Access::Management, list_organizations)
}

/// The response of `GET /api/applications/{id}`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ApplicationResponse {
    #[serde(flatten)]
    application: Application,
    is_admin: bool,
}

async fn list_applications(
    State(app): State<App>,
    tenant: Tenant,
    paging: OptionalPaging,
    query: QueryParams,
) -> Result<Response, ApiError> {
    let (tenant, filter, page) = (tenant.id(), parse_filter(&query)?, paging.page());
    let (total, applications) =
        app.db.read(move |r| store::list_page(r, tenant, &filter, page)).await.map_err(ApiError::from)?;
    Ok(paging.response(total, &applications))
}

fn parse_filter(query: &QueryParams) -> Result<ApplicationFilter, ApiError> {
    let unknown_value =
        |kind: &str, name: &str| Err(invalid_input_issue(kind, vec![name.into()], "not one of the known values"));
    let types: Vec<String> = query.values("types").map(str::to_owned).collect();
    if types.len() > 100 {
        return Err(invalid_input_issue("too_big", vec!["types".into()], "at most 100 values"));
    }
    if types.iter().any(|kind| ApplicationType::from_name(kind).is_none()) {
        return unknown_value("invalid_enum_value", "types");
    }
    let is_third_party = match query.values("isThirdParty").next() {
        None => None,
        Some("true") => Some(true),
        Some("false") => Some(false),
        Some(_) => return unknown_value("invalid_union", "isThirdParty"),
    };
    let id = |name: &str| query.get(name).map(str::to_owned);
    let (exclude_role_id, exclude_organization_id) = (id("excludeRoleId"), id("excludeOrganizationId"));
    if exclude_role_id.is_some() && exclude_organization_id.is_some() {
        return Err(ApiError::bad_request("request.invalid_input"));
    }
    let search = Search::parse(query, store::SEARCHABLE_COLUMNS)?;
    Ok(ApplicationFilter { types, is_third_party, exclude_role_id, exclude_organization_id, search })
}

async fn create_application(
    State(app): State<App>,
    tenant: Tenant,
    Body(new): Body<CreateApplication>,
) -> Result<Json<Application>, ApiError> {
    let (tenant_id, rng, now) = (tenant.id(), app.rng.clone(), app.clock.now());
    let created = tenant.write_config(move |tx: &Tx<'_>| store::create(tx, tenant_id, (&rng, now), new)).await?;
    Ok(Json(created.application))
}

async fn get_application(
    State(app): State<App>,
    tenant: Tenant,
    Path(id): Path<String>,
) -> Result<Json<ApplicationResponse>, ApiError> {
    let tenant = tenant.id();
    let read = move |r: &db::Read<'_>| {
        let application = store::get(r, tenant, &id)?;
        let is_admin = roles::has_admin_role(r, &application)?;
        Ok::<_, ApiError>(ApplicationResponse { application, is_admin })
    };
    Ok(Json(app.db.read(read).await?))
}

async fn update_application(
    tenant: Tenant,
    Path(id): Path<String>,
    Body(patch): Body<UpdateApplication>,
) -> Result<Json<Application>, ApiError> {
    let tenant_id = tenant.id();
    Ok(Json(tenant.write_config(move |tx: &Tx<'_>| store::update(tx, tenant_id, &id, patch)).await?))
}

async fn delete_application(tenant: Tenant, Path(id): Path<String>) -> Result<StatusCode, ApiError> {
    let tenant_id = tenant.id();
    tenant.write_config(move |tx: &Tx<'_>| store::delete(tx, tenant_id, &id)).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn update_custom_data(
    tenant: Tenant,
    Path(id): Path<String>,
    Body(changes): Body<Map<String, Value>>,
) -> Result<Json<Map<String, Value>>, ApiError> {
    let tenant_id = tenant.id();
    let write = move |tx: &Tx<'_>| {
        let mut application = store::get(tx, tenant_id, &id)?;
        application.custom_data.extend(changes);
        store::save(tx, &application)?;
        Ok::<_, ApiError>(application.custom_data)
    };
    Ok(Json(tenant.write_config(write).await?))
}

async fn list_organizations(
    State(app): State<App>,
    tenant: Tenant,
    paging: OptionalPaging,
    Path(id): Path<String>,
) -> Result<Response, ApiError> {
    let tenant = tenant.id();
    let read = move |r: &db::Read<'_>| {
        let application = store::get(r, tenant, &id)?;
        Ok::<_, ApiError>(memberships::list_for_application_with_roles(r, tenant, &application.id)?)
    };
    Ok(paging.paginate_in_memory(&app.db.read(read).await?))
}
