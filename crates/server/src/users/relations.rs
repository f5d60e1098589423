//! Roles and organizations of a user (inventory M034–M038).

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use db::Tx;
use serde::{Deserialize, Serialize};

use super::store;
use crate::http::text::Ids;
use crate::http::{Body, Paged, QueryParams};
use crate::organizations::{OrganizationWithRoles, memberships};
use crate::roles::{self, Role, RoleType};
use crate::search::{Condition, Listing, Search};
use crate::{ApiError, App, Tenant};

const ROLES: Listing = Listing {
    columns: "r.*",
    from: "users_roles x join roles r on r.tenant_id = x.tenant_id and r.id = x.role_id",
    order: "r.created_at, r.id",
};

pub(super) async fn roles(
    State(app): State<App>,
    tenant: Tenant,
    Path(id): Path<String>,
    paged: Paged,
    query: QueryParams,
) -> Result<Response, ApiError> {
    let search = Search::read(&query, roles::FIELDS)?;
    let (name, page) = (tenant.id(), paged.page());
    let (total, rows) = app
        .db
        .read(move |r| {
            store::find(r, name, &id)?;
            let held = "x.tenant_id = {} and x.user_id = {} and r.name not like '#internal:%'";
            let condition = search.narrow(Condition::new(held, [name, &id]));
            Ok::<_, ApiError>(ROLES.rows::<Role>(r, &condition, Some(page))?)
        })
        .await?;
    Ok(paged.reply(total, &rows))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RoleIds {
    role_ids: Ids,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Given {
    role_ids: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    added_role_ids: Option<Vec<String>>,
}

pub(super) async fn add_roles(
    State(app): State<App>,
    tenant: Tenant,
    Path(id): Path<String>,
    Body(body): Body<RoleIds>,
) -> Result<(StatusCode, Json<Given>), ApiError> {
    let (name, role_ids) = (tenant.id(), body.role_ids.0);
    let given = app
        .db
        .write(move |tx| {
            store::find(tx, name, &id)?;
            let added = give(tx, (name, &id), &role_ids)?;
            Ok::<_, ApiError>(Given { role_ids, added_role_ids: Some(added) })
        })
        .await?;
    Ok((StatusCode::CREATED, Json(given)))
}

pub(super) async fn replace_roles(
    State(app): State<App>,
    tenant: Tenant,
    Path(id): Path<String>,
    Body(body): Body<RoleIds>,
) -> Result<Json<Given>, ApiError> {
    let (name, role_ids) = (tenant.id(), body.role_ids.0);
    let given = app
        .db
        .write(move |tx| {
            store::find(tx, name, &id)?;
            give(tx, (name, &id), &role_ids)?;
            roles::store::keep_for_user(tx, name, &id, &role_ids)?;
            Ok::<_, ApiError>(Given { role_ids, added_role_ids: None })
        })
        .await?;
    Ok(Json(given))
}

/// Gives roles; the ids of those that are new to the user.
fn give(tx: &Tx<'_>, (tenant, user): (&str, &str), role_ids: &[String]) -> Result<Vec<String>, ApiError> {
    let mut added = Vec::new();
    for role in role_ids {
        if roles::store::find(tx, tenant, role)?.kind != RoleType::User {
            return Err(ApiError::unprocessable("user.invalid_role_type"));
        }
        if roles::store::give_to_user(tx, tenant, user, role)? {
            added.push(role.clone());
        }
    }
    Ok(added)
}

pub(super) async fn remove_role(
    State(app): State<App>,
    tenant: Tenant,
    Path((id, role)): Path<(String, String)>,
) -> Result<StatusCode, ApiError> {
    let name = tenant.id();
    app.db.write(move |tx| roles::store::take_from_user(tx, name, &id, &role)).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn organizations(
    State(app): State<App>,
    tenant: Tenant,
    Path(id): Path<String>,
) -> Result<Json<Vec<OrganizationWithRoles>>, ApiError> {
    let name = tenant.id();
    let read = app.db.read(move |r| {
        store::find(r, name, &id)?;
        Ok::<_, ApiError>(memberships::with_roles(r, name, &id)?)
    });
    read.await.map(Json)
}
