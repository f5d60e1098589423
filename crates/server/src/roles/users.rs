//! The users that hold a role (inventory M122–M124).

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use super::model::RoleType;
use super::store;
use crate::http::text::Ids;
use crate::http::{Body, Paged, QueryParams};
use crate::search::{Condition, Listing, Search};
use crate::users::{self, UserInfo};
use crate::{ApiError, App, Tenant};

const LISTING: Listing = Listing {
    columns: users::COLUMNS,
    from: "users_roles x join users u on u.tenant_id = x.tenant_id and u.id = x.user_id",
    order: "u.created_at desc, u.id desc",
};

pub(super) async fn list(
    State(app): State<App>,
    tenant: Tenant,
    Path(id): Path<String>,
    paged: Paged,
    query: QueryParams,
) -> Result<Response, ApiError> {
    let search = Search::read(&query, users::FIELDS)?.with_folded(users::FOLDED);
    let (name, page) = (tenant.id(), paged.page());
    let (total, rows) = app
        .db
        .read(move |r| {
            store::find(r, name, &id)?;
            let condition = search.narrow(Condition::new("x.tenant_id = {} and x.role_id = {}", [name, &id]));
            Ok::<_, ApiError>(LISTING.rows::<UserInfo>(r, &condition, Some(page))?)
        })
        .await?;
    Ok(paged.reply(total, &rows))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Addition {
    user_ids: Ids,
}

pub(super) async fn add(
    State(app): State<App>,
    tenant: Tenant,
    Path(id): Path<String>,
    Body(body): Body<Addition>,
) -> Result<StatusCode, ApiError> {
    let name = tenant.id();
    app.db
        .write(move |tx| {
            let role = store::find(tx, name, &id)?;
            store::require_type(&role, RoleType::User)?;
            for user in &body.user_ids.0 {
                users::store::find(tx, name, user)?;
                if !store::give_to_user(tx, name, user, &id)? {
                    return Err(ApiError::unprocessable("role.user_exists"));
                }
            }
            Ok(())
        })
        .await?;
    Ok(StatusCode::CREATED)
}

pub(super) async fn remove(
    State(app): State<App>,
    tenant: Tenant,
    Path((id, user)): Path<(String, String)>,
) -> Result<StatusCode, ApiError> {
    let name = tenant.id();
    app.db.write(move |tx| store::take_from_user(tx, name, &user, &id)).await?;
    Ok(StatusCode::NO_CONTENT)
}
