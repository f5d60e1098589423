//! The table `applications`. Callers that write run inside [`crate::Tenant::write_config`] or call
//! [`crate::tenants::touch`].

use db::{DbError, Json, Read, Tx, params, sql};
use kernel::{Pagination, Rng, Timestamp, id};

use super::model::{Application, CreateApplication, UpdateApplication, empty_to_none, has_secret};
use super::{roles, secrets};
use crate::errors::ApiError;
use crate::search::{ListQuery, Search, SearchableColumns, Where};

/// Which applications to list; the default is all.
#[derive(Debug, Clone, Default)]
pub struct ApplicationFilter {
    /// Names of types; empty means all.
    pub types: Vec<String>,
    pub is_third_party: Option<bool>,
    /// Leaves out applications with this role.
    pub exclude_role_id: Option<String>,
    /// Leaves out members of this organization.
    pub exclude_organization_id: Option<String>,
    /// Over [`SEARCHABLE_COLUMNS`].
    pub search: Search,
}

/// The searchable columns of `applications a` (inventory M061).
pub const SEARCHABLE_COLUMNS: SearchableColumns =
    &[("id", "a.id"), ("name", "a.name"), ("description", "a.description")];

/// A new application and its secret, if its type has one.
#[derive(Debug, Clone)]
pub struct CreatedApplication {
    pub application: Application,
    pub secret: Option<String>,
}

/// Creates an application and, if its type has secrets, the secret `Default secret` (inventory M064).
///
/// # Errors
/// As [`CreateApplication::check`]; a failure of the database.
pub fn create(
    tx: &Tx<'_>,
    tenant: &str,
    (rng, now): (&Rng, Timestamp),
    new: CreateApplication,
) -> Result<CreatedApplication, ApiError> {
    new.check()?;
    let application = Application {
        tenant_id: tenant.to_owned(),
        id: id::entity_id(rng),
        name: new.name,
        description: empty_to_none(new.description),
        kind: new.kind,
        oidc_client_metadata: new.oidc_client_metadata.unwrap_or_default(),
        custom_client_metadata: new.custom_client_metadata,
        protected_app_metadata: None,
        custom_data: new.custom_data,
        is_third_party: new.is_third_party,
        app_level_access_control_enabled: false,
        created_at: now,
    };
    tx.exec_one(
        sql!(
            "insert into applications (tenant_id, id, name, description, type, oidc_client_metadata, \
             custom_client_metadata, custom_data, is_third_party, created_at) \
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
        ),
        params![
            tenant,
            &application.id,
            &application.name,
            &application.description,
            application.kind.name(),
            Json(&application.oidc_client_metadata),
            Json(&application.custom_client_metadata),
            Json(&application.custom_data),
            application.is_third_party,
            now
        ],
    )?;
    let secret = match has_secret(application.kind) {
        true => Some(secrets::create(tx, &application, (rng, now), (secrets::DEFAULT_NAME, None))?.value),
        false => None,
    };
    Ok(CreatedApplication { application, secret })
}

/// The application with this id.
///
/// # Errors
/// 404 `entity.not_exists_with_id`.
pub fn get(r: &Read<'_>, tenant: &str, id: &str) -> Result<Application, ApiError> {
    let found =
        r.query_opt(sql!("select * from applications where tenant_id = $1 and id = $2"), params![tenant, id])?;
    found.ok_or_else(|| ApiError::not_found_by_id("applications", id))
}

/// All applications, newest first.
///
/// # Errors
/// A failure of the database.
pub fn list_all(r: &Read<'_>, tenant: &str) -> Result<Vec<Application>, DbError> {
    list_page(r, tenant, &ApplicationFilter::default(), None).map(|(_, applications)| applications)
}

const LIST_QUERY: ListQuery = ListQuery { columns: "a.*", from: "applications a", order: "a.created_at desc, a.id" };

/// The number of applications that match `filter`, and a page of them, newest first.
///
/// # Errors
/// A failure of the database.
pub fn list_page(
    r: &Read<'_>,
    tenant: &str,
    filter: &ApplicationFilter,
    page: Option<Pagination>,
) -> Result<(i64, Vec<Application>), DbError> {
    let mut condition = Where::new("a.tenant_id = {}", [tenant]);
    if !filter.types.is_empty() {
        let places = vec!["{}"; filter.types.len()].join(", ");
        condition = condition.and(&format!("a.type in ({places})"), &filter.types);
    }
    if let Some(third_party) = filter.is_third_party {
        condition = condition.and("a.is_third_party = {}", [third_party]);
    }
    if let Some(role) = &filter.exclude_role_id {
        let holds = "not exists (select 1 from applications_roles x \
                     where x.tenant_id = a.tenant_id and x.application_id = a.id and x.role_id = {})";
        condition = condition.and(holds, [role]);
    }
    if let Some(organization) = &filter.exclude_organization_id {
        let belongs = "not exists (select 1 from organization_applications x \
                       where x.tenant_id = a.tenant_id and x.application_id = a.id and x.organization_id = {})";
        condition = condition.and(belongs, [organization]);
    }
    LIST_QUERY.rows(r, &filter.search.apply_to(condition), page)
}

/// Updates an application.
///
/// # Errors
/// 404 for an unknown id; as [`Application::with_update`].
pub fn update(tx: &Tx<'_>, tenant: &str, id: &str, patch: UpdateApplication) -> Result<Application, ApiError> {
    let is_admin = patch.is_admin;
    let application = get(tx, tenant, id)?.with_update(patch)?;
    save(tx, &application)?;
    if let Some(is_admin) = is_admin {
        roles::set_admin(tx, &application, is_admin)?;
    }
    Ok(application)
}

/// Updates all mutable columns of an application.
///
/// # Errors
/// A failure of the database.
pub(super) fn save(tx: &Tx<'_>, application: &Application) -> Result<(), DbError> {
    tx.exec_one(
        sql!(
            "update applications set name = $3, description = $4, oidc_client_metadata = $5, \
             custom_client_metadata = $6, custom_data = $7, app_level_access_control_enabled = $8 \
             where tenant_id = $1 and id = $2"
        ),
        params![
            &application.tenant_id,
            &application.id,
            &application.name,
            &application.description,
            Json(&application.oidc_client_metadata),
            Json(&application.custom_client_metadata),
            Json(&application.custom_data),
            application.app_level_access_control_enabled
        ],
    )
}

/// Changes whether an application belongs to a third party. Grants stay: what they allow is checked at each use.
///
/// # Errors
/// 404 for an unknown id; those of [`Application::with_third_party`].
pub fn set_third_party(tx: &Tx<'_>, tenant: &str, id: &str, is_third_party: bool) -> Result<(), ApiError> {
    get(tx, tenant, id)?.with_third_party(is_third_party)?;
    let update = sql!("update applications set is_third_party = $3 where tenant_id = $1 and id = $2");
    Ok(tx.exec_one(update, params![tenant, id, is_third_party])?)
}

/// Deletes an application and all rows that reference it, with its grants, codes and tokens: no token may outlive its
/// client.
///
/// # Errors
/// 404 for an unknown id; 400 for SAML applications, which have separate routes.
pub fn delete(tx: &Tx<'_>, tenant: &str, id: &str) -> Result<(), ApiError> {
    if get(tx, tenant, id)?.kind == oauth::client::ApplicationType::Saml {
        return Err(ApiError::bad_request("application.saml.use_saml_app_api"));
    }
    tx.exec(sql!("delete from grants where tenant_id = $1 and client_id = $2"), params![tenant, id])?;
    Ok(tx.exec_one(sql!("delete from applications where tenant_id = $1 and id = $2"), params![tenant, id])?)
}
