//! The two kinds of members, users and machine-to-machine applications: the same link tables with different names, and
//! the routes of their roles (inventory M137–M141, M147–M151).

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use db::{DbError, Read, Sql, Tx, params, sql};
use serde::Deserialize;
use serde_json::json;

use super::link_table::LinkTable;
use super::memberships;
use crate::errors::ApiError;
use crate::http::newtypes::IdList;
use crate::http::{Body, OptionalPaging};
use crate::organization_template::roles::{OrganizationRole, RoleType, ids_by_name, require_role_type};
use crate::routes::{Access, Routes};
use crate::{App, Tenant};

/// A kind of member with its tables.
pub(super) struct MemberKind {
    /// Key: tenant, organization. The extra column of `insert` is the time.
    pub members: LinkTable,
    /// Key: tenant, organization, member.
    pub roles: LinkTable,
    /// Selects all columns of the roles of a member.
    select_roles: &'static Sql,
    /// Whether a member belongs to the organization.
    is_member: fn(&Read<'_>, &str, &str, &str) -> Result<bool, DbError>,
    /// The type of the roles of these members.
    role_type: RoleType,
}

pub(super) static USER_MEMBERS: MemberKind = MemberKind {
    members: LinkTable {
        select: sql!("select user_id from organization_users where tenant_id = $1 and organization_id = $2"),
        insert: sql!(
            "insert into organization_users (tenant_id, organization_id, user_id, created_at) \
             values ($1, $2, $3, $4) on conflict do nothing"
        ),
        delete: sql!("delete from organization_users where tenant_id = $1 and organization_id = $2 and user_id = $3"),
    },
    roles: LinkTable {
        select: sql!(
            "select organization_role_id from organization_role_users \
             where tenant_id = $1 and organization_id = $2 and user_id = $3"
        ),
        insert: sql!(
            "insert into organization_role_users (tenant_id, organization_id, user_id, organization_role_id) \
             values ($1, $2, $3, $4) on conflict do nothing"
        ),
        delete: sql!(
            "delete from organization_role_users \
             where tenant_id = $1 and organization_id = $2 and user_id = $3 and organization_role_id = $4"
        ),
    },
    select_roles: sql!(
        "select g.* from organization_role_users x \
         join organization_roles g on g.tenant_id = x.tenant_id and g.id = x.organization_role_id \
         where x.tenant_id = $1 and x.organization_id = $2 and x.user_id = $3 order by g.name, g.id"
    ),
    is_member: memberships::is_member,
    role_type: RoleType::User,
};

pub(super) static APPLICATION_MEMBERS: MemberKind = MemberKind {
    members: LinkTable {
        select: sql!(
            "select application_id from organization_applications where tenant_id = $1 and organization_id = $2"
        ),
        insert: sql!(
            "insert into organization_applications (tenant_id, organization_id, application_id, created_at) \
             values ($1, $2, $3, $4) on conflict do nothing"
        ),
        delete: sql!(
            "delete from organization_applications \
             where tenant_id = $1 and organization_id = $2 and application_id = $3"
        ),
    },
    roles: LinkTable {
        select: sql!(
            "select organization_role_id from organization_role_applications \
             where tenant_id = $1 and organization_id = $2 and application_id = $3"
        ),
        insert: sql!(
            "insert into organization_role_applications \
             (tenant_id, organization_id, application_id, organization_role_id) \
             values ($1, $2, $3, $4) on conflict do nothing"
        ),
        delete: sql!(
            "delete from organization_role_applications \
             where tenant_id = $1 and organization_id = $2 and application_id = $3 and organization_role_id = $4"
        ),
    },
    select_roles: sql!(
        "select g.* from organization_role_applications x \
         join organization_roles g on g.tenant_id = x.tenant_id and g.id = x.organization_role_id \
         where x.tenant_id = $1 and x.organization_id = $2 and x.application_id = $3 order by g.name, g.id"
    ),
    is_member: memberships::is_application_member,
    role_type: RoleType::MachineToMachine,
};

impl MemberKind {
    /// Checks that the member belongs to the organization.
    ///
    /// # Errors
    /// 422 `organization.require_membership`.
    pub fn require_member(&self, r: &Read<'_>, tenant: &str, organization: &str, member: &str) -> Result<(), ApiError> {
        match (self.is_member)(r, tenant, organization, member)? {
            true => Ok(()),
            false => Err(ApiError::unprocessable("organization.require_membership")),
        }
    }

    /// Assigns roles to members.
    ///
    /// # Errors
    /// 422 for a role of the other type, or when a member does not belong to the organization.
    pub fn assign(
        &self,
        tx: &Tx<'_>,
        (tenant, organization): (&str, &str),
        members: &[String],
        roles: &[String],
    ) -> Result<(), ApiError> {
        require_role_type(tx, tenant, roles, self.role_type)?;
        for member in members {
            self.roles.add(tx, &[tenant, organization, member], roles, &[])?;
        }
        Ok(())
    }
}

/// Roles by id, by name, or both.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct AssignMemberRoles {
    organization_role_ids: Option<IdList>,
    organization_role_names: Option<IdList>,
}

impl AssignMemberRoles {
    fn resolve(self, r: &Read<'_>, tenant: &str) -> Result<Vec<String>, ApiError> {
        let mut ids = self.organization_role_ids.unwrap_or_default().0;
        let names = self.organization_role_names.unwrap_or_default().0;
        for id in ids_by_name(r, tenant, &names)? {
            if !ids.contains(&id) {
                ids.push(id);
            }
        }
        Ok(ids)
    }
}

/// The routes of one member's roles.
pub(super) fn role_routes(kind: &'static MemberKind, base: &str) -> Routes {
    let all = format!("{base}/{{member}}/roles");
    let list = move |app: State<App>, tenant: Tenant, path: Path<(String, String)>, paging: OptionalPaging| {
        list_roles(kind, app, tenant, path, paging)
    };
    let add = move |app: State<App>, tenant: Tenant, path: Path<(String, String)>, body: Body<AssignMemberRoles>| {
        change_roles(kind, app, tenant, path, body, false)
    };
    let replace =
        move |app: State<App>, tenant: Tenant, path: Path<(String, String)>, body: Body<AssignMemberRoles>| {
            change_roles(kind, app, tenant, path, body, true)
        };
    let remove = move |app: State<App>, tenant: Tenant, path: Path<(String, String, String)>| {
        remove_role(kind, app, tenant, path)
    };
    Routes::new()
        .old_get(&all, Access::Management, list)
        .old_post(&all, Access::Management, add)
        .old_put(&all, Access::Management, replace)
        .old_delete(&format!("{all}/{{role}}"), Access::Management, remove)
}

async fn list_roles(
    kind: &'static MemberKind,
    State(app): State<App>,
    tenant: Tenant,
    Path((organization, member)): Path<(String, String)>,
    paging: OptionalPaging,
) -> Result<Response, ApiError> {
    let tenant = tenant.id();
    let read = move |r: &Read<'_>| {
        kind.require_member(r, tenant, &organization, &member)?;
        Ok::<Vec<OrganizationRole>, ApiError>(r.query_all(kind.select_roles, params![tenant, organization, member])?)
    };
    Ok(paging.paginate_in_memory(&app.db.read(read).await?))
}

async fn change_roles(
    kind: &'static MemberKind,
    State(app): State<App>,
    tenant: Tenant,
    Path((organization, member)): Path<(String, String)>,
    Body(body): Body<AssignMemberRoles>,
    replace: bool,
) -> Result<Response, ApiError> {
    let tenant = tenant.id();
    let write = move |tx: &Tx<'_>| {
        kind.require_member(tx, tenant, &organization, &member)?;
        let roles = body.resolve(tx, tenant)?;
        require_role_type(tx, tenant, &roles, kind.role_type)?;
        let key = [tenant, organization.as_str(), member.as_str()];
        match replace {
            true => kind.roles.replace(tx, &key, &roles, &[])?,
            false => kind.roles.add(tx, &key, &roles, &[])?,
        }
        Ok::<_, ApiError>(roles)
    };
    let roles = app.db.write(write).await?;
    if replace {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    Ok((StatusCode::CREATED, Json(json!({"organizationRoleIds": roles}))).into_response())
}

async fn remove_role(
    kind: &'static MemberKind,
    State(app): State<App>,
    tenant: Tenant,
    Path((organization, member, role)): Path<(String, String, String)>,
) -> Result<StatusCode, ApiError> {
    let tenant = tenant.id();
    let write = move |tx: &Tx<'_>| {
        kind.require_member(tx, tenant, &organization, &member)?;
        kind.roles.remove(tx, &[tenant, &organization, &member], &role)
    };
    app.db.write(write).await?;
    Ok(StatusCode::NO_CONTENT)
}
