//! What scripts are told of people and applications: what the Management API shows of them, and no secret.

use db::DbError;
use kernel::ids::{ApplicationId, OrganizationId, UserId};
use serde_json::{Map, Value, json};

use super::execution::members;
use crate::applications;
use crate::oidc::sessions;
use crate::organizations::{memberships, store as organizations};
use crate::roles;
use crate::users::store::User;
use crate::users::{self, UserResponse, identities};
use crate::work::View;

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
        ("mfaVerificationFactors", Value::Array(kinds)),
        ("roles", json!(roles::told(view, &id)?)),
        ("organizations", organizations.collect()),
        ("organizationRoles", held.collect()),
    ]);
    if let Some(members) = shown.as_object_mut() {
        members.extend(further);
    }
    Ok(shown)
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
