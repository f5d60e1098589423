//! Which of a user's organizations a third-party application may see (inventory M086–M089, D012).

use ::api::ErrorCode;
use ::api::applications::ConsentOrganizationIds;
use axum::Json;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use db::DbError;
use kernel::ids::{ApplicationId, OrganizationId, UserId};
use serde::Serialize;

use super::consent_scopes::require_third_party;
use crate::callers::ManagementCaller;
use crate::errors::ApiError;
use crate::http::{Paging, RequestBody};
use crate::link_table::{LinkTable, link_table};
use crate::organizations::Organization;
use crate::routes::Routes;
use crate::search::{ListQuery, Where};
use crate::users::store as users;
use crate::work::{View, Work};

/// Foreign keys delete the rows of a membership that ends.
const ALLOWED: LinkTable =
    link_table!("application_consent_organizations", "application_id", "user_id" => "organization_id");

const LIST_QUERY: ListQuery = ListQuery {
    columns: "o.*",
    from: "application_consent_organizations x \
           join organizations o on o.tenant_id = x.tenant_id and o.id = x.organization_id",
    order: "o.created_at, o.id",
};

#[derive(Serialize)]
struct ConsentOrganizationsResponse {
    organizations: Vec<Organization>,
}

pub(super) fn routes() -> Routes {
    let path = "/api/applications/{id}/users/{userId}/consent-organizations";
    Routes::new()
        .get(path, list_consent_organizations)
        .post(path, add_consent_organizations)
        .put(path, replace_consent_organizations)
        .delete(&format!("{path}/{{organizationId}}"), remove_consent_organization)
}

async fn list_consent_organizations(
    caller: ManagementCaller,
    paging: Paging,
    Path((id, user)): Path<(ApplicationId, UserId)>,
) -> Result<Response, ApiError> {
    let page = paging.page();
    let read = move |view: &View<'_>| {
        require_application_and_user(view, &id, &user)?;
        let consented = "x.tenant_id = {} and x.application_id = {} and x.user_id = {}";
        let condition = Where::new(consented, [view.tenant_id(), &id, &user]);
        Ok::<_, ApiError>(LIST_QUERY.rows(view, &condition, Some(page))?)
    };
    let (total, organizations) = caller.read(read).await?;
    Ok(paging.response_with_body(total, &ConsentOrganizationsResponse { organizations }))
}

async fn add_consent_organizations(
    caller: ManagementCaller,
    Path((id, user)): Path<(ApplicationId, UserId)>,
    RequestBody(body): RequestBody<ConsentOrganizationIds>,
) -> Result<(StatusCode, Json<ConsentOrganizationIds>), ApiError> {
    let add = move |work: &Work<'_>| {
        require_application_and_user(work, &id, &user)?;
        allow_organizations(work, &id, &user, &body.organization_ids.0)?;
        Ok::<_, ApiError>(body)
    };
    caller.write(add).await.map(|body| (StatusCode::CREATED, Json(body)))
}

async fn replace_consent_organizations(
    caller: ManagementCaller,
    Path((id, user)): Path<(ApplicationId, UserId)>,
    RequestBody(body): RequestBody<ConsentOrganizationIds>,
) -> Result<StatusCode, ApiError> {
    let replace = move |work: &Work<'_>| {
        require_application_and_user(work, &id, &user)?;
        ALLOWED.replace(work, &[&id, &user], &body.organization_ids.0).map(drop).map_err(map_membership_error)
    };
    caller.write(replace).await.map(|()| StatusCode::NO_CONTENT)
}

async fn remove_consent_organization(
    caller: ManagementCaller,
    Path((id, user, organization)): Path<(ApplicationId, UserId, OrganizationId)>,
) -> Result<StatusCode, ApiError> {
    let remove = move |work: &Work<'_>| {
        require_application_and_user(work, &id, &user)?;
        ALLOWED.remove(work, &[&id, &user], &organization)
    };
    caller.write(remove).await.map(|()| StatusCode::NO_CONTENT)
}

fn require_application_and_user(view: &View<'_>, id: &ApplicationId, user: &UserId) -> Result<(), ApiError> {
    require_third_party(view, id)?;
    users::get(view, user).map(drop)
}

/// Allows an application to access organizations of a user, in addition to those already allowed.
///
/// # Errors
/// 422 `organization.require_membership` when the user is not a member of each.
pub fn allow_organizations(
    work: &Work<'_>,
    application: &str,
    user: &UserId,
    organizations: &[String],
) -> Result<(), ApiError> {
    ALLOWED.add(work, &[application, user], organizations).map(drop).map_err(map_membership_error)
}

/// Rows refer to the user's membership.
fn map_membership_error(error: DbError) -> ApiError {
    match error {
        DbError::ForeignKey => ApiError::unprocessable(ErrorCode::OrganizationRequireMembership),
        other => other.into(),
    }
}
