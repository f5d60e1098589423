//! The table `applications`.

use ::api::ErrorCode;
use ::api::applications::{CreateApplication, UpdateApplication};
use kernel::ids::ApplicationId;
use std::collections::HashMap;

use db::{DbError, Json, params, sql};
use kernel::{Pagination, id};
use oauth::client::{ApplicationType, OidcClientMetadata};

use super::model::{Application, empty_to_none, has_secret};
use super::{access_control, model, published_settings, secrets};
use crate::client_registration;
use crate::errors::ApiError;
use crate::oidc::grants;
use crate::roles::{self, Applications};
use crate::search::{ListQuery, Search, SearchableColumns, Where};
use crate::tenants::Section;
use crate::work::{View, Work};

/// The name of the hidden role that makes an application an administrator of its tenant.
pub(super) const ADMIN_ROLE: &str = "#internal:admin";

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
/// As [`model::check_new`]; a failure of the database.
pub fn create(work: &Work<'_>, new: CreateApplication) -> Result<CreatedApplication, ApiError> {
    work.touch(Section::Clients)?;
    model::check_new(&new)?;
    let application = Application {
        tenant_id: work.tenant_id().to_owned(),
        id: id::entity_id(work.rng()).into(),
        name: new.name.0,
        description: empty_to_none(new.description.into_value().map(|text| text.0)),
        kind: new.kind,
        oidc_client_metadata: new.oidc_client_metadata.unwrap_or_default().into(),
        custom_client_metadata: new.custom_client_metadata.into(),
        protected_app_metadata: None,
        custom_data: new.custom_data,
        is_third_party: new.is_third_party,
        app_level_access_control_enabled: false,
        created_at: work.now(),
    };
    published_settings::touch_if_changed(work, None, Some(&application.custom_client_metadata))?;
    work.exec_one(
        sql!(
            "insert into applications (tenant_id, id, name, description, type, oidc_client_metadata, \
             custom_client_metadata, custom_data, is_third_party, created_at) \
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
        ),
        params![
            work.tenant_id(),
            &application.id,
            &application.name,
            &application.description,
            application.kind.name(),
            Json(&application.oidc_client_metadata),
            Json(&application.custom_client_metadata),
            Json(&application.custom_data),
            application.is_third_party,
            application.created_at
        ],
    )?;
    let secret = match has_secret(application.kind) {
        true => Some(secrets::create(work, &application, secrets::DEFAULT_NAME, None)?.value),
        false => None,
    };
    Ok(CreatedApplication { application, secret })
}

/// The application with this id.
///
/// # Errors
/// 404 `entity.not_exists_with_id`.
pub fn get(view: &View<'_>, id: &ApplicationId) -> Result<Application, ApiError> {
    find(view, id)?.ok_or_else(|| ApiError::not_found_by_id("applications", id))
}

/// The application with this id, if there is one.
///
/// # Errors
/// A failure of the database.
pub fn find(view: &View<'_>, id: &ApplicationId) -> Result<Option<Application>, DbError> {
    let text = sql!("select * from applications where tenant_id = $1 and id = $2");
    view.query_opt(text, params![view.tenant_id(), id])
}

/// As [`get`], for a unit that changes the application: no other change of it comes in between.
///
/// # Errors
/// As [`get`].
pub fn get_for_update(work: &Work<'_>, id: &ApplicationId) -> Result<Application, ApiError> {
    work.touch(Section::Clients)?;
    get(work, id)
}

/// The applications among `ids` that are told when a session ends (back-channel logout).
///
/// # Errors
/// A failure of the database.
pub fn told_of_logout(view: &View<'_>, ids: &[&str]) -> Result<Vec<ApplicationId>, DbError> {
    let text = "select oidc_client_metadata, id from applications where tenant_id = $1 and id";
    let rows: Vec<(Json<OidcClientMetadata>, ApplicationId)> = view.query_by_ids(text, ids)?;
    let told = rows.into_iter().filter(|(Json(metadata), _)| metadata.logout_receiver().is_some());
    Ok(told.map(|(_, id)| id).collect())
}

/// The types of these applications by id; unknown ids are left out.
///
/// # Errors
/// A failure of the database.
pub fn types_by_id(view: &View<'_>, ids: &[String]) -> Result<HashMap<String, ApplicationType>, DbError> {
    let text = "select id, type from applications where tenant_id = $1 and id";
    let rows: Vec<(String, String)> = view.query_by_ids(text, ids)?;
    Ok(rows.into_iter().filter_map(|(id, kind)| Some((id, ApplicationType::from_name(&kind)?))).collect())
}

/// All applications, newest first.
///
/// # Errors
/// A failure of the database.
pub fn list_all(view: &View<'_>) -> Result<Vec<Application>, DbError> {
    list_page(view, &ApplicationFilter::default(), None).map(|(_, applications)| applications)
}

const LIST_QUERY: ListQuery = ListQuery { columns: "a.*", from: "applications a", order: "a.created_at desc, a.id" };

/// The number of applications that match `filter`, and a page of them, newest first.
///
/// # Errors
/// A failure of the database.
pub fn list_page(
    view: &View<'_>,
    filter: &ApplicationFilter,
    page: Option<Pagination>,
) -> Result<(i64, Vec<Application>), DbError> {
    let mut condition = Where::new("a.tenant_id = {}", [view.tenant_id()]);
    if !filter.types.is_empty() {
        condition = condition.and_in("a.type", &filter.types);
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
    LIST_QUERY.rows(view, &filter.search.apply_to(condition), page)
}

/// Updates an application.
///
/// # Errors
/// 404 for an unknown id; 422 `request.invalid_input` to control the access of an application without rules; as
/// [`Application::with_update`].
pub fn update(work: &Work<'_>, id: &ApplicationId, patch: UpdateApplication) -> Result<Application, ApiError> {
    let is_admin = patch.is_admin;
    let before = get_for_update(work, id)?;
    let was_controlled = before.app_level_access_control_enabled;
    let metadata_before = before.custom_client_metadata.clone();
    let application = before.with_update(patch)?;
    published_settings::touch_if_changed(work, Some(&metadata_before), Some(&application.custom_client_metadata))?;
    // Without a rule nobody could use the application.
    let is_new = application.app_level_access_control_enabled && !was_controlled;
    if is_new && access_control::load(work, id)?.is_empty() {
        return Err(ApiError::unprocessable(ErrorCode::RequestInvalidInput));
    }
    save(work, &application)?;
    match is_admin {
        None => {}
        Some(true) => {
            application.require_machine_type()?;
            roles::assign_by_name::<Applications>(work, id, ADMIN_ROLE)?;
        }
        Some(false) => roles::unassign_by_name::<Applications>(work, id, ADMIN_ROLE)?,
    }
    Ok(application)
}

/// Allows a machine-to-machine application to call the Management API of the tenant `target`. Only applications of the
/// tenant `admin` may call that of another tenant.
///
/// # Errors
/// 404 when the application or the role for the API does not exist; 422 `application.invalid_type` for other types.
pub fn grant_management_api(work: &Work<'_>, id: &ApplicationId, target: &str) -> Result<(), ApiError> {
    get_for_update(work, id)?.require_machine_type()?;
    match work.tenant_id() {
        "admin" => roles::assign_by_name::<Applications>(work, id, &format!("machine:mapi:{target}")),
        own if own == target => roles::assign_by_name::<Applications>(work, id, "Logto Management API access"),
        _ => Err(ApiError::not_found()),
    }
}

/// Updates all mutable columns of an application.
///
/// # Errors
/// A failure of the database.
pub(super) fn save(work: &Work<'_>, application: &Application) -> Result<(), DbError> {
    work.exec_one(
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

/// Makes the application another one to people: what they granted it before has ended. Returns its new epoch.
///
/// # Errors
/// A failure of the database; an unknown id.
pub fn begin_consent_epoch(work: &Work<'_>, id: &ApplicationId) -> Result<i64, DbError> {
    work.touch(Section::Clients)?;
    let text = sql!(
        "update applications set consent_epoch = consent_epoch + 1 where tenant_id = $1 and id = $2 returning consent_epoch"
    );
    work.query_one(text, params![work.tenant_id(), id])
}

/// Changes whether an application belongs to a third party. Grants stay: what they allow is checked at each use.
///
/// # Errors
/// 404 for an unknown id; those of [`Application::with_third_party`].
pub fn set_third_party(work: &Work<'_>, id: &ApplicationId, is_third_party: bool) -> Result<(), ApiError> {
    get_for_update(work, id)?.with_third_party(is_third_party)?;
    // What people need not agree to must not change itself.
    if !is_third_party {
        client_registration::end(work, id)?;
    }
    let update = sql!("update applications set is_third_party = $3 where tenant_id = $1 and id = $2");
    Ok(work.exec_one(update, params![work.tenant_id(), id, is_third_party])?)
}

/// Deletes an application and all rows that reference it, with its grants, codes and tokens: no token may outlive its
/// client.
///
/// # Errors
/// 404 for an unknown id; 400 for SAML applications, which have separate routes.
pub fn delete(work: &Work<'_>, id: &ApplicationId) -> Result<(), ApiError> {
    let application = get_for_update(work, id)?;
    if application.kind == ApplicationType::Saml {
        return Err(ApiError::bad_request(ErrorCode::ApplicationSamlUseSamlAppApi));
    }
    published_settings::touch_if_changed(work, Some(&application.custom_client_metadata), None)?;
    grants::end_all_of_client(work, id)?;
    Ok(work
        .exec_one(sql!("delete from applications where tenant_id = $1 and id = $2"), params![work.tenant_id(), id])?)
}
