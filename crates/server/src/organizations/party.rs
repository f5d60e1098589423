//! The two kinds of members, users and machine applications: the same relations over different tables, and the routes of
//! their roles (inventory M137–M141, M147–M151).

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use db::{DbError, Read, Sql, Tx, params, sql};
use serde::Deserialize;
use serde_json::json;

use super::memberships;
use super::relation::Relation;
use crate::errors::ApiError;
use crate::http::text::Ids;
use crate::http::{Body, MaybePaged};
use crate::organization_template::roles::{OrganizationRole, RoleType, check_type, ids_of_names};
use crate::routing::{Access, Routes};
use crate::{App, Tenant};

/// A kind of members.
pub(super) struct Party {
    /// Key: tenant, organization. `insert` also takes the time.
    pub members: Relation,
    /// Key: tenant, organization, member.
    pub roles: Relation,
    /// The roles of a member in full.
    roles_in_full: &'static Sql,
    /// Whether a member belongs to the organization.
    is_member: fn(&Read<'_>, &str, &str, &str) -> Result<bool, DbError>,
    /// Which roles fit.
    kind: RoleType,
}

pub(super) static USERS: Party = Party {
    members: Relation {
        values: sql!("select user_id from organization_users where tenant_id = $1 and organization_id = $2"),
        insert: sql!(
            "insert into organization_users (tenant_id, organization_id, user_id, created_at) \
             values ($1, $2, $3, $4) on conflict do nothing"
        ),
        delete: sql!("delete from organization_users where tenant_id = $1 and organization_id = $2 and user_id = $3"),
    },
    roles: Relation {
        values: sql!(
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
    roles_in_full: sql!(
        "select g.* from organization_role_users x \
         join organization_roles g on g.tenant_id = x.tenant_id and g.id = x.organization_role_id \
         where x.tenant_id = $1 and x.organization_id = $2 and x.user_id = $3 order by g.name, g.id"
    ),
    is_member: memberships::is_member,
    kind: RoleType::User,
};

pub(super) static APPLICATIONS: Party = Party {
    members: Relation {
        values: sql!(
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
    roles: Relation {
        values: sql!(
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
    roles_in_full: sql!(
        "select g.* from organization_role_applications x \
         join organization_roles g on g.tenant_id = x.tenant_id and g.id = x.organization_role_id \
         where x.tenant_id = $1 and x.organization_id = $2 and x.application_id = $3 order by g.name, g.id"
    ),
    is_member: memberships::has_application,
    kind: RoleType::MachineToMachine,
};

impl Party {
    /// Refuses someone who does not belong to the organization.
    ///
    /// # Errors
    /// 422 `organization.require_membership`.
    pub fn require_member(&self, r: &Read<'_>, tenant: &str, organization: &str, member: &str) -> Result<(), ApiError> {
        match (self.is_member)(r, tenant, organization, member)? {
            true => Ok(()),
            false => Err(ApiError::unprocessable("organization.require_membership")),
        }
    }

    /// Gives roles to members.
    ///
    /// # Errors
    /// 422 for a role of the other kind, or someone who does not belong to the organization.
    pub fn assign(
        &self,
        tx: &Tx<'_>,
        (tenant, organization): (&str, &str),
        members: &[String],
        roles: &[String],
    ) -> Result<(), ApiError> {
        check_type(tx, tenant, roles, self.kind)?;
        for member in members {
            self.roles.add(tx, &[tenant, organization, member], roles, &[])?;
        }
        Ok(())
    }
}

/// Roles by id, by name or both.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct RolesBody {
    organization_role_ids: Option<Ids>,
    organization_role_names: Option<Ids>,
}

impl RolesBody {
    fn resolve(self, r: &Read<'_>, tenant: &str) -> Result<Vec<String>, ApiError> {
        let mut ids = self.organization_role_ids.unwrap_or_default().0;
        let names = self.organization_role_names.unwrap_or_default().0;
        for id in ids_of_names(r, tenant, &names)? {
            if !ids.contains(&id) {
                ids.push(id);
            }
        }
        Ok(ids)
    }
}

/// The routes of one member's roles.
pub(super) fn role_routes(party: &'static Party, base: &str) -> Routes {
    let all = format!("{base}/{{member}}/roles");
    let list = move |app: State<App>, tenant: Tenant, path: Path<(String, String)>, paged: MaybePaged| {
        list_roles(party, app, tenant, path, paged)
    };
    let add = move |app: State<App>, tenant: Tenant, path: Path<(String, String)>, body: Body<RolesBody>| {
        change_roles(party, app, tenant, path, body, false)
    };
    let replace = move |app: State<App>, tenant: Tenant, path: Path<(String, String)>, body: Body<RolesBody>| {
        change_roles(party, app, tenant, path, body, true)
    };
    let remove = move |app: State<App>, tenant: Tenant, path: Path<(String, String, String)>| {
        remove_role(party, app, tenant, path)
    };
    Routes::new()
        .get(&all, Access::Management, list)
        .post(&all, Access::Management, add)
        .put(&all, Access::Management, replace)
        .delete(&format!("{all}/{{role}}"), Access::Management, remove)
}

async fn list_roles(
    party: &'static Party,
    State(app): State<App>,
    tenant: Tenant,
    Path((organization, member)): Path<(String, String)>,
    paged: MaybePaged,
) -> Result<Response, ApiError> {
    let tenant = tenant.id();
    let read = move |r: &Read<'_>| {
        party.require_member(r, tenant, &organization, &member)?;
        Ok::<Vec<OrganizationRole>, ApiError>(r.query_all(party.roles_in_full, params![tenant, organization, member])?)
    };
    Ok(paged.slice(&app.db.read(read).await?))
}

async fn change_roles(
    party: &'static Party,
    State(app): State<App>,
    tenant: Tenant,
    Path((organization, member)): Path<(String, String)>,
    Body(body): Body<RolesBody>,
    replace: bool,
) -> Result<Response, ApiError> {
    let tenant = tenant.id();
    let write = move |tx: &Tx<'_>| {
        party.require_member(tx, tenant, &organization, &member)?;
        let roles = body.resolve(tx, tenant)?;
        check_type(tx, tenant, &roles, party.kind)?;
        let key = [tenant, organization.as_str(), member.as_str()];
        match replace {
            true => party.roles.replace(tx, &key, &roles, &[])?,
            false => party.roles.add(tx, &key, &roles, &[])?,
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
    party: &'static Party,
    State(app): State<App>,
    tenant: Tenant,
    Path((organization, member, role)): Path<(String, String, String)>,
) -> Result<StatusCode, ApiError> {
    let tenant = tenant.id();
    let write = move |tx: &Tx<'_>| {
        party.require_member(tx, tenant, &organization, &member)?;
        party.roles.remove(tx, &[tenant, &organization, &member], &role)
    };
    app.db.write(write).await?;
    Ok(StatusCode::NO_CONTENT)
}
