//! The routes `/api/roles` and `/api/roles/{id}` (inventory M114–M118).

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use db::{DbError, Read, params, sql};

use super::model::{CreateRole, Role, RoleType, RoleWithHolders, UpdateRole};
use super::store;
use crate::http::{Body, Paging, QueryParams, body};
use crate::search::{ListQuery, Search, SearchableColumns, Where};
use crate::{ApiError, App, Tenant};

/// The searchable columns of `roles r`.
pub(crate) const SEARCHABLE_COLUMNS: SearchableColumns =
    &[("id", "r.id"), ("name", "r.name"), ("description", "r.description")];

const LIST_QUERY: ListQuery = ListQuery { columns: "r.*", from: "roles r", order: "r.created_at, r.id" };

pub(super) async fn list_roles(
    State(app): State<App>,
    tenant: Tenant,
    paging: Paging,
    query: QueryParams,
) -> Result<Response, ApiError> {
    let search = Search::parse(&query, SEARCHABLE_COLUMNS)?;
    let name = tenant.id();
    let mut condition = Where::new("r.tenant_id = {} and r.name not like '#internal:%'", [name]);
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
    let (total, rows) = app
        .db
        .read(move |r| {
            let (total, roles) = LIST_QUERY.rows(r, &condition, Some(page))?;
            let rows: Result<Vec<_>, DbError> = roles.into_iter().map(|role| with_holders(r, role)).collect();
            Ok::<_, DbError>((total, rows?))
        })
        .await
        .map_err(ApiError::from)?;
    Ok(paging.response(total, &rows))
}

fn with_holders(r: &Read<'_>, role: Role) -> Result<RoleWithHolders, DbError> {
    let key = params![&role.tenant_id, &role.id];
    Ok(RoleWithHolders {
        users_count: r
            .query_one(sql!("select count(*) from users_roles where tenant_id = $1 and role_id = $2"), key)?,
        featured_users: r.query_all(
            sql!(
                "select u.id, u.avatar, u.name from users_roles x \
                 join users u on u.tenant_id = x.tenant_id and u.id = x.user_id \
                 where x.tenant_id = $1 and x.role_id = $2 limit 3"
            ),
            key,
        )?,
        applications_count: r
            .query_one(sql!("select count(*) from applications_roles where tenant_id = $1 and role_id = $2"), key)?,
        featured_applications: r.query_all(
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

pub(super) async fn create_role(
    State(app): State<App>,
    tenant: Tenant,
    Body(new): Body<CreateRole>,
) -> Result<Json<Role>, ApiError> {
    let name = tenant.id();
    let role = tenant.write_config(move |tx| store::create(tx, &app.rng, name, new, app.clock.now())).await?;
    Ok(Json(role))
}

pub(super) async fn get_role(
    State(app): State<App>,
    tenant: Tenant,
    Path(id): Path<String>,
) -> Result<Json<Role>, ApiError> {
    let name = tenant.id();
    app.db.read(move |r| store::get(r, name, &id)).await.map(Json)
}

pub(super) async fn update_role(
    State(app): State<App>,
    tenant: Tenant,
    Path(id): Path<String>,
    Body(patch): Body<UpdateRole>,
) -> Result<Json<Role>, ApiError> {
    let name = tenant.id();
    app.db.write(move |tx| store::update(tx, name, &id, patch)).await.map(Json)
}

pub(super) async fn delete_role(tenant: Tenant, Path(id): Path<String>) -> Result<StatusCode, ApiError> {
    let name = tenant.id();
    tenant.write_config(move |tx| store::delete(tx, name, &id)).await?;
    Ok(StatusCode::NO_CONTENT)
}
