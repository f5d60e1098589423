//! The two kinds of members, users and machine-to-machine applications: the same link tables with different names, and
//! the same routes (inventory M133–M151).

use ::api::ErrorCode;
use kernel::ids::OrganizationId;
use std::collections::HashMap;

use ::api::organizations::RoleIdsOrNames;
use axum::Json;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use db::{DbError, Sql, params};
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::model::{IdAndName, Organization, OrganizationWithRoles};
use crate::callers::ManagementCaller;
use crate::errors::ApiError;
use crate::events::{EventBody, EventKind};
use crate::http::{OptionalPaging, RequestBody};
use crate::link_table::{LinkChange, LinkTable, Links, link_routes, link_table, map_constraint_error};
use crate::organization_template::roles::{OrganizationRole, RoleType, ids_by_name, require_role_type};
use crate::routes::Routes;
use crate::search::Where;
use crate::work::{View, Work};

/// A kind of member with its tables.
pub(super) struct MemberKind {
    /// Key: organization.
    pub members: LinkTable,
    /// Key: organization, member.
    pub roles: LinkTable,
    /// The type of the roles of these members.
    role_type: RoleType,
    /// The members of an event that name who was added and who was removed.
    event_members: EventMembers,
}

struct EventMembers {
    added: &'static str,
    removed: &'static str,
}

pub(super) const USERS: MemberKind = MemberKind {
    members: link_table!("organization_users", "organization_id" => "user_id", created_at),
    roles: link_table!("organization_role_users", "organization_id", "user_id" => "organization_role_id"),
    role_type: RoleType::User,
    event_members: EventMembers { added: "addedUserIds", removed: "removedUserIds" },
};

pub(super) const APPLICATIONS: MemberKind = MemberKind {
    members: link_table!("organization_applications", "organization_id" => "application_id", created_at),
    roles: link_table!("organization_role_applications", "organization_id", "application_id" => "organization_role_id"),
    role_type: RoleType::MachineToMachine,
    event_members: EventMembers { added: "addedApplicationIds", removed: "removedApplicationIds" },
};

/// The roles of members, by member or by organization.
type RolesByOwner = HashMap<String, Vec<IdAndName>>;

impl MemberKind {
    /// Checks that the member belongs to the organization.
    ///
    /// # Errors
    /// 422 `organization.require_membership`.
    pub fn require_member(&self, view: &View<'_>, organization: &OrganizationId, member: &str) -> Result<(), ApiError> {
        match self.members.contains(view, &[organization], member)? {
            true => Ok(()),
            false => Err(ApiError::unprocessable(ErrorCode::OrganizationRequireMembership)),
        }
    }

    /// Says who became a member of an organization, and who is none any more.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn emit(&self, work: &Work<'_>, organization: &OrganizationId, change: &LinkChange) -> Result<(), DbError> {
        if change.is_empty() {
            return Ok(());
        }
        work.emit(EventKind::OrganizationMembershipUpdated, || {
            EventBody::default()
                .with("organizationId", organization.as_str())
                .with_ids(self.event_members.added, &change.added)
                .with_ids(self.event_members.removed, &change.removed)
        })
    }

    /// Makes somebody a member with these roles, in addition to those already held.
    ///
    /// # Errors
    /// [`DbError::ForeignKey`] for an unknown organization, member or role; a failure of the database.
    pub fn join(
        &self,
        work: &Work<'_>,
        organization: &OrganizationId,
        member: &str,
        roles: &[String],
    ) -> Result<(), DbError> {
        let added = self.members.add(work, &[organization], &[member.to_owned()])?;
        self.roles.add(work, &[organization, member], roles)?;
        self.emit(work, organization, &LinkChange { added, removed: Vec::new() })
    }

    /// The roles of these members in an organization, by member.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn roles_by_member(
        &self,
        view: &View<'_>,
        organization: &OrganizationId,
        members: &[String],
    ) -> Result<RolesByOwner, DbError> {
        let condition =
            Where::new("x.organization_id = {}", [organization]).and_in(&format!("x.{}", self.members.value), members);
        self.roles_by(view, self.members.value, condition)
    }

    /// The organizations of a member with the member's roles, oldest membership first (inventory M038, M071).
    ///
    /// # Errors
    /// A failure of the database.
    pub fn organizations_of(&self, view: &View<'_>, member: &str) -> Result<Vec<OrganizationWithRoles>, DbError> {
        let text = Sql::dynamic(format!(
            "select o.* from {} m join organizations o on o.tenant_id = m.tenant_id and o.id = m.organization_id \
             where m.tenant_id = $1 and m.{} = $2 order by m.created_at, o.id",
            self.members.table, self.members.value
        ));
        let mut roles =
            self.roles_by(view, "organization_id", Where::new(&format!("x.{} = {{}}", self.members.value), [member]))?;
        let with_roles = |organization: Organization| OrganizationWithRoles {
            organization_roles: roles.remove(organization.id.as_str()).unwrap_or_default(),
            organization,
        };
        Ok(view.query_all(&text, params![view.tenant_id(), member])?.into_iter().map(with_roles).collect())
    }

    /// The roles of the rows `x` that meet the condition, grouped by the column `owner`.
    fn roles_by(&self, view: &View<'_>, owner: &str, condition: Where) -> Result<RolesByOwner, DbError> {
        let condition = condition.and("x.tenant_id = {}", [view.tenant_id()]);
        let (condition, values) = condition.parts();
        let text = Sql::dynamic(format!(
            "select x.{owner}, g.id, g.name from {} x \
             join organization_roles g on g.tenant_id = x.tenant_id and g.id = x.organization_role_id \
             where {condition} order by g.name, g.id",
            self.roles.table
        ));
        let mut roles = RolesByOwner::new();
        for (owner, id, name) in view.query_all::<(String, String, String)>(&text, values)? {
            roles.entry(owner).or_default().push(IdAndName { id, name });
        }
        Ok(roles)
    }
}

/// The body that names members of a kind.
pub(super) trait Members: Links {
    const KIND: MemberKind;
    /// The body that names members, and roles to assign to them.
    type Assignment: DeserializeOwned + JsonSchema + Send + 'static;

    /// The members and the roles of an assignment.
    fn assignment(body: Self::Assignment) -> Assignment;
}

/// Roles to assign to members.
pub(super) struct Assignment {
    pub members: Vec<String>,
    pub roles: Vec<String>,
}

/// The routes of members and their roles, other than the list of members.
pub(super) fn member_routes<M: Members>(base: &str) -> Routes {
    let roles = format!("{base}/{{member}}/roles");
    link_routes::<M>(base)
        .post(&format!("{base}/roles"), assign_roles::<M>)
        .get(&roles, list_roles::<M>)
        .post(&roles, add_roles::<M>)
        .put(&roles, replace_roles::<M>)
        .delete(&format!("{roles}/{{role}}"), remove_role::<M>)
}

/// The ids of the roles that a body names; each has the type of the members.
fn resolve_roles(view: &View<'_>, body: RoleIdsOrNames, kind: &MemberKind) -> Result<Vec<String>, ApiError> {
    let mut ids = body.organization_role_ids.0;
    for id in ids_by_name(view, &body.organization_role_names.0)? {
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    require_role_type(view, &ids, kind.role_type)?;
    Ok(ids)
}

async fn assign_roles<M: Members>(
    caller: ManagementCaller,
    Path(organization): Path<OrganizationId>,
    RequestBody(body): RequestBody<M::Assignment>,
) -> Result<StatusCode, ApiError> {
    let Assignment { members, roles } = M::assignment(body);
    let assign = move |work: &Work<'_>| {
        require_role_type(work, &roles, M::KIND.role_type)?;
        for member in &members {
            M::KIND.roles.add(work, &[&organization, member], &roles).map_err(map_constraint_error)?;
        }
        Ok::<_, ApiError>(())
    };
    caller.write(assign).await.map(|()| StatusCode::CREATED)
}

async fn list_roles<M: Members>(
    caller: ManagementCaller,
    Path((organization, member)): Path<(OrganizationId, String)>,
    paging: OptionalPaging,
) -> Result<Response, ApiError> {
    let MemberKind { members, roles, .. } = M::KIND;
    let text = Sql::dynamic(format!(
        "select g.* from {} x join organization_roles g on g.tenant_id = x.tenant_id and g.id = x.organization_role_id \
         where x.tenant_id = $1 and x.organization_id = $2 and x.{} = $3 order by g.name, g.id",
        roles.table, members.value
    ));
    let read = move |view: &View<'_>| {
        M::KIND.require_member(view, &organization, &member)?;
        Ok::<_, ApiError>(view.query_all(&text, params![view.tenant_id(), organization, member])?)
    };
    let held: Vec<OrganizationRole> = caller.read(read).await?;
    Ok(paging.paginate_in_memory(&held))
}

async fn add_roles<M: Members>(
    caller: ManagementCaller,
    Path((organization, member)): Path<(OrganizationId, String)>,
    RequestBody(body): RequestBody<RoleIdsOrNames>,
) -> Result<(StatusCode, Json<Value>), ApiError> {
    let add = move |work: &Work<'_>| {
        M::KIND.require_member(work, &organization, &member)?;
        let roles = resolve_roles(work, body, &M::KIND)?;
        M::KIND.roles.add(work, &[&organization, &member], &roles).map_err(map_constraint_error)?;
        Ok::<_, ApiError>(roles)
    };
    let roles = caller.write(add).await?;
    Ok((StatusCode::CREATED, Json(json!({"organizationRoleIds": roles}))))
}

async fn replace_roles<M: Members>(
    caller: ManagementCaller,
    Path((organization, member)): Path<(OrganizationId, String)>,
    RequestBody(body): RequestBody<RoleIdsOrNames>,
) -> Result<StatusCode, ApiError> {
    let replace = move |work: &Work<'_>| {
        M::KIND.require_member(work, &organization, &member)?;
        let roles = resolve_roles(work, body, &M::KIND)?;
        M::KIND.roles.replace(work, &[&organization, &member], &roles).map(drop).map_err(map_constraint_error)
    };
    caller.write(replace).await.map(|()| StatusCode::NO_CONTENT)
}

async fn remove_role<M: Members>(
    caller: ManagementCaller,
    Path((organization, member, role)): Path<(OrganizationId, String, String)>,
) -> Result<StatusCode, ApiError> {
    let remove = move |work: &Work<'_>| {
        M::KIND.require_member(work, &organization, &member)?;
        M::KIND.roles.remove(work, &[&organization, &member], &role)
    };
    caller.write(remove).await.map(|()| StatusCode::NO_CONTENT)
}
