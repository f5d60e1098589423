//! Users as members of organizations (inventory M133–M142).

use std::collections::HashMap;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use db::{DbError, Read, Sql, Tx, Value, params, placeholders, sql};
use serde::Deserialize;
use serde_json::json;

use super::member_kind::{USER_MEMBERS, role_routes};
use super::model::IdAndName;
use crate::errors::ApiError;
use crate::http::newtypes::IdList;
use crate::http::{Body, Paging, QueryParams};
use crate::organization_template::OrganizationScope;
use crate::routes::{Access, Routes};
use crate::search::{ListQuery, Where};
use crate::users::store::User;
use crate::{App, Tenant};

pub(super) fn routes() -> Routes {
    let all = "/api/organizations/{id}/users";
    Routes::new()
        .old_get(all, Access::Management, list_users)
        .old_post(all, Access::Management, add_users)
        .old_put(all, Access::Management, replace_users)
        .old_post(&format!("{all}/roles"), Access::Management, assign_user_roles)
        .old_delete(&format!("{all}/{{member}}"), Access::Management, remove_user)
        .old_get(&format!("{all}/{{member}}/scopes"), Access::Management, list_user_scopes)
        .merge(role_routes(&USER_MEMBERS, all))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct UserIds {
    user_ids: IdList,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct AssignUserRoles {
    user_ids: IdList,
    organization_role_ids: IdList,
}

const LIST_QUERY: ListQuery = ListQuery {
    columns: "u.*",
    from: "organization_users m join users u on u.tenant_id = m.tenant_id and u.id = m.user_id",
    order: "m.created_at, m.user_id",
};

const SEARCHED_COLUMNS: &[&str] = &["u.id", "u.primary_email", "u.primary_phone", "u.username", "u.name"];

async fn list_users(
    State(app): State<App>,
    tenant: Tenant,
    Path(organization): Path<String>,
    query: QueryParams,
    paging: Paging,
) -> Result<Response, ApiError> {
    let (tenant, page) = (tenant.id(), paging.page());
    let mut condition = Where::new("m.tenant_id = {} and m.organization_id = {}", [tenant, &organization])
        .and_contains(SEARCHED_COLUMNS, query.get("q"));
    if let Some(role) = query.get("organizationRoleId") {
        let held = "exists (select 1 from organization_role_users x where x.tenant_id = m.tenant_id \
                    and x.organization_id = m.organization_id and x.user_id = m.user_id \
                    and x.organization_role_id = {})";
        condition = condition.and(held, [role]);
    }
    let read = move |r: &Read<'_>| {
        let (total, users) = LIST_QUERY.rows::<User>(r, &condition, Some(page))?;
        let mut roles = roles_by_user(r, tenant, &organization, &users)?;
        let items = users.iter().map(|user| user_response(user, roles.remove(&user.id).unwrap_or_default()));
        Ok::<_, DbError>((total, items.collect::<Vec<_>>()))
    };
    let (total, items) = app.db.read(read).await?;
    Ok(paging.response(total, &items))
}

/// The roles in the organization by user id.
fn roles_by_user(
    r: &Read<'_>,
    tenant: &str,
    organization: &str,
    users: &[User],
) -> Result<HashMap<String, Vec<IdAndName>>, DbError> {
    let text = Sql::dynamic(format!(
        "select x.user_id, g.id, g.name from organization_role_users x \
         join organization_roles g on g.tenant_id = x.tenant_id and g.id = x.organization_role_id \
         where x.tenant_id = $1 and x.organization_id = $2 and x.user_id in ({}) order by g.name, g.id",
        placeholders(3, users.len())
    ));
    let ids = users.iter().map(|user| Value::from(&user.id));
    let params: Vec<Value> = [tenant.into(), organization.into()].into_iter().chain(ids).collect();
    let mut roles: HashMap<String, Vec<IdAndName>> = HashMap::new();
    for (user, id, name) in r.query_all::<(String, String, String)>(&text, &params)? {
        roles.entry(user).or_default().push(IdAndName { id, name });
    }
    Ok(roles)
}

/// A user in the list of members.
fn user_response(user: &User, roles: Vec<IdAndName>) -> serde_json::Value {
    json!({
        "id": user.id,
        "username": user.username,
        "primaryEmail": user.primary_email,
        "primaryPhone": user.primary_phone,
        "name": user.name,
        "avatar": user.avatar,
        "customData": user.custom_data,
        "identities": user.identities,
        "lastSignInAt": user.last_sign_in_at.map(|at| at.0),
        "createdAt": user.created_at.0,
        "updatedAt": user.updated_at.0,
        "profile": user.profile,
        "applicationId": user.application_id,
        "cimdClientId": null,
        "isSuspended": user.is_suspended,
        "organizationRoles": roles,
    })
}

async fn add_users(
    State(app): State<App>,
    tenant: Tenant,
    Path(organization): Path<String>,
    Body(body): Body<UserIds>,
) -> Result<(StatusCode, Json<serde_json::Value>), ApiError> {
    let (tenant, users, now) = (tenant.id(), body.user_ids.require_non_empty("userIds")?, app.clock.now());
    let response = json!({"userIds": users});
    let write = move |tx: &Tx<'_>| USER_MEMBERS.members.add(tx, &[tenant, &organization], &users, params![now]);
    app.db.write(write).await?;
    Ok((StatusCode::CREATED, Json(response)))
}

async fn replace_users(
    State(app): State<App>,
    tenant: Tenant,
    Path(organization): Path<String>,
    Body(body): Body<UserIds>,
) -> Result<StatusCode, ApiError> {
    let (tenant, users, now) = (tenant.id(), body.user_ids.0, app.clock.now());
    let write = move |tx: &Tx<'_>| USER_MEMBERS.members.replace(tx, &[tenant, &organization], &users, params![now]);
    app.db.write(write).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn remove_user(
    State(app): State<App>,
    tenant: Tenant,
    Path((organization, user)): Path<(String, String)>,
) -> Result<StatusCode, ApiError> {
    let tenant = tenant.id();
    app.db.write(move |tx| USER_MEMBERS.members.remove(tx, &[tenant, &organization], &user)).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn assign_user_roles(
    State(app): State<App>,
    tenant: Tenant,
    Path(organization): Path<String>,
    Body(body): Body<AssignUserRoles>,
) -> Result<StatusCode, ApiError> {
    let (users, roles) = (
        body.user_ids.require_non_empty("userIds")?,
        body.organization_role_ids.require_non_empty("organizationRoleIds")?,
    );
    let tenant = tenant.id();
    app.db.write(move |tx| USER_MEMBERS.assign(tx, (tenant, &organization), &users, &roles)).await?;
    Ok(StatusCode::CREATED)
}

async fn list_user_scopes(
    State(app): State<App>,
    tenant: Tenant,
    Path((organization, user)): Path<(String, String)>,
) -> Result<Json<Vec<OrganizationScope>>, ApiError> {
    let tenant = tenant.id();
    let text = sql!(
        "select distinct s.* from organization_role_users x \
         join organization_role_scopes g \
           on g.tenant_id = x.tenant_id and g.organization_role_id = x.organization_role_id \
         join organization_scopes s on s.tenant_id = g.tenant_id and s.id = g.organization_scope_id \
         where x.tenant_id = $1 and x.organization_id = $2 and x.user_id = $3 order by s.name, s.id"
    );
    let read = move |r: &Read<'_>| {
        USER_MEMBERS.require_member(r, tenant, &organization, &user)?;
        Ok::<_, ApiError>(r.query_all(text, params![tenant, organization, user])?)
    };
    app.db.read(read).await.map(Json)
}
