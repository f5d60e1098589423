//! Queries about memberships, for tokens, claims, pages and the users API.

use kernel::ids::OrganizationId;
use kernel::ids::UserId;
use std::collections::{BTreeSet, HashMap};

use db::{DbError, FromRow, Read, params, sql};

use super::member_kind::{APPLICATIONS, USERS};
use super::model::{IdAndName, OrganizationWithRoles};
use crate::tenants::TenantSnapshot;
use crate::work::{View, Work};

/// An organization of a user, with the columns that claims and MFA policies need.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct Membership {
    pub id: OrganizationId,
    pub name: String,
    pub description: Option<String>,
    pub is_mfa_required: bool,
    pub is_trusted_device_allowed: bool,
}

/// A role of a user in an organization.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct OrganizationRoleAssignment {
    pub organization_id: OrganizationId,
    pub role_id: String,
    pub role_name: String,
}

/// The id of a role that a user has in an organization, and whether that organization demands a second factor.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct OrganizationRoleId {
    pub organization_id: OrganizationId,
    #[row(rename = "organization_role_id")]
    pub role_id: String,
    pub is_mfa_required: bool,
}

/// The ids of the roles of a user in all organizations.
///
/// # Errors
/// A failure of the database.
pub fn list_role_ids_for_user(view: &View<'_>, user: &UserId) -> Result<Vec<OrganizationRoleId>, DbError> {
    view.query_all(
        sql!(
            "select x.organization_id, x.organization_role_id, o.is_mfa_required from organization_role_users x \
             join organizations o on o.tenant_id = x.tenant_id and o.id = x.organization_id \
             where x.tenant_id = $1 and x.user_id = $2"
        ),
        params![view.tenant_id(), user],
    )
}

/// The organizations of a user, oldest membership first.
///
/// # Errors
/// A failure of the database.
pub fn list_for_user(r: &Read<'_>, tenant: &str, user: &UserId) -> Result<Vec<Membership>, DbError> {
    r.query_all(
        sql!(
            "select o.id, o.name, o.description, o.is_mfa_required, o.is_trusted_device_allowed from organization_users m \
             join organizations o on o.tenant_id = m.tenant_id and o.id = m.organization_id \
             where m.tenant_id = $1 and m.user_id = $2 order by m.created_at, o.id"
        ),
        params![tenant, user],
    )
}

/// The roles of a user in all organizations.
///
/// # Errors
/// A failure of the database.
pub fn list_roles_for_user(
    r: &Read<'_>,
    tenant: &str,
    user: &UserId,
) -> Result<Vec<OrganizationRoleAssignment>, DbError> {
    r.query_all(
        sql!(
            "select x.organization_id, g.id as role_id, g.name as role_name from organization_role_users x \
             join organization_roles g on g.tenant_id = x.tenant_id and g.id = x.organization_role_id \
             where x.tenant_id = $1 and x.user_id = $2 order by x.organization_id, g.name"
        ),
        params![tenant, user],
    )
}

/// The organizations of a user with the user's roles: `GET /api/users/{userId}/organizations` (M038).
///
/// # Errors
/// A failure of the database.
pub fn list_for_user_with_roles(view: &View<'_>, user: &UserId) -> Result<Vec<OrganizationWithRoles>, DbError> {
    USERS.organizations_of(view, user)
}

/// The organizations of an application with its roles (inventory M071), oldest membership first.
///
/// # Errors
/// A failure of the database.
pub fn list_for_application_with_roles(
    view: &View<'_>,
    application: &str,
) -> Result<Vec<OrganizationWithRoles>, DbError> {
    APPLICATIONS.organizations_of(view, application)
}

/// The organizations with these ids, and those with these names: several may have the same.
///
/// # Errors
/// A failure of the database.
pub fn find_by_ids_or_names(view: &View<'_>, ids: &[String], names: &[String]) -> Result<Vec<IdAndName>, DbError> {
    let text = |column: &str| format!("select id, name from organizations where tenant_id = $1 and {column}");
    let mut found: Vec<IdAndName> = view.query_by_ids(&text("id"), ids)?;
    found.extend(view.query_by_ids::<IdAndName>(&text("name"), names)?);
    found.sort();
    found.dedup();
    Ok(found)
}

/// An organization of a user, and the names of the user's roles in it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct NamedMembership {
    pub organization: IdAndName,
    pub roles: Vec<String>,
}

/// The memberships of these users, by user, in the order of the ids.
///
/// # Errors
/// A failure of the database.
pub fn by_user(view: &View<'_>, users: &[UserId]) -> Result<HashMap<UserId, Vec<NamedMembership>>, DbError> {
    let text = "select m.user_id, o.id, o.name from organization_users m \
                join organizations o on o.tenant_id = m.tenant_id and o.id = m.organization_id \
                where m.tenant_id = $1 and m.user_id";
    let mut found: HashMap<UserId, Vec<NamedMembership>> = HashMap::new();
    for (user, id, name) in view.query_by_ids::<(UserId, String, String)>(text, users)? {
        let membership = NamedMembership { organization: IdAndName { id, name }, roles: Vec::new() };
        found.entry(user).or_default().push(membership);
    }
    let text = "select x.user_id, x.organization_id, g.name from organization_role_users x \
                join organization_roles g on g.tenant_id = x.tenant_id and g.id = x.organization_role_id \
                where x.tenant_id = $1 and x.user_id";
    for (user, organization, role) in view.query_by_ids::<(UserId, String, String)>(text, users)? {
        let of_user = found.get_mut(&user).into_iter().flatten();
        for membership in of_user.filter(|membership| membership.organization.id == organization) {
            membership.roles.push(role.clone());
        }
    }
    for memberships in found.values_mut() {
        memberships.iter_mut().for_each(|membership| membership.roles.sort());
        memberships.sort();
    }
    Ok(found)
}

/// Makes a user that was inserted in this unit a member with these roles. No event is emitted.
///
/// # Errors
/// A failure of the database.
pub fn join_new_user(
    work: &Work<'_>,
    organization: &OrganizationId,
    user: &UserId,
    roles: &[String],
) -> Result<(), DbError> {
    USERS.members.add_pipelined(work, &[organization], &[user.to_string()])?;
    USERS.roles.add_pipelined(work, &[organization, user], roles)
}

/// Makes a user a member with these roles, in addition to those already held. No event is emitted.
///
/// # Errors
/// A failure of the database.
pub fn join_quietly(
    work: &Work<'_>,
    organization: &OrganizationId,
    user: &UserId,
    roles: &[String],
) -> Result<(), DbError> {
    USERS.members.add(work, &[organization], &[user.to_string()])?;
    USERS.roles.add(work, &[organization, user], roles).map(drop)
}

/// Whether a user belongs to an organization.
///
/// # Errors
/// A failure of the database.
pub fn is_member(r: &Read<'_>, tenant: &str, organization: &OrganizationId, user: &UserId) -> Result<bool, DbError> {
    let text =
        sql!("select user_id from organization_users where tenant_id = $1 and organization_id = $2 and user_id = $3");
    Ok(r.query_opt::<String>(text, params![tenant, organization, user])?.is_some())
}

/// The ids of the roles of a user in an organization; empty for a non-member.
///
/// # Errors
/// A failure of the database.
pub fn user_role_ids(
    r: &Read<'_>,
    tenant: &str,
    organization: &OrganizationId,
    user: &UserId,
) -> Result<BTreeSet<String>, DbError> {
    let text = sql!(
        "select organization_role_id from organization_role_users \
         where tenant_id = $1 and organization_id = $2 and user_id = $3"
    );
    Ok(r.query_all(text, params![tenant, organization, user])?.into_iter().collect())
}

/// Whether an application belongs to an organization.
///
/// # Errors
/// A failure of the database.
pub fn is_application_member(
    r: &Read<'_>,
    tenant: &str,
    organization: &OrganizationId,
    application: &str,
) -> Result<bool, DbError> {
    let text = sql!(
        "select application_id from organization_applications \
         where tenant_id = $1 and organization_id = $2 and application_id = $3"
    );
    Ok(r.query_opt::<String>(text, params![tenant, organization, application])?.is_some())
}

/// The ids of the roles of an application in an organization; empty for a non-member.
///
/// # Errors
/// A failure of the database.
pub fn application_role_ids(
    r: &Read<'_>,
    tenant: &str,
    organization: &OrganizationId,
    application: &str,
) -> Result<BTreeSet<String>, DbError> {
    let text = sql!(
        "select organization_role_id from organization_role_applications \
         where tenant_id = $1 and organization_id = $2 and application_id = $3"
    );
    Ok(r.query_all(text, params![tenant, organization, application])?.into_iter().collect())
}

/// The names of the organization scopes of these roles.
pub fn organization_scopes<'a>(
    config: &TenantSnapshot,
    roles: impl IntoIterator<Item = &'a String>,
) -> BTreeSet<String> {
    let granted = roles.into_iter().filter_map(|role| config.access.organization_role_scopes.get(role));
    granted.flatten().cloned().collect()
}

/// The ids of the API scopes of these roles; their names are in `config.access.resources[…].scopes`.
pub fn resource_scopes<'a>(config: &TenantSnapshot, roles: impl IntoIterator<Item = &'a String>) -> BTreeSet<String> {
    let granted = roles.into_iter().filter_map(|role| config.access.organization_role_resource_scopes.get(role));
    granted.flatten().cloned().collect()
}
