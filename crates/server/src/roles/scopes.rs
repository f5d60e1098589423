//! The API scopes of a role (inventory M119–M121).

use ::api::ErrorCode;
use ::api::ids::RoleId;
use ::api::roles::AddRoleScopes;
use axum::Json;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use db::DbError;
use serde_json::json;

use super::links::{RoleLinks, link, remove};
use super::model::{Role, RoleType};
use super::owners::change_as_owner;
use super::store;
use crate::callers::ManagementCaller;
use crate::errors::ApiError;
use crate::events::{EventBody, EventKind};
use crate::http::{OptionalPaging, QueryParams, RequestBody};
use crate::link_table::{LinkTable, link_table};
use crate::resources::{Scope, ScopeWithResource, scopes_by_id};
use crate::routes::Routes;
use crate::search::{ListQuery, Search, SearchableColumns, Where};
use crate::tenants::Section;
use crate::work::{View, Work};

const SEARCHABLE_COLUMNS: SearchableColumns = &[("id", "s.id"), ("name", "s.name"), ("description", "s.description")];

const LIST_QUERY: ListQuery = ListQuery {
    columns: ScopeWithResource::QUALIFIED_COLUMNS,
    from: "roles_scopes x join scopes s on s.tenant_id = x.tenant_id and s.id = x.scope_id \
           join resources a on a.tenant_id = s.tenant_id and a.id = s.resource_id",
    order: "a.name, s.name, s.id",
};

impl RoleLinks for AddRoleScopes {
    const TABLE: LinkTable = link_table!("roles_scopes", "role_id" => "scope_id");
    const EXISTS: &'static str = "role.scope_exists";
    const SECTION: Option<Section> = Some(Section::Access);

    fn into_ids(self) -> Vec<String> {
        self.scope_ids.0
    }

    fn emit_removed(work: &Work<'_>) -> Result<(), DbError> {
        work.emit(EventKind::RoleScopesUpdated, EventBody::default)
    }

    /// 404 `entity.not_exists_with_id` for an unknown one; 400 `role.management_api_scopes_not_assignable_to_user_role`.
    fn check(view: &View<'_>, role: &Role, ids: &[String]) -> Result<(), ApiError> {
        let known = scopes_by_id(view, ids)?;
        for id in ids {
            let scope = known.get(id.as_str()).ok_or_else(|| ApiError::not_found_by_id("scopes", id))?;
            if role.kind == RoleType::User && scope.resource.is_management_api() {
                return Err(ApiError::bad_request(ErrorCode::RoleManagementApiScopesNotAssignableToUserRole));
            }
        }
        Ok(())
    }
}

pub(super) fn routes() -> Routes {
    let base = "/api/roles/{id}/scopes";
    Routes::new()
        .get(base, list_scopes)
        .post(base, add_scopes)
        .delete(&format!("{base}/{{scopeId}}"), remove::<AddRoleScopes>)
}

async fn list_scopes(
    caller: ManagementCaller,
    Path(id): Path<RoleId>,
    paging: OptionalPaging,
    query: QueryParams,
) -> Result<Response, ApiError> {
    let search = Search::parse(&query, SEARCHABLE_COLUMNS)?;
    let page = paging.page();
    let read = move |view: &View<'_>| {
        store::get(view, &id)?;
        let condition = search.apply_to(Where::new("x.tenant_id = {} and x.role_id = {}", [view.tenant_id(), &id]));
        Ok::<_, ApiError>(LIST_QUERY.rows::<ScopeWithResource>(view, &condition, page)?)
    };
    let (total, scopes) = caller.read(read).await?;
    Ok(paging.response(total, &scopes))
}

async fn add_scopes(
    caller: ManagementCaller,
    Path(id): Path<RoleId>,
    RequestBody(body): RequestBody<AddRoleScopes>,
) -> Result<(StatusCode, Json<Vec<Scope>>), ApiError> {
    let add = move |work: &Work<'_>| {
        change_as_owner(work, || link::<AddRoleScopes>(work, &id, &body.scope_ids.0))?;
        let scopes = of_role(work, &id)?;
        let body = || EventBody::from(json!(scopes)).with("params", json!({"id": id}));
        work.emit(EventKind::RoleScopesUpdated, body)?;
        Ok::<_, ApiError>(scopes)
    };
    caller.write(add).await.map(|scopes| (StatusCode::CREATED, Json(scopes)))
}

/// The scopes of a role.
///
/// # Errors
/// A failure of the database.
pub(super) fn of_role(view: &View<'_>, role: &RoleId) -> Result<Vec<Scope>, DbError> {
    let condition = Where::new("x.tenant_id = {} and x.role_id = {}", [view.tenant_id(), role]);
    let (_, rows) = LIST_QUERY.rows::<ScopeWithResource>(view, &condition, None)?;
    Ok(rows.into_iter().map(|row| row.scope).collect())
}
