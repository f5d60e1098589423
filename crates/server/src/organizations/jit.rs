//! Just-in-time provisioning: a user who registers with a verified e-mail address of a domain joins the organizations
//! of this domain (inventory M152–M159, E081).

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use db::{DbError, Read, Tx, params, sql};
use kernel::Timestamp;
use serde::Deserialize;
use serde_json::json;

use super::link_table::{LinkTable, map_constraint_error};
use super::member_kind::USER_MEMBERS;
use crate::errors::ApiError;
use crate::http::newtypes::IdList;
use crate::http::validate::require_length;
use crate::http::{Body, OptionalPaging};
use crate::organization_template::roles::{OrganizationRole, RoleType, require_role_type};
use crate::routes::{Access, Routes};
use crate::{App, Tenant};

/// E-mail domains, in lower case.
static EMAIL_DOMAINS: LinkTable = LinkTable {
    select: sql!(
        "select email_domain from organization_jit_email_domains where tenant_id = $1 and organization_id = $2"
    ),
    insert: sql!(
        "insert into organization_jit_email_domains (tenant_id, organization_id, email_domain) \
         values ($1, $2, $3) on conflict do nothing"
    ),
    delete: sql!(
        "delete from organization_jit_email_domains \
         where tenant_id = $1 and organization_id = $2 and email_domain = $3"
    ),
};

static JIT_ROLES: LinkTable = LinkTable {
    select: sql!(
        "select organization_role_id from organization_jit_roles where tenant_id = $1 and organization_id = $2"
    ),
    insert: sql!(
        "insert into organization_jit_roles (tenant_id, organization_id, organization_role_id) \
         values ($1, $2, $3) on conflict do nothing"
    ),
    delete: sql!(
        "delete from organization_jit_roles \
         where tenant_id = $1 and organization_id = $2 and organization_role_id = $3"
    ),
};

/// Adds a new user to `explicit_organizations` and to the organizations of the domain of the verified e-mail address,
/// with their just-in-time roles. Returns the ids of the joined organizations. Unknown organizations are skipped.
///
/// # Errors
/// A failure of the database.
pub fn join_by_email_domain(
    tx: &Tx<'_>,
    tenant: &str,
    (user, now): (&str, Timestamp),
    verified_email: Option<&str>,
    explicit_organizations: &[String],
) -> Result<Vec<String>, ApiError> {
    let domain = verified_email.and_then(|email| email.rsplit_once('@')).map(|(_, domain)| domain.to_lowercase());
    let select = sql!(
        "select organization_id from organization_jit_email_domains \
         where tenant_id = $1 and email_domain = $2 order by organization_id"
    );
    let mut joined: Vec<String> = match domain {
        Some(domain) => tx.query_all(select, params![tenant, domain])?,
        None => Vec::new(),
    };
    let exists = sql!("select id from organizations where tenant_id = $1 and id = $2");
    for id in explicit_organizations {
        if !joined.contains(id) && tx.query_opt::<String>(exists, params![tenant, id])?.is_some() {
            joined.push(id.clone());
        }
    }
    for organization in &joined {
        USER_MEMBERS.members.add(tx, &[tenant, organization], &[user.to_owned()], params![now])?;
        let roles: Vec<String> = JIT_ROLES.values(tx, &[tenant, organization])?.into_iter().collect();
        USER_MEMBERS.roles.add(tx, &[tenant, organization, user], &roles, &[])?;
    }
    Ok(joined)
}

pub(super) fn routes() -> Routes {
    let (domains, roles) = ("/api/organizations/{id}/jit/email-domains", "/api/organizations/{id}/jit/roles");
    Routes::new()
        .old_get(domains, Access::Management, list_email_domains)
        .old_post(domains, Access::Management, create_email_domain)
        .old_put(domains, Access::Management, replace_email_domains)
        .old_delete(&format!("{domains}/{{domain}}"), Access::Management, delete_email_domain)
        .old_get(roles, Access::Management, list_roles)
        .old_post(roles, Access::Management, add_roles)
        .old_put(roles, Access::Management, replace_roles)
        .old_delete(&format!("{roles}/{{role}}"), Access::Management, remove_role)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct CreateEmailDomain {
    email_domain: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ReplaceEmailDomains {
    email_domains: IdList,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct OrganizationRoleIds {
    organization_role_ids: IdList,
}

async fn list_email_domains(
    State(app): State<App>,
    tenant: Tenant,
    Path(organization): Path<String>,
    paging: OptionalPaging,
) -> Result<Response, ApiError> {
    let (tenant, id) = (tenant.id(), organization.clone());
    let domains = app.db.read(move |r| EMAIL_DOMAINS.values(r, &[tenant, &id])).await?;
    let entry = |domain| json!({"tenantId": tenant, "organizationId": organization, "emailDomain": domain});
    Ok(paging.paginate_in_memory(&domains.into_iter().map(entry).collect::<Vec<_>>()))
}

async fn create_email_domain(
    State(app): State<App>,
    tenant: Tenant,
    Path(organization): Path<String>,
    Body(body): Body<CreateEmailDomain>,
) -> Result<(StatusCode, Json<serde_json::Value>), ApiError> {
    require_length(&["emailDomain"], &body.email_domain, 1..=128)?;
    let (tenant, domain) = (tenant.id(), body.email_domain.to_lowercase());
    let response = json!({"tenantId": tenant, "organizationId": organization, "emailDomain": domain});
    let text = sql!(
        "insert into organization_jit_email_domains (tenant_id, organization_id, email_domain) values ($1, $2, $3)"
    );
    app.db.write(move |tx| tx.exec(text, params![tenant, organization, domain]).map_err(map_constraint_error)).await?;
    Ok((StatusCode::CREATED, Json(response)))
}

async fn replace_email_domains(
    State(app): State<App>,
    tenant: Tenant,
    Path(organization): Path<String>,
    Body(body): Body<ReplaceEmailDomains>,
) -> Result<StatusCode, ApiError> {
    let mut domains = body.email_domains.0;
    for domain in &mut domains {
        require_length(&["emailDomains"], domain, 1..=128)?;
        *domain = domain.to_lowercase();
    }
    let tenant = tenant.id();
    app.db.write(move |tx| EMAIL_DOMAINS.replace(tx, &[tenant, &organization], &domains, &[])).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn delete_email_domain(
    State(app): State<App>,
    tenant: Tenant,
    Path((organization, domain)): Path<(String, String)>,
) -> Result<StatusCode, ApiError> {
    let tenant = tenant.id();
    app.db.write(move |tx| EMAIL_DOMAINS.remove(tx, &[tenant, &organization], &domain.to_lowercase())).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn list_roles(
    State(app): State<App>,
    tenant: Tenant,
    Path(organization): Path<String>,
    paging: OptionalPaging,
) -> Result<Response, ApiError> {
    let tenant = tenant.id();
    let text = sql!(
        "select g.* from organization_jit_roles x \
         join organization_roles g on g.tenant_id = x.tenant_id and g.id = x.organization_role_id \
         where x.tenant_id = $1 and x.organization_id = $2 order by g.name, g.id"
    );
    let read = move |r: &Read<'_>| r.query_all::<OrganizationRole>(text, params![tenant, organization]);
    Ok(paging.paginate_in_memory(&app.db.read::<_, DbError, _>(read).await?))
}

async fn add_roles(
    app: State<App>,
    tenant: Tenant,
    path: Path<String>,
    Body(body): Body<OrganizationRoleIds>,
) -> Result<StatusCode, ApiError> {
    let ids = body.organization_role_ids.require_non_empty("organizationRoleIds")?;
    change_roles(app, tenant, path, ids, false).await
}

async fn replace_roles(
    app: State<App>,
    tenant: Tenant,
    path: Path<String>,
    Body(body): Body<OrganizationRoleIds>,
) -> Result<StatusCode, ApiError> {
    let ids = body.organization_role_ids.0;
    change_roles(app, tenant, path, ids, true).await
}

async fn change_roles(
    State(app): State<App>,
    tenant: Tenant,
    Path(organization): Path<String>,
    ids: Vec<String>,
    replace: bool,
) -> Result<StatusCode, ApiError> {
    let tenant = tenant.id();
    let write = move |tx: &Tx<'_>| {
        require_role_type(tx, tenant, &ids, RoleType::User)?;
        match replace {
            true => JIT_ROLES.replace(tx, &[tenant, &organization], &ids, &[]),
            false => JIT_ROLES.add(tx, &[tenant, &organization], &ids, &[]),
        }
    };
    app.db.write(write).await?;
    Ok(if replace { StatusCode::NO_CONTENT } else { StatusCode::CREATED })
}

async fn remove_role(
    State(app): State<App>,
    tenant: Tenant,
    Path((organization, role)): Path<(String, String)>,
) -> Result<StatusCode, ApiError> {
    let tenant = tenant.id();
    app.db.write(move |tx| JIT_ROLES.remove(tx, &[tenant, &organization], &role)).await?;
    Ok(StatusCode::NO_CONTENT)
}
