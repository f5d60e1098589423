//! Routes of the roles of the organization template (inventory M171–M175).

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use db::{Tx, params, sql};
use kernel::id;
use serde::Deserialize;

use super::roles::{self, OrganizationRole, OrganizationRoleInput, RoleType};
use super::{NameAndDescription, require_deleted};
use crate::errors::ApiError;
use crate::http::body::double_option;
use crate::http::newtypes::IdList;
use crate::http::{Body, Paging, QueryParams};
use crate::routes::{Access, Routes};
use crate::{App, Tenant};

pub(super) fn routes() -> Routes {
    let (all, one) = ("/api/organization-roles", "/api/organization-roles/{id}");
    Routes::new()
        .old_get(all, Access::Management, list_organization_roles)
        .old_post(all, Access::Management, create_organization_role)
        .old_get(one, Access::Management, get_organization_role)
        .old_patch(one, Access::Management, update_organization_role)
        .old_delete(one, Access::Management, delete_organization_role)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct OrganizationRoleRequest {
    name: Option<String>,
    #[serde(default, deserialize_with = "double_option")]
    description: Option<Option<String>>,
    #[serde(rename = "type")]
    kind: Option<RoleType>,
    #[serde(default)]
    organization_scope_ids: IdList,
    #[serde(default)]
    resource_scope_ids: IdList,
}

async fn list_organization_roles(
    State(app): State<App>,
    tenant: Tenant,
    query: QueryParams,
    paging: Paging,
) -> Result<Response, ApiError> {
    let (tenant, page) = (tenant.id(), paging.page());
    let q = query.get("q").map(str::to_owned);
    let (total, items) = app.db.read(move |r| roles::list_page(r, tenant, q.as_deref(), page)).await?;
    Ok(paging.response(total, &items))
}

async fn create_organization_role(
    State(app): State<App>,
    tenant: Tenant,
    Body(body): Body<OrganizationRoleRequest>,
) -> Result<(StatusCode, Json<OrganizationRole>), ApiError> {
    let new = OrganizationRoleInput {
        text: NameAndDescription { name: body.name, description: body.description },
        kind: body.kind,
    };
    new.text.check()?;
    new.text.name()?;
    let scopes = body.organization_scope_ids.0;
    let resource_scopes = body.resource_scope_ids.0;
    let (own, id, now) = (tenant.id(), id::entity_id(&app.rng), app.clock.now());
    let write = move |tx: &Tx<'_>| roles::create(tx, own, (&id, now), &new, (&scopes, &resource_scopes));
    Ok((StatusCode::CREATED, Json(tenant.write_config(write).await?)))
}

async fn get_organization_role(
    State(app): State<App>,
    tenant: Tenant,
    Path(id): Path<String>,
) -> Result<Json<OrganizationRole>, ApiError> {
    let tenant = tenant.id();
    app.db.read(move |r| roles::get(r, tenant, &id)).await.map(Json)
}

async fn update_organization_role(
    tenant: Tenant,
    Path(id): Path<String>,
    Body(body): Body<OrganizationRoleRequest>,
) -> Result<Json<OrganizationRole>, ApiError> {
    let patch = OrganizationRoleInput {
        text: NameAndDescription { name: body.name, description: body.description },
        kind: body.kind,
    };
    patch.text.check()?;
    let own = tenant.id();
    tenant.write_config(move |tx| roles::update(tx, own, &id, &patch)).await.map(Json)
}

async fn delete_organization_role(tenant: Tenant, Path(id): Path<String>) -> Result<StatusCode, ApiError> {
    let own = tenant.id();
    let text = sql!("delete from organization_roles where tenant_id = $1 and id = $2");
    tenant.write_config(move |tx| require_deleted(tx.exec(text, params![own, &id])?)).await
}
