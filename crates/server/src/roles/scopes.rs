//! The API scopes of a role (inventory M119–M121).

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use db::{DbError, FromRow, Row, Tx, params, sql};
use serde::{Deserialize, Serialize};

use super::model::{Role, RoleType};
use super::store;
use crate::http::newtypes::IdList;
use crate::http::{Body, OptionalPaging, QueryParams};
use crate::search::{ListQuery, Search, SearchableColumns, Where};
use crate::{ApiError, App, Tenant};

const SEARCHABLE_COLUMNS: SearchableColumns = &[("id", "s.id"), ("name", "s.name"), ("description", "s.description")];

const LIST_QUERY: ListQuery = ListQuery {
    columns: "s.tenant_id, s.id, s.resource_id, s.name, s.description, s.created_at, a.name as resource_name, \
              a.indicator, a.is_default, a.access_token_ttl",
    from: "roles_scopes x join scopes s on s.tenant_id = x.tenant_id and s.id = x.scope_id \
           join resources a on a.tenant_id = s.tenant_id and a.id = s.resource_id",
    order: "a.name, s.name, s.id",
};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ScopeResponse {
    tenant_id: String,
    id: String,
    resource_id: String,
    name: String,
    description: Option<String>,
    created_at: i64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ResourceResponse {
    tenant_id: String,
    id: String,
    name: String,
    indicator: String,
    is_default: bool,
    access_token_ttl: i64,
}

#[derive(Serialize)]
struct ScopeWithResource {
    #[serde(flatten)]
    scope: ScopeResponse,
    resource: ResourceResponse,
}

impl FromRow for ScopeWithResource {
    fn from_row(row: &Row<'_>) -> Result<Self, DbError> {
        let scope = ScopeResponse {
            tenant_id: row.get("tenant_id")?,
            id: row.get("id")?,
            resource_id: row.get("resource_id")?,
            name: row.get("name")?,
            description: row.get("description")?,
            created_at: row.get("created_at")?,
        };
        let resource = ResourceResponse {
            tenant_id: scope.tenant_id.clone(),
            id: scope.resource_id.clone(),
            name: row.get("resource_name")?,
            indicator: row.get("indicator")?,
            is_default: row.get("is_default")?,
            access_token_ttl: row.get("access_token_ttl")?,
        };
        Ok(Self { scope, resource })
    }
}

pub(super) async fn list_scopes(
    State(app): State<App>,
    tenant: Tenant,
    Path(id): Path<String>,
    paging: OptionalPaging,
    query: QueryParams,
) -> Result<Response, ApiError> {
    let search = Search::parse(&query, SEARCHABLE_COLUMNS)?;
    let (name, page) = (tenant.id(), paging.page());
    let (total, rows) = app
        .db
        .read(move |r| {
            store::get(r, name, &id)?;
            let condition = search.apply_to(Where::new("x.tenant_id = {} and x.role_id = {}", [name, &id]));
            Ok::<_, ApiError>(LIST_QUERY.rows::<ScopeWithResource>(r, &condition, page)?)
        })
        .await?;
    Ok(paging.response(total, &rows))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct AddRoleScopes {
    scope_ids: IdList,
}

pub(super) async fn add_scopes(
    tenant: Tenant,
    Path(id): Path<String>,
    Body(body): Body<AddRoleScopes>,
) -> Result<(StatusCode, Json<Vec<ScopeResponse>>), ApiError> {
    let name = tenant.id();
    let scopes = tenant
        .write_config(move |tx| {
            let role = store::get(tx, name, &id)?;
            require_assignable(tx, &role, &body.scope_ids.0)?;
            for scope in &body.scope_ids.0 {
                if !add_scope(tx, &role, scope)? {
                    return Err(ApiError::unprocessable("role.scope_exists"));
                }
            }
            let condition = Where::new("x.tenant_id = {} and x.role_id = {}", [name, &id]);
            let (_, rows) = LIST_QUERY.rows::<ScopeWithResource>(tx, &condition, None)?;
            Ok::<_, ApiError>(rows.into_iter().map(|row| row.scope).collect())
        })
        .await?;
    Ok((StatusCode::CREATED, Json(scopes)))
}

pub(super) async fn remove_scope(
    tenant: Tenant,
    Path((id, scope)): Path<(String, String)>,
) -> Result<StatusCode, ApiError> {
    let name = tenant.id();
    tenant
        .write_config(move |tx| {
            let delete = sql!("delete from roles_scopes where tenant_id = $1 and role_id = $2 and scope_id = $3");
            match tx.exec(delete, params![name, &id, &scope])? {
                0 => Err(ApiError::not_found()),
                _ => Ok(()),
            }
        })
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Checks that the scopes exist and may be assigned to the role.
///
/// # Errors
/// 404 `entity.not_exists_with_id` for an unknown one; 400 `role.management_api_scopes_not_assignable_to_user_role`.
pub(super) fn require_assignable(tx: &Tx<'_>, role: &Role, scopes: &[String]) -> Result<(), ApiError> {
    for scope in scopes {
        let indicator: Option<String> = tx.query_opt(
            sql!(
                "select a.indicator from scopes s join resources a on a.tenant_id = s.tenant_id and a.id = s.resource_id \
                 where s.tenant_id = $1 and s.id = $2"
            ),
            params![&role.tenant_id, scope],
        )?;
        let indicator = indicator.ok_or_else(|| ApiError::not_found_by_id("scopes", scope))?;
        if role.kind == RoleType::User && is_management_api(&indicator) {
            return Err(ApiError::bad_request("role.management_api_scopes_not_assignable_to_user_role"));
        }
    }
    Ok(())
}

fn is_management_api(indicator: &str) -> bool {
    let tenant = indicator.strip_prefix("https://").and_then(|rest| rest.strip_suffix(".logto.app/api"));
    tenant.is_some_and(|tenant| !tenant.contains('/'))
}

/// Adds a scope to a role. Returns false if the role already had it.
pub(super) fn add_scope(tx: &Tx<'_>, role: &Role, scope: &str) -> Result<bool, DbError> {
    let insert =
        sql!("insert into roles_scopes (tenant_id, role_id, scope_id) values ($1, $2, $3) on conflict do nothing");
    Ok(tx.exec(insert, params![&role.tenant_id, &role.id, scope])? == 1)
}
