//! What scripts are told of people and applications: what the Management API shows of them, and no secret.

use std::collections::BTreeMap;

use db::{DbError, FromRow, params, sql};
use kernel::ids::{ApplicationId, OrganizationId, UserId};
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::execution::members;
use crate::applications;
use crate::oidc::sessions;
use crate::organizations::{memberships, store as organizations};
use crate::users::store::User;
use crate::users::{self, UserResponse, identities};
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
struct Role {
    id: String,
    name: String,
    description: String,
    scopes: Vec<Value>,
}

/// A user (inventory O130): as administrators see it, with factors, roles and organizations.
///
/// # Errors
/// A failure of the database.
pub(super) fn user(view: &View<'_>, user: User) -> Result<Value, DbError> {
    let id = user.id.clone();
    let factors = users::flow_user(view, &user)?.mfa_factors;
    let mut shown = json!(UserResponse::of(view, user)?);
    let accounts = identities::sso_of_user(view, &id)?
        .into_iter()
        .map(|account| json!({"issuer": account.issuer, "identityId": account.identity_id, "detail": account.detail}));
    let mut kinds: Vec<Value> = factors.iter().map(|factor| json!(factor.factor)).collect();
    kinds.dedup();
    let tenant = view.tenant_id();
    let organizations = memberships::list_for_user(view, tenant, &id)?
        .into_iter()
        .map(|found| json!({"id": found.id, "name": found.name, "description": found.description}));
    let held = memberships::list_roles_for_user(view, tenant, &id)?.into_iter().map(
        |role| json!({"organizationId": role.organization_id, "roleId": role.role_id, "roleName": role.role_name}),
    );
    let further: Map<String, Value> = members([
        ("ssoIdentities", accounts.collect()),
        ("mfaVerificationFactors", kinds.into()),
        ("roles", json!(roles(view, &id)?)),
        ("organizations", organizations.collect()),
        ("organizationRoles", held.collect()),
    ]);
    if let Some(members) = shown.as_object_mut() {
        members.extend(further);
    }
    Ok(shown)
}

fn roles(view: &View<'_>, user_id: &UserId) -> Result<Vec<Role>, DbError> {
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
        Role { id: row.id, name: row.name, description: row.description, scopes }
    };
    Ok(rows.into_iter().map(role).collect())
}

/// An application; none for a built-in one.
///
/// # Errors
/// A failure of the database.
pub(super) fn application(view: &View<'_>, id: &ApplicationId) -> Result<Option<Value>, DbError> {
    Ok(applications::find(view, id)?.map(|application| json!(application)))
}

/// An organization.
///
/// # Errors
/// A failure of the database.
pub(super) fn organization(view: &View<'_>, id: &OrganizationId) -> Result<Option<Value>, DbError> {
    Ok(organizations::find(view, id)?.map(|found| {
        json!({
            "id": found.id, "name": found.name, "description": found.description, "customData": found.custom_data,
        })
    }))
}

/// How the user of a session signed in.
///
/// # Errors
/// A failure of the database.
pub(super) fn interaction(view: &View<'_>, user_id: &UserId, session_uid: &str) -> Result<Option<Value>, DbError> {
    let session = sessions::find_of_user(view, user_id, session_uid)?;
    Ok(session.and_then(|session| session.last_submission).map(Value::Object))
}
