//! Just-in-time membership: people who register with a verified address of a domain join by themselves, with roles
//! (inventory M152–M159, E081).

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use db::{DbError, Read, Tx, params, sql};
use kernel::Timestamp;
use serde::Deserialize;
use serde_json::json;

use super::party::USERS;
use super::relation::{Relation, refused};
use crate::errors::ApiError;
use crate::http::checks::length;
use crate::http::text::Ids;
use crate::http::{Body, MaybePaged};
use crate::organization_template::roles::{OrganizationRole, RoleType, check_type};
use crate::routing::{Access, Routes};
use crate::{App, Tenant};

/// Domains in lower case.
static DOMAINS: Relation = Relation {
    values: sql!(
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

static ROLES: Relation = Relation {
    values: sql!(
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

/// Lets a new user join the given organizations and those of the domain of the verified address, with their roles.
/// Returns the organizations joined. Given organizations that are gone are skipped.
///
/// # Errors
/// A failure of the database.
pub fn provision(
    tx: &Tx<'_>,
    tenant: &str,
    (user, now): (&str, Timestamp),
    verified_email: Option<&str>,
    given: &[String],
) -> Result<Vec<String>, ApiError> {
    let domain = verified_email.and_then(|email| email.rsplit_once('@')).map(|(_, domain)| domain.to_lowercase());
    let of_domain = sql!(
        "select organization_id from organization_jit_email_domains \
         where tenant_id = $1 and email_domain = $2 order by organization_id"
    );
    let mut joined: Vec<String> = match domain {
        Some(domain) => tx.query_all(of_domain, params![tenant, domain])?,
        None => Vec::new(),
    };
    let exists = sql!("select id from organizations where tenant_id = $1 and id = $2");
    for id in given {
        if !joined.contains(id) && tx.query_opt::<String>(exists, params![tenant, id])?.is_some() {
            joined.push(id.clone());
        }
    }
    for organization in &joined {
        USERS.members.add(tx, &[tenant, organization], &[user.to_owned()], params![now])?;
        let roles: Vec<String> = ROLES.held(tx, &[tenant, organization])?.into_iter().collect();
        USERS.roles.add(tx, &[tenant, organization, user], &roles, &[])?;
    }
    Ok(joined)
}

pub(super) fn routes() -> Routes {
    let (domains, roles) = ("/api/organizations/{id}/jit/email-domains", "/api/organizations/{id}/jit/roles");
    Routes::new()
        .get(domains, Access::Management, list_domains)
        .post(domains, Access::Management, add_domain)
        .put(domains, Access::Management, replace_domains)
        .delete(&format!("{domains}/{{domain}}"), Access::Management, remove_domain)
        .get(roles, Access::Management, list_roles)
        .post(roles, Access::Management, add_roles)
        .put(roles, Access::Management, replace_roles)
        .delete(&format!("{roles}/{{role}}"), Access::Management, remove_role)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Domain {
    email_domain: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Domains {
    email_domains: Ids,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RoleIds {
    organization_role_ids: Ids,
}

async fn list_domains(
    State(app): State<App>,
    tenant: Tenant,
    Path(organization): Path<String>,
    paged: MaybePaged,
) -> Result<Response, ApiError> {
    let (tenant, id) = (tenant.id(), organization.clone());
    let held = app.db.read(move |r| DOMAINS.held(r, &[tenant, &id])).await?;
    let entry = |domain| json!({"tenantId": tenant, "organizationId": organization, "emailDomain": domain});
    Ok(paged.slice(&held.into_iter().map(entry).collect::<Vec<_>>()))
}

async fn add_domain(
    State(app): State<App>,
    tenant: Tenant,
    Path(organization): Path<String>,
    Body(body): Body<Domain>,
) -> Result<(StatusCode, Json<serde_json::Value>), ApiError> {
    length(&["emailDomain"], &body.email_domain, 1..=128)?;
    let (tenant, domain) = (tenant.id(), body.email_domain.to_lowercase());
    let answer = json!({"tenantId": tenant, "organizationId": organization, "emailDomain": domain});
    let text = sql!(
        "insert into organization_jit_email_domains (tenant_id, organization_id, email_domain) values ($1, $2, $3)"
    );
    app.db.write(move |tx| tx.exec(text, params![tenant, organization, domain]).map_err(refused)).await?;
    Ok((StatusCode::CREATED, Json(answer)))
}

async fn replace_domains(
    State(app): State<App>,
    tenant: Tenant,
    Path(organization): Path<String>,
    Body(body): Body<Domains>,
) -> Result<StatusCode, ApiError> {
    let mut domains = body.email_domains.0;
    for domain in &mut domains {
        length(&["emailDomains"], domain, 1..=128)?;
        *domain = domain.to_lowercase();
    }
    let tenant = tenant.id();
    app.db.write(move |tx| DOMAINS.replace(tx, &[tenant, &organization], &domains, &[])).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn remove_domain(
    State(app): State<App>,
    tenant: Tenant,
    Path((organization, domain)): Path<(String, String)>,
) -> Result<StatusCode, ApiError> {
    let tenant = tenant.id();
    app.db.write(move |tx| DOMAINS.remove(tx, &[tenant, &organization], &domain.to_lowercase())).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn list_roles(
    State(app): State<App>,
    tenant: Tenant,
    Path(organization): Path<String>,
    paged: MaybePaged,
) -> Result<Response, ApiError> {
    let tenant = tenant.id();
    let text = sql!(
        "select g.* from organization_jit_roles x \
         join organization_roles g on g.tenant_id = x.tenant_id and g.id = x.organization_role_id \
         where x.tenant_id = $1 and x.organization_id = $2 order by g.name, g.id"
    );
    let read = move |r: &Read<'_>| r.query_all::<OrganizationRole>(text, params![tenant, organization]);
    Ok(paged.slice(&app.db.read::<_, DbError, _>(read).await?))
}

async fn add_roles(
    app: State<App>,
    tenant: Tenant,
    path: Path<String>,
    Body(body): Body<RoleIds>,
) -> Result<StatusCode, ApiError> {
    let ids = body.organization_role_ids.some("organizationRoleIds")?;
    change_roles(app, tenant, path, ids, false).await
}

async fn replace_roles(
    app: State<App>,
    tenant: Tenant,
    path: Path<String>,
    Body(body): Body<RoleIds>,
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
        check_type(tx, tenant, &ids, RoleType::User)?;
        match replace {
            true => ROLES.replace(tx, &[tenant, &organization], &ids, &[]),
            false => ROLES.add(tx, &[tenant, &organization], &ids, &[]),
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
    app.db.write(move |tx| ROLES.remove(tx, &[tenant, &organization], &role)).await?;
    Ok(StatusCode::NO_CONTENT)
}
