//! Applications in the database. Callers that change something run inside [`crate::Tenant::write_config`], or call
//! [`crate::tenants::touch`] themselves.

use db::{DbError, Json, Read, Tx, params, sql};
use kernel::{Page, Rng, Timestamp, id};

use super::model::{Application, ApplicationPatch, NewApplication, filled, has_secret};
use super::{roles, secrets};
use crate::errors::ApiError;
use crate::search::{Condition, Fields, Listing, Search};

/// Which applications to list; the default is all.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Names of types; empty means all.
    pub types: Vec<String>,
    pub is_third_party: Option<bool>,
    /// Leaves out those that hold this role.
    pub exclude_role_id: Option<String>,
    /// Leaves out those that belong to this organization.
    pub exclude_organization_id: Option<String>,
    /// Over [`FIELDS`].
    pub search: Search,
}

/// What a search of applications may name (inventory M061).
pub const FIELDS: Fields = &[("id", "a.id"), ("name", "a.name"), ("description", "a.description")];

/// A new application and the secret it was given, if its type has one.
#[derive(Debug, Clone)]
pub struct Created {
    pub application: Application,
    pub secret: Option<String>,
}

/// Makes an application, with a secret called `Default secret` where the type has one (inventory M064).
///
/// # Errors
/// Those of [`NewApplication::check`], and of the database.
pub fn create(
    tx: &Tx<'_>,
    tenant: &str,
    (rng, now): (&Rng, Timestamp),
    new: NewApplication,
) -> Result<Created, ApiError> {
    new.check()?;
    let application = Application {
        tenant_id: tenant.to_owned(),
        id: id::long(rng),
        name: new.name,
        description: filled(new.description),
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
    Ok(Created { application, secret })
}

/// The application with this id.
///
/// # Errors
/// 404 `entity.not_exists_with_id`.
pub fn by_id(r: &Read<'_>, tenant: &str, id: &str) -> Result<Application, ApiError> {
    let found =
        r.query_opt(sql!("select * from applications where tenant_id = $1 and id = $2"), params![tenant, id])?;
    found.ok_or_else(|| ApiError::no_such("applications", id))
}

/// All applications, newest first.
///
/// # Errors
/// A failure of the database.
pub fn list(r: &Read<'_>, tenant: &str) -> Result<Vec<Application>, DbError> {
    page(r, tenant, &Filter::default(), None).map(|(_, applications)| applications)
}

const LISTING: Listing = Listing { columns: "a.*", from: "applications a", order: "a.created_at desc, a.id" };

/// The number of applications that pass `filter`, and a page of them, newest first.
///
/// # Errors
/// A failure of the database.
pub fn page(
    r: &Read<'_>,
    tenant: &str,
    filter: &Filter,
    page: Option<Page>,
) -> Result<(i64, Vec<Application>), DbError> {
    let mut condition = Condition::new("a.tenant_id = {}", [tenant]);
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
    LISTING.rows(r, &filter.search.narrow(condition), page)
}

/// Changes an application.
///
/// # Errors
/// 404 for an unknown id; those of [`Application::patched`].
pub fn update(tx: &Tx<'_>, tenant: &str, id: &str, patch: ApplicationPatch) -> Result<Application, ApiError> {
    let is_admin = patch.is_admin;
    let application = by_id(tx, tenant, id)?.patched(patch)?;
    save(tx, &application)?;
    if let Some(is_admin) = is_admin {
        roles::set_admin(tx, &application, is_admin)?;
    }
    Ok(application)
}

/// Writes all that can change of an application.
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

/// Deletes an application and what hangs on it. Grants go too, and with them all codes and tokens of the application:
/// none may outlive the client it was given to.
///
/// # Errors
/// 404 for an unknown id; 400 for SAML applications, which have routes of their own.
pub fn delete(tx: &Tx<'_>, tenant: &str, id: &str) -> Result<(), ApiError> {
    if by_id(tx, tenant, id)?.kind == oauth::client::ApplicationType::Saml {
        return Err(ApiError::bad_request("application.saml.use_saml_app_api"));
    }
    tx.exec(sql!("delete from grants where tenant_id = $1 and client_id = $2"), params![tenant, id])?;
    Ok(tx.exec_one(sql!("delete from applications where tenant_id = $1 and id = $2"), params![tenant, id])?)
}
