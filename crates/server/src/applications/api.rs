//! `/api/applications` (inventory M061–M068, M071).

use ::api::applications::{CreateApplication, CustomClientMetadata, UpdateApplication};
use ::api::{ErrorCode, JsonObject};
use axum::Json;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use kernel::ids::ApplicationId;
use oauth::client::ApplicationType;
use serde::Serialize;

use super::client_authentication::check_served;
use super::model::{Application, check_new};
use super::store::{self, ApplicationFilter};
use crate::callers::ManagementCaller;
use crate::errors::ApiError;
use crate::http::body::invalid_input_issue;
use crate::http::{OptionalPaging, QueryParams, RequestBody};
use crate::keys;
use crate::oidc::clients;
use crate::organizations::memberships;
use crate::roles::{self, Applications};
use crate::routes::Routes;
use crate::search::Search;
use crate::work::{View, Work};

pub(super) fn routes() -> Routes {
    Routes::new()
        .get("/api/applications", list_applications)
        .post("/api/applications", create_application)
        .get("/api/applications/{id}", get_application)
        .patch("/api/applications/{id}", update_application)
        .delete("/api/applications/{id}", delete_application)
        .patch("/api/applications/{id}/custom-data", update_custom_data)
        .get("/api/applications/{id}/organizations", list_organizations)
}

/// The response of `GET /api/applications/{id}`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ApplicationResponse {
    #[serde(flatten)]
    application: Application,
    is_admin: bool,
}

async fn list_applications(
    caller: ManagementCaller,
    paging: OptionalPaging,
    query: QueryParams,
) -> Result<Response, ApiError> {
    let (filter, page) = (parse_filter(&query)?, paging.page());
    let list = move |view: &View<'_>| Ok::<_, ApiError>(store::list_page(view, &filter, page)?);
    let (total, applications) = caller.read(list).await?;
    Ok(paging.response(total, &applications))
}

fn parse_filter(query: &QueryParams) -> Result<ApplicationFilter, ApiError> {
    let unknown_value = |kind: &str, name: &str| {
        Err(invalid_input_issue(kind, vec![name.into()], "This is not one of the known values."))
    };
    let types: Vec<String> = query.values("types").map(str::to_owned).collect();
    if types.len() > 100 {
        return Err(invalid_input_issue("too_big", vec!["types".into()], "There may be at most 100 values."));
    }
    if types.iter().any(|kind| ApplicationType::from_name(kind).is_none()) {
        return unknown_value("invalid_enum_value", "types");
    }
    let is_third_party = match query.values("isThirdParty").next() {
        None => None,
        Some("true") => Some(true),
        Some("false") => Some(false),
        Some(_) => return unknown_value("invalid_union", "isThirdParty"),
    };
    let id = |name: &str| query.get(name).map(str::to_owned);
    let (exclude_role_id, exclude_organization_id) = (id("excludeRoleId"), id("excludeOrganizationId"));
    if exclude_role_id.is_some() && exclude_organization_id.is_some() {
        return Err(ApiError::bad_request(ErrorCode::RequestInvalidInput));
    }
    let search = Search::parse(query, store::SEARCHABLE_COLUMNS)?;
    Ok(ApplicationFilter { types, is_third_party, exclude_role_id, exclude_organization_id, search })
}

/// The algorithms that a new or changed application asks for.
pub(crate) fn response_algorithms(metadata: Option<&CustomClientMetadata>) -> Vec<jose::Algorithm> {
    let Some(metadata) = metadata else { return Vec::new() };
    let wanted = [metadata.id_token_signed_response_alg, metadata.userinfo_signed_response_alg];
    wanted.into_iter().flatten().map(Into::into).collect()
}

async fn create_application(
    caller: ManagementCaller,
    RequestBody(new): RequestBody<CreateApplication>,
) -> Result<Json<Application>, ApiError> {
    check_new(&new)?;
    check_served(&caller.app.settings, Some(&new.custom_client_metadata))?;
    keys::provide_application_keys(&caller, response_algorithms(Some(&new.custom_client_metadata))).await?;
    caller.write(move |work| store::create(work, new)).await.map(|created| Json(created.application))
}

async fn get_application(
    caller: ManagementCaller,
    Path(id): Path<ApplicationId>,
) -> Result<Json<ApplicationResponse>, ApiError> {
    let built_in = match caller.client(&id).await? {
        Some(found) => found.is_built_in().then(|| found.client.clone()),
        None => clients::describe_console(&id, &caller.app.settings.admin_endpoint),
    };
    if let Some(client) = built_in {
        let application = Application::of_built_in(caller.tenant_id(), &client);
        return Ok(Json(ApplicationResponse { application, is_admin: false }));
    }
    let read = move |view: &View<'_>| {
        let application = store::get(view, &id)?;
        let is_admin = roles::holds::<Applications>(view, &id, store::ADMIN_ROLE)?;
        Ok::<_, ApiError>(ApplicationResponse { application, is_admin })
    };
    caller.read(read).await.map(Json)
}

async fn update_application(
    caller: ManagementCaller,
    Path(id): Path<ApplicationId>,
    RequestBody(patch): RequestBody<UpdateApplication>,
) -> Result<Json<Application>, ApiError> {
    check_served(&caller.app.settings, patch.custom_client_metadata.as_ref())?;
    let algorithms = response_algorithms(patch.custom_client_metadata.as_ref());
    if !algorithms.is_empty() {
        let (id, patch) = (id.clone(), patch.clone());
        caller.read_inline(move |view| store::get(view, &id)?.with_update(patch)).await?;
        keys::provide_application_keys(&caller, algorithms).await?;
    }
    caller.write(move |work| store::update(work, &id, patch)).await.map(Json)
}

async fn delete_application(caller: ManagementCaller, Path(id): Path<ApplicationId>) -> Result<StatusCode, ApiError> {
    caller.write(move |work| store::delete(work, &id)).await.map(|()| StatusCode::NO_CONTENT)
}

async fn update_custom_data(
    caller: ManagementCaller,
    Path(id): Path<ApplicationId>,
    RequestBody(changes): RequestBody<JsonObject>,
) -> Result<Json<JsonObject>, ApiError> {
    let merge = move |work: &Work<'_>| {
        let mut application = store::get_for_update(work, &id)?;
        application.custom_data.extend(changes);
        store::save(work, &application)?;
        Ok::<_, ApiError>(application.custom_data)
    };
    caller.write(merge).await.map(Json)
}

async fn list_organizations(
    caller: ManagementCaller,
    paging: OptionalPaging,
    Path(id): Path<ApplicationId>,
) -> Result<Response, ApiError> {
    let read = move |view: &View<'_>| {
        let application = store::get(view, &id)?;
        Ok::<_, ApiError>(memberships::list_for_application_with_roles(view, &application.id)?)
    };
    Ok(paging.paginate_in_memory(&caller.read(read).await?))
}
