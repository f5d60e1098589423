//! The roles of a user as scripts are told of them (inventory O130).

use std::collections::BTreeMap;

use db::{DbError, FromRow, params, sql};
use kernel::ids::UserId;
use serde::Serialize;
use serde_json::{Value, json};

use crate::work::View;

#[derive(FromRow)]
struct RoleRow {
    id: String,
    name: String,
    description: String,
}

#[derive(FromRow)]
struct ScopeRow {
    role_id: String,
    id: String,
    name: String,
    description: Option<String>,
    resource_id: String,
    resource_name: String,
    indicator: String,
    is_default: bool,
    access_token_ttl: i64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ToldRole {
    id: String,
    name: String,
    description: String,
    scopes: Vec<Value>,
}

/// The roles of a user, by name, with their scopes and resources.
///
/// # Errors
/// A failure of the database.
pub(crate) fn told(view: &View<'_>, user_id: &UserId) -> Result<Vec<ToldRole>, DbError> {
    let tenant = view.tenant_id();
    let rows: Vec<RoleRow> = view.query_all(
        sql!(
            "select r.id, r.name, r.description from users_roles x \
             join roles r on r.tenant_id = x.tenant_id and r.id = x.role_id \
             where x.tenant_id = $1 and x.user_id = $2 order by r.name"
        ),
        params![tenant, user_id],
    )?;
    let scopes: Vec<ScopeRow> = view.query_all(
        sql!(
            "select l.role_id, s.id, s.name, s.description, s.resource_id, i.name as resource_name, i.indicator, \
             i.is_default, i.access_token_ttl from users_roles x \
             join roles_scopes l on l.tenant_id = x.tenant_id and l.role_id = x.role_id \
             join scopes s on s.tenant_id = l.tenant_id and s.id = l.scope_id \
             join resources i on i.tenant_id = s.tenant_id and i.id = s.resource_id \
             where x.tenant_id = $1 and x.user_id = $2 order by i.indicator, s.name"
        ),
        params![tenant, user_id],
    )?;
    let mut by_role: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for scope in scopes {
        let resource = json!({
            "tenantId": tenant, "id": scope.resource_id, "name": scope.resource_name, "indicator": scope.indicator,
            "isDefault": scope.is_default, "accessTokenTtl": scope.access_token_ttl,
        });
        let shown = json!({
            "id": scope.id, "name": scope.name, "description": scope.description, "resourceId": scope.resource_id,
            "resource": resource,
        });
        by_role.entry(scope.role_id).or_default().push(shown);
    }
    let role = |row: RoleRow| {
        let scopes = by_role.remove(&row.id).unwrap_or_default();
        ToldRole { id: row.id, name: row.name, description: row.description, scopes }
    };
    Ok(rows.into_iter().map(role).collect())
}
