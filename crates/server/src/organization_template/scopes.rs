//! Scopes of the organization template (inventory M184–M188).

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use db::{DbError, FromRow, Read, Row, Tx, params, sql};
use kernel::{Timestamp, id};
use serde::Serialize;

use super::{Text, deleted};
use crate::errors::ApiError;
use crate::http::{Body, MaybePaged, QueryParams};
use crate::organizations::relation::refused;
use crate::routing::{Access, Routes};
use crate::search::{Condition, Listing};
use crate::{App, Tenant};

/// A permission inside organizations.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OrganizationScope {
    pub tenant_id: String,
    pub id: String,
    pub name: String,
    pub description: Option<String>,
}

impl FromRow for OrganizationScope {
    fn from_row(row: &Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            tenant_id: row.get("tenant_id")?,
            id: row.get("id")?,
            name: row.get("name")?,
            description: row.get("description")?,
        })
    }
}

pub(super) fn routes() -> Routes {
    let (all, one) = ("/api/organization-scopes", "/api/organization-scopes/{id}");
    Routes::new()
        .get(all, Access::Management, list)
        .post(all, Access::Management, create)
        .get(one, Access::Management, get)
        .patch(one, Access::Management, update)
        .delete(one, Access::Management, delete)
}

async fn list(
    State(app): State<App>,
    tenant: Tenant,
    query: QueryParams,
    paged: MaybePaged,
) -> Result<Response, ApiError> {
    let condition = Condition::new("tenant_id = {}", [tenant.id()]).and_contains(&["name", "id"], query.get("q"));
    let page = paged.page();
    let (total, items) = app.db.read(move |r| LISTING.rows::<OrganizationScope>(r, &condition, page)).await?;
    Ok(paged.reply(total, &items))
}

const LISTING: Listing = Listing { columns: "*", from: "organization_scopes", order: "name, id" };

async fn create(
    State(app): State<App>,
    tenant: Tenant,
    Body(new): Body<Text>,
) -> Result<(StatusCode, Json<OrganizationScope>), ApiError> {
    new.check()?;
    new.name()?;
    let (own, id, now) = (tenant.id(), id::long(&app.rng), app.clock.now());
    let created = tenant.write_config(move |tx| insert(tx, own, (&id, now), &new)).await?;
    Ok((StatusCode::CREATED, Json(created)))
}

fn insert(tx: &Tx<'_>, tenant: &str, (id, now): (&str, Timestamp), new: &Text) -> Result<OrganizationScope, ApiError> {
    let text = sql!(
        "insert into organization_scopes (tenant_id, id, name, description, created_at) \
         values ($1, $2, $3, $4, $5) returning *"
    );
    tx.query_one(text, params![tenant, id, new.name()?, new.description(), now]).map_err(refused)
}

async fn get(
    State(app): State<App>,
    tenant: Tenant,
    Path(id): Path<String>,
) -> Result<Json<OrganizationScope>, ApiError> {
    let tenant = tenant.id();
    let text = sql!("select * from organization_scopes where tenant_id = $1 and id = $2");
    let find = move |r: &Read<'_>| {
        r.query_opt(text, params![tenant, &id])?.ok_or_else(|| ApiError::no_such("organization_scopes", &id))
    };
    app.db.read(find).await.map(Json)
}

async fn update(
    tenant: Tenant,
    Path(id): Path<String>,
    Body(patch): Body<Text>,
) -> Result<Json<OrganizationScope>, ApiError> {
    patch.check()?;
    if patch.name.is_none() && patch.description.is_none() {
        return Err(ApiError::unprocessable("entity.invalid_input"));
    }
    let own = tenant.id();
    let text = sql!(
        "update organization_scopes set name = coalesce($3, name), \
         description = case when $4 then $5 else description end where tenant_id = $1 and id = $2 returning *"
    );
    let update = move |tx: &Tx<'_>| {
        let description = patch.description();
        let updated = tx
            .query_opt(text, params![own, &id, &patch.name, patch.description.is_some(), description])
            .map_err(refused)?;
        Ok::<_, ApiError>(updated.ok_or(DbError::Conflict)?)
    };
    tenant.write_config(update).await.map(Json)
}

async fn delete(tenant: Tenant, Path(id): Path<String>) -> Result<StatusCode, ApiError> {
    let own = tenant.id();
    let text = sql!("delete from organization_scopes where tenant_id = $1 and id = $2");
    let remove = move |tx: &Tx<'_>| deleted(tx.exec(text, params![own, &id])?);
    tenant.write_config(remove).await
}
