//! Roles of the organization template: type and SQL (inventory M171–M175).

use db::{DbError, FromRow, Read, Row, Sql, Tx, Value, params, placeholders, sql};
use kernel::{Pagination, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::NameAndDescription;
use super::role_scopes::{RESOURCE_SCOPES, ROLE_SCOPES};
use crate::errors::ApiError;
use crate::organizations::link_table::map_constraint_error;
use crate::search::{ListQuery, Where};

/// Whether a role is for users or for machine-to-machine applications.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum RoleType {
    User,
    MachineToMachine,
}

impl RoleType {
    fn as_str(self) -> &'static str {
        match self {
            Self::User => "User",
            Self::MachineToMachine => "MachineToMachine",
        }
    }
}

/// A role of users or machine-to-machine applications in an organization.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OrganizationRole {
    pub tenant_id: String,
    pub id: String,
    pub name: String,
    pub description: Option<String>,
    #[serde(rename = "type")]
    pub kind: RoleType,
}

impl FromRow for OrganizationRole {
    fn from_row(row: &Row<'_>) -> Result<Self, DbError> {
        let kind = match row.get::<String>("type")?.as_str() {
            "MachineToMachine" => RoleType::MachineToMachine,
            _ => RoleType::User,
        };
        Ok(Self {
            tenant_id: row.get("tenant_id")?,
            id: row.get("id")?,
            name: row.get("name")?,
            description: row.get("description")?,
            kind,
        })
    }
}

/// The members of a role to create or update.
pub(super) struct OrganizationRoleInput {
    pub text: NameAndDescription,
    pub kind: Option<RoleType>,
}

/// Creates a role with its scopes.
///
/// # Errors
/// 422 for a duplicate name or an unknown scope.
pub(super) fn create(
    tx: &Tx<'_>,
    tenant: &str,
    (id, now): (&str, Timestamp),
    new: &OrganizationRoleInput,
    (scopes, resource_scopes): (&[String], &[String]),
) -> Result<OrganizationRole, ApiError> {
    let insert = sql!(
        "insert into organization_roles (tenant_id, id, name, description, type, created_at) \
         values ($1, $2, $3, $4, $5, $6) returning *"
    );
    let kind = new.kind.unwrap_or(RoleType::User).as_str();
    let values = params![tenant, id, new.text.name()?, new.text.description(), kind, now];
    let role = tx.query_one(insert, values).map_err(map_constraint_error)?;
    ROLE_SCOPES.add(tx, &[tenant, id], scopes, &[])?;
    RESOURCE_SCOPES.add(tx, &[tenant, id], resource_scopes, &[])?;
    Ok(role)
}

/// The role with this id; it must exist.
///
/// # Errors
/// 404 `entity.not_exists_with_id`.
pub(super) fn get(r: &Read<'_>, tenant: &str, id: &str) -> Result<OrganizationRole, ApiError> {
    let text = sql!("select * from organization_roles where tenant_id = $1 and id = $2");
    r.query_opt(text, params![tenant, id])?.ok_or_else(|| ApiError::not_found_by_id("organization_roles", id))
}

/// Updates a role. The type of an assigned role can't change, or a user could have a role for applications.
///
/// # Errors
/// 404 `entity.not_exists`; 422 for a duplicate name, an assigned role, or a patch without known members.
pub(super) fn update(
    tx: &Tx<'_>,
    tenant: &str,
    id: &str,
    patch: &OrganizationRoleInput,
) -> Result<OrganizationRole, ApiError> {
    if patch.text.name.is_none() && patch.text.description.is_none() && patch.kind.is_none() {
        return Err(ApiError::unprocessable("entity.invalid_input"));
    }
    let in_use = sql!(
        "select organization_role_id from organization_role_users where tenant_id = $1 and organization_role_id = $2 \
         union select organization_role_id from organization_role_applications \
         where tenant_id = $1 and organization_role_id = $2 \
         union select organization_role_id from organization_jit_roles \
         where tenant_id = $1 and organization_role_id = $2"
    );
    let text = sql!(
        "update organization_roles set name = coalesce($3, name), \
         description = case when $4 then $5 else description end, type = coalesce($6, type) \
         where tenant_id = $1 and id = $2 returning *"
    );
    if let Some(kind) = patch.kind {
        let current: Option<OrganizationRole> = tx.query_opt(
            sql!("select * from organization_roles where tenant_id = $1 and id = $2"),
            params![tenant, id],
        )?;
        let changes = current.is_some_and(|role| role.kind != kind);
        if changes && tx.query_opt::<String>(in_use, params![tenant, id])?.is_some() {
            return Err(ApiError::unprocessable("entity.db_constraint_violated"));
        }
    }
    let has_description = patch.text.description.is_some();
    let kind = patch.kind.map(RoleType::as_str);
    let values = params![tenant, id, &patch.text.name, has_description, patch.text.description(), kind];
    Ok(tx.query_opt(text, values).map_err(map_constraint_error)?.ok_or(DbError::Conflict)?)
}

/// A role in the list, with its scopes.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RoleWithScopes {
    #[serde(flatten)]
    role: OrganizationRole,
    scopes: Vec<serde_json::Value>,
    resource_scopes: Vec<serde_json::Value>,
}

const LIST_QUERY: ListQuery = ListQuery { columns: "*", from: "organization_roles", order: "name, id" };

/// A page of the roles whose id or name contains `q`, sorted by name.
///
/// # Errors
/// A failure of the database.
pub(super) fn list_page(
    r: &Read<'_>,
    tenant: &str,
    q: Option<&str>,
    page: Pagination,
) -> Result<(i64, Vec<RoleWithScopes>), DbError> {
    let condition = Where::new("tenant_id = {}", [tenant]).and_contains(&["name", "id"], q);
    let (total, roles) = LIST_QUERY.rows(r, &condition, Some(page))?;
    Ok((total, with_scopes(r, tenant, roles)?))
}

fn with_scopes(r: &Read<'_>, tenant: &str, roles: Vec<OrganizationRole>) -> Result<Vec<RoleWithScopes>, DbError> {
    let ids = roles.iter().map(|role| Value::from(&role.id));
    let params: Vec<Value> = std::iter::once(Value::from(tenant)).chain(ids).collect();
    let ids = placeholders(2, roles.len());
    let scopes = Sql::dynamic(format!(
        "select x.organization_role_id, s.id, s.name from organization_role_scopes x \
         join organization_scopes s on s.tenant_id = x.tenant_id and s.id = x.organization_scope_id \
         where x.tenant_id = $1 and x.organization_role_id in ({ids}) order by s.name, s.id"
    ));
    let resource_scopes = Sql::dynamic(format!(
        "select x.organization_role_id, s.id, s.name, o.id, o.name from organization_role_resource_scopes x \
         join scopes s on s.tenant_id = x.tenant_id and s.id = x.scope_id \
         join resources o on o.tenant_id = s.tenant_id and o.id = s.resource_id \
         where x.tenant_id = $1 and x.organization_role_id in ({ids}) order by s.name, s.id"
    ));
    let mut items: Vec<RoleWithScopes> = roles
        .into_iter()
        .map(|role| RoleWithScopes { role, scopes: Vec::new(), resource_scopes: Vec::new() })
        .collect();
    for (role, id, name) in r.query_all::<(String, String, String)>(&scopes, &params)? {
        if let Some(item) = items.iter_mut().find(|item| item.role.id == role) {
            item.scopes.push(json!({"id": id, "name": name}));
        }
    }
    type ResourceRow = (String, String, String, String, String);
    for (role, id, name, resource, resource_name) in r.query_all::<ResourceRow>(&resource_scopes, &params)? {
        if let Some(item) = items.iter_mut().find(|item| item.role.id == role) {
            let resource = json!({"id": resource, "name": resource_name});
            item.resource_scopes.push(json!({"id": id, "name": name, "resource": resource}));
        }
    }
    Ok(items)
}

/// The ids of the roles with these names.
///
/// # Errors
/// 422 `organization.role_names_not_found` for an unknown name.
pub fn ids_by_name(r: &Read<'_>, tenant: &str, names: &[String]) -> Result<Vec<String>, ApiError> {
    let text = sql!("select id from organization_roles where tenant_id = $1 and name = $2");
    let (mut ids, mut unknown) = (Vec::new(), Vec::new());
    for name in names {
        match r.query_opt::<String>(text, params![tenant, name])? {
            Some(id) => ids.push(id),
            None => unknown.push(name.as_str()),
        }
    }
    if unknown.is_empty() {
        return Ok(ids);
    }
    let error =
        ApiError::unprocessable("organization.role_names_not_found").with_placeholder("names", &unknown.join(", "));
    Err(error.data(json!({"names": unknown})))
}

/// Checks that the roles exist and have this type.
///
/// # Errors
/// 422 `entity.relation_foreign_key_not_found` or `entity.db_constraint_violated`.
pub fn require_role_type(r: &Read<'_>, tenant: &str, ids: &[String], kind: RoleType) -> Result<(), ApiError> {
    for id in ids {
        let text = sql!("select type from organization_roles where tenant_id = $1 and id = $2");
        match r.query_opt::<String>(text, params![tenant, id])? {
            None => return Err(map_constraint_error(DbError::ForeignKey)),
            Some(found) if found != kind.as_str() => {
                return Err(ApiError::unprocessable("entity.db_constraint_violated"));
            }
            Some(_) => {}
        }
    }
    Ok(())
}
