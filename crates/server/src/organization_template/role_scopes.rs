//! The organization scopes and API scopes of an organization role (inventory M176–M183).

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use db::{DbError, FromRow, Row, Tx, params, sql};
use serde::{Deserialize, Serialize};

use super::OrganizationScope;
use crate::errors::ApiError;
use crate::http::newtypes::IdList;
use crate::http::{Body, OptionalPaging};
use crate::organizations::link_table::LinkTable;
use crate::routes::{Access, Routes};
use crate::{App, Tenant};

/// Organization scopes of a role.
pub(super) static ROLE_SCOPES: LinkTable = LinkTable {
    select: sql!(
        "select organization_scope_id from organization_role_scopes where tenant_id = $1 and organization_role_id = $2"
    ),
    insert: sql!(
        "insert into organization_role_scopes (tenant_id, organization_role_id, organization_scope_id) \
         values ($1, $2, $3) on conflict do nothing"
    ),
    delete: sql!(
        "delete from organization_role_scopes \
         where tenant_id = $1 and organization_role_id = $2 and organization_scope_id = $3"
    ),
};

/// API scopes of a role.
pub(super) static RESOURCE_SCOPES: LinkTable = LinkTable {
    select: sql!(
        "select scope_id from organization_role_resource_scopes where tenant_id = $1 and organization_role_id = $2"
    ),
    insert: sql!(
        "insert into organization_role_resource_scopes (tenant_id, organization_role_id, scope_id) \
         values ($1, $2, $3) on conflict do nothing"
    ),
    delete: sql!(
        "delete from organization_role_resource_scopes \
         where tenant_id = $1 and organization_role_id = $2 and scope_id = $3"
    ),
};

pub(super) fn routes() -> Routes {
    let scopes = "/api/organization-roles/{id}/scopes";
    let resource_scopes = "/api/organization-roles/{id}/resource-scopes";
    Routes::new()
        .old_get(scopes, Access::Management, list_scopes)
        .old_post(scopes, Access::Management, add_scopes)
        .old_put(scopes, Access::Management, replace_scopes)
        .old_delete(&format!("{scopes}/{{scope}}"), Access::Management, remove_scope)
        .old_get(resource_scopes, Access::Management, list_resource_scopes)
        .old_post(resource_scopes, Access::Management, add_resource_scopes)
        .old_put(resource_scopes, Access::Management, replace_resource_scopes)
        .old_delete(&format!("{resource_scopes}/{{scope}}"), Access::Management, remove_resource_scope)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct OrganizationScopeIds {
    organization_scope_ids: IdList,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ScopeIds {
    scope_ids: IdList,
}

/// An API scope with its resource's id.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
struct ResourceScope {
    tenant_id: String,
    id: String,
    resource_id: String,
    name: String,
    description: Option<String>,
    created_at: i64,
}

impl FromRow for ResourceScope {
    fn from_row(row: &Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            tenant_id: row.get("tenant_id")?,
            id: row.get("id")?,
            resource_id: row.get("resource_id")?,
            name: row.get("name")?,
            description: row.get("description")?,
            created_at: row.get("created_at")?,
        })
    }
}

async fn list_scopes(
    State(app): State<App>,
    tenant: Tenant,
    Path(role): Path<String>,
    paging: OptionalPaging,
) -> Result<Response, ApiError> {
    let tenant = tenant.id();
    let text = sql!(
        "select s.* from organization_role_scopes x \
         join organization_scopes s on s.tenant_id = x.tenant_id and s.id = x.organization_scope_id \
         where x.tenant_id = $1 and x.organization_role_id = $2 order by s.name, s.id"
    );
    let all: Vec<OrganizationScope> = app.db.read(move |r| r.query_all(text, params![tenant, role])).await?;
    Ok(paging.paginate_in_memory(&all))
}

async fn list_resource_scopes(
    State(app): State<App>,
    tenant: Tenant,
    Path(role): Path<String>,
    paging: OptionalPaging,
) -> Result<Response, ApiError> {
    let tenant = tenant.id();
    let text = sql!(
        "select s.* from organization_role_resource_scopes x \
         join scopes s on s.tenant_id = x.tenant_id and s.id = x.scope_id \
         where x.tenant_id = $1 and x.organization_role_id = $2 order by s.name, s.id"
    );
    let all: Vec<ResourceScope> = app.db.read(move |r| r.query_all(text, params![tenant, role])).await?;
    Ok(paging.paginate_in_memory(&all))
}

async fn add_scopes(
    tenant: Tenant,
    Path(role): Path<String>,
    Body(body): Body<OrganizationScopeIds>,
) -> Result<StatusCode, ApiError> {
    write_links(
        &ROLE_SCOPES,
        tenant,
        role,
        body.organization_scope_ids.require_non_empty("organizationScopeIds")?,
        false,
    )
    .await
}

async fn replace_scopes(
    tenant: Tenant,
    Path(role): Path<String>,
    Body(body): Body<OrganizationScopeIds>,
) -> Result<StatusCode, ApiError> {
    write_links(&ROLE_SCOPES, tenant, role, body.organization_scope_ids.0, true).await
}

async fn add_resource_scopes(
    tenant: Tenant,
    Path(role): Path<String>,
    Body(body): Body<ScopeIds>,
) -> Result<StatusCode, ApiError> {
    write_links(&RESOURCE_SCOPES, tenant, role, body.scope_ids.require_non_empty("scopeIds")?, false).await
}

async fn replace_resource_scopes(
    tenant: Tenant,
    Path(role): Path<String>,
    Body(body): Body<ScopeIds>,
) -> Result<StatusCode, ApiError> {
    write_links(&RESOURCE_SCOPES, tenant, role, body.scope_ids.0, true).await
}

async fn write_links(
    table: &'static LinkTable,
    tenant: Tenant,
    role: String,
    ids: Vec<String>,
    replace: bool,
) -> Result<StatusCode, ApiError> {
    let own = tenant.id();
    let write = move |tx: &Tx<'_>| match replace {
        true => table.replace(tx, &[own, &role], &ids, &[]),
        false => table.add(tx, &[own, &role], &ids, &[]),
    };
    tenant.write_config(write).await?;
    Ok(if replace { StatusCode::NO_CONTENT } else { StatusCode::CREATED })
}

async fn remove_scope(tenant: Tenant, Path((role, scope)): Path<(String, String)>) -> Result<StatusCode, ApiError> {
    let own = tenant.id();
    tenant.write_config(move |tx| ROLE_SCOPES.remove(tx, &[own, &role], &scope)).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn remove_resource_scope(
    tenant: Tenant,
    Path((role, scope)): Path<(String, String)>,
) -> Result<StatusCode, ApiError> {
    let own = tenant.id();
    tenant.write_config(move |tx| RESOURCE_SCOPES.remove(tx, &[own, &role], &scope)).await?;
    Ok(StatusCode::NO_CONTENT)
}
