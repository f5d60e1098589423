//! Which of a user's organizations a third-party application may see (inventory M086–M089, D012).

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use db::{Read, Tx, params, sql};
use serde::{Deserialize, Serialize};

use super::consent_scopes::third_party;
use super::model::Application;
use crate::errors::ApiError;
use crate::http::text::Ids;
use crate::http::{Body, Paged};
use crate::organizations::{Organization, memberships};
use crate::routing::{Access, Routes};
use crate::search::{Condition, Listing};
use crate::users::store as users;
use crate::{App, Tenant};

const LISTING: Listing = Listing {
    columns: "o.*",
    from: "application_consent_organizations x \
           join organizations o on o.tenant_id = x.tenant_id and o.id = x.organization_id",
    order: "o.created_at, o.id",
};

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wanted {
    organization_ids: Ids,
}

#[derive(Serialize)]
struct Shown {
    organizations: Vec<Organization>,
}

pub(super) fn routes() -> Routes {
    let path = "/api/applications/{id}/users/{userId}/consent-organizations";
    Routes::new()
        .get(path, Access::Management, index)
        .post(path, Access::Management, add)
        .put(path, Access::Management, replace)
        .delete(&format!("{path}/{{organizationId}}"), Access::Management, remove)
}

async fn index(
    State(app): State<App>,
    tenant: Tenant,
    paged: Paged,
    Path((id, user)): Path<(String, String)>,
) -> Result<Response, ApiError> {
    let (tenant, page) = (tenant.id(), paged.page());
    let read = move |r: &Read<'_>| {
        let application = parties(r, tenant, &id, &user)?;
        let consented = "x.tenant_id = {} and x.application_id = {} and x.user_id = {}";
        let condition = Condition::new(consented, [tenant, &application.id, &user]);
        Ok::<_, ApiError>(LISTING.rows(r, &condition, Some(page))?)
    };
    let (total, organizations) = app.db.read(read).await?;
    Ok(paged.reply_with(total, &Shown { organizations }))
}

async fn add(
    State(app): State<App>,
    tenant: Tenant,
    Path((id, user)): Path<(String, String)>,
    Body(wanted): Body<Wanted>,
) -> Result<(StatusCode, Json<Wanted>), ApiError> {
    let tenant = tenant.id();
    let write = move |tx: &Tx<'_>| {
        allow(tx, &parties(tx, tenant, &id, &user)?, &user, &wanted.organization_ids.0)?;
        Ok::<_, ApiError>(wanted)
    };
    Ok((StatusCode::CREATED, Json(app.db.write(write).await?)))
}

async fn replace(
    State(app): State<App>,
    tenant: Tenant,
    Path((id, user)): Path<(String, String)>,
    Body(wanted): Body<Wanted>,
) -> Result<StatusCode, ApiError> {
    let tenant = tenant.id();
    let write = move |tx: &Tx<'_>| {
        let application = parties(tx, tenant, &id, &user)?;
        tx.exec(
            sql!(
                "delete from application_consent_organizations \
                 where tenant_id = $1 and application_id = $2 and user_id = $3"
            ),
            params![tenant, &application.id, &user],
        )?;
        allow(tx, &application, &user, &wanted.organization_ids.0)
    };
    app.db.write(write).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn remove(
    State(app): State<App>,
    tenant: Tenant,
    Path((id, user, organization)): Path<(String, String, String)>,
) -> Result<StatusCode, ApiError> {
    let tenant = tenant.id();
    let write = move |tx: &Tx<'_>| {
        let application = parties(tx, tenant, &id, &user)?;
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

/// The third-party application, after making sure that the user exists.
fn parties(r: &Read<'_>, tenant: &str, id: &str, user: &str) -> Result<Application, ApiError> {
    let application = third_party(r, tenant, id)?;
    users::find(r, tenant, user)?;
    Ok(application)
}

/// Opens organizations of a user to an application; those that are open already stay so.
///
/// # Errors
/// 422 `organization.require_membership` when the user is not a member of each.
pub fn allow(tx: &Tx<'_>, application: &Application, user: &str, organizations: &[String]) -> Result<(), ApiError> {
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
