//! Scopes of the organization template (inventory M184–M188).

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use db::{DbError, FromRow, Read, Row, Tx, params, sql};
use kernel::{Timestamp, id};
use serde::Serialize;

use super::{NameAndDescription, require_deleted};
use crate::errors::ApiError;
use crate::http::{Body, OptionalPaging, QueryParams};
use crate::organizations::link_table::map_constraint_error;
use crate::routes::{Access, Routes};
use crate::search::{ListQuery, Where};
use crate::{App, Tenant};

/// A permission within organizations.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OrganizationScope {
    pub tenant_id: String,
    pub id: String,
    pub name: String,
    pub description: Option<String>,
}

impl FromRow for OrganizationScope {
    fn from_row(row: &Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            tenant_id: row.get("tenant_id")?,
            id: row.get("id")?,
            name: row.get("name")?,
            description: row.get("description")?,
        })
    }
}

pub(super) fn routes() -> Routes {
    let (all, one) = ("/api/organization-scopes", "/api/organization-scopes/{id}");
    Routes::new()
        .old_get(all, Access::Management, list_organization_scopes)
        .old_post(all, Access::Management, create_organization_scope)
        .old_get(one, Access::Management, get_organization_scope)
        .old_patch(one, Access::Management, update_organization_scope)
        .old_delete(one, Access::Management, delete_organization_scope)
}

async fn list_organization_scopes(
    State(app): State<App>,
    tenant: Tenant,
    query: QueryParams,
    paging: OptionalPaging,
) -> Result<Response, ApiError> {
    let condition = Where::new("tenant_id = {}", [tenant.id()]).and_contains(&["name", "id"], query.get("q"));
    let page = paging.page();
    let (total, items) = app.db.read(move |r| LIST_QUERY.rows::<OrganizationScope>(r, &condition, page)).await?;
    Ok(paging.response(total, &items))
}

const LIST_QUERY: ListQuery = ListQuery { columns: "*", from: "organization_scopes", order: "name, id" };

async fn create_organization_scope(
    State(app): State<App>,
    tenant: Tenant,
    Body(new): Body<NameAndDescription>,
) -> Result<(StatusCode, Json<OrganizationScope>), ApiError> {
    new.check()?;
    new.name()?;
    let (own, id, now) = (tenant.id(), id::entity_id(&app.rng), app.clock.now());
    let created = tenant.write_config(move |tx| insert(tx, own, (&id, now), &new)).await?;
    Ok((StatusCode::CREATED, Json(created)))
}

fn insert(
    tx: &Tx<'_>,
    tenant: &str,
    (id, now): (&str, Timestamp),
    new: &NameAndDescription,
) -> Result<OrganizationScope, ApiError> {
    let text = sql!(
        "insert into organization_scopes (tenant_id, id, name, description, created_at) \
         values ($1, $2, $3, $4, $5) returning *"
    );
    tx.query_one(text, params![tenant, id, new.name()?, new.description(), now]).map_err(map_constraint_error)
}

async fn get_organization_scope(
    State(app): State<App>,
    tenant: Tenant,
    Path(id): Path<String>,
) -> Result<Json<OrganizationScope>, ApiError> {
    let tenant = tenant.id();
    let text = sql!("select * from organization_scopes where tenant_id = $1 and id = $2");
    let find = move |r: &Read<'_>| {
        r.query_opt(text, params![tenant, &id])?.ok_or_else(|| ApiError::not_found_by_id("organization_scopes", &id))
    };
    app.db.read(find).await.map(Json)
}

async fn update_organization_scope(
    tenant: Tenant,
    Path(id): Path<String>,
    Body(patch): Body<NameAndDescription>,
) -> Result<Json<OrganizationScope>, ApiError> {
    patch.check()?;
    if patch.name.is_none() && patch.description.is_none() {
        return Err(ApiError::unprocessable("entity.invalid_input"));
    }
    let own = tenant.id();
    let text = sql!(
        "update organization_scopes set name = coalesce($3, name), \
         description = case when $4 then $5 else description end where tenant_id = $1 and id = $2 returning *"
    );
    let update = move |tx: &Tx<'_>| {
        let description = patch.description();
        let updated = tx
            .query_opt(text, params![own, &id, &patch.name, patch.description.is_some(), description])
            .map_err(map_constraint_error)?;
        Ok::<_, ApiError>(updated.ok_or(DbError::Conflict)?)
    };
    tenant.write_config(update).await.map(Json)
}

async fn delete_organization_scope(tenant: Tenant, Path(id): Path<String>) -> Result<StatusCode, ApiError> {
    let own = tenant.id();
    let text = sql!("delete from organization_scopes where tenant_id = $1 and id = $2");
    let remove = move |tx: &Tx<'_>| require_deleted(tx.exec(text, params![own, &id])?);
    tenant.write_config(remove).await
}
