//! The scopes that a user or an application may have now (inventory O079–O086, O103).

use std::collections::BTreeSet;

use db::{DbError, params, sql};
use oauth::scope::ORGANIZATIONS_RESOURCE;
use oauth::{Client, OAuthError, ScopeSet};

use super::ProviderError;
use super::subject::Subject;
use crate::organizations::memberships;
use crate::tenants::{ApplicationConfig, TenantSnapshot};
use crate::work::View;

/// The role ids of a user, read once per request.
#[derive(Debug, Clone, Default)]
pub struct UserRoleIds {
    /// Ids of the tenant's roles.
    pub roles: Vec<String>,
    /// Organization id and role id.
    pub organization_roles: Vec<(String, String)>,
}

impl UserRoleIds {
    /// Loads the role ids.
    pub fn load(view: &View<'_>, user_id: &str) -> Result<Self, DbError> {
        let roles = sql!("select role_id from users_roles where tenant_id = $1 and user_id = $2");
        let organization_roles = sql!(
            "select organization_id, organization_role_id from organization_role_users \
             where tenant_id = $1 and user_id = $2"
        );
        Ok(Self {
            roles: view.query_all(roles, params![view.tenant_id(), user_id])?,
            organization_roles: view.query_all(organization_roles, params![view.tenant_id(), user_id])?,
        })
    }

    /// The scopes of `indicator` that the user may have: through roles of the tenant, and through roles in organizations
    /// (only in `organization_id`, if given). A third-party client gets only the scopes enabled for it.
    pub fn resource_scopes(
        &self,
        config: &TenantSnapshot,
        client: &Client,
        indicator: &str,
        organization_id: Option<&str>,
    ) -> ScopeSet {
        let limits = ThirdPartyLimits::of(config, client);
        if indicator == ORGANIZATIONS_RESOURCE {
            let template = config.organization_scopes.iter();
            return template
                .filter(|(id, _)| limits.permits("organization-scopes", id))
                .map(|(_, name)| name.as_str())
                .collect();
        }
        let Some(resource) = config.resources.get(indicator) else { return ScopeSet::default() };
        let own = scope_ids_of(config, self.roles.iter());
        let in_organizations = self
            .organization_roles
            .iter()
            .filter(|(organization, _)| organization_id.is_none_or(|only| only == organization));
        let through = memberships::resource_scopes(config, in_organizations.map(|(_, role)| role));
        let permitted = resource.scopes.iter().filter(|(id, _)| {
            own.contains(id.as_str()) && limits.permits("resource-scopes", id)
                || through.contains(id.as_str()) && limits.permits("organization-resource-scopes", id)
        });
        permitted.map(|(_, name)| name.as_str()).collect()
    }

    /// The organization scopes that the user's roles in one organization give.
    pub fn organization_scopes(&self, config: &TenantSnapshot, client: &Client, organization_id: &str) -> ScopeSet {
        let limits = ThirdPartyLimits::of(config, client);
        let roles = self.organization_roles.iter().filter(|(id, _)| id == organization_id).map(|(_, role)| role);
        let permitted = memberships::organization_scopes(config, roles);
        let allowed = config.organization_scopes.iter();
        allowed
            .filter(|(id, name)| permitted.contains(*name) && limits.permits("organization-scopes", id))
            .map(|(_, name)| name.as_str())
            .collect()
    }
}

/// The scopes enabled for a third-party application; no limits for other applications.
struct ThirdPartyLimits<'a>(Option<&'a ApplicationConfig>);

impl<'a> ThirdPartyLimits<'a> {
    fn of(config: &'a TenantSnapshot, client: &Client) -> Self {
        Self(config.applications.get(&client.id).filter(|application| application.is_third_party))
    }

    fn permits(&self, kind: &str, value: &str) -> bool {
        self.0.is_none_or(|app| app.consent_scopes.get(kind).is_some_and(|allowed| allowed.contains(value)))
    }
}

fn scope_ids_of<'a>(config: &'a TenantSnapshot, roles: impl Iterator<Item = &'a String>) -> BTreeSet<&'a str> {
    roles.filter_map(|role| config.role_scopes.get(role)).flatten().map(String::as_str).collect()
}

/// The scopes of a resource that a machine-to-machine application has by its own roles.
pub fn machine_scopes(config: &TenantSnapshot, client: &Client, indicator: &str) -> ScopeSet {
    let Some(application) = config.applications.get(&client.id) else { return ScopeSet::default() };
    role_scopes(config, &application.roles, indicator)
}

/// The scopes of a resource that roles of the tenant give.
pub fn role_scopes<'a>(
    config: &'a TenantSnapshot,
    roles: impl IntoIterator<Item = &'a String>,
    indicator: &str,
) -> ScopeSet {
    let Some(resource) = config.resources.get(indicator) else { return ScopeSet::default() };
    let permitted = scope_ids_of(config, roles.into_iter());
    resource.scopes.iter().filter(|(id, _)| permitted.contains(id.as_str())).map(|(_, name)| name.as_str()).collect()
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
    let permitted = memberships::resource_scopes(config, roles);
    resource.scopes.iter().filter(|(id, _)| permitted.contains(id.as_str())).map(|(_, name)| name.as_str()).collect()
}

/// Checks that a user may have tokens for an organization (inventory O082): the user is a member, has granted a third-party
/// client access, and has MFA where the organization requires it.
pub fn require_organization_access(
    view: &View<'_>,
    client: &Client,
    subject: &Subject,
    organization_id: &str,
) -> Result<(), ProviderError> {
    let user_id = subject.facts.id.as_str();
    let needs_mfa: Option<bool> = view.query_opt(
        sql!(
            "select o.is_mfa_required from organization_users m \
             join organizations o on o.tenant_id = m.tenant_id and o.id = m.organization_id \
             where m.tenant_id = $1 and m.organization_id = $2 and m.user_id = $3"
        ),
        params![view.tenant_id(), organization_id, user_id],
    )?;
    let Some(needs_mfa) = needs_mfa else {
        return Err(OAuthError::access_denied("user is not a member of the organization").into());
    };
    if client.is_third_party && !has_granted(view, &client.id, user_id, organization_id)? {
        return Err(OAuthError::access_denied("organization access is not granted to the application").into());
    }
    if needs_mfa && !subject.has_mfa {
        return Err(OAuthError::access_denied("organization requires MFA but user has no MFA configured").into());
    }
    Ok(())
}

fn has_granted(view: &View<'_>, client_id: &str, user_id: &str, organization_id: &str) -> Result<bool, DbError> {
    let text = sql!(
        "select organization_id from application_consent_organizations \
         where tenant_id = $1 and application_id = $2 and user_id = $3 and organization_id = $4"
    );
    Ok(view.query_opt::<String>(text, params![view.tenant_id(), client_id, user_id, organization_id])?.is_some())
}
