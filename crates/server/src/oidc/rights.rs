//! Which scopes a user or an application may have at this moment (inventory O079–O086, O103).

use std::collections::BTreeSet;

use db::{DbError, Read, params, sql};
use oauth::scope::ORGANIZATIONS_RESOURCE;
use oauth::{Client, OAuthError, ScopeSet};

use super::Failure;
use crate::organizations::memberships;
use crate::tenants::{ApplicationConfig, TenantSnapshot};

/// The roles of a user, read once per request.
#[derive(Debug, Clone, Default)]
pub struct UserRoles {
    /// Ids of the tenant's roles.
    pub roles: Vec<String>,
    /// Organization id and role id.
    pub organization_roles: Vec<(String, String)>,
}

impl UserRoles {
    /// Reads them.
    pub fn load(r: &Read<'_>, tenant: &str, user_id: &str) -> Result<Self, DbError> {
        let roles = sql!("select role_id from users_roles where tenant_id = $1 and user_id = $2");
        let organization_roles = sql!(
            "select organization_id, organization_role_id from organization_role_users \
             where tenant_id = $1 and user_id = $2"
        );
        Ok(Self {
            roles: r.query_all(roles, params![tenant, user_id])?,
            organization_roles: r.query_all(organization_roles, params![tenant, user_id])?,
        })
    }

    /// The scopes of `indicator` that the user may have: by the tenant's roles, and by roles in organizations (in that
    /// one only, when one is named). A third-party client gets only what it may ask for.
    pub fn resource_scopes(
        &self,
        config: &TenantSnapshot,
        client: &Client,
        indicator: &str,
        organization_id: Option<&str>,
    ) -> ScopeSet {
        let limits = Limits::of(config, client);
        if indicator == ORGANIZATIONS_RESOURCE {
            let template = config.organization_scopes.iter();
            return template
                .filter(|(id, _)| limits.allow("organization-scopes", id))
                .map(|(_, name)| name.as_str())
                .collect();
        }
        let Some(resource) = config.resources.get(indicator) else { return ScopeSet::default() };
        let own = ids(config, self.roles.iter());
        let in_organizations = self
            .organization_roles
            .iter()
            .filter(|(organization, _)| organization_id.is_none_or(|only| only == organization));
        let through = memberships::resource_scopes(config, in_organizations.map(|(_, role)| role));
        let held = resource.scopes.iter().filter(|(id, _)| {
            own.contains(id.as_str()) && limits.allow("resource-scopes", id)
                || through.contains(id.as_str()) && limits.allow("organization-resource-scopes", id)
        });
        held.map(|(_, name)| name.as_str()).collect()
    }

    /// The organization scopes that the user's roles in one organization give.
    pub fn organization_scopes(&self, config: &TenantSnapshot, client: &Client, organization_id: &str) -> ScopeSet {
        let limits = Limits::of(config, client);
        let roles = self.organization_roles.iter().filter(|(id, _)| id == organization_id).map(|(_, role)| role);
        let held = memberships::organization_scopes(config, roles);
        let allowed = config.organization_scopes.iter();
        allowed
            .filter(|(id, name)| held.contains(*name) && limits.allow("organization-scopes", id))
            .map(|(_, name)| name.as_str())
            .collect()
    }
}

/// What a third-party application may ask for; everything for others.
struct Limits<'a>(Option<&'a ApplicationConfig>);

impl<'a> Limits<'a> {
    fn of(config: &'a TenantSnapshot, client: &Client) -> Self {
        Self(config.applications.get(&client.id).filter(|application| application.is_third_party))
    }

    fn allow(&self, kind: &str, value: &str) -> bool {
        self.0.is_none_or(|app| app.consent_scopes.get(kind).is_some_and(|allowed| allowed.contains(value)))
    }
}

fn ids<'a>(config: &'a TenantSnapshot, roles: impl Iterator<Item = &'a String>) -> BTreeSet<&'a str> {
    roles.filter_map(|role| config.role_scopes.get(role)).flatten().map(String::as_str).collect()
}

/// The scopes of a resource that a machine-to-machine application has by its own roles.
pub fn machine_scopes(config: &TenantSnapshot, client: &Client, indicator: &str) -> ScopeSet {
    let (Some(resource), Some(application)) = (config.resources.get(indicator), config.applications.get(&client.id))
    else {
        return ScopeSet::default();
    };
    let held = ids(config, application.roles.iter());
    resource.scopes.iter().filter(|(id, _)| held.contains(id.as_str())).map(|(_, name)| name.as_str()).collect()
}

/// The scopes of a resource, or of the organization itself, that an application's roles in an organization give.
pub fn machine_organization_scopes(
    config: &TenantSnapshot,
    roles: &BTreeSet<String>,
    indicator: Option<&str>,
) -> ScopeSet {
    let Some(indicator) = indicator else {
        return memberships::organization_scopes(config, roles).into_iter().collect();
    };
    let Some(resource) = config.resources.get(indicator) else { return ScopeSet::default() };
    let held = memberships::resource_scopes(config, roles);
    resource.scopes.iter().filter(|(id, _)| held.contains(id.as_str())).map(|(_, name)| name.as_str()).collect()
}

/// Lets a user's token for an organization pass (inventory O082): member, granted to a third-party client, MFA set up
/// where the organization wants it.
pub fn check_organization(
    r: &Read<'_>,
    tenant: &str,
    client: &Client,
    (user_id, has_mfa): (&str, bool),
    organization_id: &str,
) -> Result<(), Failure> {
    let needs_mfa: Option<bool> = r.query_opt(
        sql!(
            "select o.is_mfa_required from organization_users m \
             join organizations o on o.tenant_id = m.tenant_id and o.id = m.organization_id \
             where m.tenant_id = $1 and m.organization_id = $2 and m.user_id = $3"
        ),
        params![tenant, organization_id, user_id],
    )?;
    let Some(needs_mfa) = needs_mfa else {
        return Err(OAuthError::access_denied("user is not a member of the organization").into());
    };
    if client.is_third_party && !has_granted(r, tenant, &client.id, user_id, organization_id)? {
        return Err(OAuthError::access_denied("organization access is not granted to the application").into());
    }
    if needs_mfa && !has_mfa {
        return Err(OAuthError::access_denied("organization requires MFA but user has no MFA configured").into());
    }
    Ok(())
}

fn has_granted(
    r: &Read<'_>,
    tenant: &str,
    client_id: &str,
    user_id: &str,
    organization_id: &str,
) -> Result<bool, DbError> {
    let text = sql!(
        "select organization_id from application_consent_organizations \
         where tenant_id = $1 and application_id = $2 and user_id = $3 and organization_id = $4"
    );
    Ok(r.query_opt::<String>(text, params![tenant, client_id, user_id, organization_id])?.is_some())
}
