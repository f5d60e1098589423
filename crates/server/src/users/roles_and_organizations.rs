//! Roles and organizations of a user (inventory M034–M038).

use axum::Json;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use serde::{Deserialize, Serialize};

use super::store;
use crate::ApiError;
use crate::callers::ManagementCaller;
use crate::http::newtypes::IdList;
use crate::http::{Body, Paging, QueryParams};
use crate::organizations::{OrganizationWithRoles, memberships};
use crate::roles::{self, Role, RoleType};
use crate::search::{ListQuery, Search, Where};
use crate::work::Work;

const ROLES: ListQuery = ListQuery {
    columns: "r.*",
    from: "users_roles x join roles r on r.tenant_id = x.tenant_id and r.id = x.role_id",
    order: "r.created_at, r.id",
};

pub(super) async fn list_roles(
    caller: ManagementCaller,
    Path(id): Path<String>,
    paging: Paging,
    query: QueryParams,
) -> Result<Response, ApiError> {
    let search = Search::parse(&query, roles::SEARCHABLE_COLUMNS)?;
    let page = paging.page();
    let (total, rows) = caller
        .read(move |view| {
            store::get(view, &id)?;
            let held = "x.tenant_id = {} and x.user_id = {} and r.name not like '#internal:%'";
            let condition = search.apply_to(Where::new(held, [view.tenant_id(), &id]));
            Ok::<_, ApiError>(ROLES.rows::<Role>(view, &condition, Some(page))?)
        })
        .await?;
    Ok(paging.response(total, &rows))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct AssignRoles {
    role_ids: IdList,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RoleAssignment {
    role_ids: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    added_role_ids: Option<Vec<String>>,
}

pub(super) async fn add_roles(
    caller: ManagementCaller,
    Path(id): Path<String>,
    Body(body): Body<AssignRoles>,
) -> Result<(StatusCode, Json<RoleAssignment>), ApiError> {
    let role_ids = body.role_ids.0;
    let assignment = caller
        .write(move |work| {
            store::get(work, &id)?;
            let added = assign_all(work, &id, &role_ids)?;
            Ok::<_, ApiError>(RoleAssignment { role_ids, added_role_ids: Some(added) })
        })
        .await?;
    Ok((StatusCode::CREATED, Json(assignment)))
}

pub(super) async fn replace_roles(
    caller: ManagementCaller,
    Path(id): Path<String>,
    Body(body): Body<AssignRoles>,
) -> Result<Json<RoleAssignment>, ApiError> {
    let role_ids = body.role_ids.0;
    let assignment = caller
        .write(move |work| {
            store::get(work, &id)?;
            assign_all(work, &id, &role_ids)?;
            roles::store::unassign_others(work.tx(), work.tenant_id(), &id, &role_ids)?;
            Ok::<_, ApiError>(RoleAssignment { role_ids, added_role_ids: None })
        })
        .await?;
    Ok(Json(assignment))
}

/// Assigns roles. Returns the ids of the roles that the user did not have before.
fn assign_all(work: &Work<'_>, user: &str, role_ids: &[String]) -> Result<Vec<String>, ApiError> {
    let mut added = Vec::new();
    for role in role_ids {
        if roles::store::get(work, work.tenant_id(), role)?.kind != RoleType::User {
            return Err(ApiError::unprocessable("user.invalid_role_type"));
        }
        if roles::store::assign_to_user(work.tx(), work.tenant_id(), user, role)? {
            added.push(role.clone());
        }
    }
    Ok(added)
}

pub(super) async fn remove_role(
    caller: ManagementCaller,
    Path((id, role)): Path<(String, String)>,
) -> Result<StatusCode, ApiError> {
    let write = caller.write(move |work| roles::store::unassign_from_user(work.tx(), work.tenant_id(), &id, &role));
    write.await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn list_organizations(
    caller: ManagementCaller,
    Path(id): Path<String>,
) -> Result<Json<Vec<OrganizationWithRoles>>, ApiError> {
    let read = caller.read(move |view| {
        store::get(view, &id)?;
        Ok::<_, ApiError>(memberships::list_for_user_with_roles(view, view.tenant_id(), &id)?)
    });
    read.await.map(Json)
}
