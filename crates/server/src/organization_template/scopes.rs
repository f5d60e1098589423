//! Scopes of the organization template (inventory M184–M188).

use ::api::ErrorCode;
use ::api::ids::OrganizationScopeId;
use ::api::organization_template::{CreateOrganizationScope, UpdateOrganizationScope};
use axum::Json;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use db::{DbError, FromRow, params, sql};
use kernel::id;
use serde::Serialize;
use serde_json::json;

use crate::callers::ManagementCaller;
use crate::errors::ApiError;
use crate::events::{EventBody, EventKind};
use crate::http::{OptionalPaging, QueryParams, RequestBody};
use crate::link_table::map_constraint_error;
use crate::organizations::empty_to_null;
use crate::routes::Routes;
use crate::search::{ListQuery, Where};
use crate::tenants::Section;
use crate::work::{View, Work};

/// A permission within organizations.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, FromRow)]
#[serde(rename_all = "camelCase")]
pub struct OrganizationScope {
    pub tenant_id: String,
    pub id: String,
    pub name: String,
    pub description: Option<String>,
}

pub(super) fn routes() -> Routes {
    let (all, one) = ("/api/organization-scopes", "/api/organization-scopes/{id}");
    Routes::new()
        .get(all, list_organization_scopes)
        .post(all, create_organization_scope)
        .get(one, get_organization_scope)
        .patch(one, update_organization_scope)
        .delete(one, delete_organization_scope)
}

const LIST_QUERY: ListQuery = ListQuery { columns: "*", from: "organization_scopes", order: "name, id" };

async fn list_organization_scopes(
    caller: ManagementCaller,
    query: QueryParams,
    paging: OptionalPaging,
) -> Result<Response, ApiError> {
    let condition = Where::new("tenant_id = {}", [caller.tenant_id()]).and_contains(&["name", "id"], query.get("q"));
    let page = paging.page();
    let (total, items) = caller
        .read(move |view| Ok::<_, ApiError>(LIST_QUERY.rows::<OrganizationScope>(view, &condition, page)?))
        .await?;
    Ok(paging.response(total, &items))
}

async fn create_organization_scope(
    caller: ManagementCaller,
    RequestBody(new): RequestBody<CreateOrganizationScope>,
) -> Result<(StatusCode, Json<OrganizationScope>), ApiError> {
    let text = sql!(
        "insert into organization_scopes (tenant_id, id, name, description, created_at) \
         values ($1, $2, $3, $4, $5) returning *"
    );
    let create = move |work: &Work<'_>| {
        work.touch(Section::Access)?;
        let id = id::entity_id(work.rng());
        let description = empty_to_null(new.description.into_value().map(|text| text.0));
        let values = params![work.tenant_id(), id, new.name.0, description, work.now()];
        let scope: OrganizationScope = work.query_one(text, values).map_err(map_constraint_error)?;
        work.emit(EventKind::OrganizationScopeCreated, || json!(scope))?;
        Ok::<_, ApiError>(scope)
    };
    caller.write(create).await.map(|created| (StatusCode::CREATED, Json(created)))
}

async fn get_organization_scope(
    caller: ManagementCaller,
    Path(id): Path<OrganizationScopeId>,
) -> Result<Json<OrganizationScope>, ApiError> {
    let text = sql!("select * from organization_scopes where tenant_id = $1 and id = $2");
    let find = move |view: &View<'_>| {
        view.query_opt(text, params![view.tenant_id(), id.as_str()])?
            .ok_or_else(|| ApiError::not_found_by_id("organization_scopes", &id))
    };
    caller.read(find).await.map(Json)
}

async fn update_organization_scope(
    caller: ManagementCaller,
    Path(id): Path<OrganizationScopeId>,
    RequestBody(patch): RequestBody<UpdateOrganizationScope>,
) -> Result<Json<OrganizationScope>, ApiError> {
    if patch == UpdateOrganizationScope::default() {
        return Err(ApiError::unprocessable(ErrorCode::EntityInvalidInput));
    }
    let text = sql!(
        "update organization_scopes set name = coalesce($3, name), \
         description = case when $4 then $5 else description end where tenant_id = $1 and id = $2 returning *"
    );
    let update = move |work: &Work<'_>| {
        work.touch(Section::Access)?;
        let (changes_description, name) = (!patch.description.is_absent(), patch.name.map(|name| name.0));
        let description = empty_to_null(patch.description.into_value().map(|text| text.0));
        let values = params![work.tenant_id(), id.as_str(), name, changes_description, description];
        let updated: Option<OrganizationScope> = work.query_opt(text, values).map_err(map_constraint_error)?;
        let scope = updated.ok_or(DbError::Conflict)?;
        work.emit(EventKind::OrganizationScopeDataUpdated, || json!(scope))?;
        Ok::<_, ApiError>(scope)
    };
    caller.write(update).await.map(Json)
}

async fn delete_organization_scope(
    caller: ManagementCaller,
    Path(id): Path<OrganizationScopeId>,
) -> Result<StatusCode, ApiError> {
    let text = sql!("delete from organization_scopes where tenant_id = $1 and id = $2");
    let delete = move |work: &Work<'_>| {
        work.touch(Section::Access)?;
        work.exec_existing(text, params![work.tenant_id(), id.as_str()])?;
        Ok::<_, ApiError>(work.emit(EventKind::OrganizationScopeDeleted, EventBody::default)?)
    };
    caller.write(delete).await.map(|()| StatusCode::NO_CONTENT)
}
