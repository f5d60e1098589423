//! Just-in-time provisioning: a user who registers with a verified e-mail address of a domain joins the organizations
//! of this domain (inventory M152–M159, E081).

use ::api::ErrorCode;
use kernel::ids::{OrganizationId, UserId};
use std::collections::BTreeSet;

use ::api::organizations::{AddEmailDomain, OrganizationRoleIds, ReplaceEmailDomains};
use axum::Json;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use db::{params, sql};
use flow::identifier::{email_domain, normalize_domain};
use serde_json::{Value, json};

use super::jit_sso;
use super::member_kind::USERS;
use crate::callers::ManagementCaller;
use crate::errors::ApiError;
use crate::http::{OptionalPaging, RequestBody};
use crate::link_table::{LinkTable, Links, link_routes, link_table, map_constraint_error};
use crate::organization_template::roles::{OrganizationRole, RoleType, require_role_type};
use crate::routes::Routes;
use crate::work::{View, Work};

/// E-mail domains, in lower case.
const EMAIL_DOMAINS: LinkTable = link_table!("organization_jit_email_domains", "organization_id" => "email_domain");

const JIT_ROLES: LinkTable = link_table!("organization_jit_roles", "organization_id" => "organization_role_id");

/// How somebody proved that they belong to an organization.
#[derive(Debug, Clone, Copy)]
pub enum Origin<'a> {
    /// The verified e-mail address, whose domain may be an organization's.
    Email(Option<&'a str>),
    /// The enterprise connector at which they signed in, with an address of its domains.
    SsoConnector(&'a str),
}

/// Adds a user to `explicit_organizations` and to those of the origin, with their just-in-time roles. Returns the ids of the joined
/// organizations. Unknown organizations are skipped.
///
/// # Errors
/// A failure of the database.
pub fn join(
    work: &Work<'_>,
    user: &UserId,
    origin: Origin<'_>,
    explicit_organizations: &[OrganizationId],
) -> Result<Vec<OrganizationId>, ApiError> {
    let mut joined = match origin {
        Origin::Email(email) => organizations_of_domain(work, email.and_then(email_domain))?,
        Origin::SsoConnector(id) => jit_sso::organizations_of(work, id)?,
    };
    let known: BTreeSet<OrganizationId> = work
        .query_by_ids("select id from organizations where tenant_id = $1 and id", explicit_organizations)?
        .into_iter()
        .collect();
    for id in explicit_organizations {
        if known.contains(id) && !joined.contains(id) {
            joined.push(id.clone());
        }
    }
    for organization in &joined {
        let roles: Vec<String> = JIT_ROLES.values(work, &[organization])?.into_iter().collect();
        USERS.join(work, organization, user, &roles)?;
    }
    Ok(joined)
}

fn organizations_of_domain(work: &Work<'_>, domain: Option<String>) -> Result<Vec<OrganizationId>, ApiError> {
    let select = sql!(
        "select organization_id from organization_jit_email_domains \
         where tenant_id = $1 and email_domain = $2 order by organization_id"
    );
    match domain {
        Some(domain) => Ok(work.query_all(select, params![work.tenant_id(), domain])?),
        None => Ok(Vec::new()),
    }
}

/// As [`email_domain`] gives it, so that it is compared in one form (attack D9).
fn stored_domain(domain: &str) -> String {
    normalize_domain(domain).unwrap_or_else(|| domain.to_lowercase())
}

pub(super) fn routes() -> Routes {
    let (domains, roles) = ("/api/organizations/{id}/jit/email-domains", "/api/organizations/{id}/jit/roles");
    Routes::new()
        .get(domains, list_email_domains)
        .post(domains, create_email_domain)
        .put(domains, replace_email_domains)
        .delete(&format!("{domains}/{{domain}}"), delete_email_domain)
        .get(roles, list_roles)
        .merge(link_routes::<OrganizationRoleIds>(roles))
}

impl Links for OrganizationRoleIds {
    const TABLE: LinkTable = JIT_ROLES;
    const MEMBER: &'static str = "organizationRoleIds";

    fn into_values(self) -> Vec<String> {
        self.organization_role_ids.0
    }

    fn check(view: &View<'_>, ids: &[String]) -> Result<(), ApiError> {
        require_role_type(view, ids, RoleType::User)
    }
}

async fn list_email_domains(
    caller: ManagementCaller,
    Path(organization): Path<OrganizationId>,
    paging: OptionalPaging,
) -> Result<Response, ApiError> {
    let (tenant, id) = (caller.tenant_id(), organization.clone());
    let domains = caller.read(move |view| EMAIL_DOMAINS.values(view, &[&id])).await?;
    let entry = |domain| json!({"tenantId": tenant, "organizationId": organization, "emailDomain": domain});
    Ok(paging.paginate_in_memory(&domains.into_iter().map(entry).collect::<Vec<_>>()))
}

async fn create_email_domain(
    caller: ManagementCaller,
    Path(organization): Path<OrganizationId>,
    RequestBody(body): RequestBody<AddEmailDomain>,
) -> Result<(StatusCode, Json<Value>), ApiError> {
    let domain = stored_domain(&body.email_domain);
    let created = json!({"tenantId": caller.tenant_id(), "organizationId": organization, "emailDomain": domain});
    let add = move |work: &Work<'_>| match EMAIL_DOMAINS
        .add(work, &[&organization], &[domain])
        .map_err(map_constraint_error)?
        .is_empty()
    {
        true => Err(ApiError::unprocessable(ErrorCode::EntityUniqueIntegrityViolation)),
        false => Ok(()),
    };
    caller.write(add).await?;
    Ok((StatusCode::CREATED, Json(created)))
}

async fn replace_email_domains(
    caller: ManagementCaller,
    Path(organization): Path<OrganizationId>,
    RequestBody(body): RequestBody<ReplaceEmailDomains>,
) -> Result<StatusCode, ApiError> {
    let domains: BTreeSet<String> = body.email_domains.iter().map(|domain| stored_domain(domain)).collect();
    let domains: Vec<String> = domains.into_iter().collect();
    let replace = move |work: &Work<'_>| {
        EMAIL_DOMAINS.replace(work, &[&organization], &domains).map(drop).map_err(map_constraint_error)
    };
    caller.write(replace).await.map(|()| StatusCode::NO_CONTENT)
}

async fn delete_email_domain(
    caller: ManagementCaller,
    Path((organization, domain)): Path<(OrganizationId, String)>,
) -> Result<StatusCode, ApiError> {
    let remove = move |work: &Work<'_>| EMAIL_DOMAINS.remove(work, &[&organization], &stored_domain(&domain));
    caller.write(remove).await.map(|()| StatusCode::NO_CONTENT)
}

async fn list_roles(
    caller: ManagementCaller,
    Path(organization): Path<OrganizationId>,
    paging: OptionalPaging,
) -> Result<Response, ApiError> {
    let text = sql!(
        "select g.* from organization_jit_roles x \
         join organization_roles g on g.tenant_id = x.tenant_id and g.id = x.organization_role_id \
         where x.tenant_id = $1 and x.organization_id = $2 order by g.name, g.id"
    );
    let read = move |view: &View<'_>| Ok::<_, ApiError>(view.query_all(text, params![view.tenant_id(), organization])?);
    let roles: Vec<OrganizationRole> = caller.read(read).await?;
    Ok(paging.paginate_in_memory(&roles))
}
