//! One authorization rule for the Management API and the console: what the roles of a person in the tenant that issued their sign-in
//! let them do in a tenant.

use axum::http::Method;
use kernel::ids::UserId;
use oauth::ScopeSet;

use crate::Tenant;
use crate::errors::ApiError;
use crate::oidc::{scopes, subject};
use crate::roles;
use crate::tenants::TenantSnapshot;
use crate::work::Actor;

/// What a route asks for. Each is held by who has one of its scopes of the tenant's Management API ([`Right::is_in`]).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Right {
    /// Any of the scopes below.
    SignedIn,
    /// Looks at users.
    ReadUsers,
    /// Looks at everything that is no secret.
    Read,
    /// Changes users who hold no right over the tenant themselves.
    ManageUsers,
    /// Does everything. Tokens of the API open nothing less (inventory M003).
    Manage,
    /// Manages the administrators: does everything in the tenant `admin`. No scope of another tenant gives it.
    Own,
}

/// The scope for everything.
pub(crate) const ALL: &str = "all";
/// The scope of auditors.
pub(crate) const READ: &str = "read";
/// The scope of support.
pub(crate) const MANAGE_USERS: &str = "manage:users";

/// Collections of the API whose GET routes answer no secret.
const READABLE: [&str; 13] = [
    "/api/account-center",
    "/api/applications",
    "/api/configs/account",
    "/api/custom-phrases",
    "/api/custom-profile-fields",
    "/api/logs",
    "/api/organizations",
    "/api/organization-roles",
    "/api/organization-scopes",
    "/api/refusals",
    "/api/resources",
    "/api/roles",
    "/api/sign-in-exp",
];
const USERS: &str = "/api/users";

impl Right {
    /// Whether one of these scopes gives it.
    pub fn is_in(self, scopes: &ScopeSet) -> bool {
        let enough: &[&str] = match self {
            Self::SignedIn | Self::ReadUsers => &[ALL, READ, MANAGE_USERS],
            Self::Read => &[ALL, READ],
            Self::ManageUsers => &[ALL, MANAGE_USERS],
            Self::Manage => &[ALL],
            Self::Own => &[],
        };
        enough.iter().any(|scope| scopes.contains(scope))
    }

    /// What a route of the Management API asks a person for: `path` is as declared, with placeholders.
    pub(crate) fn of_route(method: &Method, path: &str) -> Self {
        let is_below = |collection: &str| path.strip_prefix(collection).is_some_and(|rest| !rest.starts_with('-'));
        let secrets = ["secret", "/personal-access-tokens", "/identities", "/sso-connectors"];
        let is_secret = secrets.into_iter().any(|part| path.contains(part));
        let is_read = *method == Method::GET || *method == Method::HEAD;
        match (is_read, is_below(USERS)) {
            _ if is_secret => Self::Manage,
            (true, true) => Self::ReadUsers,
            (true, false) if is_below("/api/dashboard") => Self::ReadUsers,
            (true, false) if READABLE.into_iter().any(is_below) => Self::Read,
            (true, false) => Self::Manage,
            // A role may give its holder more than who gives it has.
            (false, true) if !path.contains("/roles") => Self::ManageUsers,
            (false, _) => Self::Manage,
        }
    }
}

/// The scopes of the API `indicator` that a person has now through their roles in `issuer`; none who is suspended or deleted.
///
/// # Errors
/// A failure of the database.
pub(crate) async fn scopes_of_person(
    issuer: &Tenant,
    config: &TenantSnapshot,
    actor: &Actor,
    id: &UserId,
    indicator: &str,
) -> Result<ScopeSet, ApiError> {
    let asked = id.clone();
    let found = issuer.read_inline(actor, move |view| subject::find_active(view, &asked)).await?;
    match found {
        Some(_) => scopes_of_user(issuer, config, actor, id, indicator).await,
        None => Ok(ScopeSet::default()),
    }
}

/// As [`scopes_of_person`], also of who is suspended: they may be active again.
///
/// # Errors
/// A failure of the database.
pub(crate) async fn scopes_of_user(
    issuer: &Tenant,
    config: &TenantSnapshot,
    actor: &Actor,
    id: &UserId,
    indicator: &str,
) -> Result<ScopeSet, ApiError> {
    let id = id.clone();
    let roles = issuer.read_inline(actor, move |view| roles::ids_of_user(view, &id)).await?;
    Ok(scopes::role_scopes(config, &roles, indicator))
}

/// The Management API of a tenant as the audience of tokens.
pub(crate) fn indicator(tenant_id: &str) -> String {
    format!("https://{tenant_id}.logto.app/api")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_route_asks_for() {
        for (method, path, right) in [
            (Method::GET, "/api/users", Right::ReadUsers),
            (Method::GET, "/api/users/{userId}/roles", Right::ReadUsers),
            (Method::GET, "/api/users/{userId}/personal-access-tokens", Right::Manage),
            (Method::GET, "/api/dashboard/users/total", Right::ReadUsers),
            (Method::PATCH, "/api/users/{userId}/is-suspended", Right::ManageUsers),
            (Method::POST, "/api/users/{userId}/roles", Right::Manage),
            (Method::POST, "/api/users/{userId}/personal-access-tokens", Right::Manage),
            (Method::GET, "/api/applications/{id}", Right::Read),
            (Method::GET, "/api/applications/{id}/secrets", Right::Manage),
            (Method::GET, "/api/connectors", Right::Manage),
            (Method::GET, "/api/captcha-provider", Right::Manage),
            (Method::GET, "/api/configs/account", Right::Read),
            (Method::GET, "/api/configs/jwt-customizer", Right::Manage),
            (Method::GET, "/api/sign-in-exp", Right::Read),
            (Method::PATCH, "/api/sign-in-exp", Right::Manage),
            (Method::GET, "/api/hooks", Right::Manage),
            (Method::GET, "/api/logs/{id}", Right::Read),
            (Method::GET, "/api/organization-invitations", Right::Manage),
            (Method::GET, "/api/organizations/{id}/jit/roles", Right::Read),
            // It answers what the connectors know their providers by.
            (Method::GET, "/api/organizations/{id}/jit/sso-connectors", Right::Manage),
            (Method::POST, "/api/roles", Right::Manage),
            (Method::GET, "/api/administrators", Right::Manage),
            (Method::PATCH, "/api/administrators/{userId}", Right::Manage),
        ] {
            assert_eq!(Right::of_route(&method, path), right, "{method} {path}");
        }
    }

    #[test]
    fn who_may_do_everything_may_do_each() {
        let rights = [Right::SignedIn, Right::ReadUsers, Right::Read, Right::ManageUsers, Right::Manage];
        assert!(!Right::Own.is_in(&ScopeSet::parse("all read manage:users")));
        let of = |scope: &str| rights.map(|right| right.is_in(&ScopeSet::parse(scope)));
        assert_eq!(of("all"), [true; 5]);
        assert_eq!(of("read"), [true, true, true, false, false]);
        assert_eq!(of("manage:users"), [true, true, false, true, false]);
        assert_eq!(of("openid"), [false; 5]);
    }
}
