//! Users as members of organizations (inventory M133–M142).

use ::api::organizations::{AssignRolesToUsers, UserIds};
use axum::Json;
use axum::extract::Path;
use axum::response::Response;
use db::{DbError, params, sql};
use kernel::ids::{OrganizationId, UserId};
use serde::Serialize;
use serde_json::{Value, json};

use super::member_kind::{Assignment, MemberKind, Members, USERS, member_routes};
use super::model::IdAndName;
use crate::callers::ManagementCaller;
use crate::errors::ApiError;
use crate::http::{Paging, QueryParams};
use crate::link_table::{LinkChange, LinkTable, Links};
use crate::organization_template::OrganizationScope;
use crate::routes::Routes;
use crate::search::{ListQuery, Where};
use crate::users::UserInfo;
use crate::work::{View, Work};

pub(super) fn routes() -> Routes {
    let all = "/api/organizations/{id}/users";
    member_routes::<UserIds>(all).get(all, list_users).get(&format!("{all}/{{member}}/scopes"), list_user_scopes)
}

impl Links for UserIds {
    const TABLE: LinkTable = USERS.members;
    const MEMBER: &'static str = "userIds";

    fn into_values(self) -> Vec<String> {
        self.user_ids.into_iter().map(|id| id.0).collect()
    }

    fn emit(work: &Work<'_>, organization: &str, change: &LinkChange) -> Result<(), DbError> {
        USERS.emit(work, &organization.into(), change)
    }

    fn response(values: &[String]) -> Option<Value> {
        Some(json!({"userIds": values}))
    }
}

impl Members for UserIds {
    const KIND: MemberKind = USERS;
    type Assignment = AssignRolesToUsers;

    fn assignment(body: AssignRolesToUsers) -> Assignment {
        Assignment { members: body.user_ids.0, roles: body.organization_role_ids.0 }
    }
}

/// A user in the list of members.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct OrganizationUser {
    #[serde(flatten)]
    user: UserInfo,
    organization_roles: Vec<IdAndName>,
}

const LIST_QUERY: ListQuery = ListQuery {
    columns: UserInfo::QUALIFIED_COLUMNS,
    from: "organization_users m join users u on u.tenant_id = m.tenant_id and u.id = m.user_id",
    order: "m.created_at, m.user_id",
};

const SEARCHED_COLUMNS: &[&str] = &["u.id", "u.primary_email", "u.primary_phone", "u.username", "u.name"];

async fn list_users(
    caller: ManagementCaller,
    Path(organization): Path<OrganizationId>,
    query: QueryParams,
    paging: Paging,
) -> Result<Response, ApiError> {
    let page = paging.page();
    let mut condition = Where::new("m.tenant_id = {} and m.organization_id = {}", [caller.tenant_id(), &organization])
        .and_contains(SEARCHED_COLUMNS, query.get("q"));
    if let Some(role) = query.get("organizationRoleId") {
        let held = "exists (select 1 from organization_role_users x where x.tenant_id = m.tenant_id \
                    and x.organization_id = m.organization_id and x.user_id = m.user_id \
                    and x.organization_role_id = {})";
        condition = condition.and(held, [role]);
    }
    let read = move |view: &View<'_>| {
        let (total, mut users) = LIST_QUERY.rows::<UserInfo>(view, &condition, Some(page))?;
        UserInfo::load_identities(view, &mut users)?;
        let ids: Vec<String> = users.iter().map(|user| user.id.to_string()).collect();
        let mut roles = USERS.roles_by_member(view, &organization, &ids)?;
        let with_roles = |user: UserInfo| OrganizationUser {
            organization_roles: roles.remove(user.id.as_str()).unwrap_or_default(),
            user,
        };
        Ok::<_, DbError>((total, users.into_iter().map(with_roles).collect::<Vec<_>>()))
    };
    let (total, items) = caller.read(read).await?;
    Ok(paging.response(total, &items))
}

async fn list_user_scopes(
    caller: ManagementCaller,
    Path((organization, user)): Path<(OrganizationId, UserId)>,
) -> Result<Json<Vec<OrganizationScope>>, ApiError> {
    let text = sql!(
        "select distinct s.* from organization_role_users x \
         join organization_role_scopes g \
           on g.tenant_id = x.tenant_id and g.organization_role_id = x.organization_role_id \
         join organization_scopes s on s.tenant_id = g.tenant_id and s.id = g.organization_scope_id \
         where x.tenant_id = $1 and x.organization_id = $2 and x.user_id = $3 order by s.name, s.id"
    );
    let read = move |view: &View<'_>| {
        USERS.require_member(view, &organization, &user)?;
        Ok::<_, ApiError>(view.query_all(text, params![view.tenant_id(), organization, user])?)
    };
    caller.read(read).await.map(Json)
}
