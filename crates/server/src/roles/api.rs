//! The routes `/api/roles` and `/api/roles/{id}` (inventory M114–M118).

use ::api::ids::RoleId;
use axum::Json;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use db::{DbError, params, sql};

use super::model::{CreateRole, Role, RoleType, RoleWithHolders, UpdateRole};
use super::store;
use crate::callers::ManagementCaller;
use crate::errors::ApiError;
use crate::http::{Paging, QueryParams, RequestBody, body};
use crate::routes::Routes;
use crate::search::{ListQuery, Search, SearchableColumns, Where};
use crate::work::View;

/// The searchable columns of `roles r`.
pub(super) const SEARCHABLE_COLUMNS: SearchableColumns =
    &[("id", "r.id"), ("name", "r.name"), ("description", "r.description")];

const LIST_QUERY: ListQuery = ListQuery { columns: "r.*", from: "roles r", order: "r.created_at, r.id" };

pub(super) fn routes() -> Routes {
    let (all, one) = ("/api/roles", "/api/roles/{id}");
    Routes::new()
        .get(all, list_roles)
        .post(all, create_role)
        .get(one, get_role)
        .patch(one, update_role)
        .delete(one, delete_role)
}

async fn list_roles(caller: ManagementCaller, paging: Paging, query: QueryParams) -> Result<Response, ApiError> {
    let search = Search::parse(&query, SEARCHABLE_COLUMNS)?;
    let mut condition = Where::new("r.tenant_id = {} and r.name not like '#internal:%'", [caller.tenant_id()]);
    if let Some(kind) = query.get("type") {
        let kind = RoleType::from_name(kind)
            .ok_or_else(|| body::invalid_input(&["type".into()], "expected User or MachineToMachine"))?;
        condition = condition.and("r.type = {}", [kind.as_str()]);
    }
    if let Some(user) = query.get("excludeUserId") {
        let holds = "not exists (select 1 from users_roles x \
                     where x.tenant_id = r.tenant_id and x.role_id = r.id and x.user_id = {})";
        condition = condition.and(holds, [user]);
    }
    if let Some(application) = query.get("excludeApplicationId") {
        let holds = "not exists (select 1 from applications_roles x \
                     where x.tenant_id = r.tenant_id and x.role_id = r.id and x.application_id = {})";
        condition = condition.and(holds, [application]);
    }
    let condition = search.apply_to(condition);
    let page = paging.page();
    let read = move |view: &View<'_>| {
        let (total, roles) = LIST_QUERY.rows(view, &condition, Some(page))?;
        let rows: Result<Vec<_>, DbError> = roles.into_iter().map(|role| with_holders(view, role)).collect();
        Ok::<_, ApiError>((total, rows?))
    };
    let (total, rows) = caller.read(read).await?;
    Ok(paging.response(total, &rows))
}

fn with_holders(view: &View<'_>, role: Role) -> Result<RoleWithHolders, DbError> {
    let key = params![&role.tenant_id, role.id.as_str()];
    Ok(RoleWithHolders {
        users_count: view
            .query_one(sql!("select count(*) from users_roles where tenant_id = $1 and role_id = $2"), key)?,
        featured_users: view.query_all(
            sql!(
                "select u.id, u.avatar, u.name from users_roles x \
                 join users u on u.tenant_id = x.tenant_id and u.id = x.user_id \
                 where x.tenant_id = $1 and x.role_id = $2 limit 3"
            ),
            key,
        )?,
        applications_count: view
            .query_one(sql!("select count(*) from applications_roles where tenant_id = $1 and role_id = $2"), key)?,
        featured_applications: view.query_all(
            sql!(
                "select a.id, a.name, a.type from applications_roles x \
                 join applications a on a.tenant_id = x.tenant_id and a.id = x.application_id \
                 where x.tenant_id = $1 and x.role_id = $2 limit 3"
            ),
            key,
        )?,
        role,
    })
}

async fn create_role(
    caller: ManagementCaller,
    RequestBody(new): RequestBody<CreateRole>,
) -> Result<Json<Role>, ApiError> {
    caller.write(move |work| store::create(work, new)).await.map(Json)
}

async fn get_role(caller: ManagementCaller, Path(id): Path<RoleId>) -> Result<Json<Role>, ApiError> {
    caller.read(move |view| store::get(view, &id)).await.map(Json)
}

async fn update_role(
    caller: ManagementCaller,
    Path(id): Path<RoleId>,
    RequestBody(patch): RequestBody<UpdateRole>,
) -> Result<Json<Role>, ApiError> {
    caller.write(move |work| store::update(work, &id, patch)).await.map(Json)
}

async fn delete_role(caller: ManagementCaller, Path(id): Path<RoleId>) -> Result<StatusCode, ApiError> {
    caller.write(move |work| store::delete(work, &id)).await.map(|()| StatusCode::NO_CONTENT)
}
