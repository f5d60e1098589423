//! Which of a user's organizations a third-party application may see (inventory M086–M089, D012).

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use db::{Read, Tx, params, sql};
use serde::{Deserialize, Serialize};

use super::consent_scopes::require_third_party;
use super::model::Application;
use crate::errors::ApiError;
use crate::http::newtypes::IdList;
use crate::http::{Body, Paging};
use crate::organizations::{Organization, memberships};
use crate::routes::{Access, Routes};
use crate::search::{ListQuery, Where};
use crate::users::store as users;
use crate::{App, Tenant};

const LIST_QUERY: ListQuery = ListQuery {
    columns: "o.*",
    from: "application_consent_organizations x \
           join organizations o on o.tenant_id = x.tenant_id and o.id = x.organization_id",
    order: "o.created_at, o.id",
};

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ConsentOrganizationIds {
    organization_ids: IdList,
}

#[derive(Serialize)]
struct ConsentOrganizationsResponse {
    organizations: Vec<Organization>,
}

pub(super) fn routes() -> Routes {
    let path = "/api/applications/{id}/users/{userId}/consent-organizations";
    Routes::new()
        .old_get(path, Access::Management, list_consent_organizations)
        .old_post(path, Access::Management, add_consent_organizations)
        .old_put(path, Access::Management, replace_consent_organizations)
        .old_delete(&format!("{path}/{{organizationId}}"), Access::Management, remove_consent_organization)
}

async fn list_consent_organizations(
    State(app): State<App>,
    tenant: Tenant,
    paging: Paging,
    Path((id, user)): Path<(String, String)>,
) -> Result<Response, ApiError> {
    let (tenant, page) = (tenant.id(), paging.page());
    let read = move |r: &Read<'_>| {
        let application = require_application_and_user(r, tenant, &id, &user)?;
        let consented = "x.tenant_id = {} and x.application_id = {} and x.user_id = {}";
        let condition = Where::new(consented, [tenant, &application.id, &user]);
        Ok::<_, ApiError>(LIST_QUERY.rows(r, &condition, Some(page))?)
    };
    let (total, organizations) = app.db.read(read).await?;
    Ok(paging.response_with_body(total, &ConsentOrganizationsResponse { organizations }))
}

async fn add_consent_organizations(
    State(app): State<App>,
    tenant: Tenant,
    Path((id, user)): Path<(String, String)>,
    Body(body): Body<ConsentOrganizationIds>,
) -> Result<(StatusCode, Json<ConsentOrganizationIds>), ApiError> {
    let tenant = tenant.id();
    let write = move |tx: &Tx<'_>| {
        allow_organizations(
            tx,
            &require_application_and_user(tx, tenant, &id, &user)?,
            &user,
            &body.organization_ids.0,
        )?;
        Ok::<_, ApiError>(body)
    };
    Ok((StatusCode::CREATED, Json(app.db.write(write).await?)))
}

async fn replace_consent_organizations(
    State(app): State<App>,
    tenant: Tenant,
    Path((id, user)): Path<(String, String)>,
    Body(body): Body<ConsentOrganizationIds>,
) -> Result<StatusCode, ApiError> {
    let tenant = tenant.id();
    let write = move |tx: &Tx<'_>| {
        let application = require_application_and_user(tx, tenant, &id, &user)?;
        tx.exec(
            sql!(
                "delete from application_consent_organizations \
                 where tenant_id = $1 and application_id = $2 and user_id = $3"
            ),
            params![tenant, &application.id, &user],
        )?;
        allow_organizations(tx, &application, &user, &body.organization_ids.0)
    };
    app.db.write(write).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn remove_consent_organization(
    State(app): State<App>,
    tenant: Tenant,
    Path((id, user, organization)): Path<(String, String, String)>,
) -> Result<StatusCode, ApiError> {
    let tenant = tenant.id();
    let write = move |tx: &Tx<'_>| {
        let application = require_application_and_user(tx, tenant, &id, &user)?;
        let delete = sql!(
            "delete from application_consent_organizations \
             where tenant_id = $1 and application_id = $2 and user_id = $3 and organization_id = $4"
        );
        match tx.exec(delete, params![tenant, application.id, user, organization])? {
            0 => Err(ApiError::not_found()),
            _ => Ok(()),
        }
    };
    app.db.write(write).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The third-party application. The user must exist too.
fn require_application_and_user(r: &Read<'_>, tenant: &str, id: &str, user: &str) -> Result<Application, ApiError> {
    let application = require_third_party(r, tenant, id)?;
    users::find_in(r, tenant, user)?.ok_or_else(ApiError::not_found)?;
    Ok(application)
}

/// Allows an application to access organizations of a user, in addition to those already allowed.
///
/// # Errors
/// 422 `organization.require_membership` when the user is not a member of each.
pub fn allow_organizations(
    tx: &Tx<'_>,
    application: &Application,
    user: &str,
    organizations: &[String],
) -> Result<(), ApiError> {
    let tenant = &application.tenant_id;
    for organization in organizations {
        if !memberships::is_member(tx, tenant, organization, user)? {
            return Err(ApiError::unprocessable("organization.require_membership"));
        }
        tx.exec(
            sql!(
                "insert into application_consent_organizations (tenant_id, application_id, user_id, organization_id) \
                 values ($1, $2, $3, $4) on conflict do nothing"
            ),
            params![tenant, &application.id, user, organization],
        )?;
    }
    Ok(())
}
