//! The scopes that a user or an application may have now (inventory O079–O086, O103).

use kernel::ids::{OrganizationId, UserId};
use std::collections::BTreeSet;
use std::sync::Arc;

use db::{DbError, params, sql};
use oauth::scope::ORGANIZATIONS_RESOURCE;
use oauth::{Client, OAuthError, ScopeSet};

use super::ProviderError;
use super::clients::RegisteredClient;
use super::subject::Subject;
use crate::callers::RequestContext;
use crate::client_documents;
use crate::organizations::memberships::{self, OrganizationRoleId};
use crate::resources::is_management_api;
use crate::roles;
use crate::tenants::TenantSnapshot;
use crate::work::View;

/// What a user may do through roles, for one client: read once per request.
pub struct UserRights<'a> {
    req: &'a RequestContext,
    limits: ThirdPartyLimits,
    has_mfa: bool,
    /// Ids of the tenant's roles.
    roles: BTreeSet<String>,
    organization_roles: Vec<OrganizationRoleId>,
    chosen: ChosenOrganizations,
}

/// The organizations that the user chose for a third-party client on its consent page; other clients see all.
pub struct ChosenOrganizations(Option<BTreeSet<OrganizationId>>);

impl ChosenOrganizations {
    /// Loads them. A client that nobody registered has at most one, in each grant.
    pub fn load(view: &View<'_>, client: &Client, user_id: &UserId, grant_id: Option<&str>) -> Result<Self, DbError> {
        if !client.is_third_party {
            return Ok(Self(None));
        }
        if client.has_metadata_document() {
            let opened = match grant_id {
                Some(grant_id) => client_documents::grants::opened_organization(view, grant_id)?,
                None => None,
            };
            return Ok(Self(Some(opened.into_iter().collect())));
        }
        let text = sql!(
            "select organization_id from application_consent_organizations \
             where tenant_id = $1 and application_id = $2 and user_id = $3"
        );
        let chosen: Vec<OrganizationId> = view.query_all(text, params![view.tenant_id(), &client.id, user_id])?;
        Ok(Self(Some(chosen.into_iter().collect())))
    }

    /// Whether the client may see the organization.
    pub fn contains(&self, organization_id: &OrganizationId) -> bool {
        self.0.as_ref().is_none_or(|chosen| chosen.contains(organization_id))
    }
}

/// The roles that count for a scope.
#[derive(Debug, Clone, Copy)]
pub enum Through<'a> {
    /// Those of the tenant, and of the organizations whose MFA rule the user meets: for a token without an organization.
    Everything,
    /// As [`Through::Everything`], whatever the MFA rules say: for a grant, which outlives a missing factor.
    Grantable,
    /// Those of the tenant.
    Tenant,
    /// Those in one organization.
    Organization(&'a OrganizationId),
    /// Those of the tenant and in one organization: for a token that names it.
    TenantAndOrganization(&'a OrganizationId),
}

impl<'a> UserRights<'a> {
    /// Loads the roles; `grant_id` is the grant that says what the user opened, if there is one already.
    pub fn load(
        view: &View<'_>,
        req: &'a RequestContext,
        client: &Client,
        subject: &Subject,
        grant_id: Option<&str>,
    ) -> Result<Self, DbError> {
        let user_id = &subject.facts.id;
        Ok(Self {
            req,
            limits: ThirdPartyLimits::load(view, req, client)?,
            has_mfa: subject.has_mfa,
            roles: roles::ids_of_user(view, user_id)?,
            organization_roles: memberships::list_role_ids_for_user(view, user_id)?,
            chosen: ChosenOrganizations::load(view, client, user_id, grant_id)?,
        })
    }

    /// The scopes of `indicator` that the user may have. A third-party client gets only the scopes enabled for it. The
    /// Management API belongs to the tenant: no role in an organization opens it.
    pub fn resource_scopes(&self, indicator: &str, through: Through<'_>) -> ScopeSet {
        let config = &self.req.config;
        if indicator == ORGANIZATIONS_RESOURCE {
            return match through {
                Through::Organization(id) => self.organization_scopes(id),
                _ => self.template_scopes(),
            };
        }
        let Some(resource) = config.access.resources.get(indicator) else { return ScopeSet::default() };
        let own = match through {
            Through::Organization(_) => BTreeSet::new(),
            _ => scope_ids_of(config, self.roles.iter()),
        };
        let in_organizations = if is_management_api(self.req.tenant_id(), indicator) {
            BTreeSet::new()
        } else {
            let counting = self.organization_roles.iter().filter(|held| self.counts(held, through));
            memberships::resource_scopes(config, counting.map(|held| &held.role_id))
        };
        let permitted = resource.scopes.iter().filter(|(id, _)| {
            own.contains(id.as_str()) && self.limits.permits("resource-scopes", id)
                || in_organizations.contains(id.as_str()) && self.limits.permits("organization-resource-scopes", id)
        });
        permitted.map(|(_, name)| name.as_str()).collect()
    }

    fn counts(&self, held: &OrganizationRoleId, through: Through<'_>) -> bool {
        match through {
            Through::Tenant => false,
            Through::Organization(id) | Through::TenantAndOrganization(id) => held.organization_id == *id,
            Through::Grantable => self.chosen.contains(&held.organization_id),
            Through::Everything => {
                self.chosen.contains(&held.organization_id) && (self.has_mfa || !held.is_mfa_required)
            }
        }
    }

    /// The scopes of the organization template that the client may ask for.
    fn template_scopes(&self) -> ScopeSet {
        let template = self.req.config.access.organization_scopes.iter();
        let permitted = template.filter(|(id, _)| self.limits.permits("organization-scopes", id));
        permitted.map(|(_, name)| name.as_str()).collect()
    }

    /// The organization scopes that the user's roles in one organization give.
    pub fn organization_scopes(&self, organization_id: &OrganizationId) -> ScopeSet {
        let held = self.organization_roles.iter().filter(|held| held.organization_id == *organization_id);
        let permitted = memberships::organization_scopes(&self.req.config, held.map(|held| &held.role_id));
        self.template_scopes().filter(|name| permitted.contains(name))
    }
}

/// The scopes enabled for a third-party application; no limits for other applications.
struct ThirdPartyLimits(Option<Arc<RegisteredClient>>);

impl ThirdPartyLimits {
    fn load(view: &View<'_>, req: &RequestContext, client: &Client) -> Result<Self, DbError> {
        Ok(Self(if client.is_third_party { req.client_in(view, &client.id)? } else { None }))
    }

    fn permits(&self, kind: &str, value: &str) -> bool {
        self.0.as_ref().is_none_or(|app| app.consent_scopes.get(kind).is_some_and(|allowed| allowed.contains(value)))
    }
}

fn scope_ids_of<'a>(config: &'a TenantSnapshot, roles: impl Iterator<Item = &'a String>) -> BTreeSet<&'a str> {
    roles.filter_map(|role| config.access.role_scopes.get(role)).flatten().map(String::as_str).collect()
}

/// The scopes of a resource that a machine-to-machine application has by its own roles.
pub fn machine_scopes(config: &TenantSnapshot, registered: &RegisteredClient, indicator: &str) -> ScopeSet {
    role_scopes(config, &registered.roles, indicator)
}

/// The scopes of a resource that roles of the tenant give.
pub fn role_scopes<'a>(
    config: &'a TenantSnapshot,
    roles: impl IntoIterator<Item = &'a String>,
    indicator: &str,
) -> ScopeSet {
    let Some(resource) = config.access.resources.get(indicator) else { return ScopeSet::default() };
    let permitted = scope_ids_of(config, roles.into_iter());
    resource.scopes.iter().filter(|(id, _)| permitted.contains(id.as_str())).map(|(_, name)| name.as_str()).collect()
}

/// The scopes of a resource, or of the organization itself, that an application's roles in an organization give. None of
/// them opens the Management API.
pub fn machine_organization_scopes(
    req: &RequestContext,
    roles: &BTreeSet<String>,
    indicator: Option<&str>,
) -> ScopeSet {
    let config = &req.config;
    let Some(indicator) = indicator else {
        return memberships::organization_scopes(config, roles).into_iter().collect();
    };
    let resource = config.access.resources.get(indicator).filter(|_| !is_management_api(req.tenant_id(), indicator));
    let Some(resource) = resource else { return ScopeSet::default() };
    let permitted = memberships::resource_scopes(config, roles);
    resource.scopes.iter().filter(|(id, _)| permitted.contains(id.as_str())).map(|(_, name)| name.as_str()).collect()
}

/// Checks that a user may have tokens for an organization (inventory O082): the user is a member, has granted a third-party
/// client access, and has MFA where the organization requires it.
pub fn require_organization_access(
    view: &View<'_>,
    client: &Client,
    subject: &Subject,
    grant_id: Option<&str>,
    organization_id: &OrganizationId,
) -> Result<(), ProviderError> {
    let user_id = &subject.facts.id;
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
    if !ChosenOrganizations::load(view, client, user_id, grant_id)?.contains(organization_id) {
        return Err(OAuthError::access_denied("organization access is not granted to the application").into());
    }
    if needs_mfa && !subject.has_mfa {
        return Err(OAuthError::access_denied("organization requires MFA but user has no MFA configured").into());
    }
    Ok(())
}
