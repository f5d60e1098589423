//! The users of a role (inventory M122–M124).

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use super::model::RoleType;
use super::store;
use crate::http::newtypes::IdList;
use crate::http::{Body, Paging, QueryParams};
use crate::search::{ListQuery, Search, Where};
use crate::users::{self, UserResponse};
use crate::{ApiError, App, Tenant};

const LIST_QUERY: ListQuery = ListQuery {
    columns: users::RESPONSE_COLUMNS,
    from: "users_roles x join users u on u.tenant_id = x.tenant_id and u.id = x.user_id",
    order: "u.created_at desc, u.id desc",
};

pub(super) async fn list_users(
    State(app): State<App>,
    tenant: Tenant,
    Path(id): Path<String>,
    paging: Paging,
    query: QueryParams,
) -> Result<Response, ApiError> {
    let search = Search::parse(&query, users::SEARCHABLE_COLUMNS)?.with_folded_columns(users::CASE_FOLDED_COLUMNS);
    let (name, page) = (tenant.id(), paging.page());
    let (total, rows) = app
        .db
        .read(move |r| {
            store::get(r, name, &id)?;
            let condition = search.apply_to(Where::new("x.tenant_id = {} and x.role_id = {}", [name, &id]));
            Ok::<_, ApiError>(LIST_QUERY.rows::<UserResponse>(r, &condition, Some(page))?)
        })
        .await?;
    Ok(paging.response(total, &rows))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct AddRoleUsers {
    user_ids: IdList,
}

pub(super) async fn add_users(
    State(app): State<App>,
    tenant: Tenant,
    Path(id): Path<String>,
    Body(body): Body<AddRoleUsers>,
) -> Result<StatusCode, ApiError> {
    let name = tenant.id();
    app.db
        .write(move |tx| {
            let role = store::get(tx, name, &id)?;
            store::require_type(&role, RoleType::User)?;
            for user in &body.user_ids.0 {
                users::store::find_in(tx, name, user)?.ok_or_else(ApiError::not_found)?;
                if !store::assign_to_user(tx, name, user, &id)? {
                    return Err(ApiError::unprocessable("role.user_exists"));
                }
            }
            Ok(())
        })
        .await?;
    Ok(StatusCode::CREATED)
}

pub(super) async fn remove_user(
    State(app): State<App>,
    tenant: Tenant,
    Path((id, user)): Path<(String, String)>,
) -> Result<StatusCode, ApiError> {
    let name = tenant.id();
    app.db.write(move |tx| store::unassign_from_user(tx, name, &user, &id)).await?;
    Ok(StatusCode::NO_CONTENT)
}
