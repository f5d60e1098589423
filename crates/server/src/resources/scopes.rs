//! Scopes of a resource (inventory M110–M113, D061).

use std::collections::HashMap;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use db::{DbError, FromRow, Read, Row, Tx, params, sql};
use kernel::{Rng, Timestamp, id};
use serde::{Deserialize, Serialize};

use super::model::Resource;
use super::store;
use crate::errors::ApiError;
use crate::http::body::double_option;
use crate::http::{Body, Paging, QueryParams, validate};
use crate::routes::{Access, Routes};
use crate::search::{ListQuery, Search, SearchableColumns, Where};
use crate::{App, Tenant};

/// A permission on a resource.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Scope {
    pub tenant_id: String,
    pub id: String,
    pub resource_id: String,
    pub name: String,
    pub description: Option<String>,
    pub created_at: Timestamp,
}

impl FromRow for Scope {
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

const SEARCHABLE_COLUMNS: SearchableColumns = &[("id", "id"), ("name", "name"), ("description", "description")];

const LIST_QUERY: ListQuery = ListQuery { columns: "*", from: "scopes", order: "created_at, id" };

/// The body of `POST /api/resources/{id}/scopes`.
#[derive(Debug, Clone, Deserialize)]
pub struct CreateScope {
    pub name: String,
    pub description: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct UpdateScope {
    name: Option<String>,
    #[serde(deserialize_with = "double_option")]
    description: Option<Option<String>>,
}

pub(super) fn routes() -> Routes {
    Routes::new()
        .old_get("/api/resources/{id}/scopes", Access::Management, list_scopes)
        .old_post("/api/resources/{id}/scopes", Access::Management, create_scope)
        .old_patch("/api/resources/{id}/scopes/{scopeId}", Access::Management, update_scope)
        .old_delete("/api/resources/{id}/scopes/{scopeId}", Access::Management, delete_scope)
}

async fn list_scopes(
    State(app): State<App>,
    tenant: Tenant,
    paging: Paging,
    query: QueryParams,
    Path(id): Path<String>,
) -> Result<Response, ApiError> {
    let search = Search::parse(&query, SEARCHABLE_COLUMNS)?;
    let (tenant, page) = (tenant.id(), paging.page());
    let read = move |r: &Read<'_>| {
        let resource = store::get(r, tenant, &id)?;
        let condition = Where::new("tenant_id = {} and resource_id = {}", [tenant, &resource.id]);
        Ok::<_, ApiError>(LIST_QUERY.rows::<Scope>(r, &search.apply_to(condition), Some(page))?)
    };
    let (total, scopes) = app.db.read(read).await?;
    Ok(paging.response(total, &scopes))
}

async fn create_scope(
    State(app): State<App>,
    tenant: Tenant,
    Path(id): Path<String>,
    Body(new): Body<CreateScope>,
) -> Result<(StatusCode, Json<Scope>), ApiError> {
    let (tenant_id, rng, now) = (tenant.id(), app.rng.clone(), app.clock.now());
    let write = move |tx: &Tx<'_>| create(tx, &store::get(tx, tenant_id, &id)?.require_mutable()?, (&rng, now), new);
    Ok((StatusCode::CREATED, Json(tenant.write_config(write).await?)))
}

async fn update_scope(
    tenant: Tenant,
    Path((id, scope_id)): Path<(String, String)>,
    Body(patch): Body<UpdateScope>,
) -> Result<Json<Scope>, ApiError> {
    let tenant_id = tenant.id();
    let write = move |tx: &Tx<'_>| update(tx, &store::get(tx, tenant_id, &id)?.require_mutable()?, &scope_id, patch);
    Ok(Json(tenant.write_config(write).await?))
}

async fn delete_scope(tenant: Tenant, Path((id, scope_id)): Path<(String, String)>) -> Result<StatusCode, ApiError> {
    let tenant_id = tenant.id();
    let write = move |tx: &Tx<'_>| {
        let resource = store::get(tx, tenant_id, &id)?.require_mutable()?;
        let text = sql!("delete from scopes where tenant_id = $1 and resource_id = $2 and id = $3");
        match tx.exec(text, params![tenant_id, resource.id, scope_id])? {
            0 => Err(ApiError::not_found()),
            _ => Ok(()),
        }
    };
    tenant.write_config(write).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Creates a scope of a resource.
///
/// # Errors
/// 400 for a name of invalid length or with white space; 422 `scope.name_exists`.
pub fn create(
    tx: &Tx<'_>,
    resource: &Resource,
    (rng, now): (&Rng, Timestamp),
    new: CreateScope,
) -> Result<Scope, ApiError> {
    check_name(&new.name)?;
    let text = sql!(
        "insert into scopes (tenant_id, id, resource_id, name, description, created_at) \
         values ($1, $2, $3, $4, $5, $6) returning *"
    );
    let description = new.description.filter(|text| !text.is_empty());
    tx.query_one(text, params![&resource.tenant_id, id::entity_id(rng), &resource.id, new.name, description, now])
        .map_err(map_name_conflict)
}

fn update(tx: &Tx<'_>, resource: &Resource, id: &str, patch: UpdateScope) -> Result<Scope, ApiError> {
    let text = sql!("select * from scopes where tenant_id = $1 and resource_id = $2 and id = $3");
    let found = tx.query_opt::<Scope>(text, params![&resource.tenant_id, &resource.id, id])?;
    let mut scope = found.ok_or(DbError::Conflict)?;
    if let Some(name) = patch.name {
        check_name(&name)?;
        scope.name = name;
    }
    if let Some(description) = patch.description {
        scope.description = description.filter(|text| !text.is_empty());
    }
    tx.exec_one(
        sql!("update scopes set name = $3, description = $4 where tenant_id = $1 and id = $2"),
        params![&resource.tenant_id, id, &scope.name, &scope.description],
    )
    .map_err(map_name_conflict)?;
    Ok(scope)
}

/// All scopes of a tenant by resource id.
pub(super) fn group_by_resource(r: &Read<'_>, tenant: &str) -> Result<HashMap<String, Vec<Scope>>, DbError> {
    let text = sql!("select * from scopes where tenant_id = $1 order by created_at, id");
    let mut found: HashMap<String, Vec<Scope>> = HashMap::new();
    for scope in r.query_all::<Scope>(text, params![tenant])? {
        found.entry(scope.resource_id.clone()).or_default().push(scope);
    }
    Ok(found)
}

fn check_name(name: &str) -> Result<(), ApiError> {
    validate::require_length(&["name"], name, 1..=256)?;
    match name.contains(char::is_whitespace) {
        true => Err(ApiError::bad_request("scope.name_with_space")),
        false => Ok(()),
    }
}

fn map_name_conflict(error: DbError) -> ApiError {
    match error {
        DbError::Unique(_) => ApiError::unprocessable("scope.name_exists"),
        other => other.into(),
    }
}
