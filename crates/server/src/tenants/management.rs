//! Making and deleting tenants beside `default` and `admin`: by the command line, and by the Management API of `admin`
//! (`/api/tenants`). The contract has no such operation: the recorded server makes tenants by statements of SQL.

use ::api::ErrorCode;
pub use ::api::tenants::{CreateTenant, Tenant as TenantView};
use axum::Json;
use axum::extract::Path;
use axum::http::StatusCode;
use db::{DbError, FromRow, params, sql};
use jose::SigningKey;
use kernel::Timestamp;

use super::{Section, further};
use crate::App;
use crate::callers::ManagementCaller;
use crate::errors::ApiError;
use crate::http::RequestBody;
use crate::http::validate::invalid_member;
use crate::routes::Routes;
use crate::seed::{self, NewTenant, OWN, Seeding};
use crate::settings::endpoint;
use crate::work::{View, Work};

/// The routes, which only the tenant `admin` has.
pub fn routes() -> Routes {
    Routes::new()
        .get("/api/tenants", list_tenants)
        .post("/api/tenants", create_tenant)
        .delete("/api/tenants/{tenantId}", delete_tenant)
}

#[derive(FromRow)]
struct TenantRow {
    id: String,
    name: String,
    endpoint: Option<String>,
    created_at: Timestamp,
}

/// All tenants, in the order of their ids.
///
/// # Errors
/// A failure of the database.
pub fn list(app: &App, view: &View<'_>) -> Result<Vec<TenantView>, DbError> {
    let text = sql!("select ", TenantRow::COLUMNS, " from tenants order by id");
    let rows: Vec<TenantRow> = view.query_all(text, &[])?;
    let shown = |row: TenantRow| TenantView {
        endpoint: row.endpoint.unwrap_or_else(|| app.tenants.endpoint(&row.id).to_owned()),
        id: row.id,
        name: row.name,
        created_at: row.created_at.millis(),
    };
    Ok(rows.into_iter().map(shown).collect())
}

/// A tenant that may be made, with its first signing key.
pub struct CheckedTenant {
    id: String,
    name: String,
    endpoint: String,
    pem: String,
    key: SigningKey,
}

impl CheckedTenant {
    /// Checks id and endpoint, and makes a key: that takes too long for a unit of work.
    ///
    /// # Errors
    /// 400 `guard.invalid_input`; 422 `entity.unique_integrity_violation` for an endpoint of this installation.
    pub fn new(app: &App, new: CreateTenant) -> Result<Self, ApiError> {
        let id = new.id.0;
        let is_word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
        if !id.starts_with(is_word) || !id.ends_with(is_word) || !id.chars().all(|c| is_word(c) || c == '-') {
            return Err(invalid_member(&["id"], "use lower-case letters, digits and hyphens"));
        }
        let endpoint =
            endpoint("endpoint", new.endpoint.0).map_err(|error| invalid_member(&["endpoint"], &error.to_string()))?;
        let hosts = |endpoint: &str| further::hosts_of(endpoint).into_iter().next();
        if OWN.iter().any(|own| hosts(app.tenants.endpoint(own)) == hosts(&endpoint)) {
            return Err(ApiError::unprocessable(ErrorCode::EntityUniqueIntegrityViolation));
        }
        let (pem, key) = SigningKey::generate_es384().map_err(|error| ApiError::internal(error.to_string()))?;
        let name = new.name.map_or_else(|| format!("Tenant {id}"), |name| name.0);
        Ok(Self { id, name, endpoint, pem, key })
    }
}

/// Makes a tenant, and in `admin` what manages it. The unit is one of `admin`.
///
/// # Errors
/// 422 `entity.unique_integrity_violation` for an id or endpoint that is taken; a failure of the database.
pub fn create(app: &App, work: &Work<'_>, new: &CheckedTenant) -> Result<TenantView, ApiError> {
    let CheckedTenant { id, name, endpoint, pem, key } = new;
    touch_admin(work)?;
    // One host is one tenant's, whatever the scheme; `admin` is locked, so that nobody else makes one meanwhile.
    let taken: Vec<String> =
        work.query_all(sql!("select endpoint from tenants where endpoint is not null"), params![])?;
    let hosts = further::hosts_of(endpoint);
    if taken.iter().flat_map(|taken| further::hosts_of(taken)).any(|taken| hosts.contains(&taken)) {
        return Err(ApiError::unprocessable(ErrorCode::EntityUniqueIntegrityViolation));
    }
    let seeding = Seeding { tx: work.across_tenants(), sealer: &app.sealer, rng: work.rng(), now: work.now() };
    let new = NewTenant { id, name, endpoint: Some(endpoint), pem, key };
    match seed::create_tenant(&seeding, &new) {
        Ok(true) => {}
        Ok(false) | Err(DbError::Unique(_)) => {
            return Err(ApiError::unprocessable(ErrorCode::EntityUniqueIntegrityViolation));
        }
        Err(error) => return Err(error.into()),
    }
    seeding.add_to_admin(id)?;
    let created_at = work.now().millis();
    Ok(TenantView { id: id.clone(), name: name.clone(), endpoint: endpoint.clone(), created_at })
}

/// Deletes a tenant with everything in it, and in `admin` what managed it. The unit is one of `admin`.
///
/// # Errors
/// 404 `entity.not_found`, also for `default` and `admin`; a failure of the database.
pub fn delete(work: &Work<'_>, id: &str) -> Result<(), ApiError> {
    if OWN.contains(&id) {
        return Err(ApiError::not_found());
    }
    touch_admin(work)?;
    work.require_durable();
    work.exec_existing(sql!("delete from tenants where id = $1 and endpoint is not null"), params![id])?;
    seed::remove_from_admin(work.across_tenants(), id)?;
    Ok(())
}

fn touch_admin(work: &Work<'_>) -> Result<(), DbError> {
    [Section::Access, Section::Clients].into_iter().try_for_each(|section| work.touch(section))
}

/// Only the tenant `admin` knows of others.
fn require_admin(caller: &ManagementCaller) -> Result<(), ApiError> {
    if caller.tenant_id() == "admin" { Ok(()) } else { Err(ApiError::not_found()) }
}

async fn list_tenants(caller: ManagementCaller) -> Result<Json<Vec<TenantView>>, ApiError> {
    require_admin(&caller)?;
    let app = caller.app.clone();
    Ok(Json(caller.read(move |view| Ok::<_, ApiError>(list(&app, view)?)).await?))
}

async fn create_tenant(
    caller: ManagementCaller,
    RequestBody(new): RequestBody<CreateTenant>,
) -> Result<(StatusCode, Json<TenantView>), ApiError> {
    require_admin(&caller)?;
    let app = caller.app.clone();
    let checked = CheckedTenant::new(&app, new)?;
    let inner = app.clone();
    let made = caller.write(move |work| create(&inner, work, &checked)).await?;
    app.tenants.refresh(&app).await?;
    Ok((StatusCode::CREATED, Json(made)))
}

async fn delete_tenant(caller: ManagementCaller, Path(id): Path<String>) -> Result<StatusCode, ApiError> {
    require_admin(&caller)?;
    let app = caller.app.clone();
    caller.write(move |work| delete(work, &id)).await?;
    app.tenants.refresh(&app).await?;
    Ok(StatusCode::NO_CONTENT)
}
