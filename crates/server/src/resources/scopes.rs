//! Scopes of a resource (inventory M110–M113, D061).

use ::api::ErrorCode;
use kernel::ids::ResourceId;
use kernel::ids::ScopeId;
use std::collections::HashMap;

use ::api::resources::{CreateScope, UpdateScope};
use axum::Json;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use db::{DbError, FromRow, params, sql};
use kernel::{Timestamp, id};
use serde::Serialize;
use serde_json::json;

use super::model::Resource;
use super::store;
use crate::callers::ManagementCaller;
use crate::errors::ApiError;
use crate::events::{EventBody, EventKind};
use crate::http::{Paging, QueryParams, RequestBody};
use crate::routes::Routes;
use crate::search::{ListQuery, Search, SearchableColumns, Where};
use crate::tenants::Section;
use crate::work::{View, Work};

/// A permission on a resource.
#[derive(Debug, Clone, PartialEq, Serialize, FromRow)]
#[row(alias = "s")]
#[serde(rename_all = "camelCase")]
pub struct Scope {
    pub tenant_id: String,
    pub id: ScopeId,
    pub resource_id: ResourceId,
    pub name: String,
    pub description: Option<String>,
    pub created_at: Timestamp,
}

/// A scope `s` with its resource `a`.
#[derive(Debug, Clone, PartialEq, Serialize, FromRow)]
#[row(alias = "s")]
pub struct ScopeWithResource {
    #[row(flatten)]
    #[serde(flatten)]
    pub scope: Scope,
    #[row(flatten = "ResourceOfScope")]
    pub resource: Resource,
}

/// A resource under names that no scope has.
#[derive(FromRow)]
#[row(alias = "a")]
struct ResourceOfScope {
    #[row(rename = "resource_tenant_id", expression = "a.tenant_id")]
    tenant_id: String,
    #[row(rename = "resource_key", expression = "a.id")]
    id: ResourceId,
    #[row(rename = "resource_name", expression = "a.name")]
    name: String,
    indicator: String,
    is_default: bool,
    access_token_ttl: i64,
}

impl From<ResourceOfScope> for Resource {
    fn from(row: ResourceOfScope) -> Self {
        let ResourceOfScope { tenant_id, id, name, indicator, is_default, access_token_ttl } = row;
        Self { tenant_id, id, name, indicator, is_default, access_token_ttl }
    }
}

const SEARCHABLE_COLUMNS: SearchableColumns = &[("id", "id"), ("name", "name"), ("description", "description")];

const LIST_QUERY: ListQuery = ListQuery { columns: "*", from: "scopes", order: "created_at, id" };

pub(super) fn routes() -> Routes {
    Routes::new()
        .get("/api/resources/{id}/scopes", list_scopes)
        .post("/api/resources/{id}/scopes", create_scope)
        .patch("/api/resources/{id}/scopes/{scopeId}", update_scope)
        .delete("/api/resources/{id}/scopes/{scopeId}", delete_scope)
}

async fn list_scopes(
    caller: ManagementCaller,
    paging: Paging,
    query: QueryParams,
    Path(id): Path<ResourceId>,
) -> Result<Response, ApiError> {
    let search = Search::parse(&query, SEARCHABLE_COLUMNS)?;
    let page = paging.page();
    let read = move |view: &View<'_>| {
        let resource = store::get(view, &id)?;
        let condition = Where::new("tenant_id = {} and resource_id = {}", [view.tenant_id(), &resource.id]);
        Ok::<_, ApiError>(LIST_QUERY.rows::<Scope>(view, &search.apply_to(condition), Some(page))?)
    };
    let (total, scopes) = caller.read(read).await?;
    Ok(paging.response(total, &scopes))
}

async fn create_scope(
    caller: ManagementCaller,
    Path(id): Path<ResourceId>,
    RequestBody(new): RequestBody<CreateScope>,
) -> Result<(StatusCode, Json<Scope>), ApiError> {
    caller.write(move |work| create(work, &id, new)).await.map(|scope| (StatusCode::CREATED, Json(scope)))
}

async fn update_scope(
    caller: ManagementCaller,
    Path((id, scope_id)): Path<(ResourceId, ScopeId)>,
    RequestBody(patch): RequestBody<UpdateScope>,
) -> Result<Json<Scope>, ApiError> {
    caller.write(move |work| update(work, &mutable_resource(work, &id)?, &scope_id, patch)).await.map(Json)
}

async fn delete_scope(
    caller: ManagementCaller,
    Path((id, scope_id)): Path<(ResourceId, ScopeId)>,
) -> Result<StatusCode, ApiError> {
    let delete = move |work: &Work<'_>| {
        let resource = mutable_resource(work, &id)?;
        let text = sql!("delete from scopes where tenant_id = $1 and resource_id = $2 and id = $3");
        work.exec_existing(text, params![work.tenant_id(), resource.id, &scope_id])?;
        Ok::<_, ApiError>(work.emit(EventKind::ScopeDeleted, EventBody::default)?)
    };
    caller.write(delete).await.map(|()| StatusCode::NO_CONTENT)
}

/// The resource whose scopes are to be changed.
fn mutable_resource(work: &Work<'_>, id: &ResourceId) -> Result<Resource, ApiError> {
    work.touch(Section::Access)?;
    store::get(work, id)?.require_mutable()
}

/// Creates a scope of a resource.
///
/// # Errors
/// 404 for an unknown resource; 400 for the Management API, a name with white space; 422
/// `scope.name_exists`.
pub fn create(work: &Work<'_>, resource_id: &ResourceId, new: CreateScope) -> Result<Scope, ApiError> {
    let resource = mutable_resource(work, resource_id)?;
    check_name(&new.name)?;
    let text = sql!(
        "insert into scopes (tenant_id, id, resource_id, name, description, created_at) \
         values ($1, $2, $3, $4, $5, $6) returning *"
    );
    let description = new.description.into_value().map(|text| text.0).filter(|text| !text.is_empty());
    let values =
        params![work.tenant_id(), id::entity_id(work.rng()), &resource.id, new.name.0, description, work.now()];
    let scope: Scope = work.query_one(text, values).map_err(map_name_conflict)?;
    work.emit(EventKind::ScopeCreated, || json!(scope))?;
    Ok(scope)
}

fn update(work: &Work<'_>, resource: &Resource, id: &ScopeId, patch: UpdateScope) -> Result<Scope, ApiError> {
    let text = sql!("select * from scopes where tenant_id = $1 and resource_id = $2 and id = $3");
    let found = work.query_opt::<Scope>(text, params![work.tenant_id(), &resource.id, id])?;
    let mut scope = found.ok_or(DbError::Conflict)?;
    if let Some(name) = patch.name {
        check_name(&name)?;
        scope.name = name.0;
    }
    if let Some(description) = patch.description.into_change() {
        scope.description = description.map(|text| text.0).filter(|text| !text.is_empty());
    }
    work.exec_one(
        sql!("update scopes set name = $3, description = $4 where tenant_id = $1 and id = $2"),
        params![work.tenant_id(), id, &scope.name, &scope.description],
    )
    .map_err(map_name_conflict)?;
    work.emit(EventKind::ScopeDataUpdated, || json!(scope))?;
    Ok(scope)
}

/// All scopes of a tenant by resource id.
pub(super) fn group_by_resource(view: &View<'_>) -> Result<HashMap<ResourceId, Vec<Scope>>, DbError> {
    let text = sql!("select * from scopes where tenant_id = $1 order by created_at, id");
    let mut found: HashMap<ResourceId, Vec<Scope>> = HashMap::new();
    for scope in view.query_all::<Scope>(text, params![view.tenant_id()])? {
        found.entry(scope.resource_id.clone()).or_default().push(scope);
    }
    Ok(found)
}

/// The scopes with these ids, with their resources, by id.
///
/// # Errors
/// A failure of the database.
pub fn scopes_by_id(view: &View<'_>, ids: &[String]) -> Result<HashMap<ScopeId, ScopeWithResource>, DbError> {
    let text = format!(
        "select {} from scopes s \
         join resources a on a.tenant_id = s.tenant_id and a.id = s.resource_id where s.tenant_id = $1 and s.id",
        ScopeWithResource::QUALIFIED_COLUMNS
    );
    let found: Vec<ScopeWithResource> = view.query_by_ids(&text, ids)?;
    Ok(found.into_iter().map(|found| (found.scope.id.clone(), found)).collect())
}

/// Checks that none of these is a scope of a Management API; unknown ids pass.
///
/// # Errors
/// 400 `role.management_api_scopes_not_assignable_to_user_role`.
pub fn require_no_management_scope(view: &View<'_>, ids: &[String]) -> Result<(), ApiError> {
    match scopes_by_id(view, ids)?.values().any(|scope| scope.resource.is_management_api()) {
        true => Err(ApiError::bad_request("role.management_api_scopes_not_assignable_to_user_role")),
        false => Ok(()),
    }
}

fn check_name(name: &str) -> Result<(), ApiError> {
    match name.contains(char::is_whitespace) {
        true => Err(ApiError::bad_request(ErrorCode::ScopeNameWithSpace)),
        false => Ok(()),
    }
}

fn map_name_conflict(error: DbError) -> ApiError {
    match error {
        DbError::Unique(_) => ApiError::unprocessable(ErrorCode::ScopeNameExists),
        other => other.into(),
    }
}
